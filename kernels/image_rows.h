// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What convolutions do with rows of images before and after the products. Every target gives the
// same bits. Pointers need no alignment, sizes may be 0, results must not overlap inputs but where
// they are the same array. Pure, thread-safe; assumes FloatEnvironment (float_env.h). NaN results
// have unspecified sign and payload.

#ifndef PAWL_KERNELS_IMAGE_ROWS_H_
#define PAWL_KERNELS_IMAGE_ROWS_H_

#include <cstddef>
#include <cstdint>

#include "kernels/target.h"

namespace pawl::kernels {

// to[i] = from[i] ^ flip: codes of u8 as those of i8 and back.
void CopyXor(Target target, const uint8_t* from, size_t n, uint8_t flip, uint8_t* to);

// to[c * to_stride + r] = from[r * from_stride + c].
struct TransposeShape {
  size_t rows = 0;
  size_t cols = 0;
  size_t from_stride = 0;
  size_t to_stride = 0;
};
void TransposeU8(Target target, const uint8_t* from, const TransposeShape& shape, uint8_t* to);
void TransposeF32(Target target, const float* from, const TransposeShape& shape, float* to);

// out[i] = fma(scales[i], float(sums[i]), +0). `out` may be the memory of `sums`.
void ScaleSums(Target target, const int32_t* sums, const float* scales, size_t n, float* out);

// In place: v = v * scale + bias[i], each step rounded; v below `low` becomes low, v above `high`
// high, NaN stays. No bias where that is null.
struct FinishParams {
  float scale = 1.0f;
  const float* bias = nullptr;
  float low = 0.0f;
  float high = 0.0f;
};
void FinishRowF32(Target target, const FinishParams& params, size_t n, float* values);

namespace reference {
void CopyXor(const uint8_t* from, size_t n, uint8_t flip, uint8_t* to);
void TransposeU8(const uint8_t* from, const TransposeShape& shape, uint8_t* to);
void TransposeF32(const float* from, const TransposeShape& shape, float* to);
void ScaleSums(const int32_t* sums, const float* scales, size_t n, float* out);
void FinishRowF32(const FinishParams& params, size_t n, float* values);
}  // namespace reference

}  // namespace pawl::kernels

#endif  // PAWL_KERNELS_IMAGE_ROWS_H_
