// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Fixed-point requantization: an integer accumulator times a positive real number, in integer
// arithmetic only, as gemmlowp and ruy define it and TFLite's int8 models expect it.

#ifndef PAWL_INCLUDE_PAWL_REQUANTIZE_H_
#define PAWL_INCLUDE_PAWL_REQUANTIZE_H_

#include <cstdint>

#include "absl/status/statusor.h"

namespace pawl {

// The number multiplier * 2^(shift - 31). multiplier is 0 or in [2^30, 2^31); shift in [-31, 30].
struct FixedPointMultiplier {
  int32_t multiplier = 0;
  int32_t shift = 0;

  friend bool operator==(const FixedPointMultiplier&, const FixedPointMultiplier&) = default;
};

// Values are part of the C ABI: never renumber.
enum class RequantizeRounding : uint8_t {
  kClassic = 0,  // gemmlowp: round the doubled high product, then round the shift: twice
  kSingle = 1,   // ruy: one rounding, half up
};

// The nearest fixed-point number, half away from zero as TFLite. Below 2^-32 or so the result is
// zero; at 2^30 and above it saturates at the largest.
// Errors: InvalidArgument for a negative number or one that is not finite.
absl::StatusOr<FixedPointMultiplier> MakeFixedPointMultiplier(double real);

// True where multiplier and shift are in the ranges above; the functions below ask for it.
constexpr bool IsValid(const FixedPointMultiplier& m) {
  return m.multiplier >= 0 && m.shift >= -31 && m.shift <= 30;
}

namespace requantize_internal {

constexpr int32_t Saturate32(int64_t value) {
  return value > INT32_MAX   ? INT32_MAX
         : value < INT32_MIN ? INT32_MIN
                             : static_cast<int32_t>(value);
}

// (2 a b) / 2^32 rounded half away from zero; only INT32_MIN squared saturates.
constexpr int32_t RoundedHighMultiply(int32_t a, int32_t b) {
  if (a == INT32_MIN && b == INT32_MIN) return INT32_MAX;
  const int64_t product = static_cast<int64_t>(a) * b;
  const int64_t nudge = product >= 0 ? int64_t{1} << 30 : 1 - (int64_t{1} << 30);
  return static_cast<int32_t>((product + nudge) / (int64_t{1} << 31));
}

// x / 2^exponent rounded half away from zero, exponent in [0, 31].
constexpr int32_t RoundedShift(int32_t x, int exponent) {
  const int64_t mask = (int64_t{1} << exponent) - 1;
  const int64_t wide = x;
  const int64_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return static_cast<int32_t>((wide >> exponent) + ((wide & mask) > threshold ? 1 : 0));
}

}  // namespace requantize_internal

// acc * m, rounded; results and, in classic rounding, left-shifted accumulators that do not fit
// saturate.
constexpr int32_t Requantize(int32_t acc, FixedPointMultiplier m, RequantizeRounding rounding) {
  if (rounding == RequantizeRounding::kSingle) {
    const int total_shift = 31 - m.shift;
    const int64_t product = static_cast<int64_t>(acc) * m.multiplier;
    const int64_t rounded = (product + (int64_t{1} << (total_shift - 1))) >> total_shift;
    return requantize_internal::Saturate32(rounded);
  }
  const int left = m.shift > 0 ? m.shift : 0;
  const int right = m.shift > 0 ? 0 : -m.shift;
  const int32_t shifted =
      requantize_internal::Saturate32(static_cast<int64_t>(acc) * (int64_t{1} << left));
  return requantize_internal::RoundedShift(
      requantize_internal::RoundedHighMultiply(shifted, m.multiplier), right);
}

// The form for 64-bit accumulators of int16 activations, as TFLite's 16x8 operators: the multiplier
// is first rounded to 16 bits, then there is one rounding, half up. Accumulators beyond
// [-2^47, 2^47) and results beyond 32 bits saturate. m.shift must not exceed 14.
constexpr int32_t RequantizeWide(int64_t acc, FixedPointMultiplier m) {
  constexpr int64_t kLimit = int64_t{1} << 47;
  acc = acc >= kLimit ? kLimit - 1 : acc < -kLimit ? -kLimit : acc;
  const int64_t reduced =
      m.multiplier < 0x7FFF0000 ? (static_cast<int64_t>(m.multiplier) + (1 << 15)) >> 16 : 0x7FFF;
  const int total_shift = 15 - m.shift;
  const int64_t rounded = (acc * reduced + (int64_t{1} << (total_shift - 1))) >> total_shift;
  return requantize_internal::Saturate32(rounded);
}

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_REQUANTIZE_H_
