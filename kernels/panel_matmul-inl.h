// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Products with panels, for one target. panel_matmul.h has layout and definitions.
//
// Two small pieces: Quad() (panel_decode-inl.h) decodes the four columns of a quad, PanelTile
// (panel_multiply-inl.h) has what the target knows for unsigned codes times signed activations. The
// loop around them, here, is the same for all.

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

#include "hwy/highway.h"
#include "kernels/panel_matmul.h"
#include "kernels/panel_multiply-inl.h"
#include "kernels/prefetch.h"
#include "pawl/float_types.h"

HWY_BEFORE_NAMESPACE();
namespace pawl::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// A template's parameters that make a tile, and the tile.
#define PANEL_TILE_PARAMS PanelWay kWay, int kBits, int kUsed, size_t kM, size_t kN, bool kTable
#define PANEL_TILE PanelTile<kWay, kBits, kUsed, kM, kN, kTable>

// ---- parameters ---------------------------------------------------------------------------------

// Where a tile's parameters and results are.
struct PanelPlace {
  size_t row;     // of activations
  size_t of_row;  // its first group in what there is of each row and group
  size_t next;    // from panel to panel: 0 where there is only one, which a tile of two takes twice
  size_t of[2];   // each panel's first group in the parameters
  size_t super[2];  // and first super-group
  bool plain;       // scales are all that a group has

  HWY_INLINE size_t at(size_t n, size_t g) const {
    return of[n / kPanelParts] + g * kPanelRows + n % kPanelParts * kPanelLanes;
  }
  HWY_INLINE size_t super_at(const PanelMatrix& w, size_t n, size_t g) const {
    return super[n / kPanelParts] + (g >> w.super_shift) * kPanelRows +
           n % kPanelParts * kPanelLanes;
  }
  HWY_INLINE size_t out_at(size_t n) const {
    return n / kPanelParts * next * kPanelRows + n % kPanelParts * kPanelLanes;
  }
};

HWY_INLINE PanelPlace PlaceOf(const PanelMatrix& w, const PanelInput& a, size_t panel,
                              size_t next) {
  PanelPlace place{0, 0, next, {}, {}, false};
  for (size_t i = 0; i < 2; ++i) {
    place.of[i] = (panel + i * next) * w.groups * kPanelRows;
    place.super[i] = (panel + i * next) * w.supers * kPanelRows;
  }
  place.plain = w.scales != nullptr && w.super_shift < 0 && w.minimums == nullptr &&
                w.zeros == nullptr && w.offsets == nullptr && a.factors == nullptr;
  return place;
}

#if HWY_ARCH_X86 && HWY_TARGET > HWY_AVX2
// Highway's own conversion, where there is no instruction, makes numbers of infinities and NaN.
// Once for all tiles: the code is large.
static HWY_NOINLINE void WidenHalves(const uint16_t* halves, float* lanes) {
  for (size_t i = 0; i < kPanelLanes; ++i) lanes[i] = F16ToF32(halves[i]);
}
#endif

HWY_INLINE PanelVF LoadHalves(const void* from, size_t index) {
#if HWY_ARCH_X86 && HWY_TARGET > HWY_AVX2
  HWY_ALIGN float lanes[kPanelLanes];
  WidenHalves(static_cast<const uint16_t*>(from) + index, lanes);
  return hn::Load(PanelDF(), lanes);
#else
  const hn::Rebind<hwy::float16_t, PanelDF> dh;
  const auto* halves = reinterpret_cast<const hwy::float16_t*>(from) + index;
  return hn::PromoteTo(PanelDF(), hn::LoadU(dh, halves));
#endif
}

