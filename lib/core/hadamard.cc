// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/core/hadamard.h"

#include <cmath>

#include "kernels/hadamard.h"

namespace pawl {
namespace {

uint64_t NextRandom(uint64_t& state) {
  state += 0x9E3779B97F4A7C15u;
  uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

double Normalizer(int32_t block) { return 1.0 / std::sqrt(static_cast<double>(block)); }

}  // namespace

void FillSigns(uint64_t seed, absl::Span<int8_t> signs) {
  for (int8_t& sign : signs) sign = (NextRandom(seed) >> 63) != 0 ? int8_t{-1} : int8_t{1};
}

void RotateActivations(kernels::Target target, float* x, const int8_t* signs, int64_t cols,
                       int32_t block) {
  kernels::RotateBlocks(target, signs, static_cast<size_t>(cols), static_cast<size_t>(block),
                        static_cast<float>(Normalizer(block)), x);
}

void RotateActivations(double* x, const int8_t* signs, int64_t cols, int32_t block) {
  for (int64_t i = 0; i < cols; ++i) {
    if (signs[i] < 0) x[i] = -x[i];
  }
  for (int64_t half = 1; half < block; half *= 2) {
    for (int64_t start = 0; start < cols; start += 2 * half) {
      for (int64_t i = start; i < start + half; ++i) {
        const double a = x[i], b = x[i + half];
        x[i] = a + b;
        x[i + half] = a - b;
      }
    }
  }
  const double norm = Normalizer(block);
  for (int64_t i = 0; i < cols; ++i) x[i] *= norm;
}

void UnrotateWeights(kernels::Target target, float* w, const int8_t* signs, int64_t cols,
                     int32_t block) {
  kernels::RotateBlocks(target, nullptr, static_cast<size_t>(cols), static_cast<size_t>(block),
                        static_cast<float>(Normalizer(block)), w);
  for (int64_t i = 0; i < cols; ++i) {
    if (signs[i] < 0) w[i] = -w[i];
  }
}

}  // namespace pawl
