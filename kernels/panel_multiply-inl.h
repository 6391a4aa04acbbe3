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
  size_t panel_bytes;               // to the next one; 0 where there is none: the same again
  const uint8_t* levels = nullptr;  // what fields stand for, in tiles that look them up
  bool from_memory = false;         // not from a cache: to be fetched ahead

  // Vector n of a block: n counts the parts of the first panel, then those of the second.
  HWY_INLINE const uint8_t* at(size_t n) const {
    return chunk + n / kPanelParts * panel_bytes + n % kPanelParts * kPanelVector;
  }
};

// Keeps GCC from folding what is added to this value into it: sums of an offset for each row and
// one for each quad are many, and it would have them all, most of them on the stack.
template <class T>
HWY_INLINE void SettleAddress(T& value) {
#if HWY_COMPILER_GCC_ACTUAL && HWY_ARCH_X86_64
  __asm__("" : "+r"(value));
#else
  (void)value;
#endif
}

// Rows [0, kM) of activations, chunk by chunk.
struct PanelColumns {
  const int8_t* codes;
  const int16_t* wide;
  size_t stride;
  size_t strides[4];  // 1, 3, 5 and 7 of them: x86 doubles and quadruples an index for nothing

  PanelColumns(const int8_t* row_codes, const int16_t* row_wide, size_t row_stride)
      : codes(row_codes), wide(row_wide), stride(row_stride) {
    PAWL_UNROLL
    for (size_t i = 0; i < 4; ++i) {
      strides[i] = (2 * i + 1) * row_stride;
      SettleAddress(strides[i]);
    }
  }
  // Elements from row 0 to row m, which is known when this is compiled.
  HWY_INLINE size_t row(size_t m) const {
    if (m == 0) return 0;
    size_t times = 1;
    for (; m % 2 == 0; m /= 2) times *= 2;
    return m < 8 ? times * strides[m / 2] : times * m * stride;
  }
};

HWY_INLINE PanelV32 MultiplyQuad(PanelV8 w, PanelV32 a, PanelV32 sum) {
  if constexpr (kPanelNativeQuad) {
    return hn::SumOfMulQuadAccumulate(PanelD32(), w, hn::BitCast(PanelDI8(), a), sum);
  } else {
    return MultiplyQuadAssembled(w, hn::BitCast(PanelD8(), a), sum);
  }
}

// A tile of kM rows of activations by kN vectors of panel rows. The layout has kBits, of which
// codes use kUsed: decoded panels have the layout of 8 bits and smaller codes. With kTable fields
// are looked up in `levels`.
template <PanelWay kWay, int kBits, int kUsed, size_t kM, size_t kN, bool kTable>
struct PanelTile {
  static constexpr bool kQuads = PanelQuads<kWay>();
  static constexpr bool kPairs = !kQuads && kUsed < 8;
  // Quads whose pairs are added before they are widened. With several rows registers do not hold
  // their sums from one half of a chunk to the next.
  static constexpr size_t kRun = std::min<size_t>(PanelPairRun(kUsed), kM == 1 ? 8 : 4);

  // One row has too few sums to hide the time that an instruction takes, so there are several for
  // each vector. Fields of 4 or 2 bits stay at their places in the byte, a sum for each place, and
  // the sums are shifted down instead: 240 * 128 * kMaxPanelGroup / 2 stays within int32.
  static constexpr bool kPlaces =
      kM == 1 && kQuads && !kTable && HWY_ARCH_X86 && (kBits == 4 || kBits == 2);
  static constexpr size_t kSums = kPlaces ? 8 / kBits : kM == 1 && kQuads ? 2 : 1;

  PanelV32 sums[kM][kN];
  PanelV32 more[kN][kSums];  // beside sums[0], from 1 on
  PanelVF values[kM][kN];
  PanelV8 levels;
  PanelV8 blocks[kN];  // at hand

  HWY_INLINE void ClearMore() {
    PAWL_UNROLL
    for (size_t n = 0; n < kN; ++n) {
      PAWL_UNROLL
      for (size_t i = 1; i < kSums; ++i) more[n][i] = hn::Zero(PanelD32());
    }
  }

  template <size_t kSum = 1>
  HWY_INLINE void AddMore() {
    if constexpr (kSum < kSums) {
      PAWL_UNROLL
      for (size_t n = 0; n < kN; ++n) {
        PanelV32 sum = more[n][kSum];
        if constexpr (kPlaces) sum = hn::ShiftRight<static_cast<int>(kSum) * kBits>(sum);
        sums[0][n] = hn::Add(sums[0][n], sum);
      }
      AddMore<kSum + 1>();
    }
  }