// Scales or minimums of vector n in group g.
HWY_INLINE PanelVF LoadParam(const PanelMatrix& w, const void* params, const uint16_t* supers,
                             int32_t bias, const PanelPlace& place, size_t n, size_t g) {
  const size_t at = place.at(n, g);
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
template <PANEL_TILE_PARAMS>
HWY_INLINE void StartGroup(const PanelMatrix& w, const PanelInput& a, const PanelPlace& place,
                           size_t g, PANEL_TILE& t) {
  const int32_t zero = w.zeros != nullptr ? 0 : w.zero;
  PAWL_UNROLL
  for (size_t m = 0; m < kM; ++m) {
    PanelV32 start = hn::Zero(PanelD32());
    if (zero != 0) {
      start = hn::Set(PanelD32(), -zero * a.sums[place.of_row + m * w.groups + g]);
    }
    PAWL_UNROLL
    for (size_t n = 0; n < kN; ++n) t.sums[m][n] = start;
  }
  t.ClearMore();
}

// The rest of what makes A of the sums.
template <PANEL_TILE_PARAMS>
HWY_INLINE void FinishSums(const PanelMatrix& w, const PanelInput& a, const PanelPlace& place,
                           size_t g, PANEL_TILE& t) {
  const PanelD32 d32;
  PAWL_UNROLL
  for (size_t n = 0; n < kN; ++n) {
    const size_t at = place.at(n, g);
    if (w.zeros != nullptr) {
      const hn::Rebind<uint8_t, PanelD32> d8;
      const PanelV32 zeros = hn::PromoteTo(d32, hn::LoadU(d8, w.zeros + at));
      PAWL_UNROLL
      for (size_t m = 0; m < kM; ++m) {
        const PanelV32 sum = hn::Set(d32, a.sums[place.of_row + m * w.groups + g]);
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

#if !HWY_NATIVE_FMA
// Once for all tiles, as above: four calls of the C library, or of what it emulates, each time.
static HWY_NOINLINE void FusedLanes(const float* x, const float* y, float* z) {
  for (size_t i = 0; i < kPanelLanes; ++i) z[i] = std::fma(x[i], y[i], z[i]);
}
#endif

HWY_INLINE PanelVF FusedMultiplyAdd(PanelVF a, PanelVF b, PanelVF c) {
#if HWY_NATIVE_FMA
  return hn::MulAdd(a, b, c);
#else
  HWY_ALIGN float x[kPanelLanes], y[kPanelLanes], z[kPanelLanes];
  hn::Store(a, PanelDF(), x);
  hn::Store(b, PanelDF(), y);
  hn::Store(c, PanelDF(), z);
  FusedLanes(x, y, z);
  return hn::Load(PanelDF(), z);
#endif
}

template <PANEL_TILE_PARAMS>
HWY_INLINE void FinishGroup(const PanelMatrix& w, const PanelInput& a, const PanelPlace& place,
                            size_t g, PANEL_TILE& t) {
  const PanelDF df;
  t.AddMore();
  if (place.plain) {
    PAWL_UNROLL
    for (size_t n = 0; n < kN; ++n) {
      const size_t at = place.at(n, g);
      const PanelVF scales = w.half_scales
                                 ? LoadHalves(w.scales, at)
                                 : hn::LoadU(df, static_cast<const float*>(w.scales) + at);
      PAWL_UNROLL
      for (size_t m = 0; m < kM; ++m) {
        t.values[m][n] = FusedMultiplyAdd(scales, hn::ConvertTo(df, t.sums[m][n]), t.values[m][n]);
      }
    }
    return;
  }
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
      const size_t of_row = place.of_row + m * w.groups + g;
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

// Of both panels the chunk a page ahead; where that is past the end, of the two that come next. For
// one row a line is enough to keep the hardware's prefetcher going: more would take the place of
// loads where weights are in the last cache, and only narrow codes gain by them.
template <int kBits, size_t kM, size_t kN>
HWY_INLINE void PrefetchChunk(const PanelMatrix& w, const PanelSource& source, size_t left) {
  constexpr size_t kPanels = kN / kPanelParts;
  constexpr size_t kLines = kM == 1 && kBits >= 4 ? 1 : kBits;
  const uint8_t* ahead = source.chunk + kPrefetchBytes;
  if (left * PanelChunkBytes(kBits) <= kPrefetchBytes) ahead += (kPanels - 1) * w.panel_bytes();
  PAWL_UNROLL
  for (size_t i = 0; i < kPanels * kLines; ++i) {
    PrefetchSecondLevel(ahead + i / kLines * w.panel_bytes() + i % kLines * kCacheLine);
  }
}

// All groups of kM rows by kN vectors into values.
template <PANEL_TILE_PARAMS>
HWY_INLINE void SumGroups(const PanelMatrix& w, const PanelInput& a, const PanelPlace& place,
                          PanelSource source, PANEL_TILE& t) {
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
      if (length % 2 != 0) t.SplitPairs(pairs);
    } else {
      t.template AddQuads<4, 8>(source, columns, pairs);
      if (source.from_memory) PrefetchChunk<kBits, kM, kN>(w, source, w.chunks - half / 2);
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

template <PANEL_TILE_PARAMS>
HWY_NOINLINE void RunPanelTile(const PanelMatrix& w, const PanelInput& a, const PanelPlace& place,
                               const PanelSource& source, float* out, size_t out_stride) {
  PANEL_TILE t;
  if constexpr (kTable) t.levels = hn::LoadDup128(PanelD8(), source.levels);
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
      hn::StoreU(t.values[m][n], PanelDF(), out + m * out_stride + place.out_at(n));
    }
  }
}

// Rows in a tile: what the registers hold beside codes and a broadcast; and in a smaller one, for
// the rows that remain.
constexpr size_t kPanelTileM = HWY_MAX_BYTES >= 64                      ? 8
                               : (HWY_ARCH_ARM_A64 || kPanelParts == 2) ? 4
                                                                        : 2;
constexpr size_t kPanelRestM = HWY_MAX_BYTES >= 64 ? 3 : 2;

constexpr size_t kPanelTileN = std::max<size_t>(kPanelParts, 2);  // vectors

// AVX-VNNI issues two products a cycle and takes five for one: ten sums at least. Groups' values
// are then in memory, where they are wanted once a group.
template <PanelWay kWay>
constexpr size_t PanelTileM() {
  return kPanelAssembledQuad && kWay == PanelWay::kQuads ? 6 : kPanelTileM;
}

template <PanelWay kWay, int kBits, int kUsed, bool kTable = false>
HWY_INLINE void ManyRows(const PanelMatrix& w, const PanelInput& a, PanelPlace place,
                         PanelSource source, float* out, size_t out_stride) {
  const auto run = [&](size_t rows, auto* tile) {
    for (; place.row + rows <= a.rows; place.row += rows) {
      place.of_row = place.row * w.groups;
      tile(w, a, place, source, out + place.row * out_stride, out_stride);
      source.from_memory = false;  // but from the second-level cache
    }
  };
  constexpr size_t kTileM = PanelTileM<kWay>();
  run(kTileM, &RunPanelTile<kWay, kBits, kUsed, kTileM, kPanelTileN, kTable>);
  run(kPanelRestM, &RunPanelTile<kWay, kBits, kUsed, kPanelRestM, kPanelTileN, kTable>);
  run(1, &RunPanelTile<kWay, kBits, kUsed, 1, kPanelTileN, kTable>);
}

alignas(16) constexpr uint8_t kPanelFields[16] = {0, 1, 2,  3,  4,  5,  6,  7,
                                                  8, 9, 10, 11, 12, 13, 14, 15};

// A panel and, if `next` is 1, the one after it. With a table kBits is what its codes have.
template <PanelWay kWay, int kBits>
HWY_INLINE void SomePanels(const PanelMatrix& w, size_t panel, size_t next, const PanelInput& a,
                           float* out, size_t out_stride) {
  // Quads do not care how large codes are, pairs only by how many may be added.
  constexpr int kUsed = PanelQuads<kWay>() ? 8 : std::max(kBits, 4);
  const bool table = w.table != nullptr;
  const PanelPlace place = PlaceOf(w, a, panel, next);
  const PanelSource packed{w.codes + panel * w.panel_bytes(), next * w.panel_bytes(),
                           table ? w.table : kPanelFields, true};
  if constexpr (kPanelWideLookup) {
    // Decoding beside products costs less than a walk through the cache where other units do it.
    if (w.bits == 4 && (table || a.rows > 1) && !a.decode_first) {
      return ManyRows<kWay, 4, 8, true>(w, a, place, packed, out, out_stride);
    }
  }
  // A table's codes have 5 or 8 bits; on vectors of 128 bits such tiles are not worth their code.
  if constexpr (kPanelParts <= 2 && (kBits == 5 || kBits == 8)) {
    if (a.rows == 1 && table && w.bits == 4) {
      return RunPanelTile<kWay, 4, kUsed, 1, kPanelTileN, true>(w, a, place, packed, out,
                                                                out_stride);
    }
  }
  if (a.rows == 1 && !table) {
    return RunPanelTile<kWay, kBits, kBits, 1, kPanelTileN, false>(w, a, place, packed, out,
                                                                   out_stride);
  }
  if (kBits == 8 && !table) return ManyRows<kWay, 8, kUsed>(w, a, place, packed, out, out_stride);
  const size_t bytes = w.chunks * PanelChunkBytes(8);
  DecodePanels(w, panel, 1 + next, a.scratch);
  // Tiles of several rows add no more pairs of 4 bits than of 5: one copy for both.
  constexpr int kDecoded = std::max(kUsed, 5);
  ManyRows<kWay, 8, kDecoded>(w, a, place, {a.scratch, next * bytes}, out, out_stride);
}

template <PanelWay kWay, int kBits>
HWY_NOINLINE void PanelsOfBits(const PanelMatrix& w, size_t begin, size_t end, const PanelInput& a,
                               float* out, size_t out_stride) {
  constexpr size_t kPanels = kPanelTileN / kPanelParts;
  for (size_t panel = begin; panel < end; panel += kPanels) {
    const size_t next = kPanels > 1 && panel + 1 < end ? 1 : 0;
    SomePanels<kWay, kBits>(w, panel, next, a, out + (panel - begin) * kPanelRows, out_stride);
  }
}

template <PanelWay kWay>
HWY_INLINE void PanelsOfWay(const PanelMatrix& w, size_t begin, size_t end, const PanelInput& a,
                            float* out, size_t out_stride) {
  switch (w.code_bits()) {
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

#if HWY_TARGET == HWY_SSE2 || HWY_ARCH_ARM_A64
// Without SSSE3 there is no product of bytes: not worth its code, the target is for tests. Arm has
// versions of its own (panel_matmul_arm.h).
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

#undef PANEL_TILE_PARAMS
#undef PANEL_TILE

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace pawl::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
