// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PAWL_LIB_METHODS_TRIANGULAR_H_
#define PAWL_LIB_METHODS_TRIANGULAR_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "pawl/context.h"

namespace pawl {

// Cholesky factor in place: the upper triangle of `a` [n, n], row-major, becomes U with U^T U = a.
//
//   a[i, l] = fma(-U[k, i], U[k, l], a[i, l])   for k = 0 .. i-1 in this order, i <= l
//   U[i, i] = sqrt(a[i, i]),  U[i, l] = a[i, l] / U[i, i]
//
// so blocks do not show in the result. Below the diagonal `a` is overwritten with anything.
// Returns n, or the first i whose a[i, i] is not above 1e-12 of what it was at first: no factor
// exists, or f64 does not see it. Errors: Cancelled, ResourceExhausted.
absl::StatusOr<int64_t> FactorUpper(double* a, int64_t n, Context* context);

}  // namespace pawl

#endif  // PAWL_LIB_METHODS_TRIANGULAR_H_
