// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <cmath>

#include "kernels/multiply_add.h"

namespace pawl::kernels::reference {

void MultiplyAdd(const float* a, const float* b, size_t n, float* sum) {
  for (size_t i = 0; i < n; ++i) sum[i] = std::fma(a[i], b[i], sum[i]);
}

void ScaleAndAdd(const float* a, float scale, const float* bias, size_t n, float* out) {
  for (size_t i = 0; i < n; ++i) {
    const float product = a[i] * scale;
    out[i] = bias == nullptr ? product : product + bias[i];
  }
}

}  // namespace pawl::kernels::reference
