// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Types, shapes and contents of one node's outputs from those of its inputs.

#ifndef PAWL_LIB_GRAPH_INFER_H_
#define PAWL_LIB_GRAPH_INFER_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lib/graph/operator.h"
#include "pawl/graph.h"

namespace pawl {

// Contents of up to so many elements are followed through a graph: shapes, axes, scales.
inline constexpr int64_t kFollowedElements = 4096;

struct NodeTypes {
  std::vector<ValueType> types;                 // of outputs; a shape has no unknown dimensions
                                                // where no input's has
  std::vector<std::optional<Tensor>> contents;  // of outputs that are known already

  bool settled(const Node& node) const;   // type and shape of every output that is present
  bool complete(const Node& node) const;  // its contents, too
};

// `inputs` are null where absent; `contents` null where not known. What does not follow stays
// unknown. Errors name the node.
absl::StatusOr<NodeTypes> InferNode(const Graph& graph, const Node& node, const Operator& op,
                                    absl::Span<const ValueType* const> inputs,
                                    absl::Span<const Tensor* const> contents);

// Whether the node's results may be computed beforehand once its inputs are known.
bool Foldable(const Node& node, const Operator& op);

// Runs a node by itself, in memory of its own. `inputs` are null where absent. Errors name the
// node.
absl::StatusOr<std::vector<Tensor>> EvaluateNode(const Graph& graph, const Node& node,
                                                 const Operator& op,
                                                 absl::Span<const Tensor* const> inputs,
                                                 uint64_t max_memory, Context& context);

}  // namespace pawl

#endif  // PAWL_LIB_GRAPH_INFER_H_
