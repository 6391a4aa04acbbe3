// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The step of a float epilogue: fused multiply-adds of arrays.

#ifndef PAWL_KERNELS_MULTIPLY_ADD_H_
#define PAWL_KERNELS_MULTIPLY_ADD_H_

#include <cstddef>

#include "kernels/target.h"

namespace pawl::kernels {

// sum[i] = a[i] * b[i] + sum[i], rounded once, on every target. Pointers need no alignment, n may
// be 0, sum must not overlap a or b. Pure, thread-safe; assumes the environment that
// FloatEnvironment (float_env.h) sets. NaN results have unspecified sign and payload.
void MultiplyAdd(Target target, const float* a, const float* b, size_t n, float* sum);

namespace reference {
void MultiplyAdd(const float* a, const float* b, size_t n, float* sum);
}  // namespace reference

}  // namespace pawl::kernels

#endif  // PAWL_KERNELS_MULTIPLY_ADD_H_
