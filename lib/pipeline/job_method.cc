// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/pipeline/job_method.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "kernels/min_max.h"
#include "lib/core/context_internal.h"
#include "lib/core/hadamard.h"
#include "lib/core/progress.h"
#include "lib/core/status_macros.h"
#include "lib/methods/awq_internal.h"
#include "lib/methods/source.h"
#include "pawl/awq.h"
#include "pawl/block_search.h"
#include "pawl/gptq.h"
#include "pawl/hqq.h"

namespace pawl {
namespace {

// GPTQ takes weights and inputs as they meet: for a scheme with a rotation both are rotated first.
struct Rotated {
  Scheme scheme;  // without the rotation
  Tensor weights, signs;
  std::optional<InputMoments> moments;
  std::optional<InputFactor> factor;
};

absl::StatusOr<Rotated> Rotate(const Tensor& weights, const Scheme& scheme,
                               const FactorOptions& options, const InputMoments& moments,
                               Context& context) {
  const int64_t columns = weights.shape().back();
  const int32_t block = scheme.rotation.block;
  Rotated out;
  out.scheme = scheme;
  out.scheme.rotation = {};
  PAWL_ASSIGN_OR_RETURN(out.signs, Tensor::Create(DType::kI8, {columns}));
  FillSigns(0, out.signs.mutable_as<int8_t>());
  const absl::Span<const int8_t> signs = out.signs.as<int8_t>();
  PAWL_ASSIGN_OR_RETURN(const Tensor wide, weights.ToF32());
  PAWL_ASSIGN_OR_RETURN(out.weights, wide.Clone());
  const kernels::Target target = TargetOf(&context);
  float* const w = out.weights.mutable_as<float>().data();
  PAWL_RETURN_IF_ERROR(ForRanges(
      &context, weights.num_elements() / columns, 16, 0, [&](int64_t begin, int64_t end, void*) {
        for (int64_t i = begin; i < end; ++i) {
          RotateWeights(target, w + i * columns, signs.data(), columns, block);
        }
      }));
  PAWL_ASSIGN_OR_RETURN(out.moments, moments.Rotated(signs, block, &context));
  PAWL_ASSIGN_OR_RETURN(out.factor, InputFactor::Create(*out.moments, options, &context));
  return out;
}

absl::StatusOr<MethodResult> RunGptq(const RecipeMethod& method, const Tensor& weights,
                                     const Scheme& scheme, const QuantizeOptions& ranges,
                                     MethodInputs& inputs, Context& context) {
  std::optional<ProgressPart> part(std::in_place, &context, 0.2, ProgressUse::kParts);
  const FactorOptions factor_options{.damping = method.damping, .by_activation = method.act_order};
  const InputFactor* factor = nullptr;
  const InputMoments* moments = nullptr;
  Rotated rotated{scheme, weights, {}, {}, {}};
  if (scheme.rotation.block > 0) {
    PAWL_ASSIGN_OR_RETURN(moments, inputs.Moments());
    PAWL_ASSIGN_OR_RETURN(rotated, Rotate(weights, scheme, factor_options, *moments, context));
    factor = &*rotated.factor;
    moments = &*rotated.moments;
  } else {
    PAWL_ASSIGN_OR_RETURN(factor, inputs.Factor(factor_options));
  }
  Tensor target = rotated.weights;
  if (method.correction > 0.0) {
    if (moments == nullptr) {
      PAWL_ASSIGN_OR_RETURN(moments, inputs.Moments());
    }
    PAWL_ASSIGN_OR_RETURN(target,
                          CorrectForInputs(target, *moments, *factor, method.correction, &context));
  }
  part.reset();
  part.emplace(&context, 1.0, ProgressUse::kParts);
  GptqOptions options;
  options.range = ranges.range;
  options.percentile = ranges.percentile;
  options.kmeans_iterations = ranges.kmeans_iterations;
  options.static_groups = method.static_groups;
  GptqReport report;
  MethodResult result;
  PAWL_ASSIGN_OR_RETURN(result.tensor,
                        Gptq(target, rotated.scheme, *factor, options, &context, &report));
  result.stats = report.stats;
  if (scheme.rotation.block > 0) {
    result.tensor.scheme.rotation = scheme.rotation;  // the rest is gptq's: groups by index, too
    result.tensor.rotation_signs = std::move(rotated.signs);
    PAWL_RETURN_IF_ERROR(result.tensor.Validate());
  }
  if (report.attempts > 1) {
    result.notes.push_back(absl::StrCat("gptq's damping rose from ", method.damping, " to ",
                                        report.damping, ": record more inputs than columns"));
  }
  if (report.dead_columns > 0) {
    result.notes.push_back(
        absl::StrCat(report.dead_columns, " columns had no input and were rounded on their own"));
  }
  return result;
}

absl::StatusOr<MethodResult> RunAwq(const Tensor& weights, const Scheme& scheme,
                                    const QuantizeOptions& ranges, MethodInputs& inputs,
                                    Context& context) {
  MethodResult result;
  PAWL_ASSIGN_OR_RETURN(const Tensor recorded, inputs.Rows());
  AwqOptions options;
  options.range = ranges.range;
  if (!inputs.folded()) {
    AwqReport report;
    PAWL_ASSIGN_OR_RETURN(result.tensor,
                          Awq(weights, recorded, scheme, options, &context, &report));
    result.stats = report.stats;
    return result;
  }
  Tensor clipped = weights;
  const GroupKind groups = scheme.grouping.kind;
  if (groups == GroupKind::kAlongRow || groups == GroupKind::kChannel) {
    const ProgressPart part(&context, 0.9, ProgressUse::kParts);
    PAWL_ASSIGN_OR_RETURN(clipped, ClipForAwq(weights, recorded, scheme, options, &context));
  }
  const ProgressPart part(&context, 1.0, ProgressUse::kParts);
  PAWL_ASSIGN_OR_RETURN(result.tensor, Quantize(clipped, scheme, ranges, &context, &result.stats));
  return result;
}

// Scales of columns go into the layers before, or into the tensor, whose scheme then has them.
absl::StatusOr<MethodResult> RunSmoothQuant(const RecipeMethod& method, const Tensor& weights,
                                            const Scheme& scheme, const QuantizeOptions& ranges,
                                            MethodInputs& inputs, Context& context) {
  MethodResult result;
  Scheme own = scheme;
  QuantizeOptions options = ranges;
  std::vector<float> inverse, importance;
  if (!inputs.folded()) {
    PAWL_RETURN_IF_ERROR(CheckAwqScheme(scheme));
    PAWL_ASSIGN_OR_RETURN(const Tensor recorded, inputs.Rows());
    PAWL_ASSIGN_OR_RETURN(const Tensor rows, recorded.ToF32());
    std::vector<float> maxima(static_cast<size_t>(rows.shape().back()), 0.0f);
    TakeColumnMaxima(rows, absl::MakeSpan(maxima));
    PAWL_ASSIGN_OR_RETURN(inverse, SmoothQuantScales({&weights, 1}, maxima, method.alpha));
    for (float& scale : inverse) scale = 1.0f / scale;
    importance.assign(ranges.importance.begin(), ranges.importance.end());
    for (size_t i = 0; i < importance.size(); ++i) importance[i] *= inverse[i] * inverse[i];
    own.input_scale = true;
    options.input_scale = inverse;
    options.importance = importance;
  }
  PAWL_ASSIGN_OR_RETURN(result.tensor, Quantize(weights, own, options, &context, &result.stats));
  return result;
}

bool AllFinite(const Tensor& weights, kernels::Target target) {
  constexpr int64_t kPiece = 65536;
  const Source source(weights, target);
  std::vector<float> buffer(static_cast<size_t>(std::min(kPiece, weights.num_elements())));
  for (int64_t begin = 0; begin < weights.num_elements(); begin += kPiece) {
    const int64_t count = std::min(kPiece, weights.num_elements() - begin);
    const float* x = source.Load(begin, count, buffer.data());
    const kernels::Range range = kernels::MinMax(target, x, static_cast<size_t>(count));
    if (range.nan_count + range.inf_count > 0) return false;
  }
  return true;
}

}  // namespace

absl::StatusOr<const InputMoments*> RecordedInputs::Moments() {
  if (moments_.has_value()) return &*moments_;
  PAWL_ASSIGN_OR_RETURN(const Tensor inputs, Rows());
  PAWL_ASSIGN_OR_RETURN(InputMoments moments, InputMoments::Create(inputs.shape().back()));
  PAWL_RETURN_IF_ERROR(moments.Add(inputs, &context_));
  moments_ = std::move(moments);
  return &*moments_;
}

absl::StatusOr<const InputFactor*> RecordedInputs::Factor(const FactorOptions& options) {
  PAWL_ASSIGN_OR_RETURN(const InputMoments* const moments, Moments());
  PAWL_ASSIGN_OR_RETURN(factor_, InputFactor::Create(*moments, options, &context_));
  return &*factor_;
}

bool NeedsInputs(const RecipeMethod& method) {
  return method.name == "gptq" || method.name == "awq" || method.name == "smoothquant";
}

StepShares SharesOf(const RecipeMethod& method) {
  const bool by_range =
      method.range == RangeMethod::kMax || method.range == RangeMethod::kPercentile;
  if (method.name == "rtn" && by_range) return {0.15, 0.6, 0.15};
  return {0.02, 0.93, 0.03};
}

uint64_t MethodBytes(const RecipeMethod& method, const Scheme& scheme, uint64_t rows,
                     uint64_t cols) {
  const uint64_t elements = rows * cols;
  const uint64_t turned = scheme.rotation.block > 0 ? 28 * cols * cols : 0;  // moments and factor
  if (method.name == "gptq") return 20 * cols * cols + 6 * elements + turned;
  if (method.name == "awq") return 16 * elements;
  if (method.name == "smoothquant") return 8 * elements;
  if (method.name == "blocks") return elements;
  return 0;
}

uint64_t InputBytes(const RecipeMethod& method, uint64_t samples, uint64_t cols) {
  // As recorded, and pieces or all of it as f32.
  return NeedsInputs(method) ? 8 * samples * cols : 0;
}

absl::StatusOr<MethodResult> RunMethod(const RecipeMethod& method, const Tensor& weights,
                                       const Scheme& scheme, const QuantizeOptions& ranges,
                                       MethodInputs* inputs, Context& context) {
  if (scheme.rotation.block > 0 && !ranges.importance.empty()) {
    QuantizeOptions own = ranges;  // columns that are rotated have no importance of their own
    own.importance = {};
    return RunMethod(method, weights, scheme, own, inputs, context);
  }
  const ProgressPart part(&context, SharesOf(method).method, ProgressUse::kParts);
  MethodResult result;
  // The job keeps such tensors as they are, and reports what rounding to nearest counts.
  if (method.name != "rtn" && !AllFinite(weights, TargetOf(&context))) {
    PAWL_ASSIGN_OR_RETURN(result.tensor,
                          Quantize(weights, scheme, ranges, &context, &result.stats));
    return result;
  }
  if (NeedsInputs(method) && inputs == nullptr) {
    return absl::InternalError(absl::StrCat("method '", method.name, "' without inputs"));
  }
  if (method.name == "gptq") {
    return RunGptq(method, weights, scheme, ranges, *inputs, context);
  }
  if (method.name == "awq") return RunAwq(weights, scheme, ranges, *inputs, context);
  if (method.name == "smoothquant") {
    return RunSmoothQuant(method, weights, scheme, ranges, *inputs, context);
  }
  if (method.name == "hqq") {
    HqqReport report;
    PAWL_ASSIGN_OR_RETURN(result.tensor, Hqq(weights, scheme, {}, &context, &report));
    result.stats = report.stats;
  } else if (method.name == "blocks") {
    BlockSearchOptions options;
    options.importance = ranges.importance;
    BlockSearchReport report;
    PAWL_ASSIGN_OR_RETURN(result.tensor, SearchBlocks(weights, scheme, options, &context, &report));
    result.stats = report.stats;
  } else {
    PAWL_ASSIGN_OR_RETURN(result.tensor,
                          Quantize(weights, scheme, ranges, &context, &result.stats));
  }
  return result;
}

}  // namespace pawl
