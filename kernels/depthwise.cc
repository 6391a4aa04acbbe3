// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/depthwise.h"

// Arrays of vectors.
#define PAWL_FIXED_SIZE_VECTORS
#include "kernels/simd_avx3.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/depthwise.cc"
#include "hwy/foreach_target.h"
// foreach_target.h first
#include "kernels/depthwise-inl.h"

#if HWY_ONCE
#include "kernels/dispatch.h"

namespace pawl::kernels {

PAWL_EXPORT(DepthwiseI8);
PAWL_EXPORT(DepthwiseF32);

void DepthwiseI8(Target target, const DepthwiseShape& shape, const int8_t* x, const int16_t* w,
                 const int32_t* start, int32_t* out) {
  PAWL_DISPATCH(target, DepthwiseI8)(shape, x, w, start, out);
}

void DepthwiseF32(Target target, const DepthwiseShape& shape, const float* x, const float* w,
                  float* out) {
  PAWL_DISPATCH(target, DepthwiseF32)(shape, x, w, out);
}

}  // namespace pawl::kernels
#endif  // HWY_ONCE
