// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/min_max.h"

// Arrays of vectors.
#define PAWL_FIXED_SIZE_VECTORS
#include "kernels/simd_avx3.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/min_max.cc"
#include "hwy/foreach_target.h"
// foreach_target.h first
#include "kernels/min_max-inl.h"

#if HWY_ONCE
#include "kernels/dispatch.h"

namespace pawl::kernels {

PAWL_EXPORT(MinMax);
PAWL_EXPORT(AbsMax);
PAWL_EXPORT(MinMaxGroups);
PAWL_EXPORT(AbsMaxGroups);
PAWL_EXPORT(MinMaxColumns);

Range MinMax(Target target, const float* x, size_t n) {
  return PAWL_DISPATCH(target, MinMax)(x, n);
}

float AbsMax(Target target, const float* x, size_t n) {
  return PAWL_DISPATCH(target, AbsMax)(x, n);
}

uint64_t MinMaxGroups(Target target, const float* x, size_t n, size_t size, float* mins,
                      float* maxs) {
  return PAWL_DISPATCH(target, MinMaxGroups)(x, n, size, mins, maxs);
}

uint64_t AbsMaxGroups(Target target, const float* x, size_t n, size_t size, float* abs_maxs) {
  return PAWL_DISPATCH(target, AbsMaxGroups)(x, n, size, abs_maxs);
}

uint64_t MinMaxColumns(Target target, const float* x, size_t rows, size_t cols, size_t stride,
                       float* mins, float* maxs) {
  return PAWL_DISPATCH(target, MinMaxColumns)(x, rows, cols, stride, mins, maxs);
}

}  // namespace pawl::kernels
#endif  // HWY_ONCE
