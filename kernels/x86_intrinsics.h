// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What kernels written with x86-64's own intrinsics begin with; empty on other machines.

#ifndef PAWL_KERNELS_X86_INTRINSICS_H_
#define PAWL_KERNELS_X86_INTRINSICS_H_

#if defined(__x86_64__)
#if defined(__GNUC__) && !defined(__clang__)
// GCC 12 suspects the operands that its own intrinsics leave undefined on purpose.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include <immintrin.h>

// Before a loop of constant trip count over an array of vectors, as in kernels/simd.h.
#if defined(__clang__)
#define PAWL_UNROLL _Pragma("unroll")
#elif defined(__GNUC__)
#define PAWL_UNROLL _Pragma("GCC unroll 16")
#else
#define PAWL_UNROLL
#endif
#endif  // x86-64

#endif  // PAWL_KERNELS_X86_INTRINSICS_H_
