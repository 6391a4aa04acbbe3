// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <new>
#include <vector>

#include "absl/strings/str_cat.h"
#include "kernels/float_env.h"
#include "kernels/outer_products.h"
#include "lib/core/context_internal.h"
#include "lib/core/status_macros.h"
#include "pawl/input_moments.h"

namespace pawl {
namespace {

constexpr int64_t kRows = 128;  // of the weights at a time
constexpr int64_t kTile = 128;

// e H e^T for rows [begin, end) of the error, summed.
class RowErrors {
 public:
  RowErrors(const InputMoments& moments, const float* weights, const float* approximation,
            kernels::Target target)
      : h_(moments.products()),
        n_(moments.columns()),
        weights_(weights),
        approximation_(approximation),
        target_(target) {}

  double Sum(int64_t begin, int64_t end, void* scratch) const {
    const int64_t count = end - begin;
    std::vector<double> e(static_cast<size_t>(n_ * count));  // [n, count]
    for (int64_t r = 0; r < count; ++r) {
      const float* w = weights_ + (begin + r) * n_;
      const float* q = approximation_ + (begin + r) * n_;
      for (int64_t c = 0; c < n_; ++c) {
        e[static_cast<size_t>(c * count + r)] =
            static_cast<double>(w[c]) - static_cast<double>(q[c]);
      }
    }
    std::vector<double> tile(kTile * kTile), product(static_cast<size_t>(kTile * count));
    double sum = 0.0;
    for (int64_t j = 0; j < n_; j += kTile) {
      const int64_t cols = std::min(kTile, n_ - j);
      std::fill(product.begin(), product.end(), 0.0);
      for (int64_t i = 0; i < n_; i += kTile) {
        const int64_t rows = std::min(kTile, n_ - i);
        LoadTile(i, j, rows, cols, tile.data());
        kernels::AddOuterProductsF64(
            target_, tile.data(), e.data() + i * count,
            {static_cast<size_t>(cols), static_cast<size_t>(count), static_cast<size_t>(rows),
             static_cast<size_t>(kTile), static_cast<size_t>(count), static_cast<size_t>(count)},
            product.data(), scratch);
      }
      for (int64_t i = 0; i < cols * count; ++i) {
        sum += product[static_cast<size_t>(i)] * e[static_cast<size_t>(j * count + i)];
      }
    }
    return sum;
  }

 private:
  // H[i.., j..], of which only the upper triangle is there.
  void LoadTile(int64_t i, int64_t j, int64_t rows, int64_t cols, double* tile) const {
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t c = 0; c < cols; ++c) {
        const int64_t low = std::min(i + r, j + c), high = std::max(i + r, j + c);
        tile[r * kTile + c] = h_[static_cast<size_t>(low * n_ + high)];
      }
    }
  }

  absl::Span<const double> h_;
  int64_t n_;
  const float* weights_;
  const float* approximation_;
  kernels::Target target_;
};

// Apart from OutputError so that no arithmetic moves before the floating-point mode is set.
[[gnu::noinline]] absl::StatusOr<double> ErrorInMode(const InputMoments& moments,
                                                     const Tensor& weights,
                                                     const Tensor& approximation,
                                                     Context* context) {
  const int64_t n = moments.columns();
  if (weights.rank() < 1 || weights.shape().back() != n ||
      approximation.shape() != weights.shape() || weights.dtype() != DType::kF32 ||
      approximation.dtype() != DType::kF32) {
    return absl::InvalidArgumentError(absl::StrCat(
        "weights ", ShapeString(weights.shape()), " and their approximation ",
        ShapeString(approximation.shape()), " must be f32 of one shape with ", n, " columns"));
  }
  const int64_t rows = weights.num_elements() / n;
  const RowErrors errors(moments, weights.as<float>().data(), approximation.as<float>().data(),
                         TargetOf(context));
  std::vector<double> sums(static_cast<size_t>((rows + kRows - 1) / kRows));
  PAWL_RETURN_IF_ERROR(ForRanges(context, rows, kRows, kernels::kOuterScratchBytes,
                                 [&](int64_t begin, int64_t end, void* scratch) {
                                   sums[static_cast<size_t>(begin / kRows)] =
                                       errors.Sum(begin, end, scratch);
                                 }));
  double sum = 0.0;
  for (const double s : sums) sum += s;
  return sum / static_cast<double>(std::max<int64_t>(moments.samples(), 1));
}

}  // namespace

absl::StatusOr<double> OutputError(const InputMoments& moments, const Tensor& weights,
                                   const Tensor& approximation, Context* context) {
  const kernels::FloatEnvironment environment;
  try {
    return ErrorInMode(moments, weights, approximation, context);
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("no memory for the error of a layer's outputs");
  }
}

}  // namespace pawl
