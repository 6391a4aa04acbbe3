// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Histogram, for one target. histogram.h has the definition.

#if defined(PAWL_KERNELS_HISTOGRAM_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAWL_KERNELS_HISTOGRAM_INL_H_
#undef PAWL_KERNELS_HISTOGRAM_INL_H_
#else
#define PAWL_KERNELS_HISTOGRAM_INL_H_
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "hwy/highway.h"
#include "kernels/histogram.h"

HWY_BEFORE_NAMESPACE();
namespace pawl::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Tables of their own for neighbouring values: an increment waits for the one before it of the same
// bin. As large as still leaves room in a first-level cache.
constexpr size_t kHistogramTables = 2;
constexpr int32_t kHistogramBins = 4096;
constexpr size_t kHistogramPiece = 256;

// Bins of at most kHistogramPiece values, `bins` for those that are not finite. Writes whole
// vectors.
HWY_INLINE void FindBins(const float* x, size_t n, const HistogramParams& params,
                         int32_t* HWY_RESTRICT bins) {
  const hn::ScalableTag<float> df;
  const hn::RebindToSigned<decltype(df)> di;
  const size_t lanes = hn::Lanes(df);
  const auto lo = hn::Set(df, params.lo);
  const auto inv_width = hn::Set(df, params.inv_width);
  const auto last = hn::Set(df, static_cast<float>(params.bins - 1));
  const auto sign_bit = hn::Set(di, params.absolute ? 0x7FFFFFFF : -1);
  const auto find = [&](hn::Vec<decltype(df)> v) HWY_ATTR {
    const auto bits = hn::And(hn::BitCast(di, v), sign_bit);
    auto position = hn::Mul(hn::Sub(hn::BitCast(df, bits), lo), inv_width);
    position = hn::IfThenElseZero(hn::Eq(position, position), position);
    position = hn::Min(hn::Max(position, hn::Zero(df)), last);
    const auto magnitude = hn::And(bits, hn::Set(di, 0x7FFFFFFF));
    const auto finite = hn::Lt(magnitude, hn::Set(di, 0x7F800000));
    return hn::IfThenElse(finite, hn::ConvertTo(di, position), hn::Set(di, params.bins));
  };
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) hn::Store(find(hn::LoadU(df, x + i)), di, bins + i);
  if (i < n) hn::Store(find(hn::LoadN(df, x + i, n - i)), di, bins + i);
}

HWY_INLINE uint64_t CountDirectly(const float* x, size_t n, const HistogramParams& params,
                                  uint64_t* counts) {
  HWY_ALIGN int32_t bins[kHistogramPiece];
  uint64_t not_finite = 0;
  for (size_t i = 0; i < n; i += kHistogramPiece) {
    const size_t count = std::min(kHistogramPiece, n - i);
    FindBins(x + i, count, params, bins);
    for (size_t k = 0; k < count; ++k) {
      if (bins[k] < params.bins) {
        ++counts[bins[k]];
      } else {
        ++not_finite;
      }
    }
  }
  return not_finite;
}

// At most 2^31 values into tables of 32 bits on the stack.
HWY_INLINE uint64_t CountInTables(const float* x, size_t n, const HistogramParams& params,
                                  uint64_t* counts) {
  HWY_ALIGN int32_t bins[kHistogramPiece];
  uint32_t tables[kHistogramTables][kHistogramBins + 1];
  const auto size = static_cast<size_t>(params.bins) + 1;
  for (auto& table : tables) std::fill_n(table, size, 0u);
  for (size_t i = 0; i < n; i += kHistogramPiece) {
    const size_t count = std::min(kHistogramPiece, n - i);
    FindBins(x + i, count, params, bins);
    size_t k = 0;
    for (; k + kHistogramTables <= count; k += kHistogramTables) {
      PAWL_UNROLL
      for (size_t t = 0; t < kHistogramTables; ++t) ++tables[t][bins[k + t]];
    }
    for (; k < count; ++k) ++tables[0][bins[k]];
  }
  uint64_t not_finite = 0;
  for (const auto& table : tables) {
    for (size_t b = 0; b + 1 < size; ++b) counts[b] += table[b];
    not_finite += table[size - 1];
  }
  return not_finite;
}

uint64_t Histogram(const float* x, size_t n, const HistogramParams& params, uint64_t* counts) {
  constexpr size_t kMost = size_t{1} << 31;
  // Few values do not pay for the tables' own bins.
  const bool tables = params.bins <= kHistogramBins && n / 8 >= static_cast<size_t>(params.bins);
  if (!tables) return CountDirectly(x, n, params, counts);
  uint64_t not_finite = 0;
  for (size_t i = 0; i < n; i += kMost) {
    not_finite += CountInTables(x + i, std::min(kMost, n - i), params, counts);
  }
  return not_finite;
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace pawl::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
