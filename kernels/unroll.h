// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Before a loop of constant trip count over an array of vectors, which must end up in registers.

#ifndef PAWL_KERNELS_UNROLL_H_
#define PAWL_KERNELS_UNROLL_H_

#if defined(__clang__)
#define PAWL_UNROLL _Pragma("unroll")
#elif defined(__GNUC__)
#define PAWL_UNROLL _Pragma("GCC unroll 16")
#else
#define PAWL_UNROLL
#endif

#endif  // PAWL_KERNELS_UNROLL_H_
