// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Models with operators that Pawl lacks: what comes before those can be run, observed and compared.

#ifndef PAWL_LIB_PIPELINE_GRAPH_RUNNABLE_H_
#define PAWL_LIB_PIPELINE_GRAPH_RUNNABLE_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/pipeline/graph_rules.h"
#include "pawl/graph.h"

namespace pawl {

struct SplitGraph {
  // Nodes in an order with those that can be run first.
  std::shared_ptr<const Graph> whole;
  // Those alone, with the ids of `whole`; null where all can be run. Its outputs are those of the
  // whole that it computes, then (by name) what the other nodes read of it.
  std::shared_ptr<const Graph> part;
  size_t own_outputs = 0;  // how many of the part's are the whole's
  // Of each other node, why it cannot be run: for itself, or since it follows from one.
  std::vector<std::string> reasons;
  std::vector<std::string> unknown;  // the nodes that cannot for themselves, for notes
};
absl::StatusOr<SplitGraph> SplitRunnable(const std::shared_ptr<const Graph>& graph);

// What runs of a graph: all of it, or its part with outputs of the names that those of `like` have.
absl::StatusOr<std::shared_ptr<const Graph>> RunnablePart(const std::shared_ptr<const Graph>& graph,
                                                          const Graph* like);

// Layers beyond the part stay in float, with the reason, and go to the end of the list. How many
// there are before them.
size_t LeaveUnrunnable(const SplitGraph& split, std::vector<LayerDecision>* decisions);

// Puts the other nodes behind what became of the part.
absl::Status AppendRest(const SplitGraph& split, Graph& graph);

}  // namespace pawl

#endif  // PAWL_LIB_PIPELINE_GRAPH_RUNNABLE_H_
