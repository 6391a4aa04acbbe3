// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/graph/product.h"

#include <algorithm>
#include <cstring>

#include "kernels/chain_matmul_f32.h"
#include "kernels/matmul.h"
#include "lib/core/context_internal.h"

namespace pawl {
namespace {

// Multiply-adds that are worth a task.
constexpr int64_t kTaskWork = int64_t{1} << 18;
constexpr int64_t kTaskColumns = 64;

// Rows and columns of a task; the result does not depend on them.
struct Tile {
  int64_t rows, columns;
};

Tile TileFor(const Product& p) {
  const int64_t columns = std::min(p.n, kTaskColumns);
  const int64_t row_work = std::max<int64_t>(1, columns * std::max<int64_t>(p.k, 1));
  // Enough rows to read w for.
  const int64_t rows = std::max<int64_t>(kTaskWork / row_work, 48);
  return {std::clamp<int64_t>(rows, 1, std::max<int64_t>(p.m, 1)), columns};
}

template <typename T>
void Transpose(const T* in, int64_t rows, int64_t cols, T* out) {
  constexpr int64_t kBlock = 16;
  for (int64_t r = 0; r < rows; r += kBlock) {
    for (int64_t c = 0; c < cols; c += kBlock) {
      const int64_t r_end = std::min(rows, r + kBlock), c_end = std::min(cols, c + kBlock);
      for (int64_t j = c; j < c_end; ++j) {
        for (int64_t i = r; i < r_end; ++i) out[j * rows + i] = in[i * cols + j];
      }
    }
  }
}

}  // namespace

absl::Status MultiplyF32(const Product& p, Context& context, FinishRow finish) {
  if (p.batch <= 0 || p.m <= 0 || p.n <= 0) return absl::OkStatus();
  const Tile tile = TileFor(p);
  const int64_t row_tiles = (p.m + tile.rows - 1) / tile.rows;
  const int64_t column_tiles = (p.n + tile.columns - 1) / tile.columns;
  const kernels::Target target = TargetOf(&context);
  const auto run = [&](int64_t task) {
    const int64_t column_tile = task % column_tiles, rest = task / column_tiles;
    const int64_t row_tile = rest % row_tiles, b = rest / row_tiles;
    const int64_t m0 = row_tile * tile.rows, n0 = column_tile * tile.columns;
    const int64_t rows = std::min(tile.rows, p.m - m0), cols = std::min(tile.columns, p.n - n0);
    const float* a = p.a + (p.a_offsets != nullptr ? p.a_offsets[b] : b * p.m * p.k) + m0 * p.k;
    const float* w = p.w + (p.w_offsets != nullptr ? p.w_offsets[b] : b * p.n * p.k) + n0 * p.k;
    float* out = p.out + (b * p.m + m0) * p.n + n0;
    kernels::MatMulF32(target, a, w,
                       {.m = static_cast<size_t>(rows),
                        .n = static_cast<size_t>(cols),
                        .k = static_cast<size_t>(p.k),
                        .a_stride = static_cast<size_t>(p.k),
                        .w_stride = static_cast<size_t>(p.k),
                        .out_stride = static_cast<size_t>(p.n)},
                       out);
    for (int64_t i = 0; i < rows; ++i) finish(b * p.m + m0 + i, n0, cols, out + i * p.n);
  };
  const int64_t tasks = p.batch * row_tiles * column_tiles;
  if (tasks == 1) {
    run(0);
    return absl::OkStatus();
  }
  const int64_t work = tile.rows * tile.columns * std::max<int64_t>(p.k, 1);
  const int64_t step = std::max<int64_t>(1, kTaskWork / std::max<int64_t>(work, 1));
  return ForRanges(&context, tasks, step, 0, [&](int64_t begin, int64_t end, void*) {
    for (int64_t task = begin; task < end; ++task) run(task);
  });
}

absl::Status MultiplyF32(const Product& product, Context& context) {
  return MultiplyF32(product, context, [](int64_t, int64_t, int64_t, float*) {});
}

absl::Status MultiplyChains(const ChainProduct& p, Context& context, FinishRow finish) {
  if (p.batch <= 0 || p.m <= 0 || p.n <= 0) return absl::OkStatus();
  const int64_t columns = std::min(p.n, kPanelColumns);
  const int64_t row_work = columns * std::max<int64_t>(p.k, 1);
  // Whole tiles, and enough rows to walk through a panel for.
  const int64_t rows = (std::max<int64_t>(kTaskWork / row_work, 48) + 5) / 6 * 6;
  const int64_t row_tiles = (p.m + rows - 1) / rows;
  const int64_t column_tiles = (p.n + columns - 1) / columns;
  const kernels::Target target = TargetOf(&context);
  const auto run = [&](int64_t task) {
    const int64_t row_tile = task % row_tiles, rest = task / row_tiles;
    const int64_t column_tile = rest % column_tiles, b = rest / column_tiles;
    const int64_t m0 = row_tile * rows, n0 = column_tile * columns;
    const int64_t m = std::min(rows, p.m - m0), n = std::min(columns, p.n - n0);
    const float* a = p.a + (p.a_offsets != nullptr ? p.a_offsets[b] : b * p.m * p.k) + m0 * p.k;
    const float* w = p.w + (p.w_offsets != nullptr ? p.w_offsets[b] : b * p.n * p.k);
    float* out = p.out + (b * p.m + m0) * p.n + n0;
    kernels::ChainMatMulF32(target, a, w + (p.panels ? n0 * p.k : n0),
                            {.m = static_cast<size_t>(m),
                             .n = static_cast<size_t>(n),
                             .channels = static_cast<size_t>(p.k),
                             .a_stride = static_cast<size_t>(p.k),
                             .b_stride = static_cast<size_t>(p.panels ? n : p.n),
                             .out_stride = static_cast<size_t>(p.n)},
                            {.column_bias = p.bias != nullptr ? p.bias + n0 : nullptr}, out);
    for (int64_t i = 0; i < m; ++i) finish(b * p.m + m0 + i, n0, n, out + i * p.n);
  };
  const int64_t tasks = p.batch * row_tiles * column_tiles;
  const int64_t work = std::min(rows, p.m) * row_work;
  const int64_t step = std::max<int64_t>(1, kTaskWork / std::max<int64_t>(work, 1));
  if (tasks <= step) {
    for (int64_t task = 0; task < tasks; ++task) run(task);
    return absl::OkStatus();
  }
  return ForRanges(&context, tasks, step, 0, [&](int64_t begin, int64_t end, void*) {
    for (int64_t task = begin; task < end; ++task) run(task);
  });
}

absl::Status MultiplyChains(const ChainProduct& product, Context& context) {
  return MultiplyChains(product, context, [](int64_t, int64_t, int64_t, float*) {});
}

void PackPanels(const float* w, int64_t k, int64_t n, float* out) {
  for (int64_t n0 = 0; n0 < n; n0 += kPanelColumns) {
    const int64_t count = std::min(kPanelColumns, n - n0);
    for (int64_t i = 0; i < k; ++i, out += count) {
      std::memcpy(out, w + i * n + n0, static_cast<size_t>(count) * sizeof(float));
    }
  }
}

void PackPanelsTransposed(const float* w, int64_t k, int64_t n, float* out) {
  for (int64_t n0 = 0; n0 < n; n0 += kPanelColumns) {
    const int64_t count = std::min(kPanelColumns, n - n0);
    Transpose(w + n0 * k, count, k, out + n0 * k);
  }
}

void TransposeMatrix(const void* in, int64_t rows, int64_t cols, size_t element_size, void* out) {
  switch (element_size) {
    case 1:
      return Transpose(static_cast<const uint8_t*>(in), rows, cols, static_cast<uint8_t*>(out));
    case 2:
      return Transpose(static_cast<const uint16_t*>(in), rows, cols, static_cast<uint16_t*>(out));
    case 4:
      return Transpose(static_cast<const uint32_t*>(in), rows, cols, static_cast<uint32_t*>(out));
    default:
      return Transpose(static_cast<const uint64_t*>(in), rows, cols, static_cast<uint64_t*>(out));
  }
}

}  // namespace pawl
