// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Products of bf16: what QuantizedLinear's weight-only mode runs with compute kBf16.

#ifndef PAWL_LIB_CORE_LINEAR_BF16_H_
#define PAWL_LIB_CORE_LINEAR_BF16_H_

#include <cstddef>
#include <cstdint>

#include "kernels/matmul_bf16_tiles.h"
#include "kernels/target.h"
#include "lib/core/row_decoder.h"
#include "lib/core/workspace.h"

namespace pawl {

// Rounds half to even to bf16 and back, in place.
void RoundToBF16(float* values, int64_t count, kernels::Target target);

// Rounded half to even; zeros up to a multiple of what the products want.
void StoreBF16(const float* values, int64_t count, kernels::Target target, uint16_t* out);

// From row to row of bf16, as StrideAcrossSets.
inline int64_t StrideBF16(int64_t columns) { return 2 * StrideAcrossSets((columns + 1) / 2); }

// Bytes that ProductsBF16 wants for up to m rows, 64-byte aligned.
size_t ProductsBF16Scratch(const RowDecoder& weights, int64_t m);

// As FloatProducts, of m rows as StoreBF16 leaves them, x_stride apart. Only where the target has
// such products.
void ProductsBF16(const RowDecoder& weights, const uint16_t* x, int64_t x_stride, int64_t m,
                  int64_t begin, int64_t end, kernels::Target target, void* scratch, float* out,
                  int64_t out_stride);

// The same where the target has tiles (kernels/matmul_bf16_tiles.h), in linear_bf16_tiles.cc: rows
// of W in a task, at most, and rows of x that become tiles together.
inline constexpr int64_t kTilesTaskRows = 256;
inline constexpr int64_t kTilesRows = kernels::kTileRowsBF16;

// Elements from each kTilesRows rows of x to the next.
int64_t TilesStrideBF16(int64_t columns);

// `count` rows, `stride` apart, that kernels::RoundForTilesBF16 left, as tiles.
void StoreTilesBF16(const uint16_t* rows, int64_t count, int64_t stride, int64_t columns,
                    uint16_t* out);

size_t ProductsTilesBF16Scratch(const RowDecoder& weights, int64_t m);

// As ProductsBF16, with x as StoreTilesBF16 leaves it, TilesStrideBF16 apart.
void ProductsTilesBF16(const RowDecoder& weights, const uint16_t* x, int64_t m, int64_t begin,
                       int64_t end, kernels::Target target, void* scratch, float* out,
                       int64_t out_stride);

}  // namespace pawl

#endif  // PAWL_LIB_CORE_LINEAR_BF16_H_
