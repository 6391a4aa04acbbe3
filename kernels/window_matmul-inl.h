// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Products of windows with panels, for one target. window_matmul.h has the definitions.
//
// Two tiles, as instruction sets have it: four products a lane (a vector of weights holds a quad of
// each of its rows, so does the broadcast of x), or pairs in 16 bits (a vector holds four columns
// of half as many rows, and the two sums of a row are added at the end).

#if defined(PAWL_KERNELS_WINDOW_MATMUL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAWL_KERNELS_WINDOW_MATMUL_INL_H_
#undef PAWL_KERNELS_WINDOW_MATMUL_INL_H_
#else
#define PAWL_KERNELS_WINDOW_MATMUL_INL_H_
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "hwy/highway.h"
#include "kernels/panel_matmul.h"
#include "kernels/window_matmul.h"
#include "kernels/window_tiles-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pawl::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using WindowD8 = hn::CappedTag<uint8_t, 64>;
using WindowDI8 = hn::RebindToSigned<WindowD8>;
using WindowD16 = hn::Repartition<int16_t, WindowD8>;
using WindowD32 = hn::Repartition<int32_t, WindowD8>;
using WindowD64 = hn::Repartition<int64_t, WindowD8>;
using WindowV8 = hn::Vec<WindowD8>;
using WindowV16 = hn::Vec<WindowD16>;
using WindowV32 = hn::Vec<WindowD32>;

constexpr size_t kWindowLanes = HWY_MAX_LANES_D(WindowD32);

// Keeps a sum where it is computed, in the order written.
template <class V>
HWY_INLINE void SettleWindow(V& sum) {
#if HWY_COMPILER_GCC_ACTUAL && HWY_ARCH_X86
  __asm__ volatile("" : "+v"(sum.raw));
#elif HWY_COMPILER_GCC_ACTUAL && HWY_ARCH_ARM_A64
  __asm__ volatile("" : "+w"(sum.raw));
#else
  (void)sum;
#endif
}

// ---- four products a lane -----------------------------------------------------------------------

