// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Nodes that nobody needs, and values that nobody uses, go.

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "lib/core/status_macros.h"
#include "lib/graph/passes/passes.h"

namespace pawl {
namespace {

// Attributes with subgraphs name values of the enclosing graph in their captures.
void RenumberCaptures(Node& node, const std::vector<ValueId>& to) {
  for (Attribute& attribute : node.attributes) {
    for (auto& subgraph : attribute.graphs) {
      if (subgraph->captures.empty()) continue;
      auto copy = std::make_shared<Graph>(*subgraph);
      for (Capture& capture : copy->captures) {
        capture.outer = to[static_cast<size_t>(capture.outer)];
      }
      subgraph = std::move(copy);
    }
  }
}

void Renumber(std::vector<ValueId>& ids, const std::vector<ValueId>& to) {
  for (ValueId& id : ids) {
    if (id != kNoValue) id = to[static_cast<size_t>(id)];
  }
}

}  // namespace

absl::Status RemoveUnused(Graph& graph) {
  PAWL_ASSIGN_OR_RETURN(const std::vector<int32_t> order, graph.TopologicalOrder());
  std::vector<bool> used(graph.values.size(), false), needed(graph.nodes.size(), false);
  const auto use = [&](const std::vector<ValueId>& ids) {
    for (const ValueId id : ids) {
      if (id != kNoValue) used[static_cast<size_t>(id)] = true;
    }
  };
  use(graph.outputs);
  for (auto it = order.rbegin(); it != order.rend(); ++it) {
    const Node& node = graph.nodes[static_cast<size_t>(*it)];
    const bool any = std::any_of(node.outputs.begin(), node.outputs.end(), [&](ValueId id) {
      return id != kNoValue && used[static_cast<size_t>(id)];
    });
    needed[static_cast<size_t>(*it)] = any;
    if (!any) continue;
    use(NodeReads(node));
  }
  use(graph.inputs);
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    if (needed[n]) use(graph.nodes[n].outputs);
  }
  std::vector<ValueId> to(graph.values.size(), kNoValue);
  std::vector<Value> values;
  for (size_t i = 0; i < graph.values.size(); ++i) {
    if (!used[i]) continue;
    to[i] = static_cast<ValueId>(values.size());
    values.push_back(std::move(graph.values[i]));
  }
  graph.values = std::move(values);
  std::vector<Node> nodes;
  for (const int32_t index : order) {
    if (!needed[static_cast<size_t>(index)]) continue;
    Node& node = graph.nodes[static_cast<size_t>(index)];
    Renumber(node.inputs, to);
    Renumber(node.outputs, to);
    RenumberCaptures(node, to);
    nodes.push_back(std::move(node));
  }
  graph.nodes = std::move(nodes);
  Renumber(graph.inputs, to);
  Renumber(graph.outputs, to);
  std::vector<Capture> captures;
  for (const Capture& capture : graph.captures) {
    const ValueId inner = to[static_cast<size_t>(capture.inner)];
    if (inner != kNoValue) captures.push_back({capture.outer, inner});
  }
  graph.captures = std::move(captures);
  std::vector<ValueId> constant_inputs;
  for (const ValueId id : graph.constant_inputs) {
    if (to[static_cast<size_t>(id)] != kNoValue) {
      constant_inputs.push_back(to[static_cast<size_t>(id)]);
    }
  }
  graph.constant_inputs = std::move(constant_inputs);
  return absl::OkStatus();
}

}  // namespace pawl
