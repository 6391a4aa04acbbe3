// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/error_stats.h"

#include "test_util.h"

namespace pawl::kernels {

TEST_CASE("error_stats: by hand") {
  const float a[] = {1.0f, 2.0f, -3.0f}, b[] = {1.5f, 2.0f, 1.0f};
  ForEachTarget([&](Target target) {
    const ErrorSums sums = ErrorStats(target, a, b, 3);
    CHECK(sums.aa == 14.0);
    CHECK(sums.bb == 7.25);
    CHECK(sums.ab == 2.5);
    CHECK(sums.error == 16.25);
    CHECK(sums.max_error == 4.0);
    CHECK(ErrorStats(target, a, b, 0).error == 0.0);
  });
}

TEST_CASE("error_stats: the order of addition is the documented one") {
  // Lane 0 adds 2^60 and lane 1 adds 1 and 1, which only together reach lane 0's last place at
  // 2^8.
  float a[16] = {}, b[16] = {};
  a[0] = 1152921504606846976.0f;
  b[0] = 1.0f;
  a[1] = a[9] = 64.0f;
  b[1] = b[9] = 1.0f;
  ForEachTarget([&](Target target) {
    CHECK(ErrorStats(target, a, b, 16).ab == 1152921504606846976.0);
    a[1] = 65.0f;
    CHECK(ErrorStats(target, a, b, 16).ab == 1152921504606846976.0 + 256.0);
    a[1] = 64.0f;
  });
}

TEST_CASE("error_stats: the same on every target") {
  uint32_t seed = 1;
  for (const size_t n : TestSizes()) {
    for (const bool nasty : {false, true}) {
      Rng rng(++seed);
      const Buffer<float> a(nasty ? NastyFloats(rng, n) : RandomFloats(rng, n));
      const Buffer<float> b(nasty ? NastyFloats(rng, n) : RandomFloats(rng, n));
      const ErrorSums expected = reference::ErrorStats(a.data(), b.data(), n);
      INFO("n " << n << ", nasty " << nasty);
      ForEachTarget([&](Target target) {
        const ErrorSums sums = ErrorStats(target, a.data(), b.data(), n);
        CHECK(SameBits(sums.aa, expected.aa));
        CHECK(SameBits(sums.bb, expected.bb));
        CHECK(SameBits(sums.ab, expected.ab));
        CHECK(SameBits(sums.error, expected.error));
        CHECK(SameBits(sums.max_error, expected.max_error));
      });
    }
  }
}

}  // namespace pawl::kernels
