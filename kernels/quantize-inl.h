// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Quantize, for one target. quantize.h has the formula.

#if defined(PAWL_KERNELS_QUANTIZE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAWL_KERNELS_QUANTIZE_INL_H_
#undef PAWL_KERNELS_QUANTIZE_INL_H_
#else
#define PAWL_KERNELS_QUANTIZE_INL_H_
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "hwy/highway.h"
#include "kernels/nibbles-inl.h"
#include "kernels/prefetch.h"
#include "kernels/quantize.h"

HWY_BEFORE_NAMESPACE();
namespace pawl::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using QuantizeDF = hn::ScalableTag<float>;
using QuantizeDI = hn::RebindToSigned<QuantizeDF>;
using QuantizeVF = hn::Vec<QuantizeDF>;
using QuantizeVI = hn::Vec<QuantizeDI>;

// Adding 1.5 * 2^23 to |q| <= 2^22 leaves round_half_even(q) in the low bits of the sum.
constexpr float kRounder = 12582912.0f;
constexpr int32_t kRounderBits = 0x4B400000;

// Codes from quotients; lo and hi are relative to the zero point, bias is kRounderBits - zero.
HWY_INLINE QuantizeVI RoundToCodes(QuantizeVF q, QuantizeVF lo, QuantizeVF hi, QuantizeVI bias) {
  const QuantizeDF df;
  const QuantizeDI di;
  q = hn::IfThenElseZero(hn::Eq(q, q), q);
  q = hn::Min(hn::Max(q, lo), hi);
  return hn::Sub(hn::BitCast(di, hn::Add(q, hn::Set(df, kRounder))), bias);
}

HWY_INLINE void StoreFour(QuantizeVI c0, QuantizeVI c1, QuantizeVI c2, QuantizeVI c3,
                          int16_t* codes) {
  const hn::Repartition<int16_t, QuantizeDF> d16;
  hn::StoreU(hn::OrderedDemote2To(d16, c0, c1), d16, codes);
  hn::StoreU(hn::OrderedDemote2To(d16, c2, c3), d16, codes + hn::Lanes(d16));
}

template <class T>
HWY_INLINE void StoreFour(QuantizeVI c0, QuantizeVI c1, QuantizeVI c2, QuantizeVI c3, T* codes) {
  const hn::Repartition<int16_t, QuantizeDF> d16;
  const hn::Repartition<T, QuantizeDF> d8;
  const auto low = hn::OrderedDemote2To(d16, c0, c1);
  const auto high = hn::OrderedDemote2To(d16, c2, c3);
  hn::StoreU(hn::OrderedDemote2To(d8, low, high), d8, codes);
}

// One group: n values with the parameters of group g. kExtra: minimums or float zeros are present.
template <bool kExtra, class T>
HWY_INLINE void QuantizeGroup(const float* x, size_t n, const QuantizeGroups& groups, size_t g,
                              T* codes) {
  const QuantizeDF df;
  const QuantizeDI di;
  const hn::Rebind<T, QuantizeDF> d_codes;
  const size_t lanes = hn::Lanes(df);
  const int32_t zero = groups.zeros != nullptr ? static_cast<int32_t>(groups.zeros[g]) : 0;
  const auto lo = hn::Set(df, static_cast<float>(groups.lo - zero));
  const auto hi = hn::Set(df, static_cast<float>(groups.hi - zero));
  const auto bias = hn::Set(di, kRounderBits - zero);
  const auto scale = hn::Set(df, groups.scales[g]);
  const auto minimum = hn::Set(df, kExtra && groups.minimums != nullptr ? groups.minimums[g] : 0);
  const auto float_zero =
      hn::Set(df, kExtra && groups.float_zeros != nullptr ? groups.float_zeros[g] : 0);
#define PAWL_CODES(values)                                                            \
  RoundToCodes(kExtra ? hn::Add(hn::Div(hn::Add(values, minimum), scale), float_zero) \
                      : hn::Div(values, scale),                                       \
               lo, hi, bias)
  size_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    const auto c0 = PAWL_CODES(hn::LoadU(df, x + i));
    const auto c1 = PAWL_CODES(hn::LoadU(df, x + i + lanes));
    const auto c2 = PAWL_CODES(hn::LoadU(df, x + i + 2 * lanes));
    const auto c3 = PAWL_CODES(hn::LoadU(df, x + i + 3 * lanes));
    StoreFour(c0, c1, c2, c3, codes + i);
  }
  for (; i + lanes <= n; i += lanes) {
    hn::StoreU(hn::DemoteTo(d_codes, PAWL_CODES(hn::LoadU(df, x + i))), d_codes, codes + i);
  }
  if (i < n) {
    hn::StoreN(hn::DemoteTo(d_codes, PAWL_CODES(hn::LoadN(df, x + i, n - i))), d_codes, codes + i,
               n - i);
  }
