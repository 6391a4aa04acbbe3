// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Rows of w are the left-hand tiles, as they lie; x is interleaved once for all of them. Two by two
// tiles of sums share their loads. Columns are taken in blocks of which the second-level cache
// holds all rows of w, while rows of x come from the last-level cache, once for many tiles.

#include "kernels/matmul_bf16_tiles.h"

#include <algorithm>

#include "kernels/panel_amx.h"

namespace pawl::kernels {

#if defined(__x86_64__)
#define PAWL_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#define PAWL_TILES __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,amx-tile,amx-bf16")))
namespace {

constexpr size_t kSide = kTileRowsBF16;
constexpr size_t kRowBytes = 64;  // of every tile
// Columns of a block: two tiles of rows of x by these are 32 KB, which stay in the first-level
// cache because rows of w pass it by (TILELOADDT1).
constexpr size_t kDepth = 512;

// Tiles 0 to 3 are sums, 4 and 5 rows of w, 6 and 7 rows of x.
// Up to two tiles of rows of w by two of rows of x.
struct Block {
  const uint16_t* w;
  size_t w_bytes;  // from row to row
  const uint16_t* x;
  size_t x_stride;
  size_t steps;
  float* sums;
  size_t sums_stride;  // from one tile of x to the next
};

template <bool kTwoW, bool kTwoX>
PAWL_TILES void LoadSums(const Block& t) {
  _tile_loadd(0, t.sums, kRowBytes);
  if (kTwoW) _tile_loadd(1, t.sums + kTileSums, kRowBytes);
  if (kTwoX) _tile_loadd(2, t.sums + t.sums_stride, kRowBytes);
  if (kTwoW && kTwoX) _tile_loadd(3, t.sums + t.sums_stride + kTileSums, kRowBytes);
}

PAWL_TILES void ZeroSums() {
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
}

template <bool kTwoW, bool kTwoX>
PAWL_TILES void StoreSums(const Block& t) {
  _tile_stored(0, t.sums, kRowBytes);
  if (kTwoW) _tile_stored(1, t.sums + kTileSums, kRowBytes);
  if (kTwoX) _tile_stored(2, t.sums + t.sums_stride, kRowBytes);
  if (kTwoW && kTwoX) _tile_stored(3, t.sums + t.sums_stride + kTileSums, kRowBytes);
}

template <bool kTwoW, bool kTwoX>
PAWL_TILES void Multiply(const Block& t, bool first) {
  __asm__ volatile("" : : : "memory");  // what was written before must be there for the loads
  if (first) {
    ZeroSums();
  } else {
    LoadSums<kTwoW, kTwoX>(t);
  }
  const char* w = reinterpret_cast<const char*>(t.w);
  const uint16_t* x = t.x;
  for (size_t s = 0; s < t.steps; ++s, w += kRowBytes, x += kTileBF16) {
    _tile_stream_loadd(4, w, t.w_bytes);
    _tile_loadd(6, x, kRowBytes);
    _tile_dpbf16ps(0, 4, 6);
    if (kTwoW) {
      _tile_stream_loadd(5, w + kSide * t.w_bytes, t.w_bytes);
      _tile_dpbf16ps(1, 5, 6);
    }
    if (kTwoX) {
      _tile_loadd(7, x + t.x_stride, kRowBytes);
      _tile_dpbf16ps(2, 4, 7);
      if (kTwoW) _tile_dpbf16ps(3, 5, 7);
    }
  }
  StoreSums<kTwoW, kTwoX>(t);
  __asm__ volatile("" : : : "memory");
}

// 32-bit elements of 16 registers, in place.
PAWL_AVX512 __attribute__((always_inline)) inline void Transpose(__m512i (&r)[kSide]) {
  __m512i s[kSide];
  PAWL_UNROLL
  for (size_t i = 0; i < kSide; i += 2) {
    s[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
    s[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
  }
  PAWL_UNROLL
  for (size_t i = 0; i < kSide; i += 4) {  // r[i + j]: column j of each four of rows i .. i + 3
    r[i] = _mm512_unpacklo_epi64(s[i], s[i + 2]);
    r[i + 1] = _mm512_unpackhi_epi64(s[i], s[i + 2]);
    r[i + 2] = _mm512_unpacklo_epi64(s[i + 1], s[i + 3]);
    r[i + 3] = _mm512_unpackhi_epi64(s[i + 1], s[i + 3]);
  }
  PAWL_UNROLL
  for (size_t j = 0; j < 4; ++j) {
    const __m512i a = _mm512_shuffle_i32x4(r[j], r[4 + j], 0x88);
    const __m512i b = _mm512_shuffle_i32x4(r[j], r[4 + j], 0xdd);
    const __m512i c = _mm512_shuffle_i32x4(r[8 + j], r[12 + j], 0x88);
    const __m512i d = _mm512_shuffle_i32x4(r[8 + j], r[12 + j], 0xdd);
    s[j] = _mm512_shuffle_i32x4(a, c, 0x88);
    s[4 + j] = _mm512_shuffle_i32x4(b, d, 0x88);
    s[8 + j] = _mm512_shuffle_i32x4(a, c, 0xdd);
    s[12 + j] = _mm512_shuffle_i32x4(b, d, 0xdd);
  }
  PAWL_UNROLL
  for (size_t i = 0; i < kSide; ++i) r[i] = s[i];
}

}  // namespace

bool HasTilesBF16(Target target) { return target == Target::kAMX; }

__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16"))) void RoundForTilesBF16(
    const float* values, size_t n, uint16_t* out) {
  size_t i = 0;
  for (; i + kTileColumnsBF16 <= n; i += kTileColumnsBF16) {
    const __m512 low = _mm512_loadu_ps(values + i), high = _mm512_loadu_ps(values + i + 16);
    _mm512_storeu_si512(out + i, (__m512i)_mm512_cvtne2ps_pbh(high, low));
  }
  if (i == n) return;
  const uint32_t exist = (uint32_t{1} << (n - i)) - 1;
  const __m512 low = _mm512_maskz_loadu_ps(static_cast<__mmask16>(exist), values + i);
  const __m512 high = _mm512_maskz_loadu_ps(static_cast<__mmask16>(exist >> 16), values + i + 16);
  _mm512_storeu_si512(out + i, (__m512i)_mm512_cvtne2ps_pbh(high, low));
}

PAWL_AVX512 void InterleaveTilesBF16(const uint16_t* x, size_t rows, size_t stride, size_t columns,
                                     uint16_t* tiles) {
  for (size_t k = 0; k < columns; k += kTileColumnsBF16, tiles += kTileBF16) {
    __m512i r[kSide];
    PAWL_UNROLL
    for (size_t i = 0; i < kSide; ++i) {
      r[i] = i < rows ? _mm512_loadu_si512(x + i * stride + k) : _mm512_setzero_si512();
    }
    Transpose(r);
    PAWL_UNROLL
    for (size_t i = 0; i < kSide; ++i) {
      _mm512_storeu_si512(tiles + i * kTileColumnsBF16, r[i]);
    }
  }
}

PAWL_TILES void AddProductsTilesBF16(const TilesBF16& t, bool first, float* sums) {
  amx::Configure(kSide, kSide, kSide);
  size_t k = 0;
  do {  // once even for no columns, which may be the first
    const size_t columns = std::min(kDepth, t.columns - k);
    const bool from_zero = first && k == 0;
    for (size_t m = 0; m < t.x_tiles; m += 2) {
      const bool two_x = m + 1 < t.x_tiles;
      for (size_t n = 0; n < t.w_tiles; n += 2) {
        const bool two_w = n + 1 < t.w_tiles;
        const Block block{.w = t.w + n * kSide * t.w_stride + k,
                          .w_bytes = t.w_stride * sizeof(uint16_t),
                          .x = t.x + m * t.x_stride + k * kSide,
                          .x_stride = t.x_stride,
                          .steps = columns / kTileColumnsBF16,
                          .sums = sums + (m * t.w_tiles + n) * kTileSums,
                          .sums_stride = t.w_tiles * kTileSums};
        if (two_w && two_x) {
          Multiply<true, true>(block, from_zero);
        } else if (two_w) {
          Multiply<true, false>(block, from_zero);
        } else if (two_x) {
          Multiply<false, true>(block, from_zero);
        } else {
          Multiply<false, false>(block, from_zero);
        }
      }
    }
    k += kDepth;
  } while (k < t.columns);
  _tile_release();
}

PAWL_AVX512 void StoreTilesBF16(const float* sums, size_t rows, size_t columns, float* out,
                                size_t out_stride) {
  for (size_t m = 0; m < rows; m += kSide) {
    for (size_t n = 0; n < columns; n += kSide, sums += kTileSums) {
      __m512i r[kSide];
      PAWL_UNROLL
      for (size_t i = 0; i < kSide; ++i) r[i] = _mm512_loadu_si512(sums + i * kSide);
      Transpose(r);
      const size_t width = std::min(kSide, columns - n), height = std::min(kSide, rows - m);
      const auto mask = static_cast<__mmask16>((1u << width) - 1);
      PAWL_UNROLL
      for (size_t i = 0; i < kSide; ++i) {
        if (i < height) _mm512_mask_storeu_epi32(out + (m + i) * out_stride + n, mask, r[i]);
      }
    }
  }
}
#else   // __x86_64__
bool HasTilesBF16(Target /*target*/) { return false; }
void RoundForTilesBF16(const float* /*values*/, size_t /*n*/, uint16_t* /*out*/) {}
void InterleaveTilesBF16(const uint16_t* /*x*/, size_t /*rows*/, size_t /*stride*/,
                         size_t /*columns*/, uint16_t* /*tiles*/) {}
void AddProductsTilesBF16(const TilesBF16& /*t*/, bool /*first*/, float* /*sums*/) {}
void StoreTilesBF16(const float* /*sums*/, size_t /*rows*/, size_t /*columns*/, float* /*out*/,
                    size_t /*out_stride*/) {}
#endif  // __x86_64__

}  // namespace pawl::kernels
