// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cmath>
#include <new>
#include <vector>

#include "absl/strings/str_cat.h"
#include "kernels/float_env.h"
#include "kernels/outer_products.h"
#include "lib/core/context_internal.h"
#include "lib/core/status_macros.h"
#include "lib/methods/error_feedback.h"
#include "pawl/gptq.h"

namespace pawl {
namespace {

constexpr int64_t kOutputs = 256;  // that one task takes
constexpr int64_t kTile = 128;

// Z = (M D M^T)^-1 Y by columns of outputs, where Y^T = W (sum of differences) + (sum of what is
// missing).
class Correction {
 public:
  Correction(const InputMoments& moments, const InputFactor& factor, const Tensor& columns,
             kernels::Target target)
      : differences_(moments.differences()),
        missing_(moments.missing()),
        factor_(factor),
        n_(factor.columns()),
        out_(columns.dim(1)),
        w_(columns.as<float>().data()),
        target_(target) {}

  // y [n, count] for outputs [first, first + count).
  void Run(int64_t first, int64_t count, std::vector<float>& y, void* scratch) const {
    y.assign(static_cast<size_t>(n_ * count), 0.0f);
    std::vector<float> tile(kTile * kTile);
    Multiply(first, count, y, tile, scratch);
    if (!missing_.empty()) AddMissing(first, count, y);
    SolveBackward(count, y, tile, scratch);
    for (int64_t j = 0; j < n_; ++j) {
      const double pivot =
          factor_.pivots()[static_cast<size_t>(j)] * static_cast<double>(factor_.samples());
      float* const row = y.data() + j * count;
      for (int64_t o = 0; o < count; ++o) {
        row[o] = pivot > 0.0 ? static_cast<float>(static_cast<double>(row[o]) / pivot) : 0.0f;
      }
    }
    SolveForward(count, y, scratch);
  }

 private:
  void Add(const float* a, int64_t a_stride, const float* b, int64_t b_stride, int64_t m, int64_t n,
           int64_t k, bool subtract, float* c, void* scratch) const {
    kernels::AddOuterProductsF32(target_, a, b,
                                 {static_cast<size_t>(m), static_cast<size_t>(n),
                                  static_cast<size_t>(k), static_cast<size_t>(a_stride),
                                  static_cast<size_t>(b_stride), static_cast<size_t>(n), subtract},
                                 c, scratch);
  }

  // y[j, o] = sum over i of differences[i, j] w[i, o], in the factor's order.
  void Multiply(int64_t first, int64_t count, std::vector<float>& y, std::vector<float>& tile,
                void* scratch) const {
    const absl::Span<const int32_t> order = factor_.order();
    for (int64_t j = 0; j < n_; j += kTile) {
      const int64_t cols = std::min(kTile, n_ - j);
      for (int64_t i = 0; i < n_; i += kTile) {
        const int64_t rows = std::min(kTile, n_ - i);
        for (int64_t r = 0; r < rows; ++r) {
          const int64_t row = order[static_cast<size_t>(i + r)];
          for (int64_t c = 0; c < cols; ++c) {
            const int64_t col = order[static_cast<size_t>(j + c)];
            tile[static_cast<size_t>(r * kTile + c)] =
                static_cast<float>(differences_[static_cast<size_t>(row * n_ + col)]);
          }
        }
        Add(tile.data(), kTile, w_ + i * out_ + first, out_, cols, count, rows, false,
            y.data() + j * count, scratch);
      }
    }
  }

  void AddMissing(int64_t first, int64_t count, std::vector<float>& y) const {
    for (int64_t j = 0; j < n_; ++j) {
      const int64_t col = factor_.order()[static_cast<size_t>(j)];
      for (int64_t o = 0; o < count; ++o) {
        float& sum = y[static_cast<size_t>(j * count + o)];
        sum = static_cast<float>(static_cast<double>(sum) +
                                 missing_[static_cast<size_t>((first + o) * n_ + col)]);
      }
    }
  }

