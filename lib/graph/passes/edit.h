// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What passes that add nodes share.

#ifndef PAWL_LIB_GRAPH_PASSES_EDIT_H_
#define PAWL_LIB_GRAPH_PASSES_EDIT_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "pawl/graph.h"

namespace pawl {

// Adds nodes and values to a graph, with names that are not in use in it or its subgraphs.
class GraphEditor {
 public:
  explicit GraphEditor(Graph& graph);

  Graph& graph() { return graph_; }
  std::string Name(absl::string_view stem);
  // For a node: ONNX Runtime refuses a graph with two nodes of one name. Values are named apart.
  std::string NodeName(absl::string_view stem);

  ValueId AddTensor(absl::string_view stem, Tensor tensor);
  absl::StatusOr<ValueId> AddFloats(absl::string_view stem, absl::Span<const int64_t> shape,
                                    absl::Span<const float> values);
  absl::StatusOr<ValueId> AddInts(absl::string_view stem, absl::Span<const int64_t> shape,
                                  absl::Span<const int64_t> values);
  // `count` equal integers of an integer type, a scalar where `count` is 0.
  absl::StatusOr<ValueId> AddIntegers(absl::string_view stem, DType dtype, int64_t count,
                                      int64_t value);
  ValueId AddValue(absl::string_view stem, ValueType type = {});

  // A node with one output, not yet in the graph: its name is that of the output, where no other
  // node has it.
  Node Make(absl::string_view op, std::vector<ValueId> inputs, ValueId output,
            absl::string_view domain = "");

  // Makes the graph output `id`, if it is one, another value, which takes over its name.
  void MoveOutput(ValueId id, ValueId to);

 private:
  Graph& graph_;
  absl::flat_hash_set<std::string> names_, node_names_;
};

inline constexpr char kMicrosoft[] = "com.microsoft";

// Notes that the graph uses ONNX Runtime's own operators.
void UseMicrosoft(Graph& graph);

}  // namespace pawl

#endif  // PAWL_LIB_GRAPH_PASSES_EDIT_H_
