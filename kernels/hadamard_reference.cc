// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/hadamard.h"

namespace pawl::kernels::reference {

void RotateBlocks(const int8_t* signs, size_t n, size_t block, float norm, float* x) {
  for (size_t i = 0; i < n; ++i) {
    if (signs != nullptr && signs[i] < 0) x[i] = -x[i];
  }
  for (size_t half = 1; half < block; half *= 2) {
    for (size_t start = 0; start < n; start += 2 * half) {
      for (size_t i = start; i < start + half; ++i) {
        const float a = x[i], b = x[i + half];
        x[i] = a + b;
        x[i + half] = a - b;
      }
    }
  }
  for (size_t i = 0; i < n; ++i) x[i] *= norm;
}

}  // namespace pawl::kernels::reference
