// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Fused activations of layers.

#ifndef PAWL_LIB_CORE_LINEAR_ACTIVATION_H_
#define PAWL_LIB_CORE_LINEAR_ACTIVATION_H_

#include <cstdint>

#include "kernels/target.h"
#include "pawl/linear.h"

namespace pawl {

// In place, as kernels/activations.h defines them.
void ApplyActivation(FusedActivation activation, float* values, int64_t count,
                     kernels::Target target = kernels::BestTarget());

}  // namespace pawl

#endif  // PAWL_LIB_CORE_LINEAR_ACTIVATION_H_
