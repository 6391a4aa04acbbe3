// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Round-to-nearest quantization of one tensor: a range (or scale) for each group, stored scales,
// codes computed from the scales as they are stored.

#ifndef PAWL_INCLUDE_PAWL_QUANTIZER_H_
#define PAWL_INCLUDE_PAWL_QUANTIZER_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "pawl/quantized_tensor.h"
#include "pawl/scheme.h"
#include "pawl/tensor.h"

namespace pawl {

class Context;

// How the range of a group is found. Values are part of the C ABI: never renumber.
enum class RangeMethod : uint8_t {
  kMax = 0,         // smallest and largest value (ternary and binary: mean |x|)
  kPercentile = 1,  // the given percentile of |x| (symmetric), or of both tails
  kMse = 2,         // the clipped range, of a grid of shrunken ones, with the least squared error
  kScaleSearch = 3  // kMse's grid and, for each rounding it gives, the scale (and minimum) that
                    // minimises the squared error of just those codes in closed form
};

// Names: "max", "percentile", "mse", "search".
absl::string_view RangeMethodName(RangeMethod method);
absl::StatusOr<RangeMethod> ParseRangeMethod(absl::string_view name);

struct QuantizeOptions {
  RangeMethod range = RangeMethod::kMax;
  double percentile = 99.99;  // of 100
  // Weight of each input column in squared errors, [cols], not negative (mean x^2 of the column's
  // activations, say); empty: all alike. Used by kMse, kScaleSearch and codebooks.
  absl::Span<const float> importance = {};
  int kmeans_iterations = 100;  // at most; codebooks stop when no centre moves
  // Columns that scheme.outliers keeps in float, ascending; required where the scheme has them.
  absl::Span<const int32_t> outlier_columns = {};
  absl::Span<const int32_t> group_index = {};  // [cols], required for groups by an index map
  // [cols], required where scheme.input_scale: column j of the weights is divided by t[j] first.
  absl::Span<const float> input_scale = {};
  uint64_t rotation_seed = 0;  // of the random signs, where the scheme has a rotation
};

// What happened to values that the scheme could not take as they were.
struct QuantizeStats {
  int64_t nan_count = 0;           // became code 0 (the zero point, or the level nearest to 0)
  int64_t inf_count = 0;           // went to the end of the range, which they did not widen
  int64_t zero_groups = 0;         // groups without a finite value other than 0
  int64_t saturated_scales = 0;    // scales too large for their type: values were clipped
  int64_t underflowed_scales = 0;  // scales too small for their type: values became 0
};

// Quantizes a float tensor. Groups without a nonzero value get scale 1 where the scale is a plain
// float and code 0; no scale is ever NaN or infinite. Codes and parameters are the same for every
// target and thread count.
//
// Memory beyond the result: per group 8 bytes, per worker one group or row as f32; codebooks a
// sorted f32 copy of the tensor (or row); schemes with outliers, input scale or rotation one f32
// copy. Errors: InvalidArgument where the shape, the type or an option does not fit the scheme;
// Cancelled; ResourceExhausted.
absl::StatusOr<QuantizedTensor> Quantize(const Tensor& weights, const Scheme& scheme,
                                         const QuantizeOptions& options = {},
                                         Context* context = nullptr,
                                         QuantizeStats* stats = nullptr);

// Error of a decoded tensor against its original.
struct QuantizationError {
  double sqnr_db = 0.0;  // 10 log10(sum w^2 / sum (w-q)^2); +inf for no error, 0 dB for w = 0 != q
  double cosine = 1.0;   // 1 where both are zero
  double max_error = 0.0;  // largest |w - q|
  double mse = 0.0;
  // Elements that are NaN or infinite in either are in none of the figures above, and counted here.
  // Where no element is left those say that nothing differs; `compared` is 0 then.
  int64_t compared = 0;  // elements that are finite in both
  int64_t original_nan = 0;
  int64_t original_infinite = 0;
  int64_t decoded_nan = 0;
  int64_t decoded_infinite = 0;
  int64_t unlike = 0;  // of those that were left out: not NaN in both, nor the same infinity
};

// Decodes row by row and compares; plain tensors may be of any float type, the shapes must be
// equal. Sums are f64 in a fixed order: the same figures for every target and thread count.
absl::StatusOr<QuantizationError> CompareTensors(const Tensor& original,
                                                 const QuantizedTensor& decoded,
                                                 Context* context = nullptr);
absl::StatusOr<QuantizationError> CompareTensors(const Tensor& original, const Tensor& decoded,
                                                 Context* context = nullptr);
absl::StatusOr<QuantizationError> CompareTensors(const QuantizedTensor& original,
                                                 const QuantizedTensor& decoded,
                                                 Context* context = nullptr);

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_QUANTIZER_H_
