// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cmath>
#include <new>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "kernels/float_env.h"
#include "lib/core/context_internal.h"
#include "lib/core/status_macros.h"
#include "lib/methods/triangular.h"
#include "pawl/input_moments.h"

namespace pawl {
namespace {

constexpr double kFirstDamping = 1e-4;  // where none was asked for and it takes some
constexpr double kLastDamping = 1e6;    // beyond this only numbers that are not finite fail
constexpr int64_t kTile = 64;

std::vector<double> Diagonal(const InputMoments& moments) {
  std::vector<double> diagonal(static_cast<size_t>(moments.columns()));
  for (size_t i = 0; i < diagonal.size(); ++i) {
    diagonal[i] = moments.products()[i * diagonal.size() + i];
  }
  return diagonal;
}

absl::Status CheckMoments(const InputMoments& moments, const FactorOptions& options,
                          absl::Span<const double> diagonal) {
  if (moments.samples() < 1) {
    return absl::InvalidArgumentError("no inputs were added; calibrate with at least one sample");
  }
  if (!(options.damping >= 0.0) || !std::isfinite(options.damping)) {
    return absl::InvalidArgumentError(
        absl::StrCat("damping is ", options.damping, "; it must be finite and not negative"));
  }
  for (size_t i = 0; i < diagonal.size(); ++i) {
    if (std::isfinite(diagonal[i]) && diagonal[i] >= 0.0) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("the inputs' sum of squares in column ", i, " is ", diagonal[i]));
  }
  return absl::OkStatus();
}

std::vector<int32_t> OrderOf(absl::Span<const double> diagonal, bool by_activation) {
  std::vector<int32_t> order(diagonal.size());
  std::iota(order.begin(), order.end(), 0);
  if (!by_activation) return order;
  std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
    return diagonal[static_cast<size_t>(a)] > diagonal[static_cast<size_t>(b)];
  });
  return order;
}

// H in reverse order, so that its factor U^T U is what H is as R R^T with an upper R.
absl::Status CopyReversed(const InputMoments& moments, absl::Span<const int32_t> order,
                          Context* context, double* work) {
  const int64_t n = moments.columns();
  const absl::Span<const double> h = moments.products();
  return ForRanges(context, n, kTile, 0, [&](int64_t begin, int64_t end, void*) {
    for (int64_t row = begin; row < end; ++row) {
      const int64_t i = order[static_cast<size_t>(n - 1 - row)];
      for (int64_t col = row; col < n; ++col) {
        const int64_t j = order[static_cast<size_t>(n - 1 - col)];
        work[row * n + col] = h[static_cast<size_t>(std::min(i, j) * n + std::max(i, j))];
      }
    }
  });
}

// M[k, j] = U[n-1-j, n-1-k] / U[n-1-j, n-1-j] for k < j.
absl::Status CopyCoefficients(const double* work, int64_t n, Context* context, float* to) {
  return ForRanges(context, n, kTile, 0, [&](int64_t begin, int64_t end, void*) {
    for (int64_t first = begin; first < n; first += kTile) {
      const int64_t last = std::min(n, first + kTile);
      for (int64_t k = begin; k < end; ++k) {
        for (int64_t j = std::max(first, k + 1); j < last; ++j) {
          const double* row = work + (n - 1 - j) * n;
          to[k * n + j] = static_cast<float>(row[n - 1 - k] / row[n - 1 - j]);
        }
      }
    }
  });
}

}  // namespace

// Apart from Create so that no arithmetic moves before the floating-point mode is set.
[[gnu::noinline]] absl::StatusOr<InputFactor> InputFactor::CreateInMode(
    const InputMoments& moments, const FactorOptions& options, Context* context) {
  const std::vector<double> diagonal = Diagonal(moments);
  PAWL_RETURN_IF_ERROR(CheckMoments(moments, options, diagonal));
  const int64_t n = moments.columns();
  InputFactor factor;
  factor.samples_ = moments.samples();
  factor.order_ = OrderOf(diagonal, options.by_activation);
  factor.in_order_ = std::is_sorted(factor.order_.begin(), factor.order_.end());
  factor.dead_ = std::count(diagonal.begin(), diagonal.end(), 0.0);
  const double sum = std::accumulate(diagonal.begin(), diagonal.end(), 0.0);
  const double mean = factor.dead_ < n ? sum / static_cast<double>(n - factor.dead_) : 1.0;

  PAWL_ASSIGN_OR_RETURN(Tensor work, Tensor::Create(DType::kF64, {n, n}));
  double* const a = work.mutable_as<double>().data();
  factor.damping_ = options.damping;
  for (;;) {
    ++factor.attempts_;
    PAWL_RETURN_IF_ERROR(CopyReversed(moments, factor.order_, context, a));
    for (int64_t row = 0; row < n; ++row) {
      const auto column = static_cast<size_t>(factor.order_[static_cast<size_t>(n - 1 - row)]);
      // A dead column takes part in nothing; its pivot must only be there.
      a[row * n + row] += diagonal[column] == 0.0 ? mean : mean * factor.damping_;
    }
    PAWL_ASSIGN_OR_RETURN(const int64_t done, FactorUpper(a, n, context));
    if (done == n) break;
    factor.damping_ = std::max(kFirstDamping, 2.0 * factor.damping_);
    if (factor.damping_ < kLastDamping) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("the inputs' products have no factor at column ",
                     factor.order_[static_cast<size_t>(n - 1 - done)], " even with a damping of ",
                     kLastDamping, ": they are not finite, or not the products of anything"));
  }
  PAWL_ASSIGN_OR_RETURN(factor.coefficients_, Tensor::Create(DType::kF32, {n, n}));
  PAWL_RETURN_IF_ERROR(
      CopyCoefficients(a, n, context, factor.coefficients_.mutable_as<float>().data()));
  factor.pivots_.resize(static_cast<size_t>(n));
  for (int64_t j = 0; j < n; ++j) {
    const double root = a[(n - 1 - j) * n + (n - 1 - j)];
    const bool dead = diagonal[static_cast<size_t>(factor.order_[static_cast<size_t>(j)])] == 0.0;
    factor.pivots_[static_cast<size_t>(j)] =
        dead ? 0.0 : root * root / static_cast<double>(factor.samples_);
  }
  return factor;
}

absl::StatusOr<InputFactor> InputFactor::Create(const InputMoments& moments,
                                                const FactorOptions& options, Context* context) {
  const kernels::FloatEnvironment environment;
  try {
    return CreateInMode(moments, options, context);
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError(
        absl::StrCat("no memory to factorize the products of ", moments.columns(), " inputs"));
  }
}

}  // namespace pawl
