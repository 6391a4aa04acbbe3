// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The rotation of a scheme: on each block of b (a power of two) columns R = H diag(signs) /
// sqrt(b), H the Sylvester Hadamard matrix. R is orthogonal, so (w R^T) . (R x) = w . x.

#ifndef PAWL_LIB_CORE_HADAMARD_H_
#define PAWL_LIB_CORE_HADAMARD_H_

#include <cstdint>

#include "absl/types/span.h"
#include "kernels/target.h"

namespace pawl {

// Random signs: the top bits of SplitMix64 (Steele, Lea, Flood 2014) from `seed` on, the same on
// every machine.
void FillSigns(uint64_t seed, absl::Span<int8_t> signs);

// x <- R x for one row of activations. cols must be a multiple of block.
void RotateActivations(kernels::Target target, float* x, const int8_t* signs, int64_t cols,
                       int32_t block);

// The same in f64.
void RotateActivations(double* x, const int8_t* signs, int64_t cols, int32_t block);

// w <- w R: from a decoded row to the row that acts on the original activations.
void UnrotateWeights(kernels::Target target, float* w, const int8_t* signs, int64_t cols,
                     int32_t block);

// w <- w R^T: from an original row to the row that is quantized. The same as RotateActivations.
inline void RotateWeights(kernels::Target target, float* w, const int8_t* signs, int64_t cols,
                          int32_t block) {
  RotateActivations(target, w, signs, cols, block);
}

}  // namespace pawl

#endif  // PAWL_LIB_CORE_HADAMARD_H_
