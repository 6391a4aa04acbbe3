// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Depthwise convolution in quads, for one target. depthwise_quads.h has the definitions.

#if defined(PAWL_KERNELS_DEPTHWISE_QUADS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAWL_KERNELS_DEPTHWISE_QUADS_INL_H_
#undef PAWL_KERNELS_DEPTHWISE_QUADS_INL_H_
#else
#define PAWL_KERNELS_DEPTHWISE_QUADS_INL_H_
#endif

#include <cstddef>
#include <cstdint>

#include "hwy/highway.h"
#include "kernels/depthwise_quads.h"

HWY_BEFORE_NAMESPACE();
namespace pawl::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3_DL
using QuadsD8 = hn::FixedTag<uint8_t, 64>;
using QuadsDI8 = hn::FixedTag<int8_t, 64>;
using QuadsD32 = hn::FixedTag<int32_t, 16>;
using QuadsV32 = hn::Vec<QuadsD32>;

// A block of channels at one position: vector i has channels 4 * i .. 4 * i + 3 of each 16.
struct QuadsSums {
  QuadsV32 v[4];
};

// Into the order of channels: a transposition of 128-bit blocks. With kFull false only `count`
// channels are stored.
template <bool kFull>
HWY_INLINE void StoreQuadsSums(const QuadsSums& sums, size_t count, int32_t* out) {
  const QuadsD32 d;
  HWY_ALIGN static constexpr int32_t kLow[16] = {0, 1, 2, 3, 16, 17, 18, 19,
                                                 4, 5, 6, 7, 20, 21, 22, 23};
  HWY_ALIGN static constexpr int32_t kHigh[16] = {8,  9,  10, 11, 24, 25, 26, 27,
                                                  12, 13, 14, 15, 28, 29, 30, 31};
  const auto low = hn::SetTableIndices(d, kLow), high = hn::SetTableIndices(d, kHigh);
  const auto first = hn::TwoTablesLookupLanes(d, sums.v[0], sums.v[1], low);
  const auto second = hn::TwoTablesLookupLanes(d, sums.v[2], sums.v[3], low);
  const auto third = hn::TwoTablesLookupLanes(d, sums.v[0], sums.v[1], high);
  const auto fourth = hn::TwoTablesLookupLanes(d, sums.v[2], sums.v[3], high);
  const QuadsV32 all[4] = {
      hn::ConcatLowerLower(d, second, first), hn::ConcatUpperUpper(d, second, first),
      hn::ConcatLowerLower(d, fourth, third), hn::ConcatUpperUpper(d, fourth, third)};
  PAWL_UNROLL
  for (size_t i = 0; i < 4; ++i) {
    if (kFull) {
      hn::StoreU(all[i], d, out + 16 * i);
    } else if (16 * i < count) {
      hn::StoreN(all[i], d, out + 16 * i, count - 16 * i);
    }
  }
}

// Two positions, at most 64 channels.
template <bool kFull>
HWY_NOINLINE void QuadsTile(const DepthwiseQuadsShape& s, const uint8_t* x, const int8_t* weights,
                            const int32_t* start, size_t count, int32_t* out) {
  const QuadsD8 d8;
  const QuadsDI8 di8;
  const QuadsD32 d32;
  const hn::Repartition<uint16_t, QuadsD8> d16;
  QuadsSums sums[2];
  PAWL_UNROLL
  for (size_t i = 0; i < 4; ++i) sums[0].v[i] = sums[1].v[i] = hn::LoadU(d32, start + 16 * i);
  for (size_t q = 0; q < s.quads; ++q, weights += 8 * 64) {
    const auto load = [&](size_t j) HWY_ATTR {
      const uint8_t* from = x + s.offsets[4 * q + j];
      return kFull ? hn::LoadU(d8, from) : hn::LoadN(d8, from, count);
    };
    const auto x0 = load(0), x1 = load(1), x2 = load(2), x3 = load(3);
    const auto low01 = hn::BitCast(d16, hn::InterleaveLower(d8, x0, x1));
    const auto low23 = hn::BitCast(d16, hn::InterleaveLower(d8, x2, x3));
    const auto high01 = hn::BitCast(d16, hn::InterleaveUpper(d8, x0, x1));
    const auto high23 = hn::BitCast(d16, hn::InterleaveUpper(d8, x2, x3));
    const hn::Vec<QuadsD8> quads[4] = {hn::BitCast(d8, hn::InterleaveLower(d16, low01, low23)),
                                       hn::BitCast(d8, hn::InterleaveUpper(d16, low01, low23)),
                                       hn::BitCast(d8, hn::InterleaveLower(d16, high01, high23)),
                                       hn::BitCast(d8, hn::InterleaveUpper(d16, high01, high23))};
    PAWL_UNROLL
    for (size_t o = 0; o < 2; ++o) {
      PAWL_UNROLL
      for (size_t i = 0; i < 4; ++i) {
        const auto w = hn::Load(di8, weights + (4 * o + i) * 64);
        sums[o].v[i] = hn::SumOfMulQuadAccumulate(d32, quads[i], w, sums[o].v[i]);
      }
    }
  }
  StoreQuadsSums<kFull>(sums[0], count, out);
  StoreQuadsSums<kFull>(sums[1], count, out + s.channels);
}

void DepthwiseQuads(const DepthwiseQuadsShape& s, const uint8_t* x, int32_t* out) {
  constexpr size_t kBlock = kDepthwiseBlock;
  for (size_t p = 0; p < s.positions; p += 2) {
    if (p + 1 == s.positions) --p;
    const uint8_t* from = x + p * s.position_step;
    int32_t* to = out + p * s.channels;
    const int8_t* weights = s.weights;
    size_t c = 0;
    for (; c + kBlock <= s.channels; c += kBlock, weights += 8 * kBlock * s.quads) {
      QuadsTile<true>(s, from + c, weights, s.start + c, kBlock, to + c);
    }
    if (c < s.channels) {
      QuadsTile<false>(s, from + c, weights, s.start + c, s.channels - c, to + c);
    }
  }
}
#else   // HasDepthwiseQuads says no
void DepthwiseQuads(const DepthwiseQuadsShape& s, const uint8_t* x, int32_t* out) {
  reference::DepthwiseQuads(s, x, out);
}
#endif  // HWY_TARGET

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace pawl::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
