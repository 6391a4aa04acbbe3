// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/activations.h"

#include "kernels/simd_fma.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/activations.cc"
#include "hwy/foreach_target.h"
// foreach_target.h first
#include "kernels/activations-inl.h"

#if HWY_ONCE
#include "kernels/dispatch.h"

namespace pawl::kernels {

PAWL_EXPORT(Activate);

void Activate(Target target, ActivationKind kind, const float* x, size_t n, float* y) {
  PAWL_DISPATCH(target, Activate)(kind, x, n, y);
}

}  // namespace pawl::kernels
#endif  // HWY_ONCE
