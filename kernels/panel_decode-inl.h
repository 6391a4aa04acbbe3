// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Codes of panels, for one target: quads of columns out of the planes that panel_matmul.h
// describes.

#if defined(PAWL_KERNELS_PANEL_DECODE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAWL_KERNELS_PANEL_DECODE_INL_H_
#undef PAWL_KERNELS_PANEL_DECODE_INL_H_
#else
#define PAWL_KERNELS_PANEL_DECODE_INL_H_
#endif

#include <cstddef>
#include <cstdint>

#include "hwy/highway.h"
#include "kernels/panel_matmul.h"

HWY_BEFORE_NAMESPACE();
namespace pawl::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using PanelD8 = hn::CappedTag<uint8_t, 64>;
using PanelDI8 = hn::RebindToSigned<PanelD8>;
using PanelD16 = hn::Repartition<int16_t, PanelD8>;
using PanelD32 = hn::Repartition<int32_t, PanelD8>;
using PanelDF = hn::Repartition<float, PanelD8>;
using PanelV8 = hn::Vec<PanelD8>;
using PanelV16 = hn::Vec<PanelD16>;
using PanelV32 = hn::Vec<PanelD32>;
using PanelVF = hn::Vec<PanelDF>;

constexpr size_t kPanelVector = HWY_MAX_LANES_D(PanelD8);  // bytes
constexpr size_t kPanelLanes = kPanelVector / 4;           // rows in a vector
constexpr size_t kPanelParts = kPanelRows / kPanelLanes;   // vectors in a block

// The field of `kWidth` bits at kFrom of each byte of v, moved to kTo. Shifts of 16 bits do for
// bytes where a mask follows.
template <int kWidth, int kFrom, int kTo>
HWY_INLINE PanelV8 Field(PanelV8 v) {
  const PanelD8 d8;
  const hn::Repartition<uint16_t, PanelD8> d16;
  constexpr int kMask = ((1 << kWidth) - 1) << kTo;
  if constexpr (kFrom > kTo) {
    v = hn::BitCast(d8, hn::ShiftRight<kFrom - kTo>(hn::BitCast(d16, v)));
  } else if constexpr (kFrom < kTo) {
    v = hn::BitCast(d8, hn::ShiftLeft<kTo - kFrom>(hn::BitCast(d16, v)));
  }
  return hn::And(v, hn::Set(d8, static_cast<uint8_t>(kMask)));
}

// Codes of quad kQuad, `chunk` pointing to the vector's bytes in the chunk's first block.
template <int kBits, size_t kQuad>
HWY_INLINE PanelV8 Quad(const uint8_t* HWY_RESTRICT chunk) {
  const PanelD8 d8;
  constexpr size_t kBlock2 = (kBits & 4) != 0 ? 4 : 0;
  constexpr size_t kBlock1 = kBlock2 + ((kBits & 2) != 0 ? 2 : 0);
  constexpr int kPlace2 = static_cast<int>(kBlock2);
  constexpr int kPlace1 = static_cast<int>(kBlock1);
  constexpr int kInt = static_cast<int>(kQuad);
  if constexpr (kBits == 8) {
    return hn::Load(d8, chunk + 64 * kQuad);
  } else {
    PanelV8 code = hn::Zero(d8);
    if constexpr ((kBits & 4) != 0) {
      code = Field<4, kInt % 2 * 4, 0>(hn::Load(d8, chunk + 64 * (kQuad / 2)));
    }
    if constexpr ((kBits & 2) != 0) {
      const PanelV8 block = hn::Load(d8, chunk + 64 * (kBlock2 + kQuad / 4));
      code = hn::Or(code, Field<2, kInt % 4 * 2, kPlace2>(block));
    }
    if constexpr ((kBits & 1) != 0) {
      const PanelV8 block = hn::Load(d8, chunk + 64 * kBlock1);
      code = hn::Or(code, Field<1, kInt, kPlace1>(block));
    }
    return code;
  }
}

// Fields of 2 or 4 bits have a block for 8 / kBits quads: that of quad kQuad, and its codes where
// they stand in the byte.
template <int kBits, size_t kQuad>
HWY_INLINE PanelV8 QuadBlock(const uint8_t* HWY_RESTRICT chunk) {
  return hn::Load(PanelD8(), chunk + 64 * (kQuad * kBits / 8));
}
template <int kBits, size_t kQuad>
HWY_INLINE PanelV8 QuadInPlace(PanelV8 block) {
  constexpr int kPlace = static_cast<int>(kQuad) * kBits % 8;
  return Field<kBits, kPlace, kPlace>(block);
}

