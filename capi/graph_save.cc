// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Graphs: writing them.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "capi/files.h"
#include "capi/graph.h"
#include "pawl/onnx.h"

using pawl::Context;
using pawl::capi::Call;

extern "C" {

int32_t pawl_graph_save(pawl_context* context, const pawl_graph* graph, const char* path,
                        const char* const* inputs, size_t num_inputs) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(graph);
    PAWL_NEED(path);
    PAWL_ASSIGN_OR_RETURN(const std::vector<std::string> paths,
                          pawl::capi::ToPaths(inputs, num_inputs));
    return pawl::WriteOnnx(*graph->graph, path, {}, paths);
  });
}

int32_t pawl_graph_save_buffer(pawl_context* context, const pawl_graph* graph,
                               pawl_buffer* buffer) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(graph);
    PAWL_NEED(buffer);
    if (!buffer->buffer->bytes().empty()) {
      return absl::FailedPreconditionError("the buffer is not empty; pawl_buffer_clear empties it");
    }
    return pawl::WriteOnnx(*graph->graph, buffer->buffer);
  });
}

int32_t pawl_graph_save_callback(pawl_context* context, const pawl_graph* graph,
                                 pawl_write_fn write, void* user, const char* name) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(graph);
    PAWL_NEED(write);
    return pawl::WriteOnnx(*graph->graph, pawl::capi::MakeHostSink(write, user),
                           name == nullptr ? "memory" : name);
  });
}

}  // extern "C"
