// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Model: a graph and its executor under one roof, with inputs and outputs by name.

#ifndef PAWL_INCLUDE_PAWL_MODEL_H_
#define PAWL_INCLUDE_PAWL_MODEL_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pawl/executor.h"
#include "pawl/graph.h"
#include "pawl/tensor.h"

namespace pawl {

class Context;

using NamedTensors = std::map<std::string, Tensor>;

// Serves one thread at a time.
class Model {
 public:
  // An ONNX file. Errors: those of ReadOnnx.
  static absl::StatusOr<Model> Open(const std::string& path, const ExecutorOptions& options = {});
  static absl::StatusOr<Model> OpenMemory(absl::Span<const uint8_t> bytes,
                                          std::shared_ptr<const void> owner = nullptr,
                                          const std::string& name = "memory",
                                          const ExecutorOptions& options = {});
  static absl::StatusOr<Model> FromGraph(std::shared_ptr<const Graph> graph,
                                         const ExecutorOptions& options = {});

  const Graph& graph() const { return *graph_; }
  std::shared_ptr<const Graph> shared_graph() const { return graph_; }
  // What must be fed and what comes out, in the file's order.
  std::vector<std::string> input_names() const;
  std::vector<std::string> output_names() const;

  // The executor is made (weights are packed) in the first run. Results own their memory.
  // Errors: those of Executor; InvalidArgument for a missing or unknown input, with the nearest
  // names.
  absl::StatusOr<NamedTensors> Run(const NamedTensors& inputs, Context& context);

  // Errors: those of Executor::Create.
  absl::StatusOr<Executor*> executor(Context* context = nullptr);

 private:
  std::shared_ptr<const Graph> graph_;
  ExecutorOptions options_;
  std::unique_ptr<Executor> executor_;
};

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_MODEL_H_
