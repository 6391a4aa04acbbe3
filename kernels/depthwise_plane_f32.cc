// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/depthwise_plane_f32.h"

#include "kernels/simd_fma.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/depthwise_plane_f32.cc"
#include "hwy/foreach_target.h"
// foreach_target.h first
#include "kernels/depthwise_plane_f32-inl.h"

#if HWY_ONCE
#include "kernels/dispatch.h"

namespace pawl::kernels {

PAWL_EXPORT(DepthwisePlaneF32);
PAWL_EXPORT(PadRowsF32);

void DepthwisePlaneF32(Target target, const float* in, const float* w, const DepthwisePlane& shape,
                       float* out) {
  PAWL_DISPATCH(target, DepthwisePlaneF32)(in, w, shape, out);
}

void PadRowsF32(Target target, const float* from, const PaddedRows& shape, float* to) {
  PAWL_DISPATCH(target, PadRowsF32)(from, shape, to);
}

}  // namespace pawl::kernels
#endif  // HWY_ONCE
