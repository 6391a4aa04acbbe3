// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>

#include "kernels/requantize.h"

namespace pawl::kernels::reference {

void RequantizeRows(const int32_t* sums, const RequantizeShape& shape, const RequantizeParams& p,
                    uint8_t* codes) {
  for (size_t r = 0; r < shape.rows; ++r, sums += shape.stride, codes += shape.codes_stride) {
    for (size_t i = 0; i < shape.n; ++i) {
      const int32_t sum = requantize_internal::Saturate32(int64_t{sums[i]} + p.bias[i]);
      const FixedPointMultiplier multiplier{p.multipliers[i], p.shifts[i]};
      const int64_t code = int64_t{Requantize(sum, multiplier, p.rounding)} + p.zero;
      codes[i] = static_cast<uint8_t>(std::clamp<int64_t>(code, p.low, p.high));
    }
  }
}

}  // namespace pawl::kernels::reference
