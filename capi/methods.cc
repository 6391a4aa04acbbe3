// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Moments of inputs, their factor, and the methods that take one.

#include "capi/methods.h"

#include <vector>

#include "capi/options.h"
#include "pawl/gptq.h"
#include "pawl/pruning.h"

using pawl::Context;
using pawl::InputFactor;
using pawl::InputMoments;
using pawl::PruningPattern;
using pawl::QuantizedTensor;
using pawl::Tensor;
using pawl::capi::Call;
using pawl::capi::CheckKind;
using pawl::capi::Make;
using pawl::capi::MethodFigures;
using pawl::capi::TakeDouble;
using pawl::capi::TakeInt;

namespace pawl::capi {

MethodFigures& MethodFigures::Set(const QuantizeStats& stats) {
  return Set(PAWL_METHOD_FIGURE_NAN, stats.nan_count)
      .Set(PAWL_METHOD_FIGURE_INF, stats.inf_count)
      .Set(PAWL_METHOD_FIGURE_ZERO_GROUPS, stats.zero_groups)
      .Set(PAWL_METHOD_FIGURE_SATURATED_SCALES, stats.saturated_scales)
      .Set(PAWL_METHOD_FIGURE_UNDERFLOWED_SCALES, stats.underflowed_scales);
}

}  // namespace pawl::capi

namespace {

PruningPattern ToPattern(const pawl_options* options, int32_t sparsity, int32_t zeros, int32_t of) {
  PruningPattern pattern;
  TakeDouble(options, sparsity, &pattern.sparsity);
  TakeInt(options, zeros, &pattern.zeros);
  TakeInt(options, of, &pattern.of);
  return pattern;
}

absl::StatusOr<PruningPattern> PatternOf(const pawl_options* options) {
  PAWL_RETURN_IF_ERROR(CheckKind(options, PAWL_OPTIONS_PRUNING));
  const PruningPattern pattern =
      ToPattern(options, PAWL_OPT_SPARSITY, PAWL_OPT_ZEROS, PAWL_OPT_ZEROS_OF);
  if (!pattern.any()) {
    return absl::InvalidArgumentError(
        "the options ask for no zeros: set sparsity, or zeros and of");
  }
  return pattern;
}

pawl::GptqOptions ToGptqOptions(const pawl_options* options) {
  pawl::GptqOptions result;
  TakeInt(options, PAWL_OPT_GPTQ_RANGE, &result.range);
  TakeDouble(options, PAWL_OPT_GPTQ_PERCENTILE, &result.percentile);
  TakeInt(options, PAWL_OPT_GPTQ_KMEANS_ITERATIONS, &result.kmeans_iterations);
  TakeInt(options, PAWL_OPT_GPTQ_WEIGHTED_RANGE, &result.weighted_range);
  TakeInt(options, PAWL_OPT_GPTQ_STATIC_GROUPS, &result.static_groups);
  result.pruning =
      ToPattern(options, PAWL_OPT_GPTQ_SPARSITY, PAWL_OPT_GPTQ_ZEROS, PAWL_OPT_GPTQ_ZEROS_OF);
  return result;
}

MethodFigures FiguresOf(const pawl::PruningReport& report, bool knows_inputs) {
  MethodFigures figures;
  figures.Set(PAWL_METHOD_FIGURE_ZEROS, report.zeros);
  if (knows_inputs) {
    figures.Set(PAWL_METHOD_FIGURE_LOSS, report.loss)
        .Set(PAWL_METHOD_FIGURE_DAMPING, report.damping);
  }
  return figures;
}

}  // namespace

extern "C" {

int32_t pawl_moments_create(pawl_context* context, size_t columns,
                            pawl_moments** moments) noexcept {
  return Make(context, moments, [&](Context&) -> absl::StatusOr<InputMoments> {
    PAWL_ASSIGN_OR_RETURN(const int64_t count, pawl::capi::ToInt64(columns, "columns"));
    return InputMoments::Create(count);
  });
}

void pawl_moments_destroy(pawl_moments* moments) noexcept { delete moments; }

int32_t pawl_moments_add(pawl_context* context, pawl_moments* moments,
                         const pawl_tensor* inputs) noexcept {
  return Call(context, [&](Context& c) -> absl::Status {
    PAWL_NEED(moments);
    PAWL_NEED(inputs);
    return moments->moments.Add(inputs->tensor, &c);
  });
}

int32_t pawl_moments_add_pair(pawl_context* context, pawl_moments* moments,
                              const pawl_tensor* quantized_inputs,
                              const pawl_tensor* float_inputs) noexcept {
  return Call(context, [&](Context& c) -> absl::Status {
    PAWL_NEED(moments);
    PAWL_NEED(quantized_inputs);
    PAWL_NEED(float_inputs);
    return moments->moments.AddPair(quantized_inputs->tensor, float_inputs->tensor, &c);
  });
}

int32_t pawl_moments_add_missing(pawl_context* context, pawl_moments* moments,
                                 const pawl_tensor* quantized_inputs,
                                 const pawl_tensor* missing) noexcept {
  return Call(context, [&](Context& c) -> absl::Status {
    PAWL_NEED(moments);
    PAWL_NEED(quantized_inputs);
    PAWL_NEED(missing);
    return moments->moments.AddMissing(quantized_inputs->tensor, missing->tensor, &c);
  });
}

int32_t pawl_moments_merge(pawl_context* context, pawl_moments* moments,
                           const pawl_moments* other) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(moments);
    PAWL_NEED(other);
    return moments->moments.Merge(other->moments);
  });
}

