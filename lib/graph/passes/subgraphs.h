// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Branches of If and bodies of Loop and Scan as graphs that passes can work on by themselves.

#ifndef PAWL_LIB_GRAPH_PASSES_SUBGRAPHS_H_
#define PAWL_LIB_GRAPH_PASSES_SUBGRAPHS_H_

#include <compare>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "pawl/graph.h"

namespace pawl {

// A subgraph of a node of the enclosing graph: which of its attributes' graphs.
struct SubgraphStep {
  int32_t node = -1;
  int32_t attribute = 0, graph = 0;
  friend auto operator<=>(const SubgraphStep&, const SubgraphStep&) = default;
};
// From the main graph inwards; empty: the main graph itself.
using SubgraphPath = std::vector<SubgraphStep>;

// The subgraph with Constant nodes and with constants of `outer` that it captures as initialisers
// of its own, and the versions of operators. Values keep their ids. The same for equal graphs.
std::shared_ptr<Graph> WithOwnConstants(const Graph& outer, const Graph& subgraph);

// Visits every subgraph, each as WithOwnConstants makes it, those within others after them.
void ForEachSubgraph(
    const Graph& graph,
    absl::FunctionRef<void(const SubgraphPath&, const std::shared_ptr<const Graph>&)> visit);

enum class SubgraphNodes : uint8_t {
  kSorted,  // what is not used any more is gone
  kStay,    // where they were, new ones after them: paths go on leading to the same subgraphs
};

// Replaces subgraphs, innermost first, by what `change` makes of WithOwnConstants: constants that
// are as they were are captures again, new values have names that no enclosing graph has, and
// versions of operators that were added are the main graph's. `wanted` says which subgraphs (or any
// within) to look at.
absl::Status ChangeSubgraphs(Graph& graph, absl::FunctionRef<bool(const SubgraphPath&)> wanted,
                             absl::FunctionRef<absl::Status(const SubgraphPath&, Graph&)> change,
                             SubgraphNodes nodes = SubgraphNodes::kSorted);

}  // namespace pawl

#endif  // PAWL_LIB_GRAPH_PASSES_SUBGRAPHS_H_
