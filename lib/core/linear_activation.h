// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Fused activations of a linear layer, with their own exponential and error function: the C
// library's differ from one machine to the next.

#ifndef PAWL_LIB_CORE_LINEAR_ACTIVATION_H_
#define PAWL_LIB_CORE_LINEAR_ACTIVATION_H_

#include <cstdint>

#include "pawl/linear.h"

namespace pawl {

// exp(x) to about 1e-15 relative for |x| <= 700, clamped beyond; NaN gives NaN.
double PortableExp(double x);

// The distribution function of the standard normal, to about 1e-10 relative while above 1e-300.
double PortablePhi(double x);

// In place. silu, gelu and gelu_tanh are computed in double and rounded once. NaN stays NaN.
void ApplyActivation(FusedActivation activation, float* values, int64_t count);

}  // namespace pawl

#endif  // PAWL_LIB_CORE_LINEAR_ACTIVATION_H_
