// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What follows a convolution with constant weights: scales and shifts of channels go into weights
// and bias, activations into its epilogue (attribute kConvActivation).

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/graph/fuse.h"
#include "lib/graph/operators/conv_activation.h"
#include "lib/graph/own_operators.h"

namespace pawl {
namespace {

struct Affine {
  std::vector<float> scale, shift;  // empty: 1, 0
};

bool IsFloatConv(FuseGraph& g, const Node& node) {
  const Tensor* weights =
      node.op == "Conv" && node.domain.empty() ? g.graph().ConstantTensor(node.Input(1)) : nullptr;
  if (weights == nullptr || weights->dtype() != DType::kF32 || weights->rank() < 3) return false;
  const ValueId bias = node.Input(2);
  return bias == kNoValue || g.graph().ConstantTensor(bias) != nullptr;
}

// Whether the node applies an activation itself: convolutions of one or two dimensions, and what
// FuseDynamicProducts makes.
bool TakesActivation(FuseGraph& g, const Node& node) {
  if (IsFloatConv(g, node)) return g.graph().ConstantTensor(node.Input(1))->rank() <= 4;
  return (node.op == "ConvIntegerToFloat" && node.domain == kPawlDomain) ||
         (node.op == "MatMulIntegerToFloat" && node.domain == kMicrosoftDomain);
}

// What the node does to the channels of `value`; nothing where it does something else.
std::optional<Affine> AffineOf(FuseGraph& g, const Node& node, ValueId value, int64_t channels,
                               size_t rank) {
  Affine affine;
  if (node.op == "BatchNormalization") {
    if (node.Input(0) != value || node.outputs.size() != 1 || node.Int("training_mode", 0) != 0) {
      return std::nullopt;
    }
    const Tensor* parts[4];
    for (size_t i = 0; i < 4; ++i) {
      parts[i] = g.graph().ConstantTensor(node.Input(i + 1));
      if (parts[i] == nullptr || parts[i]->dtype() != DType::kF32 ||
          parts[i]->num_elements() != channels) {
        return std::nullopt;
      }
    }
    const double epsilon = node.Float("epsilon", 1e-5f);
    for (size_t c = 0; c < static_cast<size_t>(channels); ++c) {
      const double s = parts[0]->as<float>()[c] / std::sqrt(parts[3]->as<float>()[c] + epsilon);
      affine.scale.push_back(static_cast<float>(s));
      affine.shift.push_back(
          static_cast<float>(parts[1]->as<float>()[c] - parts[2]->as<float>()[c] * s));
    }
    return affine;
  }
  if (node.inputs.size() != 2 || node.inputs[0] == node.inputs[1]) return std::nullopt;
  const bool first = node.inputs[0] == value;
  if (!first && node.op != "Add" && node.op != "Mul") return std::nullopt;
  std::vector<float> values = g.PerChannel(node.inputs[first ? 1 : 0], channels, rank);
  if (values.empty()) return std::nullopt;
  if (node.op == "Add" || node.op == "Sub") {
    if (node.op == "Sub") {
      for (float& v : values) v = -v;
    }
    affine.shift = std::move(values);
  } else if (node.op == "Mul" || node.op == "Div") {
    if (node.op == "Div") {
      for (float& v : values) v = 1.0f / v;
    }
    affine.scale = std::move(values);
  } else {
    return std::nullopt;
  }
  return affine;
}

// Weights and bias while they are being changed.
struct Folded {
  Tensor weights;
  std::vector<double> bias;

