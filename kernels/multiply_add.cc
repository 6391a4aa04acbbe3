// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/multiply_add.h"

#include "kernels/simd_avx3.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/multiply_add.cc"
#include "hwy/foreach_target.h"
// foreach_target.h first
#include "kernels/multiply_add-inl.h"

#if HWY_ONCE
#include "kernels/dispatch.h"

namespace pawl::kernels {

PAWL_EXPORT(MultiplyAdd);
PAWL_EXPORT(ScaleAndAdd);

void MultiplyAdd(Target target, const float* a, const float* b, size_t n, float* sum) {
  PAWL_DISPATCH(target, MultiplyAdd)(a, b, n, sum);
}

void ScaleAndAdd(Target target, const float* a, float scale, const float* bias, size_t n,
                 float* out) {
  PAWL_DISPATCH(target, ScaleAndAdd)(a, scale, bias, n, out);
}

}  // namespace pawl::kernels
#endif  // HWY_ONCE