  template <size_t kSum, size_t kQuad>
  HWY_INLINE void MultiplyQuads(const PanelV8 (&codes)[kN], const PanelColumns& a) {
    const int8_t* from = a.codes + 4 * kQuad;
    SettleAddress(from);
    PAWL_UNROLL
    for (size_t m = 0; m < kM; ++m) {
      const PanelV32 x = BroadcastFour(from + a.row(m));
      PAWL_UNROLL
      for (size_t n = 0; n < kN; ++n) {
        PanelV32& sum = kSum == 0 ? sums[m][n] : more[n][kSum];
        sum = MultiplyQuad(codes[n], x, sum);
      }
    }
  }

  // Sums of two products, exact in 16 bits for codes of up to 7 bits.
  template <bool kFirst, size_t kQuad>
  HWY_INLINE void MultiplyPairs(const PanelV8 (&codes)[kN], const PanelColumns& a,
                                PanelV16 (&pairs)[kM][kN]) {
    const int8_t* from = a.codes + 4 * kQuad;
    SettleAddress(from);
    PAWL_UNROLL
    for (size_t m = 0; m < kM; ++m) {
      const auto x = hn::BitCast(PanelDI8(), BroadcastFour(from + a.row(m)));
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

  // Where a group ends in the middle of a chunk and sums of pairs would not.
  HWY_INLINE void SplitPairs(PanelV16 (&pairs)[kM][kN]) {
    if constexpr (kPairs && kRun == 8) {
      WidenPairs(pairs);
      PAWL_UNROLL
      for (size_t m = 0; m < kM; ++m) {
        PAWL_UNROLL
        for (size_t n = 0; n < kN; ++n) pairs[m][n] = hn::Zero(PanelD16());
      }
    }
  }

  // Codes of 8 bits as int16, even and odd columns apart, as WidenPanelInput has them.
  template <size_t kQuad>
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
    const int16_t* from = a.wide + 4 * kQuad;
    SettleAddress(from);
    PAWL_UNROLL
    for (size_t m = 0; m < kM; ++m) {
      const auto x_even = hn::BitCast(d16, BroadcastFour(from + a.row(m)));
      const auto x_odd = hn::BitCast(d16, BroadcastFour(from + a.row(m) + 2));
      PAWL_UNROLL
      for (size_t n = 0; n < kN; ++n) {
        sums[m][n] = hn::Add(sums[m][n], hn::WidenMulPairwiseAdd(PanelD32(), even[n], x_even));
        Settle(sums[m][n]);
        sums[m][n] = hn::Add(sums[m][n], hn::WidenMulPairwiseAdd(PanelD32(), odd[n], x_odd));
        Settle(sums[m][n]);
      }
    }
  }

  // Quads [kQuad, kEnd) of a chunk.
  template <size_t kQuad, size_t kEnd>
  HWY_INLINE void AddQuads(const PanelSource& w, const PanelColumns& a, PanelV16 (&pairs)[kM][kN]) {
    PanelV8 codes[kN];
    PAWL_UNROLL
    for (size_t n = 0; n < kN; ++n) {
      if constexpr (kPlaces || kTable) {
        constexpr size_t kQuadsOfBlock = 8 / kBits;
        if constexpr (kQuad % kQuadsOfBlock == 0) {
          blocks[n] = QuadBlock<kBits, kQuad>(w.at(n));
          Settle(blocks[n]);  // GCC would load it again for each quad
        }
        if constexpr (kTable) {
          codes[n] = QuadLevels<kQuad>(blocks[n], levels);
        } else {
          codes[n] = QuadInPlace<kBits, kQuad>(blocks[n]);
        }
      } else {
        codes[n] = Quad<kBits, kQuad>(w.at(n));
      }
    }
    if constexpr (kPairs) {
      MultiplyPairs<kQuad % kRun == 0, kQuad>(codes, a, pairs);
      if constexpr (kQuad % kRun == kRun - 1) WidenPairs(pairs);
    } else if constexpr (kQuads) {
      MultiplyQuads<kQuad % kSums, kQuad>(codes, a);
    } else {
      MultiplyWide<kQuad>(codes, a);
    }
    if constexpr (kQuad + 1 < kEnd) AddQuads<kQuad + 1, kEnd>(w, a, pairs);
  }
};

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace pawl::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
