// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Depthwise convolution, for one target. depthwise.h has the definitions.

#if defined(PAWL_KERNELS_DEPTHWISE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAWL_KERNELS_DEPTHWISE_INL_H_
#undef PAWL_KERNELS_DEPTHWISE_INL_H_
#else
#define PAWL_KERNELS_DEPTHWISE_INL_H_
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "hwy/highway.h"
#include "kernels/depthwise.h"

HWY_BEFORE_NAMESPACE();
namespace pawl::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using DepthwiseD16 = hn::ScalableTag<int16_t>;
using DepthwiseD32 = hn::RepartitionToWide<DepthwiseD16>;
using DepthwiseV16 = hn::Vec<DepthwiseD16>;
using DepthwiseV32 = hn::Vec<DepthwiseD32>;
constexpr size_t kDepthwiseLanes = HWY_MAX_LANES_D(DepthwiseD16);

// Positions that share the loads of weights: what the registers hold.
constexpr size_t kDepthwiseRun = HWY_MAX_BYTES >= 64 ? 8 : 4;

// kFull: as many channels as lanes; else `count`.
template <bool kFull>
HWY_INLINE DepthwiseV16 LoadCodes(const int8_t* x, size_t count) {
  const hn::Rebind<int8_t, DepthwiseD16> d8;
  return hn::PromoteTo(DepthwiseD16(), kFull ? hn::LoadU(d8, x) : hn::LoadN(d8, x, count));
}
template <bool kFull>
HWY_INLINE DepthwiseV16 LoadWeights(const int16_t* w, size_t count) {
  const DepthwiseD16 d16;
  return kFull ? hn::LoadU(d16, w) : hn::LoadN(d16, w, count);
}

// Sums of channels: the low and high halves of each 128-bit block in vectors of their own.
template <size_t kRun>
struct DepthwiseSums {
  DepthwiseV32 low[kRun];
  DepthwiseV32 high[kRun];
};

// Two taps for kRun positions: products of pairs are exact in 32 bits. A last tap goes alone.
template <bool kFull, bool kPair, size_t kRun>
HWY_INLINE void AddTapPair(const DepthwiseShape& s, const int8_t* first, const int8_t* second,
                           const int16_t* w, size_t count, DepthwiseSums<kRun>& t) {
  const DepthwiseD16 d16;
  const DepthwiseD32 d32;
  const DepthwiseV16 w0 = LoadWeights<kFull>(w, count);
  const DepthwiseV16 w1 = kPair ? LoadWeights<kFull>(w + s.channels, count) : hn::Zero(d16);
  const DepthwiseV16 w_low = hn::InterleaveLower(d16, w0, w1);
  const DepthwiseV16 w_high = hn::InterleaveUpper(d16, w0, w1);
  PAWL_UNROLL
  for (size_t p = 0; p < kRun; ++p) {
    const DepthwiseV16 x0 = LoadCodes<kFull>(first + p * s.position_step, count);
    // A weight of zero makes any second code do.
    const DepthwiseV16 x1 = kPair ? LoadCodes<kFull>(second + p * s.position_step, count) : x0;
    const DepthwiseV16 x_low = hn::InterleaveLower(d16, x0, x1);
    const DepthwiseV16 x_high = hn::InterleaveUpper(d16, x0, x1);
    t.low[p] = hn::Add(t.low[p], hn::WidenMulPairwiseAdd(d32, x_low, w_low));
    t.high[p] = hn::Add(t.high[p], hn::WidenMulPairwiseAdd(d32, x_high, w_high));
  }
}

// Back into the order of channels.
template <bool kFull>
HWY_INLINE void StoreSums(DepthwiseV32 low, DepthwiseV32 high, const int32_t* start, size_t count,
                          int32_t* out) {
  const hn::CappedTag<int32_t, 4> d4;
  HWY_ALIGN int32_t sums[kDepthwiseLanes];
  constexpr size_t kHalf = kDepthwiseLanes / 2;
#if HWY_MAX_BYTES == 32
  const DepthwiseD32 d32;
  const DepthwiseV32 first = hn::ConcatLowerLower(d32, high, low);
  const DepthwiseV32 second = hn::ConcatUpperUpper(d32, high, low);
  if (kFull) {
    hn::StoreU(hn::Add(first, hn::LoadU(d32, start)), d32, out);
    hn::StoreU(hn::Add(second, hn::LoadU(d32, start + kHalf)), d32, out + kHalf);
    return;
  }
  hn::Store(first, d32, sums);
  hn::Store(second, d32, sums + kHalf);
#else
  HWY_ALIGN int32_t halves[2][kHalf];
  hn::Store(low, DepthwiseD32(), halves[0]);
  hn::Store(high, DepthwiseD32(), halves[1]);
  for (size_t i = 0; i < kHalf; i += 4) {
    hn::Store(hn::Load(d4, halves[0] + i), d4, sums + 2 * i);
    hn::Store(hn::Load(d4, halves[1] + i), d4, sums + 2 * i + 4);
  }
#endif
  for (size_t i = 0; i < count; i += 4) {
    const size_t here = std::min<size_t>(4, count - i);
    const auto sum = hn::Add(hn::Load(d4, sums + i), hn::LoadN(d4, start + i, here));
    hn::StoreN(sum, d4, out + i, here);
  }
}

