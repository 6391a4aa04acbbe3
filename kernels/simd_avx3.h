// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// simd.h for families that nothing helps of what AVX-512 gained after its first version.

#ifndef PAWL_KERNELS_SIMD_AVX3_H_
#define PAWL_KERNELS_SIMD_AVX3_H_

#include "kernels/simd.h"

#undef PAWL_DISABLED_COPIES
#define PAWL_DISABLED_COPIES \
  (HWY_SSSE3 | HWY_AVX3_DL | HWY_AVX3_ZEN4 | HWY_AVX3_SPR | HWY_NEON_BF16)

#endif  // PAWL_KERNELS_SIMD_AVX3_H_
