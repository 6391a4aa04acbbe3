// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cmath>

#include "kernels/matmul_f32.h"

namespace pawl::kernels::reference {

void AddProductsF32(const float* a, const float* w, const MatMulShape& shape, bool first,
                    float* lanes) {
  for (size_t m = 0; m < shape.m; ++m) {
    for (size_t n = 0; n < shape.n; ++n) {
      float* sums = lanes + m * shape.out_stride + n * kLaneSums;
      if (first) std::fill_n(sums, kLaneSums, 0.0f);
      for (size_t k = 0; k < shape.k; ++k) {
        float& sum = sums[k % kLaneSums];
        sum = std::fma(a[m * shape.a_stride + k], w[n * shape.w_stride + k], sum);
      }
    }
  }
}

void SumLanesF32(const float* lanes, size_t count, float* out) {
  for (size_t i = 0; i < count; ++i, lanes += kLaneSums) {
    float sums[kLaneSums];
    std::copy_n(lanes, kLaneSums, sums);
    for (size_t half = kLaneSums / 2; half > 0; half /= 2) {
      for (size_t l = 0; l < half; ++l) sums[l] += sums[l + half];
    }
    out[i] = sums[0];
  }
}

void MatMulF32(const float* a, const float* w, const MatMulShape& shape, float* out) {
  for (size_t m = 0; m < shape.m; ++m) {
    for (size_t n = 0; n < shape.n; ++n) {
      float lanes[kLaneSums];
      AddProductsF32(a + m * shape.a_stride, w + n * shape.w_stride,
                     {.m = 1, .n = 1, .k = shape.k, .out_stride = kLaneSums}, true, lanes);
      SumLanesF32(lanes, 1, out + m * shape.out_stride + n);
    }
  }
}

}  // namespace pawl::kernels::reference
