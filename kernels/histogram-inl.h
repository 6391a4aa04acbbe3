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

uint64_t Histogram(const float* x, size_t n, const HistogramParams& params, uint64_t* counts) {
  const hn::ScalableTag<float> df;
  const hn::RebindToSigned<decltype(df)> di;
  const size_t lanes = hn::Lanes(df);
  const auto lo = hn::Set(df, params.lo);
  const auto inv_width = hn::Set(df, params.inv_width);
  const auto last = hn::Set(df, static_cast<float>(params.bins - 1));
  const auto sign_bit = hn::Set(di, params.absolute ? 0x7FFFFFFF : -1);
  const auto not_finite_bin = hn::Set(di, -1);
  HWY_ALIGN int32_t bins[HWY_MAX_LANES_D(decltype(di))];
  uint64_t not_finite = 0;
  for (size_t i = 0; i < n; i += lanes) {
    const size_t count = std::min(lanes, n - i);
    const auto bits = hn::And(hn::BitCast(di, hn::LoadN(df, x + i, count)), sign_bit);
    auto position = hn::Mul(hn::Sub(hn::BitCast(df, bits), lo), inv_width);
    position = hn::IfThenElseZero(hn::Eq(position, position), position);
    position = hn::Min(hn::Max(position, hn::Zero(df)), last);
    const auto magnitude = hn::And(bits, hn::Set(di, 0x7FFFFFFF));
    const auto finite = hn::Lt(magnitude, hn::Set(di, 0x7F800000));
    hn::Store(hn::IfThenElse(finite, hn::ConvertTo(di, position), not_finite_bin), di, bins);
    for (size_t l = 0; l < count; ++l) {
      if (bins[l] >= 0) {
        ++counts[bins[l]];
      } else {
        ++not_finite;
      }
    }
  }
  return not_finite;
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace pawl::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
