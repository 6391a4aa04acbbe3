// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What AWQ and SmoothQuant do to columns, apart from any search.

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "kernels/float_env.h"
#include "lib/core/status_macros.h"
#include "lib/methods/awq_internal.h"
#include "lib/methods/power.h"
#include "lib/methods/source.h"
#include "pawl/awq.h"

namespace pawl {
namespace {

absl::Status CheckColumns(const Tensor& weights, size_t columns) {
  if (Source::Accepts(weights.dtype()) && weights.rank() >= 1 &&
      weights.shape().back() == static_cast<int64_t>(columns)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("weights are ", DTypeName(weights.dtype()), " ", ShapeString(weights.shape()),
                   "; a float type and ", columns, " columns are needed"));
}

[[gnu::noinline]] void Multiply(absl::Span<const float> scales, absl::Span<float> w) {
  for (size_t i = 0; i < w.size(); ++i) w[i] *= scales[i % scales.size()];
}

[[gnu::noinline]] absl::StatusOr<std::vector<float>> SmoothInMode(
    absl::Span<const Tensor> layers, absl::Span<const float> input_maxima, double alpha) {
  if (!(alpha >= 0.0 && alpha <= 1.0)) {
    return absl::InvalidArgumentError(absl::StrCat("alpha is ", alpha, "; it must be in [0, 1]"));
  }
  std::vector<float> largest(input_maxima.size(), 0.0f);
  for (const Tensor& layer : layers) {
    PAWL_RETURN_IF_ERROR(CheckColumns(layer, largest.size()));
    PAWL_ASSIGN_OR_RETURN(const Tensor weights, layer.ToF32());
    const absl::Span<const float> w = weights.as<float>();
    for (size_t i = 0; i < w.size(); ++i) {
      if (!std::isfinite(w[i])) {
        return absl::InvalidArgumentError(
            absl::StrCat("weight ", i, " is not finite; repair it first"));
      }
      float& most = largest[i % largest.size()];
      most = std::max(most, std::fabs(w[i]));
    }
  }
  constexpr double kLeast = 1e-5;
  std::vector<float> scales(largest.size());
  for (size_t i = 0; i < scales.size(); ++i) {
    if (!(input_maxima[i] >= 0.0f) || !std::isfinite(input_maxima[i])) {
      return absl::InvalidArgumentError(
          absl::StrCat("the largest input of column ", i, " is ", input_maxima[i]));
    }
    const double x = std::max(kLeast, static_cast<double>(input_maxima[i]));
    const double w = std::max(kLeast, static_cast<double>(largest[i]));
    const double scale = FixedPower(x, alpha) / FixedPower(w, 1.0 - alpha);
    scales[i] = static_cast<float>(std::max(kLeast, scale));
  }
  return scales;
}

}  // namespace

void TakeColumnMaxima(const Tensor& values, absl::Span<float> maxima) {
  const absl::Span<const float> x = values.as<float>();
  for (size_t i = 0; i < x.size(); ++i) {
    float& most = maxima[i % maxima.size()];
    most = std::max(most, std::isfinite(x[i]) ? std::fabs(x[i]) : INFINITY);
  }
}

absl::StatusOr<std::vector<float>> SmoothQuantScales(absl::Span<const Tensor> layers,
                                                     absl::Span<const float> input_maxima,
                                                     double alpha) {
  const kernels::FloatEnvironment environment;
  return SmoothInMode(layers, input_maxima, alpha);
}

absl::StatusOr<Tensor> ScaleColumns(const Tensor& weights, absl::Span<const float> scales) {
  const kernels::FloatEnvironment environment;
  PAWL_RETURN_IF_ERROR(CheckColumns(weights, scales.size()));
  PAWL_ASSIGN_OR_RETURN(Tensor result, weights.ToF32());
  Multiply(scales, result.mutable_as<float>());
  return result;
}

}  // namespace pawl
