// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/group_error.h"

#include <algorithm>

#include "test_util.h"

namespace pawl::kernels {
namespace {

constexpr GroupOffset kKinds[] = {GroupOffset::kNone, GroupOffset::kZeroPoint,
                                  GroupOffset::kFloatZero, GroupOffset::kMinimum};

// Finite values, some half-way between levels, some of any size.
std::vector<float> FiniteFloats(Rng& rng, size_t n) {
  std::vector<float> x = NastyFloats(rng, n);
  for (float& v : x) {
    if (!std::isfinite(v)) v = RandomNormal(rng);
  }
  return x;
}

struct Candidates {
  std::vector<float> scales, offsets;

  Candidates(Rng& rng, GroupOffset kind) {
    for (const float scale : {1.0f, 0.25f, -0.3f, 0.0f, 1e-40f, 3e38f, 1e-3f}) {
      scales.push_back(scale);
      const float offset = RandomNormal(rng, 4.0f);
      offsets.push_back(kind == GroupOffset::kZeroPoint ? std::floor(offset) : offset);
    }
  }
  GroupCandidates view() const { return {scales.data(), offsets.data(), scales.size()}; }
};

}  // namespace

TEST_CASE("group_error: by hand") {
  const float x[] = {0.5f, 1.5f, -9.0f, 0.25f};
  const float weights[] = {1.0f, 2.0f, 0.5f, 0.0f};
  const float scale = 1.0f, offset = 2.0f;
  ForEachTarget([&](Target target) {
    const auto error = [&](GroupOffset kind, const float* w, float lo, float hi) {
      double result = -1.0;
      GroupErrors(target, {x, w, 4, kind, lo, hi}, {&scale, &offset, 1}, kInf, &result);
      return result;
    };
    // Levels 0, 2, -7, 0.
    CHECK(error(GroupOffset::kNone, nullptr, -7.0f, 7.0f) == 0.25 + 0.25 + 4.0 + 0.0625);
    CHECK(error(GroupOffset::kNone, weights, -7.0f, 7.0f) == 0.25 + 0.5 + 2.0);
    // Levels 2, 4, 0, 2 stand for 0, 2, -2, 0; so do those of the minimum: 2, 4, 0, 2.
    CHECK(error(GroupOffset::kZeroPoint, nullptr, 0.0f, 15.0f) == 0.25 + 0.25 + 49.0 + 0.0625);
    CHECK(error(GroupOffset::kFloatZero, nullptr, 0.0f, 15.0f) == 0.25 + 0.25 + 49.0 + 0.0625);
    CHECK(error(GroupOffset::kMinimum, nullptr, 0.0f, 15.0f) == 0.25 + 0.25 + 49.0 + 0.0625);
    LevelSums sums;
    GroupLevelSums(target, {x, weights, 4, GroupOffset::kNone, -7, 7}, {&scale, nullptr, 1}, &sums);
    CHECK(sums.m == 0.0 + 4.0 - 3.5);
    CHECK(sums.mm == 0.0 + 8.0 + 24.5);
    CHECK(sums.mx == 0.0 + 6.0 + 31.5);
    GroupLevelSums(target, {x, nullptr, 4, GroupOffset::kZeroPoint, 0, 15}, {&scale, &offset, 1},
                   &sums);
    CHECK(sums.m == 0.0 + 2.0 - 2.0 + 0.0);
  });
}

TEST_CASE("group_error: the same on every target") {
  uint32_t seed = 1;
  for (const size_t n : TestSizes()) {
    for (const GroupOffset kind : kKinds) {
      Rng rng(++seed);
      const Buffer<float> x(FiniteFloats(rng, n)), weights(FiniteFloats(rng, n));
      const Candidates candidates(rng, kind);
      const size_t count = candidates.scales.size();
      const bool weighted = seed % 2 == 0;
      std::vector<float> magnitudes(n);
      for (size_t i = 0; i < n; ++i) magnitudes[i] = std::min(std::fabs(weights[i]), 1e3f);
      const GroupValues values{x.data(), weighted ? magnitudes.data() : nullptr, n, kind, -8.0f,
                               7.0f};
      std::vector<double> errors(count);
      std::vector<LevelSums> sums(count);
      reference::GroupErrors(values, candidates.view(), kInf, errors.data());
      reference::GroupLevelSums(values, candidates.view(), sums.data());
      INFO("n " << n << ", kind " << static_cast<int>(kind) << ", weighted " << weighted);
      ForEachTarget([&](Target target) {
        for (size_t c = 0; c < count; ++c) {
          // One at a time none is left early.
          const GroupCandidates one{&candidates.scales[c], &candidates.offsets[c], 1};
          double error = -1.0;
          GroupErrors(target, values, one, kInf, &error);
          CHECK(SameBits(error, errors[c]));
          LevelSums s;
          GroupLevelSums(target, values, one, &s);
          CHECK((SameBits(s.m, sums[c].m) && SameBits(s.mm, sums[c].mm) &&
                 SameBits(s.mx, sums[c].mx)));
        }
      });
    }
  }
}

TEST_CASE("group_error: only candidates that cannot win are left early") {
  constexpr size_t kSize = 5000;
  Rng rng(7);
  const Buffer<float> x(RandomFloats(rng, kSize));
  std::vector<float> scales;
  for (int i = 0; i < 40; ++i) scales.push_back(0.02f + 0.02f * static_cast<float>(i));
  const GroupValues values{x.data(), nullptr, kSize, GroupOffset::kNone, -7.0f, 7.0f};
  std::vector<double> expected(scales.size());
  const GroupCandidates candidates{scales.data(), nullptr, scales.size()};
  reference::GroupErrors(values, candidates, kInf, expected.data());
  const auto best = std::min_element(expected.begin(), expected.end());
  ForEachTarget([&](Target target) {
    std::vector<double> errors(scales.size());
    GroupErrors(target, values, candidates, kInf, errors.data());
    CHECK(std::min_element(errors.begin(), errors.end()) - errors.begin() ==
          best - expected.begin());
    double smallest = kInf;
    for (size_t c = 0; c < errors.size(); ++c) {
      if (errors[c] != expected[c]) CHECK((errors[c] == kInf && expected[c] >= smallest));
      smallest = std::min(smallest, expected[c]);
    }
    GroupErrors(target, values, candidates, *best, errors.data());
    CHECK(std::none_of(errors.begin(), errors.end(), [&](double e) { return e < *best; }));
  });
}

}  // namespace pawl::kernels
