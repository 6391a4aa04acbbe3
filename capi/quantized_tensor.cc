// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/quantized_tensor.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "absl/strings/str_cat.h"
#include "capi/options.h"
#include "capi/shim.h"
#include "pawl/quantizer.h"

using pawl::Context;
using pawl::QuantizedTensor;
using pawl::Tensor;
using pawl::capi::Call;
using pawl::capi::CheckKind;
using pawl::capi::CheckParts;
using pawl::capi::Find;
using pawl::capi::Make;
using pawl::capi::ShapeOf;
using pawl::capi::TakeDouble;
using pawl::capi::TakeInt;
using pawl::capi::TakeSpan;
using pawl::capi::ToInt64;

namespace {

using pawl::RangeMethod;

PAWL_SAME(PAWL_RANGE_MAX, RangeMethod::kMax);
PAWL_SAME(PAWL_RANGE_PERCENTILE, RangeMethod::kPercentile);
PAWL_SAME(PAWL_RANGE_MSE, RangeMethod::kMse);
PAWL_SAME(PAWL_RANGE_SCALE_SEARCH, RangeMethod::kScaleSearch);

struct Part {
  int32_t id = 0;
  Tensor QuantizedTensor::*place = nullptr;
};

// In the order of pawl_part.
constexpr Part kParts[] = {
    {PAWL_PART_CODES, &QuantizedTensor::codes},
    {PAWL_PART_SCALES, &QuantizedTensor::scales},
    {PAWL_PART_OFFSETS, &QuantizedTensor::offsets},
    {PAWL_PART_SUPER_SCALES, &QuantizedTensor::super_scales},
    {PAWL_PART_SUPER_OFFSETS, &QuantizedTensor::super_offsets},
    {PAWL_PART_LEVELS, &QuantizedTensor::levels},
    {PAWL_PART_SCALE_LEVELS, &QuantizedTensor::scale_levels},
    {PAWL_PART_GROUP_INDEX, &QuantizedTensor::group_index},
    {PAWL_PART_OUTLIER_COLUMNS, &QuantizedTensor::outlier_columns},
    {PAWL_PART_OUTLIER_VALUES, &QuantizedTensor::outlier_values},
    {PAWL_PART_INPUT_SCALE, &QuantizedTensor::input_scale},
    {PAWL_PART_ROTATION_SIGNS, &QuantizedTensor::rotation_signs},
};

absl::StatusOr<Tensor QuantizedTensor::*> FindPart(int32_t id) {
  for (const Part& part : kParts) {
    if (part.id == id) return part.place;
  }
  return absl::InvalidArgumentError(absl::StrCat("part ", id, " is no pawl_part"));
}

pawl::QuantizeOptions ToQuantizeOptions(const pawl_options* options) {
  pawl::QuantizeOptions result;
  TakeInt(options, PAWL_OPT_RANGE_METHOD, &result.range);
  TakeDouble(options, PAWL_OPT_PERCENTILE, &result.percentile);
  TakeSpan<float>(options, PAWL_OPT_IMPORTANCE, &result.importance);
  TakeInt(options, PAWL_OPT_KMEANS_ITERATIONS, &result.kmeans_iterations);
  TakeSpan<int32_t>(options, PAWL_OPT_OUTLIER_COLUMNS, &result.outlier_columns);
  TakeSpan<int32_t>(options, PAWL_OPT_GROUP_INDEX, &result.group_index);
  TakeSpan<float>(options, PAWL_OPT_INPUT_SCALE, &result.input_scale);
  TakeInt(options, PAWL_OPT_ROTATION_SEED, &result.rotation_seed);
  return result;
}

size_t Size(const pawl_quantized_tensor* quantized, int64_t (QuantizedTensor::*get)() const) {
  return quantized == nullptr ? 0 : static_cast<size_t>((quantized->tensor.*get)());
}

}  // namespace

