// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Which of Highway's targets are compiled. Every source with kernels includes this before anything
// of Highway's; nothing else may.

#ifndef PAWL_KERNELS_SIMD_H_
#define PAWL_KERNELS_SIMD_H_

#include "kernels/unroll.h"

#ifdef HIGHWAY_HWY_BASE_H_
#error "kernels/simd.h must come before Highway's headers"
#endif

// Also the targets below what the compiler may assume (-march=native), so that each can be forced.
#define HWY_COMPILE_ALL_ATTAINABLE

#ifndef HWY_WANT_AVX3_DL
#define HWY_WANT_AVX3_DL
#endif

// Highway's scalar target gives way to the reference kernels, EMU128 stays only where there is
// nothing else, and NEON (with AES, which no kernel uses) is the same as NEON_WITHOUT_AES.
// Kernels that keep arrays of vectors ask for targets of known vector size; Select() then gives the
// NEON version to a caller that wants SVE.
#if defined(__x86_64__) || defined(__aarch64__)
#define PAWL_DISABLED_FALLBACKS (HWY_SCALAR | HWY_EMU128 | HWY_NEON)
#else
#define PAWL_DISABLED_FALLBACKS HWY_SCALAR
#endif
#ifdef PAWL_FIXED_SIZE_VECTORS
#define PAWL_DISABLED_SIZES HWY_ALL_SVE
#else
#define PAWL_DISABLED_SIZES 0
#endif
// No copies for targets whose new instructions no kernel uses: Select() gives those the next lower
// one. target.cc alone needs the whole list.
#ifdef PAWL_ALL_TARGETS
#define PAWL_DISABLED_COPIES 0
#elif defined(PAWL_FEW_TARGETS)  // builds that must be quick, for fuzzing: no neighbours
#define PAWL_DISABLED_COPIES \
  (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3 | HWY_AVX3_ZEN4 | HWY_AVX3_SPR | HWY_NEON_BF16)
#else
#define PAWL_DISABLED_COPIES (HWY_SSSE3 | HWY_AVX3_ZEN4 | HWY_AVX3_SPR | HWY_NEON_BF16)
#endif
#define HWY_DISABLED_TARGETS (PAWL_DISABLED_FALLBACKS | PAWL_DISABLED_SIZES | PAWL_DISABLED_COPIES)

// First line of a kernel: Highway insists on compiling SSE2, but CPUs that know nothing later are
// so few that they run the reference of the larger families, for 70 KB less of code.
#define PAWL_SSE2_RUNS(call) \
  if (HWY_TARGET == HWY_SSE2) return reference::call

#endif  // PAWL_KERNELS_SIMD_H_
