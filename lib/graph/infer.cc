// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/graph/infer.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"

namespace pawl {
namespace {

bool AllKnown(const Dims& dims) {
  return std::all_of(dims.begin(), dims.end(), [](int64_t dim) { return dim >= 0; });
}

bool RuleApplies(const Operator& op, absl::Span<const ValueType* const> inputs) {
  for (const ValueType* type : inputs) {
    if (type == nullptr) continue;
    if (!type->dtype.has_value() || !type->shape.has_value()) return false;
    if ((op.flags & kSymbolic) == 0 && !AllKnown(*type->shape)) return false;
  }
  return true;
}

// A rule's arithmetic on hostile attributes may leave sizes that cannot be.
absl::Status CheckSizes(const Graph& graph, const Node& node, const NodeTypes& result) {
  for (const ValueType& type : result.types) {
    if (!type.shape.has_value() || !AllKnown(*type.shape)) continue;
    const absl::Status fits =
        CheckedNumElements(*type.shape, type.dtype.has_value() ? DTypeSize(*type.dtype) : 1)
            .status();
    if (!fits.ok()) return AtNode(graph, node, fits);
  }
  return absl::OkStatus();
}

}  // namespace

bool NodeTypes::settled(const Node& node) const {
  for (size_t i = 0; i < node.outputs.size(); ++i) {
    if (node.outputs[i] == kNoValue) continue;
    if (!types[i].dtype.has_value() || !types[i].shape.has_value()) return false;
    if (!AllKnown(*types[i].shape)) return false;
  }
  return true;
}

bool NodeTypes::complete(const Node& node) const {
  for (size_t i = 0; i < node.outputs.size(); ++i) {
    if (node.outputs[i] != kNoValue && !contents[i].has_value()) return false;
  }
  return true;
}

absl::StatusOr<NodeTypes> InferNode(const Graph& graph, const Node& node, const Operator& op,
                                    absl::Span<const ValueType* const> inputs,
                                    absl::Span<const Tensor* const> contents) {
  NodeTypes result;
  result.types.resize(node.outputs.size());
  result.contents.resize(node.outputs.size());
  if (op.shape == nullptr || !RuleApplies(op, inputs)) return result;
  ShapeContext context(graph, node, inputs, contents);
  PAWL_RETURN_IF_ERROR(AtNode(graph, node, op.shape(context)));
  result.types = std::move(context.outputs());
  result.contents = std::move(context.contents());
  PAWL_RETURN_IF_ERROR(CheckSizes(graph, node, result));
  return result;
}

bool Foldable(const Node& node, const Operator& op) {
  if ((op.flags & kNotConstant) != 0) return false;
  return std::all_of(node.attributes.begin(), node.attributes.end(),
                     [](const Attribute& a) { return a.graphs.empty(); });
}

absl::StatusOr<std::vector<Tensor>> EvaluateNode(const Graph& graph, const Node& node,
                                                 const Operator& op,
                                                 absl::Span<const Tensor* const> inputs,
                                                 uint64_t max_memory, Context& context) {
  std::vector<ValueType> types(inputs.size());
  std::vector<const ValueType*> type_pointers(inputs.size(), nullptr);
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i] == nullptr) continue;
    types[i] = {inputs[i]->dtype(), inputs[i]->shape()};
    type_pointers[i] = &types[i];
  }
  PAWL_ASSIGN_OR_RETURN(NodeTypes known, InferNode(graph, node, op, type_pointers, inputs));
  std::vector<Tensor> outputs(node.outputs.size());
  std::vector<Tensor*> pointers(node.outputs.size(), nullptr);
  std::unique_ptr<OpState> state;
  OpRun::Parts parts{.graph = &graph,
                     .node = &node,
                     .context = &context,
                     .inputs = inputs,
                     .max_memory = max_memory};
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (node.outputs[i] == kNoValue) continue;
    pointers[i] = &outputs[i];
    if (known.contents[i].has_value()) outputs[i] = *known.contents[i];
  }
  if (known.complete(node)) return outputs;
  parts.outputs = pointers;
  OpRun run(parts);
  for (size_t i = 0; i < outputs.size(); ++i) {
    const ValueType& type = known.types[i];
    if (pointers[i] == nullptr || !type.dtype.has_value() || !type.shape.has_value()) continue;
    PAWL_RETURN_IF_ERROR(AtNode(graph, node, run.Allocate(i, *type.dtype, *type.shape).status()));
  }
  if (op.prepare != nullptr) {
    auto prepared = op.prepare(PrepareContext(graph, node, inputs, &context));
    if (!prepared.ok()) return AtNode(graph, node, prepared.status());
    state = *std::move(prepared);
    parts.state = state.get();
  }
  Tensor workspace;
  if (op.workspace != nullptr) {
    const size_t bytes =
        op.workspace({node, state.get(), type_pointers, known.types, context.threads()});
    PAWL_ASSIGN_OR_RETURN(workspace, Tensor::Create(DType::kU8, {static_cast<int64_t>(bytes)}));
    parts.workspace = workspace.mutable_data();
  }
  OpRun call(parts);
  PAWL_RETURN_IF_ERROR(AtNode(graph, node, op.run(call)));
  return outputs;
}

}  // namespace pawl