size_t pawl_moments_columns(const pawl_moments* moments) noexcept {
  return moments == nullptr ? 0 : static_cast<size_t>(moments->moments.columns());
}

size_t pawl_moments_samples(const pawl_moments* moments) noexcept {
  return moments == nullptr ? 0 : static_cast<size_t>(moments->moments.samples());
}

int32_t pawl_moments_importance(pawl_context* context, const pawl_moments* moments,
                                pawl_tensor** importance) noexcept {
  return Make(context, importance, [&](Context&) -> absl::StatusOr<Tensor> {
    PAWL_NEED(moments);
    const std::vector<float> values = moments->moments.Importance();
    return Tensor::FromValues({moments->moments.columns()}, absl::MakeConstSpan(values));
  });
}

int32_t pawl_moments_output_error(pawl_context* context, const pawl_moments* moments,
                                  const pawl_tensor* weights, const pawl_tensor* approximation,
                                  double* error) noexcept {
  return Call(context, [&](Context& c) -> absl::Status {
    PAWL_NEED(moments);
    PAWL_NEED(weights);
    PAWL_NEED(approximation);
    PAWL_NEED(error);
    PAWL_ASSIGN_OR_RETURN(
        *error, pawl::OutputError(moments->moments, weights->tensor, approximation->tensor, &c));
    return absl::OkStatus();
  });
}

int32_t pawl_factor_create(pawl_context* context, const pawl_moments* moments,
                           const pawl_options* options, pawl_factor** factor) noexcept {
  return Make(context, factor, [&](Context& c) -> absl::StatusOr<InputFactor> {
    PAWL_NEED(moments);
    PAWL_RETURN_IF_ERROR(CheckKind(options, PAWL_OPTIONS_FACTOR));
    pawl::FactorOptions wanted;
    TakeDouble(options, PAWL_OPT_DAMPING, &wanted.damping);
    TakeInt(options, PAWL_OPT_BY_ACTIVATION, &wanted.by_activation);
    return InputFactor::Create(moments->moments, wanted, &c);
  });
}

void pawl_factor_destroy(pawl_factor* factor) noexcept { delete factor; }

int32_t pawl_gptq(pawl_context* context, const pawl_tensor* weights, const pawl_scheme* scheme,
                  const pawl_factor* factor, const pawl_options* options, double* figures,
                  size_t count, pawl_quantized_tensor** quantized) noexcept {
  return Make(context, quantized, [&](Context& c) -> absl::StatusOr<QuantizedTensor> {
    PAWL_NEED(weights);
    PAWL_NEED(scheme);
    PAWL_NEED(factor);
    PAWL_NEED_ARRAY(figures, count);
    PAWL_RETURN_IF_ERROR(CheckKind(options, PAWL_OPTIONS_GPTQ));
    pawl::GptqReport report;
    PAWL_ASSIGN_OR_RETURN(QuantizedTensor result,
                          pawl::Gptq(weights->tensor, scheme->scheme, factor->factor,
                                     ToGptqOptions(options), &c, &report));
    MethodFigures()
        .Set(report.stats)
        .Set(PAWL_METHOD_FIGURE_LOSS, report.loss)
        .Set(PAWL_METHOD_FIGURE_DAMPING, report.damping)
        .Set(PAWL_METHOD_FIGURE_ATTEMPTS, int64_t{report.attempts})
        .Set(PAWL_METHOD_FIGURE_DEAD_COLUMNS, report.dead_columns)
        .Set(PAWL_METHOD_FIGURE_ZEROS, report.pruned)
        .CopyTo(figures, count);
    return result;
  });
}

int32_t pawl_correct_for_inputs(pawl_context* context, const pawl_tensor* weights,
                                const pawl_moments* moments, const pawl_factor* factor,
                                double strength, pawl_tensor** corrected) noexcept {
  return Make(context, corrected, [&](Context& c) -> absl::StatusOr<Tensor> {
    PAWL_NEED(weights);
    PAWL_NEED(moments);
    PAWL_NEED(factor);
    return pawl::CorrectForInputs(weights->tensor, moments->moments, factor->factor, strength, &c);
  });
}

int32_t pawl_prune_magnitude(pawl_context* context, const pawl_tensor* weights,
                             const pawl_options* options, double* figures, size_t count,
                             pawl_tensor** pruned) noexcept {
  return Make(context, pruned, [&](Context&) -> absl::StatusOr<Tensor> {
    PAWL_NEED(weights);
    PAWL_NEED_ARRAY(figures, count);
    PAWL_ASSIGN_OR_RETURN(const PruningPattern pattern, PatternOf(options));
    pawl::PruningReport report;
    PAWL_ASSIGN_OR_RETURN(Tensor result, pawl::PruneMagnitude(weights->tensor, pattern, &report));
    FiguresOf(report, false).CopyTo(figures, count);
    return result;
  });
}

int32_t pawl_sparse_gpt(pawl_context* context, const pawl_tensor* weights,
                        const pawl_factor* factor, const pawl_options* options, double* figures,
                        size_t count, pawl_tensor** pruned) noexcept {
  return Make(context, pruned, [&](Context& c) -> absl::StatusOr<Tensor> {
    PAWL_NEED(weights);
    PAWL_NEED(factor);
    PAWL_NEED_ARRAY(figures, count);
    PAWL_ASSIGN_OR_RETURN(const PruningPattern pattern, PatternOf(options));
    pawl::PruningReport report;
    PAWL_ASSIGN_OR_RETURN(Tensor result,
                          pawl::SparseGpt(weights->tensor, factor->factor, pattern, &c, &report));
    FiguresOf(report, true).CopyTo(figures, count);
    return result;
  });
}

}  // extern "C"
