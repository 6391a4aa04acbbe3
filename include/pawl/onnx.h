// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Reading and writing ONNX models (onnx/onnx, onnx/onnx.proto, docs/IR.md, docs/ExternalData.md).

#ifndef PAWL_INCLUDE_PAWL_ONNX_H_
#define PAWL_INCLUDE_PAWL_ONNX_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pawl/byte_sink.h"
#include "pawl/graph.h"

namespace pawl {

// A model's graph; initialisers are views of the mapped file, and of files of external data beside
// it (in its folder or below). Functions of the model are put in place of the nodes that call
// them. Every byte is treated as hostile: what is allocated follows from the file's size, nesting
// is bounded. Errors name the file and node, tensor or byte: NotFound and its like;
// InvalidArgument.
//
// With `copy` the files are read into memory first: what happens to them later does not matter,
// while a map that somebody truncates ends the process (SIGBUS) at the next look at what is gone.
absl::StatusOr<std::shared_ptr<Graph>> ReadOnnx(const std::string& path, bool copy = false);

// The same for a model in memory. `owner` (may be null: then the caller keeps the bytes alive)
// lives as long as the graph's tensors. External data is looked for in `folder`; empty: refused.
absl::StatusOr<std::shared_ptr<Graph>> ReadOnnxMemory(absl::Span<const uint8_t> bytes,
                                                      std::shared_ptr<const void> owner = nullptr,
                                                      const std::string& name = "memory",
                                                      const std::string& folder = "");

struct OnnxWriteOptions {
  // Initialisers from this size on go to `<path>.data` where the model would have more bytes than
  // external_from in all; ONNX's own bound for one file is 2 GiB.
  uint64_t external_from = uint64_t{3} << 29;
  uint64_t external_tensor_bytes = 1024;
  // Called with the path of the complete file before it takes its name; external data is beside it
  // by then. An error ends the writing, and what was under the names stays.
  std::function<absl::Status(const std::string& path)> check = {};
};

// Writes the graph with all that the reader kept. The same graph gives the same bytes. The file
// appears whole under its name or not at all, and after an error external data is what it was, too
// (only a kill between two renames can leave new data beside an old model); `inputs` are files that
// must not be overwritten.
// Errors: InvalidArgument for what ONNX cannot say (quantized initialisers, which an export pass
// spells out first; one domain in two versions), naming node or tensor.
absl::Status WriteOnnx(const Graph& graph, const std::string& path,
                       const OnnxWriteOptions& options = {},
                       absl::Span<const std::string> inputs = {});
// The same without a path; never external.
absl::Status WriteOnnx(const Graph& graph, std::shared_ptr<ByteSink> sink,
                       const std::string& name = "memory");

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_ONNX_H_
