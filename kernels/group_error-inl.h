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

  // Lanes from `count` on become what they were.
  HWY_INLINE void Keep(size_t count, const GroupLanes& before) {
    PAWL_UNROLL
    for (size_t p = 0; p < kGroupParts; ++p) {
      const size_t valid = std::min(count - std::min(count, p * kGroupHalf), kGroupHalf);
      parts[p] = hn::IfThenElse(hn::FirstN(GroupD(), valid), parts[p], before.parts[p]);
    }
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

// Values and their weights, as f64 too: converted once for all candidates of a call as far as
// kGroupFirst, where the fourth look at a candidate ends; what lies behind when it is reached.
// Weights that are absent are 1, by which products stay what they are.
constexpr size_t kGroupFirst = 15 * kGroupStride;

class GroupWide {
 public:
  struct Buffer {
    HWY_ALIGN double x[kGroupLongestStride];
    HWY_ALIGN double w[kGroupLongestStride];
    HWY_ALIGN float narrow[kGroupLongestStride];
  };

  explicit GroupWide(const GroupValues& values) : values_(values) {
    Convert(0, std::min(values.n, kGroupFirst + 8), first_);
  }

  // Elements from `begin` on, at most kGroupLongestStride; zeros up to a whole number of 8.
  const Buffer& Reach(size_t begin, size_t count, size_t& at) {
    at = begin;
    if (begin + count <= kGroupFirst + 8) return first_;
    at = 0;
    Convert(begin, count, second_);
    return second_;
  }

 private:
  HWY_NOINLINE void Convert(size_t begin, size_t count, Buffer& to) const {
    const hn::Rebind<float, GroupD> df;
    const size_t whole = (count + 7) / 8 * 8;
    std::copy_n(values_.x + begin, count, to.narrow);
    std::fill(to.narrow + count, to.narrow + whole, 0.0f);
    for (size_t i = 0; i < whole; i += kGroupHalf) {
      hn::Store(hn::PromoteTo(GroupD(), hn::LoadU(df, to.narrow + i)), GroupD(), to.x + i);
    }
    for (size_t i = 0; i < count; ++i) {
      to.w[i] = values_.weights != nullptr ? static_cast<double>(values_.weights[begin + i]) : 1.0;
    }
    std::fill(to.w + count, to.w + whole, 0.0);
  }

  const GroupValues& values_;
  Buffer first_, second_;
};

// Goes over a group of n in segments that grow, the last of which is what remains below 8.
// step(buffer, i) adds the 8 elements there to the lanes; more(), asked between segments, says
// whether to go on.
template <class Step, class Lanes, class More>
HWY_INLINE void ForSegments(GroupWide& wide, size_t n, size_t stride, Lanes& lanes,
                            const Step& step, const More& more) {
  const size_t whole = n / 8 * 8;
  for (size_t i = 0; i < n;) {
    const size_t count = i < whole ? std::min(stride, whole - i) : n - whole;
    stride = std::min(2 * stride, kGroupLongestStride);
    const Lanes before = lanes;
    size_t at = 0;
    const GroupWide::Buffer& from = wide.Reach(i, count, at);
    for (size_t k = 0; k < count; k += 8) step(from, at + k);
    if (i == whole) lanes.Keep(n - whole, before);
    i += count;
    if (i < n && !more()) return;
  }
}

// Calls fold(part, x, f(x), weight) for the halves, as f64, of the 8 elements at i.
template <class F, class Fold>
HWY_INLINE void ForEight(const GroupWide::Buffer& from, size_t i, const F& f, const Fold& fold) {
  const GroupDF df;
  const GroupD d;
  PAWL_UNROLL
  for (size_t j = 0; j < 8; j += kGroupLanes) {
    const GroupVF y = f(hn::Load(df, from.narrow + i + j));
    const size_t p = j / kGroupHalf, upper = i + j + kGroupHalf;
    fold(p, hn::Load(d, from.x + i + j), hn::PromoteLowerTo(d, y), hn::Load(d, from.w + i + j));
    fold(p + 1, hn::Load(d, from.x + upper), hn::PromoteUpperTo(d, y), hn::Load(d, from.w + upper));
  }
}

template <GroupOffset kKind>
HWY_NOINLINE void Errors(const GroupValues& values, const GroupCandidates& candidates, double limit,
                         double* errors) {
  GroupWide wide(values);
  for (size_t c = 0; c < candidates.count; ++c) {
    const GroupCandidate<kKind> candidate(values, candidates, c);
    GroupLanes error;
    bool lost = false;
    ForSegments(
        wide, values.n, kGroupStride, error,
        [&](const GroupWide::Buffer& from, size_t i) HWY_ATTR {
          ForEight(
              from, i, [&](GroupVF x) HWY_ATTR { return candidate.Value(x); },
              [&](size_t p, GroupV x, GroupV value, GroupV w) HWY_ATTR {
                const GroupV difference = hn::Sub(x, value);
                const GroupV term = hn::Mul(hn::Mul(w, difference), difference);
                error.parts[p] = hn::Add(error.parts[p], term);
              });
        },
        [&]() HWY_ATTR {
          // What is infinite already may still become NaN.
          lost = std::isfinite(limit) && error.Sum() >= limit;
          return !lost;
        });
    errors[c] = lost ? std::numeric_limits<double>::infinity() : error.Sum();
    limit = errors[c] < limit ? errors[c] : limit;
  }
}

// Of LevelSums.
struct LevelLanes {
  GroupLanes m, mm, mx;

  HWY_INLINE LevelLanes() {}  // with the target's attributes

  HWY_INLINE void Keep(size_t count, const LevelLanes& before) {
    m.Keep(count, before.m);
    mm.Keep(count, before.mm);
    mx.Keep(count, before.mx);
  }
};

template <GroupOffset kKind>
HWY_NOINLINE void Levels(const GroupValues& values, const GroupCandidates& candidates,
                         LevelSums* sums) {
  GroupWide wide(values);
  for (size_t c = 0; c < candidates.count; ++c) {
    const GroupCandidate<kKind> candidate(values, candidates, c);
    LevelLanes lanes;
    ForSegments(
        wide, values.n, kGroupFirst, lanes,
        [&](const GroupWide::Buffer& from, size_t i) HWY_ATTR {
          ForEight(
              from, i, [&](GroupVF x) HWY_ATTR { return candidate.Multiplier(x); },
              [&](size_t p, GroupV x, GroupV m, GroupV w) HWY_ATTR {
                const GroupV wm = hn::Mul(w, m);
                lanes.m.parts[p] = hn::Add(lanes.m.parts[p], wm);
                lanes.mm.parts[p] = hn::Add(lanes.mm.parts[p], hn::Mul(wm, m));
                lanes.mx.parts[p] = hn::Add(lanes.mx.parts[p], hn::Mul(wm, x));
              });
        },
        [] { return true; });
    sums[c] = {lanes.m.Sum(), lanes.mm.Sum(), lanes.mx.Sum()};
  }
}

#define PAWL_FOR_GROUP_KIND(function, kind, ...) \
  case GroupOffset::kind:                        \
    return function<GroupOffset::kind>(values, __VA_ARGS__)

void GroupErrors(const GroupValues& values, const GroupCandidates& candidates, double limit,
                 double* errors) {
  PAWL_SSE2_RUNS(GroupErrors(values, candidates, limit, errors));
  switch (values.offset) {
    PAWL_FOR_GROUP_KIND(Errors, kNone, candidates, limit, errors);
    PAWL_FOR_GROUP_KIND(Errors, kZeroPoint, candidates, limit, errors);
    PAWL_FOR_GROUP_KIND(Errors, kFloatZero, candidates, limit, errors);
    PAWL_FOR_GROUP_KIND(Errors, kMinimum, candidates, limit, errors);
  }
}

void GroupLevelSums(const GroupValues& values, const GroupCandidates& candidates, LevelSums* sums) {
  PAWL_SSE2_RUNS(GroupLevelSums(values, candidates, sums));
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
