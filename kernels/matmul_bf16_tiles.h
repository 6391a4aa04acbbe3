// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Products of bf16 with sums in f32 by the tiles of AMX-BF16: the other half of the family
// (matmul_bf16.h) whose bits depend on the target.
//
// A tile product takes 16 rows of w by 16 rows of x by 32 columns. Its arithmetic is TDPBF16PS's
// (Intel's manual, volume 2): for each output the products of even columns and those of odd ones
// are summed apart from +0 on, in ascending order, by fused multiply-add; the two are added, and
// that is added to the output's sum. Every step rounds half to even and takes denormal operands and
// results as zero, whatever the floating-point mode. Steps of 32 columns follow in ascending order.
// So an output still depends on its row of x and its row of w alone, and with
// T = sum over k of |x[m, k] w[n, k]|
//
//   |sum - exact| <= (k / 32 + 16) 2^-24 (1 + 2^-10) T + k 2^-125
//
// k padded to a multiple of 32: a product meets 15 roundings in its half (the first is exact), one
// where the halves are added, and one for each later step. From 32 columns on that is within
// (k / 16 + 8) 2^-23 T, and so for fewer, which leave out roundings.

#ifndef PAWL_KERNELS_MATMUL_BF16_TILES_H_
#define PAWL_KERNELS_MATMUL_BF16_TILES_H_

#include <cstddef>
#include <cstdint>

#include "kernels/target.h"

namespace pawl::kernels {

inline constexpr size_t kTileRowsBF16 = 16;
inline constexpr size_t kTileColumnsBF16 = 32;
// Elements of a tile of x or of w.
inline constexpr size_t kTileBF16 = kTileRowsBF16 * kTileColumnsBF16;
// Sums of a tile.
inline constexpr size_t kTileSums = kTileRowsBF16 * kTileRowsBF16;

// Whether the target has such tiles.
bool HasTilesBF16(Target target);

// Rounds n values half to even to bf16, those below 2^-126 to zero, which products take them for;
// then zeros up to a multiple of kTileColumnsBF16. Only where HasTilesBF16, as all below.
void RoundForTilesBF16(const float* values, size_t n, uint16_t* out);

// Up to kTileRowsBF16 rows of x, `stride` elements apart, as tiles take them: for every 32 columns
// one tile of [16 pairs of columns][16 rows][2], rows that do not exist zero. `columns` is a
// multiple of kTileColumnsBF16.
void InterleaveTilesBF16(const uint16_t* x, size_t rows, size_t stride, size_t columns,
                         uint16_t* tiles);

// What is multiplied. Counts of rows are of whole tiles: of kTileRowsBF16 rows.
struct TilesBF16 {
  const uint16_t* w;  // rows `w_stride` elements apart; all rows of the last tile must exist
  size_t w_stride;
  size_t w_tiles;
  const uint16_t* x;  // InterleaveTilesBF16 of 16 rows each, `x_stride` elements apart
  size_t x_stride;
  size_t x_tiles;
  size_t columns;  // a multiple of kTileColumnsBF16
};

// sums[x tile][w tile][row of w][row of x] = (`first`: 0, else what is there) + the products.
void AddProductsTilesBF16(const TilesBF16& t, bool first, float* sums);

// out[m][n], rows `out_stride` elements apart, of such sums: m < rows of x, n < columns of out
// (rows of w).
void StoreTilesBF16(const float* sums, size_t rows, size_t columns, float* out, size_t out_stride);

}  // namespace pawl::kernels

#endif  // PAWL_KERNELS_MATMUL_BF16_TILES_H_
