// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Packing and unpacking, for one target. pack.h has the format.
//
// Eight codes are one 64-bit lane: three steps of shift and mask move fields of b bits together
// from bytes into pairs, quads and the eight (or apart again), whatever b is; 4 bits have a shorter
// way of their own.

#if defined(PAWL_KERNELS_PACK_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAWL_KERNELS_PACK_INL_H_
#undef PAWL_KERNELS_PACK_INL_H_
#else
#define PAWL_KERNELS_PACK_INL_H_
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "hwy/highway.h"
#include "kernels/nibbles-inl.h"
#include "kernels/pack.h"

HWY_BEFORE_NAMESPACE();
namespace pawl::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using PackD64 = hn::ScalableTag<uint64_t>;
using UnpackD64 = hn::FixedTag<uint64_t, 2>;

// `width` ones at the bottom of each field of `field` bits, both at most 64.
template <class D>
HWY_INLINE hn::Vec<D> FieldMask(D d, int width, int field) {
  uint64_t mask = width == 64 ? ~uint64_t{0} : (uint64_t{1} << width) - 1;
  for (int shift = field; shift < 64; shift *= 2) mask |= mask << shift;
  return hn::Set(d, mask);
}

// Fields of two halves each, the low half in place (low_mask) and the high one `shift` bits above
// where it belongs; and back.
template <class V>
HWY_INLINE V GatherStep(V x, int shift, V low_mask) {
  return hn::Or(hn::And(x, low_mask), hn::ShiftRightSame(hn::AndNot(low_mask, x), shift));
}

template <class V>
HWY_INLINE V SpreadStep(V x, int shift, V low_mask) {
  return hn::Or(hn::And(x, low_mask), hn::ShiftLeftSame(hn::AndNot(low_mask, x), shift));
}

void PackBitsU8(const uint8_t* codes, size_t n, int bits, uint8_t* packed) {
  if (n == 0) return;
  if (bits == 8) {
    std::memcpy(packed, codes, n);
    return;
  }
  if (bits == 4) return PackNibbles(codes, n, packed);
  const PackD64 d64;
  const hn::Repartition<uint8_t, PackD64> d8;
  const size_t lanes = hn::Lanes(d64);
  const size_t step_bytes = lanes * static_cast<size_t>(bits);
  const size_t packed_bytes = (n * static_cast<size_t>(bits) + 7) / 8;
  const auto in_byte = FieldMask(d64, bits, 8);
  const auto low1 = FieldMask(d64, bits, 16), low2 = FieldMask(d64, 2 * bits, 32);
  const auto low4 = FieldMask(d64, 4 * bits, 64);
  const int gap = 8 - bits;
  HWY_ALIGN uint64_t eights[HWY_MAX_LANES_D(PackD64)];
  size_t i = 0, byte = 0;
  // Each store writes 8 bytes, of which the next ones overwrite all but `bits`.
  for (; i + 8 * lanes <= n && byte + step_bytes + 8 <= packed_bytes; i += 8 * lanes) {
    auto x = hn::And(hn::BitCast(d64, hn::LoadU(d8, codes + i)), in_byte);
    x = GatherStep(x, gap, low1);
    x = GatherStep(x, 2 * gap, low2);
    x = GatherStep(x, 4 * gap, low4);
    hn::Store(x, d64, eights);
    for (size_t j = 0; j < lanes; ++j, byte += static_cast<size_t>(bits)) {
      std::memcpy(packed + byte, &eights[j], 8);
    }
  }
  reference::PackBitsU8(codes + i, n - i, bits, packed + byte);
}

