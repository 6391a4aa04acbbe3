// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <cmath>

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

float Dot(const float* a, const float* w, size_t k) {
  float lanes[16] = {};
  for (size_t i = 0; i < k; ++i) lanes[i % 16] = std::fma(a[i], w[i], lanes[i % 16]);
  for (size_t half = 8; half > 0; half /= 2) {
    for (size_t l = 0; l < half; ++l) lanes[l] += lanes[l + half];
  }
  return lanes[0];
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

void MatMulF32(const float* a, const float* w, const MatMulShape& shape, float* out) {
  for (size_t m = 0; m < shape.m; ++m) {
    for (size_t n = 0; n < shape.n; ++n) {
      out[m * shape.out_stride + n] = Dot(a + m * shape.a_stride, w + n * shape.w_stride, shape.k);
    }
  }
}

}  // namespace pawl::kernels::reference
