// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// GroupErrors, for one target. group_error.h has the formulas and fixes the order: 8 lanes, spread
// over as many vectors of f64 as they take here.

#if defined(PAWL_KERNELS_GROUP_ERROR_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAWL_KERNELS_GROUP_ERROR_INL_H_
#undef PAWL_KERNELS_GROUP_ERROR_INL_H_
#else
#define PAWL_KERNELS_GROUP_ERROR_INL_H_
#endif

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "hwy/highway.h"
#include "kernels/group_error.h"

HWY_BEFORE_NAMESPACE();
namespace pawl::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using GroupDF = hn::CappedTag<float, 8>;
using GroupD = hn::Repartition<double, GroupDF>;
using GroupVF = hn::Vec<GroupDF>;
using GroupV = hn::Vec<GroupD>;
constexpr size_t kGroupLanes = HWY_MAX_LANES_D(GroupDF);
constexpr size_t kGroupHalf = kGroupLanes / 2;
constexpr size_t kGroupParts = 8 / kGroupHalf;  // vectors of f64 for 8 lanes
// Elements before the first look at whether a candidate has lost, and at most between two: most of
// a grid lose early, and those that stay are not looked at often.
constexpr size_t kGroupStride = 32;
constexpr size_t kGroupLongestStride = 512;

// 8 lanes of f64.
struct GroupLanes {
  GroupV parts[kGroupParts];

  HWY_INLINE GroupLanes() {
    PAWL_UNROLL
    for (size_t p = 0; p < kGroupParts; ++p) parts[p] = hn::Zero(GroupD());
  }

  HWY_INLINE double Sum() const {
    const GroupD d;
    HWY_ALIGN double four[4];
    PAWL_UNROLL
    for (size_t p = 0; p < kGroupParts / 2; ++p) {
      hn::Store(hn::Add(parts[p], parts[p + kGroupParts / 2]), d, four + p * kGroupHalf);
    }
    return (four[0] + four[2]) + (four[1] + four[3]);
  }
};

template <GroupOffset kKind>
struct GroupCandidate {
  GroupVF scale, divisor, offset, lo, hi;

  HWY_INLINE GroupCandidate(const GroupValues& values, const GroupCandidates& candidates, size_t c)
      : scale(hn::Set(GroupDF(), candidates.scales[c])),
        divisor(hn::Set(GroupDF(), candidates.scales[c] == 0.0f
                                       ? std::numeric_limits<float>::infinity()
                                       : candidates.scales[c])),
        offset(hn::Set(GroupDF(), kKind == GroupOffset::kNone ? 0.0f : candidates.offsets[c])),
        lo(hn::Set(GroupDF(), values.lo)),
        hi(hn::Set(GroupDF(), values.hi)) {}

  // Without a look at NaN, which finite values cannot give. Where no offset follows, the bounds of
  // the rounding are beyond those of the levels, whole numbers: they clamp before it.
  HWY_INLINE GroupVF Level(GroupVF x) const {
    const GroupDF df;
    const auto rounder = hn::Set(df, 12582912.0f);  // 1.5 * 2^23 leaves no bits for a fraction
    if constexpr (kKind == GroupOffset::kMinimum) x = hn::Add(x, offset);
    GroupVF v = hn::Div(x, divisor);
    if constexpr (kKind == GroupOffset::kFloatZero) v = hn::Add(v, offset);
    if constexpr (kKind == GroupOffset::kZeroPoint) {
      v = hn::Min(hn::Max(v, hn::Set(df, -4194303.0f)), hn::Set(df, 4194303.0f));
      v = hn::Add(hn::Sub(hn::Add(v, rounder), rounder), offset);
      return hn::Min(hn::Max(v, lo), hi);
    }
    v = hn::Min(hn::Max(v, lo), hi);
    return hn::Sub(hn::Add(v, rounder), rounder);
  }

  HWY_INLINE GroupVF Multiplier(GroupVF x) const {
    const GroupVF level = Level(x);
    if constexpr (kKind == GroupOffset::kZeroPoint || kKind == GroupOffset::kFloatZero) {
      return hn::Sub(level, offset);
    }
    return level;
  }

  HWY_INLINE GroupVF Value(GroupVF x) const {
    const GroupVF product = hn::Mul(Multiplier(x), scale);
    if constexpr (kKind == GroupOffset::kMinimum) return hn::Sub(product, offset);
    return product;
  }
};

// Calls fold(part, x, f(x), weight) for the halves, as f64, of 8 elements or less from i on. What
// does not exist is masked off by its weight's place in `valid`.
template <bool kWeights, bool kFull, class F, class Fold>
HWY_INLINE void ForEight(const GroupValues& values, size_t i, const F& f, const Fold& fold) {
  const GroupDF df;
  const GroupD d;
  const size_t left = kFull ? 8 : values.n - i;
  PAWL_UNROLL
  for (size_t j = 0; j < 8; j += kGroupLanes) {
    const size_t begin = kFull ? j : std::min(j, left);
    const size_t count = kFull ? kGroupLanes : std::min(kGroupLanes, left - begin);
    const float* from = values.x + i + begin;
    const GroupVF x = kFull ? hn::LoadU(df, from) : hn::LoadN(df, from, count);
    GroupVF w = hn::Set(df, 1.0f);
    if constexpr (kWeights) {
      const float* weights = values.weights + i + begin;
      w = kFull ? hn::LoadU(df, weights) : hn::LoadN(df, weights, count);
    }
    const GroupVF y = f(x);
    const size_t p = j / kGroupHalf;
    fold(p, hn::PromoteLowerTo(d, x), hn::PromoteLowerTo(d, y), hn::PromoteLowerTo(d, w),
         std::min(count, kGroupHalf));
    fold(p + 1, hn::PromoteUpperTo(d, x), hn::PromoteUpperTo(d, y), hn::PromoteUpperTo(d, w),
         count - std::min(count, kGroupHalf));
  }
}

