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
#include "kernels/prefetch.h"

HWY_BEFORE_NAMESPACE();
namespace pawl::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using RangeDF = hn::ScalableTag<float>;
using RangeDI = hn::RebindToSigned<RangeDF>;
using RangeVF = hn::Vec<RangeDF>;
using RangeVI = hn::Vec<RangeDI>;
constexpr size_t kRangeLanes = HWY_MAX_LANES_D(RangeDF);

constexpr float kRangeInf = std::numeric_limits<float>::infinity();
constexpr int32_t kInfBits = 0x7F800000;

HWY_INLINE RangeVI Magnitude(RangeVF v) {
  const RangeDI di;
  return hn::And(hn::BitCast(di, v), hn::Set(di, 0x7FFFFFFF));
}

// Most data is finite, so every loop first runs without a look at single values and keeps the
// largest magnitude beside its results, as bits: where that is finite, all were. Results of a piece
// in which it is not are thrown away, and the piece, still in the cache, is done value by value.
constexpr size_t kPiece = 1024;

HWY_INLINE bool AllFinite(RangeVI magnitude) {
  const RangeDI di;
  return hn::AllTrue(di, hn::Lt(magnitude, hn::Set(di, kInfBits)));
}

struct FastRange {
  RangeVF min, max;
  RangeVI magnitude;

  HWY_INLINE FastRange()
      : min(hn::Set(RangeDF(), kRangeInf)),
        max(hn::Set(RangeDF(), -kRangeInf)),
        magnitude(hn::Zero(RangeDI())) {}
  HWY_INLINE void Fold(RangeVF v) {
    min = hn::Min(min, v);
    max = hn::Max(max, v);
    magnitude = hn::Max(magnitude, Magnitude(v));
  }
  HWY_INLINE void Fold(const FastRange& other) {
    min = hn::Min(min, other.min);
    max = hn::Max(max, other.max);
    magnitude = hn::Max(magnitude, other.magnitude);
  }
};

HWY_NOINLINE void FoldSlowly(const float* x, size_t n, Range& range) {
  for (size_t i = 0; i < n; ++i) {
    const Range one = reference::MinMax(x + i, 1);
    range.min = std::min(range.min, one.min);
    range.max = std::max(range.max, one.max);
    range.nan_count += one.nan_count;
    range.inf_count += one.inf_count;
  }
}

Range MinMax(const float* x, size_t n) {
  const RangeDF df;
  Range range;
  FastRange all;
  size_t i = 0;
  while (i + 4 * kRangeLanes <= n) {
    const size_t count = std::min(kPiece, (n - i) / (4 * kRangeLanes) * (4 * kRangeLanes));
    FastRange parts[4];
    for (size_t j = i; j < i + count; j += 4 * kRangeLanes) {
      if constexpr (HWY_MAX_BYTES < 64) PrefetchAhead<16 * kRangeLanes>(x + j);
      PAWL_UNROLL
      for (size_t p = 0; p < 4; ++p) parts[p].Fold(hn::LoadU(df, x + j + p * kRangeLanes));
    }
    parts[0].Fold(parts[1]);
    parts[2].Fold(parts[3]);
    parts[0].Fold(parts[2]);
    if (HWY_LIKELY(AllFinite(parts[0].magnitude))) {
      all.Fold(parts[0]);
    } else {
      FoldSlowly(x + i, count, range);
    }
    i += count;
  }
  FoldSlowly(x + i, n - i, range);
  range.min = std::min(range.min, hn::ReduceMin(df, all.min)) + 0.0f;
  range.max = std::max(range.max, hn::ReduceMax(df, all.max)) + 0.0f;
  return range;
}

// Largest magnitude of the finite values as bits; the count of the others is added to not_finite.
HWY_INLINE int32_t MagnitudeSlowly(const float* x, size_t n, uint64_t& not_finite) {
  int32_t bits = 0;
  for (size_t i = 0; i < n; ++i) {
    const int32_t magnitude = hwy::BitCastScalar<int32_t>(x[i]) & 0x7FFFFFFF;
    if (magnitude < kInfBits) {
      bits = std::max(bits, magnitude);
    } else {
      ++not_finite;
    }
  }
  return bits;
}

HWY_INLINE float FoldAbsMax(const float* x, size_t n, uint64_t& not_finite) {
  const RangeDF df;
  const RangeDI di;
  RangeVI all = hn::Zero(di);
  int32_t bits = 0;
  size_t i = 0;
  while (i + 4 * kRangeLanes <= n) {
    const size_t count = std::min(kPiece, (n - i) / (4 * kRangeLanes) * (4 * kRangeLanes));
    RangeVI m0 = hn::Zero(di), m1 = m0, m2 = m0, m3 = m0;
    for (size_t j = i; j < i + count; j += 4 * kRangeLanes) {
      m0 = hn::Max(m0, Magnitude(hn::LoadU(df, x + j)));
      m1 = hn::Max(m1, Magnitude(hn::LoadU(df, x + j + kRangeLanes)));
      m2 = hn::Max(m2, Magnitude(hn::LoadU(df, x + j + 2 * kRangeLanes)));
      m3 = hn::Max(m3, Magnitude(hn::LoadU(df, x + j + 3 * kRangeLanes)));
    }
    m0 = hn::Max(hn::Max(m0, m1), hn::Max(m2, m3));
    if (HWY_LIKELY(AllFinite(m0))) {
      all = hn::Max(all, m0);
    } else {
      bits = std::max(bits, MagnitudeSlowly(x + i, count, not_finite));
    }
    i += count;
  }
  bits = std::max(bits, MagnitudeSlowly(x + i, n - i, not_finite));
  return hwy::BitCastScalar<float>(std::max(bits, hn::ReduceMax(di, all)));
}