#undef PAWL_CODES
}

// Groups of one column: x and codes point at column `begin`.
template <class T>
HWY_NOINLINE void QuantizeColumns(const float* x, size_t begin, size_t n,
                                  const QuantizeGroups& groups, T* codes) {
  const QuantizeDF df;
  const QuantizeDI di;
  const hn::Rebind<T, QuantizeDF> d_codes;
  const size_t lanes = hn::Lanes(df);
  for (size_t i = 0; i < n; i += lanes) {
    const size_t count = std::min(lanes, n - i);
    const size_t c = begin + i;
    const auto zero =
        groups.zeros != nullptr ? hn::LoadN(df, groups.zeros + c, count) : hn::Zero(df);
    auto q = hn::LoadN(df, x + i, count);
    if (groups.minimums != nullptr) q = hn::Add(q, hn::LoadN(df, groups.minimums + c, count));
    q = hn::Div(q, hn::LoadN(df, groups.scales + c, count));
    if (groups.float_zeros != nullptr) {
      q = hn::Add(q, hn::LoadN(df, groups.float_zeros + c, count));
    }
    const auto lo = hn::Sub(hn::Set(df, static_cast<float>(groups.lo)), zero);
    const auto hi = hn::Sub(hn::Set(df, static_cast<float>(groups.hi)), zero);
    const auto bias = hn::Sub(hn::Set(di, kRounderBits), hn::ConvertTo(di, zero));
    hn::StoreN(hn::DemoteTo(d_codes, RoundToCodes(q, lo, hi, bias)), d_codes, codes + i, count);
  }
}

// Columns [begin, begin + n) of a row; x and codes point at column `begin`.
template <class T>
HWY_NOINLINE void QuantizeRange(const float* x, size_t begin, size_t n,
                                const QuantizeGroups& groups, T* codes) {
  if (groups.size == 1) return QuantizeColumns(x, begin, n, groups, codes);
  const bool extra = groups.minimums != nullptr || groups.float_zeros != nullptr;
  size_t g = begin / groups.size;
  size_t left = groups.size - begin % groups.size;
  for (size_t i = 0; i < n; ++g, left = groups.size) {
    const size_t count = std::min(left, n - i);
    if (extra) {
      QuantizeGroup<true>(x + i, count, groups, g, codes + i);
    } else {
      QuantizeGroup<false>(x + i, count, groups, g, codes + i);
    }
    i += count;
  }
}

// Codes of x for one scale; lo, hi and bias as for RoundToCodes.
struct Divider {
  QuantizeVF scale, lo, hi;
  QuantizeVI bias;

  HWY_INLINE QuantizeVI operator()(QuantizeVF x) const {
    return RoundToCodes(hn::Div(x, scale), lo, hi, bias);
  }
};

// What the codes of group g are made with.
template <bool kZeros>
HWY_INLINE Divider DividerOf(const QuantizeGroups& groups, size_t g) {
  const QuantizeDF df;
  const QuantizeDI di;
  const int32_t zero = kZeros ? static_cast<int32_t>(groups.zeros[g]) : 0;
  return {hn::Set(df, groups.scales[g]), hn::Set(df, static_cast<float>(groups.lo - zero)),
          hn::Set(df, static_cast<float>(groups.hi - zero)), hn::Set(di, kRounderBits - zero)};
}