namespace pawl::capi {

void CopyError(const QuantizationError& error, double* figures, size_t count) {
  const int64_t counts[] = {error.compared,    error.original_nan,     error.original_infinite,
                            error.decoded_nan, error.decoded_infinite, error.unlike};
  double all[PAWL_ERROR_COUNT] = {error.sqnr_db, error.cosine, error.max_error, error.mse};
  static_assert(PAWL_ERROR_COMPARED + std::size(counts) == PAWL_ERROR_COUNT);
  std::transform(std::begin(counts), std::end(counts), all + PAWL_ERROR_COMPARED,
                 [](int64_t n) { return static_cast<double>(n); });
  CopyFigures<double>(all, figures, count);
}

}  // namespace pawl::capi

extern "C" {

int32_t pawl_quantize(pawl_context* context, const pawl_tensor* weights, const pawl_scheme* scheme,
                      const pawl_options* options, int64_t* stats, size_t stats_count,
                      pawl_quantized_tensor** quantized) noexcept {
  return Make(context, quantized, [&](Context& c) -> absl::StatusOr<QuantizedTensor> {
    PAWL_NEED(weights);
    PAWL_NEED(scheme);
    PAWL_NEED_ARRAY(stats, stats_count);
    PAWL_RETURN_IF_ERROR(CheckKind(options, PAWL_OPTIONS_QUANTIZE));
    pawl::QuantizeStats found;
    PAWL_ASSIGN_OR_RETURN(
        QuantizedTensor result,
        pawl::Quantize(weights->tensor, scheme->scheme, ToQuantizeOptions(options), &c, &found));
    const int64_t figures[PAWL_STAT_COUNT] = {found.nan_count, found.inf_count, found.zero_groups,
                                              found.saturated_scales, found.underflowed_scales};
    pawl::capi::CopyFigures<int64_t>(figures, stats, stats_count);
    return result;
  });
}

int32_t pawl_quantized_tensor_create(pawl_context* context, const pawl_scheme* scheme,
                                     const int64_t* shape, size_t rank,
                                     pawl_quantized_tensor** quantized) noexcept {
  const int32_t status = Make(context, quantized, [&](Context&) -> absl::StatusOr<QuantizedTensor> {
    PAWL_NEED(scheme);
    PAWL_ASSIGN_OR_RETURN(const auto span, ShapeOf(shape, rank));
    return QuantizedTensor::Create(scheme->scheme, span);
  });
  if (status == PAWL_OK) (*quantized)->unchecked = true;
  return status;
}

void pawl_quantized_tensor_destroy(pawl_quantized_tensor* quantized) noexcept { delete quantized; }

int32_t pawl_quantized_tensor_part(pawl_context* context, const pawl_quantized_tensor* quantized,
                                   int32_t part, pawl_tensor** tensor) noexcept {
  return Make(context, tensor, [&](Context&) -> absl::StatusOr<Tensor> {
    PAWL_NEED(quantized);
    PAWL_ASSIGN_OR_RETURN(const auto place, FindPart(part));
    return quantized->tensor.*place;
  });
}

int32_t pawl_quantized_tensor_set_part(pawl_context* context, pawl_quantized_tensor* quantized,
                                       int32_t part, const pawl_tensor* tensor) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(quantized);
    PAWL_NEED(tensor);
    PAWL_ASSIGN_OR_RETURN(const auto place, FindPart(part));
    quantized->tensor.*place = tensor->tensor;
    quantized->unchecked = true;
    return absl::OkStatus();
  });
}

float pawl_quantized_tensor_scale_offset(const pawl_quantized_tensor* quantized) noexcept {
  return quantized == nullptr ? 0.0f : quantized->tensor.scale_offset;
}

int32_t pawl_quantized_tensor_set_scale_offset(pawl_context* context,
                                               pawl_quantized_tensor* quantized,
                                               float scale_offset) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(quantized);
    quantized->tensor.scale_offset = scale_offset;
    quantized->unchecked = true;
    return absl::OkStatus();
  });
}

int32_t pawl_quantized_tensor_validate(pawl_context* context,
                                       const pawl_quantized_tensor* quantized) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(quantized);
    return quantized->tensor.Validate();
  });
}

int32_t pawl_quantized_tensor_scheme(pawl_context* context, const pawl_quantized_tensor* quantized,
                                     pawl_scheme** scheme) noexcept {
  return pawl::capi::MakeScheme(context, scheme, [&]() -> absl::StatusOr<pawl::Scheme> {
    PAWL_NEED(quantized);
    return quantized->tensor.scheme;
  });
}

