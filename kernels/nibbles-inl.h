// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Four-bit codes, two in a byte, the first in the low half. Shared by the families that read or
// write them.

#if defined(PAWL_KERNELS_NIBBLES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAWL_KERNELS_NIBBLES_INL_H_
#undef PAWL_KERNELS_NIBBLES_INL_H_
#else
#define PAWL_KERNELS_NIBBLES_INL_H_
#endif

#include <cstddef>
#include <cstdint>

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace pawl::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// (n+1)/2 bytes from the low four bits of n codes.
HWY_INLINE void PackNibbles(const uint8_t* codes, size_t n, uint8_t* packed) {
  const hn::ScalableTag<uint8_t> d8;
  const hn::Repartition<uint16_t, decltype(d8)> d16;
  const size_t lanes = hn::Lanes(d8);
  const auto low_mask = hn::Set(d16, uint16_t{0x000F});
  const auto high_mask = hn::Set(d16, uint16_t{0x00F0});
  size_t i = 0;
  for (; i + 2 * lanes <= n; i += 2 * lanes) {
    const auto pairs0 = hn::BitCast(d16, hn::LoadU(d8, codes + i));
    const auto pairs1 = hn::BitCast(d16, hn::LoadU(d8, codes + i + lanes));
    const auto bytes0 =
        hn::Or(hn::And(pairs0, low_mask), hn::And(hn::ShiftRight<4>(pairs0), high_mask));
    const auto bytes1 =
        hn::Or(hn::And(pairs1, low_mask), hn::And(hn::ShiftRight<4>(pairs1), high_mask));
    hn::StoreU(hn::OrderedTruncate2To(d8, bytes0, bytes1), d8, packed + i / 2);
  }
  for (; i < n; i += 2) {
    const int high = i + 1 < n ? codes[i + 1] & 15 : 0;
    packed[i / 2] = static_cast<uint8_t>((codes[i] & 15) | high << 4);
  }
}

// n codes of one byte each, as two's complement numbers with sign_extend.
HWY_INLINE void UnpackNibbles(const uint8_t* packed, size_t n, bool sign_extend, uint8_t* codes) {
  const hn::ScalableTag<uint8_t> d8;
  const hn::Repartition<uint16_t, decltype(d8)> d16;
  const hn::Rebind<uint8_t, decltype(d16)> d_half;
  const size_t lanes = hn::Lanes(d8);
  const uint8_t sign = sign_extend ? 8 : 0;
  const auto signs = hn::Set(d8, sign);
  const auto mask = hn::Set(d16, uint16_t{0x0F0F});
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const auto bytes = hn::PromoteTo(d16, hn::LoadU(d_half, packed + i / 2));
    const auto fields = hn::And(hn::Or(bytes, hn::ShiftLeft<4>(bytes)), mask);
    hn::StoreU(hn::Sub(hn::Xor(hn::BitCast(d8, fields), signs), signs), d8, codes + i);
  }
  for (; i < n; ++i) {
    const int field = i % 2 == 0 ? packed[i / 2] & 15 : packed[i / 2] >> 4;
    codes[i] = static_cast<uint8_t>((field ^ sign) - sign);
  }
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace pawl::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
