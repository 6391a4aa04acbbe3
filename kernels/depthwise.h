// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Depthwise convolution of a run of output positions, channels innermost (NHWC):
//
//   out[p, c] = start[c] + sum over (ky, kx) of
//               x[p * position_step + ky * row_step + kx * tap_step + c] * w[ky * kernel_w + kx, c]
//
// Integers: exact while |w| <= 255, |start| < 2^30 and there are at most 32768 taps. Floats: start
// counts as +0, and v = fma(x, w, v) for taps ascending; targets without fused multiply-add compute
// the same slowly. Every target gives the same bits. Steps are in elements. Pointers need no
// alignment, sizes may be 0. Pure, thread-safe; assumes FloatEnvironment (float_env.h). NaN results
// have unspecified sign and payload.

#ifndef PAWL_KERNELS_DEPTHWISE_H_
#define PAWL_KERNELS_DEPTHWISE_H_

#include <cstddef>
#include <cstdint>

#include "kernels/target.h"

namespace pawl::kernels {

struct DepthwiseShape {
  size_t channels = 0;
  size_t kernel_h = 1;
  size_t kernel_w = 1;
  size_t row_step = 0;
  size_t tap_step = 0;
  size_t positions = 0;
  size_t position_step = 0;
};

void DepthwiseI8(Target target, const DepthwiseShape& shape, const int8_t* x, const int16_t* w,
                 const int32_t* start, int32_t* out);
void DepthwiseF32(Target target, const DepthwiseShape& shape, const float* x, const float* w,
                  float* out);

namespace reference {
void DepthwiseI8(const DepthwiseShape& shape, const int8_t* x, const int16_t* w,
                 const int32_t* start, int32_t* out);
void DepthwiseF32(const DepthwiseShape& shape, const float* x, const float* w, float* out);
}  // namespace reference

}  // namespace pawl::kernels

#endif  // PAWL_KERNELS_DEPTHWISE_H_
