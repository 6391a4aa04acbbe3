// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/methods/prepare.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "lib/core/context_internal.h"
#include "lib/core/hadamard.h"
#include "lib/core/params.h"
#include "lib/core/status_macros.h"
#include "lib/methods/source.h"

namespace pawl {
namespace {

template <typename T>
void CopyTo(absl::Span<const T> values, Tensor& tensor) {
  std::copy(values.begin(), values.end(), tensor.mutable_as<T>().begin());
}

absl::Status FillColumnParts(const QuantizeOptions& options, QuantizedTensor& tensor) {
  const Scheme& scheme = tensor.scheme;
  if (scheme.grouping.kind == GroupKind::kIndexMap) CopyTo(options.group_index, tensor.group_index);
  if (scheme.input_scale) CopyTo(options.input_scale, tensor.input_scale);
  if (scheme.rotation.block > 0) {
    FillSigns(options.rotation_seed, tensor.rotation_signs.mutable_as<int8_t>());
  }
  const auto count = static_cast<int64_t>(options.outlier_columns.size());
  if (count == 0) return absl::OkStatus();
  PAWL_ASSIGN_OR_RETURN(tensor.outlier_columns, Tensor::Create(DType::kI32, {count}));
  CopyTo(options.outlier_columns, tensor.outlier_columns);
  PAWL_ASSIGN_OR_RETURN(tensor.outlier_values,
                        Tensor::Create(ParamDType(scheme.outliers), {tensor.rows(), count}));
  return absl::OkStatus();
}

// Values that are not finite, by several workers.
struct NotFinite {
  std::atomic<int64_t> nan{0};
  std::atomic<int64_t> inf{0};

  void Count(float value) {
    (std::isnan(value) ? nan : inf).fetch_add(1, std::memory_order_relaxed);
  }
};

// One row to what is quantized, its outlier columns saved and zeroed.
void PrepareRow(kernels::Target target, int64_t row, float* x, QuantizedTensor& tensor,
                NotFinite& not_finite) {
  const int64_t cols = tensor.cols();
  if (tensor.scheme.rotation.block > 0) {
    for (int64_t i = 0; i < cols; ++i) {
      if (std::isfinite(x[i])) continue;
      not_finite.Count(x[i]);
      x[i] = 0.0f;  // or it would spread over its block
    }
    RotateWeights(target, x, tensor.rotation_signs.as<int8_t>().data(), cols,
                  tensor.scheme.rotation.block);
  }
  if (tensor.scheme.input_scale) {
    const float* t = tensor.input_scale.as<float>().data();
    for (int64_t i = 0; i < cols; ++i) x[i] /= t[i];
  }
  const absl::Span<const int32_t> outliers = tensor.outlier_columns.as<int32_t>();
  for (size_t i = 0; i < outliers.size(); ++i) {
    float& value = x[outliers[i]];
    if (!std::isfinite(value)) {
      not_finite.Count(value);
      constexpr float kLargest = std::numeric_limits<float>::max();
      value = std::isnan(value) ? 0.0f : std::copysign(kLargest, value);
    }
    const auto index = row * static_cast<int64_t>(outliers.size()) + static_cast<int64_t>(i);
    WriteParam(tensor.scheme.outliers, tensor.outlier_values, index,
               EncodeParam(tensor.scheme.outliers, value));
    value = 0.0f;
  }
}

}  // namespace

absl::StatusOr<Tensor> PrepareColumns(const Tensor& weights, const QuantizeOptions& options,
                                      Context* context, QuantizedTensor& tensor,
                                      QuantizeStats& stats) {
  PAWL_RETURN_IF_ERROR(FillColumnParts(options, tensor));
  // Now the indices are checked, before anything is looked up by them.
  PAWL_RETURN_IF_ERROR(tensor.Validate());
  const Scheme& scheme = tensor.scheme;
  const bool changed =
      scheme.input_scale || scheme.rotation.block > 0 || !tensor.outlier_columns.empty();
  if (!changed) return weights;
  PAWL_ASSIGN_OR_RETURN(Tensor copy, Tensor::Create(DType::kF32, weights.shape()));
  float* const out = copy.mutable_as<float>().data();
  const kernels::Target target = TargetOf(context);
  const Source source(weights, target);
  const int64_t cols = tensor.cols();
  NotFinite not_finite;
  PAWL_RETURN_IF_ERROR(
      ForRanges(context, tensor.rows(), 16, 0, [&](int64_t begin, int64_t end, void*) {
        for (int64_t row = begin; row < end; ++row) {
          float* const to = out + row * cols;
          const float* const from = source.Load(row * cols, cols, to);
          if (from != to) std::copy(from, from + cols, to);
          PrepareRow(target, row, to, tensor, not_finite);
        }
      }));
  stats.nan_count += not_finite.nan.load();
  stats.inf_count += not_finite.inf.load();
  return copy;
}

}  // namespace pawl
