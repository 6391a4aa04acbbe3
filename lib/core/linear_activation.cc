// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/core/linear_activation.h"

#include <cstddef>

#include "kernels/activations.h"

namespace pawl {
namespace {

using kernels::ActivationKind;

ActivationKind KindOf(FusedActivation activation) {
  switch (activation) {
    case FusedActivation::kNone:
    case FusedActivation::kRelu:
      return ActivationKind::kRelu;
    case FusedActivation::kRelu6:
      return ActivationKind::kRelu6;
    case FusedActivation::kSilu:
      return ActivationKind::kSilu;
    case FusedActivation::kGelu:
      return ActivationKind::kGelu;
    case FusedActivation::kGeluTanh:
      return ActivationKind::kGeluTanh;
    case FusedActivation::kHardSwish:
      return ActivationKind::kHardSwish;
  }
  return ActivationKind::kRelu;
}

}  // namespace

void ApplyActivation(FusedActivation activation, float* values, int64_t count,
                     kernels::Target target) {
  if (activation == FusedActivation::kNone) return;
  kernels::Activate(target, KindOf(activation), values, static_cast<size_t>(count), values);
}

}  // namespace pawl
