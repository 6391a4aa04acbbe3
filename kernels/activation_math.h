// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The elementary functions behind activations.h and elementary.h: what their references and kernels
// share, and the reference's steps.
//
// Everything is f64, by +, -, *, / alone and never fused, so that every target gives the same bits.
// Polynomials are given lowest power first; their errors are relative and hold on the whole range.

#ifndef PAWL_KERNELS_ACTIVATION_MATH_H_
#define PAWL_KERNELS_ACTIVATION_MATH_H_

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace pawl::kernels::activation {

// exp(x) = 2^k (1 + p), p = exp(r) - 1 = r E(r), r = x - k ln 2, |r| <= ln(2) / 2. Adding kShift
// rounds to an integer and leaves it in the last bits; ln 2 comes in two parts, the first with 33
// bits so that k times it is exact.
inline constexpr double kLog2E = 1.44269504088896340736;
inline constexpr double kShift = 0x1.8p52;
inline constexpr double kLn2High = 0x1.62e42feep-1;
inline constexpr double kLn2Low = 0x1.a39ef35793c76p-33;
inline constexpr double kLargestExponent = 700.0;  // 2^k stays a normal number
// 2^-37.
inline constexpr double kExpM1[] = {
    0x1.fffffffff641bp-1, 0x1.000000001a8b6p-1,  0x1.5555557e23b40p-3,  0x1.555554f2ec686p-5,
    0x1.1110a68bb5169p-7, 0x1.6c175b3a79877p-10, 0x1.a17d63751ba5ep-13, 0x1.a019d756a751cp-16};

// erfc(t) = exp(-t^2) q S(1 - 6 q), q = 1 / (t + 3), 0 <= t <= 10.7. 2^-34.3.
inline constexpr double kErfcEnd = 10.65;
inline constexpr double kErfc[] = {
    0x1.12f21ddd9e6a2p+0,   -0x1.c44c47233e0e0p-1,  0x1.2e32694b8a7b1p-1,   -0x1.3deb1e389f061p-2,
    0x1.e995ee7beaa14p-4,   -0x1.b78c59453aabep-6,  -0x1.3ddf3ac83accep-10, 0x1.8e35a07ad1d20p-9,
    -0x1.1e0402ee4fde9p-11, -0x1.2d852ad7aa328p-12, 0x1.905a0151f7f67p-14,  0x1.4a456535eabc7p-15};
// erf(t) = t P(t^2), 0 <= t < 1. 2^-34.8.
inline constexpr double kErf[] = {
    0x1.20dd7504007d8p+0, -0x1.8127465fb95f2p-2,  0x1.ce2f0798a718ap-4,  -0x1.b829a7a54354ap-6,
    0x1.5628ede928fafp-8, -0x1.bcbe9a41266e0p-11, 0x1.d826907be5fdep-14, -0x1.4384020696991p-17};

inline constexpr double kTanhEnd = 40.0;  // tanh is 1 beyond
inline constexpr double kInverseSqrt2 = 0.70710678118654752440;
inline constexpr double kGeluTanhOuter = 1.59576912160573071176;  // 2 sqrt(2/pi)
inline constexpr double kGeluTanhInner = 0.044715;

template <size_t kCount>
double Polynomial(const double (&coefficients)[kCount], double x) {
  double sum = coefficients[kCount - 1];
  for (size_t i = kCount - 1; i-- > 0;) sum = sum * x + coefficients[i];
  return sum;
}

// exp(x) = power * minus_one + power, for |x| up to kLargestExponent.
struct ExpParts {
  double power, minus_one;

  explicit ExpParts(double x) {
    const double shifted = x * kLog2E + kShift;
    const double k = shifted - kShift;
    const double r = (x - k * kLn2High) - k * kLn2Low;
    minus_one = r * Polynomial(kExpM1, r);
    power = std::bit_cast<double>((std::bit_cast<uint64_t>(shifted) << 52) +
                                  std::bit_cast<uint64_t>(1.0));
  }
  double Exp() const { return power * minus_one + power; }
};

inline double Clamped(double x) { return std::clamp(x, -kLargestExponent, kLargestExponent); }

// 0 <= t <= kErfcEnd.
inline double Erfc(double t) {
  const double q = 1.0 / (t + 3.0);
  return ExpParts(-(t * t)).Exp() * (q * Polynomial(kErfc, 1.0 - 6.0 * q));
}

}  // namespace pawl::kernels::activation

#endif  // PAWL_KERNELS_ACTIVATION_MATH_H_
