// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/awq.h"

#include <algorithm>
#include <cmath>
#include <new>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "kernels/float_env.h"
#include "lib/core/context_internal.h"
#include "lib/core/group_layout.h"
#include "lib/core/progress.h"
#include "lib/core/status_macros.h"
#include "lib/methods/awq_internal.h"
#include "lib/methods/power.h"

namespace pawl {
namespace {

std::vector<float> ScalesFor(absl::Span<const double> inputs, absl::Span<const double> weights,
                             double ratio) {
  std::vector<double> scales(inputs.size());
  double most = 0.0, least = 1e300;
  for (size_t i = 0; i < scales.size(); ++i) {
    // A column without inputs gets the smallest scale, r = 0 none.
    const double x = ratio == 0.0 ? 1.0 : FixedPower(inputs[i], ratio);
    scales[i] = weights.empty() ? std::max(x, 1e-4)
                                : std::max(x / (FixedPower(weights[i], 1.0 - ratio) + 1e-4), 1e-4);
    most = std::max(most, scales[i]);
    least = std::min(least, scales[i]);
  }
  const double middle = std::sqrt(most * least);
  std::vector<float> result(scales.size());
  for (size_t i = 0; i < scales.size(); ++i) result[i] = static_cast<float>(scales[i] / middle);
  return result;
}

absl::Status CheckOptions(const AwqOptions& options) {
  if (options.ratios < 1 || options.ratios > 1000 || options.clip_steps < 1 ||
      options.clip_steps > 20 || options.max_samples < 1) {
    return absl::InvalidArgumentError(
        "awq: ratios must be 1 to 1000, clip_steps 1 to 20, max_samples at least 1");
  }
  return absl::OkStatus();
}

[[gnu::noinline]] absl::StatusOr<AwqScales> FindInMode(absl::Span<const Tensor> given,
                                                       const Tensor& given_inputs,
                                                       const Scheme& scheme,
                                                       const AwqOptions& options,
                                                       Context* context) {
  PAWL_RETURN_IF_ERROR(CheckOptions(options));
  PAWL_RETURN_IF_ERROR(CheckAwqScheme(scheme));
  PAWL_ASSIGN_OR_RETURN(const AwqSample sample, TakeAwqSample(given, given_inputs, options));
  PAWL_ASSIGN_OR_RETURN(const Tensor all_inputs, given_inputs.ToF32());
  const std::vector<Scheme> schemes(sample.layers.size(), scheme);
  std::vector<double> weights;
  if (options.duo_scaling) weights = RelativeWeights(sample.layers, schemes);
  QuantizeOptions ranges;
  ranges.range = options.range;
  const auto error_of = [&](absl::Span<const float> scales) {
    return ErrorOfScales(sample.layers, sample.inputs, schemes, ranges, scales, context);
  };
  return SearchAwqScales(MeanMagnitudes(all_inputs), weights, options, error_of, context);
}

[[gnu::noinline]] absl::StatusOr<QuantizedTensor> AwqInMode(const Tensor& weights,
                                                            const Tensor& inputs,
                                                            const Scheme& scheme,
                                                            const AwqOptions& options,
                                                            Context* context, AwqReport& report) {
  const Tensor layers[] = {weights};
  const double searched = options.clip ? 0.65 : 0.95;
  std::optional<ProgressPart> part(std::in_place, context, searched, ProgressUse::kParts);
  PAWL_ASSIGN_OR_RETURN(report.scales, FindInMode(layers, inputs, scheme, options, context));
  PAWL_ASSIGN_OR_RETURN(Tensor scaled, ScaleColumns(weights, report.scales.scales));
  std::vector<float> inverse(report.scales.scales.size());
  for (size_t i = 0; i < inverse.size(); ++i) inverse[i] = 1.0f / report.scales.scales[i];
  part.reset();
  if (options.clip) {
    part.emplace(context, 0.95 - searched, ProgressUse::kParts);
    PAWL_ASSIGN_OR_RETURN(const Tensor scaled_inputs, ScaleColumns(inputs, inverse));
    PAWL_ASSIGN_OR_RETURN(scaled, ClipForAwq(scaled, scaled_inputs, scheme, options, context));
  }
  part.reset();
  part.emplace(context, 1.0, ProgressUse::kParts);
  // What is quantized is divided by input_scale first, so it is given undone.
  Scheme own = scheme;
  own.input_scale = true;
  QuantizeOptions ranges;
  ranges.range = options.range;
  PAWL_ASSIGN_OR_RETURN(QuantizedTensor tensor,
                        Quantize(scaled, scheme, ranges, context, &report.stats));
  tensor.scheme = own;
  PAWL_ASSIGN_OR_RETURN(tensor.input_scale,
                        Tensor::FromValues<float>({static_cast<int64_t>(inverse.size())}, inverse));
  PAWL_RETURN_IF_ERROR(tensor.Validate());
  PAWL_ASSIGN_OR_RETURN(const AwqSample sample, TakeAwqSample(layers, inputs, options));
  PAWL_ASSIGN_OR_RETURN(Tensor made, Tensor::Create(DType::kF32, weights.shape()));
  PAWL_RETURN_IF_ERROR(Dequantize(tensor, made.mutable_as<float>(), context));
  PAWL_ASSIGN_OR_RETURN(const double sum,
                        SumOfSquaredOutputs(sample.inputs, sample.layers[0], made, context));
  const int64_t cols = tensor.cols();
  const int64_t outputs = sample.inputs.num_elements() / cols * std::max<int64_t>(tensor.rows(), 1);
  report.clip_error = sum / static_cast<double>(outputs);
  return tensor;
}

}  // namespace

std::vector<double> MeanMagnitudes(const Tensor& inputs) {
  const int64_t cols = inputs.shape().back();
  std::vector<double> mean(static_cast<size_t>(cols));
  const absl::Span<const float> x = inputs.as<float>();
  for (size_t i = 0; i < x.size(); ++i) {
    mean[i % mean.size()] += static_cast<double>(std::fabs(x[i]));
  }
  const int64_t samples = inputs.num_elements() / cols;
  for (double& m : mean) m /= static_cast<double>(samples);
  return mean;
}

std::vector<double> RelativeWeights(absl::Span<const Tensor> layers,
                                    absl::Span<const Scheme> schemes) {
  const int64_t cols = layers[0].shape().back();
  std::vector<double> mean(static_cast<size_t>(cols));
  int64_t rows = 0;
  for (size_t i = 0; i < layers.size(); ++i) {
    const Grouping& grouping = schemes[i].grouping;
    const int64_t group = grouping.kind == GroupKind::kAlongRow ? grouping.size : cols;
    const float* w = layers[i].as<float>().data();
    for (int64_t row = 0; row < layers[i].num_elements() / cols; ++row, w += cols, ++rows) {
      for (int64_t begin = 0; begin < cols; begin += group) {
        const int64_t end = std::min(cols, begin + group);
        float most = 0.0f;
        for (int64_t c = begin; c < end; ++c) most = std::max(most, std::fabs(w[c]));
        if (most == 0.0f) continue;
        for (int64_t c = begin; c < end; ++c) {
          mean[static_cast<size_t>(c)] += static_cast<double>(std::fabs(w[c]) / most);
        }
      }
    }
  }
  for (double& m : mean) m /= static_cast<double>(rows);
  return mean;
}

absl::StatusOr<Tensor> RoundScaled(const Tensor& layer, const Scheme& scheme,
                                   const QuantizeOptions& options, absl::Span<const float> scales,
                                   Context* context) {
  PAWL_ASSIGN_OR_RETURN(Tensor scaled, ScaleColumns(layer, scales));
  PAWL_ASSIGN_OR_RETURN(const QuantizedTensor quantized,
                        Quantize(scaled, scheme, options, context));
  PAWL_RETURN_IF_ERROR(Dequantize(quantized, scaled.mutable_as<float>(), context));
  const absl::Span<float> w = scaled.mutable_as<float>();
  for (size_t i = 0; i < w.size(); ++i) w[i] /= scales[i % scales.size()];
  return scaled;
}

absl::StatusOr<double> ErrorOfScales(absl::Span<const Tensor> layers, const Tensor& inputs,
                                     absl::Span<const Scheme> schemes,
                                     const QuantizeOptions& options, absl::Span<const float> scales,
                                     Context* context) {
  double error = 0.0;
  int64_t outputs = 0;
  const double share = 1.0 / static_cast<double>(layers.size());
  for (size_t i = 0; i < layers.size(); ++i) {
    std::optional<ProgressPart> part(std::in_place, context, 0.3 * share, ProgressUse::kParts);
    PAWL_ASSIGN_OR_RETURN(const Tensor made,
                          RoundScaled(layers[i], schemes[i], options, scales, context));
    part.reset();
    part.emplace(context, 0.7 * share);
    PAWL_ASSIGN_OR_RETURN(const double sum, SumOfSquaredOutputs(inputs, layers[i], made, context));
    error += sum;
    outputs += layers[i].num_elements() / layers[i].shape().back();
  }
  const int64_t samples = inputs.num_elements() / inputs.shape().back();
  return error /
         (static_cast<double>(samples) * static_cast<double>(std::max<int64_t>(outputs, 1)));
}

absl::StatusOr<AwqScales> SearchAwqScales(
    absl::Span<const double> magnitudes, absl::Span<const double> weights,
    const AwqOptions& options,
    absl::FunctionRef<absl::StatusOr<double>(absl::Span<const float> scales)> error_of,
    Context* context) {
  AwqScales best;
  best.scales.assign(magnitudes.size(), 1.0f);
  const double share = 1.0 / (1.0 + static_cast<double>(options.ratios));
  std::optional<ProgressPart> part(std::in_place, context, share, ProgressUse::kParts);
  PAWL_ASSIGN_OR_RETURN(best.error, error_of(best.scales));
  best.error_without = best.error;
  for (int k = 0; k < options.ratios; ++k) {
    part.reset();
    part.emplace(context, share, ProgressUse::kParts);
    const double ratio = static_cast<double>(k) / static_cast<double>(options.ratios);
    std::vector<float> scales = ScalesFor(magnitudes, weights, ratio);
    PAWL_ASSIGN_OR_RETURN(const double error, error_of(scales));
    if (!(error < best.error)) continue;
    best.error = error;
    best.ratio = ratio;
    best.scales = std::move(scales);
  }
  return best;
}

absl::Status CheckAwqScheme(const Scheme& scheme) {
  PAWL_RETURN_IF_ERROR(scheme.Validate());
  if (!scheme.input_scale && scheme.rotation.block == 0 &&
      scheme.outliers.kind == ParamKind::kNone && scheme.grouping.kind != GroupKind::kIndexMap) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      "scales of columns want a scheme without outlier columns, input scales, rotation or an index "
      "map");
}

namespace {

template <typename Fn>
auto Guarded(Fn&& fn) -> decltype(fn()) {
  const kernels::FloatEnvironment environment;
  try {
    return fn();
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("no memory for the search of scales");
  }
}

}  // namespace

absl::StatusOr<AwqScales> FindAwqScales(absl::Span<const Tensor> layers, const Tensor& inputs,
                                        const Scheme& scheme, const AwqOptions& options,
                                        Context* context) {
  return Guarded([&] { return FindInMode(layers, inputs, scheme, options, context); });
}

absl::StatusOr<QuantizedTensor> Awq(const Tensor& weights, const Tensor& inputs,
                                    const Scheme& scheme, const AwqOptions& options,
                                    Context* context, AwqReport* report) {
  AwqReport made;
  auto result = Guarded([&] { return AwqInMode(weights, inputs, scheme, options, context, made); });
  if (result.ok() && report != nullptr) *report = std::move(made);
  return result;
}

}  // namespace pawl