// Four vectors from column i on, each with its own group's parameters. CPUs with vectors of 64
// bytes fetch ahead across pages by themselves (bench/NOTES.md).
template <class Store>
HWY_INLINE void QuantizeBlock(const float* x, size_t i, const Divider& d0, const Divider& d1,
                              const Divider& d2, const Divider& d3, const Store& store) {
  const QuantizeDF df;
  const size_t lanes = hn::Lanes(df);
  if constexpr (HWY_MAX_BYTES < 64) PrefetchAhead<4 * HWY_MAX_BYTES>(x + i);
  store(d0(hn::LoadU(df, x + i)), d1(hn::LoadU(df, x + i + lanes)),
        d2(hn::LoadU(df, x + i + 2 * lanes)), d3(hn::LoadU(df, x + i + 3 * lanes)), i);
}

// Whole blocks of four vectors, of which kVectors have a group each: 1 or 2.
template <bool kZeros, size_t kVectors, class Store>
HWY_INLINE size_t QuantizeBlocksOfGroups(const float* x, size_t n, const QuantizeGroups& groups,
                                         const Store& store) {
  const size_t block = 4 * hn::Lanes(QuantizeDF());
  const size_t whole = n / block * block;
  for (size_t i = 0, g = 0; i < whole; i += block, g += 4 / kVectors) {
    const Divider d0 = DividerOf<kZeros>(groups, g);
    const Divider d1 = kVectors == 2 ? d0 : DividerOf<kZeros>(groups, g + 1);
    const Divider d2 = DividerOf<kZeros>(groups, g + 2 / kVectors);
    const Divider d3 = kVectors == 2 ? d2 : DividerOf<kZeros>(groups, g + 3);
    QuantizeBlock(x, i, d0, d1, d2, d3, store);
  }
  return whole;
}

// The common case apart: whole blocks, none across groups, without minimums or float zeros; and
// those of two or four whole groups.
// store(c0, c1, c2, c3, i) gets the codes from column i on. Returns how many columns are done.
template <bool kZeros, class Store>
HWY_INLINE size_t QuantizeBlocks(const float* x, size_t n, const QuantizeGroups& groups,
                                 const Store& store) {
  const size_t block = 4 * hn::Lanes(QuantizeDF());
  if (groups.minimums != nullptr || groups.float_zeros != nullptr) return 0;
  if (groups.size == block / 4) return QuantizeBlocksOfGroups<kZeros, 1>(x, n, groups, store);
  if (groups.size == block / 2) return QuantizeBlocksOfGroups<kZeros, 2>(x, n, groups, store);
  if (groups.size < n && groups.size % block != 0) return 0;
  const size_t whole = n / block * block;
  for (size_t i = 0, g = 0; i < whole; ++g) {
    const Divider divider = DividerOf<kZeros>(groups, g);
    const size_t end = i + std::min(groups.size, whole - i);
    for (; i < end; i += block) QuantizeBlock(x, i, divider, divider, divider, divider, store);
  }
  return whole;
}

template <class Store>
HWY_INLINE size_t QuantizeWholeBlocks(const float* x, size_t n, const QuantizeGroups& groups,
                                      const Store& store) {
  return groups.zeros != nullptr ? QuantizeBlocks<true>(x, n, groups, store)
                                 : QuantizeBlocks<false>(x, n, groups, store);
}

template <class T>
HWY_INLINE void QuantizeRow(const float* x, size_t n, const QuantizeGroups& groups, T* codes) {
  const auto store = [codes](QuantizeVI c0, QuantizeVI c1, QuantizeVI c2, QuantizeVI c3, size_t i)
                         HWY_ATTR { StoreFour(c0, c1, c2, c3, codes + i); };
  const size_t done = QuantizeWholeBlocks(x, n, groups, store);
  if (done < n) QuantizeRange(x + done, done, n - done, groups, codes + done);
}

