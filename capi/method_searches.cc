// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Methods that search: AWQ, SmoothQuant's scales, HQQ, block formats.

#include <vector>

#include "absl/strings/str_cat.h"
#include "capi/methods.h"
#include "capi/options.h"
#include "pawl/awq.h"
#include "pawl/block_search.h"
#include "pawl/hqq.h"

using pawl::Context;
using pawl::QuantizedTensor;
using pawl::Tensor;
using pawl::capi::CheckKind;
using pawl::capi::Make;
using pawl::capi::MethodFigures;
using pawl::capi::TakeDouble;
using pawl::capi::TakeInt;

namespace {

absl::StatusOr<pawl::AwqOptions> ToAwqOptions(const pawl_options* options) {
  PAWL_RETURN_IF_ERROR(CheckKind(options, PAWL_OPTIONS_AWQ));
  pawl::AwqOptions result;
  TakeInt(options, PAWL_OPT_AWQ_RATIOS, &result.ratios);
  TakeInt(options, PAWL_OPT_AWQ_DUO_SCALING, &result.duo_scaling);
  TakeInt(options, PAWL_OPT_AWQ_CLIP, &result.clip);
  TakeInt(options, PAWL_OPT_AWQ_CLIP_STEPS, &result.clip_steps);
  TakeInt(options, PAWL_OPT_AWQ_MAX_SAMPLES, &result.max_samples);
  TakeInt(options, PAWL_OPT_AWQ_RANGE, &result.range);
  return result;
}

absl::StatusOr<std::vector<Tensor>> LayersOf(const pawl_tensor* const* layers, size_t count) {
  PAWL_NEED_ARRAY(layers, count);
  std::vector<Tensor> result;
  result.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    if (layers[i] == nullptr) {
      return absl::InvalidArgumentError(absl::StrCat("layer ", i, " of ", count, " is NULL"));
    }
    result.push_back(layers[i]->tensor);
  }
  return result;
}

absl::StatusOr<Tensor> Row(const std::vector<float>& values) {
  return Tensor::FromValues({static_cast<int64_t>(values.size())}, absl::MakeConstSpan(values));
}

}  // namespace

