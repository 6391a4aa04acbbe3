// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PAWL_LIB_METHODS_POWER_H_
#define PAWL_LIB_METHODS_POWER_H_

#include <bit>
#include <cstdint>

namespace pawl {

// base^exponent for a normal base > 0 and a result that is normal, too; 0 for a base of 0 or below.
// By +, -, *, / alone in one order, since pow differs in its last bits between C libraries; the
// relative error is below 1e-11.
inline double FixedPower(double base, double exponent) {
  if (!(base > 0.0)) return 0.0;
  // base = m * 2^e, m in [sqrt(1/2), sqrt(2)).
  const auto bits = std::bit_cast<uint64_t>(base);
  auto e = static_cast<int64_t>(bits >> 52) - 1023;
  double m = std::bit_cast<double>((bits & 0xFFFFFFFFFFFFFu) | 0x3FF0000000000000u);
  if (m > 1.4142135623730951) m *= 0.5, ++e;
  // ln m = 2 artanh t, by its series.
  const double t = (m - 1.0) / (m + 1.0), tt = t * t;
  double sum = 1.0 / 17.0;
  for (const double term :
       {1.0 / 15.0, 1.0 / 13.0, 1.0 / 11.0, 1.0 / 9.0, 1.0 / 7.0, 1.0 / 5.0, 1.0 / 3.0, 1.0}) {
    sum = sum * tt + term;
  }
  constexpr double kLn2 = 0.69314718055994531;
  const double log2 = (2.0 * t * sum) / kLn2 + static_cast<double>(e);
  double power = exponent * log2;
  if (power < -1000.0) power = -1000.0;
  if (power > 1000.0) power = 1000.0;
  auto whole = static_cast<int64_t>(power);
  if (power - static_cast<double>(whole) > 0.5) ++whole;
  if (power - static_cast<double>(whole) < -0.5) --whole;
  const double z = (power - static_cast<double>(whole)) * kLn2;  // |z| < 0.35
  double exp = 1.0;
  for (int i = 13; i > 0; --i) exp = 1.0 + exp * z / static_cast<double>(i);
  return exp * std::bit_cast<double>(static_cast<uint64_t>(whole + 1023) << 52);
}

}  // namespace pawl

#endif  // PAWL_LIB_METHODS_POWER_H_