// VBMI looks bytes up among 64 by six bits of an index: in a table of 16, repeated, those above the
// field do not count.
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3_DL
constexpr bool kPanelWideLookup = true;
HWY_INLINE PanelV8 WideLookup(PanelV8 table, PanelV8 index) {
  return PanelV8{_mm512_permutexvar_epi8(index.raw, table.raw)};
}
#else
constexpr bool kPanelWideLookup = false;
HWY_INLINE PanelV8 WideLookup(PanelV8 /*table*/, PanelV8 index) { return index; }
#endif

// What fields of 4 bits, quad kQuad of the block, stand for in a table of 16 that each 16 bytes of
// `table` repeat.
template <size_t kQuad>
HWY_INLINE PanelV8 QuadLevels(PanelV8 block, PanelV8 table) {
  if constexpr (kPanelWideLookup) {
    const PanelD8 d8;
    const hn::Repartition<uint16_t, PanelD8> d16;
    if constexpr (kQuad % 2 == 0) return WideLookup(table, block);
    return WideLookup(table, hn::BitCast(d8, hn::ShiftRight<4>(hn::BitCast(d16, block))));
  } else {
    return hn::TableLookupBytes(table, Field<4, kQuad % 2 * 4, 0>(block));
  }
}

#if HWY_TARGET == HWY_SSE2
// As for the products: it has no lookup of bytes either, and imitations are large.
void DecodePanels(const PanelMatrix& w, size_t panel, size_t count, uint8_t* out) {
  reference::DecodePanels(w, panel, count, out);
}
#else
// Chunks in the layout of 8 bits, for products with many rows: decoded once for all of them.
template <int kBits, bool kTable, size_t kQuad = 0>
HWY_INLINE void DecodeQuads(const uint8_t* HWY_RESTRICT from, PanelV8 table,
                            uint8_t* HWY_RESTRICT to) {
  PAWL_UNROLL
  for (size_t part = 0; part < kPanelParts; ++part) {
    const size_t at = part * kPanelVector;
    PanelV8 codes = Quad<kBits, kQuad>(from + at);
    if constexpr (kTable) codes = hn::TableLookupBytes(table, codes);
    hn::Store(codes, PanelD8(), to + 64 * kQuad + at);
  }
  if constexpr (kQuad < 7) DecodeQuads<kBits, kTable, kQuad + 1>(from, table, to);
}

template <int kBits, bool kTable = false>
HWY_NOINLINE void DecodePanel(const uint8_t* HWY_RESTRICT from, size_t chunks,
                              const uint8_t* HWY_RESTRICT table, uint8_t* HWY_RESTRICT to) {
  const PanelD8 d8;
  const PanelV8 levels = kTable ? hn::LoadDup128(d8, table) : hn::Zero(d8);
  for (size_t c = 0; c < chunks; ++c) {
    DecodeQuads<kBits, kTable>(from + c * PanelChunkBytes(kBits), levels,
                               to + c * PanelChunkBytes(8));
  }
}

// Fields of a table's codes.
inline void DecodeTablePanel(const PanelMatrix& w, const uint8_t* from, uint8_t* to) {
  if (w.bits == 2) return DecodePanel<2, true>(from, w.chunks, w.table, to);
  if (w.bits == 3) return DecodePanel<3, true>(from, w.chunks, w.table, to);
  DecodePanel<4, true>(from, w.chunks, w.table, to);
}

// Any width but 8 bits, into the layout of 8 bits.
void DecodePanels(const PanelMatrix& w, size_t panel, size_t count, uint8_t* out) {
  for (size_t p = panel; p < panel + count; ++p, out += w.chunks * PanelChunkBytes(8)) {
    const uint8_t* from = w.codes + p * w.panel_bytes();
    if (w.table != nullptr) {
      DecodeTablePanel(w, from, out);
      continue;
    }
    switch (w.bits) {
      case 2:
        DecodePanel<2>(from, w.chunks, nullptr, out);
        break;
      case 3:
        DecodePanel<3>(from, w.chunks, nullptr, out);
        break;
      case 4:
        DecodePanel<4>(from, w.chunks, nullptr, out);
        break;
      case 5:
        DecodePanel<5>(from, w.chunks, nullptr, out);
        break;
      default:
        DecodePanel<6>(from, w.chunks, nullptr, out);
    }
  }
}

#endif  // HWY_TARGET == HWY_SSE2

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace pawl::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
