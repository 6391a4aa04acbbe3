// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>

#include "kernels/matmul_bf16_tiles.h"
#include "lib/core/linear_bf16.h"

namespace pawl {
namespace {

constexpr auto kRows = static_cast<int64_t>(kernels::kTileRowsBF16);
constexpr auto kStep = static_cast<int64_t>(kernels::kTileColumnsBF16);
// Rows that are decoded at once, and columns: these stay in the first-level cache until they are
// rounded.
constexpr int64_t kDecodeRows = 4, kColumns = 1024;

int64_t Tiles(int64_t rows) { return (rows + kRows - 1) / kRows; }
int64_t Padded(int64_t columns) { return (columns + kStep - 1) / kStep * kStep; }

// Offsets in scratch.
struct Parts {
  int64_t columns, stride;  // of a piece
  size_t values, sums, decode, total;

  Parts(const RowDecoder& weights, int64_t m)
      : columns(weights.PieceColumns(kColumns)), stride(Padded(columns) + kStep) {
    values = Aligned(static_cast<size_t>(kTilesTaskRows * stride) * sizeof(uint16_t));
    sums = values +
           Aligned(static_cast<size_t>(kDecodeRows * StrideAcrossSets(columns)) * sizeof(float));
    decode = sums + static_cast<size_t>(Tiles(m) * kTilesTaskRows * kRows) * sizeof(float);
    total = decode + Aligned(weights.CodeScratchBytes());
  }
};

}  // namespace

int64_t TilesStrideBF16(int64_t columns) {
  constexpr int64_t kPageAndLine = 2048 + 32;  // so that not all tiles want the same sets of caches
  return Padded(columns) * kRows + kPageAndLine;
}

void StoreTilesBF16(const uint16_t* rows, int64_t count, int64_t stride, int64_t columns,
                    uint16_t* out) {
  kernels::InterleaveTilesBF16(rows, static_cast<size_t>(count), static_cast<size_t>(stride),
                               static_cast<size_t>(Padded(columns)), out);
}

size_t ProductsTilesBF16Scratch(const RowDecoder& weights, int64_t m) {
  return Parts(weights, m).total;
}

void ProductsTilesBF16(const RowDecoder& weights, const uint16_t* x, int64_t m, int64_t begin,
                       int64_t end, kernels::Target target, void* scratch, float* out,
                       int64_t out_stride) {
  const Parts parts(weights, m);
  auto* memory = static_cast<char*>(scratch);
  auto* w = reinterpret_cast<uint16_t*>(memory);
  auto* values = reinterpret_cast<float*>(memory + parts.values);
  auto* sums = reinterpret_cast<float*>(memory + parts.sums);
  const int64_t cols = weights.layout().cols(), width = end - begin;
  const int64_t value_stride = StrideAcrossSets(parts.columns);
  std::fill(w + width * parts.stride, w + Tiles(width) * kRows * parts.stride, uint16_t{0});
  kernels::TilesBF16 tiles{.w = w,
                           .w_stride = static_cast<size_t>(parts.stride),
                           .w_tiles = static_cast<size_t>(Tiles(width)),
                           .x = x,
                           .x_stride = static_cast<size_t>(TilesStrideBF16(cols)),
                           .x_tiles = static_cast<size_t>(Tiles(m)),
                           .columns = 0};
  for (int64_t k = 0; k < std::max<int64_t>(cols, 1); k += parts.columns) {
    const int64_t columns = std::min(parts.columns, cols - k);
    for (int64_t i = 0; i < width; i += kDecodeRows) {
      const int64_t rows = std::min(kDecodeRows, width - i);
      weights.DecodePieces({begin + i, rows}, k, columns, values, value_stride,
                           memory + parts.decode, target);
      for (int64_t r = 0; r < rows; ++r) {
        kernels::RoundForTilesBF16(values + r * value_stride, static_cast<size_t>(columns),
                                   w + (i + r) * parts.stride);
      }
    }
    tiles.x = x + k * kRows;
    tiles.columns = static_cast<size_t>(Padded(columns));
    kernels::AddProductsTilesBF16(tiles, k == 0, sums);
  }
  kernels::StoreTilesBF16(sums, static_cast<size_t>(m), static_cast<size_t>(width), out,
                          static_cast<size_t>(out_stride));
}

}  // namespace pawl
