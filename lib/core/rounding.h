// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PAWL_LIB_CORE_ROUNDING_H_
#define PAWL_LIB_CORE_ROUNDING_H_

#include <cmath>

namespace pawl {

// Half to even whatever the rounding mode.
inline double RoundHalfEven(double x) {
  const double low = std::floor(x);
  const double rest = x - low;
  const bool odd = std::fmod(low, 2.0) != 0.0;
  return rest > 0.5 || (rest == 0.5 && odd) ? low + 1.0 : low;
}

}  // namespace pawl

#endif  // PAWL_LIB_CORE_ROUNDING_H_
