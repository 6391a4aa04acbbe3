// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/elementary.h"

#include "activation_test_util.h"

namespace pawl::kernels {
namespace {

// By the C library's long double, whose own error (some units of 2^-64) does not count.
long double Exact(ElementaryKind kind, long double v) {
  switch (kind) {
    case ElementaryKind::kExp:
      return std::exp(v);
    case ElementaryKind::kTanh:
      return std::tanh(v);
    case ElementaryKind::kErf:
      return std::erf(v);
  }
  return 0.0L;
}

std::vector<ElementaryKind> Kinds() {
  std::vector<ElementaryKind> kinds;
  for (int i = 0; i < kNumElementaryKinds; ++i) kinds.push_back(static_cast<ElementaryKind>(i));
  return kinds;
}

}  // namespace

TEST_CASE("Elementary functions are within 0.51 units in the last place") {
  for (const ElementaryKind kind : Kinds()) {
    const double worst = WorstUlpError(
        [&](const float* x, size_t n, float* y) { reference::Elementary(kind, x, n, y); },
        [&](long double v) { return Exact(kind, v); });
    INFO(static_cast<int>(kind) << ": " << worst);
    CHECK(worst <= 0.51);
    CHECK(worst > 0.4);  // the measure works
  }
}

TEST_CASE("Elementary functions of special values") {
  for (const ElementaryKind kind : Kinds()) {
    INFO(static_cast<int>(kind));
    const float x[] = {kInf, -kInf, kNaN, 0.0f, -0.0f, 1e-45f, -1e-45f, 3.4e38f, -3.4e38f};
    float y[9];
    reference::Elementary(kind, x, 9, y);
    const bool exp = kind == ElementaryKind::kExp;
    CHECK(y[0] == (exp ? kInf : 1.0f));
    CHECK(y[1] == (exp ? 0.0f : -1.0f));
    CHECK(std::isnan(y[2]));
    CHECK(y[3] == (exp ? 1.0f : 0.0f));
    CHECK(std::signbit(y[4]) == !exp);
    CHECK(y[5] == (exp ? 1.0f : 1e-45f));
    CHECK(y[6] == (exp ? 1.0f : -1e-45f));
    CHECK(y[7] == y[0]);
    CHECK(y[8] == y[1]);
  }
}

TEST_CASE("Elementary functions have the reference's bits on every target") {
  for (const ElementaryKind kind : Kinds()) {
    INFO(static_cast<int>(kind));
    CheckSameBits(
        [&](Target target, const float* x, size_t n, float* y) {
          Elementary(target, kind, x, n, y);
        },
        [&](const float* x, size_t n, float* y) { reference::Elementary(kind, x, n, y); });
  }
}

}  // namespace pawl::kernels
