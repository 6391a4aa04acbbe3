// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/elementwise_f32.h"

#include <vector>

#include "kernels/float_env.h"
#include "test_util.h"

namespace pawl::kernels {

TEST_CASE("BinaryF32 gives the bits of the reference, in place too") {
  const FloatEnvironment environment;
  Rng rng(54);
  for (const size_t n : TestSizes()) {
    const Buffer<float> a(NastyFloats(rng, n + 1)), b(NastyFloats(rng, n + 1));
    for (int kind = 0; kind < kNumBinaryKinds; ++kind) {
      for (const size_t steps : {0, 1, 2, 3}) {
        const size_t a_step = steps & 1, b_step = steps >> 1;
        // Arrays end where they may.
        const float* from_a = a.data() + (a_step != 0 ? 1 : n);
        const float* from_b = b.data() + (b_step != 0 ? 1 : n);
        Buffer<float> want(n);
        const auto op = static_cast<BinaryKind>(kind);
        reference::BinaryF32(op, from_a, a_step, from_b, b_step, n, want.data());
        INFO("kind " << kind << ", n " << n << ", steps " << a_step << " " << b_step);
        ForEachTarget([&](Target target) {
          Buffer<float> out(n);
          BinaryF32(target, op, from_a, a_step, from_b, b_step, n, out.data());
          CHECK(out.FirstDifference(want, true) == n);
          CHECK(out.BorderIntact());
          if (a_step == 0) return;
          Buffer<float> own(std::vector<float>(from_a, from_a + n));
          BinaryF32(target, op, own.data(), 1, from_b, b_step, n, own.data());
          CHECK(own.FirstDifference(want, true) == n);
        });
      }
    }
  }
}

TEST_CASE("UnaryF32 gives the bits of the reference") {
  const FloatEnvironment environment;
  Rng rng(55);
  for (const size_t n : TestSizes()) {
    const Buffer<float> x(NastyFloats(rng, n));
    for (int kind = 0; kind < kNumUnaryKinds; ++kind) {
      Buffer<float> want(n);
      const auto op = static_cast<UnaryKind>(kind);
      reference::UnaryF32(op, -0.25f, 0.5f, x.data(), n, want.data());
      INFO("kind " << kind << ", n " << n);
      ForEachTarget([&](Target target) {
        Buffer<float> out(n);
        UnaryF32(target, op, -0.25f, 0.5f, x.data(), n, out.data());
        CHECK(out.FirstDifference(want, true) == n);
        CHECK(out.BorderIntact());
      });
    }
  }
}

}  // namespace pawl::kernels
