// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/methods/triangular.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "kernels/outer_products.h"
#include "lib/core/context_internal.h"
#include "lib/core/status_macros.h"

namespace pawl {
namespace {

constexpr int64_t kBlock = 128;
constexpr int64_t kSmall = 16;  // rows that are finished one at a time
constexpr int64_t kChunk = 512;
constexpr double kSmallestPivot = 1e-12;

class Factorization {
 public:
  Factorization(double* a, int64_t n, Context* context)
      : a_(a), n_(n), context_(context), target_(TargetOf(context)), first_(n) {
    for (int64_t i = 0; i < n; ++i) first_[static_cast<size_t>(i)] = *At(i, i);
  }

  absl::StatusOr<int64_t> Run() {
    for (int64_t begin = 0; begin < n_; begin += kBlock) {
      const int64_t end = std::min(n_, begin + kBlock);
      int64_t failed = -1;
      PAWL_RETURN_IF_ERROR(ForRanges(
          context_, 1, 1, kernels::kOuterScratchBytes,
          [&](int64_t, int64_t, void* scratch) { failed = FactorBlock(begin, end, scratch); }));
      if (failed >= 0) return failed;
      PAWL_RETURN_IF_ERROR(ForRanges(context_, n_ - end, kChunk, kernels::kOuterScratchBytes,
                                     [&](int64_t from, int64_t to, void* scratch) {
                                       SolveRows(begin, end, end + from, end + to, scratch);
                                     }));
      PAWL_RETURN_IF_ERROR(UpdateRest(begin, end));
    }
    return n_;
  }

 private:
  double* At(int64_t row, int64_t col) { return a_ + row * n_ + col; }

  // c[rows, cols] -= U[k, rows]^T U[k, cols].
  void Subtract(std::pair<int64_t, int64_t> k, std::pair<int64_t, int64_t> rows,
                std::pair<int64_t, int64_t> cols, void* scratch) {
    const auto size = [](std::pair<int64_t, int64_t> range) {
      return static_cast<size_t>(range.second - range.first);
    };
    const auto stride = static_cast<size_t>(n_);
    kernels::AddOuterProductsF64(target_, At(k.first, rows.first), At(k.first, cols.first),
                                 {size(rows), size(cols), size(k), stride, stride, stride, true},
                                 At(rows.first, cols.first), scratch);
  }

  // The block on the diagonal; the failing pivot or -1.
  int64_t FactorBlock(int64_t begin, int64_t end, void* scratch) {
    for (int64_t small = begin; small < end; small += kSmall) {
      const int64_t small_end = std::min(end, small + kSmall);
      for (int64_t k = small; k < small_end; ++k) {
        if (!FinishRow(k, end)) return k;
        for (int64_t i = k + 1; i < small_end; ++i) {
          const double factor = -*At(k, i);
          for (int64_t l = i; l < end; ++l) *At(i, l) = std::fma(factor, *At(k, l), *At(i, l));
        }
      }
      for (int64_t i = small_end; i < end; i += kSmall) {
        Subtract({small, small_end}, {i, std::min(end, i + kSmall)}, {i, end}, scratch);
      }
    }
    return -1;
  }

  bool FinishRow(int64_t k, int64_t end) {
    double& pivot = *At(k, k);
    const double first = first_[static_cast<size_t>(k)];
    if (!(pivot > kSmallestPivot * first) || !std::isfinite(pivot)) return false;
    pivot = std::sqrt(pivot);
    for (int64_t l = k + 1; l < end; ++l) *At(k, l) /= pivot;
    return true;
  }

  // Rows [begin, end) of U in the columns [from, to), right of the block.
  void SolveRows(int64_t begin, int64_t end, int64_t from, int64_t to, void* scratch) {
    for (int64_t small = begin; small < end; small += kSmall) {
      const int64_t small_end = std::min(end, small + kSmall);
      for (int64_t k = small; k < small_end; ++k) {
        const double pivot = *At(k, k);
        for (int64_t l = from; l < to; ++l) *At(k, l) /= pivot;
        Subtract({k, k + 1}, {k + 1, small_end}, {from, to}, scratch);
      }
      Subtract({small, small_end}, {small_end, end}, {from, to}, scratch);
    }
  }

  // Everything right of and below the block, above the diagonal.
  absl::Status UpdateRest(int64_t begin, int64_t end) {
    std::vector<std::pair<int64_t, int64_t>> tiles;
    for (int64_t row = end; row < n_; row += kBlock) {
      for (int64_t col = row; col < n_; col += kChunk) tiles.emplace_back(row, col);
    }
    return ForRanges(context_, static_cast<int64_t>(tiles.size()), 1, kernels::kOuterScratchBytes,
                     [&](int64_t from, int64_t, void* scratch) {
                       const auto [row, col] = tiles[static_cast<size_t>(from)];
                       Subtract({begin, end}, {row, std::min(n_, row + kBlock)},
                                {col, std::min(n_, col + kChunk)}, scratch);
                     });
  }

  double* a_;
  int64_t n_;
  Context* context_;
  kernels::Target target_;
  std::vector<double> first_;
};

}  // namespace

absl::StatusOr<int64_t> FactorUpper(double* a, int64_t n, Context* context) {
  return Factorization(a, n, context).Run();
}

}  // namespace pawl
