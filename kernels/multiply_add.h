// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Steps of a float epilogue: fused multiply-adds of arrays, and arrays scaled.

#ifndef PAWL_KERNELS_MULTIPLY_ADD_H_
#define PAWL_KERNELS_MULTIPLY_ADD_H_

#include <cstddef>

#include "kernels/target.h"

namespace pawl::kernels {

// sum[i] = a[i] * b[i] + sum[i], rounded once, on every target. Pointers need no alignment, n may
// be 0, sum must not overlap a or b. Pure, thread-safe; assumes the environment that
// FloatEnvironment (float_env.h) sets. NaN results have unspecified sign and payload.
void MultiplyAdd(Target target, const float* a, const float* b, size_t n, float* sum);

// out[i] = a[i] * scale + bias[i], each step rounded, on every target; without a bias (null) the
// product alone. As above, but out may be a.
void ScaleAndAdd(Target target, const float* a, float scale, const float* bias, size_t n,
                 float* out);

namespace reference {
void MultiplyAdd(const float* a, const float* b, size_t n, float* sum);
void ScaleAndAdd(const float* a, float scale, const float* bias, size_t n, float* out);
}  // namespace reference

}  // namespace pawl::kernels

#endif  // PAWL_KERNELS_MULTIPLY_ADD_H_
