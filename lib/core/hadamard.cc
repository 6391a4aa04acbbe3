// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/core/hadamard.h"

#include <cmath>

namespace pawl {
namespace {

// In-place fast Walsh-Hadamard transform, butterflies in order of growing distance.
void Transform(float* x, int32_t block) {
  for (int32_t half = 1; half < block; half *= 2) {
    for (int32_t start = 0; start < block; start += 2 * half) {
      for (int32_t i = start; i < start + half; ++i) {
        const float a = x[i];
        const float b = x[i + half];
        x[i] = a + b;
        x[i + half] = a - b;
      }
    }
  }
}

float Normalizer(int32_t block) {
  return static_cast<float>(1.0 / std::sqrt(static_cast<double>(block)));
}

}  // namespace

void RotateActivations(float* x, const int8_t* signs, int64_t cols, int32_t block) {
  const float norm = Normalizer(block);
  for (int64_t begin = 0; begin < cols; begin += block) {
    for (int64_t i = begin; i < begin + block; ++i) {
      if (signs[i] < 0) x[i] = -x[i];
    }
    Transform(x + begin, block);
    for (int64_t i = begin; i < begin + block; ++i) x[i] *= norm;
  }
}

void UnrotateWeights(float* w, const int8_t* signs, int64_t cols, int32_t block) {
  const float norm = Normalizer(block);
  for (int64_t begin = 0; begin < cols; begin += block) {
    Transform(w + begin, block);
    for (int64_t i = begin; i < begin + block; ++i) {
      w[i] *= signs[i] < 0 ? -norm : norm;
    }
  }
}

}  // namespace pawl
