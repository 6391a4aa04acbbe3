// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "kernels/float_env.h"
#include "lib/core/linear_impl.h"
#include "lib/core/rounding.h"
#include "lib/core/status_macros.h"

namespace pawl {
namespace {

using Impl = QuantizedLinear::Impl;

constexpr float kSmallestScale = 0x1p-100f;
constexpr float kLargestScale = 0x1p100f;

absl::Status Bad(const Impl& impl, absl::string_view why) {
  return absl::InvalidArgumentError(LinearMessage(impl, why));
}

struct CodeRange {
  int32_t low = 0;
  int32_t high = 0;
};

CodeRange RangeOf(DType dtype) {
  if (dtype == DType::kI8) return {-128, 127};
  if (dtype == DType::kU8) return {0, 255};
  if (dtype == DType::kI16) return {-32768, 32767};
  return {};
}

absl::Status CheckCodes(const Impl& impl, absl::string_view what, DType dtype, float scale,
                        bool needs_scale, int32_t zero_point) {
  const CodeRange range = RangeOf(dtype);
  if (range.high == 0) {
    return Bad(impl, absl::StrCat(what, "_dtype is ", DTypeName(dtype), ", not i8, u8 or i16"));
  }
  if (needs_scale && !(scale >= kSmallestScale && scale <= kLargestScale)) {
    return Bad(impl, absl::StrCat(what, "_scale is ", scale, ", outside [2^-100, 2^100]"));
  }
  if (zero_point < range.low || zero_point > range.high) {
    return Bad(
        impl, absl::StrCat(what, "_zero_point is ", zero_point, ", no code of ", DTypeName(dtype)));
  }
  return absl::OkStatus();
}

// Bias in units of activation_scale * the row's weight scale.
absl::Status SetIntegerBias(const Tensor& bias, Impl* impl) {
  if (bias.dtype() == DType::kI32 && bias.num_elements() == impl->rows) {
    const absl::Span<const int32_t> values = bias.as<int32_t>();
    impl->integer.bias.assign(values.begin(), values.end());
    return absl::OkStatus();
  }
  const bool wide = impl->integer.wide;
  const double limit = wide ? 0x1p47 : 0x1p31;
  if (bias.dtype() == DType::kI64 && bias.num_elements() == impl->rows) {
    for (const int64_t value : bias.as<int64_t>()) {
      impl->integer.bias.push_back(
          std::clamp<int64_t>(value, -(int64_t{1} << 47), int64_t{1} << 47));
    }
    return absl::OkStatus();
  }
  PAWL_RETURN_IF_ERROR(SetFloatBias(bias, impl));
  for (size_t n = 0; n < impl->bias.size(); ++n) {
    const double unit =
        static_cast<double>(impl->options.activation_scale) * impl->packed.scales[n];
    const double code = unit > 0.0 ? RoundHalfEven(impl->bias[n] / unit) : 0.0;
    if (std::isnan(code)) return Bad(*impl, absl::StrCat("bias of row ", n, " is NaN"));
    impl->integer.bias.push_back(static_cast<int64_t>(std::clamp(code, -limit, limit - 1)));
  }
  impl->bias.clear();
  return absl::OkStatus();
}

absl::Status SetMultipliers(Impl* impl) {
  const LinearOptions& o = impl->options;
  std::vector<FixedPointMultiplier>& multipliers = impl->integer.multipliers;
  multipliers = o.multipliers;
  if (multipliers.empty()) {
    for (int64_t n = 0; n < impl->rows; ++n) {
      const double scale =
          impl->packed.groups > 0 ? impl->packed.scales[static_cast<size_t>(n)] : 0;
      const double real = static_cast<double>(o.activation_scale) * scale / o.output_scale;
      const auto made = MakeFixedPointMultiplier(real);
      if (!made.ok()) {
        return Bad(*impl, absl::StrCat("weight scale ", scale, " of row ", n,
                                       " is negative or not finite; mode static_int8 takes it"));
      }
      multipliers.push_back(*made);
    }
  }
  if (multipliers.size() != 1 && static_cast<int64_t>(multipliers.size()) != impl->rows) {
    return Bad(*impl, absl::StrCat("there are ", multipliers.size(), " multipliers for ",
                                   impl->rows, " rows"));
  }
  const int32_t largest = impl->integer.wide ? 14 : 30;
  for (const FixedPointMultiplier& m : multipliers) {
    if (!IsValid(m) || m.shift > largest) {
      return Bad(*impl, absl::StrCat("multiplier ", m.multiplier, " * 2^(", m.shift,
                                     " - 31) is out of range"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<QuantizedTensor> DeepCopy(QuantizedTensor t) {
  for (Tensor* part : {&t.codes, &t.scales, &t.offsets, &t.super_scales, &t.super_offsets,
                       &t.levels, &t.scale_levels, &t.group_index, &t.outlier_columns,
                       &t.outlier_values, &t.input_scale, &t.rotation_signs}) {
    if (part->empty()) continue;
    PAWL_ASSIGN_OR_RETURN(*part, part->Clone());
  }
  return t;
}

absl::Status SetTransforms(const QuantizedTensor& t, Impl* impl) {
  impl->rotation_block = t.scheme.rotation.block;
  impl->input_scale = t.input_scale;
  impl->rotation_signs = t.rotation_signs;
  if (!impl->options.release_canonical || impl->weight_only()) return absl::OkStatus();
  for (Tensor* part : {&impl->input_scale, &impl->rotation_signs}) {
    if (part->empty()) continue;
    PAWL_ASSIGN_OR_RETURN(*part, part->Clone());
  }
  return absl::OkStatus();
}

absl::Status Named(const Impl& impl, const absl::Status& status) {
  if (status.ok()) return status;
  return absl::Status(status.code(), LinearMessage(impl, status.message()));
}

}  // namespace

absl::Status CheckLinearOptions(const Impl& impl) {
  const LinearOptions& o = impl.options;
  if (o.mode > LinearMode::kIntegerOnly) return Bad(impl, "unknown mode");
  if (o.activation > FusedActivation::kHardSwish) return Bad(impl, "unknown activation");
  if (o.activation_groups > ActivationScale::kPerTokenAndGroup) {
    return Bad(impl, "unknown activation_groups");
  }
  if (o.compute > LinearCompute::kBf16) return Bad(impl, "unknown compute");
  if (o.compute != LinearCompute::kF32 && o.mode != LinearMode::kWeightOnly) {
    return Bad(impl,
               absl::StrCat("compute bf16 is for mode weight_only, not ", LinearModeName(o.mode)));
  }
  if (o.mode == LinearMode::kWeightOnly || o.mode == LinearMode::kDynamicInt8) {
    return absl::OkStatus();
  }
  PAWL_RETURN_IF_ERROR(CheckCodes(impl, "activation", o.activation_dtype, o.activation_scale, true,
                                  o.activation_zero_point));
  if (o.mode == LinearMode::kStaticInt8) return absl::OkStatus();
  if (impl.gives_sums && o.output_dtype == DType::kI32) return absl::OkStatus();
  const bool needs_scale = o.multipliers.empty() || o.activation == FusedActivation::kRelu6;
  PAWL_RETURN_IF_ERROR(
      CheckCodes(impl, "output", o.output_dtype, o.output_scale, needs_scale, o.output_zero_point));
  if ((o.output_dtype == DType::kI16) != (o.activation_dtype == DType::kI16)) {
    return Bad(impl, absl::StrCat("output_dtype ", DTypeName(o.output_dtype),
                                  " does not go with activation_dtype ",
                                  DTypeName(o.activation_dtype), ": both are i16 or neither"));
  }
  if (o.rounding > RequantizeRounding::kSingle) return Bad(impl, "unknown rounding");
  if (o.activation > FusedActivation::kRelu6) {
    return Bad(impl, "mode integer_only fuses relu and relu6 only; use static_int8");
  }
  return absl::OkStatus();
}

absl::Status SetFloatBias(const Tensor& bias, Impl* impl) {
  if (bias.empty()) return absl::OkStatus();
  if (bias.num_elements() != impl->rows) {
    return Bad(*impl, absl::StrCat("bias has ", bias.num_elements(), " elements, the weights have ",
                                   impl->rows, " rows"));
  }
  if (!IsActivation(bias.dtype())) {
    return Bad(*impl, absl::StrCat("bias is ", DTypeName(bias.dtype()), ", not f32, f16 or bf16",
                                   impl->integer_only() ? ", i32 or i64" : ""));
  }
  PAWL_ASSIGN_OR_RETURN(const Tensor wide, bias.ToF32());
  const absl::Span<const float> values = wide.as<float>();
  impl->bias.assign(values.begin(), values.end());
  return absl::OkStatus();
}

absl::Status SetUpIntegerOnly(const Tensor& bias, Impl* impl) {
  const LinearOptions& o = impl->options;
  const PackedWeights& p = impl->packed;
  if (p.groups > 1 || !p.minimums.empty() || !impl->panels.minimums.empty() ||
      !p.outlier_columns.empty() || impl->transforms()) {
    return Bad(*impl,
               "mode integer_only needs one scale for each row or for the tensor and no "
               "minimum, float zero, outlier columns, input_scale or rotation; modes "
               "static_int8 and dynamic_int8 take these weights");
  }
  IntegerOutput& out = impl->integer;
  out.wide = o.activation_dtype == DType::kI16;
  out.rounding = o.rounding;
  out.zero_point = o.output_zero_point;
  const CodeRange range = RangeOf(o.output_dtype);
  out.low = o.activation == FusedActivation::kNone ? range.low : out.zero_point;
  out.high = range.high;
  if (o.activation == FusedActivation::kRelu6) {
    const double six = RoundHalfEven(6.0 / o.output_scale) + out.zero_point;
    out.high = static_cast<int32_t>(std::min<double>(six, range.high));
  }
  PAWL_RETURN_IF_ERROR(SetMultipliers(impl));
  return SetIntegerBias(bias, impl);
}

absl::Status SetUpLinear(QuantizedTensor weights, const Tensor& bias, Context* context,
                         Impl* impl) {
  // Scales and biases are computed on the caller's thread, whatever mode it runs with.
  const kernels::FloatEnvironment environment;
  PAWL_RETURN_IF_ERROR(Named(*impl, weights.Validate()));
  impl->rows = weights.rows();
  impl->cols = weights.cols();
  impl->scheme = weights.scheme;
  impl->shape = weights.shape;
  PAWL_RETURN_IF_ERROR(CheckLinearOptions(*impl));
  if (impl->weight_only() && impl->options.release_canonical) {
    PAWL_ASSIGN_OR_RETURN(weights, DeepCopy(std::move(weights)));
  }
  PAWL_RETURN_IF_ERROR(SetTransforms(weights, impl));
  if (impl->weight_only()) {
    impl->weights = std::move(weights);
    PAWL_ASSIGN_OR_RETURN(impl->decoder, RowDecoder::Create(*impl->weights));
    return SetFloatBias(bias, impl);
  }
  PAWL_RETURN_IF_ERROR(Named(*impl, PackPanels(weights, context, impl)));
  if (impl->panels.empty()) {
    const bool with_sums = impl->zero_point() != 0;
    PAWL_RETURN_IF_ERROR(
        Named(*impl, PackIntegerWeights(weights, with_sums, context, &impl->packed)));
  }
  if (!impl->options.release_canonical) impl->weights = std::move(weights);
  return impl->integer_only() ? SetUpIntegerOnly(bias, impl) : SetFloatBias(bias, impl);
}

}  // namespace pawl
