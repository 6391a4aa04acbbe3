// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// A model's graph as the shim keeps it. Full profile only.

#ifndef PAWL_CAPI_GRAPH_H_
#define PAWL_CAPI_GRAPH_H_

#include <memory>
#include <utility>

#include "capi/shim.h"
#include "pawl/graph.h"

struct pawl_graph {
  // Types that follow from the inputs are found here, for lists; the graph itself stays as the file
  // has it.
  explicit pawl_graph(std::shared_ptr<const pawl::Graph> given);

  std::shared_ptr<const pawl::Graph> graph;
  std::shared_ptr<const pawl::Graph> typed;  // the same values and nodes
};

#endif  // PAWL_CAPI_GRAPH_H_
