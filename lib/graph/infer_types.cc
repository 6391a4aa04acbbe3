// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// InferTypes: what follows from the types of inputs and initialisers, dimensions being symbols.

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "lib/core/status_macros.h"
#include "lib/graph/infer.h"
#include "lib/graph/operator.h"
#include "pawl/context.h"
#include "pawl/graph.h"

namespace pawl {
namespace {

// What was found out, and what the file says where that is more.
ValueType Merge(const ValueType& found, const ValueType& declared) {
  ValueType merged = found;
  if (!merged.dtype.has_value()) merged.dtype = declared.dtype;
  if (!merged.shape.has_value()) {
    merged.shape = declared.shape;
  } else if (declared.shape.has_value() && declared.shape->size() == merged.shape->size()) {
    for (size_t i = 0; i < merged.shape->size(); ++i) {
      int64_t& dim = (*merged.shape)[i];
      const int64_t said = (*declared.shape)[i];
      if (dim == kUnknownDim || (IsSymbol(dim) && said >= 0)) dim = said;
    }
  }
  return merged;
}

class Inference {
 public:
  Inference(Graph& graph, Context& context)
      : graph_(graph), context_(context), contents_(graph.values.size()) {}

  absl::Status Run() {
    PAWL_ASSIGN_OR_RETURN(const std::vector<int32_t> order, graph_.TopologicalOrder());
    for (size_t i = 0; i < graph_.values.size(); ++i) {
      const Tensor* constant = graph_.ConstantTensor(static_cast<ValueId>(i));
      if (constant != nullptr) contents_[i] = *constant;
    }
    for (const int32_t index : order) {
      PAWL_RETURN_IF_ERROR(Visit(graph_.nodes[static_cast<size_t>(index)]));
    }
    return absl::OkStatus();
  }

 private:
  absl::Status Visit(const Node& node) {
    const Operator* op = FindOperator(node.domain, node.op, node.opset);
    if (op == nullptr) return absl::OkStatus();
    std::vector<const ValueType*> types(node.inputs.size(), nullptr);
    std::vector<const Tensor*> contents(node.inputs.size(), nullptr);
    bool all_known = Foldable(node, *op);
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const ValueId id = node.inputs[i];
      if (id == kNoValue) continue;
      types[i] = &graph_.value(id).type;
      const auto& known = contents_[static_cast<size_t>(id)];
      if (known.has_value()) contents[i] = &*known;
      all_known &= known.has_value() && known->num_elements() <= kFollowedElements;
    }
    PAWL_ASSIGN_OR_RETURN(NodeTypes found, InferNode(graph_, node, *op, types, contents));
    if (all_known && !found.complete(node) && found.settled(node) && Small(found)) {
      PAWL_ASSIGN_OR_RETURN(const std::vector<Tensor> results,
                            EvaluateNode(graph_, node, *op, contents, 0, context_));
      for (size_t i = 0; i < results.size(); ++i) found.contents[i] = results[i];
    }
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.outputs[i] == kNoValue) continue;
      ValueType& type = graph_.value(node.outputs[i]).type;
      type = Merge(found.types[i], type);
      contents_[static_cast<size_t>(node.outputs[i])] = std::move(found.contents[i]);
    }
    return absl::OkStatus();
  }

  static bool Small(const NodeTypes& found) {
    for (const ValueType& type : found.types) {
      if (!type.shape.has_value()) continue;
      const auto count = CheckedNumElements(*type.shape);
      if (!count.ok() || *count > kFollowedElements) return false;
    }
    return true;
  }

  Graph& graph_;
  Context& context_;
  std::vector<std::optional<Tensor>> contents_;
};

}  // namespace

absl::Status InferTypes(Graph& graph) {
  PAWL_ASSIGN_OR_RETURN(const std::unique_ptr<Context> context, Context::Create({.threads = 1}));
  return Inference(graph, *context).Run();
}

}  // namespace pawl
