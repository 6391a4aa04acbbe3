// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Groups too short for sums to stay in tiles: what each adds costs as much as its products. So v of
// 16 rows of x by one panel is kept in registers, a group's tile of sums goes through the
// first-level cache to it, and products of the next groups begin meanwhile. Where rows of x are
// few, and groups have scales alone, codes are decoded a group ahead of their products,
// so that loads from far caches and decoding run beside the tiles; else a block at once for all
// rows.

#include "kernels/panel_amx.h"

#if defined(__x86_64__)

#include <cstring>

namespace pawl::kernels::amx {
namespace {

constexpr size_t kSlots = 4;
constexpr size_t kLag = 2;  // groups that multiply before the first of them is added

// Columns of a panel that are decoded at once: codes stay in the first-level cache beside sums and
// results, for A is loaded past it (TILELOADDT1).
constexpr size_t kColumns = 1024;
constexpr size_t kFewRows = 32;
static_assert(kColumns * kTile <= kBlockBytes && kColumns >= kLongestShortGroup);

// Whole groups of one panel for up to 16 rows of x.
struct Run {
  const int8_t* x;
  size_t x_stride;
  int8_t* codes;        // decoded, or where they will be
  const uint8_t* from;  // where they come from, for what decodes
  size_t columns;       // of a group
  size_t step;          // of them in a tile product
  size_t end;           // columns of all groups: the last may be shorter
  size_t panel;
  size_t first;  // group
  size_t groups;
  size_t row;  // of x
  size_t rows;
};

// Tile products of a group that is whole, or:
constexpr int kAnySteps = 0;
constexpr int kDecodes = -1;  // the same, and codes are decoded a group ahead

PAWL_AMX_INLINE void DecodeGroup(const SignedCodes& codes, const Run& run, int bits, size_t begin) {
  if (begin >= run.end) return;
  DecodeSigned(bits, codes, run.from + begin / kPanelChunk * PanelChunkBytes(bits),
               std::min(run.columns, run.end - begin) / kPanelChunk, run.codes + begin * kTile);
}

// Sums of the group whose columns are [begin, end).
template <int kSteps>
PAWL_AMX_INLINE void MultiplyGroup(const Run& run, size_t begin, size_t end, int32_t* sums) {
  const int8_t* x = run.x + begin;
  const int8_t* codes = run.codes + begin * kTile;
  _tile_zero(0);
  if constexpr (kSteps <= kAnySteps) {
    for (size_t k = 0; k < end - begin; k += run.step) {
      _tile_stream_loadd(4, x + k, run.x_stride);
      _tile_loadd(6, codes + k * kTile, 64);
      _tile_dpbssd(0, 4, 6);
    }
  }
  if constexpr (kSteps > 0) {
    _tile_stream_loadd(4, x, run.x_stride);
    _tile_loadd(6, codes, 64);
    if constexpr (kSteps > 1) {  // before the products, as in panel_matmul_amx.cc
      _tile_stream_loadd(5, x + 64, run.x_stride);
      _tile_loadd(7, codes + kTileBytes, 64);
    }
    _tile_dpbssd(0, 4, 6);
    if constexpr (kSteps > 1) _tile_dpbssd(0, 5, 7);
  }
  _tile_stored(0, sums, 64);
  __asm__ volatile("" : : : "memory");
}

// v of a run's rows, in registers. Loops over them are recursions, since GCC keeps an array in
// memory that a loop goes through when it decides.
struct Values {
  __m512 v[kTile];
  size_t at[kTile];  // the rows' places in what there is of each row and group
};

template <size_t m = 0>
PAWL_AMX_INLINE void Load(size_t groups, const Run& run, const float* from, size_t stride,
                          Values& values) {
  values.at[m] = (run.row + std::min(m, run.rows - 1)) * groups + run.first;
  values.v[m] = _mm512_setzero_ps();
  if (run.first > 0 && m < run.rows) values.v[m] = _mm512_loadu_ps(from + m * stride);
  if constexpr (m + 1 < kTile) Load<m + 1>(groups, run, from, stride, values);
}

template <size_t m = 0>
PAWL_AMX_INLINE void Store(const Values& values, size_t rows, float* to, size_t stride) {
  if (m < rows) _mm512_storeu_ps(to + m * stride, values.v[m]);
  if constexpr (m + 1 < kTile) Store<m + 1>(values, rows, to, stride);
}

// The run's group g.
template <int kParts, size_t m = 0>
PAWL_AMX_INLINE void AddSums(const GroupTerms& terms, const PanelInput& a, size_t g,
                             const int32_t* sums, Values& values) {
  const __m512i sum = _mm512_load_si512(sums + m * kTile);
  values.v[m] = AddGroup<kParts>(terms, a, values.at[m] + g, sum, values.v[m]);
  if constexpr (m + 1 < kTile) AddSums<kParts, m + 1>(terms, a, g, sums, values);
}

// What the loop looks at is copied:
// what tiles write could be theirs, for all GCC knows. Each instruction counts here: those of tiles
// are many for the core, and the next group must be in its window.
template <int kParts, int kSteps>
PAWL_AMX void AddRun(const PanelMatrix& matrix, const PanelInput& input, const SignedCodes& codes,
                     const Run& given, CodesAhead* ahead, int32_t* sums, float* out,
                     size_t out_stride) {
  const PanelMatrix w = matrix;
  const PanelInput a = input;
  const Run run = given;
  const int32_t shift = codes.shift;
  if constexpr (kSteps == kDecodes) DecodeGroup(codes, run, w.bits, 0);
  Values values;
  Load(w.groups, run, out, out_stride, values);
  const auto* halves =
      static_cast<const uint16_t*>(w.scales) + (run.panel * w.groups + run.first) * kPanelRows;
  const bool plain = kParts == 0 && w.half_scales && w.super_shift < 0;
  const size_t lag = std::min(kLag, run.groups);
  size_t begin = 0;
  for (size_t i = 0; i < lag; ++i, begin += run.columns) {
    if constexpr (kSteps == kDecodes) DecodeGroup(codes, run, w.bits, begin + run.columns);
    MultiplyGroup<kSteps>(run, begin, std::min(run.end, begin + run.columns),
                          sums + i * kTileValues);
    ahead->Step();
  }
  size_t slot = 0;  // to add
  for (size_t g = 0; g < run.groups; ++g) {
    if (g + lag < run.groups) {
      if constexpr (kSteps == kDecodes) DecodeGroup(codes, run, w.bits, begin + run.columns);
      const size_t free = (slot + lag * kTileValues) % (kSlots * kTileValues);
      MultiplyGroup<kSteps>(run, begin, std::min(run.end, begin + run.columns), sums + free);
      begin += run.columns;
      ahead->Step();
    }
    GroupTerms terms;
    if (plain) {
      terms.scales = LoadHalves(halves + g * kPanelRows);
    } else {
      terms = LoadTerms<kParts>(w, shift, run.panel, run.first + g);
    }
    AddSums<kParts>(terms, a, g, sums + slot, values);
    slot = (slot + kTileValues) % (kSlots * kTileValues);
  }
  Store(values, run.rows, out, out_stride);
}

using AddRunFunction = decltype(&AddRun<0, kAnySteps>);

// Loops of their own for scales alone; with more to add they gain little, and 5 KB each add up.
AddRunFunction FunctionOf(const PanelMatrix& w, int parts) {
  static constexpr AddRunFunction kFunctions[8] = {
      AddRun<0, kAnySteps>, AddRun<1, kAnySteps>, AddRun<2, kAnySteps>, AddRun<3, kAnySteps>,
      AddRun<4, kAnySteps>, AddRun<5, kAnySteps>, AddRun<6, kAnySteps>, AddRun<7, kAnySteps>};
  const bool whole = w.groups * w.group_quads == 8 * w.chunks;
  if (parts == 0 && whole && w.group_quads <= 16) return AddRun<0, 1>;
  if (parts == 0 && whole && w.group_quads == 32) return AddRun<0, 2>;
  return kFunctions[parts];
}

struct Work {
  const PanelMatrix& w;
  const PanelInput& a;
  const SignedCodes& codes;
  AddRunFunction add;
  AddRunFunction first;  // for the slab's first rows
  size_t begin;          // first panel
  float* out;            // of that panel and the slab's first row
  size_t out_stride;
  int32_t* sums;
};

// Rows [begin, end) of the slab, which tiles are configured for, through a block of a panel.
void AddRows(const Work& work, const Run& block, size_t begin, size_t end, CodesAhead* ahead) {
  for (size_t m = begin; m < end; m += kTile) {
    Run run = block;
    run.row += m;
    run.rows = std::min(kTile, end - m);
    run.x += run.row * run.x_stride;
    float* out = work.out + m * work.out_stride + (run.panel - work.begin) * kPanelRows;
    (m == 0 ? work.first : work.add)(work.w, work.a, work.codes, run, ahead, work.sums, out,
                                     work.out_stride);
  }
}

// Tiles' configuration, kept where the next one is the same.
class Configuration {
 public:
  explicit Configuration(size_t quads) : quads_(quads) {}
  void Set(size_t rows) {
    if (rows_ != rows) Configure(rows, 0, quads_);
    rows_ = rows;
  }

