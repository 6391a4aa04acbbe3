// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Products with panels, for one target. panel_matmul.h has layout and definitions.
//
// Two small pieces: Quad() decodes the four columns of a quad, Multiply* is what the target has for
// unsigned codes times signed activations. The tile loop around them is the same for all.

#if defined(PAWL_KERNELS_PANEL_MATMUL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAWL_KERNELS_PANEL_MATMUL_INL_H_
#undef PAWL_KERNELS_PANEL_MATMUL_INL_H_
#else
#define PAWL_KERNELS_PANEL_MATMUL_INL_H_
#endif

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

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
constexpr bool kPanelNativeQuad = HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3_DL;

// What multiplies: the target's own way, or four products a lane by an instruction that Highway
// does not know for this target (AVX-VNNI beside AVX2, dot product beside NEON).
enum class PanelWay { kPairs, kQuads };

#if HWY_ARCH_X86 && HWY_TARGET == HWY_AVX2
constexpr bool kPanelAssembledQuad = true;
HWY_INLINE PanelV32 MultiplyQuadAssembled(PanelV8 w, PanelV8 a, PanelV32 sum) {
  __asm__("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sum.raw) : "x"(w.raw), "x"(a.raw));
  return sum;
}
#elif HWY_ARCH_ARM_A64 && (HWY_TARGET & HWY_ALL_NEON) && \
    (HWY_COMPILER_GCC_ACTUAL || defined(__ARM_FEATURE_DOTPROD))
// GCC's assembler takes the instruction once it is told of Armv8.2 (the extension alone does not
// do); Clang's only where the whole file may use it.
constexpr bool kPanelAssembledQuad = true;
HWY_INLINE PanelV32 MultiplyQuadAssembled(PanelV8 w, PanelV8 a, PanelV32 sum) {
#ifdef __ARM_FEATURE_DOTPROD
  __asm__("sdot %0.4s, %1.16b, %2.16b" : "+w"(sum.raw) : "w"(w.raw), "w"(a.raw));
#else
  __asm__(".arch armv8.2-a+dotprod\n\tsdot %0.4s, %1.16b, %2.16b"
          : "+w"(sum.raw)
          : "w"(w.raw), "w"(a.raw));
#endif
  return sum;
}
#else
constexpr bool kPanelAssembledQuad = false;
HWY_INLINE PanelV32 MultiplyQuadAssembled(PanelV8, PanelV8, PanelV32 sum) { return sum; }
#endif

template <PanelWay kWay>
constexpr bool PanelQuads() {
  return kPanelNativeQuad || (kPanelAssembledQuad && kWay == PanelWay::kQuads);
}

// sdot takes both signed: codes of 8 bits lose 128, which the zero points make good.
template <PanelWay kWay, int kUsed>
constexpr int PanelShift() {
  return HWY_ARCH_ARM_A64 && kUsed == 8 && PanelQuads<kWay>() ? 128 : 0;
}

// Keeps a sum where it is computed: GCC would put all products of a chunk first and spill them.
template <class V>
HWY_INLINE void Settle(V& sum) {
#if HWY_COMPILER_GCC_ACTUAL && HWY_ARCH_X86
  __asm__ volatile("" : "+v"(sum.raw));
#elif HWY_COMPILER_GCC_ACTUAL && HWY_ARCH_ARM_A64
  __asm__ volatile("" : "+w"(sum.raw));
#else
  (void)sum;
#endif
}

// Exact sums of pairs in int16: how many may be added before they are widened.
constexpr size_t PanelPairRun(int bits) {
  const int largest = ((1 << bits) - 1) * 2 * 128;
  return largest > 32767 ? 0 : static_cast<size_t>(std::min(8, 32767 / largest));
}

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

template <class T>
HWY_INLINE PanelV32 BroadcastFour(const T* from) {
  int32_t four;
  std::memcpy(&four, from, sizeof(four));
  return hn::Set(PanelD32(), four);
}

// The panel at hand, and the next one where two share the broadcasts.
struct PanelSource {
  const uint8_t* chunk;
  size_t panel_bytes;

  // Vector n of a block: n counts the parts of the first panel, then those of the second.
  HWY_INLINE const uint8_t* at(size_t n) const {
    return chunk + n / kPanelParts * panel_bytes + n % kPanelParts * kPanelVector;
  }
};

// Rows [0, kM) of activations, chunk by chunk.
struct PanelColumns {
  const int8_t* codes;
  const int16_t* wide;
  size_t stride;
};

// A tile of kM rows of activations by kN vectors of panel rows. The layout has kBits, of which
// codes use kUsed: decoded panels have the layout of 8 bits and smaller codes.
template <PanelWay kWay, int kBits, int kUsed, size_t kM, size_t kN>
struct PanelTile {
  static constexpr bool kQuads = PanelQuads<kWay>();
  static constexpr bool kPairs = !kQuads && kUsed < 8;

  PanelV32 sums[kM][kN];
  PanelVF values[kM][kN];

  HWY_INLINE void MultiplyQuads(const PanelV8 (&codes)[kN], const PanelColumns& a) {
    PAWL_UNROLL
    for (size_t m = 0; m < kM; ++m) {
      const PanelV32 x = BroadcastFour(a.codes + m * a.stride);
      PAWL_UNROLL
      for (size_t n = 0; n < kN; ++n) {
        if constexpr (kPanelNativeQuad) {
          sums[m][n] = hn::SumOfMulQuadAccumulate(PanelD32(), codes[n], hn::BitCast(PanelDI8(), x),
                                                  sums[m][n]);
        } else {
          sums[m][n] = MultiplyQuadAssembled(codes[n], hn::BitCast(PanelD8(), x), sums[m][n]);
        }
      }
    }
  }

  // Sums of two products, exact in 16 bits for codes of up to 7 bits.
  template <bool kFirst>
  HWY_INLINE void MultiplyPairs(const PanelV8 (&codes)[kN], const PanelColumns& a,
                                PanelV16 (&pairs)[kM][kN]) {
    PAWL_UNROLL
    for (size_t m = 0; m < kM; ++m) {
      const auto x = hn::BitCast(PanelDI8(), BroadcastFour(a.codes + m * a.stride));
      PAWL_UNROLL
      for (size_t n = 0; n < kN; ++n) {
        const PanelV16 products = hn::SatWidenMulPairwiseAdd(PanelD16(), codes[n], x);
        pairs[m][n] = kFirst ? products : hn::Add(pairs[m][n], products);
        Settle(pairs[m][n]);
      }
    }
  }

  HWY_INLINE void WidenPairs(const PanelV16 (&pairs)[kM][kN]) {
    const auto ones = hn::Set(PanelD16(), int16_t{1});
    PAWL_UNROLL
    for (size_t m = 0; m < kM; ++m) {
      PAWL_UNROLL
      for (size_t n = 0; n < kN; ++n) {
        sums[m][n] = hn::Add(sums[m][n], hn::WidenMulPairwiseAdd(PanelD32(), pairs[m][n], ones));
      }
    }
  }

  // Codes of 8 bits as int16, even and odd columns apart, as WidenPanelInput has them.
  HWY_INLINE void MultiplyWide(const PanelV8 (&codes)[kN], const PanelColumns& a) {
    const PanelD16 d16;
    const hn::Repartition<uint16_t, PanelD8> du16;
    PanelV16 even[kN], odd[kN];
    PAWL_UNROLL
    for (size_t n = 0; n < kN; ++n) {
      const auto two = hn::BitCast(du16, codes[n]);
      even[n] = hn::BitCast(d16, hn::And(two, hn::Set(du16, uint16_t{0x00FF})));
      odd[n] = hn::BitCast(d16, hn::ShiftRight<8>(two));
    }
    PAWL_UNROLL
    for (size_t m = 0; m < kM; ++m) {
      const auto x_even = hn::BitCast(d16, BroadcastFour(a.wide + m * a.stride));
      const auto x_odd = hn::BitCast(d16, BroadcastFour(a.wide + m * a.stride + 2));
      PAWL_UNROLL
      for (size_t n = 0; n < kN; ++n) {
        sums[m][n] = hn::Add(sums[m][n], hn::WidenMulPairwiseAdd(PanelD32(), even[n], x_even));
        Settle(sums[m][n]);
        sums[m][n] = hn::Add(sums[m][n], hn::WidenMulPairwiseAdd(PanelD32(), odd[n], x_odd));
        Settle(sums[m][n]);
      }
    }
  }

  // Quads [kQuad, kEnd) of a chunk; kStart is where the call began.
  template <size_t kStart, size_t kEnd, size_t kQuad = kStart>
  HWY_INLINE void AddQuads(const PanelSource& w, const PanelColumns& a, PanelV16 (&pairs)[kM][kN]) {
    PanelV8 codes[kN];
    PAWL_UNROLL
    for (size_t n = 0; n < kN; ++n) {
      codes[n] = Quad<kBits, kQuad>(w.at(n));
      if constexpr (PanelShift<kWay, kUsed>() != 0) {
        codes[n] = hn::Xor(codes[n], hn::Set(PanelD8(), uint8_t{0x80}));
      }
    }
    const PanelColumns here{a.codes + 4 * kQuad, kPairs || kQuads ? nullptr : a.wide + 4 * kQuad,
                            a.stride};
    if constexpr (kPairs) {
      constexpr size_t kRun = PanelPairRun(kUsed);
      MultiplyPairs<(kQuad - kStart) % kRun == 0>(codes, here, pairs);
      if constexpr ((kQuad - kStart) % kRun == kRun - 1 || kQuad + 1 == kEnd) WidenPairs(pairs);
    } else if constexpr (kQuads) {
      MultiplyQuads(codes, here);
    } else {
      MultiplyWide(codes, here);
    }
    if constexpr (kQuad + 1 < kEnd) AddQuads<kStart, kEnd, kQuad + 1>(w, a, pairs);
  }
};

// ---- parameters ---------------------------------------------------------------------------------

// Where in the parameters a tile's vectors are.
struct PanelPlace {
  size_t panel;
  size_t row;  // of activations

  HWY_INLINE size_t at(const PanelMatrix& w, size_t n, size_t g) const {
    return ((panel + n / kPanelParts) * w.groups + g) * kPanelRows + n % kPanelParts * kPanelLanes;
  }
  HWY_INLINE size_t super_at(const PanelMatrix& w, size_t n, size_t g) const {
    return ((panel + n / kPanelParts) * w.supers + (g >> w.super_shift)) * kPanelRows +
           n % kPanelParts * kPanelLanes;
  }
};

HWY_INLINE PanelVF LoadHalves(const void* from, size_t index) {
  const hn::Rebind<hwy::float16_t, PanelDF> dh;
  const auto* halves = reinterpret_cast<const hwy::float16_t*>(from) + index;
  return hn::PromoteTo(PanelDF(), hn::LoadU(dh, halves));
}

// Scales or minimums of vector n in group g.
HWY_INLINE PanelVF LoadParam(const PanelMatrix& w, const void* params, const uint16_t* supers,
                             int32_t bias, const PanelPlace& place, size_t n, size_t g) {
  const size_t at = place.at(w, n, g);
  if (w.super_shift >= 0) {
    const PanelD32 d32;
    const hn::Rebind<uint8_t, PanelD32> d8;
    const PanelV32 bytes =
        hn::PromoteTo(d32, hn::LoadU(d8, static_cast<const uint8_t*>(params) + at));
    const PanelVF numbers = hn::ConvertTo(PanelDF(), hn::Sub(bytes, hn::Set(d32, bias)));
    return hn::Mul(LoadHalves(supers, place.super_at(w, n, g)), numbers);
  }
  if (w.half_scales) return LoadHalves(params, at);
  return hn::LoadU(PanelDF(), static_cast<const float*>(params) + at);
}

// Sums begin at minus the zero point that all rows share.
template <PanelWay kWay, int kBits, int kUsed, size_t kM, size_t kN>
HWY_INLINE void StartGroup(const PanelMatrix& w, const PanelInput& a, const PanelPlace& place,
                           size_t g, PanelTile<kWay, kBits, kUsed, kM, kN>& t) {
  const int32_t zero = (w.zeros != nullptr ? 0 : w.zero) - PanelShift<kWay, kUsed>();
  PAWL_UNROLL
  for (size_t m = 0; m < kM; ++m) {
    PanelV32 start = hn::Zero(PanelD32());
    if (zero != 0) {
      start = hn::Set(PanelD32(), -zero * a.sums[(place.row + m) * w.groups + g]);
    }
    PAWL_UNROLL
    for (size_t n = 0; n < kN; ++n) t.sums[m][n] = start;
  }
}

// The rest of what makes A of the sums.
template <PanelWay kWay, int kBits, int kUsed, size_t kM, size_t kN>
HWY_INLINE void FinishSums(const PanelMatrix& w, const PanelInput& a, const PanelPlace& place,
                           size_t g, PanelTile<kWay, kBits, kUsed, kM, kN>& t) {
  const PanelD32 d32;
  PAWL_UNROLL
  for (size_t n = 0; n < kN; ++n) {
    const size_t at = place.at(w, n, g);
    if (w.zeros != nullptr) {
      const hn::Rebind<uint8_t, PanelD32> d8;
      const PanelV32 zeros = hn::PromoteTo(d32, hn::LoadU(d8, w.zeros + at));
      PAWL_UNROLL
      for (size_t m = 0; m < kM; ++m) {
        const PanelV32 sum = hn::Set(d32, a.sums[(place.row + m) * w.groups + g]);
        t.sums[m][n] = hn::Sub(t.sums[m][n], hn::Mul(zeros, sum));
      }
    }
    if (w.offsets != nullptr) {
      const PanelV32 offsets = hn::LoadU(d32, w.offsets + at);
      PAWL_UNROLL
      for (size_t m = 0; m < kM; ++m) t.sums[m][n] = hn::Sub(t.sums[m][n], offsets);
    }
  }
}

HWY_INLINE PanelVF FusedMultiplyAdd(PanelVF a, PanelVF b, PanelVF c) {
#if HWY_NATIVE_FMA
  return hn::MulAdd(a, b, c);
#else
  HWY_ALIGN float x[kPanelLanes], y[kPanelLanes], z[kPanelLanes];
  hn::Store(a, PanelDF(), x);
  hn::Store(b, PanelDF(), y);
  hn::Store(c, PanelDF(), z);
  for (size_t i = 0; i < kPanelLanes; ++i) z[i] = std::fma(x[i], y[i], z[i]);
  return hn::Load(PanelDF(), z);
#endif
}

template <PanelWay kWay, int kBits, int kUsed, size_t kM, size_t kN>
HWY_INLINE void FinishGroup(const PanelMatrix& w, const PanelInput& a, const PanelPlace& place,
                            size_t g, PanelTile<kWay, kBits, kUsed, kM, kN>& t) {
  const PanelDF df;
  if (w.zeros != nullptr || w.offsets != nullptr) FinishSums(w, a, place, g, t);
  if (w.scales == nullptr) {  // the sums themselves are wanted
    PAWL_UNROLL
    for (size_t m = 0; m < kM; ++m) {
      PAWL_UNROLL
      for (size_t n = 0; n < kN; ++n) t.values[m][n] = hn::BitCast(df, t.sums[m][n]);
    }
    return;
  }
  PAWL_UNROLL
  for (size_t n = 0; n < kN; ++n) {
    const PanelVF scales = LoadParam(w, w.scales, w.super_scales, w.scale_bias, place, n, g);
    const PanelVF minimums = w.minimums != nullptr ? LoadParam(w, w.minimums, w.super_minimums,
                                                               w.minimum_bias, place, n, g)
                                                   : hn::Zero(df);
    PAWL_UNROLL
    for (size_t m = 0; m < kM; ++m) {
      const size_t of_row = (place.row + m) * w.groups + g;
      PanelVF scale = scales, minimum = minimums;
      if (a.factors != nullptr) {
        const PanelVF factor = hn::Set(df, a.factors[of_row]);
        scale = hn::Mul(scale, factor);
        minimum = hn::Mul(minimum, factor);
      }
      t.values[m][n] = FusedMultiplyAdd(scale, hn::ConvertTo(df, t.sums[m][n]), t.values[m][n]);
      if (w.minimums != nullptr) {
        t.values[m][n] =
            FusedMultiplyAdd(hn::Neg(minimum), hn::Set(df, a.shifted[of_row]), t.values[m][n]);
      }
    }
  }
}

// ---- tiles --------------------------------------------------------------------------------------

// The group of half-chunks at hand.
struct PanelGroup {
  size_t index;
  size_t left;  // half-chunks
};

// All groups of kM rows by kN vectors into values.
template <PanelWay kWay, int kBits, int kUsed, size_t kM, size_t kN>
HWY_INLINE void SumGroups(const PanelMatrix& w, const PanelInput& a, const PanelPlace& place,
                          PanelSource source, PanelTile<kWay, kBits, kUsed, kM, kN>& t) {
  PanelColumns columns{a.codes + place.row * a.stride, nullptr, a.stride};
  if (!t.kPairs && !t.kQuads) columns.wide = a.wide + place.row * a.stride;
  const size_t length = w.group_quads / 4;
  const size_t halves = std::min(2 * w.chunks, w.groups * length);
  PanelGroup group{0, length};
  PanelV16 pairs[kM][kN];
  StartGroup(w, a, place, 0, t);
  for (size_t half = 0; half < halves; ++half) {
    if (half % 2 == 0) {
      t.template AddQuads<0, 4>(source, columns, pairs);
    } else {
      t.template AddQuads<4, 8>(source, columns, pairs);
      source.chunk += PanelChunkBytes(kBits);
      columns.codes += kPanelChunk;
      if (!t.kPairs && !t.kQuads) columns.wide += kPanelChunk;
    }
    if (--group.left > 0 && half + 1 < halves) continue;
    FinishGroup(w, a, place, group.index, t);
    group = {group.index + 1, length};
    if (half + 1 < halves) StartGroup(w, a, place, group.index, t);
  }
}

template <PanelWay kWay, int kBits, int kUsed, size_t kM, size_t kN>
HWY_NOINLINE void RunPanelTile(const PanelMatrix& w, const PanelInput& a, const PanelPlace& place,
                               const PanelSource& source, float* out, size_t out_stride) {
  PanelTile<kWay, kBits, kUsed, kM, kN> t;
  PAWL_UNROLL
  for (size_t m = 0; m < kM; ++m) {
    PAWL_UNROLL
    for (size_t n = 0; n < kN; ++n) t.values[m][n] = hn::Zero(PanelDF());
  }
  SumGroups(w, a, place, source, t);
  PAWL_UNROLL
  for (size_t m = 0; m < kM; ++m) {
    PAWL_UNROLL
    for (size_t n = 0; n < kN; ++n) {
      hn::StoreU(t.values[m][n], PanelDF(), out + m * out_stride + n * kPanelLanes);
    }
  }
}

// Rows in a tile: what the registers hold beside codes and a broadcast; and in a smaller one, for
// the rows that remain.
constexpr size_t kPanelTileM = HWY_MAX_BYTES >= 64                      ? 8
                               : (HWY_ARCH_ARM_A64 || kPanelParts == 2) ? 4
                                                                        : 2;
constexpr size_t kPanelRestM = HWY_MAX_BYTES >= 64 ? 3 : 2;

// Two panels or more rows: the codes of a chunk are decoded once for all rows.
template <int kBits, size_t kQuad = 0>
HWY_INLINE void DecodeQuads(const uint8_t* HWY_RESTRICT from, uint8_t* HWY_RESTRICT to) {
  PAWL_UNROLL
  for (size_t part = 0; part < kPanelParts; ++part) {
    const size_t at = part * kPanelVector;
    hn::Store(Quad<kBits, kQuad>(from + at), PanelD8(), to + 64 * kQuad + at);
  }
  if constexpr (kQuad < 7) DecodeQuads<kBits, kQuad + 1>(from, to);
}

template <int kBits>
HWY_NOINLINE void DecodePanel(const uint8_t* HWY_RESTRICT from, size_t chunks,
                              uint8_t* HWY_RESTRICT to) {
  for (size_t c = 0; c < chunks; ++c) {
    DecodeQuads<kBits>(from + c * PanelChunkBytes(kBits), to + c * PanelChunkBytes(8));
  }
}

// Any width but 8 bits, into the layout of 8 bits.
void DecodePanels(const PanelMatrix& w, size_t panel, size_t count, uint8_t* out) {
  for (size_t p = panel; p < panel + count; ++p, out += w.chunks * PanelChunkBytes(8)) {
    const uint8_t* from = w.codes + p * w.panel_bytes();
    switch (w.bits) {
      case 2:
        DecodePanel<2>(from, w.chunks, out);
        break;
      case 3:
        DecodePanel<3>(from, w.chunks, out);
        break;
      case 4:
        DecodePanel<4>(from, w.chunks, out);
        break;
      case 5:
        DecodePanel<5>(from, w.chunks, out);
        break;
      default:
        DecodePanel<6>(from, w.chunks, out);
    }
  }
}

template <PanelWay kWay, int kUsed, size_t kN>
HWY_INLINE void ManyRows(const PanelMatrix& w, const PanelInput& a, size_t panel,
                         const PanelSource& source, float* out, size_t out_stride) {
  size_t m = 0;
  for (; m + kPanelTileM <= a.rows; m += kPanelTileM) {
    RunPanelTile<kWay, 8, kUsed, kPanelTileM, kN>(w, a, {panel, m}, source, out + m * out_stride,
                                                  out_stride);
  }
  if constexpr (kPanelTileM > kPanelRestM) {
    for (; m + kPanelRestM <= a.rows; m += kPanelRestM) {
      RunPanelTile<kWay, 8, kUsed, kPanelRestM, kN>(w, a, {panel, m}, source, out + m * out_stride,
                                                    out_stride);
    }
  }
  for (; m < a.rows; ++m) {
    RunPanelTile<kWay, 8, kUsed, 1, kN>(w, a, {panel, m}, source, out + m * out_stride, out_stride);
  }
}

// kN vectors of panels from `panel` on.
template <PanelWay kWay, int kBits, size_t kN>
HWY_INLINE void SomePanels(const PanelMatrix& w, size_t panel, const PanelInput& a, float* out,
                           size_t out_stride) {
  // Quads do not care how large codes are, pairs only by how many may be added.
  constexpr int kUsed = PanelQuads<kWay>() ? 8 : std::max(kBits, 4);
  const PanelSource packed{w.codes + panel * w.panel_bytes(), w.panel_bytes()};
  if (a.rows == 1) {
    RunPanelTile<kWay, kBits, kBits, 1, kN>(w, a, {panel, 0}, packed, out, out_stride);
  } else if constexpr (kBits == 8) {
    ManyRows<kWay, kUsed, kN>(w, a, panel, packed, out, out_stride);
  } else {
    const size_t bytes = w.chunks * PanelChunkBytes(8);
    DecodePanels(w, panel, kN / kPanelParts, a.scratch);
    ManyRows<kWay, kUsed, kN>(w, a, panel, {a.scratch, bytes}, out, out_stride);
  }
}

template <PanelWay kWay, int kBits>
HWY_NOINLINE void PanelsOfBits(const PanelMatrix& w, size_t begin, size_t end, const PanelInput& a,
                               float* out, size_t out_stride) {
  size_t panel = begin;
  if constexpr (kPanelParts == 1) {
    for (; panel + 2 <= end; panel += 2) {
      SomePanels<kWay, kBits, 2>(w, panel, a, out + (panel - begin) * kPanelRows, out_stride);
    }
  }
  for (; panel < end; ++panel) {
    SomePanels<kWay, kBits, kPanelParts>(w, panel, a, out + (panel - begin) * kPanelRows,
                                         out_stride);
  }
}

template <PanelWay kWay>
HWY_INLINE void PanelsOfWay(const PanelMatrix& w, size_t begin, size_t end, const PanelInput& a,
                            float* out, size_t out_stride) {
  switch (w.bits) {
    case 2:
      return PanelsOfBits<kWay, 2>(w, begin, end, a, out, out_stride);
    case 3:
      return PanelsOfBits<kWay, 3>(w, begin, end, a, out, out_stride);
    case 4:
      return PanelsOfBits<kWay, 4>(w, begin, end, a, out, out_stride);
    case 5:
      return PanelsOfBits<kWay, 5>(w, begin, end, a, out, out_stride);
    case 6:
      return PanelsOfBits<kWay, 6>(w, begin, end, a, out, out_stride);
    default:
      return PanelsOfBits<kWay, 8>(w, begin, end, a, out, out_stride);
  }
}

#if HWY_TARGET == HWY_SSE2
// Without SSSE3 there is no product of bytes: not worth its code, the target is for tests.
void MatMulPanels(const PanelMatrix& w, size_t begin, size_t end, const PanelInput& a, float* out,
                  size_t out_stride) {
  reference::MatMulPanels(w, begin, end, a, out, out_stride);
}
void MatMulPanelsQuads(const PanelMatrix& w, size_t begin, size_t end, const PanelInput& a,
                       float* out, size_t out_stride) {
  reference::MatMulPanels(w, begin, end, a, out, out_stride);
}
#else
void MatMulPanels(const PanelMatrix& w, size_t begin, size_t end, const PanelInput& a, float* out,
                  size_t out_stride) {
  PanelsOfWay<PanelWay::kPairs>(w, begin, end, a, out, out_stride);
}

// With the instruction that Highway's target does not have; the target's own way where none is.
void MatMulPanelsQuads(const PanelMatrix& w, size_t begin, size_t end, const PanelInput& a,
                       float* out, size_t out_stride) {
  constexpr PanelWay kWay = kPanelAssembledQuad ? PanelWay::kQuads : PanelWay::kPairs;
  PanelsOfWay<kWay>(w, begin, end, a, out, out_stride);
}
#endif

void WidenPanelInput(const int8_t* codes, size_t n, int16_t* wide) {
  const hn::FixedTag<int8_t, 16> d8;
  const hn::FixedTag<int16_t, 8> d16;
  const hn::FixedTag<int32_t, 4> d32;
  size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    const auto v = hn::BitCast(d16, hn::LoadU(d8, codes + i));
    const auto even = hn::BitCast(d32, hn::ShiftRight<8>(hn::ShiftLeft<8>(v)));
    const auto odd = hn::BitCast(d32, hn::ShiftRight<8>(v));
    hn::StoreU(hn::BitCast(d16, hn::InterleaveLower(d32, even, odd)), d16, wide + i);
    hn::StoreU(hn::BitCast(d16, hn::InterleaveUpper(d32, even, odd)), d16, wide + i + 8);
  }
  if (i < n) reference::WidenPanelInput(codes + i, n - i, wide + i);
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace pawl::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
