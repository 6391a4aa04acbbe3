// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Integer matrix products with weights packed in panels, the layout that every instruction set
// takes as it is: 16 rows of W side by side, four columns of each row next to one another.
//
// Columns go in chunks of 32, a chunk of `bits` bits a code takes 64 * bits bytes: planes of
// 64-byte blocks, byte 4 * r + j of a block belonging to row r of the panel and column 4 * q + j,
// where the quads q = 0..7 of the chunk lie in
//   8 bits   8 blocks, block q holds quad q;
//   fewer    where bits & 4: 4 blocks, quad q in block q/2, its low or (odd q) high nibble;
//            where bits & 2: 2 blocks, quad q in block q/4, bits 2 * (q % 4) up;
//            where bits & 1: 1 block, quad q is bit q.
// The first plane there is holds the low bits of a code, each later one the next higher bits.
//
// Codes are unsigned, or with a table the fields above are its indices; a weight is
// scale * (code - zero) - minimum. Activations are int8. Of each
// group g of columns (all groups but the last of a row equally long, padded to whole quads of
// chunks as below) the exact sum
//   A_g = sum of a[k] * (code[k] - zero) - offset
// enters the result v = 0; for g ascending: v = fma(s_g, float(A_g), v) and, with minima,
// v = fma(-m_g, shifted_g, v), s_g and m_g multiplied by the row's factor_g before where there is
// one. Every target gives the same bits. Pure, thread-safe; assumes FloatEnvironment (float_env.h).

#ifndef PAWL_KERNELS_PANEL_MATMUL_H_
#define PAWL_KERNELS_PANEL_MATMUL_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "kernels/target.h"

namespace pawl::kernels {

inline constexpr size_t kPanelRows = 16;
inline constexpr size_t kPanelChunk = 32;
constexpr size_t PanelChunkBytes(int bits) { return 64 * static_cast<size_t>(bits); }

// Longest group: sums of 255 * 255 stay within int32.
inline constexpr size_t kMaxPanelGroup = 32768;

// Parameters are [panels][groups][16]: one of each row of the panel. With super-groups (of 2^n
// groups) scales and minimums are bytes, and each stands for super * (byte - bias), which f32 holds
// exactly.
struct PanelMatrix {
  int bits = 0;                    // 2..6 or 8
  size_t chunks = 0;               // of a panel
  const uint8_t* codes = nullptr;  // [panels][chunks][64 * bits], 64-byte aligned
  const uint8_t* table = nullptr;  // null, or 16 codes that fields of 2 to 4 bits stand for:
  int table_bits = 0;              // 5: all of them fit in that, or 8
  size_t groups = 0;               // of a panel
  size_t group_quads = 0;          // 4, or a multiple of 8; the last group may be shorter
  bool half_scales = false;        // scales and minimums are f16, else f32; or bytes:
  int super_shift = -1;            // log2 of the groups in a super-group; -1: there are none
  size_t supers = 0;               // super-groups of a panel
  const uint16_t* super_scales = nullptr;  // f16 [panels][supers][16]
  const uint16_t* super_minimums = nullptr;
  int32_t scale_bias = 0;
  int32_t minimum_bias = 0;
  const void* scales = nullptr;    // null, with one group: A itself is wanted, see MatMulPanels
  const void* minimums = nullptr;  // null: none
  const uint8_t* zeros = nullptr;  // null: `zero` is everyone's
  int32_t zero = 0;
  const int32_t* offsets = nullptr;  // null: none

  size_t panel_bytes() const { return chunks * PanelChunkBytes(bits); }
  int code_bits() const { return table != nullptr ? table_bits : bits; }
};

// Rows of activations; columns as the panels' ones, zeros where those are padding.
struct PanelInput {
  size_t rows = 0;
  const int8_t* codes = nullptr;   // [rows, stride], at least chunks * 32 columns each
  size_t stride = 0;               // in elements, a multiple of 4
  const int16_t* wide = nullptr;   // WidenPanelInput of the same, where PanelWantsWide
  const int32_t* sums = nullptr;   // [rows, groups] of codes
  const float* shifted = nullptr;  // [rows, groups], with minima
  const float* factors = nullptr;  // [rows, groups]; null: none
  uint8_t* scratch = nullptr;      // PanelScratchBytes(chunks), 64-byte aligned; 2 rows or a table
  // Codes of 4 bits of many rows go through the scratch, too, instead of being decoded in each
  // tile; MatMulPanels sets it. No result depends on it.
  bool decode_first = false;
};

// Two panels of codes, or blocks of them and of sums.
inline constexpr size_t kPanelScratchLeast = 65536;
constexpr size_t PanelScratchBytes(size_t chunks) {
  return std::max(kPanelScratchLeast, 2 * chunks * PanelChunkBytes(8));
}

// v of panels [begin, end) for all rows: out[m * out_stride + 16 * (panel - begin) + r]. Without
// scales the bits of the int32 A.
void MatMulPanels(Target target, const PanelMatrix& w, size_t begin, size_t end,
                  const PanelInput& a, float* out, size_t out_stride);

// Whether this target multiplies codes of so many bits in 16 and wants PanelInput::wide.
bool PanelWantsWide(Target target, int code_bits);

// Columns 4q, 4q+2, 4q+1, 4q+3 of each quad as int16; n is a multiple of 4.
void WidenPanelInput(Target target, const int8_t* codes, size_t n, int16_t* wide);

// Codes of `count` panels of fewer than 8 bits in the layout of 8 bits, panel after panel; `out` is
// 64-byte aligned.
void DecodePanels(Target target, const PanelMatrix& w, size_t panel, size_t count, uint8_t* out);

// Sixteen rows of codes (`stride` bytes apart, chunks * 32 columns) into one panel.
void PackPanel(Target target, const uint8_t* rows, size_t stride, size_t chunks, int bits,
               uint8_t* panel);

namespace reference {
void MatMulPanels(const PanelMatrix& w, size_t begin, size_t end, const PanelInput& a, float* out,
                  size_t out_stride);
void WidenPanelInput(const int8_t* codes, size_t n, int16_t* wide);
void DecodePanels(const PanelMatrix& w, size_t panel, size_t count, uint8_t* out);
void PackPanel(const uint8_t* rows, size_t stride, size_t chunks, int bits, uint8_t* panel);
}  // namespace reference

}  // namespace pawl::kernels

#endif  // PAWL_KERNELS_PANEL_MATMUL_H_
