// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/histogram.h"

#include <numeric>

#include "test_util.h"

namespace pawl::kernels {

TEST_CASE("histogram: by hand") {
  const float x[] = {-1.0f, -0.0f, 0.49f, 0.5f, 1.99f, 2.0f, 100.0f, kNaN, -kInf, 3.4e38f};
  ForEachTarget([&](Target target) {
    uint64_t counts[4] = {10, 0, 0, 0};
    CHECK(Histogram(target, x, std::size(x), {0.0f, 2.0f, 4, false}, counts) == 2);
    CHECK(counts[0] == 13);
    CHECK(counts[1] == 1);
    CHECK(counts[2] == 0);
    CHECK(counts[3] == 4);
    uint64_t magnitudes[4] = {};
    CHECK(Histogram(target, x, std::size(x), {0.0f, 2.0f, 4, true}, magnitudes) == 2);
    CHECK(magnitudes[0] == 2);
    CHECK(magnitudes[2] == 1);
  });
}

TEST_CASE("histogram: the same on every target, nothing lost") {
  uint32_t seed = 1;
  for (const size_t n : TestSizes()) {
    for (const int32_t bins : {1, 7, 128, 2048}) {
      Rng rng(++seed);
      const Buffer<float> x(NastyFloats(rng, n));
      HistogramParams params{-3.0f, static_cast<float>(bins) / 6.0f, bins, seed % 2 == 0};
      if (seed % 16 == 0) params.inv_width = 0.0f;
      if (seed % 16 == 1) params.lo = -3.4e38f;
      Buffer<uint64_t> expected(std::vector<uint64_t>(static_cast<size_t>(bins), 0));
      const uint64_t others = reference::Histogram(x.data(), n, params, expected.data());
      CHECK(std::accumulate(expected.data(), expected.data() + bins, others) == n);
      INFO("n " << n << ", bins " << bins);
      ForEachTarget([&](Target target) {
        Buffer<uint64_t> counts(std::vector<uint64_t>(static_cast<size_t>(bins), 0));
        CHECK(Histogram(target, x.data(), n, params, counts.data()) == others);
        CHECK(counts.FirstDifference(expected) == counts.size());
        CHECK(counts.BorderIntact());
      });
    }
  }
}

}  // namespace pawl::kernels