void QuantizeRowI8(const float* x, size_t n, const QuantizeGroups& groups, int8_t* codes) {
  PAWL_SSE2_RUNS(QuantizeRowI8(x, n, groups, codes));
  QuantizeRow(x, n, groups, codes);
}

void QuantizeRowU8(const float* x, size_t n, const QuantizeGroups& groups, uint8_t* codes) {
  PAWL_SSE2_RUNS(QuantizeRowU8(x, n, groups, codes));
  QuantizeRow(x, n, groups, codes);
}

void QuantizeRowI16(const float* x, size_t n, const QuantizeGroups& groups, int16_t* codes) {
  PAWL_SSE2_RUNS(QuantizeRowI16(x, n, groups, codes));
  QuantizeRow(x, n, groups, codes);
}

// Two codes in a byte from four vectors of them.
[[maybe_unused]] HWY_INLINE void StoreNibbles(QuantizeVI c0, QuantizeVI c1, QuantizeVI c2,
                                              QuantizeVI c3, uint8_t* packed) {
  const QuantizeDI di;
  const hn::Repartition<int16_t, QuantizeDF> d16;
  const hn::Repartition<uint8_t, QuantizeDF> d8;
  const hn::Half<decltype(d8)> d_half;
  const auto field = hn::Set(di, 15);
  // 1 and 16: a pair of fields becomes a byte, in 32 bits.
  const auto places = hn::BitCast(d16, hn::Set(di, 0x00100001));
  const auto low = hn::OrderedDemote2To(d16, hn::And(c0, field), hn::And(c1, field));
  const auto high = hn::OrderedDemote2To(d16, hn::And(c2, field), hn::And(c3, field));
  const auto bytes = hn::OrderedDemote2To(d16, hn::WidenMulPairwiseAdd(di, low, places),
                                          hn::WidenMulPairwiseAdd(di, high, places));
  hn::StoreU(hn::DemoteTo(d_half, bytes), d_half, packed);
}

constexpr size_t kNibbleChunk = 1024;

// By way of int8 codes from column `done` on, a chunk at a time.
HWY_INLINE void NibblesFromCodes(const float* x, size_t done, size_t n,
                                 const QuantizeGroups& groups, uint8_t* packed) {
  // No group begins before a chunk and goes on after its end, unless it has the whole chunk.
  const bool whole = HWY_MAX_BYTES == 64 && (groups.size >= n || groups.size % kNibbleChunk == 0 ||
                                             kNibbleChunk % groups.size == 0);
  HWY_ALIGN int8_t codes[kNibbleChunk];
  for (size_t i = done; i < n; i += kNibbleChunk) {
    const size_t count = std::min(kNibbleChunk, n - i);
    if (whole) {
      QuantizeGroups part = groups;
      const size_t g = i / groups.size;
      part.scales += g;
      if (part.zeros != nullptr) part.zeros += g;
      if (part.float_zeros != nullptr) part.float_zeros += g;
      if (part.minimums != nullptr) part.minimums += g;
      QuantizeRowI8(x + i, count, part, codes);
    } else {
      QuantizeRange(x + i, i, count, groups, codes);
    }
    PackNibbles(reinterpret_cast<const uint8_t*>(codes), count, packed + i / 2);
  }
}

// Vectors of 64 bytes are faster by way of int8 codes, shorter ones in registers.
void QuantizeRow4(const float* x, size_t n, const QuantizeGroups& groups, uint8_t* packed) {
  PAWL_SSE2_RUNS(QuantizeRow4(x, n, groups, packed));
#if HWY_MAX_BYTES == 64
  NibblesFromCodes(x, 0, n, groups, packed);
#else
  const auto store = [packed](QuantizeVI c0, QuantizeVI c1, QuantizeVI c2, QuantizeVI c3, size_t i)
                         HWY_ATTR { StoreNibbles(c0, c1, c2, c3, packed + i / 2); };
  NibblesFromCodes(x, QuantizeWholeBlocks(x, n, groups, store), n, groups, packed);
#endif
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace pawl::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
