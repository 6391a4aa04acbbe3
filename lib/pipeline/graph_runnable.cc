// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/pipeline/graph_runnable.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"

namespace pawl {
namespace {

// The node itself or, within, the first one that Pawl has no operator for; empty where all can run.
std::string Unknown(const Graph& graph, const Node& node) {
  if (!CanRun(node)) return graph.NodeName(node);
  for (const Attribute& attribute : node.attributes) {
    for (const auto& subgraph : attribute.graphs) {
      for (const Node& inner : subgraph->nodes) {
        std::string name = Unknown(*subgraph, inner);
        if (!name.empty()) return name;
      }
    }
  }
  return "";
}

// Values that nodes `first` and after read of those before them, by name. Not constants or inputs.
std::vector<ValueId> ReadByRest(const Graph& graph, size_t first) {
  const std::vector<int32_t> producers = graph.Producers();
  std::vector<bool> found(graph.values.size(), false);
  for (const ValueId id : graph.outputs) found[static_cast<size_t>(id)] = true;
  std::vector<ValueId> values;
  for (size_t n = first; n < graph.nodes.size(); ++n) {
    for (const ValueId id : NodeReads(graph.nodes[n])) {
      const int32_t from = producers[static_cast<size_t>(id)];
      if (from < 0 || static_cast<size_t>(from) >= first || found[static_cast<size_t>(id)])
        continue;
      found[static_cast<size_t>(id)] = true;
      values.push_back(id);
    }
  }
  std::sort(values.begin(), values.end(),
            [&](ValueId a, ValueId b) { return graph.value(a).name < graph.value(b).name; });
  return values;
}

bool ComputedByRest(const std::vector<int32_t>& producers, ValueId id, size_t first) {
  return producers[static_cast<size_t>(id)] >= static_cast<int32_t>(first);
}

// Values of the whole graph as those of another that its part became.
class Rest {
 public:
  Rest(const SplitGraph& split, Graph& graph)
      : whole_(*split.whole), part_(*split.part), graph_(graph), names_(graph.NameIndex()) {
    for (size_t i = 0; i < part_.outputs.size(); ++i) to_[part_.outputs[i]] = graph.outputs[i];
    for (size_t i = 0; i < part_.inputs.size(); ++i) to_[part_.inputs[i]] = graph.inputs[i];
    to_[kNoValue] = kNoValue;
    given_.insert(graph.inputs.begin(), graph.inputs.end());
    for (const Node& node : graph.nodes) given_.insert(node.outputs.begin(), node.outputs.end());
  }

  void Append() {
    const size_t first = part_.nodes.size();
    for (size_t n = first; n < whole_.nodes.size(); ++n) {
      for (const ValueId id : whole_.nodes[n].outputs) {
        if (id != kNoValue) to_[id] = Computed(whole_.value(id));
      }
    }
    for (size_t n = first; n < whole_.nodes.size(); ++n) {
      Node node = whole_.nodes[n];
      for (ValueId& id : node.inputs) id = To(id);
      for (ValueId& id : node.outputs) id = To(id);
      for (Attribute& attribute : node.attributes) {
        for (auto& subgraph : attribute.graphs) {
          auto copy = std::make_shared<Graph>(*subgraph);
          for (Capture& capture : copy->captures) capture.outer = To(capture.outer);
          subgraph = std::move(copy);
        }
      }
      graph_.nodes.push_back(std::move(node));
    }
    graph_.outputs.clear();
    for (const ValueId id : whole_.outputs) graph_.outputs.push_back(To(id));
    for (const auto& [domain, version] : whole_.opsets) graph_.opsets.emplace(domain, version);
  }

 private:
  // The value of that name where nothing gives it; who else has the name gets another.
  ValueId Computed(const Value& value) {
    const auto found = names_.find(value.name);
    if (found != names_.end()) {
      Value& other = graph_.value(found->second);
      if (other.constant == nullptr && !given_.contains(found->second)) return found->second;
      other.name = graph_.UniqueName(absl::StrCat(value.name, "_1"));
    }
    graph_.values.push_back(value);
    return static_cast<ValueId>(graph_.values.size()) - 1;
  }

