// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Float products of windows, for one target. window_matmul_f32.h has the definitions.
//
// As in matmul_f32-inl.h lanes run along the columns, and a tile takes the 16 of its outputs in
// parts of a vector. All columns go through a tile at once, so lane sums leave the registers once.

#if defined(PAWL_KERNELS_WINDOW_MATMUL_F32_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAWL_KERNELS_WINDOW_MATMUL_F32_INL_H_
#undef PAWL_KERNELS_WINDOW_MATMUL_F32_INL_H_
#else
#define PAWL_KERNELS_WINDOW_MATMUL_F32_INL_H_
#endif

#include <cstddef>
#include <cstdint>

#include "hwy/highway.h"
#include "kernels/window_matmul_f32.h"
#include "kernels/window_tiles-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pawl::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_NATIVE_FMA
using WindowDF = hn::CappedTag<float, 16>;
using WindowVF = hn::Vec<WindowDF>;
constexpr size_t kWindowLanesF = HWY_MAX_LANES_D(WindowDF);
// AVX-512 and NEON have 32 registers.
constexpr size_t kWindowMF = HWY_ARCH_X86 && HWY_MAX_BYTES < 64 ? 3 : 6;
constexpr size_t kWindowNF = 4;

// Four outputs from 16 lanes each: l + 8, l + 4, l + 2, l + 1.
HWY_INLINE hn::Vec<hn::Full128<float>> SumFourLanes(const float* lanes) {
  const hn::Full128<float> d;
  const auto four = [&](const float* from) HWY_ATTR {
    return hn::Add(hn::Add(hn::Load(d, from), hn::Load(d, from + 8)),
                   hn::Add(hn::Load(d, from + 4), hn::Load(d, from + 12)));
  };
  const auto s0 = four(lanes), s1 = four(lanes + 16), s2 = four(lanes + 32), s3 = four(lanes + 48);
  const auto low = hn::Add(hn::InterleaveLower(d, s0, s1), hn::InterleaveUpper(d, s0, s1));
  const auto high = hn::Add(hn::InterleaveLower(d, s2, s3), hn::InterleaveUpper(d, s2, s3));
  return hn::Add(hn::ConcatLowerLower(d, high, low), hn::ConcatUpperUpper(d, high, low));
}

// kM positions by kN rows of weights, at most four.
template <size_t kM, size_t kN>
HWY_NOINLINE void WindowTileF32(const WindowWeightsF32& w, const float* rows, const float* x,
                                const WindowPlaces& places, size_t position, float* out,
                                size_t out_stride) {
  const WindowDF d;
  const WindowStarts<float, kM> starts(x, places, position);
  const size_t stride = 16 * w.chunks;
  HWY_ALIGN float lanes[kM][kWindowNF][16];
  for (size_t part = 0; part < 16; part += kWindowLanesF) {
    const float* at[kM];
    WindowVF sums[kM][kN];
    PAWL_UNROLL
    for (size_t m = 0; m < kM; ++m) {
      at[m] = starts.at[m] + part;
      PAWL_UNROLL
      for (size_t n = 0; n < kN; ++n) sums[m][n] = hn::Zero(d);
    }
    const float* row = rows + part;
    for (size_t chunk = 0; chunk < w.chunks; ++chunk, row += 16) {
      const int64_t offset = w.offsets[chunk];
      WindowVF values[kM];
      PAWL_UNROLL
      for (size_t m = 0; m < kM; ++m) values[m] = hn::LoadU(d, at[m] + offset);
      PAWL_UNROLL
      for (size_t n = 0; n < kN; ++n) {
        const WindowVF weight = hn::LoadU(d, row + n * stride);
        PAWL_UNROLL
        for (size_t m = 0; m < kM; ++m) sums[m][n] = hn::MulAdd(values[m], weight, sums[m][n]);
      }
    }
    PAWL_UNROLL
    for (size_t m = 0; m < kM; ++m) {
      PAWL_UNROLL
      for (size_t n = 0; n < kN; ++n) hn::Store(sums[m][n], d, lanes[m][n] + part);
    }
  }
  const hn::Full128<float> d4;
  for (size_t m = 0; m < kM; ++m) {
    for (size_t n = kN; n < kWindowNF; ++n) {
      for (size_t l = 0; l < 16; ++l) lanes[m][n][l] = 0.0f;
    }
    hn::StoreN(SumFourLanes(lanes[m][0]), d4, out + m * out_stride, kN);
  }
}

template <size_t kN>
HWY_INLINE void WindowRowsF32(const WindowWeightsF32& w, size_t n, const float* x,
                              const WindowPlaces& places, float* out, size_t out_stride) {
  ForWindowTiles<kWindowMF>(places.count, [&](auto m, size_t position) HWY_ATTR {
    WindowTileF32<decltype(m)::value, kN>(w, w.rows + n * 16 * w.chunks, x, places, position,
                                          out + position * out_stride + n, out_stride);
  });
}

void MatMulWindowsF32(const WindowWeightsF32& w, const float* x, const WindowPlaces& places,
                      float* out, size_t out_stride) {
  size_t n = 0;
  for (; n + kWindowNF <= w.n; n += kWindowNF) {
    WindowRowsF32<kWindowNF>(w, n, x, places, out, out_stride);
  }
  for (; n < w.n; ++n) WindowRowsF32<1>(w, n, x, places, out, out_stride);
}
#else
void MatMulWindowsF32(const WindowWeightsF32& w, const float* x, const WindowPlaces& places,
                      float* out, size_t out_stride) {
  reference::MatMulWindowsF32(w, x, places, out, out_stride);
}
#endif  // HWY_NATIVE_FMA

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace pawl::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
