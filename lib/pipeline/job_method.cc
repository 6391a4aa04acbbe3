// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/pipeline/job_method.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "kernels/min_max.h"
#include "lib/core/context_internal.h"
#include "lib/core/progress.h"
#include "lib/core/status_macros.h"
#include "lib/methods/source.h"
#include "pawl/awq.h"
#include "pawl/block_search.h"
#include "pawl/gptq.h"
#include "pawl/hqq.h"

namespace pawl {
namespace {

absl::StatusOr<MethodResult> RunGptq(const RecipeMethod& method, const Tensor& weights,
                                     const Scheme& scheme, const QuantizeOptions& ranges,
                                     MethodInputs& inputs, Context& context) {
  std::optional<ProgressPart> part(std::in_place, &context, 0.2, ProgressUse::kParts);
  const FactorOptions factor_options{.damping = method.damping, .by_activation = method.act_order};
  PAWL_ASSIGN_OR_RETURN(const InputFactor* const factor, inputs.Factor(factor_options));
  Tensor target = weights;
  if (method.correction > 0.0) {
    PAWL_ASSIGN_OR_RETURN(const InputMoments* const moments, inputs.Moments());
    PAWL_ASSIGN_OR_RETURN(
        target, CorrectForInputs(weights, *moments, *factor, method.correction, &context));
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
  PAWL_ASSIGN_OR_RETURN(result.tensor, Gptq(target, scheme, *factor, options, &context, &report));
  result.stats = report.stats;
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
  return method.name == "gptq" || method.name == "awq";
}

StepShares SharesOf(const RecipeMethod& method) {
  const bool by_range =
      method.range == RangeMethod::kMax || method.range == RangeMethod::kPercentile;
  if (method.name == "rtn" && by_range) return {0.15, 0.6, 0.15};
  return {0.02, 0.93, 0.03};
}

uint64_t MethodBytes(const RecipeMethod& method, uint64_t rows, uint64_t cols) {
  const uint64_t elements = rows * cols;
  if (method.name == "gptq") return 20 * cols * cols + 6 * elements;
  if (method.name == "awq") return 16 * elements;
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
