// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The rotation of a scheme: on each block of b (a power of two) columns R = H diag(signs) /
// sqrt(b), H the Sylvester Hadamard matrix. R is orthogonal, so (w R^T) . (R x) = w . x.

#ifndef PAWL_LIB_CORE_HADAMARD_H_
#define PAWL_LIB_CORE_HADAMARD_H_

#include <cstdint>

namespace pawl {

// x <- R x for one row of activations. cols must be a multiple of block.
void RotateActivations(float* x, const int8_t* signs, int64_t cols, int32_t block);

// w <- w R: from a decoded row to the row that acts on the original activations.
void UnrotateWeights(float* w, const int8_t* signs, int64_t cols, int32_t block);

// w <- w R^T: from an original row to the row that is quantized. The same as RotateActivations.
inline void RotateWeights(float* w, const int8_t* signs, int64_t cols, int32_t block) {
  RotateActivations(w, signs, cols, block);
}

}  // namespace pawl

#endif  // PAWL_LIB_CORE_HADAMARD_H_