  // M V = Y: from the last position to the first.
  void SolveBackward(int64_t count, std::vector<float>& y, std::vector<float>& tile,
                     void* scratch) const {
    const float* m = factor_.coefficients().data();
    for (int64_t end = n_; end > 0;) {
      const int64_t begin = (end - 1) / kTile * kTile;
      for (int64_t i = end - 1; i >= begin; --i) {
        for (int64_t j = i + 1; j < end; ++j) {
          Add(m + i * n_ + j, 1, y.data() + j * count, count, 1, count, 1, true,
              y.data() + i * count, scratch);
        }
      }
      for (int64_t first = 0; first < begin; first += kTile) {
        for (int64_t k = begin; k < end; ++k) {
          for (int64_t i = first; i < first + kTile; ++i) {
            tile[static_cast<size_t>((k - begin) * kTile + i - first)] = m[i * n_ + k];
          }
        }
        Add(tile.data(), kTile, y.data() + begin * count, count, kTile, count, end - begin, true,
            y.data() + first * count, scratch);
      }
      end = begin;
    }
  }

  // M^T Z = V: from the first position to the last.
  void SolveForward(int64_t count, std::vector<float>& y, void* scratch) const {
    const float* m = factor_.coefficients().data();
    for (int64_t begin = 0; begin < n_; begin += kTile) {
      const int64_t end = std::min(n_, begin + kTile);
      for (int64_t k = begin; k < end; ++k) {
        Add(m + k * n_ + k + 1, n_, y.data() + k * count, count, end - k - 1, count, 1, true,
            y.data() + (k + 1) * count, scratch);
      }
      Add(m + begin * n_ + end, n_, y.data() + begin * count, count, n_ - end, count, end - begin,
          true, y.data() + end * count, scratch);
    }
  }

  absl::Span<const double> differences_, missing_;
  const InputFactor& factor_;
  int64_t n_, out_;
  const float* w_;
  kernels::Target target_;
};

[[gnu::noinline]] absl::StatusOr<Tensor> CorrectInMode(const Tensor& weights,
                                                       const InputMoments& moments,
                                                       const InputFactor& factor, double strength,
                                                       Context* context) {
  if (moments.differences().empty()) {
    return absl::InvalidArgumentError(
        "the moments have no float inputs to compare with; add pairs of quantized and float "
        "inputs");
  }
  if (moments.columns() != factor.columns()) {
    return absl::InvalidArgumentError(absl::StrCat("the factor is of ", factor.columns(),
                                                   " columns, the moments of ", moments.columns()));
  }
  const auto outputs = static_cast<size_t>(weights.num_elements() / moments.columns());
  if (!moments.missing().empty() &&
      moments.missing().size() != outputs * static_cast<size_t>(moments.columns())) {
    return absl::InvalidArgumentError("what the outputs miss is of a layer with other outputs");
  }
  if (!std::isfinite(strength)) {
    return absl::InvalidArgumentError(absl::StrCat("strength is ", strength));
  }
  PAWL_ASSIGN_OR_RETURN(const Tensor columns, TransposeInOrder(weights, factor, context));
  PAWL_ASSIGN_OR_RETURN(Tensor result, Tensor::Create(DType::kF32, weights.shape()));
  float* const to = result.mutable_as<float>().data();
  const int64_t in = columns.dim(0), out = columns.dim(1);
  const Correction correction(moments, factor, columns, TargetOf(context));
  PAWL_RETURN_IF_ERROR(ForRanges(
      context, out, kOutputs, kernels::kOuterScratchBytes,
      [&](int64_t begin, int64_t end, void* scratch) {
        std::vector<float> y;
        correction.Run(begin, end - begin, y, scratch);
        for (int64_t i = 0; i < in; ++i) {
          const int64_t column = factor.order()[static_cast<size_t>(i)];
          const float* w = columns.as<float>().data() + i * out + begin;
          for (int64_t o = 0; o < end - begin; ++o) {
            const double change =
                strength * static_cast<double>(y[static_cast<size_t>(i * (end - begin) + o)]);
            to[(begin + o) * in + column] = static_cast<float>(static_cast<double>(w[o]) + change);
          }
        }
      }));
  return result;
}

}  // namespace

absl::StatusOr<Tensor> CorrectForInputs(const Tensor& weights, const InputMoments& moments,
                                        const InputFactor& factor, double strength,
                                        Context* context) {
  const kernels::FloatEnvironment environment;
  try {
    return CorrectInMode(weights, moments, factor, strength, context);
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError(
        absl::StrCat("no memory to correct a tensor of shape ", ShapeString(weights.shape())));
  }
}

}  // namespace pawl
