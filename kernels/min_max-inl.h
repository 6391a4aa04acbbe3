// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// MinMax, for one target. min_max.h has the definitions.

#if defined(PAWL_KERNELS_MIN_MAX_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAWL_KERNELS_MIN_MAX_INL_H_
#undef PAWL_KERNELS_MIN_MAX_INL_H_
#else
#define PAWL_KERNELS_MIN_MAX_INL_H_
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "hwy/highway.h"
#include "kernels/min_max.h"

HWY_BEFORE_NAMESPACE();
namespace pawl::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using RangeDF = hn::ScalableTag<float>;
using RangeDI = hn::RebindToSigned<RangeDF>;
using RangeVF = hn::Vec<RangeDF>;
using RangeVI = hn::Vec<RangeDI>;
using RangeMI = hn::Mask<RangeDI>;

constexpr float kRangeInf = std::numeric_limits<float>::infinity();
constexpr int32_t kInfBits = 0x7F800000;
// Counters of 32 bits per lane are emptied after so many values.
constexpr size_t kCountBlock = size_t{1} << 30;

HWY_INLINE RangeVI Magnitude(RangeVF v) {
  const RangeDI di;
  return hn::And(hn::BitCast(di, v), hn::Set(di, 0x7FFFFFFF));
}

// Folds v, of which lanes past the end of data must be a copy of valid ones or zeros masked off by
// `valid`, into the running results.
HWY_INLINE void FoldRange(RangeVF v, RangeMI valid, RangeVF& min, RangeVF& max, RangeVI& nans,
                          RangeVI& infs) {
  const RangeDF df;
  const RangeDI di;
  const auto magnitude = Magnitude(v);
  const auto inf = hn::Set(di, kInfBits);
  const auto finite = hn::RebindMask(df, hn::And(valid, hn::Lt(magnitude, inf)));
  min = hn::Min(min, hn::IfThenElse(finite, v, hn::Set(df, kRangeInf)));
  max = hn::Max(max, hn::IfThenElse(finite, v, hn::Set(df, -kRangeInf)));
  nans = hn::Sub(nans, hn::VecFromMask(di, hn::Gt(magnitude, inf)));
  infs = hn::Sub(infs, hn::VecFromMask(di, hn::Eq(magnitude, inf)));
}

HWY_INLINE uint64_t SumCounts(RangeVI counts) {
  const RangeDI di;
  const size_t lanes = hn::Lanes(di);
  HWY_ALIGN int32_t values[HWY_MAX_LANES_D(RangeDI)];
  hn::Store(counts, di, values);
  uint64_t sum = 0;
  for (size_t l = 0; l < lanes; ++l) sum += static_cast<uint32_t>(values[l]);
  return sum;
}

// At most kCountBlock values, folded into `range` without turning -0 into +0.
HWY_INLINE void FoldBlock(const float* x, size_t n, Range& range) {
  const RangeDF df;
  const RangeDI di;
  const size_t lanes = hn::Lanes(df);
  const RangeMI all = hn::FirstN(di, lanes);
  RangeVF min0 = hn::Set(df, kRangeInf), max0 = hn::Set(df, -kRangeInf);
  RangeVF min1 = min0, max1 = max0;
  RangeVI nans = hn::Zero(di), infs = hn::Zero(di);
  size_t i = 0;
  for (; i + 2 * lanes <= n; i += 2 * lanes) {
    FoldRange(hn::LoadU(df, x + i), all, min0, max0, nans, infs);
    FoldRange(hn::LoadU(df, x + i + lanes), all, min1, max1, nans, infs);
  }
  for (; i < n; i += lanes) {
    const size_t count = std::min(lanes, n - i);
    FoldRange(hn::LoadN(df, x + i, count), hn::FirstN(di, count), min0, max0, nans, infs);
  }
  range.min = std::min(range.min, hn::ReduceMin(df, hn::Min(min0, min1)));
  range.max = std::max(range.max, hn::ReduceMax(df, hn::Max(max0, max1)));
  range.nan_count += SumCounts(nans);
  range.inf_count += SumCounts(infs);
}

Range MinMax(const float* x, size_t n) {
  Range range;
  for (size_t i = 0; i < n; i += kCountBlock) FoldBlock(x + i, std::min(kCountBlock, n - i), range);
  range.min += 0.0f;
  range.max += 0.0f;
  return range;
}

// Largest magnitude of the finite values as bits, and the count of the others added to not_finite
// (one block).
HWY_INLINE int32_t FoldMagnitude(const float* x, size_t n, uint64_t& not_finite) {
  const RangeDF df;
  const RangeDI di;
  const size_t lanes = hn::Lanes(df);
  const auto inf = hn::Set(di, kInfBits);
  RangeVI max0 = hn::Zero(di), max1 = hn::Zero(di), others = hn::Zero(di);
  size_t i = 0;
  for (; i + 2 * lanes <= n; i += 2 * lanes) {
    const auto m0 = Magnitude(hn::LoadU(df, x + i));
    const auto m1 = Magnitude(hn::LoadU(df, x + i + lanes));
    const auto finite0 = hn::VecFromMask(di, hn::Lt(m0, inf));
    const auto finite1 = hn::VecFromMask(di, hn::Lt(m1, inf));
    max0 = hn::Max(max0, hn::And(m0, finite0));
    max1 = hn::Max(max1, hn::And(m1, finite1));
    others = hn::Add(others, hn::Add(finite0, finite1));
  }
  uint64_t finite = 0;
  for (; i < n; i += lanes) {
    const auto m = Magnitude(hn::LoadN(df, x + i, std::min(lanes, n - i)));
    const auto mask = hn::And(hn::Lt(m, inf), hn::FirstN(di, std::min(lanes, n - i)));
    max0 = hn::Max(max0, hn::IfThenElseZero(mask, m));
    finite += hn::CountTrue(di, mask);
  }
  finite += SumCounts(hn::Neg(others));
  not_finite += n - finite;
  return hn::ReduceMax(di, hn::Max(max0, max1));
}