float AbsMax(const float* x, size_t n) {
  uint64_t not_finite = 0;
  return FoldAbsMax(x, n, not_finite);
}

struct MinOp {
  template <class V>
  HWY_INLINE V operator()(V a, V b) const {
    return hn::Min(a, b);
  }
};
struct MaxOp {
  template <class V>
  HWY_INLINE V operator()(V a, V b) const {
    return hn::Max(a, b);
  }
};

// Of four vectors, in each 128-bit block: lane l is all four lanes of vector l.
template <class D, class V, class Op>
HWY_INLINE V ReduceBlocks(D d, V v0, V v1, V v2, V v3, Op op) {
  const V even = op(hn::InterleaveLower(d, v0, v2), hn::InterleaveUpper(d, v0, v2));
  const V odd = op(hn::InterleaveLower(d, v1, v3), hn::InterleaveUpper(d, v1, v3));
  return op(hn::InterleaveLower(d, even, odd), hn::InterleaveUpper(d, even, odd));
}

// As many vectors as they have lanes: lane l of the result is all lanes of vector l.
template <class D, class V, class Op>
HWY_INLINE V ReduceEach(D d, V (&v)[kRangeLanes], Op op) {
  if constexpr (kRangeLanes == 4) {
    return ReduceBlocks(d, v[0], v[1], v[2], v[3], op);
  } else if constexpr (kRangeLanes == 8) {
    const V low = ReduceBlocks(d, v[0], v[1], v[2], v[3], op);
    const V high = ReduceBlocks(d, v[4], v[5], v[6], v[7], op);
    return op(hn::ConcatLowerLower(d, high, low), hn::ConcatUpperUpper(d, high, low));
  } else {
    PAWL_UNROLL
    for (size_t count = kRangeLanes / 2; count > 0; count /= 2) {
      PAWL_UNROLL
      for (size_t i = 0; i < count; ++i) {
        v[i] =
            op(hn::ConcatEven(d, v[2 * i + 1], v[2 * i]), hn::ConcatOdd(d, v[2 * i + 1], v[2 * i]));
      }
    }
    return v[0];
  }
}

// As many groups as a vector has lanes, of a multiple of kStep values. False where a value is not
// finite; then the results mean nothing.
template <size_t kStep>
HWY_INLINE bool RangesOfGroups(const float* x, size_t size, float* mins, float* maxs) {
  const RangeDF df;
  RangeVF min[kRangeLanes], max[kRangeLanes];
  RangeVI magnitude = hn::Zero(RangeDI());
  PAWL_UNROLL
  for (size_t g = 0; g < kRangeLanes; ++g) {
    FastRange range;
    const float* group = x + g * size;
    for (size_t i = 0; i < size; i += kStep) {
      if constexpr (HWY_MAX_BYTES < 64) PrefetchAhead<4 * kStep>(group + i);
      PAWL_UNROLL
      for (size_t j = 0; j < kStep; j += kRangeLanes) range.Fold(hn::LoadU(df, group + i + j));
    }
    min[g] = range.min;
    max[g] = range.max;
    magnitude = hn::Max(magnitude, range.magnitude);
  }
  hn::StoreU(hn::Add(ReduceEach(df, min, MinOp()), hn::Zero(df)), df, mins);
  hn::StoreU(hn::Add(ReduceEach(df, max, MaxOp()), hn::Zero(df)), df, maxs);
  return AllFinite(magnitude);
}

template <size_t kStep>
HWY_INLINE bool MagnitudesOfGroups(const float* x, size_t size, float* abs_maxs) {
  const RangeDF df;
  const RangeDI di;
  RangeVI max[kRangeLanes];
  PAWL_UNROLL
  for (size_t g = 0; g < kRangeLanes; ++g) {
    max[g] = hn::Zero(di);
    const float* group = x + g * size;
    for (size_t i = 0; i < size; i += kStep) {
      if constexpr (HWY_MAX_BYTES < 64) PrefetchAhead<4 * kStep>(group + i);
      PAWL_UNROLL
      for (size_t j = 0; j < kStep; j += kRangeLanes) {
        max[g] = hn::Max(max[g], Magnitude(hn::LoadU(df, group + i + j)));
      }
    }
  }
  const RangeVI magnitudes = ReduceEach(di, max, MaxOp());
  hn::StoreU(hn::BitCast(df, magnitudes), df, abs_maxs);
  return AllFinite(magnitudes);
}

