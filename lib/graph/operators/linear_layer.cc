// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/graph/operators/linear_layer.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "lib/core/context_internal.h"
#include "lib/core/linear_activation.h"
#include "lib/graph/operators/conv_activation.h"
#include "lib/graph/own_operators.h"
#include "lib/graph/product.h"
#include "pawl/float_types.h"

namespace pawl {
namespace {

struct LinearState : OpState {
  std::optional<QuantizedLinear> layer;
  // Without a layer: floats.
  Tensor weights;
  std::vector<float> bias;
  FusedActivation activation = FusedActivation::kNone;
  size_t own_bytes = 0;
  size_t size_bytes() const override { return own_bytes; }
};

absl::Status RunFloats(const LinearState& state, const Tensor& x, Tensor& y, int64_t rows,
                       Context& context) {
  const int64_t n = state.weights.dim(0), k = state.weights.dim(1);
  Tensor wide = x, result = y;
  if (x.dtype() != DType::kF32) {
    PAWL_ASSIGN_OR_RETURN(wide, x.ToF32());
    PAWL_ASSIGN_OR_RETURN(result, Tensor::Create(DType::kF32, y.shape()));
  }
  const Product product{.m = rows,
                        .n = n,
                        .k = k,
                        .a = wide.as<float>().data(),
                        .w = state.weights.as<float>().data(),
                        .out = result.mutable_as<float>().data()};
  const kernels::Target target = TargetOf(&context);
  PAWL_RETURN_IF_ERROR(
      MultiplyF32(product, context, [&](int64_t, int64_t begin, int64_t count, float* out) {
        if (!state.bias.empty()) {
          for (int64_t i = 0; i < count; ++i) out[i] += state.bias[static_cast<size_t>(begin + i)];
        }
        ApplyActivation(state.activation, out, count, target);
      }));
  if (x.dtype() == DType::kF32) return absl::OkStatus();
  const auto values = result.as<float>();
  const auto narrow = y.mutable_as<uint16_t>();
  for (size_t i = 0; i < values.size(); ++i) {
    narrow[i] = y.dtype() == DType::kF16 ? F32ToF16(values[i]) : F32ToBF16(values[i]);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<LinearOptions> LinearOptionsOf(const Node& node, const Tensor* bias) {
  LinearOptions options;
  options.name = node.name;
  if (bias != nullptr) options.bias = *bias;
  const auto mode = node.String(kLinearModeAttribute, "weight_only");
  if (mode == LinearModeName(LinearMode::kDynamicInt8) || mode == kInt8WherePossible) {
    options.mode = LinearMode::kDynamicInt8;
  } else if (mode != LinearModeName(LinearMode::kWeightOnly)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "mode is '", mode, "'; known: weight_only, dynamic_int8, ", kInt8WherePossible));
  }
  const auto activation = node.String("activation", "");
  const auto found = FusedActivationNamed(activation);
  if (!activation.empty() && !found.has_value()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "activation is '", activation, "'; known: relu, relu6, silu, gelu, gelu_tanh, hard_swish"));
  }
  options.activation = found.value_or(FusedActivation::kNone);
  const auto groups = node.String("activation_groups", "per_token");
  if (groups == "per_token_and_group") {
    options.activation_groups = ActivationScale::kPerTokenAndGroup;
  } else if (groups != "per_token") {
    return absl::InvalidArgumentError(
        absl::StrCat("activation_groups is '", groups, "'; known: per_token, per_token_and_group"));
  }
  const auto compute = node.String("compute", "f32");
  if (compute == "bf16") {
    options.compute = LinearCompute::kBf16;
  } else if (compute != "f32") {
    return absl::InvalidArgumentError(absl::StrCat("compute is '", compute, "'; known: f32, bf16"));
  }
  return options;
}

absl::StatusOr<std::unique_ptr<OpState>> MakeLinearState(const Node& node,
                                                         const QuantizedTensor& weights,
                                                         LinearOptions options, Context* context) {
  auto state = std::make_unique<LinearState>();
  auto layer = QuantizedLinear::Create(weights, options, context);
  if (!layer.ok() && absl::IsInvalidArgument(layer.status()) &&
      node.String(kLinearModeAttribute, "") == kInt8WherePossible) {
    options.mode = LinearMode::kWeightOnly;
    layer = QuantizedLinear::Create(weights, options, context);
  }
  if (!layer.ok()) return layer.status();
  state->layer = *std::move(layer);
  // Canonical weights are the graph's.
  state->own_bytes = state->layer->size_bytes();
  if (state->layer->canonical() != nullptr) state->own_bytes -= weights.size_bytes();
  return state;
}

absl::StatusOr<std::unique_ptr<OpState>> MakeFloatState(const Node& node, const Tensor& weights,
                                                        const LinearOptions& options) {
  if (options.mode != LinearMode::kWeightOnly &&
      node.String(kLinearModeAttribute, "") != kInt8WherePossible) {
    return absl::InvalidArgumentError(
        "mode dynamic_int8 needs quantized weights, and these are floats");
  }
  auto state = std::make_unique<LinearState>();
  state->weights = weights;
  if (weights.dtype() != DType::kF32) {
    PAWL_ASSIGN_OR_RETURN(state->weights, weights.ToF32());
    state->own_bytes = state->weights.size_bytes();
  }
  if (!options.bias.empty()) {
    PAWL_ASSIGN_OR_RETURN(const Tensor bias, options.bias.ToF32());
    state->bias.assign(bias.as<float>().begin(), bias.as<float>().end());
  }
  state->activation = options.activation;
  return state;
}

absl::Status RunLinearState(OpRun& run) {
  const auto* state = run.state<LinearState>();
  const Tensor& x = run.input(0);
  Tensor& y = run.output(0);
  const int64_t k = x.shape().back(), n = y.shape().back();
  const int64_t rows = DimProduct(absl::MakeConstSpan(x.shape()).subspan(0, x.shape().size() - 1));
  if (!state->layer.has_value()) return RunFloats(*state, x, y, rows, run.context());
  return state->layer->Run({.data = x.data(), .dtype = x.dtype(), .rows = rows, .cols = k},
                           {.data = y.mutable_data(), .dtype = y.dtype(), .rows = rows, .cols = n},
                           run.context());
}

}  // namespace pawl