HWY_INLINE float FoldAbsMax(const float* x, size_t n, uint64_t& not_finite) {
  int32_t bits = 0;
  for (size_t i = 0; i < n; i += kCountBlock) {
    bits = std::max(bits, FoldMagnitude(x + i, std::min(kCountBlock, n - i), not_finite));
  }
  return hwy::BitCastScalar<float>(bits);
}

float AbsMax(const float* x, size_t n) {
  uint64_t not_finite = 0;
  return FoldAbsMax(x, n, not_finite);
}

// Adds -1 to each lane of `finite_count` that holds a finite value.
HWY_INLINE void FoldFinite(RangeVF v, RangeVF& min, RangeVF& max, RangeVI& finite_count) {
  const RangeDF df;
  const RangeDI di;
  const auto is_finite = hn::Lt(Magnitude(v), hn::Set(di, kInfBits));
  const auto finite = hn::RebindMask(df, is_finite);
  min = hn::Min(min, hn::IfThenElse(finite, v, hn::Set(df, kRangeInf)));
  max = hn::Max(max, hn::IfThenElse(finite, v, hn::Set(df, -kRangeInf)));
  finite_count = hn::Add(finite_count, hn::VecFromMask(di, is_finite));
}

// Whole groups of a multiple of the vector size, at most kCountBlock values. Returns the number of
// finite ones.
HWY_INLINE uint64_t FoldGroups(const float* x, size_t groups, size_t size, float* mins,
                               float* maxs) {
  const RangeDF df;
  const RangeDI di;
  const size_t lanes = hn::Lanes(df);
  RangeVI finite_count = hn::Zero(di);
  for (size_t g = 0; g < groups; ++g, x += size) {
    RangeVF min = hn::Set(df, kRangeInf), max = hn::Set(df, -kRangeInf);
    for (size_t i = 0; i < size; i += lanes) {
      FoldFinite(hn::LoadU(df, x + i), min, max, finite_count);
    }
    mins[g] = hn::ReduceMin(df, min) + 0.0f;
    maxs[g] = hn::ReduceMax(df, max) + 0.0f;
  }
  return SumCounts(hn::Neg(finite_count));
}

uint64_t MinMaxGroups(const float* x, size_t n, size_t size, float* mins, float* maxs) {
  uint64_t not_finite = 0;
  size_t i = 0, g = 0;
  if (size % hn::Lanes(RangeDF()) == 0 && size <= kCountBlock) {
    const size_t block = kCountBlock / size;
    for (size_t count; (count = std::min(block, (n - i) / size)) > 0; g += count) {
      not_finite += count * size - FoldGroups(x + i, count, size, mins + g, maxs + g);
      i += count * size;
    }
  }
  for (; i < n; i += std::min(size, n - i), ++g) {
    const Range range = MinMax(x + i, std::min(size, n - i));
    mins[g] = range.min;
    maxs[g] = range.max;
    not_finite += range.nan_count + range.inf_count;
  }
  return not_finite;
}

uint64_t AbsMaxGroups(const float* x, size_t n, size_t size, float* abs_maxs) {
  uint64_t not_finite = 0;
  for (size_t i = 0, g = 0; i < n; i += std::min(size, n - i), ++g) {
    abs_maxs[g] = FoldAbsMax(x + i, std::min(size, n - i), not_finite);
  }
  return not_finite;
}

uint64_t MinMaxColumns(const float* x, size_t rows, size_t cols, size_t stride, float* mins,
                       float* maxs) {
  const RangeDF df;
  const RangeDI di;
  const size_t lanes = hn::Lanes(df);
  uint64_t finite_count = 0;
  for (size_t r = 0; r < rows; ++r, x += stride) {
    RangeVI row_count = hn::Zero(di);
    size_t c = 0;
    for (; c + lanes <= cols; c += lanes) {
      RangeVF min = hn::LoadU(df, mins + c), max = hn::LoadU(df, maxs + c);
      FoldFinite(hn::Add(hn::LoadU(df, x + c), hn::Zero(df)), min, max, row_count);  // no -0
      hn::StoreU(min, df, mins + c);
      hn::StoreU(max, df, maxs + c);
    }
    finite_count += SumCounts(hn::Neg(row_count));
    for (; c < cols; ++c) {
      const Range range = reference::MinMax(x + c, 1);
      mins[c] = std::min(mins[c], range.min);
      maxs[c] = std::max(maxs[c], range.max);
      finite_count += 1 - range.nan_count - range.inf_count;
    }
  }
  return static_cast<uint64_t>(rows) * cols - finite_count;
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace pawl::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
