// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cmath>

#include "kernels/activation_math.h"
#include "kernels/elementary.h"

namespace pawl::kernels::reference {
namespace {

double Tanh(double x) {
  const activation::ExpParts e(2.0 * std::min(std::fabs(x), activation::kTanhEnd));
  const double m = e.power * e.minus_one + (e.power - 1.0);
  return std::copysign(m / (m + 2.0), x);
}

double Erf(double x) {
  const double t = std::min(std::fabs(x), activation::kErfcEnd);
  const double erf =
      t < 1.0 ? t * activation::Polynomial(activation::kErf, t * t) : 1.0 - activation::Erfc(t);
  return std::copysign(erf, x);
}

float Value(ElementaryKind kind, float v) {
  if (v != v) return v;
  switch (kind) {
    case ElementaryKind::kExp:
      return static_cast<float>(activation::ExpParts(activation::Clamped(v)).Exp());
    case ElementaryKind::kTanh:
      return static_cast<float>(Tanh(v));
    case ElementaryKind::kErf:
      return static_cast<float>(Erf(v));
  }
  return v;
}

}  // namespace

void Elementary(ElementaryKind kind, const float* x, size_t n, float* y) {
  for (size_t i = 0; i < n; ++i) y[i] = Value(kind, x[i]);
}

}  // namespace pawl::kernels::reference
