// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cmath>

#include "kernels/activation_math.h"
#include "kernels/activations.h"

namespace pawl::kernels::reference {
namespace {

using activation::Clamped;
using activation::kErfcEnd;
using activation::kLargestExponent;

// A finite factor, so that -inf times zero is a zero.
double Above(double x) { return std::max(x, -kLargestExponent); }

// numerator / (1 + exp(-z)).
double Logistic(double numerator, double z) {
  return numerator / (1.0 + activation::ExpParts(Clamped(0.0 - z)).Exp());
}

double GeluTanh(double x) {
  const double c = Clamped(x);
  const double inner = 1.0 + activation::kGeluTanhInner * (c * c);
  return Logistic(Above(x), activation::kGeluTanhOuter * (c * inner));
}

double Gelu(double x) {
  const double t = std::min(std::fabs(x) * activation::kInverseSqrt2, kErfcEnd);
  const double tail = 0.5 * activation::Erfc(t);
  return Above(x) * (x < 0.0 ? tail : 1.0 - tail);
}

float Value(ActivationKind kind, float v) {
  if (v != v) return v;
  switch (kind) {
    case ActivationKind::kRelu:
      return v < 0.0f ? 0.0f : v;
    case ActivationKind::kRelu6:
      return v < 0.0f ? 0.0f : v > 6.0f ? 6.0f : v;
    case ActivationKind::kHardSwish:
      return v <= -3.0f ? 0.0f : v >= 3.0f ? v : v * (v + 3.0f) / 6.0f;
    case ActivationKind::kSilu:
      return static_cast<float>(Logistic(Above(v), v));
    case ActivationKind::kGelu:
      return static_cast<float>(Gelu(v));
    case ActivationKind::kGeluTanh:
      return static_cast<float>(GeluTanh(v));
    case ActivationKind::kSigmoid:
      return static_cast<float>(Logistic(1.0, v));
  }
  return v;
}

}  // namespace

void Activate(ActivationKind kind, const float* x, size_t n, float* y) {
  for (size_t i = 0; i < n; ++i) y[i] = Value(kind, x[i]);
}

}  // namespace pawl::kernels::reference
