// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// simd.h for families of fused multiply-adds in f32. Levels without the instruction run the
// reference, so of those only the one that Highway insists on is compiled; and nothing that
// AVX-512 gained after its first version helps.

#ifndef PAWL_KERNELS_SIMD_FMA_H_
#define PAWL_KERNELS_SIMD_FMA_H_

// Arrays of vectors.
#define PAWL_FIXED_SIZE_VECTORS
#include "kernels/simd.h"

#undef PAWL_DISABLED_COPIES
#define PAWL_DISABLED_COPIES \
  (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL | HWY_AVX3_ZEN4 | HWY_AVX3_SPR | HWY_NEON_BF16)

#endif  // PAWL_KERNELS_SIMD_FMA_H_
