// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/core/packed_form.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "lib/core/linear_impl.h"
#include "lib/core/status_macros.h"

namespace pawl {
namespace {

using Impl = QuantizedLinear::Impl;

template <typename T>
absl::Status Take(const PackedArray<T>& values, const std::vector<int64_t>& shape,
                  const std::shared_ptr<const Impl>& owner, Tensor* part) {
  if (values.empty()) return absl::OkStatus();
  PAWL_ASSIGN_OR_RETURN(
      *part, Tensor::View(DTypeOf<T>(), shape, values.data(), values.size() * sizeof(T), owner));
  return absl::OkStatus();
}

template <typename T>
absl::Status Take(const std::vector<T>& values, Tensor* part) {
  if (values.empty()) return absl::OkStatus();
  PAWL_ASSIGN_OR_RETURN(*part, Tensor::FromValues({static_cast<int64_t>(values.size())},
                                                  absl::Span<const T>(values)));
  return absl::OkStatus();
}

absl::Status TakeMultipliers(const std::vector<FixedPointMultiplier>& multipliers, Tensor* part) {
  const auto count = static_cast<int64_t>(multipliers.size());
  PAWL_ASSIGN_OR_RETURN(*part, Tensor::Create(DType::kI32, {count, 2}));
  const absl::Span<int32_t> numbers = part->mutable_as<int32_t>();
  for (size_t i = 0; i < multipliers.size(); ++i) {
    numbers[2 * i] = multipliers[i].multiplier;
    numbers[2 * i + 1] = multipliers[i].shift;
  }
  return absl::OkStatus();
}

void TakePanels(const Impl& impl, PackedForm* form) {
  const PanelWeights& panels = impl.panels;
  const kernels::PanelMatrix& matrix = panels.matrix;
  form->bits = matrix.bits;
  form->table_bits = panels.table.empty() ? 0 : matrix.table_bits;
  form->zero = matrix.zero;
  form->super_size = matrix.super_shift >= 0 ? 1 << matrix.super_shift : 0;
  form->scale_bias = matrix.scale_bias;
  form->minimum_bias = matrix.minimum_bias;
  (*form)[PackedPart::kCodes] = panels.codes;
  (*form)[PackedPart::kTable] = panels.table;
  (*form)[PackedPart::kZeros] = panels.zeros;
  (*form)[PackedPart::kOffsets] = panels.offsets;
  if (impl.integer_only()) return;  // multipliers say it
  (*form)[PackedPart::kScales] = panels.scales;
  (*form)[PackedPart::kMinimums] = panels.minimums;
  (*form)[PackedPart::kSuperScales] = panels.super_scales;
  (*form)[PackedPart::kSuperMinimums] = panels.super_minimums;
}

absl::Status TakeRows(const std::shared_ptr<const Impl>& impl, PackedForm* form) {
  const PackedWeights& p = impl->packed;
  const std::vector<int64_t> shape = {p.groups, p.rows};
  (*form)[PackedPart::kRowCodes] = p.codes;
  PAWL_RETURN_IF_ERROR(Take(p.scales, shape, impl, &(*form)[PackedPart::kRowScales]));
  PAWL_RETURN_IF_ERROR(Take(p.zeros, shape, impl, &(*form)[PackedPart::kRowZeros]));
  PAWL_RETURN_IF_ERROR(Take(p.minimums, shape, impl, &(*form)[PackedPart::kRowMinimums]));
  return Take(p.sums, shape, impl, &(*form)[PackedPart::kRowSums]);
}

}  // namespace

absl::StatusOr<PackedForm> PackedAccess::Flatten(const QuantizedLinear& linear) {
  const std::shared_ptr<const Impl>& impl = linear.impl_;
  if (impl->weight_only()) {
    return absl::InvalidArgumentError(LinearMessage(*impl, "mode weight_only packs nothing"));
  }
  PackedForm form;
  form.scheme = impl->scheme;
  form.shape = impl->shape;
  form.options = impl->options;
  form.options.multipliers.clear();
  const PackedWeights& p = impl->packed;
  PAWL_RETURN_IF_ERROR(Take(p.run_begin, &form[PackedPart::kRunBegin]));
  PAWL_RETURN_IF_ERROR(Take(p.columns, &form[PackedPart::kColumns]));
  PAWL_RETURN_IF_ERROR(Take(p.outlier_columns, &form[PackedPart::kOutlierColumns]));
  PAWL_RETURN_IF_ERROR(Take(p.outlier_values,
                            {p.rows, static_cast<int64_t>(p.outlier_columns.size())}, impl,
                            &form[PackedPart::kOutlierValues]));
  form[PackedPart::kInputScale] = impl->input_scale;
  form[PackedPart::kRotationSigns] = impl->rotation_signs;
  PAWL_RETURN_IF_ERROR(impl->integer_only() ? Take(impl->integer.bias, &form[PackedPart::kBias])
                                            : Take(impl->bias, &form[PackedPart::kBias]));
  if (impl->integer_only()) {
    PAWL_RETURN_IF_ERROR(
        TakeMultipliers(impl->integer.multipliers, &form[PackedPart::kMultipliers]));
  }
  if (impl->panels.empty()) {
    PAWL_RETURN_IF_ERROR(TakeRows(impl, &form));
  } else {
    TakePanels(*impl, &form);
  }
  return form;
}

absl::Status CheckSameOptions(const LinearOptions& packed, const LinearOptions& wanted) {
  const auto differ = [](absl::string_view what, const auto& is, const auto& want) {
    return absl::InvalidArgumentError(
        absl::StrCat("is packed with ", what, " ", is, ", and ", want, " is wanted"));
  };
  const auto number = [](auto value) { return static_cast<int32_t>(value); };
  if (packed.mode != wanted.mode) {
    return differ("mode", LinearModeName(packed.mode), LinearModeName(wanted.mode));
  }
  if (packed.activation != wanted.activation) {
    return differ("activation", number(packed.activation), number(wanted.activation));
  }
  if (packed.round_levels != wanted.round_levels && packed.mode != LinearMode::kWeightOnly) {
    return differ("round_levels", number(packed.round_levels), number(wanted.round_levels));
  }
  if (packed.compute != wanted.compute) {
    return differ("compute", number(packed.compute), number(wanted.compute));
  }
  if (packed.mode == LinearMode::kWeightOnly) return absl::OkStatus();
  if (packed.mode == LinearMode::kDynamicInt8) {
    if (packed.activation_groups == wanted.activation_groups) return absl::OkStatus();
    return differ("activation_groups", number(packed.activation_groups),
                  number(wanted.activation_groups));
  }
  if (packed.activation_dtype != wanted.activation_dtype) {
    return differ("activation_dtype", DTypeName(packed.activation_dtype),
                  DTypeName(wanted.activation_dtype));
  }
  if (packed.activation_scale != wanted.activation_scale) {
    return differ("activation_scale", packed.activation_scale, wanted.activation_scale);
  }
  if (packed.activation_zero_point != wanted.activation_zero_point) {
    return differ("activation_zero_point", packed.activation_zero_point,
                  wanted.activation_zero_point);
  }
  if (packed.mode == LinearMode::kStaticInt8) return absl::OkStatus();
  if (packed.output_dtype != wanted.output_dtype) {
    return differ("output_dtype", DTypeName(packed.output_dtype), DTypeName(wanted.output_dtype));
  }
  if (packed.output_scale != wanted.output_scale) {
    return differ("output_scale", packed.output_scale, wanted.output_scale);
  }
  if (packed.output_zero_point != wanted.output_zero_point) {
    return differ("output_zero_point", packed.output_zero_point, wanted.output_zero_point);
  }
  if (packed.rounding != wanted.rounding) {
    return differ("rounding", number(packed.rounding), number(wanted.rounding));
  }
  return absl::OkStatus();
}

}  // namespace pawl
