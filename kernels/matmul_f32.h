// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The float product of matmul.h in pieces: the 16 lane sums of each output lie in memory between
// one block of columns and the next, so that weights can be decoded a piece at a time.
//
// Pointers need no alignment. Pure, thread-safe; assumes the environment that FloatEnvironment
// (float_env.h) sets. NaN results have unspecified sign and payload.

#ifndef PAWL_KERNELS_MATMUL_F32_H_
#define PAWL_KERNELS_MATMUL_F32_H_

#include <cstddef>

#include "kernels/matmul.h"
#include "kernels/target.h"

namespace pawl::kernels {

inline constexpr size_t kLaneSums = 16;

// Rows of w in a piece that many rows of a go through: a multiple of every tile's.
inline constexpr size_t kRowsF32 = 16;

// lanes[m][n][l] = fma(a[m, k], w[n, k], lanes[m][n][l]) for k = l, l+16 ... below shape.k. Row m
// of `lanes` begins at m * shape.out_stride, which is at least n * 16. All blocks of columns but
// the last have a multiple of 16; the first begins from zeros, whatever `lanes` holds.
void AddProductsF32(Target target, const float* a, const float* w, const MatMulShape& shape,
                    bool first, float* lanes);

// out[i] = the sum of the 16 lanes from lanes[16 * i] on, in the order of MatMulF32.
void SumLanesF32(Target target, const float* lanes, size_t count, float* out);

namespace reference {
void AddProductsF32(const float* a, const float* w, const MatMulShape& shape, bool first,
                    float* lanes);
void SumLanesF32(const float* lanes, size_t count, float* out);
}  // namespace reference

}  // namespace pawl::kernels

#endif  // PAWL_KERNELS_MATMUL_F32_H_
