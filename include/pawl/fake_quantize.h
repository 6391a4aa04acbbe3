// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// FakeQuantize: quantization and dequantization in one step in f32, and its gradients, for
// quantization-aware training. All functions are pure, thread-safe and deterministic.

#ifndef PAWL_INCLUDE_PAWL_FAKE_QUANTIZE_H_
#define PAWL_INCLUDE_PAWL_FAKE_QUANTIZE_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace pawl {

// Integer codes min_code..max_code, value = (code - zero_point) * scale.
struct FakeQuantizeParams {
  absl::Span<const float> scales;         // one, or one for each channel; positive and finite
  absl::Span<const int32_t> zero_points;  // as many, each one of the codes; empty: all 0
  int32_t min_code = -127;                // codes lie within +-2^20 and number two at least
  int32_t max_code = 127;
  int32_t axis = 0;  // of the channels where there is more than one scale; negative from the end
};

// With q(v) = round(v / scale), half to even, z the zero point and clamp() into the codes:
//   out = (clamp(q(x) + z) - z) * scale
// Infinities give the ends of the codes. NaN stays NaN: it must not vanish in training. `out` may
// be `x` itself; other overlaps are not allowed. Errors: InvalidArgument naming the argument;
// nothing is written then.
absl::Status FakeQuantize(absl::Span<const float> x, absl::Span<const int64_t> shape,
                          const FakeQuantizeParams& params, absl::Span<float> out);

// Gradients of FakeQuantize. An element is inside where q(x) + z is a code.
//   x            (straight-through estimator) grad_out inside, 0 outside and for NaN
//   scale        the sum over the channel of grad_out * (q(x) - x / scale) inside, and of
//                grad_out * (nearest end of the codes - z) outside (LSQ, Esser et al. 2020)
//   zero point   the sum of -scale * grad_out outside (LSQ+, Bhalgat et al. 2020)
// A NaN contributes nothing to the sums, which are taken in double in the order of the elements.
struct FakeQuantizeGradients {
  absl::Span<float> x;            // as many as x; may be grad_out itself
  absl::Span<double> scale;       // as many as scales, or empty: not wanted
  absl::Span<double> zero_point;  // likewise
  double scale_factor = 1.0;      // multiplies the scales' and zero points' sums: LsqGradientFactor
};
absl::Status FakeQuantizeBackward(absl::Span<const float> x, absl::Span<const int64_t> shape,
                                  const FakeQuantizeParams& params,
                                  absl::Span<const float> grad_out,
                                  const FakeQuantizeGradients& gradients);

// 1 / sqrt(count * max_code): LSQ's factor for a scale that `count` elements share.
// Errors: InvalidArgument where either is not positive.
absl::StatusOr<double> LsqGradientFactor(int64_t count, int32_t max_code);

// 2 * mean(|x|) / sqrt(max_code): LSQ's first scale. Values that are not finite are left out; where
// nothing but zeros remains it is 1, and it is never below 2^-126.
absl::StatusOr<float> LsqInitialScale(absl::Span<const float> x, int32_t max_code);

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_FAKE_QUANTIZE_H_
