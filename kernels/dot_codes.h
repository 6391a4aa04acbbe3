// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// One row of float activations by rows of packed codes, decoded on the way: the float product of
// matmul.h with the weights that dequantize.h gives, each step rounded as there, so that decoding
// first and multiplying then gives the same bits.

#ifndef PAWL_KERNELS_DOT_CODES_H_
#define PAWL_KERNELS_DOT_CODES_H_

#include <cstddef>
#include <cstdint>

#include "kernels/dequantize.h"
#include "kernels/matmul_f32.h"
#include "kernels/target.h"

namespace pawl::kernels {

enum class CodeKind : uint8_t { kSigned, kUnsigned, kTable };

// Rows of codes in the packing of pack.h, each beginning at a byte.
struct CodeRows {
  const uint8_t* codes = nullptr;
  size_t row_bytes = 0;  // from row to row
  size_t rows = 0;
  size_t cols = 0;
  int bits = 8;
  CodeKind kind = CodeKind::kSigned;
  const float* levels = nullptr;  // kTable: 2^bits of them
  size_t level_stride = 0;        // from row to row; 0: all rows share a table
  DequantizeGroups groups;        // parameters of the first row; `stream` does not matter
  size_t param_stride = 0;        // from row to row
};

// Bytes past the end of the last row that DotCodes may read, whatever they are.
inline constexpr size_t kCodeSlack = 16;

// Whether DotCodes and DecodeCodes take such rows: numbers of 1 to 8 bits and tables of at most 4
// (4, where each row has its own), in groups of a multiple of 16 columns or of whole rows, with
// zeros or minimums but not both, where the target has multiply-adds (and, for tables, lookups in
// registers). Otherwise decode and multiply.
bool DotCodesTakes(Target target, const CodeRows& w);

// lanes[n][l] = the 16 lane sums of x . row n, as SumLanesF32 takes them. x has w.cols values.
void DotCodes(Target target, const float* x, const CodeRows& w, float* lanes);

// The weights themselves: row n at values + n * stride, which has room for a multiple of 16 values;
// what comes after the last of them is unspecified.
void DecodeCodes(Target target, const CodeRows& w, float* values, size_t stride);

namespace reference {
// These take everything.
void DotCodes(const float* x, const CodeRows& w, float* lanes);
void DecodeCodes(const CodeRows& w, float* values, size_t stride);
// Nothing runs faster here than decoding first.
bool DotCodesTakes(const CodeRows& w);
}  // namespace reference

}  // namespace pawl::kernels

#endif  // PAWL_KERNELS_DOT_CODES_H_