#undef PAWL_WINDOW_QUADS  // of the target before
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3_DL
#define PAWL_WINDOW_QUADS 1
HWY_INLINE WindowV32 MultiplyWindowQuad(WindowV8 x, WindowV8 w, WindowV32 sum) {
  return hn::SumOfMulQuadAccumulate(WindowD32(), x, hn::BitCast(WindowDI8(), w), sum);
}
#elif HWY_ARCH_X86 && HWY_TARGET == HWY_AVX2
#define PAWL_WINDOW_QUADS 1
// AVX-VNNI, which Highway does not know.
HWY_INLINE WindowV32 MultiplyWindowQuad(WindowV8 x, WindowV8 w, WindowV32 sum) {
  __asm__("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sum.raw) : "x"(x.raw), "x"(w.raw));
  return sum;
}
#elif HWY_ARCH_ARM_A64 && (HWY_TARGET & HWY_ALL_NEON) && \
    (HWY_COMPILER_GCC_ACTUAL || defined(__ARM_FEATURE_DOTPROD))
#define PAWL_WINDOW_QUADS 1
// As in panel_multiply-inl.h: GCC's assembler has to be told of the dot product.
HWY_INLINE WindowV32 MultiplyWindowQuad(WindowV8 x, WindowV8 w, WindowV32 sum) {
#ifdef __ARM_FEATURE_DOTPROD
  __asm__("sdot %0.4s, %1.16b, %2.16b" : "+w"(sum.raw) : "w"(x.raw), "w"(w.raw));
#else
  __asm__(".arch armv8.2-a+dotprod\n\tsdot %0.4s, %1.16b, %2.16b"
          : "+w"(sum.raw)
          : "w"(x.raw), "w"(w.raw));
#endif
  return sum;
}
#else
#define PAWL_WINDOW_QUADS 0
#endif

#if PAWL_WINDOW_QUADS
// Vectors of a panel, and rows of a tile that leave registers for weights and a broadcast.
constexpr size_t kWindowParts = kPanelRows / kWindowLanes;
template <size_t kN>
constexpr size_t WindowQuadM() {
  if (HWY_MAX_BYTES >= 64) return kN == 4 ? 6 : 8;
  return HWY_ARCH_X86 ? 6 : 4;
}

// kN vectors of panel rows from `row` on, of panels whose codes have a sign; those beyond a panel
// lie in the next one.
template <size_t kM, size_t kN>
HWY_NOINLINE void WindowQuadTile(const WindowWeights& w, size_t row, const uint8_t* x, int32_t zero,
                                 const WindowPlaces& places, size_t position, int32_t* out,
                                 size_t out_stride) {
  const WindowD8 d8;
  const WindowD32 d32;
  const WindowStarts<uint8_t, kM> starts(x, places, position);
  const uint8_t* at[kM];
  WindowV32 sums[kM][kN];
  const uint8_t* panel = w.codes + row / kPanelRows * w.panel_bytes + row % kPanelRows * 4;
  PAWL_UNROLL
  for (size_t n = 0; n < kN; ++n) {
    const WindowV32 start =
        hn::Mul(hn::LoadU(d32, w.sums + row + n * kWindowLanes), hn::Set(d32, -zero));
    PAWL_UNROLL
    for (size_t m = 0; m < kM; ++m) sums[m][n] = start;
  }
  PAWL_UNROLL
  for (size_t m = 0; m < kM; ++m) at[m] = starts.at[m];
  for (size_t q = 0; q < w.quads; ++q, panel += 64) {
    const int64_t offset = w.offsets[q];
    WindowV8 weights[kN];
    PAWL_UNROLL
    for (size_t n = 0; n < kN; ++n) {
      weights[n] = hn::Load(
          d8, panel + n / kWindowParts * w.panel_bytes + n % kWindowParts * 4 * kWindowLanes);
    }
    PAWL_UNROLL
    for (size_t m = 0; m < kM; ++m) {
      int32_t quad;
      std::memcpy(&quad, at[m] + offset, sizeof(quad));
      const WindowV8 codes = hn::BitCast(d8, hn::Set(d32, quad));
      PAWL_UNROLL
      for (size_t n = 0; n < kN; ++n) {
        sums[m][n] = MultiplyWindowQuad(codes, weights[n], sums[m][n]);
      }
    }
  }
  PAWL_UNROLL
  for (size_t m = 0; m < kM; ++m) {
    PAWL_UNROLL
    for (size_t n = 0; n < kN; ++n) {
      hn::StoreU(sums[m][n], d32, out + m * out_stride + n * kWindowLanes);
    }
  }
}

// kN vectors of panel rows from `row` on, all positions.
template <size_t kN>
HWY_INLINE void WindowQuadRows(const WindowWeights& w, size_t row, const uint8_t* x, int32_t zero,
                               const WindowPlaces& places, int32_t* out, size_t out_stride) {
  ForWindowTiles<WindowQuadM<kN>()>(places.count, [&](auto m, size_t position) HWY_ATTR {
    WindowQuadTile<decltype(m)::value, kN>(w, row, x, zero, places, position,
                                           out + position * out_stride + row, out_stride);
  });
}

// Codes of the first panels with a sign, in w.scratch. Once for all positions: in the tile the
// subtraction would take turns with the products.
HWY_INLINE WindowWeights SignPanels(const WindowWeights& w, size_t count) {
  const WindowD8 d8;
  const WindowV8 zero = hn::Set(d8, static_cast<uint8_t>(w.code_zero));
  WindowWeights here = w;
  here.codes = w.scratch;
  here.panel_bytes = 64 * w.quads;
  for (size_t panel = 0; panel < count; ++panel) {
    const uint8_t* from = w.codes + panel * w.panel_bytes;
    uint8_t* to = w.scratch + panel * here.panel_bytes;
    for (size_t i = 0; i < here.panel_bytes; i += 4 * kWindowLanes) {
      hn::Store(hn::Sub(hn::Load(d8, from + i), zero), d8, to + i);
    }
  }
  return here;
}

// Up to four panels, each a vector.
HWY_INLINE void WindowQuadPanels(const WindowWeights& w, size_t count, const uint8_t* x,
                                 int32_t zero, const WindowPlaces& places, int32_t* out,
                                 size_t out_stride) {
  switch (count) {
    case 1:
      return WindowQuadRows<1>(w, 0, x, zero, places, out, out_stride);
    case 2:
      return WindowQuadRows<2>(w, 0, x, zero, places, out, out_stride);
    case 3:
      return WindowQuadRows<3>(w, 0, x, zero, places, out, out_stride);
    default:
      return WindowQuadRows<4>(w, 0, x, zero, places, out, out_stride);
  }
}
#endif  // PAWL_WINDOW_QUADS

// The image is unsigned on x86, signed on ARM.
void MatMulWindowQuads(const WindowWeights& w, size_t begin, size_t end, const uint8_t* x,
                       int32_t zero, const WindowPlaces& places, int32_t* out, size_t out_stride) {
#if PAWL_WINDOW_QUADS
  for (size_t panel = begin; panel < end; panel += 4, out += 4 * kPanelRows) {
    const size_t count = std::min<size_t>(4, end - panel);
    WindowWeights some = w;
    some.codes = w.codes + panel * w.panel_bytes;
    some.sums = w.sums + panel * kPanelRows;
    if (!w.is_signed) some = SignPanels(some, count);
    if constexpr (kWindowParts == 1) {
      WindowQuadPanels(some, count, x, zero, places, out, out_stride);
    } else {
      constexpr size_t kN = HWY_ARCH_ARM_A64 ? 4 : 2;
      for (size_t row = 0; row < count * kPanelRows; row += kN * kWindowLanes) {
        WindowQuadRows<kN>(some, row, x, zero, places, out, out_stride);
      }
    }
  }
#else  // WindowCodesOf sends no level of this target here
  (void)w, (void)begin, (void)end, (void)x, (void)zero, (void)places, (void)out, (void)out_stride;
#endif
}

// ---- pairs in 16 bits ---------------------------------------------------------------------------

#if HWY_TARGET == HWY_SSE2
// The reference will do for a target that is for tests.
void MatMulWindows(const WindowWeights& w, size_t begin, size_t end, const int16_t* x,
                   const WindowPlaces& places, int32_t* out, size_t out_stride) {
  reference::MatMulWindows(w, begin, end, x, places, out, out_stride);
}
#else
constexpr size_t kWindowPairM = HWY_MAX_BYTES >= 64 || HWY_ARCH_ARM_A64 ? 8 : 6;
constexpr size_t kWindowPairRows = kWindowLanes;  // of two vectors: each row has two sums

// Panel rows [row, row + kWindowPairRows) of a panel in 16 bits, [quads][16][4].
template <size_t kM>
HWY_NOINLINE void WindowPairTile(const WindowWeights& w, const int16_t* panel, const int16_t* x,
                                 const WindowPlaces& places, size_t position, int32_t* out,
                                 size_t out_stride) {
  const WindowD16 d16;
  const WindowD32 d32;
  const WindowStarts<int16_t, kM> starts(x, places, position);
  const int16_t* at[kM];
  WindowV32 sums[kM][2];
  PAWL_UNROLL
  for (size_t m = 0; m < kM; ++m) {
    at[m] = starts.at[m];
    sums[m][0] = sums[m][1] = hn::Zero(d32);
  }
  for (size_t q = 0; q < w.quads; ++q, panel += 4 * kPanelRows) {
    const int64_t offset = w.offsets[q];
    const WindowV16 first = hn::Load(d16, panel);
    const WindowV16 second = hn::Load(d16, panel + 2 * kWindowLanes);
    PAWL_UNROLL
    for (size_t m = 0; m < kM; ++m) {
      int64_t quad;
      std::memcpy(&quad, at[m] + offset, sizeof(quad));
      const WindowV16 codes = hn::BitCast(d16, hn::Set(WindowD64(), quad));
      sums[m][0] = hn::Add(sums[m][0], hn::WidenMulPairwiseAdd(d32, first, codes));
      SettleWindow(sums[m][0]);
      sums[m][1] = hn::Add(sums[m][1], hn::WidenMulPairwiseAdd(d32, second, codes));
      SettleWindow(sums[m][1]);
    }
  }
  PAWL_UNROLL
  for (size_t m = 0; m < kM; ++m) {
    const WindowV32 sum = hn::Add(hn::ConcatEven(d32, sums[m][1], sums[m][0]),
                                  hn::ConcatOdd(d32, sums[m][1], sums[m][0]));
    hn::StoreU(sum, d32, out + m * out_stride);
  }
}

// A panel's weights in 16 bits.
template <class T>
HWY_INLINE void WidenPanel(const T* panel, size_t quads, int32_t code_zero, int16_t* wide) {
  const WindowD16 d16;
  const hn::Rebind<T, WindowD16> d8;
  const WindowV16 zero = hn::Set(d16, static_cast<int16_t>(code_zero));
  constexpr size_t kStep = 2 * kWindowLanes;
  for (size_t i = 0; i < 64 * quads; i += kStep) {
    hn::Store(hn::Sub(hn::PromoteTo(d16, hn::LoadU(d8, panel + i)), zero), d16, wide + i);
  }
}

void MatMulWindows(const WindowWeights& w, size_t begin, size_t end, const int16_t* x,
                   const WindowPlaces& places, int32_t* out, size_t out_stride) {
  auto* wide = reinterpret_cast<int16_t*>(w.scratch);
  for (size_t panel = begin; panel < end; ++panel) {
    const uint8_t* codes = w.codes + panel * w.panel_bytes;
    if (w.is_signed) {
      WidenPanel(reinterpret_cast<const int8_t*>(codes), w.quads, 0, wide);
    } else {
      WidenPanel(codes, w.quads, w.code_zero, wide);
    }
    for (size_t row = 0; row < kPanelRows; row += kWindowPairRows) {
      int32_t* to = out + (panel - begin) * kPanelRows + row;
      ForWindowTiles<kWindowPairM>(places.count, [&](auto m, size_t position) HWY_ATTR {
        WindowPairTile<decltype(m)::value>(w, wide + 4 * row, x, places, position,
                                           to + position * out_stride, out_stride);
      });
    }
  }
}
#endif  // HWY_TARGET == HWY_SSE2

void WidenCodes(const int8_t* codes, size_t n, int32_t zero, int16_t* wide) {
  const WindowD16 d16;
  const hn::Rebind<int8_t, WindowD16> d8;
  const WindowV16 zeros = hn::Set(d16, static_cast<int16_t>(zero));
  constexpr size_t kStep = 2 * kWindowLanes;
  size_t i = 0;
  for (; i + kStep <= n; i += kStep) {
    hn::StoreU(hn::Sub(hn::PromoteTo(d16, hn::LoadU(d8, codes + i)), zeros), d16, wide + i);
  }
  reference::WidenCodes(codes + i, n - i, zero, wide + i);
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace pawl::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
