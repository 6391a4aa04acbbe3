// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/core/linear_float.h"

#include <algorithm>

#include "kernels/matmul_f32.h"
#include "lib/core/linear_bf16.h"
#include "lib/core/workspace.h"

namespace pawl {
namespace {

using kernels::kLaneSums;

// Few rows of x take few rows of weights at a time, which stay in the first-level cache as they are
// decoded; more of them use a piece often enough to read it from the second.
constexpr int64_t kFewRows = 16;
// Decoding once for each of so few rows costs less than storing what is decoded.
constexpr int64_t kDotRows = 2;
constexpr int64_t kFewWeights = 4;
// Rows of x whose lane sums stay in the first-level cache.
constexpr int64_t kPassRows = 12;
// Columns that are decoded at once: few rows' weights stay in the first-level cache, more rows'
// in the second, whole rows of them if possible, for then lane sums never leave the first.
constexpr int64_t kFewColumns = 1024;
constexpr int64_t kManyColumns = 4096;

// Rows of weights that many rows of x go through: from the last-level cache x comes a third as fast
// as it can be multiplied by 16 of them. These go through a part of x together, so that their lane
// sums stay in the first-level cache.
constexpr int64_t kManyWeights = 64, kPassWeights = 32;

int64_t WeightRows(int64_t m, bool whole) {
  if (m <= kFewRows) return kFewWeights;
  return whole ? kManyWeights : kPassWeights;  // pieces keep the lane sums of all rows
}

int64_t PieceColumns(const RowDecoder& weights, int64_t m) {
  return weights.PieceColumns(m <= kFewRows ? kFewColumns : kManyColumns);
}

static_assert(kManyWeights <= kFloatTaskRows);

// Offsets in scratch.
struct Parts {
  size_t pieces = 0, lanes = 0, decode = 0, total = 0;

  Parts(const RowDecoder& weights, int64_t m) {
    const int64_t columns = PieceColumns(weights, m);
    const bool whole = columns >= weights.layout().cols();
    const int64_t rows = WeightRows(m, whole);
    // At most kDotRows rows of x: the lane sums of RowDecoder::Dot.
    const int64_t sums =
        std::max(whole ? std::min(m, kPassRows) * std::min(rows, kPassWeights) : m * rows,
                 RowDecoder::kTaskRows);
    lanes = Aligned(static_cast<size_t>(rows * StrideAcrossSets(columns)) * sizeof(float));
    decode = lanes + Aligned(static_cast<size_t>(sums) * kLaneSums * sizeof(float));
    total = decode + Aligned(weights.CodeScratchBytes());
  }
};

}  // namespace

size_t FloatProductsScratch(const RowDecoder& weights, int64_t m) {
  return Parts(weights, m).total;
}

void FloatProducts(const RowDecoder& weights, const FloatInput& x, int64_t begin, int64_t end,
                   kernels::Target target, void* scratch, float* out, int64_t out_stride) {
  const int64_t m = x.rows;
  const Parts parts(weights, m);
  auto* memory = static_cast<char*>(scratch);
  auto* pieces = reinterpret_cast<float*>(memory + parts.pieces);
  auto* lanes = reinterpret_cast<float*>(memory + parts.lanes);
  char* decode = memory + parts.decode;
  if (m <= kDotRows && !x.bf16 && weights.CanDot(target)) {
    for (int64_t n = begin; n < end; n += RowDecoder::kTaskRows) {
      const int64_t count = std::min(RowDecoder::kTaskRows, end - n);
      for (int64_t i = 0; i < m; ++i) {
        weights.Dot({n, count}, x.values + i * x.stride, lanes, decode, target);
        kernels::SumLanesF32(target, lanes, static_cast<size_t>(count),
                             out + i * out_stride + (n - begin));
      }
    }
    return;
  }
  const int64_t cols = weights.layout().cols(), columns = PieceColumns(weights, m);
  const int64_t stride = StrideAcrossSets(columns);
  const bool whole = columns >= cols;
  const int64_t rows = WeightRows(m, whole);
  for (int64_t n = begin; n < end; n += rows) {
    const int64_t count = std::min(rows, end - n);
    kernels::MatMulShape shape{
        .m = 0,
        .n = static_cast<size_t>(count),
        .k = 0,
        .a_stride = static_cast<size_t>(x.stride),
        .w_stride = static_cast<size_t>(stride),
        .out_stride = static_cast<size_t>(std::min(count, kPassWeights)) * kLaneSums};
    for (int64_t k = 0; k < std::max<int64_t>(cols, 1); k += columns) {
      shape.k = static_cast<size_t>(std::min(columns, cols - k));
      for (int64_t i = 0; i < count; i += RowDecoder::kTaskRows) {
        weights.DecodePieces({n + i, std::min(RowDecoder::kTaskRows, count - i)}, k,
                             static_cast<int64_t>(shape.k), pieces + i * stride, stride, decode,
                             target);
      }
      for (int64_t i = 0; x.bf16 && i < count; ++i) {
        RoundToBF16(pieces + i * stride, static_cast<int64_t>(shape.k), target);
      }
      for (int64_t i = 0; i < m; i += kPassRows) {
        shape.m = static_cast<size_t>(std::min(kPassRows, m - i));
        float* sums = lanes + (whole ? 0 : i * static_cast<int64_t>(shape.out_stride));
        for (int64_t part = 0; part < count; part += kPassWeights) {
          shape.n = static_cast<size_t>(std::min(kPassWeights, count - part));
          kernels::AddProductsF32(target, x.values + i * x.stride + k, pieces + part * stride,
                                  shape, k == 0, sums);
          for (size_t j = 0; k + columns >= cols && j < shape.m; ++j) {
            kernels::SumLanesF32(
                target, sums + j * shape.out_stride, shape.n,
                out + (i + static_cast<int64_t>(j)) * out_stride + (n - begin + part));
          }
        }
      }
    }
  }
}

}  // namespace pawl
