// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Float products of an image's windows with rows of weights, the windows as they lie in the image:
//
//   out[p, n] = sum over k of x[place(p) + offsets[k / 16] + k % 16] * w[n, k]
//
// in the order of MatMulF32 (matmul.h), where place(p) is that of WindowPlaces. Pointers need no
// alignment. Every target gives the same bits. Pure, thread-safe; assumes FloatEnvironment
// (float_env.h). NaN results have unspecified sign and payload.

#ifndef PAWL_KERNELS_WINDOW_MATMUL_F32_H_
#define PAWL_KERNELS_WINDOW_MATMUL_F32_H_

#include <cstddef>
#include <cstdint>

#include "kernels/target.h"
#include "kernels/window_matmul.h"

namespace pawl::kernels {

struct WindowWeightsF32 {
  const float* rows = nullptr;  // [n, 16 * chunks]
  size_t n = 0;
  size_t chunks = 0;                 // of 16 columns
  const int64_t* offsets = nullptr;  // [chunks] elements
};

void MatMulWindowsF32(Target target, const WindowWeightsF32& w, const float* x,
                      const WindowPlaces& places, float* out, size_t out_stride);

namespace reference {
void MatMulWindowsF32(const WindowWeightsF32& w, const float* x, const WindowPlaces& places,
                      float* out, size_t out_stride);
}  // namespace reference

}  // namespace pawl::kernels

#endif  // PAWL_KERNELS_WINDOW_MATMUL_F32_H_
