// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What every graph promises, and the order in which its nodes can run.

#include <queue>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/graph/operator.h"
#include "pawl/graph.h"

namespace pawl {
namespace {

class Checker {
 public:
  explicit Checker(const Graph& graph) : graph_(graph), given_(graph.values.size(), false) {}

  absl::Status Check() {
    PAWL_RETURN_IF_ERROR(CheckNames());
    PAWL_RETURN_IF_ERROR(CheckGivers());
    PAWL_RETURN_IF_ERROR(CheckUses());
    for (const Node& node : graph_.nodes) {
      for (const Attribute& attribute : node.attributes) {
        for (const auto& subgraph : attribute.graphs) {
          if (subgraph == nullptr) return Fault(node, "has a subgraph that is null");
          PAWL_RETURN_IF_ERROR(AtNode(graph_, node, subgraph->Validate()));
        }
      }
    }
    return graph_.TopologicalOrder().status();
  }

 private:
  bool InRange(ValueId id) const {
    return id >= 0 && static_cast<size_t>(id) < graph_.values.size();
  }
  absl::Status Fault(const Node& node, absl::string_view what) const {
    return AtNode(graph_, node, absl::InvalidArgumentError(what));
  }
  absl::Status Fault(absl::string_view what) const {
    return absl::InvalidArgumentError(
        absl::StrCat(graph_.source.empty() ? "the graph" : graph_.source, ": ", what));
  }

  absl::Status CheckNames() {
    absl::flat_hash_set<absl::string_view> names;
    for (size_t i = 0; i < graph_.values.size(); ++i) {
      const Value& value = graph_.values[i];
      if (!names.insert(value.name).second) {
        return Fault(absl::StrCat("two values have the name '", value.name, "'"));
      }
      if (value.constant != nullptr) given_[i] = true;
    }
    return absl::OkStatus();
  }

  absl::Status Give(ValueId id, absl::string_view who) {
    if (!InRange(id)) return Fault(absl::StrCat(who, " has a value that does not exist"));
    if (given_[static_cast<size_t>(id)]) {
      return Fault(absl::StrCat(who, " gives '", graph_.value(id).name,
                                "', which something else gives as well; each value may come from "
                                "one input, initialiser or node"));
    }
    given_[static_cast<size_t>(id)] = true;
    return absl::OkStatus();
  }

  absl::Status CheckGivers() {
    for (const ValueId id : graph_.inputs) PAWL_RETURN_IF_ERROR(Give(id, "an input"));
    for (const Capture& capture : graph_.captures) {
      PAWL_RETURN_IF_ERROR(Give(capture.inner, "the enclosing graph"));
    }
    for (const Node& node : graph_.nodes) {
      for (const ValueId id : node.outputs) {
        if (id != kNoValue) PAWL_RETURN_IF_ERROR(Give(id, graph_.NodeName(node)));
      }
    }
    return absl::OkStatus();
  }

  absl::Status CheckUses() const {
    for (const Node& node : graph_.nodes) {
      for (const ValueId id : NodeReads(node)) {
        if (!InRange(id)) return Fault(node, "reads a value that does not exist");
        if (!given_[static_cast<size_t>(id)]) {
          return Fault(node, absl::StrCat("reads '", graph_.value(id).name,
                                          "', which no input, initialiser or node gives"));
        }
      }
    }
    for (const ValueId id : graph_.outputs) {
      if (!InRange(id)) return Fault("an output does not exist");
      if (!given_[static_cast<size_t>(id)]) {
        return Fault(absl::StrCat("nothing gives the output '", graph_.value(id).name, "'"));
      }
    }
    return absl::OkStatus();
  }

  const Graph& graph_;
  std::vector<bool> given_;
};

}  // namespace

absl::Status Graph::Validate() const { return Checker(*this).Check(); }

absl::StatusOr<std::vector<int32_t>> Graph::TopologicalOrder() const {
  const std::vector<int32_t> producers = Producers();
  std::vector<int32_t> waiting(nodes.size(), 0);
  std::vector<std::vector<int32_t>> next(nodes.size());
  for (size_t i = 0; i < nodes.size(); ++i) {
    for (const ValueId id : NodeReads(nodes[i])) {
      const int32_t producer = producers[static_cast<size_t>(id)];
      if (producer < 0) continue;
      next[static_cast<size_t>(producer)].push_back(static_cast<int32_t>(i));
      ++waiting[i];
    }
  }
  // The smallest index first keeps an order that is fine already.
  std::priority_queue<int32_t, std::vector<int32_t>, std::greater<>> ready;
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (waiting[i] == 0) ready.push(static_cast<int32_t>(i));
  }
  std::vector<int32_t> order;
  order.reserve(nodes.size());
  while (!ready.empty()) {
    const int32_t node = ready.top();
    ready.pop();
    order.push_back(node);
    for (const int32_t user : next[static_cast<size_t>(node)]) {
      if (--waiting[static_cast<size_t>(user)] == 0) ready.push(user);
    }
  }
  if (order.size() == nodes.size()) return order;
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (waiting[i] > 0) {
      return AtNode(*this, nodes[i],
                    absl::InvalidArgumentError(
                        "its inputs depend on its own outputs: the graph has a cycle"));
    }
  }
  return absl::InternalError("unreachable");
}

}  // namespace pawl
