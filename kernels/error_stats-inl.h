// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// ErrorStats, for one target. error_stats.h fixes the order: 8 lanes, spread over as many vectors
// as they take here.

#if defined(PAWL_KERNELS_ERROR_STATS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAWL_KERNELS_ERROR_STATS_INL_H_
#undef PAWL_KERNELS_ERROR_STATS_INL_H_
#else
#define PAWL_KERNELS_ERROR_STATS_INL_H_
#endif

#include <algorithm>
#include <cstddef>

#include "hwy/highway.h"
#include "kernels/error_stats.h"

HWY_BEFORE_NAMESPACE();
namespace pawl::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using StatsD = hn::CappedTag<double, 8>;
using StatsDF = hn::Rebind<float, StatsD>;
using StatsV = hn::Vec<StatsD>;
constexpr size_t kStatsLanes = HWY_MAX_LANES_D(StatsD);
constexpr size_t kStatsParts = 8 / kStatsLanes;

HWY_INLINE double SumLanes(const StatsV (&sums)[kStatsParts]) {
  const StatsD d;
  HWY_ALIGN double lanes[8];
  PAWL_UNROLL
  for (size_t p = 0; p < kStatsParts; ++p) hn::Store(sums[p], d, lanes + p * kStatsLanes);
  for (size_t half = 4; half > 0; half /= 2) {
    for (size_t l = 0; l < half; ++l) lanes[l] += lanes[l + half];
  }
  return lanes[0];
}

// Running sums, lane l of the order in lane l of the vectors taken together.
struct StatsSums {
  StatsV aa[kStatsParts], bb[kStatsParts], ab[kStatsParts], error[kStatsParts];
  StatsV max;
};

// Adds up to 8 elements. Those that do not exist add zeros, which no sum here can tell from
// nothing: a sum that started at +0 and to which no nonzero term below f64's range was added is
// never -0.
template <bool kFull>
HWY_INLINE void AddEight(const float* a, const float* b, size_t n, StatsSums& sums) {
  const StatsD d;
  const StatsDF df;
  PAWL_UNROLL
  for (size_t p = 0; p < kStatsParts; ++p) {
    const size_t begin = kFull ? p * kStatsLanes : std::min(p * kStatsLanes, n);
    const size_t count = kFull ? kStatsLanes : std::min(kStatsLanes, n - begin);
    const StatsV x =
        hn::PromoteTo(d, kFull ? hn::LoadU(df, a + begin) : hn::LoadN(df, a + begin, count));
    const StatsV y =
        hn::PromoteTo(d, kFull ? hn::LoadU(df, b + begin) : hn::LoadN(df, b + begin, count));
    const StatsV difference = hn::Sub(x, y);
    const StatsV magnitude = hn::Abs(difference);
    sums.aa[p] = hn::Add(sums.aa[p], hn::Mul(x, x));
    sums.bb[p] = hn::Add(sums.bb[p], hn::Mul(y, y));
    sums.ab[p] = hn::Add(sums.ab[p], hn::Mul(x, y));
    sums.error[p] = hn::Add(sums.error[p], hn::Mul(difference, difference));
    sums.max = hn::IfThenElse(hn::Gt(magnitude, sums.max), magnitude, sums.max);
  }
}

ErrorSums ErrorStats(const float* a, const float* b, size_t n) {
  const StatsD d;
  StatsSums sums;
  sums.max = hn::Zero(d);
  PAWL_UNROLL
  for (size_t p = 0; p < kStatsParts; ++p) {
    sums.aa[p] = sums.bb[p] = sums.ab[p] = sums.error[p] = hn::Zero(d);
  }
  size_t i = 0;
  for (; i + 8 <= n; i += 8) AddEight<true>(a + i, b + i, 8, sums);
  if (i < n) AddEight<false>(a + i, b + i, n - i, sums);
  return {SumLanes(sums.aa), SumLanes(sums.bb), SumLanes(sums.ab), SumLanes(sums.error),
          hn::ReduceMax(d, sums.max)};
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace pawl::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
