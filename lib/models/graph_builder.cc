// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/models/graph_builder.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"

namespace pawl {
namespace {

constexpr int kOpset = 24;  // Swish

}  // namespace

GraphBuilder::GraphBuilder(const ModelConfig& config, const ModelWeights& weights)
    : config_(config), weights_(weights), graph_(std::make_shared<Graph>()) {
  graph_->name = config.architecture;
  graph_->source = weights.path();
  graph_->opsets[""] = kOpset;
}

ValueId GraphBuilder::Add(absl::string_view op, const std::string& name,
                          std::vector<ValueId> inputs, std::vector<Attribute> attributes,
                          std::vector<std::string> more) {
  Node node;
  node.name = name;
  node.op = std::string(op);
  node.opset = kOpset;
  node.inputs = std::move(inputs);
  node.attributes = std::move(attributes);
  node.outputs.push_back(graph_->AddValue(absl::StrCat(name, ".out")));
  for (std::string& other : more) node.outputs.push_back(graph_->AddValue(std::move(other)));
  graph_->nodes.push_back(std::move(node));
  return graph_->nodes.back().outputs[0];
}

ValueId GraphBuilder::Input(const std::string& name, DType dtype, Dims dims) {
  const ValueId id = graph_->AddValue(name, {dtype, std::move(dims)});
  graph_->inputs.push_back(id);
  return id;
}

ValueId GraphBuilder::Shape(const std::string& name, const std::vector<int64_t>& dims) {
  const auto rank = static_cast<int64_t>(dims.size());
  return graph_->AddConstant(name, *Tensor::FromValues<int64_t>({rank}, dims));
}

absl::StatusOr<ValueId> GraphBuilder::Weight(const std::string& name, Dims shape) {
  PAWL_ASSIGN_OR_RETURN(Constant constant, weights_.Get(name));
  const bool quantized = constant.quantized != nullptr;
  const std::vector<int64_t>& found =
      quantized ? constant.quantized->shape : constant.tensor.shape();
  if (found != shape) {
    return absl::InvalidArgumentError(absl::StrCat(weights_.path(), ": tensor '", name, "' is ",
                                                   ShapeString(found), "; the settings ask for ",
                                                   ShapeString(shape)));
  }
  const ValueId id = graph_->AddValue(name, {DType::kF32, shape});
  if (!quantized && constant.tensor.dtype() != DType::kF32) {
    if (!IsFloat(constant.tensor.dtype())) {
      return absl::InvalidArgumentError(absl::StrCat(weights_.path(), ": tensor '", name, "' is ",
                                                     DTypeName(constant.tensor.dtype()),
                                                     ", which is no weight's type"));
    }
    PAWL_ASSIGN_OR_RETURN(constant.tensor, constant.tensor.ToF32());
  }
  graph_->value(id).constant = std::make_shared<const Constant>(std::move(constant));
  return id;
}

absl::StatusOr<std::vector<ValueId>> GraphBuilder::LinearInputs(const std::string& name, ValueId x,
                                                                int64_t out, int64_t in) {
  PAWL_ASSIGN_OR_RETURN(const ValueId weight, Weight(name + ".weight", {out, in}));
  std::vector<ValueId> inputs = {x, weight};
  if (weights_.Has(name + ".bias")) {
    PAWL_ASSIGN_OR_RETURN(const ValueId bias, Weight(name + ".bias", {out}));
    inputs.push_back(bias);
  }
  return inputs;
}

absl::StatusOr<std::shared_ptr<Graph>> GraphBuilder::Finish(ValueId output) {
  graph_->outputs.push_back(output);
  PAWL_RETURN_IF_ERROR(InferTypes(*graph_));
  return std::move(graph_);
}

}  // namespace pawl
