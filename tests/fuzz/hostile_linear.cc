// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "hostile_linear.h"

#include <vector>

namespace pawl::fuzz {

LinearOptions HostileLinearOptions(Input& input, int64_t n) {
  LinearOptions o;
  o.mode = static_cast<LinearMode>(input.Int(0, 3));
  o.activation_groups =
      input.Bool() ? ActivationScale::kPerTokenAndGroup : ActivationScale::kPerToken;
  o.activation = static_cast<FusedActivation>(input.Rarely() ? input.Int(0, 6) : 0);
  o.round_levels = input.Bool();
  constexpr DType kCodes[] = {DType::kI8, DType::kU8, DType::kI16};
  o.activation_dtype = input.Pick(kCodes);
  o.activation_scale = input.Rarely() ? input.Float() : 0.02f;
  o.activation_zero_point =
      static_cast<int32_t>(o.activation_dtype == DType::kI16 ? 0 : input.Int(0, 127));
  o.output_dtype = o.activation_dtype;
  o.output_scale = input.Rarely() ? input.Float() : 0.1f;
  o.output_zero_point = o.activation_zero_point;
  if (input.Bool()) {
    std::vector<float> bias(static_cast<size_t>(n));
    for (float& value : bias) value = input.Float();
    o.bias = *Tensor::FromValues<float>({n}, bias);
  }
  return o;
}

}  // namespace pawl::fuzz
