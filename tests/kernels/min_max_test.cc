// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/min_max.h"

#include <algorithm>

#include "test_util.h"

namespace pawl::kernels {
namespace {

void CheckSame(const Range& a, const Range& b) {
  CHECK(std::bit_cast<uint32_t>(a.min) == std::bit_cast<uint32_t>(b.min));
  CHECK(std::bit_cast<uint32_t>(a.max) == std::bit_cast<uint32_t>(b.max));
  CHECK(a.nan_count == b.nan_count);
  CHECK(a.inf_count == b.inf_count);
}

}  // namespace

TEST_CASE("min_max: by hand") {
  const float x[] = {3.0f, kNaN, -2.0f, kInf, -kInf, -kNaN, 1e-45f};
  const float zeros[] = {-0.0f, -0.0f, kNaN};
  ForEachTarget([&](Target target) {
    CheckSame(MinMax(target, x, 7), {-2.0f, 3.0f, 2, 2});
    CheckSame(MinMax(target, x, 0), {kInf, -kInf, 0, 0});
    CheckSame(MinMax(target, x + 3, 2), {kInf, -kInf, 0, 2});
    CheckSame(MinMax(target, x + 6, 1), {1e-45f, 1e-45f, 0, 0});
    CheckSame(MinMax(target, zeros, 3), {0.0f, 0.0f, 1, 0});
    CHECK(AbsMax(target, x, 7) == 3.0f);
    CHECK(AbsMax(target, x + 2, 4) == 2.0f);
    CHECK(std::bit_cast<uint32_t>(AbsMax(target, zeros, 3)) == 0);
  });
}

TEST_CASE("min_max: the same on every target") {
  uint32_t seed = 1;
  for (const size_t n : TestSizes()) {
    Rng rng(++seed);
    const Buffer<float> x(seed % 3 == 0 ? RandomFloats(rng, n) : NastyFloats(rng, n));
    const Range expected = reference::MinMax(x.data(), n);
    const float abs_max = reference::AbsMax(x.data(), n);
    INFO("n " << n);
    ForEachTarget([&](Target target) {
      CheckSame(MinMax(target, x.data(), n), expected);
      CHECK(SameBits(AbsMax(target, x.data(), n), abs_max));
    });
  }
}

TEST_CASE("min_max: groups are the same on every target") {
  uint32_t seed = 1;
  for (const size_t n : TestSizes()) {
    for (const size_t size : {1, 3, 16, 32, 64, 200}) {
      Rng rng(++seed);
      const Buffer<float> x(NastyFloats(rng, n));
      const size_t count = (n + size - 1) / size;
      Buffer<float> mins(count), maxs(count), abs_maxs(count);
      const uint64_t others = reference::MinMaxGroups(x.data(), n, size, mins.data(), maxs.data());
      CHECK(reference::AbsMaxGroups(x.data(), n, size, abs_maxs.data()) == others);
      INFO("n " << n << ", group " << size);
      ForEachTarget([&](Target target) {
        Buffer<float> a(count), b(count), c(count);
        CHECK(MinMaxGroups(target, x.data(), n, size, a.data(), b.data()) == others);
        CHECK(AbsMaxGroups(target, x.data(), n, size, c.data()) == others);
        CHECK(a.FirstDifference(mins) == count);
        CHECK(b.FirstDifference(maxs) == count);
        CHECK(c.FirstDifference(abs_maxs) == count);
        CHECK((a.BorderIntact() && b.BorderIntact() && c.BorderIntact()));
      });
    }
  }
}

TEST_CASE("min_max: columns are the same on every target and fold into what was there") {
  for (size_t cols = 0; cols <= 70; ++cols) {
    Rng rng(static_cast<uint32_t>(cols) + 100);
    constexpr size_t kRows = 5;
    const size_t stride = cols + 3;
    const Buffer<float> x(NastyFloats(rng, kRows * stride));
    Buffer<float> mins(std::vector<float>(cols, kInf)), maxs(std::vector<float>(cols, -kInf));
    const uint64_t others =
        reference::MinMaxColumns(x.data(), kRows, cols, stride, mins.data(), maxs.data());
    for (size_t c = 0; c < cols; ++c) {
      std::vector<float> column;
      for (size_t r = 0; r < kRows; ++r) column.push_back(x[r * stride + c]);
      const Range range = reference::MinMax(column.data(), kRows);
      CHECK(mins[c] == range.min);
      CHECK(maxs[c] == range.max);
    }
    INFO("cols " << cols);
    ForEachTarget([&](Target target) {
      Buffer<float> a(std::vector<float>(cols, kInf)), b(std::vector<float>(cols, -kInf));
      uint64_t count = MinMaxColumns(target, x.data(), 2, cols, stride, a.data(), b.data());
      count += MinMaxColumns(target, x.data() + 2 * stride, 3, cols, stride, a.data(), b.data());
      CHECK(count == others);
      CHECK(a.FirstDifference(mins) == cols);
      CHECK(b.FirstDifference(maxs) == cols);
      CHECK((a.BorderIntact() && b.BorderIntact()));
    });
  }
}

}  // namespace pawl::kernels
