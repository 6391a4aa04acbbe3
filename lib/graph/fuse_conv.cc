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

// Rows of taps in a convolution's weights, and the output channel of each: weights are
// [out, in / groups, taps..], those of ConvTranspose [in, out / groups, taps..].
struct WeightsLayout {
  int64_t channels = 0, rows = 0;
  int64_t per_channel = 1;                   // Conv: rows of a channel
  int64_t out_group = 0, rows_of_group = 0;  // ConvTranspose

  int64_t ChannelOf(int64_t row) const {
    if (out_group == 0) return row / per_channel;
    return row / rows_of_group * out_group + row % out_group;
  }
};

// Nothing unless the node is such a convolution with constant f32 weights and bias.
std::optional<WeightsLayout> LayoutOf(FuseGraph& g, const Node& node) {
  const bool transposed = node.op == "ConvTranspose";
  if (!node.domain.empty() || (node.op != "Conv" && !transposed)) return std::nullopt;
  const Tensor* w = g.graph().ConstantTensor(node.Input(1));
  if (w == nullptr || w->dtype() != DType::kF32 || w->rank() < 3 || w->empty()) return std::nullopt;
  WeightsLayout layout{.channels = w->dim(0), .rows = w->dim(0) * w->dim(1)};
  layout.per_channel = w->dim(1);
  if (transposed) {
    const int64_t groups = node.Int("group", 1);
    if (groups < 1 || w->dim(0) % groups != 0) return std::nullopt;
    layout.out_group = w->dim(1);
    layout.channels = layout.out_group * groups;
    layout.rows_of_group = layout.rows / groups;
  }
  if (node.Input(2) == kNoValue) return layout;
  const Tensor* bias = g.graph().ConstantTensor(node.Input(2));
  if (bias == nullptr || bias->dtype() != DType::kF32 || bias->num_elements() != layout.channels) {
    return std::nullopt;
  }
  return layout;
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
  WeightsLayout layout;
  std::vector<double> bias;

  void Apply(const Affine& affine) {
    if (!affine.scale.empty()) Scale(affine.scale);
    for (size_t c = 0; c < affine.shift.size(); ++c) bias[c] += affine.shift[c];
  }
  void Scale(const std::vector<float>& scale) {
    const int64_t taps = weights.num_elements() / layout.rows;
    float* w = weights.mutable_as<float>().data();
    for (int64_t row = 0; row < layout.rows; ++row) {
      const float factor = scale[static_cast<size_t>(layout.ChannelOf(row))];
      for (int64_t i = 0; i < taps; ++i) *w++ *= factor;
    }
    for (size_t c = 0; c < bias.size(); ++c) bias[c] *= scale[c];
  }
};

absl::Status FoldOne(FuseGraph& g, Node& conv, const WeightsLayout& layout) {
  const Tensor& weights = *g.graph().ConstantTensor(conv.inputs[1]);
  const int64_t channels = layout.channels;
  const auto rank = static_cast<size_t>(weights.rank());
  std::optional<Folded> folded;
  for (Node* next = g.OnlyUser(conv.outputs[0]); next != nullptr && next != &conv;
       next = g.OnlyUser(conv.outputs[0])) {
    const auto affine = AffineOf(g, *next, conv.outputs[0], channels, rank);
    if (!affine.has_value()) break;
    if (!folded.has_value()) {
      folded.emplace();
      PAWL_ASSIGN_OR_RETURN(folded->weights, weights.Clone());
      folded->layout = layout;
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
    if (!g.alive(i)) continue;
    const auto layout = LayoutOf(g, node);
    if (layout.has_value()) PAWL_RETURN_IF_ERROR(FoldOne(g, node, *layout));
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
