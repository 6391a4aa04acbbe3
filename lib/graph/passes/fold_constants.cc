// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Nodes whose inputs are all initialisers become initialisers.

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "lib/core/status_macros.h"
#include "lib/graph/fuse.h"
#include "lib/graph/infer.h"
#include "lib/graph/operator.h"
#include "lib/graph/passes/passes.h"

namespace pawl {
namespace {

// A result may be this much larger than what it follows from, so that a file does not swell.
constexpr size_t kGrowth = 2;
constexpr size_t kAlways = size_t{1} << 16;

// True when the node is gone.
absl::StatusOr<bool> Fold(Graph& graph, const Node& node, Context& context) {
  const Operator* op = FindOperator(node.domain, node.op, node.opset);
  if (op == nullptr || !Foldable(node, *op) || op->quantize == QuantKind::kQuantized) return false;
  if (node.inputs.empty()) return false;
  std::vector<const Tensor*> inputs(node.inputs.size(), nullptr);
  size_t bytes_in = 0;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    if (node.inputs[i] == kNoValue) continue;
    inputs[i] = graph.ConstantTensor(node.inputs[i]);
    if (inputs[i] == nullptr) return false;
    bytes_in += inputs[i]->size_bytes();
  }
  std::vector<ValueType> types(inputs.size());
  std::vector<const ValueType*> pointers(inputs.size(), nullptr);
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i] == nullptr) continue;
    types[i] = {inputs[i]->dtype(), inputs[i]->shape()};
    pointers[i] = &types[i];
  }
  PAWL_ASSIGN_OR_RETURN(const NodeTypes found, InferNode(graph, node, *op, pointers, inputs));
  if (!found.settled(node)) return false;
  size_t bytes_out = 0;
  for (const ValueType& type : found.types) {
    if (!type.shape.has_value() || !type.dtype.has_value()) continue;
    PAWL_ASSIGN_OR_RETURN(const int64_t count, CheckedNumElements(*type.shape, 8));
    bytes_out += static_cast<size_t>(count) * DTypeSize(*type.dtype);
  }
  if (bytes_out > std::max(kAlways, kGrowth * bytes_in)) return false;
  PAWL_ASSIGN_OR_RETURN(std::vector<Tensor> results,
                        EvaluateNode(graph, node, *op, inputs, 0, context));
  for (size_t i = 0; i < results.size(); ++i) {
    if (node.outputs[i] == kNoValue) continue;
    Value& value = graph.value(node.outputs[i]);
    value.type = {results[i].dtype(), results[i].shape()};
    value.constant = std::make_shared<const Constant>(Constant{std::move(results[i]), nullptr});
  }
  return true;
}

}  // namespace

absl::Status FoldConstants(Graph& graph, Context& context) {
  ConstantsToInitialisers(graph, /*outputs_too=*/false);
  PAWL_ASSIGN_OR_RETURN(const std::vector<int32_t> order, graph.TopologicalOrder());
  std::vector<bool> output(graph.values.size(), false);
  for (const ValueId id : graph.outputs) output[static_cast<size_t>(id)] = true;
  std::vector<Node> kept;
  for (const int32_t index : order) {
    Node& node = graph.nodes[static_cast<size_t>(index)];
    const bool is_output = std::any_of(node.outputs.begin(), node.outputs.end(), [&](ValueId id) {
      return id != kNoValue && output[static_cast<size_t>(id)];
    });
    bool folded = false;
    if (!is_output) {
      PAWL_ASSIGN_OR_RETURN(folded, Fold(graph, node, context));
    }
    if (!folded) kept.push_back(std::move(node));
  }
  graph.nodes = std::move(kept);
  return absl::OkStatus();
}

absl::Status FoldIntoLayers(Graph& graph) {
  FuseGraph fuse(graph, std::vector<bool>(graph.values.size(), false));
  PAWL_RETURN_IF_ERROR(FoldIntoConv(fuse));
  fuse.Compact();
  return absl::OkStatus();
}

}  // namespace pawl
