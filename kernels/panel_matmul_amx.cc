// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Tiles: C[16 rows of x, 16 rows of W] += A[16 rows of x, 64 columns] * B, where B is 16 quads of a
// panel as they lie in the layout of 8 bits.
//
// Here for groups whose sums stay in tiles for long: two by two tiles of C share their loads, and
// columns are taken in blocks whose part of B stays in the first-level cache while all rows pass;
// A is loaded past that cache, which it would clear of B (TILELOADDT1). panel_groups_amx.cc has
// shorter groups.

#include "kernels/panel_matmul_amx.h"

#include <algorithm>
#include <cstdint>

#include "kernels/panel_amx.h"

namespace pawl::kernels {

bool AmxTakes(const PanelMatrix& w, const PanelInput& a) {
  constexpr size_t kFewestRows = 9;  // fewer are bound by memory with VNNI too
  const bool whole_tiles = w.group_quads % 16 == 0 && w.chunks % 2 == 0;
  return a.rows >= kFewestRows && (w.group_quads == 8 || whole_tiles);
}

#if defined(__x86_64__)
namespace amx {
namespace {

constexpr size_t kBlockChunks = 32;  // two panels of so many are kBlockBytes
static_assert(2 * kBlockChunks * PanelChunkBytes(8) == kBlockBytes);

// Intel's manual, volume 1, 18.3: the memory that LDTILECFG reads.
struct alignas(64) TileConfig {
  uint8_t palette = 1;
  uint8_t start_row = 0;
  uint8_t reserved[14] = {};
  uint16_t bytes_per_row[16] = {};
  uint8_t rows[16] = {};
};
static_assert(sizeof(TileConfig) == 64);

// Up to two tiles of rows of x by up to two panels, columns in steps of a tile of B.
struct Tiles {
  const int8_t* a;
  size_t a_stride;
  const void* b;
  size_t b_panel;  // bytes to the second panel
  size_t columns;
  size_t step;
};

// GCC's intrinsics want literal numbers of tiles.
#define PAWL_TILE_PRODUCT(C, A, B) \
  do {                             \
    if constexpr (kSigned) {       \
      _tile_dpbssd(C, A, B);       \
    } else {                       \
      _tile_dpbsud(C, A, B);       \
    }                              \
  } while (false)

// Codes of 8 bits are unsigned where they are, decoded ones signed. Loads come before products: a
// core whose other hyperthread is busy overlaps neither, and loses time between one and the other.
template <bool kSigned, bool kTwoRows, bool kTwoPanels>
PAWL_AMX void Multiply(const Tiles& t, CodesAhead* ahead) {
  for (size_t k = 0; k < t.columns; k += t.step) {
    const int8_t* a = t.a + k;
    const auto* b = static_cast<const uint8_t*>(t.b) + kTile * k;
    _tile_stream_loadd(4, a, t.a_stride);
    _tile_loadd(6, b, 64);
    if constexpr (kTwoPanels) _tile_loadd(7, b + t.b_panel, 64);
    if constexpr (kTwoRows) _tile_stream_loadd(5, a + kTile * t.a_stride, t.a_stride);
    PAWL_TILE_PRODUCT(0, 4, 6);
    if constexpr (kTwoPanels) PAWL_TILE_PRODUCT(1, 4, 7);
    if constexpr (kTwoRows) PAWL_TILE_PRODUCT(2, 5, 6);
    if constexpr (kTwoRows && kTwoPanels) PAWL_TILE_PRODUCT(3, 5, 7);
    ahead->Step();
  }
}
#undef PAWL_TILE_PRODUCT

// C from and to four tiles one after another, those of the first rows first.
template <bool kSigned, bool kTwoRows, bool kTwoPanels>
PAWL_AMX void MultiplyInto(const Tiles& t, bool first, CodesAhead* ahead, int32_t* c) {
  if (first) {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
  } else {
    _tile_loadd(0, c, 64);
    if constexpr (kTwoPanels) _tile_loadd(1, c + kTileValues, 64);
    if constexpr (kTwoRows) _tile_loadd(2, c + 2 * kTileValues, 64);
    if constexpr (kTwoRows && kTwoPanels) _tile_loadd(3, c + 3 * kTileValues, 64);
  }
  Multiply<kSigned, kTwoRows, kTwoPanels>(t, ahead);
  _tile_stored(0, c, 64);
  if constexpr (kTwoPanels) _tile_stored(1, c + kTileValues, 64);
  if constexpr (kTwoRows) _tile_stored(2, c + 2 * kTileValues, 64);
  if constexpr (kTwoRows && kTwoPanels) _tile_stored(3, c + 3 * kTileValues, 64);
  __asm__ volatile("" : : : "memory");  // what reads the sums must come after
}

using MultiplyFunction = decltype(&MultiplyInto<true, true, true>);

MultiplyFunction MultiplyFunctionOf(bool is_signed, bool two_rows, bool two_panels) {
  static constexpr MultiplyFunction kFunctions[8] = {
      MultiplyInto<false, false, false>, MultiplyInto<false, false, true>,
      MultiplyInto<false, true, false>,  MultiplyInto<false, true, true>,
      MultiplyInto<true, false, false>,  MultiplyInto<true, false, true>,
      MultiplyInto<true, true, false>,   MultiplyInto<true, true, true>};
  return kFunctions[(is_signed ? 4 : 0) + (two_rows ? 2 : 0) + (two_panels ? 1 : 0)];
}

// ---- what the sums add --------------------------------------------------------------------------

// Where a tile of sums belongs.
struct Place {
  size_t panel;
  size_t g;
  size_t row;  // of x
  size_t rows;
  float* v;
  size_t v_stride;
};

template <int kParts>
PAWL_AMX void AddTile(const PanelMatrix& w, const PanelInput& a, int32_t shift, const Place& place,
                      const int32_t* sums) {
  const GroupTerms terms = LoadTerms<kParts>(w, shift, place.panel, place.g);
  for (size_t m = 0; m < place.rows; ++m) {
    float* v = place.v + m * place.v_stride;
    const __m512 value = place.g == 0 ? _mm512_setzero_ps() : _mm512_loadu_ps(v);
    const size_t at = (place.row + m) * w.groups + place.g;
    _mm512_storeu_ps(v, AddGroup<kParts>(terms, a, at, _mm512_load_si512(sums + m * kTile), value));
  }
}

// Without scales the sums themselves.
PAWL_AMX void StoreSums(const PanelMatrix& w, const PanelInput& a, int32_t shift,
                        const Place& place, const int32_t* sums) {
  const GroupTerms terms = LoadTerms<kCorrected>(w, shift, place.panel, place.g);
  for (size_t m = 0; m < place.rows; ++m) {
    const size_t at = (place.row + m) * w.groups + place.g;
    _mm512_storeu_si512(place.v + m * place.v_stride,
                        CorrectedSum(terms, a, at, _mm512_load_si512(sums + m * kTile)));
  }
}

using AddFunction = decltype(&StoreSums);

AddFunction AddFunctionOf(const PanelMatrix& w, int parts) {
  static constexpr AddFunction kFunctions[8] = {AddTile<0>, AddTile<1>, AddTile<2>, AddTile<3>,
                                                AddTile<4>, AddTile<5>, AddTile<6>, AddTile<7>};
  return w.scales == nullptr ? &StoreSums : kFunctions[parts];
}

// ---- blocks -------------------------------------------------------------------------------------

// A slab of rows of x through panels of W.
struct Slab {
  const PanelMatrix& w;
  const PanelInput& a;
  SignedCodes codes;
  bool decodes;
  size_t row;
  size_t rows;
  size_t quads;
  int32_t* sums;    // in scratch: tiles of all rows by two panels
  int8_t* decoded;  // and codes
  AddFunction add;
};

// Chunks [begin, begin + count) of one group of one or two panels.
struct Block {
  size_t panel;
  size_t panels;
  size_t g;
  size_t begin;
  size_t count;
  bool first;  // of the group
  bool last;
};

// Rows [begin, end) of the slab, which tiles are configured for.
void RunRows(const Slab& slab, const Block& block, Tiles t, size_t begin, size_t end,
             CodesAhead* ahead, float* out, size_t out_stride) {
  for (size_t m = begin; m < end; m += 2 * kTile) {
    const size_t rows = std::min(end - m, 2 * kTile);
    int32_t* c = slab.sums + m / (2 * kTile) * 4 * kTileValues;
    t.a = slab.a.codes + (slab.row + m) * t.a_stride + block.begin * kPanelChunk;
    MultiplyFunctionOf(slab.decodes, rows > kTile, block.panels > 1)(t, block.first, ahead, c);
    if (!block.last) continue;
    for (size_t i = 0; i < (rows > kTile ? 2 : 1) * 2; ++i) {
      if (i % 2 >= block.panels) continue;
      const size_t from = m + i / 2 * kTile;
      const Place place{.panel = block.panel + i % 2,
                        .g = block.g,
                        .row = slab.row + from,
                        .rows = std::min(kTile, end - from),
                        .v = out + from * out_stride + i % 2 * kPanelRows,
                        .v_stride = out_stride};
      slab.add(slab.w, slab.a, slab.codes.shift, place, c + i * kTileValues);
    }
  }
}

void RunBlock(const Slab& slab, const Block& block, float* out, size_t out_stride) {
  const PanelMatrix& w = slab.w;
  const uint8_t* from =
      w.codes + block.panel * w.panel_bytes() + block.begin * PanelChunkBytes(w.bits);
  Tiles t{.a = nullptr,
          .a_stride = slab.a.stride,
          .b = from,
          .b_panel = w.panel_bytes(),
          .columns = block.count * kPanelChunk,
          .step = 4 * slab.quads};
  if (slab.decodes) {
    t.b = slab.decoded;
    t.b_panel = block.count * PanelChunkBytes(8);
    for (size_t p = 0; p < block.panels; ++p) {
      DecodeSigned(w.bits, slab.codes, from + p * w.panel_bytes(), block.count,
                   slab.decoded + p * t.b_panel);
    }
  }
  __asm__ volatile("" : : : "memory");  // codes were written by stores that must have happened
  const bool end = block.begin + block.count == w.chunks;
  const uint8_t* next = w.codes + (block.panel + (end ? block.panels : 0)) * w.panel_bytes() +
                        (end ? 0 : block.begin + block.count) * PanelChunkBytes(w.bits);
  const size_t passes = (slab.rows + 2 * kTile - 1) / (2 * kTile);
  // One pass is as fast as prefetching.
  CodesAhead ahead(next, passes > 1 ? block.count * PanelChunkBytes(w.bits) : 0, w.panel_bytes(),
                   block.panels, passes * t.columns / t.step);
  const size_t whole = slab.rows / (2 * kTile) * (2 * kTile);
  if (whole > 0) {
    if (whole < slab.rows) Configure(kTile, kTile, slab.quads);
    RunRows(slab, block, t, 0, whole, &ahead, out, out_stride);
  }
  if (whole < slab.rows) {
    const size_t rest = slab.rows - whole;
    if (whole > 0) Configure(std::min(rest, kTile), rest - std::min(rest, kTile), slab.quads);
    RunRows(slab, block, t, whole, slab.rows, &ahead, out, out_stride);
  }
}

void MatMulLongGroups(const Slab& slab, size_t begin, size_t end, float* out, size_t out_stride) {
  const PanelMatrix& w = slab.w;
  const size_t group_chunks = w.group_quads / 8;
  // Codes that are where they are and wanted once need no blocks.
  const size_t most = slab.decodes || slab.rows > 2 * kTile ? kBlockChunks : w.chunks;
  const size_t first = std::min(slab.rows, 2 * kTile);
  Configure(std::min(first, kTile), first - std::min(first, kTile), slab.quads);
  for (size_t panel = begin; panel < end; panel += 2) {
    for (size_t g = 0; g < w.groups; ++g) {
      const size_t from = g * group_chunks, to = std::min(w.chunks, from + group_chunks);
      for (size_t chunk = from; chunk < to; chunk += most) {
        const size_t count = std::min(most, to - chunk);
        const Block block{.panel = panel,
                          .panels = std::min<size_t>(2, end - panel),
                          .g = g,
                          .begin = chunk,
                          .count = count,
                          .first = chunk == from,
                          .last = chunk + count == to};
        RunBlock(slab, block, out + (panel - begin) * kPanelRows, out_stride);
      }
    }
  }
}

}  // namespace

PAWL_AMX void Configure(size_t first, size_t second, size_t quads) {
  TileConfig config;
  const auto set = [&](int tile, size_t rows, size_t bytes) {
    config.rows[tile] = static_cast<uint8_t>(rows);
    config.bytes_per_row[tile] = static_cast<uint16_t>(bytes);
  };
  if (second == 0) second = first;  // both A may be of the same rows
  set(0, first, 64), set(1, first, 64), set(2, second, 64), set(3, second, 64);
  set(4, first, 4 * quads), set(5, second, 4 * quads);
  set(6, quads, 64), set(7, quads, 64);
  __asm__ volatile("" : : "r"(&config) : "memory");  // GCC 12 would drop the stores
  _tile_loadconfig(&config);
}

}  // namespace amx

PAWL_AMX void MatMulPanelsAmx(const PanelMatrix& w, size_t begin, size_t end, const PanelInput& a,
                              float* out, size_t out_stride) {
  const bool is_short = w.groups > 1 && 4 * w.group_quads <= amx::kLongestShortGroup;
  amx::Slab slab{.w = w,
                 .a = a,
                 .codes = amx::MakeSignedCodes(w),
                 .decodes = w.bits < 8,
                 .row = 0,
                 .rows = 0,
                 .quads = w.group_quads == 8 ? size_t{8} : size_t{16},
                 .sums = reinterpret_cast<int32_t*>(a.scratch),
                 .decoded = reinterpret_cast<int8_t*>(a.scratch + amx::kSumsBytes),
                 .add = nullptr};
  if (!slab.decodes) slab.codes.shift = 0;
  slab.add = amx::AddFunctionOf(w, amx::PartsOf(w, a, slab.codes.shift));
  for (; slab.row < a.rows; slab.row += amx::kSlabRows) {
    slab.rows = std::min(amx::kSlabRows, a.rows - slab.row);
    float* slab_out = out + slab.row * out_stride;
    if (is_short) {
      amx::MatMulShortGroups(w, begin, end, a, slab.row, slab.rows, slab_out, out_stride);
    } else {
      amx::MatMulLongGroups(slab, begin, end, slab_out, out_stride);
    }
  }
  _tile_release();
}
#else
void MatMulPanelsAmx(const PanelMatrix&, size_t, size_t, const PanelInput&, float*, size_t) {}
#endif  // __x86_64__

}  // namespace pawl::kernels
