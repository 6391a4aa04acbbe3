// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Products of bf16 with sums in f32, by the instructions of AVX512_BF16: with the tiles of AMX-BF16
// (matmul_bf16_tiles.h) the one family whose bits depend on the target, and which therefore has no
// reference. Callers ask for it by name, take tiles where there are any, and without either the f32
// products of what rounding to bf16 leaves.
//
// The instruction multiplies exactly, adds the two products of a pair to a lane one after the
// other, each sum rounded half to even, takes denormal operands and results as zero, and does not
// look at the floating-point mode. So a row of the result still depends on that row of a and on w
// alone, and
//
//   |sum - exact| <= (k / 16 + 1) 2^-23 T + k 2^-125,  T = sum over k of |a[m, k] w[n, k]|
//
// for the sum of the 16 lanes, k padded to a multiple of 32: a lane has k / 16 terms, the 16 lanes
// are summed in 4 steps, every step errs by at most 2^-24 of at most T (1 + 2^-10).

#ifndef PAWL_KERNELS_MATMUL_BF16_H_
#define PAWL_KERNELS_MATMUL_BF16_H_

#include <cstdint>

#include "kernels/matmul.h"
#include "kernels/target.h"

namespace pawl::kernels {

// Columns must be a multiple of this many; zeros may fill them up, in both matrices.
inline constexpr size_t kStepBF16 = 32;

// Whether the target has such instructions.
bool HasProductsBF16(Target target);

// lanes[m][n][l] += the products of columns k with k / 2 % 16 = l, in ascending order. Otherwise as
// AddProductsF32 (matmul_f32.h), but that a row of lanes has room for a multiple of 4 outputs,
// whose last may be written. Only where HasProductsBF16.
void AddProductsBF16(const uint16_t* a, const uint16_t* w, const MatMulShape& shape, bool first,
                     float* lanes);

}  // namespace pawl::kernels

#endif  // PAWL_KERNELS_MATMUL_BF16_H_
