// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/graph/operators/conv_activation.h"

namespace pawl {
namespace {

struct Row {
  absl::string_view name;
  FusedActivation activation;
};
constexpr Row kRows[] = {
    {"relu", FusedActivation::kRelu},          {"relu6", FusedActivation::kRelu6},
    {"silu", FusedActivation::kSilu},          {"gelu", FusedActivation::kGelu},
    {"gelu_tanh", FusedActivation::kGeluTanh}, {"hard_swish", FusedActivation::kHardSwish},
};

}  // namespace

std::optional<FusedActivation> FusedActivationNamed(absl::string_view name) {
  for (const Row& row : kRows) {
    if (row.name == name) return row.activation;
  }
  return std::nullopt;
}

absl::string_view ActivationOf(const Node& node,
                               absl::FunctionRef<std::optional<float>(ValueId)> scalar) {
  if (!node.domain.empty()) return "";
  if (node.op == "Relu") return "relu";
  if (node.op == "HardSwish") return "hard_swish";
  if (node.op == "Gelu") return node.String("approximate", "none") == "tanh" ? "gelu_tanh" : "gelu";
  if (node.op != "Clip") return "";
  const bool attributes = node.opset != 0 && node.opset < 11;
  const std::optional<float> low = attributes ? node.Float("min", -1.0f) : scalar(node.Input(1));
  const bool bounded = attributes ? node.Has("max") : node.Input(2) != kNoValue;
  const std::optional<float> high = attributes ? node.Float("max", 0.0f) : scalar(node.Input(2));
  if (!low.has_value() || *low != 0.0f) return "";
  if (!bounded) return "relu";
  return high.has_value() && *high == 6.0f ? "relu6" : "";
}

}  // namespace pawl