size_t pawl_quantized_tensor_rank(const pawl_quantized_tensor* quantized) noexcept {
  return quantized == nullptr ? 0 : quantized->tensor.shape.size();
}
const int64_t* pawl_quantized_tensor_shape(const pawl_quantized_tensor* quantized) noexcept {
  return quantized == nullptr ? nullptr : quantized->tensor.shape.data();
}
size_t pawl_quantized_tensor_rows(const pawl_quantized_tensor* quantized) noexcept {
  return Size(quantized, &QuantizedTensor::rows);
}
size_t pawl_quantized_tensor_cols(const pawl_quantized_tensor* quantized) noexcept {
  return Size(quantized, &QuantizedTensor::cols);
}
size_t pawl_quantized_tensor_size_bytes(const pawl_quantized_tensor* quantized) noexcept {
  return quantized == nullptr ? 0 : quantized->tensor.size_bytes();
}
double pawl_quantized_tensor_bits_per_weight(const pawl_quantized_tensor* quantized) noexcept {
  return quantized == nullptr ? 0.0 : quantized->tensor.bits_per_weight();
}

int32_t pawl_dequantize(pawl_context* context, const pawl_quantized_tensor* quantized,
                        size_t row_begin, float* out, size_t count) noexcept {
  return Call(context, [&](Context& c) -> absl::Status {
    PAWL_NEED(quantized);
    PAWL_NEED_ARRAY(out, count);
    PAWL_RETURN_IF_ERROR(CheckParts(quantized));
    PAWL_ASSIGN_OR_RETURN(const int64_t row, ToInt64(row_begin, "row_begin"));
    return pawl::DequantizeRows(quantized->tensor, row, {out, count}, &c);
  });
}

int32_t pawl_unpack_codes(pawl_context* context, const pawl_quantized_tensor* quantized,
                          size_t row_begin, int16_t* codes, size_t count) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(quantized);
    PAWL_NEED_ARRAY(codes, count);
    PAWL_RETURN_IF_ERROR(CheckParts(quantized));
    PAWL_ASSIGN_OR_RETURN(const int64_t row, ToInt64(row_begin, "row_begin"));
    return pawl::UnpackCodes(quantized->tensor, row, {codes, count});
  });
}

int32_t pawl_pack_codes(pawl_context* context, pawl_quantized_tensor* quantized, size_t row_begin,
                        const int16_t* codes, size_t count) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(quantized);
    PAWL_NEED_ARRAY(codes, count);
    PAWL_RETURN_IF_ERROR(CheckParts(quantized));
    PAWL_ASSIGN_OR_RETURN(const int64_t row, ToInt64(row_begin, "row_begin"));
    return pawl::PackCodes(quantized->tensor, row, {codes, count});
  });
}

int32_t pawl_compare(pawl_context* context, const pawl_tensor* original,
                     const pawl_quantized_tensor* quantized, double* figures,
                     size_t count) noexcept {
  return Call(context, [&](Context& c) -> absl::Status {
    PAWL_NEED(original);
    PAWL_NEED(quantized);
    PAWL_NEED_ARRAY(figures, count);
    PAWL_RETURN_IF_ERROR(CheckParts(quantized));
    PAWL_ASSIGN_OR_RETURN(const pawl::QuantizationError error,
                          pawl::CompareTensors(original->tensor, quantized->tensor, &c));
    pawl::capi::CopyError(error, figures, count);
    return absl::OkStatus();
  });
}

int32_t pawl_compare_quantized(pawl_context* context, const pawl_quantized_tensor* original,
                               const pawl_quantized_tensor* quantized, double* figures,
                               size_t count) noexcept {
  return Call(context, [&](Context& c) -> absl::Status {
    PAWL_NEED(original);
    PAWL_NEED(quantized);
    PAWL_NEED_ARRAY(figures, count);
    PAWL_RETURN_IF_ERROR(CheckParts(original));
    PAWL_RETURN_IF_ERROR(CheckParts(quantized));
    PAWL_ASSIGN_OR_RETURN(const pawl::QuantizationError error,
                          pawl::CompareTensors(original->tensor, quantized->tensor, &c));
    pawl::capi::CopyError(error, figures, count);
    return absl::OkStatus();
  });
}

}  // extern "C"
