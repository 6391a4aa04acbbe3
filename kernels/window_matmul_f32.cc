// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/window_matmul_f32.h"

#include "kernels/simd_fma.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/window_matmul_f32.cc"
#include "hwy/foreach_target.h"
// foreach_target.h first
#include "kernels/window_matmul_f32-inl.h"

#if HWY_ONCE
#include "kernels/dispatch.h"

namespace pawl::kernels {

PAWL_EXPORT(MatMulWindowsF32);

void MatMulWindowsF32(Target target, const WindowWeightsF32& w, const float* x,
                      const WindowPlaces& places, float* out, size_t out_stride) {
  PAWL_DISPATCH(target, MatMulWindowsF32)(w, x, places, out, out_stride);
}

}  // namespace pawl::kernels
#endif  // HWY_ONCE
