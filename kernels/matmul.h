// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Matrix products with the right-hand side transposed, as weights W[out, in] are stored:
//
//   out[m, n] = sum over k of a[m, k] * w[n, k]
//
// Rows are `stride` elements apart (a_stride, w_stride, out_stride), so that slices of columns, as
// for groups, need no copy. A row of the result depends on that row of a and on w alone. M, N and K
// may be 0 (K = 0 gives zeros). Pointers need no alignment. Pure, thread-safe.

#ifndef PAWL_KERNELS_MATMUL_H_
#define PAWL_KERNELS_MATMUL_H_

#include <cstddef>
#include <cstdint>

#include "kernels/target.h"

namespace pawl::kernels {

struct MatMulShape {
  size_t m = 0;
  size_t n = 0;
  size_t k = 0;
  size_t a_stride = 0;
  size_t w_stride = 0;
  size_t out_stride = 0;
};

// Largest k whose sums int32 holds whatever the values are: k * 2^14 < 2^31, k * 255 * 128 < 2^31.
// A longer product is split by the caller, who adds in int64 or float. Beyond these bounds the
// result is the exact sum modulo 2^32, so it is still right wherever the sum fits.
inline constexpr size_t kMaxDepthI8 = (size_t{1} << 17) - 1;
inline constexpr size_t kMaxDepthU8I8 = 65793;

// Exact for every code, -128 included.
void MatMulI8(Target target, const int8_t* a, const int8_t* w, const MatMulShape& shape,
              int32_t* out);
// Unsigned activations; their zero point z enters as out - z * RowSumI8(w), the caller's step.
void MatMulU8I8(Target target, const uint8_t* a, const int8_t* w, const MatMulShape& shape,
                int32_t* out);
// 16-bit activations, exact for every k up to 2^40.
void MatMulI16I8(Target target, const int16_t* a, const int8_t* w, const MatMulShape& shape,
                 int64_t* out);

// sums[r] = sum over columns of w[r, c].
void RowSumI8(Target target, const int8_t* w, size_t rows, size_t cols, size_t stride,
              int32_t* sums);

// Float product in one fixed order: 16 lanes start at +0, lane l adds the products of
// k = l, l+16, l+32 ... in that order by fused multiply-add (lanes without an element at the end
// are left alone); then lanes l and l+8 are added for l < 8, then l and l+4, l+2, l+1.
// Targets without fused multiply-add compute the same slowly. Many rows are fastest where rows of
// both begin at lines of the cache (64 bytes) and do not lie a multiple of 4 KB apart; otherwise
// blocks of `a` are copied. Assumes the environment that
// FloatEnvironment (float_env.h) sets. NaN results have unspecified sign and payload.
void MatMulF32(Target target, const float* a, const float* w, const MatMulShape& shape, float* out);

namespace reference {
void MatMulI8(const int8_t* a, const int8_t* w, const MatMulShape& shape, int32_t* out);
void MatMulU8I8(const uint8_t* a, const int8_t* w, const MatMulShape& shape, int32_t* out);
void MatMulI16I8(const int16_t* a, const int8_t* w, const MatMulShape& shape, int64_t* out);
void RowSumI8(const int8_t* w, size_t rows, size_t cols, size_t stride, int32_t* sums);
void MatMulF32(const float* a, const float* w, const MatMulShape& shape, float* out);
}  // namespace reference

}  // namespace pawl::kernels

#endif  // PAWL_KERNELS_MATMUL_H_
