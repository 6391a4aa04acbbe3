// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/graph/fuse.h"

#include <algorithm>
#include <utility>

#include "lib/core/status_macros.h"
#include "lib/graph/passes/passes.h"

namespace pawl {
namespace {

bool IsOutput(const Graph& graph, ValueId id) {
  return std::find(graph.outputs.begin(), graph.outputs.end(), id) != graph.outputs.end();
}

}  // namespace

FuseGraph::FuseGraph(Graph& graph, const std::vector<bool>& observed)
    : graph_(graph), keep_(observed), alive_(graph.nodes.size(), true) {
  keep_.resize(graph.values.size(), false);
  for (const ValueId id : graph.outputs) keep_[static_cast<size_t>(id)] = true;
  producer_.assign(graph.values.size(), -1);
  users_.resize(graph.values.size());
  for (size_t i = 0; i < graph.nodes.size(); ++i) Link(i);
}

void FuseGraph::Link(size_t i) {
  if (users_.size() < graph_.values.size()) {  // values that a pass made
    users_.resize(graph_.values.size());
    producer_.resize(graph_.values.size(), -1);
    keep_.resize(graph_.values.size(), false);
  }
  for (const ValueId id : NodeReads(graph_.nodes[i])) {
    users_[static_cast<size_t>(id)].push_back(static_cast<int32_t>(i));
  }
  for (const ValueId id : graph_.nodes[i].outputs) {
    if (id != kNoValue) producer_[static_cast<size_t>(id)] = static_cast<int32_t>(i);
  }
}

void FuseGraph::Unlink(size_t i) {
  for (const ValueId id : NodeReads(graph_.nodes[i])) {
    auto& list = users_[static_cast<size_t>(id)];
    list.erase(std::remove(list.begin(), list.end(), static_cast<int32_t>(i)), list.end());
  }
  for (const ValueId id : graph_.nodes[i].outputs) {
    if (id != kNoValue) producer_[static_cast<size_t>(id)] = -1;
  }
}

Node* FuseGraph::AnyProducer(ValueId id) {
  const auto at = static_cast<size_t>(id);
  if (id == kNoValue || at >= producer_.size() || producer_[at] < 0) return nullptr;
  return &graph_.nodes[static_cast<size_t>(producer_[at])];
}

Node* FuseGraph::Producer(ValueId id, absl::string_view op) {
  Node* found = AnyProducer(id);
  if (found == nullptr || !found->domain.empty()) return nullptr;
  return op.empty() || found->op == op ? found : nullptr;
}

std::vector<Node*> FuseGraph::InnerUsers(ValueId id) {
  std::vector<Node*> found;
  if (id == kNoValue || keep_[static_cast<size_t>(id)]) return found;
  for (const int32_t user : users_[static_cast<size_t>(id)]) {
    Node* node = &graph_.nodes[static_cast<size_t>(user)];
    if (std::find(found.begin(), found.end(), node) == found.end()) found.push_back(node);
  }
  return found;
}

Node* FuseGraph::OnlyUserOfAny(ValueId id) {
  const std::vector<Node*> found = InnerUsers(id);
  return found.size() == 1 ? found[0] : nullptr;
}

Node* FuseGraph::OnlyUser(ValueId id) {
  Node* found = OnlyUserOfAny(id);
  return found != nullptr && found->domain.empty() ? found : nullptr;
}

std::optional<float> FuseGraph::Scalar(ValueId id) const {
  const Tensor* tensor = graph_.ConstantTensor(id);
  if (tensor == nullptr || tensor->dtype() != DType::kF32 || tensor->num_elements() != 1) {
    return std::nullopt;
  }
  return tensor->as<float>()[0];
}

std::vector<float> FuseGraph::PerChannel(ValueId id, int64_t channels, size_t rank) const {
  const Tensor* tensor = graph_.ConstantTensor(id);
  if (tensor == nullptr || tensor->dtype() != DType::kF32 || tensor->shape().size() > rank)
    return {};
  const auto values = tensor->as<float>();
  if (values.size() == 1) {
    return std::vector<float>(static_cast<size_t>(channels), values[0]);
  }
  Dims dims(rank - tensor->shape().size(), 1);
  dims.insert(dims.end(), tensor->shape().begin(), tensor->shape().end());
  for (size_t d = 0; d < rank; ++d) {
    if (dims[d] != (d == 1 ? channels : 1)) return {};
  }
  return {values.begin(), values.end()};
}

void FuseGraph::Remove(const Node& node) {
  Unlink(IndexOf(node));
  alive_[IndexOf(node)] = false;
}

void FuseGraph::TakeOver(Node& node, const Node& last) {
  std::vector<ValueId> outputs = {last.outputs[0]};
  Remove(last);
  const size_t i = IndexOf(node);
  Unlink(i);
  node.outputs = std::move(outputs);
  Link(i);
}

void FuseGraph::SetInputs(Node& node, std::vector<ValueId> inputs) {
  const size_t i = IndexOf(node);
  Unlink(i);
  node.inputs = std::move(inputs);
  Link(i);
}

void FuseGraph::SetOutputs(Node& node, std::vector<ValueId> outputs) {
  const size_t i = IndexOf(node);
  Unlink(i);
  node.outputs = std::move(outputs);
  Link(i);
}

void FuseGraph::Compact() {
  size_t to = 0;
  for (size_t i = 0; i < graph_.nodes.size(); ++i) {
    if (!alive_[i]) continue;
    if (to != i) graph_.nodes[to] = std::move(graph_.nodes[i]);
    ++to;
  }
  graph_.nodes.resize(to);
}

void ConstantsToInitialisers(Graph& graph, bool outputs_too) {
  std::vector<Node> rest;
  rest.reserve(graph.nodes.size());
  for (Node& node : graph.nodes) {
    const Attribute* value =
        node.op == "Constant" && node.domain.empty() ? node.Find("value") : nullptr;
    if (value == nullptr || value->kind != AttributeKind::kTensor || node.outputs.size() != 1 ||
        node.outputs[0] == kNoValue || (!outputs_too && IsOutput(graph, node.outputs[0]))) {
      rest.push_back(std::move(node));
      continue;
    }
    Value& result = graph.value(node.outputs[0]);
    result.type = {value->tensors[0].dtype(), value->tensors[0].shape()};
    result.constant = std::make_shared<const Constant>(Constant{value->tensors[0], nullptr});
  }
  graph.nodes = std::move(rest);
}

absl::StatusOr<std::shared_ptr<const Graph>> FuseOperators(const Graph& graph,
                                                           const std::vector<bool>& observed) {
  auto copy = std::make_shared<Graph>(graph);
  ConstantsToInitialisers(*copy);
  PAWL_RETURN_IF_ERROR(ExpandFusedConv(*copy));
  PAWL_RETURN_IF_ERROR(FuseCodes(*copy, observed));
  PAWL_RETURN_IF_ERROR(WidenHalf(*copy));
  FuseGraph g(*copy, observed);
  FuseHardSwish(g);
  PAWL_RETURN_IF_ERROR(FoldIntoConv(g));
  FuseDynamicProducts(g);
  FuseConvActivations(g);
  FuseQuantizedWeights(g);
  PAWL_RETURN_IF_ERROR(FuseDequantizedWeights(g));
  g.Compact();
  return copy;
}

}  // namespace pawl