  void Apply(const Affine& affine) {
    const size_t row = weights.as<float>().size() / bias.size();
    for (size_t c = 0; c < bias.size(); ++c) {
      if (!affine.scale.empty()) {
        float* w = weights.mutable_as<float>().data() + c * row;
        for (size_t i = 0; i < row; ++i) w[i] *= affine.scale[c];
        bias[c] *= affine.scale[c];
      }
      if (!affine.shift.empty()) bias[c] += affine.shift[c];
    }
  }
};

absl::Status FoldOne(FuseGraph& g, Node& conv) {
  const Tensor& weights = *g.graph().ConstantTensor(conv.inputs[1]);
  const int64_t channels = weights.dim(0);
  const auto rank = static_cast<size_t>(weights.rank());
  std::optional<Folded> folded;
  for (Node* next = g.OnlyUser(conv.outputs[0]); next != nullptr && next != &conv;
       next = g.OnlyUser(conv.outputs[0])) {
    const auto affine = AffineOf(g, *next, conv.outputs[0], channels, rank);
    if (!affine.has_value()) break;
    if (!folded.has_value()) {
      folded.emplace();
      PAWL_ASSIGN_OR_RETURN(folded->weights, weights.Clone());
      folded->bias.assign(static_cast<size_t>(channels), 0.0);
      const Tensor* bias = g.graph().ConstantTensor(conv.Input(2));
      if (bias != nullptr) folded->bias.assign(bias->as<float>().begin(), bias->as<float>().end());
    }
    folded->Apply(*affine);
    g.TakeOver(conv, *next);
  }
  if (!folded.has_value()) return absl::OkStatus();
  const std::vector<float> bias(folded->bias.begin(), folded->bias.end());
  PAWL_ASSIGN_OR_RETURN(Tensor bias_tensor, Tensor::FromValues<float>({channels}, bias));
  const std::string stem = absl::StrCat("fused/", g.graph().values.size());
  const ValueId w = g.graph().AddConstant(stem + "/weights", std::move(folded->weights));
  const ValueId b = g.graph().AddConstant(stem + "/bias", std::move(bias_tensor));
  g.SetInputs(conv, {conv.inputs[0], w, b});
  return absl::OkStatus();
}

}  // namespace

absl::Status FoldIntoConv(FuseGraph& g) {
  for (size_t i = 0; i < g.num_nodes(); ++i) {
    Node& node = g.node(i);
    if (!g.alive(i) || !IsFloatConv(g, node)) continue;
    const Tensor* bias = g.graph().ConstantTensor(node.Input(2));
    const Tensor& weights = *g.graph().ConstantTensor(node.Input(1));
    if (bias != nullptr &&
        (bias->dtype() != DType::kF32 || bias->num_elements() != weights.dim(0))) {
      continue;
    }
    if (weights.dim(0) > 0) PAWL_RETURN_IF_ERROR(FoldOne(g, node));
  }
  return absl::OkStatus();
}

void FuseConvActivations(FuseGraph& g) {
  for (size_t i = 0; i < g.num_nodes(); ++i) {
    Node& conv = g.node(i);
    if (!g.alive(i) || !TakesActivation(g, conv) || conv.Has(kConvActivation)) continue;
    const ValueId y = conv.outputs[0];
    if (Node* next = g.OnlyUser(y); next != nullptr) {
      const absl::string_view name = ActivationOf(*next, [&](ValueId id) { return g.Scalar(id); });
      if (name.empty() || next->Input(0) != y) continue;
      conv.Set(Attribute::String(kConvActivation, std::string(name)));
      g.TakeOver(conv, *next);
      continue;
    }
    // x * sigmoid(x)
    const std::vector<Node*> users = g.InnerUsers(y);
    if (users.size() != 2) continue;
    Node* sigmoid = users[0]->op == "Sigmoid" ? users[0] : users[1];
    Node* mul = users[0]->op == "Sigmoid" ? users[1] : users[0];
    if (sigmoid->op != "Sigmoid" || mul->op != "Mul" || !mul->domain.empty() ||
        g.OnlyUser(sigmoid->outputs[0]) != mul || mul->inputs.size() != 2) {
      continue;
    }
    conv.Set(Attribute::String(kConvActivation, "silu"));
    g.SetInputs(*mul, {y});
    g.Remove(*sigmoid);
    g.TakeOver(conv, *mul);
  }
}

}  // namespace pawl
