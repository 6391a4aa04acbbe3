// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// RotateBlocks: random signs, then a fast Walsh-Hadamard transform, on blocks of a row.
//
// On each block of `block` values (a power of two that divides n): x[i] changes its sign where
// signs[i] < 0 (null: nowhere); then for half = 1, 2, 4 ... below block each pair (a, b) of values
// `half` apart becomes (a + b, a - b); then everything is multiplied by `norm`. Each step is
// rounded, in this order, so that the bits are the same on every target. Pointers need no
// alignment. Pure, thread-safe; assumes the environment that FloatEnvironment (float_env.h) sets.
// NaN results have unspecified sign and payload.

#ifndef PAWL_KERNELS_HADAMARD_H_
#define PAWL_KERNELS_HADAMARD_H_

#include <cstddef>
#include <cstdint>

#include "kernels/target.h"

namespace pawl::kernels {

void RotateBlocks(Target target, const int8_t* signs, size_t n, size_t block, float norm, float* x);

namespace reference {
void RotateBlocks(const int8_t* signs, size_t n, size_t block, float norm, float* x);
}  // namespace reference

}  // namespace pawl::kernels

#endif  // PAWL_KERNELS_HADAMARD_H_
