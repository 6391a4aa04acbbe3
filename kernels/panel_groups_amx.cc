// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Groups too short for sums to stay in tiles: what each adds costs as much as its products. So v of
// 16 rows of x by one panel is kept in registers, a group's tile of sums goes through the
// first-level cache to it, and products of the next group begin meanwhile.

#include "kernels/panel_amx.h"

#if defined(__x86_64__)

#include <cstring>

namespace pawl::kernels::amx {
namespace {

constexpr size_t kPanels = 4;                         // that share what is loaded of x
constexpr size_t kBlockColumns = kLongestShortGroup;  // kPanels times as many codes are kBlockBytes
constexpr size_t kSlots = 4;
constexpr size_t kLag = 2;  // groups that multiply before the first of them is added
static_assert(kPanels * kBlockColumns * kTile == kBlockBytes);

// Whole groups of one panel for up to 16 rows of x.
struct Run {
  const int8_t* x;
  size_t x_stride;
  const int8_t* codes;
  size_t columns;  // of a group
  size_t step;     // of them in a tile product
  size_t end;      // columns of all groups: the last may be shorter
  size_t panel;
  size_t first;  // group
  size_t groups;
  size_t row;  // of x
  size_t rows;
  int32_t shift;
};

// Sums of the run's group g.
PAWL_AMX_INLINE void MultiplyGroup(const Run& run, size_t g, int32_t* sums) {
  const size_t end = std::min(run.end, (g + 1) * run.columns);
  _tile_zero(0);
  for (size_t k = g * run.columns; k < end; k += run.step) {
    _tile_loadd(4, run.x + k, run.x_stride);
    _tile_loadd(6, run.codes + k * kTile, 64);
    _tile_dpbssd(0, 4, 6);
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
PAWL_AMX_INLINE void Load(const PanelMatrix& w, const Run& run, const float* from, size_t stride,
                          Values& values) {
  values.at[m] = (run.row + std::min(m, run.rows - 1)) * w.groups + run.first;
  values.v[m] = _mm512_setzero_ps();
  if (run.first > 0 && m < run.rows) values.v[m] = _mm512_loadu_ps(from + m * stride);
  if constexpr (m + 1 < kTile) Load<m + 1>(w, run, from, stride, values);
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

template <int kParts>
PAWL_AMX void AddRun(const PanelMatrix& w, const PanelInput& a, const Run& run, CodesAhead* ahead,
                     int32_t* sums, float* out, size_t out_stride) {
  Values values;
  Load(w, run, out, out_stride, values);
  for (size_t i = 0; i < run.groups + kLag; ++i) {
    if (i < run.groups) {
      MultiplyGroup(run, i, sums + i % kSlots * kTileValues);
      ahead->Step();
    }
    if (i < kLag) continue;
    const size_t g = i - kLag;
    const GroupTerms terms = LoadTerms<kParts>(w, run.shift, run.panel, run.first + g);
    AddSums<kParts>(terms, a, g, sums + g % kSlots * kTileValues, values);
  }
  Store(values, run.rows, out, out_stride);
}

using AddRunFunction = decltype(&AddRun<0>);

AddRunFunction FunctionOf(int parts) {
  static constexpr AddRunFunction kFunctions[8] = {AddRun<0>, AddRun<1>, AddRun<2>, AddRun<3>,
                                                   AddRun<4>, AddRun<5>, AddRun<6>, AddRun<7>};
  return kFunctions[parts];
}

struct Work {
  const PanelMatrix& w;
  const PanelInput& a;
  AddRunFunction add;
  size_t row;  // of the slab
  size_t rows;
  float* out;  // of the slab's first row
  size_t out_stride;
  int32_t* sums;
  const int8_t* codes;  // of the block's panels, decoded
};

// Rows [begin, end) of the slab, which tiles are configured for, through a block's panels.
void AddRows(const Work& work, Run run, size_t panels, size_t begin, size_t end, size_t first_panel,
             CodesAhead* ahead) {
  const size_t panel = run.panel;
  const int8_t* x = run.x;
  for (size_t m = begin; m < end; m += kTile) {
    run.row = work.row + m;
    run.rows = std::min(kTile, end - m);
    run.x = x + run.row * run.x_stride;
    for (size_t p = 0; p < panels; ++p) {
      run.panel = panel + p;
      run.codes = work.codes + p * run.groups * run.columns * kTile;
      work.add(work.w, work.a, run, ahead, work.sums,
               work.out + m * work.out_stride + (run.panel - first_panel) * kPanelRows,
               work.out_stride);
    }
  }
}

}  // namespace

void MatMulShortGroups(const PanelMatrix& w, size_t begin, size_t end, const PanelInput& a,
                       size_t row, size_t rows, float* out, size_t out_stride) {
  const SignedCodes codes = MakeSignedCodes(w);
  const size_t columns = 4 * w.group_quads;
  const size_t quads = columns == kPanelChunk ? 8 : 16;
  const size_t most = std::max<size_t>(1, kBlockColumns / columns);
  auto* sums = reinterpret_cast<int32_t*>(a.scratch);
  auto* decoded = reinterpret_cast<int8_t*>(a.scratch + kSumsBytes);
  std::memset(sums, 0, kSlots * kTileBytes);  // rows that a smaller tile does not store
  const Work work{w,    a,      FunctionOf(PartsOf(w, a, codes.shift)), row, rows, out, out_stride,
                  sums, decoded};
  const size_t whole = rows / kTile * kTile;
  size_t configured = 0;
  const auto configure = [&](size_t tile_rows) {
    if (configured != tile_rows) Configure(tile_rows, 0, quads);
    configured = tile_rows;
  };
  for (size_t panel = begin; panel < end; panel += kPanels) {
    const size_t panels = std::min(kPanels, end - panel);
    for (size_t g = 0; g < w.groups; g += most) {
      // A last group may be shorter; it ends with whole tiles.
      const size_t groups = std::min(most, w.groups - g);
      const size_t chunk = g * columns / kPanelChunk;
      const size_t chunks = std::min(w.chunks - chunk, groups * columns / kPanelChunk);
      for (size_t p = 0; p < panels; ++p) {
        DecodeSigned(w, codes, panel + p, chunk, chunks, decoded + p * groups * columns * kTile);
      }
      __asm__ volatile("" : : : "memory");  // tiles are loaded from what was stored
      const Run run{.x = a.codes + chunk * kPanelChunk,
                    .x_stride = a.stride,
                    .codes = decoded,
                    .columns = columns,
                    .step = 4 * quads,
                    .end = chunks * kPanelChunk,
                    .panel = panel,
                    .first = g,
                    .groups = groups,
                    .row = row,
                    .rows = rows,
                    .shift = codes.shift};
      const bool last = g + groups == w.groups;
      const uint8_t* next = w.codes + (last ? panel + panels : panel) * w.panel_bytes() +
                            (last ? 0 : (chunk + chunks) * PanelChunkBytes(w.bits));
      const size_t units = (rows + kTile - 1) / kTile * panels * groups;
      CodesAhead ahead(next, chunks * PanelChunkBytes(w.bits), w.panel_bytes(), panels, units);
      if (whole > 0) {
        configure(kTile);
        AddRows(work, run, panels, 0, whole, begin, &ahead);
      }
      if (whole < rows) {
        configure(rows - whole);
        AddRows(work, run, panels, whole, rows, begin, &ahead);
      }
    }
  }
}

}  // namespace pawl::kernels::amx

#endif  // __x86_64__
