// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/graph/operators/conv_activation.h"

#include <algorithm>

#include "lib/graph/operators/common.h"
#include "lib/graph/operators/fused_conv.h"
#include "lib/graph/operators/recurrent.h"

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

absl::StatusOr<NamedActivation> NamedActivation::Of(const Node& node) {
  struct Known {
    absl::string_view name;
    size_t parameters;
  };
  constexpr Known kKnown[] = {{"", 0},          {"Relu", 0}, {"Sigmoid", 0},    {"Tanh", 0},
                              {"LeakyRelu", 1}, {"Clip", 2}, {"HardSigmoid", 2}};
  const absl::string_view name = node.String("activation", "");
  const auto given = node.Floats("activation_params");
  for (const Known& known : kKnown) {
    if (known.name != name) continue;
    if (given.size() < known.parameters) {
      return absl::InvalidArgumentError(absl::StrCat("its activation '", name, "' needs ",
                                                     known.parameters, " activation_params, has ",
                                                     given.size()));
    }
    NamedActivation result{.name = std::string(name)};
    if (known.parameters > 0) result.alpha = given[0];
    if (known.parameters > 1) result.beta = given[1];
    return result;
  }
  return absl::InvalidArgumentError(absl::StrCat("has the activation '", name, "'"));
}

absl::Status NamedActivation::Apply(const OpRun& run, int64_t n, float* x) const {
  if (name.empty()) return absl::OkStatus();
  if (name == "Clip") {
    for (int64_t i = 0; i < n; ++i) x[i] = std::min(std::max(x[i], alpha), beta);
    return absl::OkStatus();
  }
  PAWL_ASSIGN_OR_RETURN(const GateFunction function, GateFunction::Parse(name, &alpha, &beta));
  function.Apply(run, 0.0f, n, x);
  return absl::OkStatus();
}

}  // namespace pawl
