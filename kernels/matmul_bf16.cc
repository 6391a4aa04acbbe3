// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Tiles of up to 6 rows of a by 4 rows of w: 24 sums, 10 loads for 24 instructions.

#include "kernels/matmul_bf16.h"

#include <algorithm>

#include "kernels/matmul_f32.h"
#include "kernels/x86_intrinsics.h"

namespace pawl::kernels {

#if defined(__x86_64__)
#define PAWL_BF16 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")))
namespace {

constexpr size_t kTileM = 6;
constexpr size_t kTileN = 4;
// Columns whose part of a tile's rows stays in the first-level cache.
constexpr size_t kDepth = 1024;

// Rows of w in a tile; those that do not exist repeat the last.
struct TileRows {
  const uint16_t* rows[kTileN];
  const uint16_t* next[kTileN];  // of the tile after it
};

template <size_t kM>
PAWL_BF16 void Tile(const uint16_t* a, const TileRows& w, const MatMulShape& shape, bool first,
                    float* lanes) {
  __m512 sums[kM][kTileN];
  PAWL_UNROLL
  for (size_t m = 0; m < kM; ++m) {
    PAWL_UNROLL
    for (size_t n = 0; n < kTileN; ++n) {
      const float* at = lanes + m * shape.out_stride + n * kLaneSums;
      sums[m][n] = first ? _mm512_setzero_ps() : _mm512_loadu_ps(at);
    }
  }
  for (size_t k = 0; k < shape.k; k += kStepBF16) {
    __m512i va[kM];
    PAWL_UNROLL
    for (size_t m = 0; m < kM; ++m) va[m] = _mm512_loadu_si512(a + m * shape.a_stride + k);
    PAWL_UNROLL
    for (size_t n = 0; n < kTileN; ++n) {
      const __m512i vw = _mm512_loadu_si512(w.rows[n] + k);
      _mm_prefetch(reinterpret_cast<const char*>(w.next[n] + k), _MM_HINT_T0);
      PAWL_UNROLL
      for (size_t m = 0; m < kM; ++m) {
        sums[m][n] = _mm512_dpbf16_ps(sums[m][n], (__m512bh)va[m], (__m512bh)vw);
      }
    }
  }
  PAWL_UNROLL
  for (size_t m = 0; m < kM; ++m) {
    PAWL_UNROLL
    for (size_t n = 0; n < kTileN; ++n) {
      _mm512_storeu_ps(lanes + m * shape.out_stride + n * kLaneSums, sums[m][n]);
    }
  }
}

// At most kTileM rows of a.
void Tiles(const uint16_t* a, const TileRows& w, const MatMulShape& shape, bool first,
           float* lanes) {
  if (shape.m == kTileM) return Tile<kTileM>(a, w, shape, first, lanes);
  size_t m = 0;
  if (shape.m >= kTileM / 2) {
    Tile<kTileM / 2>(a, w, shape, first, lanes);
    m = kTileM / 2;
  }
  for (; m < shape.m; ++m) {
    Tile<1>(a + m * shape.a_stride, w, shape, first, lanes + m * shape.out_stride);
  }
}

}  // namespace

bool HasProductsBF16(Target target) {
  return target >= Target::kAVX3_ZEN4 && target <= Target::kAMX;
}

void AddProductsBF16(const uint16_t* a, const uint16_t* w, const MatMulShape& shape, bool first,
                     float* lanes) {
  for (size_t m = 0; m < shape.m; m += kTileM) {
    MatMulShape block = shape;
    block.m = std::min(kTileM, shape.m - m);
    size_t k = 0;
    do {  // once even for no columns, which may be the first
      block.k = std::min(kDepth, shape.k - k);
      for (size_t n = 0; n < shape.n; n += kTileN) {
        TileRows rows;
        for (size_t i = 0; i < kTileN; ++i) {
          rows.rows[i] = w + std::min(n + i, shape.n - 1) * shape.w_stride + k;
          rows.next[i] = w + std::min(n + kTileN + i, shape.n - 1) * shape.w_stride + k;
        }
        Tiles(a + m * shape.a_stride + k, rows, block, first && k == 0,
              lanes + m * shape.out_stride + n * kLaneSums);
      }
      k += kDepth;
    } while (k < shape.k);
  }
}
#else   // __x86_64__
bool HasProductsBF16(Target /*target*/) { return false; }

void AddProductsBF16(const uint16_t* /*a*/, const uint16_t* /*w*/, const MatMulShape& /*shape*/,
                     bool /*first*/, float* /*lanes*/) {}
#endif  // __x86_64__

}  // namespace pawl::kernels
