// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// ErrorStats: how far a decoded array b is from its original a.
//
// Sums in f64 (each product, difference and addition rounded once, no fused multiply-add) in one
// fixed order: 8 lanes start at +0, lane l adds elements l, l+8, l+16 ...; then lanes l and l+4 are
// added for l < 4, then l and l+2, l+1. max_error ignores differences that are NaN; the sums do
// not.
//
// Pointers need no alignment, n may be 0. Pure, thread-safe; assumes the floating-point environment
// that FloatEnvironment (float_env.h) sets.

#ifndef PAWL_KERNELS_ERROR_STATS_H_
#define PAWL_KERNELS_ERROR_STATS_H_

#include <cstddef>

#include "kernels/target.h"

namespace pawl::kernels {

struct ErrorSums {
  double aa = 0.0;         // sum of a*a
  double bb = 0.0;         // sum of b*b
  double ab = 0.0;         // sum of a*b
  double error = 0.0;      // sum of (a-b)^2
  double max_error = 0.0;  // max of |a-b|
};
ErrorSums ErrorStats(Target target, const float* a, const float* b, size_t n);

namespace reference {
ErrorSums ErrorStats(const float* a, const float* b, size_t n);
}  // namespace reference

}  // namespace pawl::kernels

#endif  // PAWL_KERNELS_ERROR_STATS_H_
