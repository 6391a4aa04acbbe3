// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/core/linear_activation.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace pawl {
namespace {

// Logistic function of x.
double Sigmoid(double x) { return 1.0 / (1.0 + PortableExp(-x)); }

// erfc(t) for t >= 3 by its continued fraction t + (1/2)/(t + (2/2)/(t + (3/2)/(t + ...))).
double ErfcTail(double t) {
  constexpr double kInverseSqrtPi = 0.56418958354775628695;
  double tail = t;
  for (int i = 60; i >= 1; --i) tail = t + 0.5 * i / tail;
  return PortableExp(-t * t) * kInverseSqrtPi / tail;
}

// erf(t) for 0 <= t < 3: 2/sqrt(pi) exp(-t^2) * sum over n of 2^n t^(2n+1) / (1 3 5 ... (2n+1)).
double ErfSeries(double t) {
  constexpr double kTwoOverSqrtPi = 1.12837916709551257390;
  double term = t;
  double sum = t;
  for (int n = 1; n < 100 && term > 1e-18 * sum; ++n) {
    term *= 2.0 * t * t / (2 * n + 1);
    sum += term;
  }
  return kTwoOverSqrtPi * PortableExp(-t * t) * sum;
}

float Relu(float v) { return v < 0.0f ? 0.0f : v; }
float Relu6(float v) { return v < 0.0f ? 0.0f : v > 6.0f ? 6.0f : v; }

float Silu(float v) {
  // -inf * 0 would be NaN.
  if (v < -700.0f) return -0.0f;
  return static_cast<float>(v * Sigmoid(v));
}

float Gelu(float v) {
  if (v < -700.0f) return -0.0f;
  return static_cast<float>(v * PortablePhi(v));
}

float GeluTanh(float v) {
  if (v < -700.0f) return -0.0f;
  constexpr double kTwoSqrtTwoOverPi = 1.59576912160573071176;
  const double x = v;
  return static_cast<float>(x * Sigmoid(kTwoSqrtTwoOverPi * (x + 0.044715 * x * x * x)));
}

float HardSwish(float v) {
  if (v <= -3.0f) return 0.0f;
  return v >= 3.0f ? v : v * (v + 3.0f) / 6.0f;
}

template <typename Fn>
void Map(Fn fn, float* values, int64_t count) {
  for (int64_t i = 0; i < count; ++i) values[i] = fn(values[i]);
}

}  // namespace

double PortableExp(double x) {
  if (x != x) return x;
  constexpr double kLog2E = 1.44269504088896340736;
  // ln 2 in two parts; the first has 33 bits, so that n times it is exact.
  constexpr double kLn2High = 0x1.62e42feep-1;
  constexpr double kLn2Low = 0x1.a39ef35793c76p-33;
  x = std::clamp(x, -700.0, 700.0);
  const double n = std::floor(x * kLog2E + 0.5);
  const double r = (x - n * kLn2High) - n * kLn2Low;
  // Taylor to r^14, |r| <= ln(2)/2.
  double sum = 1.0;
  for (int i = 14; i >= 1; --i) sum = 1.0 + sum * r / i;
  return sum * std::bit_cast<double>(static_cast<uint64_t>(static_cast<int64_t>(n) + 1023) << 52);
}

double PortablePhi(double x) {
  constexpr double kInverseSqrt2 = 0.70710678118654752440;
  const double t = std::fabs(x) * kInverseSqrt2;
  if (!(t >= 3.0)) return 0.5 + (x < 0.0 ? -0.5 : 0.5) * ErfSeries(t);
  const double half = 0.5 * ErfcTail(t);
  return x < 0.0 ? half : 1.0 - half;
}

void ApplyActivation(FusedActivation activation, float* values, int64_t count) {
  switch (activation) {
    case FusedActivation::kNone:
      return;
    case FusedActivation::kRelu:
      return Map(Relu, values, count);
    case FusedActivation::kRelu6:
      return Map(Relu6, values, count);
    case FusedActivation::kSilu:
      return Map(Silu, values, count);
    case FusedActivation::kGelu:
      return Map(Gelu, values, count);
    case FusedActivation::kGeluTanh:
      return Map(GeluTanh, values, count);
    case FusedActivation::kHardSwish:
      return Map(HardSwish, values, count);
  }
}

}  // namespace pawl
