// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Dequantize, for one target. dequantize.h has the formula.

#if defined(PAWL_KERNELS_DEQUANTIZE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAWL_KERNELS_DEQUANTIZE_INL_H_
#undef PAWL_KERNELS_DEQUANTIZE_INL_H_
#else
#define PAWL_KERNELS_DEQUANTIZE_INL_H_
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "hwy/cache_control.h"
#include "hwy/highway.h"
#include "kernels/dequantize.h"
#include "kernels/nibbles-inl.h"
#include "kernels/prefetch.h"

// Vectors that hold 16 levels in one or two: the lookup is a permutation.
#undef PAWL_TABLE_IN_REGISTERS
#if HWY_TARGET == HWY_AVX2 || (HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3)
#define PAWL_TABLE_IN_REGISTERS 1
#else
#define PAWL_TABLE_IN_REGISTERS 0
#endif

HWY_BEFORE_NAMESPACE();
namespace pawl::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using DequantizeDF = hn::ScalableTag<float>;
using DequantizeDI = hn::RebindToSigned<DequantizeDF>;
using DequantizeVF = hn::Vec<DequantizeDF>;
using DequantizeVI = hn::Vec<DequantizeDI>;

// What turns codes into levels: nothing, a table of 16 aligned entries, or one of any size.
enum class LevelKind { kNumber, kSmallTable, kTable };

// `low` and `high` hold the first levels of a small table, as many as vectors take.
template <LevelKind kKind, class V>
HWY_INLINE DequantizeVF Levels(V codes, [[maybe_unused]] const float* table,
                               [[maybe_unused]] DequantizeVF low,
                               [[maybe_unused]] DequantizeVF high) {
  const DequantizeDF df;
  const DequantizeDI di;
  const auto numbers = hn::PromoteTo(di, codes);
  if constexpr (kKind == LevelKind::kNumber) {
    return hn::ConvertTo(df, numbers);
  } else {
#if PAWL_TABLE_IN_REGISTERS
    if constexpr (kKind == LevelKind::kSmallTable) {
#if HWY_TARGET == HWY_AVX2
      return hn::TwoTablesLookupLanes(df, low, high, hn::IndicesFromVec(df, numbers));
#else
      return hn::TableLookupLanes(low, hn::IndicesFromVec(df, numbers));
#endif
    }
#endif
    return hn::GatherIndex(df, table, numbers);
  }
}

HWY_INLINE DequantizeVF Affine(DequantizeVF level, DequantizeVF zero, DequantizeVF scale,
                               DequantizeVF minimum) {
  return hn::Sub(hn::Mul(hn::Sub(level, zero), scale), minimum);
}

// One group: n codes with the parameters of group g. kStream: `out` is aligned.
template <LevelKind kKind, bool kStream, class T>
HWY_INLINE void DequantizeGroup(const T* codes, size_t n, const float* table, DequantizeVF low,
                                DequantizeVF high, const DequantizeGroups& groups, size_t g,
                                float* out) {
  const DequantizeDF df;
  const hn::Rebind<T, DequantizeDF> d_codes;
  const size_t lanes = hn::Lanes(df);
  const auto scale = hn::Set(df, groups.scales[g]);
  const auto zero = hn::Set(df, groups.zeros != nullptr ? groups.zeros[g] : 0.0f);
  const auto minimum = hn::Set(df, groups.minimums != nullptr ? groups.minimums[g] : 0.0f);
  const auto one = [&](size_t i) HWY_ATTR {
    const auto level = Levels<kKind>(hn::LoadU(d_codes, codes + i), table, low, high);
    const auto value = Affine(level, zero, scale, minimum);
    if constexpr (kStream) {
      hn::Stream(value, df, out + i);
    } else {
      hn::StoreU(value, df, out + i);
    }
  };
  size_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    PAWL_UNROLL
    for (size_t k = 0; k < 4; ++k) one(i + k * lanes);
  }
  for (; i + lanes <= n; i += lanes) one(i);
  if (i < n) {
    const auto level = Levels<kKind>(hn::LoadN(d_codes, codes + i, n - i), table, low, high);
    hn::StoreN(Affine(level, zero, scale, minimum), df, out + i, n - i);
  }
}

// Groups of one column: codes and out point at column `begin`.
template <LevelKind kKind, class T>
HWY_NOINLINE void DequantizeColumns(const T* codes, size_t begin, size_t n, const float* table,
                                    const DequantizeGroups& groups, float* out) {
  const DequantizeDF df;
  const hn::Rebind<T, DequantizeDF> d_codes;
  const size_t lanes = hn::Lanes(df);
  constexpr auto kColumnKind = kKind == LevelKind::kNumber ? kKind : LevelKind::kTable;
  for (size_t i = 0; i < n; i += lanes) {
    const size_t count = std::min(lanes, n - i);
    const size_t c = begin + i;
    const auto scale = hn::LoadN(df, groups.scales + c, count);
    const auto zero =
        groups.zeros != nullptr ? hn::LoadN(df, groups.zeros + c, count) : hn::Zero(df);
    const auto minimum =
        groups.minimums != nullptr ? hn::LoadN(df, groups.minimums + c, count) : hn::Zero(df);
    const auto level = Levels<kColumnKind>(hn::LoadN(d_codes, codes + i, count), table,
                                           hn::Zero(df), hn::Zero(df));
    hn::StoreN(Affine(level, zero, scale, minimum), df, out + i, count);
  }
}

