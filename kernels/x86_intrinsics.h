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

#include "kernels/unroll.h"
#endif  // x86-64

#endif  // PAWL_KERNELS_X86_INTRINSICS_H_
