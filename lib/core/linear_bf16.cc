// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/core/linear_bf16.h"

#include <algorithm>

#include "kernels/convert.h"
#include "kernels/matmul_bf16.h"
#include "kernels/matmul_f32.h"

namespace pawl {
namespace {

using kernels::kLaneSums;

constexpr int64_t kStep = kernels::kStepBF16;
// Rows of weights that go through all of x together, and those that are decoded at once.
constexpr int64_t kRows = 16, kDecodeRows = 4;
static_assert(kRows <= RowDecoder::kTaskRows);
// Rows of x whose lane sums stay in the first-level cache.
constexpr int64_t kPassRows = 12;
constexpr int64_t kColumns = 4096;

int64_t Padded(int64_t columns) { return (columns + kStep - 1) / kStep * kStep; }

// Offsets in scratch.
struct Parts {
  int64_t columns, stride;  // of a piece
  size_t values, lanes, decode, total;

  Parts(const RowDecoder& weights, int64_t m)
      : columns(weights.PieceColumns(kColumns)), stride(StrideBF16(columns)) {
    const int64_t rows = columns >= weights.layout().cols() ? kPassRows : m;
    values = Aligned(static_cast<size_t>(kRows * stride) * sizeof(uint16_t));
    lanes = values +
            Aligned(static_cast<size_t>(kDecodeRows * StrideAcrossSets(columns)) * sizeof(float));
    decode = lanes + Aligned(static_cast<size_t>(rows * kRows) * kLaneSums * sizeof(float));
    total = decode + Aligned(weights.CodeScratchBytes());
  }
};

}  // namespace

void RoundToBF16(float* values, int64_t count, kernels::Target target) {
  constexpr int64_t kChunk = 512;
  uint16_t rounded[kChunk];
  for (int64_t i = 0; i < count; i += kChunk) {
    const auto n = static_cast<size_t>(std::min(kChunk, count - i));
    kernels::ConvertF32ToBF16(target, values + i, n, rounded);
    kernels::ConvertBF16ToF32(target, rounded, n, values + i);
  }
}

void StoreBF16(const float* values, int64_t count, kernels::Target target, uint16_t* out) {
  kernels::ConvertF32ToBF16(target, values, static_cast<size_t>(count), out);
  std::fill(out + count, out + Padded(count), uint16_t{0});
}

size_t ProductsBF16Scratch(const RowDecoder& weights, int64_t m) { return Parts(weights, m).total; }

void ProductsBF16(const RowDecoder& weights, const uint16_t* x, int64_t x_stride, int64_t m,
                  int64_t begin, int64_t end, kernels::Target target, void* scratch, float* out,
                  int64_t out_stride) {
  const Parts parts(weights, m);
  auto* memory = static_cast<char*>(scratch);
  auto* pieces = reinterpret_cast<uint16_t*>(memory);
  auto* values = reinterpret_cast<float*>(memory + parts.values);
  auto* lanes = reinterpret_cast<float*>(memory + parts.lanes);
  const int64_t cols = weights.layout().cols();
  const int64_t value_stride = StrideAcrossSets(parts.columns);
  const bool whole = parts.columns >= cols;
  for (int64_t n = begin; n < end; n += kRows) {
    const int64_t count = std::min(kRows, end - n);
    kernels::MatMulShape shape{.m = 0,
                               .n = static_cast<size_t>(count),
                               .k = 0,
                               .a_stride = static_cast<size_t>(x_stride),
                               .w_stride = static_cast<size_t>(parts.stride),
                               .out_stride = static_cast<size_t>(kRows) * kLaneSums};
    for (int64_t k = 0; k < std::max<int64_t>(cols, 1); k += parts.columns) {
      const int64_t columns = std::min(parts.columns, cols - k);
      for (int64_t i = 0; i < count; i += kDecodeRows) {
        const int64_t rows = std::min(kDecodeRows, count - i);
        weights.DecodePieces({n + i, rows}, k, columns, values, value_stride, memory + parts.decode,
                             target);
        for (int64_t r = 0; r < rows; ++r) {
          StoreBF16(values + r * value_stride, columns, target, pieces + (i + r) * parts.stride);
        }
      }
      shape.k = static_cast<size_t>(Padded(columns));
      for (int64_t i = 0; i < m; i += kPassRows) {
        shape.m = static_cast<size_t>(std::min(kPassRows, m - i));
        float* sums = lanes + (whole ? 0 : i * static_cast<int64_t>(shape.out_stride));
        kernels::AddProductsBF16(x + i * x_stride + k, pieces, shape, k == 0, sums);
        for (size_t j = 0; k + parts.columns >= cols && j < shape.m; ++j) {
          kernels::SumLanesF32(target, sums + j * shape.out_stride, shape.n,
                               out + (i + static_cast<int64_t>(j)) * out_stride + (n - begin));
        }
      }
    }
  }
}

}  // namespace pawl
