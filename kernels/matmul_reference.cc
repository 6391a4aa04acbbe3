// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/matmul.h"

namespace pawl::kernels::reference {
namespace {

// Out is int32_t (by way of int64, modulo 2^32) or int64_t.
template <class A, class Out>
void MatMulInteger(const A* a, const int8_t* w, const MatMulShape& shape, Out* out) {
  for (size_t m = 0; m < shape.m; ++m) {
    for (size_t n = 0; n < shape.n; ++n) {
      int64_t sum = 0;
      for (size_t k = 0; k < shape.k; ++k) {
        sum += int64_t{a[m * shape.a_stride + k]} * int64_t{w[n * shape.w_stride + k]};
      }
      out[m * shape.out_stride + n] = static_cast<Out>(sum);
    }
  }
}

}  // namespace

void MatMulI8(const int8_t* a, const int8_t* w, const MatMulShape& shape, int32_t* out) {
  MatMulInteger(a, w, shape, out);
}

void MatMulU8I8(const uint8_t* a, const int8_t* w, const MatMulShape& shape, int32_t* out) {
  MatMulInteger(a, w, shape, out);
}

void MatMulI16I8(const int16_t* a, const int8_t* w, const MatMulShape& shape, int64_t* out) {
  MatMulInteger(a, w, shape, out);
}

void RowSumI8(const int8_t* w, size_t rows, size_t cols, size_t stride, int32_t* sums) {
  for (size_t r = 0; r < rows; ++r) {
    int64_t sum = 0;
    for (size_t c = 0; c < cols; ++c) sum += w[r * stride + c];
    sums[r] = static_cast<int32_t>(sum);
  }
}

}  // namespace pawl::kernels::reference
