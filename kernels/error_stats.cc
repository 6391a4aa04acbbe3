// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/error_stats.h"

// Arrays of vectors.
#define PAWL_FIXED_SIZE_VECTORS
#include "kernels/simd_avx3.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/error_stats.cc"
#include "hwy/foreach_target.h"
// foreach_target.h first
#include "kernels/error_stats-inl.h"

#if HWY_ONCE
#include "kernels/dispatch.h"

namespace pawl::kernels {

PAWL_EXPORT(ErrorStats);

ErrorSums ErrorStats(Target target, const float* a, const float* b, size_t n) {
  return PAWL_DISPATCH(target, ErrorStats)(a, b, n);
}

}  // namespace pawl::kernels
#endif  // HWY_ONCE
