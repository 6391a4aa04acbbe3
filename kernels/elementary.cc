// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/elementary.h"

#include "kernels/simd_fma.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/elementary.cc"
#include "hwy/foreach_target.h"
// foreach_target.h first
#include "kernels/elementary-inl.h"

#if HWY_ONCE
#include "kernels/dispatch.h"

namespace pawl::kernels {

PAWL_EXPORT(Elementary);

void Elementary(Target target, ElementaryKind kind, const float* x, size_t n, float* y) {
  PAWL_DISPATCH(target, Elementary)(kind, x, n, y);
}

}  // namespace pawl::kernels
#endif  // HWY_ONCE
