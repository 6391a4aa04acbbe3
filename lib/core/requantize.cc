// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/requantize.h"

#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace pawl {

absl::StatusOr<FixedPointMultiplier> MakeFixedPointMultiplier(double real) {
  if (!(real >= 0.0) || !std::isfinite(real)) {
    return absl::InvalidArgumentError(
        absl::StrCat("a requantization multiplier must be finite and not negative, not ", real));
  }
  if (real == 0.0) return FixedPointMultiplier{};
  int exponent = 0;
  const double fraction = std::frexp(real, &exponent);
  // fraction * 2^31 is below 2^53, so adding a half and cutting is exact rounding.
  auto multiplier = static_cast<int64_t>(std::ldexp(fraction, 31) + 0.5);
  if (multiplier == int64_t{1} << 31) {
    multiplier /= 2;
    ++exponent;
  }
  if (exponent < -31) return FixedPointMultiplier{};
  if (exponent > 30) return FixedPointMultiplier{INT32_MAX, 30};
  return FixedPointMultiplier{static_cast<int32_t>(multiplier), exponent};
}

}  // namespace pawl
