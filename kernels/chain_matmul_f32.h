// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Float products whose outputs lie side by side in memory along the columns of b: what graphs
// multiply, convolutions over planes of an image (NCHW) included.
//
//   out[m, n] = sum over c and t of a[m, c * taps + t] * b[c * b_stride + offsets[t] + n]
//
// Each output is one chain of fused multiply-adds from 0 on, c outermost, whatever is computed with
// it; then come
//
//   v + row_bias[m], v + column_bias[n]   those that are given, each rounded
//   low where v < low, high where v > high
//
// In contrast to matmul.h, whose sums run in 16 lanes along the columns, short sums cost nothing at
// their end, and b is taken as it lies. Pointers need no alignment. Every target gives the same
// bits. Pure, thread-safe; assumes FloatEnvironment (float_env.h). NaN results have unspecified
// sign and payload.

#ifndef PAWL_KERNELS_CHAIN_MATMUL_F32_H_
#define PAWL_KERNELS_CHAIN_MATMUL_F32_H_

#include <cstddef>
#include <cstdint>
#include <limits>

#include "kernels/target.h"

namespace pawl::kernels {

struct ChainShape {
  size_t m = 0, n = 0;
  size_t channels = 0;
  size_t taps = 1;
  const int64_t* offsets = nullptr;  // [taps] elements; null: 0, for one tap
  size_t a_stride = 0;               // from row to row
  size_t b_stride = 0;               // from channel to channel
  size_t out_stride = 0;
};

struct ChainFinish {
  const float* row_bias = nullptr;     // [m]
  const float* column_bias = nullptr;  // [n]
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();
};

void ChainMatMulF32(Target target, const float* a, const float* b, const ChainShape& shape,
                    const ChainFinish& finish, float* out);

namespace reference {
void ChainMatMulF32(const float* a, const float* b, const ChainShape& shape,
                    const ChainFinish& finish, float* out);
}  // namespace reference

}  // namespace pawl::kernels

#endif  // PAWL_KERNELS_CHAIN_MATMUL_F32_H_
