// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Which version a target takes, and what many rows of activations have done once for all: codes
// decoded, rows paired. Vectors of 128 bits do for every vector length: it is a small share of the
// work.

#include "kernels/panel_matmul_arm.h"

#if PAWL_PANELS_NEON
#include <arm_neon.h>
#endif

namespace pawl::kernels {

PanelsFunction ArmPanels([[maybe_unused]] Target target) {
#if PAWL_PANELS_NEON
  switch (target) {
#if PAWL_PANELS_SVE
    case Target::kSVE_I8MM:
      return &MatMulPanelsSveI8mm;
    case Target::kSVE:
    case Target::kSVE2:
    case Target::kSVE_256:
    case Target::kSVE2_128:
      return &MatMulPanelsSve;
#endif
#if PAWL_PANELS_NEON_DOT
    case Target::kNEON_I8MM:
      return &MatMulPanelsNeonI8mm;
    case Target::kNEON_DOT:
    case Target::kNEON_BF16:
      return &MatMulPanelsNeonDot;
#endif
    case Target::kScalar:
      return nullptr;
    default:
      return &MatMulPanelsNeon;
  }
#else
  return nullptr;
#endif
}

#if PAWL_PANELS_NEON
namespace {

// The field of kWidth bits at kFrom of each byte, moved to kTo.
template <int kWidth, int kFrom, int kTo>
inline uint8x16_t Field(uint8x16_t v) {
  if constexpr (kFrom > kTo) v = vshrq_n_u8(v, kFrom - kTo);
  if constexpr (kFrom < kTo) v = vshlq_n_u8(v, kTo - kFrom);
  constexpr bool kClean = kTo == 0 && kFrom + kWidth == 8;
  if constexpr (!kClean) v = vandq_u8(v, vdupq_n_u8(((1 << kWidth) - 1) << kTo));
  return v;
}

// Codes of quad kQuad, `chunk` pointing to the vector's bytes in the chunk's first block.
template <int kBits, int kQuad>
inline uint8x16_t Quad(const uint8_t* chunk) {
  constexpr int kBlock2 = (kBits & 4) != 0 ? 4 : 0;
  constexpr int kBlock1 = kBlock2 + ((kBits & 2) != 0 ? 2 : 0);
  if constexpr (kBits == 8) return vld1q_u8(chunk + 64 * kQuad);
  uint8x16_t code = vdupq_n_u8(0);
  if constexpr ((kBits & 4) != 0) {
    code = Field<4, kQuad % 2 * 4, 0>(vld1q_u8(chunk + 64 * (kQuad / 2)));
  }
  if constexpr ((kBits & 2) != 0) {
    const uint8x16_t block = vld1q_u8(chunk + 64 * (kBlock2 + kQuad / 4));
    code = vorrq_u8(code, Field<2, kQuad % 4 * 2, kBlock2>(block));
  }
  if constexpr ((kBits & 1) != 0) {
    code = vorrq_u8(code, Field<1, kQuad, kBlock1>(vld1q_u8(chunk + 64 * kBlock1)));
  }
  return code;
}

struct Change {
  uint8x16_t table;
  uint8x16_t flip;
};

// Quads kQuad and the next of sixteen bytes' four rows.
template <int kBits, bool kTable, ArmOrder kOrder, int kQuad = 0>
inline void DecodeTwo(const uint8_t* from, const Change& change, size_t part, uint8_t* to) {
  uint8x16_t even = Quad<kBits, kQuad>(from + part);
  uint8x16_t odd = Quad<kBits, kQuad + 1>(from + part);
  if constexpr (kTable) {
    even = vqtbl1q_u8(change.table, even);
    odd = vqtbl1q_u8(change.table, odd);
  }
  even = veorq_u8(even, change.flip);
  odd = veorq_u8(odd, change.flip);
  if constexpr (kOrder == ArmOrder::kQuads) {
    vst1q_u8(to + 64 * kQuad + part, even);
    vst1q_u8(to + 64 * kQuad + 64 + part, odd);
  } else {
    const uint32x4_t a = vreinterpretq_u32_u8(even), b = vreinterpretq_u32_u8(odd);
    vst1q_u8(to + 64 * kQuad + 2 * part, vreinterpretq_u8_u32(vzip1q_u32(a, b)));
    vst1q_u8(to + 64 * kQuad + 2 * part + 16, vreinterpretq_u8_u32(vzip2q_u32(a, b)));
  }
  if constexpr (kQuad < 6) DecodeTwo<kBits, kTable, kOrder, kQuad + 2>(from, change, part, to);
}

using Decoder = void (*)(const uint8_t* from, size_t chunks, const Change& change, uint8_t* to);

template <int kBits, bool kTable, ArmOrder kOrder>
void Decode(const uint8_t* from, size_t chunks, const Change& change, uint8_t* to) {
  for (size_t c = 0; c < chunks; ++c, from += PanelChunkBytes(kBits), to += PanelChunkBytes(8)) {
    for (size_t part = 0; part < 64; part += 16) {
      DecodeTwo<kBits, kTable, kOrder>(from, change, part, to);
    }
  }
}

template <ArmOrder kOrder>
Decoder DecoderOf(int bits, bool table) {
  switch (bits) {
    case 2:
      return table ? &Decode<2, true, kOrder> : &Decode<2, false, kOrder>;
    case 3:
      return table ? &Decode<3, true, kOrder> : &Decode<3, false, kOrder>;
    case 4:
      return table ? &Decode<4, true, kOrder> : &Decode<4, false, kOrder>;
    case 5:
      return &Decode<5, false, kOrder>;
    case 6:
      return &Decode<6, false, kOrder>;
    default:
      return &Decode<8, false, kOrder>;
  }
}

}  // namespace

void DecodeArmPanel(const PanelMatrix& w, size_t panel, size_t begin, size_t end, ArmOrder order,
                    uint8_t flip, uint8_t* out) {
  const bool table = w.table != nullptr;
  const Change change{table ? vld1q_u8(w.table) : vdupq_n_u8(0), vdupq_n_u8(flip)};
  const uint8_t* from = w.codes + panel * w.panel_bytes() + begin * PanelChunkBytes(w.bits);
  const Decoder decode = order == ArmOrder::kQuads ? DecoderOf<ArmOrder::kQuads>(w.bits, table)
                                                   : DecoderOf<ArmOrder::kRowPairs>(w.bits, table);
  decode(from, end - begin, change, out);
}

void PairArmRows(const int8_t* x, size_t stride, size_t rows, size_t halves, int8_t* out) {
  for (size_t half = 0; half < halves; ++half, x += 16) {
    for (size_t m = 0; m < rows; m += 2, out += 32) {
      const int64x2_t even = vreinterpretq_s64_s8(vld1q_s8(x + m * stride));
      const int64x2_t odd = rows == 1 ? even : vreinterpretq_s64_s8(vld1q_s8(x + (m + 1) * stride));
      vst1q_s8(out, vreinterpretq_s8_s64(vtrn1q_s64(even, odd)));
      vst1q_s8(out + 16, vreinterpretq_s8_s64(vtrn2q_s64(even, odd)));
    }
  }
}
#endif  // PAWL_PANELS_NEON

}  // namespace pawl::kernels