template <bool kFull, size_t kRun>
HWY_NOINLINE void DepthwiseTile(const DepthwiseShape& s, const int8_t* x, const int16_t* w,
                                const int32_t* start, size_t count, int32_t* out) {
  DepthwiseSums<kRun> t;
  PAWL_UNROLL
  for (size_t p = 0; p < kRun; ++p) t.low[p] = t.high[p] = hn::Zero(DepthwiseD32());
  const size_t taps = s.kernel_h * s.kernel_w;
  const int8_t* row = x;
  const int8_t* at = x;
  size_t kx = 0;
  const auto next = [&] {
    const int8_t* here = at;
    at += s.tap_step;
    if (++kx == s.kernel_w) {
      kx = 0;
      row += s.row_step;
      at = row;
    }
    return here;
  };
  size_t tap = 0;
  for (; tap + 2 <= taps; tap += 2, w += 2 * s.channels) {
    const int8_t* first = next();
    const int8_t* second = next();
    AddTapPair<kFull, true>(s, first, second, w, count, t);
  }
  if (tap < taps) AddTapPair<kFull, false>(s, next(), nullptr, w, count, t);
  PAWL_UNROLL
  for (size_t p = 0; p < kRun; ++p) {
    StoreSums<kFull>(t.low[p], t.high[p], start, count, out + p * s.channels);
  }
}

// All channels of kRun positions.
template <size_t kRun>
HWY_INLINE void DepthwiseChannels(const DepthwiseShape& s, const int8_t* x, const int16_t* w,
                                  const int32_t* start, int32_t* out) {
  size_t c = 0;
  for (; c + kDepthwiseLanes <= s.channels; c += kDepthwiseLanes) {
    DepthwiseTile<true, kRun>(s, x + c, w + c, start + c, kDepthwiseLanes, out + c);
  }
  if (c < s.channels) {
    DepthwiseTile<false, kRun>(s, x + c, w + c, start + c, s.channels - c, out + c);
  }
}

void DepthwiseI8(const DepthwiseShape& s, const int8_t* x, const int16_t* w, const int32_t* start,
                 int32_t* out) {
  size_t p = 0;
  for (; p + kDepthwiseRun <= s.positions; p += kDepthwiseRun) {
    DepthwiseChannels<kDepthwiseRun>(s, x + p * s.position_step, w, start, out + p * s.channels);
  }
  for (; p < s.positions; ++p) {
    DepthwiseChannels<1>(s, x + p * s.position_step, w, start, out + p * s.channels);
  }
}

#if HWY_NATIVE_FMA
template <bool kFull, size_t kRun>
HWY_NOINLINE void DepthwiseTileF(const DepthwiseShape& s, const float* x, const float* w,
                                 size_t count, float* out) {
  const hn::ScalableTag<float> df;
  hn::Vec<decltype(df)> sums[kRun];
  PAWL_UNROLL
  for (size_t p = 0; p < kRun; ++p) sums[p] = hn::Zero(df);
  for (size_t ky = 0; ky < s.kernel_h; ++ky) {
    for (size_t kx = 0; kx < s.kernel_w; ++kx, w += s.channels) {
      const float* at = x + ky * s.row_step + kx * s.tap_step;
      const auto weights = kFull ? hn::LoadU(df, w) : hn::LoadN(df, w, count);
      PAWL_UNROLL
      for (size_t p = 0; p < kRun; ++p) {
        const float* from = at + p * s.position_step;
        const auto values = kFull ? hn::LoadU(df, from) : hn::LoadN(df, from, count);
        sums[p] = hn::MulAdd(values, weights, sums[p]);
      }
    }
  }
  PAWL_UNROLL
  for (size_t p = 0; p < kRun; ++p) {
    if (kFull) {
      hn::StoreU(sums[p], df, out + p * s.channels);
    } else {
      hn::StoreN(sums[p], df, out + p * s.channels, count);
    }
  }
}

template <size_t kRun>
HWY_INLINE void DepthwiseChannels(const DepthwiseShape& s, const float* x, const float* w,
                                  float* out) {
  constexpr size_t kLanes = HWY_MAX_LANES_D(hn::ScalableTag<float>);
  size_t c = 0;
  for (; c + kLanes <= s.channels; c += kLanes) {
    DepthwiseTileF<true, kRun>(s, x + c, w + c, kLanes, out + c);
  }
  if (c < s.channels) DepthwiseTileF<false, kRun>(s, x + c, w + c, s.channels - c, out + c);
}
#endif

void DepthwiseF32(const DepthwiseShape& s, const float* x, const float* w, float* out) {
#if HWY_NATIVE_FMA
  constexpr size_t kRun = 8;
  size_t p = 0;
  for (; p + kRun <= s.positions; p += kRun) {
    DepthwiseChannels<kRun>(s, x + p * s.position_step, w, out + p * s.channels);
  }
  for (; p < s.positions; ++p) {
    DepthwiseChannels<1>(s, x + p * s.position_step, w, out + p * s.channels);
  }
#else
  reference::DepthwiseF32(s, x, w, out);
#endif
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace pawl::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