void UnpackBitsU8(const uint8_t* packed, size_t n, int bits, bool sign_extend, uint8_t* codes) {
  if (n == 0) return;
  if (bits == 8) {
    std::memcpy(codes, packed, n);
    return;
  }
  if (bits == 4) return UnpackNibbles(packed, n, sign_extend, codes);
  // Two lanes: eight bytes from any address go straight into a register, where a wider vector would
  // have to come through memory.
  const UnpackD64 d64;
  const hn::Repartition<uint8_t, UnpackD64> d8;
  const auto step = static_cast<size_t>(bits);
  const size_t packed_bytes = (n * step + 7) / 8;
  const auto in_lane = FieldMask(d64, 8 * bits, 64);
  const auto low1 = FieldMask(d64, bits, 16), low2 = FieldMask(d64, 2 * bits, 32);
  const auto low4 = FieldMask(d64, 4 * bits, 64);
  const auto sign = hn::Set(d8, static_cast<uint8_t>(sign_extend ? 1 << (bits - 1) : 0));
  const int gap = 8 - bits;
  size_t i = 0, byte = 0;
  // Each load reads 8 bytes, of which `bits` count.
  for (; i + 16 <= n && byte + step + 8 <= packed_bytes; i += 16, byte += 2 * step) {
    uint64_t first, second;
    std::memcpy(&first, packed + byte, 8);
    std::memcpy(&second, packed + byte + step, 8);
    auto x = hn::And(hn::Dup128VecFromValues(d64, first, second), in_lane);
    x = SpreadStep(x, 4 * gap, low4);
    x = SpreadStep(x, 2 * gap, low2);
    x = SpreadStep(x, gap, low1);
    hn::StoreU(hn::Sub(hn::Xor(hn::BitCast(d8, x), sign), sign), d8, codes + i);
  }
  reference::UnpackBitsU8(packed + byte, n - i, bits, sign_extend, codes + i);
}

// The 16-bit forms go through a piece of bytes in the first-level cache.
void PackBitsI16(const int16_t* codes, size_t n, int bits, uint8_t* packed) {
  const hn::ScalableTag<int16_t> d16;
  const hn::RebindToUnsigned<decltype(d16)> du16;
  const hn::Rebind<uint8_t, decltype(d16)> d8;
  const size_t lanes = hn::Lanes(d16);
  constexpr size_t kChunk = 1024;
  HWY_ALIGN uint8_t bytes[kChunk];
  for (size_t i = 0; i < n; i += kChunk) {
    const size_t count = std::min(kChunk, n - i);
    size_t j = 0;
    for (; j + lanes <= count; j += lanes) {
      const auto wide = hn::BitCast(du16, hn::LoadU(d16, codes + i + j));
      hn::StoreU(hn::TruncateTo(d8, wide), d8, bytes + j);
    }
    for (; j < count; ++j) bytes[j] = static_cast<uint8_t>(codes[i + j]);
    PackBitsU8(bytes, count, bits, packed + i / 8 * static_cast<size_t>(bits));
  }
}

void UnpackBitsI16(const uint8_t* packed, size_t n, int bits, bool sign_extend, int16_t* codes) {
  const hn::ScalableTag<int16_t> d16;
  const hn::Rebind<uint8_t, decltype(d16)> du8;
  const hn::Rebind<int8_t, decltype(d16)> di8;
  const size_t lanes = hn::Lanes(d16);
  constexpr size_t kChunk = 1024;
  HWY_ALIGN uint8_t bytes[kChunk];
  for (size_t i = 0; i < n; i += kChunk) {
    const size_t count = std::min(kChunk, n - i);
    UnpackBitsU8(packed + i / 8 * static_cast<size_t>(bits), count, bits, sign_extend, bytes);
    size_t j = 0;
    for (; j + lanes <= count; j += lanes) {
      const auto narrow = hn::LoadU(du8, bytes + j);
      const auto wide =
          sign_extend ? hn::PromoteTo(d16, hn::BitCast(di8, narrow)) : hn::PromoteTo(d16, narrow);
      hn::StoreU(wide, d16, codes + i + j);
    }
    for (; j < count; ++j) {
      codes[i + j] = sign_extend ? static_cast<int8_t>(bytes[j]) : bytes[j];
    }
  }
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace pawl::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
