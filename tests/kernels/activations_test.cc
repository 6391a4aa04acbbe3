// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/activations.h"

#include "activation_test_util.h"

namespace pawl::kernels {
namespace {

// By the C library's long double, whose own error (some units of 2^-64) does not count.
long double Exact(ActivationKind kind, long double v) {
  const long double c = std::sqrt(2.0L / 3.14159265358979323846264338327950288L);
  switch (kind) {
    case ActivationKind::kRelu:
      return std::max(v, 0.0L);
    case ActivationKind::kRelu6:
      return std::clamp(v, 0.0L, 6.0L);
    case ActivationKind::kHardSwish:
      return v * std::clamp(v + 3.0L, 0.0L, 6.0L) / 6.0L;
    case ActivationKind::kSilu:
      return v / (1.0L + std::exp(-v));
    case ActivationKind::kGelu:
      return v * 0.5L * std::erfc(-v * std::sqrt(0.5L));
    case ActivationKind::kGeluTanh:
      return v / (1.0L + std::exp(-2.0L * c * (v + 0.044715L * v * v * v)));
    case ActivationKind::kSigmoid:
      return 1.0L / (1.0L + std::exp(-v));
  }
  return 0.0L;
}

std::vector<ActivationKind> Kinds() {
  std::vector<ActivationKind> kinds;
  for (int i = 0; i < kNumActivationKinds; ++i) kinds.push_back(static_cast<ActivationKind>(i));
  return kinds;
}

}  // namespace

TEST_CASE("Activations are within 0.51 units in the last place") {
  for (const ActivationKind kind : Kinds()) {
    // Three f32 roundings in the steps of hard-swish.
    const double bound = kind == ActivationKind::kHardSwish ? 2.0 : 0.51;
    const double worst = WorstUlpError(
        [&](const float* x, size_t n, float* y) { reference::Activate(kind, x, n, y); },
        [&](long double v) { return Exact(kind, v); });
    INFO(static_cast<int>(kind) << ": " << worst);
    CHECK(worst <= bound);
    if (kind > ActivationKind::kRelu6) CHECK(worst > 0.4);  // the measure works
  }
}

TEST_CASE("Activations of special values") {
  for (const ActivationKind kind : Kinds()) {
    INFO(static_cast<int>(kind));
    const float x[] = {kInf, -kInf, kNaN, 0.0f, 3.4e38f, -3.4e38f};
    float y[6];
    reference::Activate(kind, x, 6, y);
    const bool sigmoid = kind == ActivationKind::kSigmoid;
    const float upper = kind == ActivationKind::kRelu6 ? 6.0f : sigmoid ? 1.0f : kInf;
    CHECK(y[0] == upper);
    CHECK(y[1] == 0.0f);
    CHECK(std::isnan(y[2]));
    CHECK(y[3] == (sigmoid ? 0.5f : 0.0f));
    CHECK((y[4] == upper || y[4] == 3.4e38f));
    CHECK(y[5] == 0.0f);
  }
}

TEST_CASE("Activations have the reference's bits on every target") {
  for (const ActivationKind kind : Kinds()) {
    INFO(static_cast<int>(kind));
    CheckSameBits(
        [&](Target target, const float* x, size_t n, float* y) { Activate(target, kind, x, n, y); },
        [&](const float* x, size_t n, float* y) { reference::Activate(kind, x, n, y); });
  }
}

}  // namespace pawl::kernels
