// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Lookups, for one target. lookup.h has the definitions.

#if defined(PAWL_KERNELS_LOOKUP_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAWL_KERNELS_LOOKUP_INL_H_
#undef PAWL_KERNELS_LOOKUP_INL_H_
#else
#define PAWL_KERNELS_LOOKUP_INL_H_
#endif

#include <cstddef>
#include <cstdint>

#include "hwy/highway.h"
#include "kernels/lookup.h"

HWY_BEFORE_NAMESPACE();
namespace pawl::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3_DL
// Two lookups among 128 bytes each, of which the code's top bit chooses one.
void LookUp(const uint8_t* table, const uint8_t* from, size_t n, uint8_t* to) {
  const hn::FixedTag<uint8_t, 64> d;
  hn::Vec<decltype(d)> parts[4];
  for (size_t i = 0; i < 4; ++i) parts[i] = hn::LoadU(d, table + 64 * i);
  const auto low_bits = hn::Set(d, uint8_t{0x7F});
  size_t i = 0;
  for (; i + 64 <= n; i += 64) {
    const auto codes = hn::LoadU(d, from + i);
    const auto index = hn::IndicesFromVec(d, hn::And(codes, low_bits));
    const auto low = hn::TwoTablesLookupLanes(d, parts[0], parts[1], index);
    const auto high = hn::TwoTablesLookupLanes(d, parts[2], parts[3], index);
    const auto upper = hn::MaskFromVec(hn::BitCast(
        d, hn::BroadcastSignBit(hn::BitCast(hn::RebindToSigned<decltype(d)>(), codes))));
    hn::StoreU(hn::IfThenElse(upper, high, low), d, to + i);
  }
  reference::LookUp(table, from + i, n - i, to + i);
}
#elif (HWY_ARCH_X86 && HWY_TARGET <= HWY_SSE4) || HWY_ARCH_ARM
// Sixteen lookups among 16 bytes: an index that is not in 0..15 after its part's start was taken
// off gives 0. On Arm it does so by itself; x86 looks at the top bit, which it is given.
HWY_INLINE hn::Vec<hn::CappedTag<uint8_t, 32>> OutsideMarked(
    hn::Vec<hn::CappedTag<uint8_t, 32>> index) {
#if HWY_ARCH_X86
  return hn::SaturatedAdd(index, hn::Set(hn::CappedTag<uint8_t, 32>(), uint8_t{0x70}));
#else
  return index;
#endif
}

void LookUp(const uint8_t* table, const uint8_t* from, size_t n, uint8_t* to) {
  const hn::CappedTag<uint8_t, 32> d;
  const size_t lanes = hn::Lanes(d);
  hn::Vec<decltype(d)> parts[16];
  PAWL_UNROLL
  for (size_t p = 0; p < 16; ++p) parts[p] = hn::LoadDup128(d, table + 16 * p);
  const auto sixteen = hn::Set(d, uint8_t{16});
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    auto index = hn::LoadU(d, from + i);
    auto result = hn::Zero(d);
    PAWL_UNROLL
    for (size_t p = 0; p < 16; ++p) {
      result = hn::Or(result, hn::TableLookupBytesOr0(parts[p], OutsideMarked(index)));
      index = hn::Sub(index, sixteen);
    }
    hn::StoreU(result, d, to + i);
  }
  reference::LookUp(table, from + i, n - i, to + i);
}
#else
void LookUp(const uint8_t* table, const uint8_t* from, size_t n, uint8_t* to) {
  reference::LookUp(table, from, n, to);
}
#endif

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace pawl::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
