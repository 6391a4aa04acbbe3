// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/elementwise_f32.h"

#include "kernels/simd_fma.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/elementwise_f32.cc"
#include "hwy/foreach_target.h"
// foreach_target.h first
#include "kernels/elementwise_f32-inl.h"

#if HWY_ONCE
#include "kernels/dispatch.h"

namespace pawl::kernels {

PAWL_EXPORT(BinaryF32);
PAWL_EXPORT(UnaryF32);

void BinaryF32(Target target, BinaryKind kind, const float* a, size_t a_step, const float* b,
               size_t b_step, size_t n, float* out) {
  PAWL_DISPATCH(target, BinaryF32)(kind, a, a_step, b, b_step, n, out);
}

void UnaryF32(Target target, UnaryKind kind, float p, float q, const float* x, size_t n,
              float* out) {
  PAWL_DISPATCH(target, UnaryF32)(kind, p, q, x, n, out);
}

}  // namespace pawl::kernels
#endif  // HWY_ONCE
