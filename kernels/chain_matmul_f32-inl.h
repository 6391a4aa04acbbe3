// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Chains of float products, for one target. chain_matmul_f32.h has the definition.
//
// Lanes run along the columns of b, a tile has kM rows: for each column of a as many broadcasts,
// kN loads and kM * kN multiply-adds (24 in AVX-512 for 10 loads, 12 in AVX2 for 8).

#if defined(PAWL_KERNELS_CHAIN_MATMUL_F32_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAWL_KERNELS_CHAIN_MATMUL_F32_INL_H_
#undef PAWL_KERNELS_CHAIN_MATMUL_F32_INL_H_
#else
#define PAWL_KERNELS_CHAIN_MATMUL_F32_INL_H_
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "hwy/highway.h"
#include "kernels/chain_matmul_f32.h"

HWY_BEFORE_NAMESPACE();
namespace pawl::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_NATIVE_FMA
using ChainD = hn::CappedTag<float, 16>;
using ChainV = hn::Vec<ChainD>;
constexpr size_t kChainLanes = HWY_MAX_LANES_D(ChainD);
// AVX-512 and NEON have 32 registers.
constexpr size_t kChainM = 6;
constexpr size_t kChainN = HWY_ARCH_X86 && HWY_MAX_BYTES < 64 ? 2 : 4;

// Columns of a tile: whole vectors, but for the last `tail` lanes where kTail.
template <size_t kN, bool kTail>
struct ChainColumns {
  size_t tail;
#if HWY_ARCH_X86
  hn::Mask<ChainD> mask;
  explicit HWY_INLINE ChainColumns(size_t lanes) : tail(lanes), mask(hn::FirstN(ChainD(), lanes)) {}
#else
  explicit HWY_INLINE ChainColumns(size_t lanes) : tail(lanes) {}
#endif

  HWY_INLINE ChainV Load(size_t n, const float* from) const {
    const ChainD d;
    if (!kTail || n + 1 < kN) return hn::LoadU(d, from + n * kChainLanes);
#if HWY_ARCH_X86  // what is masked out is not read
    return hn::MaskedLoad(mask, d, from + n * kChainLanes);
#else
    return hn::LoadN(d, from + n * kChainLanes, tail);
#endif
  }
  HWY_INLINE void Store(size_t n, ChainV v, float* to) const {
    const ChainD d;
    if (!kTail || n + 1 < kN) {
      hn::StoreU(v, d, to + n * kChainLanes);
    } else {
      hn::StoreN(v, d, to + n * kChainLanes, tail);
    }
  }
};

template <size_t kM, size_t kN, bool kTail>
HWY_INLINE void FinishChains(const ChainV (&sums)[kM][kN], const ChainColumns<kN, kTail>& columns,
                             const ChainFinish& f, size_t stride, float* out) {
  const ChainD d;
  const ChainV low = hn::Set(d, f.low), high = hn::Set(d, f.high);
  PAWL_UNROLL
  for (size_t m = 0; m < kM; ++m) {
    PAWL_UNROLL
    for (size_t n = 0; n < kN; ++n) {
      ChainV v = sums[m][n];
      if (f.row_bias != nullptr) v = hn::Add(v, hn::Set(d, f.row_bias[m]));
      if (f.column_bias != nullptr) v = hn::Add(v, columns.Load(n, f.column_bias));
      v = hn::IfThenElse(hn::Lt(v, low), low, v);
      v = hn::IfThenElse(hn::Gt(v, high), high, v);
      columns.Store(n, v, out + m * stride);
    }
  }
}

template <size_t kM, size_t kN, bool kTail>
HWY_NOINLINE void ChainTile(const float* a, const float* b, const ChainShape& s,
                            const ChainFinish& f, size_t tail, float* out) {
  const ChainD d;
  const ChainColumns<kN, kTail> columns(tail);
  ChainV sums[kM][kN];
  const float* row[kM];
  PAWL_UNROLL
  for (size_t m = 0; m < kM; ++m) {
    row[m] = a + m * s.a_stride;
    PAWL_UNROLL
    for (size_t n = 0; n < kN; ++n) sums[m][n] = hn::Zero(d);
  }
  const auto step = [&](const float* at, size_t k) HWY_ATTR {
    ChainV values[kN];
    PAWL_UNROLL
    for (size_t n = 0; n < kN; ++n) values[n] = columns.Load(n, at);
    PAWL_UNROLL
    for (size_t m = 0; m < kM; ++m) {
      const ChainV factor = hn::Set(d, row[m][k]);
      PAWL_UNROLL
      for (size_t n = 0; n < kN; ++n) sums[m][n] = hn::MulAdd(factor, values[n], sums[m][n]);
    }
  };
  if (s.taps == 1) {
    const float* at = b + (s.offsets != nullptr ? s.offsets[0] : 0);
    for (size_t k = 0; k < s.channels; ++k, at += s.b_stride) step(at, k);
  } else {
    size_t k = 0;
    for (size_t c = 0; c < s.channels; ++c, b += s.b_stride) {
      for (size_t t = 0; t < s.taps; ++t, ++k) step(b + s.offsets[t], k);
    }
  }
  FinishChains<kM, kN, kTail>(sums, columns, f, s.out_stride, out);
}

template <size_t kN, bool kTail>
HWY_NOINLINE void ChainRows(const float* a, const float* b, const ChainShape& s, ChainFinish f,
                            size_t tail, float* out) {
  size_t m = 0;
  const auto tile = [&](auto rows, auto fn) HWY_ATTR {
    for (; m + rows <= s.m; m += rows) {
      fn(a + m * s.a_stride, b, s, f, tail, out + m * s.out_stride);
      if (f.row_bias != nullptr) f.row_bias += rows;
    }
  };
  tile(kChainM, ChainTile<kChainM, kN, kTail>);
  tile(size_t{4}, ChainTile<4, kN, kTail>);
  tile(size_t{2}, ChainTile<2, kN, kTail>);
  tile(size_t{1}, ChainTile<1, kN, kTail>);
}

// `left` lanes, at most those of kN vectors.
template <size_t kN>
HWY_INLINE void ChainBlock(const float* a, const float* b, const ChainShape& s,
                           const ChainFinish& f, size_t left, float* out) {
  if constexpr (kN > 1) {
    if (left <= (kN - 1) * kChainLanes) return ChainBlock<kN - 1>(a, b, s, f, left, out);
  }
  const size_t tail = left - (kN - 1) * kChainLanes;
  if (tail == kChainLanes) {
    ChainRows<kN, false>(a, b, s, f, tail, out);
  } else {
    ChainRows<kN, true>(a, b, s, f, tail, out);
  }
}

void ChainMatMulF32(const float* a, const float* b, const ChainShape& s, const ChainFinish& finish,
                    float* out) {
  constexpr size_t kWidth = kChainN * kChainLanes;
  ChainFinish f = finish;
  for (size_t n = 0; n < s.n; n += kWidth) {
    ChainBlock<kChainN>(a, b + n, s, f, std::min(kWidth, s.n - n), out + n);
    if (f.column_bias != nullptr) f.column_bias += kWidth;
  }
}
#else   // HWY_NATIVE_FMA
void ChainMatMulF32(const float* a, const float* b, const ChainShape& s, const ChainFinish& f,
                    float* out) {
  reference::ChainMatMulF32(a, b, s, f, out);
}
#endif  // HWY_NATIVE_FMA

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace pawl::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