extern "C" {

int32_t pawl_awq(pawl_context* context, const pawl_tensor* weights, const pawl_tensor* inputs,
                 const pawl_scheme* scheme, const pawl_options* options, double* figures,
                 size_t count, pawl_quantized_tensor** quantized) noexcept {
  return Make(context, quantized, [&](Context& c) -> absl::StatusOr<QuantizedTensor> {
    PAWL_NEED(weights);
    PAWL_NEED(inputs);
    PAWL_NEED(scheme);
    PAWL_NEED_ARRAY(figures, count);
    PAWL_ASSIGN_OR_RETURN(const pawl::AwqOptions wanted, ToAwqOptions(options));
    pawl::AwqReport report;
    PAWL_ASSIGN_OR_RETURN(QuantizedTensor result, pawl::Awq(weights->tensor, inputs->tensor,
                                                            scheme->scheme, wanted, &c, &report));
    MethodFigures()
        .Set(report.stats)
        .Set(PAWL_METHOD_FIGURE_RATIO, report.scales.ratio)
        .Set(PAWL_METHOD_FIGURE_ERROR_BEFORE, report.scales.error_without)
        .Set(PAWL_METHOD_FIGURE_ERROR_AFTER, wanted.clip ? report.clip_error : report.scales.error)
        .CopyTo(figures, count);
    return result;
  });
}

int32_t pawl_awq_scales(pawl_context* context, const pawl_tensor* const* layers, size_t layer_count,
                        const pawl_tensor* inputs, const pawl_scheme* scheme,
                        const pawl_options* options, double* figures, size_t count,
                        pawl_tensor** scales) noexcept {
  return Make(context, scales, [&](Context& c) -> absl::StatusOr<Tensor> {
    PAWL_NEED(inputs);
    PAWL_NEED(scheme);
    PAWL_NEED_ARRAY(figures, count);
    PAWL_ASSIGN_OR_RETURN(const pawl::AwqOptions wanted, ToAwqOptions(options));
    PAWL_ASSIGN_OR_RETURN(const std::vector<Tensor> all, LayersOf(layers, layer_count));
    PAWL_ASSIGN_OR_RETURN(const pawl::AwqScales found,
                          pawl::FindAwqScales(all, inputs->tensor, scheme->scheme, wanted, &c));
    MethodFigures()
        .Set(PAWL_METHOD_FIGURE_RATIO, found.ratio)
        .Set(PAWL_METHOD_FIGURE_ERROR_BEFORE, found.error_without)
        .Set(PAWL_METHOD_FIGURE_ERROR_AFTER, found.error)
        .CopyTo(figures, count);
    return Row(found.scales);
  });
}

int32_t pawl_awq_clip(pawl_context* context, const pawl_tensor* weights, const pawl_tensor* inputs,
                      const pawl_scheme* scheme, const pawl_options* options,
                      pawl_tensor** clipped) noexcept {
  return Make(context, clipped, [&](Context& c) -> absl::StatusOr<Tensor> {
    PAWL_NEED(weights);
    PAWL_NEED(inputs);
    PAWL_NEED(scheme);
    PAWL_ASSIGN_OR_RETURN(const pawl::AwqOptions wanted, ToAwqOptions(options));
    return pawl::ClipForAwq(weights->tensor, inputs->tensor, scheme->scheme, wanted, &c);
  });
}

int32_t pawl_smooth_quant_scales(pawl_context* context, const pawl_tensor* const* layers,
                                 size_t layer_count, const float* maxima, size_t columns,
                                 double alpha, pawl_tensor** scales) noexcept {
  return Make(context, scales, [&](Context&) -> absl::StatusOr<Tensor> {
    PAWL_NEED_ARRAY(maxima, columns);
    PAWL_ASSIGN_OR_RETURN(const std::vector<Tensor> all, LayersOf(layers, layer_count));
    PAWL_ASSIGN_OR_RETURN(
        const std::vector<float> found,
        pawl::SmoothQuantScales(all, absl::MakeConstSpan(maxima, columns), alpha));
    return Row(found);
  });
}

int32_t pawl_scale_columns(pawl_context* context, const pawl_tensor* weights, const float* scales,
                           size_t columns, pawl_tensor** scaled) noexcept {
  return Make(context, scaled, [&](Context&) -> absl::StatusOr<Tensor> {
    PAWL_NEED(weights);
    PAWL_NEED_ARRAY(scales, columns);
    return pawl::ScaleColumns(weights->tensor, absl::MakeConstSpan(scales, columns));
  });
}

int32_t pawl_hqq(pawl_context* context, const pawl_tensor* weights, const pawl_scheme* scheme,
                 const pawl_options* options, double* figures, size_t count,
                 pawl_quantized_tensor** quantized) noexcept {
  return Make(context, quantized, [&](Context& c) -> absl::StatusOr<QuantizedTensor> {
    PAWL_NEED(weights);
    PAWL_NEED(scheme);
    PAWL_NEED_ARRAY(figures, count);
    PAWL_RETURN_IF_ERROR(CheckKind(options, PAWL_OPTIONS_HQQ));
    pawl::HqqOptions wanted;
    TakeDouble(options, PAWL_OPT_HQQ_NORM, &wanted.norm);
    TakeDouble(options, PAWL_OPT_HQQ_BETA, &wanted.beta);
    TakeDouble(options, PAWL_OPT_HQQ_KAPPA, &wanted.kappa);
    TakeInt(options, PAWL_OPT_HQQ_ITERATIONS, &wanted.iterations);
    pawl::HqqReport report;
    PAWL_ASSIGN_OR_RETURN(QuantizedTensor result,
                          pawl::Hqq(weights->tensor, scheme->scheme, wanted, &c, &report));
    MethodFigures()
        .Set(report.stats)
        .Set(PAWL_METHOD_FIGURE_ERROR_BEFORE, report.error_before)
        .Set(PAWL_METHOD_FIGURE_ERROR_AFTER, report.error_after)
        .CopyTo(figures, count);
    return result;
  });
}

int32_t pawl_search_blocks(pawl_context* context, const pawl_tensor* weights,
                           const pawl_scheme* scheme, const pawl_options* options, double* figures,
                           size_t count, pawl_quantized_tensor** quantized) noexcept {
  return Make(context, quantized, [&](Context& c) -> absl::StatusOr<QuantizedTensor> {
    PAWL_NEED(weights);
    PAWL_NEED(scheme);
    PAWL_NEED_ARRAY(figures, count);
    PAWL_RETURN_IF_ERROR(CheckKind(options, PAWL_OPTIONS_BLOCK_SEARCH));
    pawl::BlockSearchOptions wanted;
    pawl::capi::TakeSpan<float>(options, PAWL_OPT_BLOCK_IMPORTANCE, &wanted.importance);
    TakeInt(options, PAWL_OPT_BLOCK_MAGNITUDE_WEIGHTS, &wanted.magnitude_weights);
    TakeInt(options, PAWL_OPT_BLOCK_ROUNDS, &wanted.rounds);
    pawl::BlockSearchReport report;
    PAWL_ASSIGN_OR_RETURN(QuantizedTensor result,
                          pawl::SearchBlocks(weights->tensor, scheme->scheme, wanted, &c, &report));
    MethodFigures()
        .Set(report.stats)
        .Set(PAWL_METHOD_FIGURE_ERROR_BEFORE, report.error_before)
        .Set(PAWL_METHOD_FIGURE_ERROR_AFTER, report.error_after)
        .CopyTo(figures, count);
    return result;
  });
}

}  // extern "C"