// term, but +0 in the lanes from `count` on.
template <bool kFull>
HWY_INLINE GroupV Existing(GroupV term, [[maybe_unused]] size_t count) {
  if constexpr (kFull) return term;
  return hn::IfThenElseZero(hn::FirstN(GroupD(), count), term);
}

template <GroupOffset kKind, bool kWeights, bool kFull>
HWY_INLINE void AddErrors(const GroupValues& values, size_t i,
                          const GroupCandidate<kKind>& candidate, GroupLanes& error) {
  ForEight<kWeights, kFull>(
      values, i, [&](GroupVF x) HWY_ATTR { return candidate.Value(x); },
      [&](size_t p, GroupV x, GroupV value, GroupV w, size_t count) HWY_ATTR {
        const GroupV difference = hn::Sub(x, value);
        const GroupV weighted = kWeights ? hn::Mul(w, difference) : difference;
        error.parts[p] =
            hn::Add(error.parts[p], Existing<kFull>(hn::Mul(weighted, difference), count));
      });
}

template <GroupOffset kKind, bool kWeights>
HWY_NOINLINE void Errors(const GroupValues& values, const GroupCandidates& candidates, double limit,
                         double* errors) {
  const size_t whole = values.n / 8 * 8;
  for (size_t c = 0; c < candidates.count; ++c) {
    const GroupCandidate<kKind> candidate(values, candidates, c);
    GroupLanes error;
    bool lost = false;
    size_t stride = kGroupStride;
    for (size_t i = 0; i < whole && !lost;) {
      const size_t end = i + std::min(stride, whole - i);
      stride = std::min(2 * stride, kGroupLongestStride);
      for (; i < end; i += 8) AddErrors<kKind, kWeights, true>(values, i, candidate, error);
      // What is infinite already may still become NaN.
      lost = i < whole && std::isfinite(limit) && error.Sum() >= limit;
    }
    if (whole < values.n && !lost) {
      AddErrors<kKind, kWeights, false>(values, whole, candidate, error);
    }
    errors[c] = lost ? std::numeric_limits<double>::infinity() : error.Sum();
    limit = errors[c] < limit ? errors[c] : limit;
  }
}

template <GroupOffset kKind, bool kWeights, bool kFull>
HWY_INLINE void AddLevels(const GroupValues& values, size_t i,
                          const GroupCandidate<kKind>& candidate, GroupLanes& m_sum,
                          GroupLanes& mm_sum, GroupLanes& mx_sum) {
  ForEight<kWeights, kFull>(
      values, i, [&](GroupVF x) HWY_ATTR { return candidate.Multiplier(x); },
      [&](size_t p, GroupV x, GroupV m, GroupV w, size_t count) HWY_ATTR {
        const GroupV wm = kWeights ? hn::Mul(w, m) : m;
        m_sum.parts[p] = hn::Add(m_sum.parts[p], Existing<kFull>(wm, count));
        mm_sum.parts[p] = hn::Add(mm_sum.parts[p], Existing<kFull>(hn::Mul(wm, m), count));
        mx_sum.parts[p] = hn::Add(mx_sum.parts[p], Existing<kFull>(hn::Mul(wm, x), count));
      });
}

template <GroupOffset kKind, bool kWeights>
HWY_NOINLINE void Levels(const GroupValues& values, const GroupCandidates& candidates,
                         LevelSums* sums) {
  const size_t whole = values.n / 8 * 8;
  for (size_t c = 0; c < candidates.count; ++c) {
    const GroupCandidate<kKind> candidate(values, candidates, c);
    GroupLanes m_sum, mm_sum, mx_sum;
    for (size_t i = 0; i < whole; i += 8) {
      AddLevels<kKind, kWeights, true>(values, i, candidate, m_sum, mm_sum, mx_sum);
    }
    if (whole < values.n) {
      AddLevels<kKind, kWeights, false>(values, whole, candidate, m_sum, mm_sum, mx_sum);
    }
    sums[c] = {m_sum.Sum(), mm_sum.Sum(), mx_sum.Sum()};
  }
}

#define PAWL_FOR_GROUP_KIND(function, kind, ...)                                              \
  case GroupOffset::kind:                                                                     \
    return values.weights != nullptr ? function<GroupOffset::kind, true>(values, __VA_ARGS__) \
                                     : function<GroupOffset::kind, false>(values, __VA_ARGS__)

void GroupErrors(const GroupValues& values, const GroupCandidates& candidates, double limit,
                 double* errors) {
  switch (values.offset) {
    PAWL_FOR_GROUP_KIND(Errors, kNone, candidates, limit, errors);
    PAWL_FOR_GROUP_KIND(Errors, kZeroPoint, candidates, limit, errors);
    PAWL_FOR_GROUP_KIND(Errors, kFloatZero, candidates, limit, errors);
    PAWL_FOR_GROUP_KIND(Errors, kMinimum, candidates, limit, errors);
  }
}

void GroupLevelSums(const GroupValues& values, const GroupCandidates& candidates, LevelSums* sums) {
  switch (values.offset) {
    PAWL_FOR_GROUP_KIND(Levels, kNone, candidates, sums);
    PAWL_FOR_GROUP_KIND(Levels, kZeroPoint, candidates, sums);
    PAWL_FOR_GROUP_KIND(Levels, kFloatZero, candidates, sums);
    PAWL_FOR_GROUP_KIND(Levels, kMinimum, candidates, sums);
  }
}

#undef PAWL_FOR_GROUP_KIND

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace pawl::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
