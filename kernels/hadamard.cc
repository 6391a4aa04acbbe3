// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/hadamard.h"

#include "kernels/simd_avx3.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/hadamard.cc"
#include "hwy/foreach_target.h"
// foreach_target.h first
#include "kernels/hadamard-inl.h"

#if HWY_ONCE
#include "kernels/dispatch.h"

namespace pawl::kernels {

PAWL_EXPORT(RotateBlocks);

void RotateBlocks(Target target, const int8_t* signs, size_t n, size_t block, float norm,
                  float* x) {
  PAWL_DISPATCH(target, RotateBlocks)(signs, n, block, norm, x);
}

}  // namespace pawl::kernels
#endif  // HWY_ONCE