// Calls several(begin, first group) for each kRangeLanes whole groups while that succeeds, and
// one(begin, count, group) for all other groups.
template <class Several, class One>
HWY_INLINE void ForGroups(size_t n, size_t size, bool in_step, const Several& several,
                          const One& one) {
  size_t i = 0, g = 0;
  const size_t together = in_step && size <= n / kRangeLanes ? size * kRangeLanes : n + 1;
  while (i < n) {
    if (together <= n - i && HWY_LIKELY(several(i, g))) {
      i += together;
      g += kRangeLanes;
      continue;
    }
    for (size_t k = 0; k < kRangeLanes && i < n; ++k, ++g) {
      const size_t count = std::min(size, n - i);
      one(i, count, g);
      i += count;
    }
  }
}

template <size_t kStep>
HWY_INLINE uint64_t RangesInSteps(const float* x, size_t n, size_t size, float* mins, float* maxs) {
  uint64_t not_finite = 0;
  ForGroups(
      n, size, size % kStep == 0,
      [&](size_t i, size_t g)
          HWY_ATTR { return RangesOfGroups<kStep>(x + i, size, mins + g, maxs + g); },
      [&](size_t i, size_t count, size_t g) HWY_ATTR {
        const Range range = MinMax(x + i, count);
        mins[g] = range.min;
        maxs[g] = range.max;
        not_finite += range.nan_count + range.inf_count;
      });
  return not_finite;
}

uint64_t MinMaxGroups(const float* x, size_t n, size_t size, float* mins, float* maxs) {
  PAWL_SSE2_RUNS(MinMaxGroups(x, n, size, mins, maxs));
  return size % 32 == 0 ? RangesInSteps<32>(x, n, size, mins, maxs)
                        : RangesInSteps<16>(x, n, size, mins, maxs);
}

template <size_t kStep>
HWY_INLINE uint64_t MagnitudesInSteps(const float* x, size_t n, size_t size, float* abs_maxs) {
  uint64_t not_finite = 0;
  ForGroups(
      n, size, size % kStep == 0,
      [&](size_t i, size_t g)
          HWY_ATTR { return MagnitudesOfGroups<kStep>(x + i, size, abs_maxs + g); },
      [&](size_t i, size_t count, size_t g)
          HWY_ATTR { abs_maxs[g] = FoldAbsMax(x + i, count, not_finite); });
  return not_finite;
}

uint64_t AbsMaxGroups(const float* x, size_t n, size_t size, float* abs_maxs) {
  PAWL_SSE2_RUNS(AbsMaxGroups(x, n, size, abs_maxs));
  return size % 32 == 0 ? MagnitudesInSteps<32>(x, n, size, abs_maxs)
                        : MagnitudesInSteps<16>(x, n, size, abs_maxs);
}

// kRows rows at once: the results are read and written once for all of them. Returns how many
// values are not finite.
template <size_t kRows>
HWY_INLINE uint64_t FoldColumns(const float* x, size_t cols, size_t stride, float* mins,
                                float* maxs) {
  const RangeDF df;
  uint64_t not_finite = 0;
  const auto slowly = [&](size_t begin, size_t end) HWY_ATTR {
    for (size_t r = 0; r < kRows; ++r) {
      for (size_t c = begin; c < end; ++c) {
        const Range range = reference::MinMax(x + r * stride + c, 1);
        mins[c] = std::min(mins[c], range.min);
        maxs[c] = std::max(maxs[c], range.max);
        not_finite += range.nan_count + range.inf_count;
      }
    }
  };
  size_t c = 0;
  for (; c + kRangeLanes <= cols; c += kRangeLanes) {
    FastRange range;
    PAWL_UNROLL
    for (size_t r = 0; r < kRows; ++r) range.Fold(hn::LoadU(df, x + r * stride + c));
    if (HWY_UNLIKELY(!AllFinite(range.magnitude))) {
      slowly(c, c + kRangeLanes);
      continue;
    }
    const RangeVF min = hn::Add(range.min, hn::Zero(df)), max = hn::Add(range.max, hn::Zero(df));
    hn::StoreU(hn::Min(hn::LoadU(df, mins + c), min), df, mins + c);
    hn::StoreU(hn::Max(hn::LoadU(df, maxs + c), max), df, maxs + c);
  }
  slowly(c, cols);
  return not_finite;
}

uint64_t MinMaxColumns(const float* x, size_t rows, size_t cols, size_t stride, float* mins,
                       float* maxs) {
  PAWL_SSE2_RUNS(MinMaxColumns(x, rows, cols, stride, mins, maxs));
  uint64_t not_finite = 0;
  size_t r = 0;
  for (; r + 4 <= rows; r += 4) {
    not_finite += FoldColumns<4>(x + r * stride, cols, stride, mins, maxs);
  }
  for (; r < rows; ++r) not_finite += FoldColumns<1>(x + r * stride, cols, stride, mins, maxs);
  return not_finite;
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace pawl::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