 private:
  size_t quads_;
  size_t rows_ = 0;
};

}  // namespace

void MatMulShortGroups(const PanelMatrix& w, size_t begin, size_t end, const PanelInput& a,
                       size_t row, size_t rows, float* out, size_t out_stride) {
  const SignedCodes codes = MakeSignedCodes(w);
  const size_t columns = 4 * w.group_quads;
  const size_t quads = columns == kPanelChunk ? 8 : 16;
  const bool few = rows <= kFewRows;
  const size_t most = kColumns / columns;
  auto* sums = reinterpret_cast<int32_t*>(a.scratch);
  std::memset(sums, 0, kSlots * kTileBytes);  // rows that a smaller tile does not store
  const int parts = PartsOf(w, a, codes.shift);
  const AddRunFunction add = FunctionOf(w, parts);
  const bool decodes = few && parts == 0;  // beside the products
  const AddRunFunction first = decodes ? AddRun<0, kDecodes> : add;
  const Work work{w, a, codes, add, first, begin, out, out_stride, sums};
  const size_t whole = rows / kTile * kTile;
  Configuration configuration(quads);
  for (size_t panel = begin; panel < end; ++panel) {
    for (size_t g = 0; g < w.groups; g += most) {
      const size_t groups = std::min(most, w.groups - g);
      const size_t chunk = g * columns / kPanelChunk;
      const size_t chunks = std::min(w.chunks - chunk, groups * columns / kPanelChunk);
      const uint8_t* from = w.codes + panel * w.panel_bytes() + chunk * PanelChunkBytes(w.bits);
      auto* decoded = reinterpret_cast<int8_t*>(a.scratch + kSumsBytes);
      if (!decodes) DecodeSigned(w.bits, codes, from, chunks, decoded);
      __asm__ volatile("" : : : "memory");  // tiles are loaded from what was stored
      const Run run{.x = a.codes + chunk * kPanelChunk,
                    .x_stride = a.stride,
                    .codes = decoded,
                    .from = from,
                    .columns = columns,
                    .step = 4 * quads,
                    .end = chunks * kPanelChunk,
                    .panel = panel,
                    .first = g,
                    .groups = groups,
                    .row = row,
                    .rows = 0};
      // A few rows come by faster than prefetching does. Blocks lie one after another.
      const size_t bytes = chunks * PanelChunkBytes(w.bits);
      CodesAhead ahead(from + bytes, few ? 0 : bytes, bytes, 1,
                       (rows + kTile - 1) / kTile * groups);
      if (whole > 0) {
        configuration.Set(kTile);
        AddRows(work, run, 0, whole, &ahead);
      }
      if (whole < rows) {
        configuration.Set(rows - whole);
        AddRows(work, run, whole, rows, &ahead);
      }
    }
  }
}

}  // namespace pawl::kernels::amx

#endif  // __x86_64__
