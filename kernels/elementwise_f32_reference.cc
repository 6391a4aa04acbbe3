// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/elementwise_f32.h"

namespace pawl::kernels::reference {
namespace {

float Binary(BinaryKind kind, float a, float b) {
  switch (kind) {
    case BinaryKind::kAdd:
      return a + b;
    case BinaryKind::kSub:
      return a - b;
    case BinaryKind::kMul:
      return a * b;
    case BinaryKind::kDiv:
      return a / b;
    case BinaryKind::kMax:
      return a != a || a > b ? a : b;
    case BinaryKind::kMin:
      return a != a || a < b ? a : b;
  }
  return 0.0f;
}

float Clip(float v, float low, float high) {
  const float above = v < low ? low : v;
  return above > high ? high : above;
}

float Unary(UnaryKind kind, float p, float q, float v) {
  switch (kind) {
    case UnaryKind::kClip:
      return Clip(v, p, q);
    case UnaryKind::kLeakyRelu:
      return v < 0.0f ? p * v : v;
    case UnaryKind::kHardSigmoid:
      return Clip(p * v + q, 0.0f, 1.0f);
  }
  return 0.0f;
}

}  // namespace

void BinaryF32(BinaryKind kind, const float* a, size_t a_step, const float* b, size_t b_step,
               size_t n, float* out) {
  for (size_t i = 0; i < n; ++i) out[i] = Binary(kind, a[a_step * i], b[b_step * i]);
}

void UnaryF32(UnaryKind kind, float p, float q, const float* x, size_t n, float* out) {
  for (size_t i = 0; i < n; ++i) out[i] = Unary(kind, p, q, x[i]);
}

}  // namespace pawl::kernels::reference