  ValueId To(ValueId id) {
    const auto found = to_.find(id);
    if (found != to_.end()) return found->second;
    // An initialiser: passes may have changed the one that the part has.
    const Value& value = whole_.value(id);
    const auto same = names_.find(value.name);
    if (same != names_.end() && graph_.value(same->second).constant == value.constant) {
      return to_[id] = same->second;
    }
    Value copy = value;
    if (same != names_.end()) copy.name = graph_.UniqueName(value.name);
    graph_.values.push_back(std::move(copy));
    return to_[id] = static_cast<ValueId>(graph_.values.size()) - 1;
  }

  const Graph &whole_, &part_;
  Graph& graph_;
  const absl::flat_hash_map<std::string, ValueId> names_;
  absl::flat_hash_set<ValueId> given_;  // inputs, and what nodes compute
  absl::flat_hash_map<ValueId, ValueId> to_;
};

}  // namespace

absl::StatusOr<SplitGraph> SplitRunnable(const std::shared_ptr<const Graph>& graph) {
  SplitGraph split;
  split.whole = graph;
  PAWL_ASSIGN_OR_RETURN(const std::vector<int32_t> order, graph->TopologicalOrder());
  std::vector<std::string> why(graph->values.size());  // by value: the node that it follows from
  std::vector<Node> runs, rest;
  for (const int32_t n : order) {
    const Node& node = graph->nodes[static_cast<size_t>(n)];
    std::string cause = Unknown(*graph, node);
    if (!cause.empty()) {
      split.unknown.push_back(cause);
      split.reasons.push_back(absl::StrCat("Pawl has no operator for ", cause));
    } else {
      for (const ValueId id : NodeReads(node)) {
        if (cause.empty()) cause = why[static_cast<size_t>(id)];
      }
      if (cause.empty()) {
        runs.push_back(node);
        continue;
      }
      split.reasons.push_back(
          absl::StrCat("it follows from ", cause, ", which Pawl has no operator for"));
    }
    for (const ValueId id : node.outputs) {
      if (id != kNoValue) why[static_cast<size_t>(id)] = cause;
    }
    rest.push_back(node);
  }
  if (rest.empty()) return split;
  auto part = std::make_shared<Graph>(*graph), whole = std::make_shared<Graph>(*graph);
  const size_t first = runs.size();
  part->nodes = runs;
  whole->nodes = std::move(runs);
  std::move(rest.begin(), rest.end(), std::back_inserter(whole->nodes));
  const std::vector<int32_t> producers = whole->Producers();
  part->outputs.clear();
  for (const ValueId id : whole->outputs) {
    if (!ComputedByRest(producers, id, first)) part->outputs.push_back(id);
  }
  split.own_outputs = part->outputs.size();
  for (const ValueId id : ReadByRest(*whole, first)) part->outputs.push_back(id);
  split.whole = std::move(whole);
  split.part = std::move(part);
  return split;
}

absl::StatusOr<std::shared_ptr<const Graph>> RunnablePart(const std::shared_ptr<const Graph>& graph,
                                                          const Graph* like) {
  PAWL_ASSIGN_OR_RETURN(const SplitGraph split, SplitRunnable(graph));
  if (split.part == nullptr) return graph;
  if (like == nullptr) return split.part;
  auto part = std::make_shared<Graph>(*split.part);
  part->outputs.clear();
  for (const ValueId id : like->outputs) {
    part->outputs.push_back(part->FindValue(like->value(id).name));
    if (part->outputs.back() == kNoValue) {
      return absl::InternalError(
          absl::StrCat("no value '", like->value(id).name, "' is left to compare"));
    }
  }
  return std::shared_ptr<const Graph>(std::move(part));
}

size_t LeaveUnrunnable(const SplitGraph& split, std::vector<LayerDecision>* decisions) {
  if (split.part == nullptr) return decisions->size();
  const auto first = static_cast<int32_t>(split.part->nodes.size());
  const auto node_of = [](const LayerDecision& d) {
    return d.in_main() ? d.layer.node : d.path[0].node;
  };
  for (LayerDecision& d : *decisions) {
    if (node_of(d) < first) continue;
    d.quantize = false;
    d.reason = split.reasons[static_cast<size_t>(node_of(d) - first)];
  }
  const auto end = std::stable_partition(decisions->begin(), decisions->end(),
                                         [&](const auto& d) { return node_of(d) < first; });
  return static_cast<size_t>(end - decisions->begin());
}

absl::Status AppendRest(const SplitGraph& split, Graph& graph) {
  if (split.part == nullptr) return absl::OkStatus();
  Rest(split, graph).Append();
  return graph.Validate();
}

}  // namespace pawl