template <LevelKind kKind, bool kStream, class T>
HWY_NOINLINE void DequantizeAllGroups(const T* codes, size_t begin, size_t n, const float* table,
                                      const DequantizeGroups& groups, float* out) {
  const DequantizeDF df;
  auto low = hn::Zero(df), high = low;
#if PAWL_TABLE_IN_REGISTERS
  if constexpr (kKind == LevelKind::kSmallTable) {
    low = hn::Load(df, table);
    if (hn::Lanes(df) < 16) high = hn::Load(df, table + hn::Lanes(df));
  }
#endif
  // So that the compiler need not fear that a store changes them.
  const DequantizeGroups own = groups;
  size_t g = begin / own.size;
  size_t left = own.size - begin % own.size;
  for (size_t i = 0; i < n; ++g, left = own.size) {
    const size_t count = std::min(left, n - i);
    DequantizeGroup<kKind, kStream>(codes + i, count, table, low, high, own, g, out + i);
    i += count;
  }
}

// Columns [begin, begin + n) of a row; codes and out point at column `begin`.
template <LevelKind kKind, class T>
HWY_INLINE void DequantizeRange(const T* codes, size_t begin, size_t n, const float* table,
                                const DequantizeGroups& groups, float* out) {
  const size_t lanes = hn::Lanes(DequantizeDF());
  if (groups.size == 1) return DequantizeColumns<kKind>(codes, begin, n, table, groups, out);
  const bool aligned = reinterpret_cast<uintptr_t>(out) % (lanes * sizeof(float)) == 0;
  const bool whole = groups.size % lanes == 0 || groups.size >= begin + n;
  if (groups.stream && aligned && whole) {
    DequantizeAllGroups<kKind, true>(codes, begin, n, table, groups, out);
  } else {
    DequantizeAllGroups<kKind, false>(codes, begin, n, table, groups, out);
  }
}

template <LevelKind kKind, class T>
HWY_INLINE void DequantizeRow(const T* codes, size_t n, const float* table,
                              const DequantizeGroups& groups, float* out) {
  DequantizeRange<kKind>(codes, 0, n, table, groups, out);
  if (groups.stream) hwy::FlushStream();
}

// T tells whether the nibbles are numbers with or without a sign.
template <LevelKind kKind, class T>
HWY_INLINE void DequantizeNibbles(const uint8_t* packed, size_t n, const float* table,
                                  const DequantizeGroups& groups, float* out) {
  constexpr size_t kChunk = 1024;
  HWY_ALIGN T codes[kChunk];
  for (size_t i = 0; i < n; i += kChunk) {
    const size_t count = std::min(kChunk, n - i);
    PrefetchAhead<kChunk / 2>(packed + i / 2);
    UnpackNibbles(packed + i / 2, count, std::is_signed_v<T>, reinterpret_cast<uint8_t*>(codes));
    DequantizeRange<kKind>(codes, i, count, table, groups, out + i);
  }
  if (groups.stream) hwy::FlushStream();
}

void DequantizeRowI8(const int8_t* codes, size_t n, const DequantizeGroups& groups, float* out) {
  PAWL_SSE2_RUNS(DequantizeRowI8(codes, n, groups, out));
  DequantizeRow<LevelKind::kNumber>(codes, n, nullptr, groups, out);
}

void DequantizeRowU8(const uint8_t* codes, size_t n, const DequantizeGroups& groups, float* out) {
  PAWL_SSE2_RUNS(DequantizeRowU8(codes, n, groups, out));
  DequantizeRow<LevelKind::kNumber>(codes, n, nullptr, groups, out);
}

void DequantizeRowI16(const int16_t* codes, size_t n, const DequantizeGroups& groups, float* out) {
  PAWL_SSE2_RUNS(DequantizeRowI16(codes, n, groups, out));
  DequantizeRow<LevelKind::kNumber>(codes, n, nullptr, groups, out);
}

void DequantizeRowI4(const uint8_t* packed, size_t n, const DequantizeGroups& groups, float* out) {
  PAWL_SSE2_RUNS(DequantizeRowI4(packed, n, groups, out));
  DequantizeNibbles<LevelKind::kNumber, int8_t>(packed, n, nullptr, groups, out);
}

void DequantizeRowU4(const uint8_t* packed, size_t n, const DequantizeGroups& groups, float* out) {
  PAWL_SSE2_RUNS(DequantizeRowU4(packed, n, groups, out));
  DequantizeNibbles<LevelKind::kNumber, uint8_t>(packed, n, nullptr, groups, out);
}

void DequantizeRowTable(const uint8_t* codes, size_t n, const float* levels, size_t num_levels,
                        const DequantizeGroups& groups, float* out) {
  PAWL_SSE2_RUNS(DequantizeRowTable(codes, n, levels, num_levels, groups, out));
  HWY_ALIGN float small[16] = {};
  if (num_levels > 16) return DequantizeRow<LevelKind::kTable>(codes, n, levels, groups, out);
  std::copy_n(levels, num_levels, small);
  DequantizeRow<LevelKind::kSmallTable>(codes, n, small, groups, out);
}

void DequantizeRowTable4(const uint8_t* packed, size_t n, const float* levels,
                         const DequantizeGroups& groups, float* out) {
  PAWL_SSE2_RUNS(DequantizeRowTable4(packed, n, levels, groups, out));
  HWY_ALIGN float small[16];
  std::copy_n(levels, 16, small);
  DequantizeNibbles<LevelKind::kSmallTable, uint8_t>(packed, n, small, groups, out);
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace pawl::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
