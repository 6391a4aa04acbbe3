// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/matmul.h"

// Arrays of vectors.
#define PAWL_FIXED_SIZE_VECTORS
#include "kernels/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/matmul.cc"
#include "hwy/foreach_target.h"
// foreach_target.h first
#include "kernels/matmul-inl.h"

#if HWY_ONCE
#include "kernels/dispatch.h"

namespace pawl::kernels {

PAWL_EXPORT(MatMulI8);
PAWL_EXPORT(MatMulU8I8);
PAWL_EXPORT(MatMulI16I8);
PAWL_EXPORT(RowSumI8);

void MatMulI8(Target target, const int8_t* a, const int8_t* w, const MatMulShape& shape,
              int32_t* out) {
  PAWL_DISPATCH(target, MatMulI8)(a, w, shape, out);
}

void MatMulU8I8(Target target, const uint8_t* a, const int8_t* w, const MatMulShape& shape,
                int32_t* out) {
  PAWL_DISPATCH(target, MatMulU8I8)(a, w, shape, out);
}

void MatMulI16I8(Target target, const int16_t* a, const int8_t* w, const MatMulShape& shape,
                 int64_t* out) {
  PAWL_DISPATCH(target, MatMulI16I8)(a, w, shape, out);
}

void RowSumI8(Target target, const int8_t* w, size_t rows, size_t cols, size_t stride,
              int32_t* sums) {
  PAWL_DISPATCH(target, RowSumI8)(w, rows, cols, stride, sums);
}

}  // namespace pawl::kernels
#endif  // HWY_ONCE
