// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// MinMax: range of the finite values of f32 data, and how many are not finite.
//
// A zero in a result is always +0. Pointers need no alignment, n may be 0. Pure, thread-safe;
// assumes the floating-point environment that FloatEnvironment (float_env.h) sets.

#ifndef PAWL_KERNELS_MIN_MAX_H_
#define PAWL_KERNELS_MIN_MAX_H_

#include <cstddef>
#include <cstdint>
#include <limits>

#include "kernels/target.h"

namespace pawl::kernels {

// The identity of merging: without any finite value min is +Inf and max is -Inf.
struct Range {
  float min = std::numeric_limits<float>::infinity();
  float max = -std::numeric_limits<float>::infinity();
  uint64_t nan_count = 0;
  uint64_t inf_count = 0;
};
Range MinMax(Target target, const float* x, size_t n);

// Largest |x| of the finite values, +0 without any.
float AbsMax(Target target, const float* x, size_t n);

// For each group of `size` (> 0) consecutive columns, the last may be short: min and max as above.
// Returns how many of the n values are not finite.
uint64_t MinMaxGroups(Target target, const float* x, size_t n, size_t size, float* mins,
                      float* maxs);
// AbsMax of each group. Returns how many of the n values are not finite.
uint64_t AbsMaxGroups(Target target, const float* x, size_t n, size_t size, float* abs_maxs);

// Folds row-major x [rows, cols], rows `stride` elements apart, into mins[cols] and maxs[cols],
// which the caller starts at +Inf and -Inf. Returns how many values are not finite.
uint64_t MinMaxColumns(Target target, const float* x, size_t rows, size_t cols, size_t stride,
                       float* mins, float* maxs);

namespace reference {
Range MinMax(const float* x, size_t n);
float AbsMax(const float* x, size_t n);
uint64_t MinMaxGroups(const float* x, size_t n, size_t size, float* mins, float* maxs);
uint64_t AbsMaxGroups(const float* x, size_t n, size_t size, float* abs_maxs);
uint64_t MinMaxColumns(const float* x, size_t rows, size_t cols, size_t stride, float* mins,
                       float* maxs);
}  // namespace reference

}  // namespace pawl::kernels

#endif  // PAWL_KERNELS_MIN_MAX_H_
