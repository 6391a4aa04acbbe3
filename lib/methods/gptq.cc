// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/gptq.h"

#include <algorithm>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "kernels/float_env.h"
#include "lib/core/context_internal.h"
#include "lib/core/progress.h"
#include "lib/core/status_macros.h"
#include "lib/methods/error_feedback.h"
#include "lib/methods/scheme_rounder.h"
#include "pawl/block_search.h"

namespace pawl {
namespace {

absl::Status CheckScheme(const Scheme& scheme, const GptqOptions& options) {
  PAWL_RETURN_IF_ERROR(scheme.Validate());
  PAWL_RETURN_IF_ERROR(options.pruning.Validate());
  const ElementKind kind = scheme.element.kind;
  if (kind == ElementKind::kF16 || kind == ElementKind::kBF16) {
    return absl::InvalidArgumentError("gptq rounds to codes of at most 8 bits, not to f16 or bf16");
  }
  if (scheme.outliers.kind != ParamKind::kNone || scheme.input_scale || scheme.rotation.block > 0) {
    return absl::InvalidArgumentError(
        "gptq takes weights and inputs as they meet: take out outlier columns, scale or rotate "
        "both "
        "first, and use the scheme without those parts");
  }
  if (scheme.arithmetic != Arithmetic::kF32 || scheme.post_scale != 1.0f) {
    return absl::InvalidArgumentError("gptq computes in f32 without a scale after decoding");
  }
  const bool exact_zero =
      (scheme.offset.kind == OffsetKind::kNone || scheme.offset.kind == OffsetKind::kZeroPoint) &&
      kind != ElementKind::kBinary && scheme.table != TableKind::kIQ4NL &&
      scheme.table != TableKind::kCodebook;
  if (options.pruning.any() && !exact_zero) {
    return absl::InvalidArgumentError(
        "pruning needs a scheme with an exact zero: symmetric or with integer zero points");
  }
  return absl::OkStatus();
}

// Groups whose scales can be found when their first column is reached.
absl::Status CheckFitted(const Scheme& scheme) {
  const GroupKind kind = scheme.grouping.kind;
  if (kind == GroupKind::kAlongRow && scheme.grouping.size > 0 &&
      scheme.scale.super_type.kind == ParamKind::kNone &&
      scheme.offset.super_type.kind == ParamKind::kNone &&
      scheme.scale.type.kind != ParamKind::kNone && scheme.scale.type.kind != ParamKind::kTable) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      "only groups along the rows with plain scales are fitted one by one; use static_groups");
}

// What an error of each column costs, in the columns' own order.
std::vector<float> ColumnCosts(const InputFactor& factor) {
  std::vector<float> costs(static_cast<size_t>(factor.columns()));
  for (size_t i = 0; i < costs.size(); ++i) {
    costs[static_cast<size_t>(factor.order()[i])] =
        static_cast<float>(std::min(factor.pivots()[i], 1e30));
  }
  return costs;
}

// Groups along the rows when columns come in another order: the group of each column's position.
std::vector<int32_t> GroupsByPosition(const InputFactor& factor, int64_t size) {
  std::vector<int32_t> groups(static_cast<size_t>(factor.columns()));
  for (size_t i = 0; i < groups.size(); ++i) {
    groups[static_cast<size_t>(factor.order()[i])] =
        static_cast<int32_t>(static_cast<int64_t>(i) / size);
  }
  return groups;
}

// Scales of the given weights, or none yet.
absl::StatusOr<QuantizedTensor> StartTensor(const Tensor& weights, const Scheme& scheme,
                                            const InputFactor& factor,
                                            const QuantizeOptions& ranges, bool fit,
                                            Context* context, QuantizeStats& stats) {
  const bool blocks =
      ranges.range == RangeMethod::kScaleSearch && scheme.grouping.kind == GroupKind::kAlongRow;
  if (!fit && blocks) {
    const BlockSearchOptions search{.importance = ranges.importance};
    BlockSearchReport report;
    auto tensor = SearchBlocks(weights, scheme, search, context, &report);
    stats = report.stats;
    return tensor;
  }
  if (!fit) return Quantize(weights, scheme, ranges, context, &stats);
  PAWL_RETURN_IF_ERROR(CheckFitted(scheme));
  Scheme own = scheme;
  if (!factor.in_order()) own.grouping.kind = GroupKind::kIndexMap;
  PAWL_ASSIGN_OR_RETURN(QuantizedTensor tensor, QuantizedTensor::Create(own, weights.shape()));
  if (factor.in_order()) return tensor;
  const std::vector<int32_t> groups = GroupsByPosition(factor, scheme.grouping.size);
  PAWL_ASSIGN_OR_RETURN(tensor.group_index,
                        Tensor::FromValues<int32_t>({factor.columns()}, groups));
  return tensor;
}

// Apart from Gptq so that no arithmetic moves before the floating-point mode is set.
[[gnu::noinline]] absl::StatusOr<QuantizedTensor> GptqInMode(const Tensor& weights,
                                                             const Scheme& scheme,
                                                             const InputFactor& factor,
                                                             const GptqOptions& options,
                                                             Context* context, GptqReport& report) {
  PAWL_RETURN_IF_ERROR(CheckScheme(scheme, options));
  if (options.pruning.zeros > 0 && !factor.in_order()) {
    return absl::InvalidArgumentError(
        "a pattern of neighbours needs inputs in their own order; make the factor with "
        "by_activation = false");
  }
  PAWL_ASSIGN_OR_RETURN(Tensor columns, TransposeInOrder(weights, factor, context));
  const std::vector<float> costs = ColumnCosts(factor);
  QuantizeOptions ranges;
  ranges.range = options.range;
  ranges.percentile = options.percentile;
  ranges.kmeans_iterations = options.kmeans_iterations;
  if (options.weighted_range) ranges.importance = costs;
  // One group a row begins with the weights as they are given.
  const bool one_group =
      scheme.grouping.kind == GroupKind::kChannel ||
      (scheme.grouping.kind == GroupKind::kAlongRow && scheme.grouping.size >= factor.columns());
  const bool fit = !options.static_groups && !one_group;
  std::optional<ProgressPart> part(std::in_place, context, fit ? 0.0 : 0.2, ProgressUse::kParts);
  PAWL_ASSIGN_OR_RETURN(QuantizedTensor tensor,
                        StartTensor(weights, scheme, factor, ranges, fit, context, report.stats));
  PAWL_ASSIGN_OR_RETURN(
      const GroupLayout layout,
      GroupLayout::Create(tensor.scheme, tensor.shape, tensor.group_index.as<int32_t>()));
  part.reset();
  part.emplace(context, 1.0, ProgressUse::kParts);
  SchemeRounder rounder(tensor, layout, factor, ranges, fit, TargetOf(context));
  PAWL_ASSIGN_OR_RETURN(const FeedbackResult result,
                        RunErrorFeedback(factor, options.pruning, rounder, columns, context));
  PAWL_RETURN_IF_ERROR(rounder.Store(context, report.stats));
  PAWL_RETURN_IF_ERROR(tensor.Validate());
  report.loss = result.loss;
  report.pruned = result.pruned;
  report.damping = factor.damping();
  report.attempts = factor.attempts();
  report.dead_columns = factor.dead_columns();
  return tensor;
}

}  // namespace

absl::StatusOr<QuantizedTensor> Gptq(const Tensor& weights, const Scheme& scheme,
                                     const InputFactor& factor, const GptqOptions& options,
                                     Context* context, GptqReport* report) {
  const kernels::FloatEnvironment environment;
  GptqReport made;
  try {
    absl::StatusOr<QuantizedTensor> result =
        GptqInMode(weights, scheme, factor, options, context, made);
    if (result.ok() && report != nullptr) *report = made;
    return result;
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError(
        absl::StrCat("no memory to quantize a tensor of shape ", ShapeString(weights.shape())));
  }
}

}  // namespace pawl
