// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What multiplies codes of a panel by activations, for one target, and the tile of sums around it.

#if defined(PAWL_KERNELS_PANEL_MULTIPLY_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAWL_KERNELS_PANEL_MULTIPLY_INL_H_
#undef PAWL_KERNELS_PANEL_MULTIPLY_INL_H_
#else
#define PAWL_KERNELS_PANEL_MULTIPLY_INL_H_
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "hwy/highway.h"
#include "kernels/panel_decode-inl.h"
#include "kernels/panel_matmul.h"

HWY_BEFORE_NAMESPACE();
namespace pawl::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr bool kPanelNativeQuad = HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3_DL;

// What multiplies: the target's own way, or four products a lane by an instruction that Highway
// does not know for this target (AVX-VNNI beside AVX2).
enum class PanelWay { kPairs, kQuads };

#if HWY_ARCH_X86 && HWY_TARGET == HWY_AVX2
constexpr bool kPanelAssembledQuad = true;
HWY_INLINE PanelV32 MultiplyQuadAssembled(PanelV8 w, PanelV8 a, PanelV32 sum) {
  __asm__("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sum.raw) : "x"(w.raw), "x"(a.raw));
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

// Keeps a sum where it is computed: GCC would put all products of a chunk first and spill them.
template <class V>
HWY_INLINE void Settle(V& sum) {
#if HWY_COMPILER_GCC_ACTUAL && HWY_ARCH_X86
  __asm__ volatile("" : "+v"(sum.raw));
#else
  (void)sum;
#endif
}

// Exact sums of pairs in int16: how many may be added before they are widened.
constexpr size_t PanelPairRun(int bits) {
  const int largest = ((1 << bits) - 1) * 2 * 128;
  return largest > 32767 ? 0 : static_cast<size_t>(std::min(8, 32767 / largest));
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

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace pawl::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
