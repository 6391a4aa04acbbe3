// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Tiles: C[16 rows of x, 16 rows of W] += A[16 rows of x, 64 columns] * B, where B is 16 quads of a
// panel as they lie in the layout of 8 bits. Two by two tiles of C share their loads, and columns
// are taken in blocks whose part of B stays in the first-level cache while all rows pass.

#include "kernels/panel_matmul_amx.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#if defined(__GNUC__) && !defined(__clang__)
// GCC 12 suspects the operands that its own intrinsics leave undefined on purpose.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include <immintrin.h>
#endif

namespace pawl::kernels {

bool AmxTakes(const PanelMatrix& w, const PanelInput& a) {
  constexpr size_t kFewestRows = 9;  // fewer are bound by memory with VNNI too
  const bool whole_tiles = w.group_quads % 16 == 0 && w.chunks % 2 == 0;
  return a.rows >= kFewestRows && (w.group_quads == 8 || whole_tiles);
}

#if defined(__x86_64__)
#define PAWL_AMX __attribute__((target("amx-tile,amx-int8,avx512f,avx512bw,avx512dq,avx512vl")))
namespace {

constexpr size_t kTile = 16;  // rows of a tile
constexpr size_t kTileBytes = 1024;
constexpr size_t kBlockChunks = 32;  // of columns where a group is longer

// Intel's manual, volume 1, 18.3: the memory that LDTILECFG reads.
struct alignas(64) TileConfig {
  uint8_t palette = 1;
  uint8_t start_row = 0;
  uint8_t reserved[14] = {};
  uint16_t bytes_per_row[16] = {};
  uint8_t rows[16] = {};
};
static_assert(sizeof(TileConfig) == 64);

// Tiles 0 to 3 are C, 4 and 5 A, 6 and 7 B.
PAWL_AMX void Configure(size_t rows, size_t quads) {
  TileConfig config;
  const size_t first = std::min(rows, kTile);
  const size_t second = rows > kTile ? rows - kTile : kTile;
  const auto set = [&](int tile, size_t tile_rows, size_t bytes) {
    config.rows[tile] = static_cast<uint8_t>(tile_rows);
    config.bytes_per_row[tile] = static_cast<uint16_t>(bytes);
  };
  set(0, first, 64), set(1, first, 64), set(2, second, 64), set(3, second, 64);
  set(4, first, 4 * quads), set(5, second, 4 * quads);
  set(6, quads, 64), set(7, quads, 64);
  __asm__ volatile("" : : "r"(&config) : "memory");  // GCC 12 would drop the stores
  _tile_loadconfig(&config);
}

// Up to two tiles of rows by up to two panels, columns in steps of one tile of B.
struct Block {
  const int8_t* a;
  size_t a_stride;
  const uint8_t* b;
  size_t b_panel;  // bytes to the second panel
  size_t steps;
  size_t quads;  // in a step
  bool two_rows;
  bool two_panels;
};

PAWL_AMX void MultiplyAll(const Block& t) {
  for (size_t s = 0; s < t.steps; ++s) {
    const int8_t* a = t.a + 4 * t.quads * s;
    const uint8_t* b = t.b + 64 * t.quads * s;
    _tile_loadd(4, a, t.a_stride);
    _tile_loadd(6, b, 64);
    _tile_dpbsud(0, 4, 6);
    _tile_loadd(7, b + t.b_panel, 64);
    _tile_dpbsud(1, 4, 7);
    _tile_loadd(5, a + kTile * t.a_stride, t.a_stride);
    _tile_dpbsud(2, 5, 6);
    _tile_dpbsud(3, 5, 7);
  }
}

PAWL_AMX void MultiplySome(const Block& t) {
  for (size_t s = 0; s < t.steps; ++s) {
    const int8_t* a = t.a + 4 * t.quads * s;
    const uint8_t* b = t.b + 64 * t.quads * s;
    _tile_loadd(4, a, t.a_stride);
    _tile_loadd(6, b, 64);
    _tile_dpbsud(0, 4, 6);
    if (t.two_panels) {
      _tile_loadd(7, b + t.b_panel, 64);
      _tile_dpbsud(1, 4, 7);
    }
    if (!t.two_rows) continue;
    _tile_loadd(5, a + kTile * t.a_stride, t.a_stride);
    _tile_dpbsud(2, 5, 6);
    if (t.two_panels) _tile_dpbsud(3, 5, 7);
  }
}

PAWL_AMX void Multiply(const Block& t) {
  __asm__ volatile("" : : : "memory");  // codes were written by stores that must have happened
  if (t.two_rows && t.two_panels) {
    MultiplyAll(t);
  } else {
    MultiplySome(t);
  }
}

PAWL_AMX void ZeroTiles() {
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
}

// C to or from rows `stride` elements apart, the second panel 16 elements on.
PAWL_AMX void StoreTiles(const Block& t, int32_t* c, size_t stride) {
  const size_t bytes = stride * sizeof(int32_t);
  _tile_stored(0, c, bytes);
  if (t.two_panels) _tile_stored(1, c + kTile, bytes);
  if (t.two_rows) _tile_stored(2, c + kTile * stride, bytes);
  if (t.two_rows && t.two_panels) _tile_stored(3, c + kTile * stride + kTile, bytes);
  __asm__ volatile("" : : : "memory");
}

PAWL_AMX void LoadTiles(const Block& t, const int32_t* c, size_t stride) {
  const size_t bytes = stride * sizeof(int32_t);
  __asm__ volatile("" : : : "memory");
  _tile_loadd(0, c, bytes);
  if (t.two_panels) _tile_loadd(1, c + kTile, bytes);
  if (t.two_rows) _tile_loadd(2, c + kTile * stride, bytes);
  if (t.two_rows && t.two_panels) _tile_loadd(3, c + kTile * stride + kTile, bytes);
}

PAWL_AMX __m512 LoadHalves(const uint16_t* from) {
  return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
}

PAWL_AMX __m512i LoadBytes(const uint8_t* from) {
  return _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
}

// Scales or minimums of group g.
PAWL_AMX __m512 LoadParam(const PanelMatrix& w, const void* params, const uint16_t* supers,
                          int32_t bias, size_t panel, size_t g) {
  if (params == nullptr) return _mm512_setzero_ps();
  const size_t at = (panel * w.groups + g) * kPanelRows;
  if (w.super_shift >= 0) {
    const __m512i bytes = LoadBytes(static_cast<const uint8_t*>(params) + at);
    const __m512 numbers = _mm512_cvtepi32_ps(_mm512_sub_epi32(bytes, _mm512_set1_epi32(bias)));
    const size_t super = (panel * w.supers + (g >> w.super_shift)) * kPanelRows;
    return _mm512_mul_ps(LoadHalves(supers + super), numbers);
  }
  if (w.half_scales) return LoadHalves(static_cast<const uint16_t*>(params) + at);
  return _mm512_loadu_ps(static_cast<const float*>(params) + at);
}

// One group of one panel for rows [row, row + rows): adds to v what the sums say (panel_matmul.h).
PAWL_AMX void AddGroup(const PanelMatrix& w, const PanelInput& a, size_t panel, size_t g,
                       size_t row, size_t rows, const int32_t* sums, size_t stride, bool first,
                       float* v, size_t v_stride) {
  const size_t at = (panel * w.groups + g) * kPanelRows;
  const __m512 scales = LoadParam(w, w.scales, w.super_scales, w.scale_bias, panel, g);
  const __m512 minimums = LoadParam(w, w.minimums, w.super_minimums, w.minimum_bias, panel, g);
  const __m512i zeros = w.zeros != nullptr ? LoadBytes(w.zeros + at) : _mm512_set1_epi32(w.zero);
  const __m512i offsets =
      w.offsets != nullptr ? _mm512_loadu_si512(w.offsets + at) : _mm512_setzero_si512();
  for (size_t m = 0; m < rows; ++m) {
    const size_t of_row = (row + m) * w.groups + g;
    __m512i sum = _mm512_sub_epi32(_mm512_loadu_si512(sums + m * stride), offsets);
    if (w.zeros != nullptr) {
      sum = _mm512_sub_epi32(sum, _mm512_mullo_epi32(zeros, _mm512_set1_epi32(a.sums[of_row])));
    } else if (w.zero != 0) {
      sum = _mm512_sub_epi32(sum, _mm512_set1_epi32(w.zero * a.sums[of_row]));
    }
    if (w.scales == nullptr) {
      _mm512_storeu_si512(v + m * v_stride, sum);
      continue;
    }
    __m512 scale = scales, minimum = minimums;
    if (a.factors != nullptr) {
      const __m512 factor = _mm512_set1_ps(a.factors[of_row]);
      scale = _mm512_mul_ps(scale, factor);
      minimum = _mm512_mul_ps(minimum, factor);
    }
    __m512 value = first ? _mm512_setzero_ps() : _mm512_loadu_ps(v + m * v_stride);
    value = _mm512_fmadd_ps(scale, _mm512_cvtepi32_ps(sum), value);
    if (w.minimums != nullptr) {
      value = _mm512_fnmadd_ps(minimum, _mm512_set1_ps(a.shifted[of_row]), value);
    }
    _mm512_storeu_ps(v + m * v_stride, value);
  }
}

// All columns of rows [begin, end), which tiles are configured for: pairs of whole tiles, or fewer.
PAWL_AMX void MultiplyRows(const PanelMatrix& w, const PanelInput& a, size_t panel, size_t panels,
                           const uint8_t* decoded, size_t begin, size_t end, float* out,
                           size_t out_stride) {
  alignas(64) int32_t sums[4 * kTileBytes / sizeof(int32_t)];
  const size_t quads = w.group_quads == 8 ? 8 : 16;
  const size_t group_chunks = w.group_quads / 8;
  const bool blocked = w.groups == 1;  // sums stay in `out` between blocks
  const size_t step = blocked ? std::min(kBlockChunks, w.chunks) : group_chunks;
  Block t{};
  t.a_stride = a.stride;
  t.b_panel = w.chunks * PanelChunkBytes(8);
  t.quads = quads;
  t.two_panels = panels == 2;
  for (size_t chunk = 0; chunk < w.chunks; chunk += step) {
    const size_t chunks = std::min(step, w.chunks - chunk);
    const size_t g = blocked ? 0 : chunk / group_chunks;
    t.b = decoded + chunk * PanelChunkBytes(8);
    t.steps = chunks * 8 / quads;
    for (size_t m = begin; m < end; m += 2 * kTile) {
      const size_t rows = std::min(end - m, 2 * kTile);
      t.a = a.codes + m * a.stride + chunk * kPanelChunk;
      t.two_rows = rows > kTile;
      float* v = out + m * out_stride;
      int32_t* c = blocked ? reinterpret_cast<int32_t*>(v) : sums;
      const size_t stride = blocked ? out_stride : 2 * kTile;
      if (blocked && chunk > 0) {
        LoadTiles(t, c, stride);
      } else {
        ZeroTiles();
      }
      Multiply(t);
      StoreTiles(t, c, stride);
      if (blocked && chunk + chunks < w.chunks) continue;
      for (size_t p = 0; p < panels; ++p) {
        AddGroup(w, a, panel + p, g, m, rows, c + p * kTile, stride, g == 0, v + p * kTile,
                 out_stride);
      }
    }
  }
}

}  // namespace

PAWL_AMX void MatMulPanelsAmx(const PanelMatrix& w, size_t begin, size_t count,
                              const uint8_t* decoded, const PanelInput& a, float* out,
                              size_t out_stride) {
  const size_t quads = w.group_quads == 8 ? 8 : 16;
  const size_t whole = a.rows / (2 * kTile) * (2 * kTile);
  if (whole > 0) {
    Configure(2 * kTile, quads);
    MultiplyRows(w, a, begin, count, decoded, 0, whole, out, out_stride);
  }
  if (whole < a.rows) {
    Configure(a.rows - whole, quads);
    MultiplyRows(w, a, begin, count, decoded, whole, a.rows, out, out_stride);
  }
  _tile_release();
}
#undef PAWL_AMX
#else
void MatMulPanelsAmx(const PanelMatrix&, size_t, size_t, const uint8_t*, const PanelInput&, float*,
                     size_t) {}
#endif  // __x86_64__

}  // namespace pawl::kernels
