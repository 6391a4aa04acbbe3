// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/pruning.h"

#include <algorithm>
#include <cmath>
#include <new>
#include <vector>

#include "absl/strings/str_cat.h"
#include "kernels/float_env.h"
#include "lib/core/context_internal.h"
#include "lib/core/status_macros.h"
#include "lib/methods/error_feedback.h"
#include "lib/methods/prune_mask.h"
#include "lib/methods/source.h"

namespace pawl {
namespace {

// From [in, out] in the factor's order.
absl::StatusOr<Tensor> RestoreOrder(const Tensor& weights, const Tensor& columns,
                                    const InputFactor& factor, Context* context) {
  PAWL_ASSIGN_OR_RETURN(Tensor result, Tensor::Create(DType::kF32, weights.shape()));
  float* const to = result.mutable_as<float>().data();
  const float* const kept = columns.as<float>().data();
  const int64_t in = factor.columns();
  const int64_t out = weights.num_elements() / in;
  PAWL_RETURN_IF_ERROR(ForRanges(context, out, 16, 0, [&](int64_t begin, int64_t end, void*) {
    for (int64_t i = 0; i < in; ++i) {
      const int64_t column = factor.order()[static_cast<size_t>(i)];
      for (int64_t o = begin; o < end; ++o) to[o * in + column] = kept[i * out + o];
    }
  }));
  return result;
}

// What is not masked stays as it is, feedback and all; kept here, since the loop leaves errors.
class StoreValues final : public ColumnRounder {
 public:
  explicit StoreValues(Tensor& columns)
      : out_(columns.dim(1)), to_(columns.mutable_as<float>().data()) {}
  void Round(int64_t position, int64_t begin, int64_t outputs, const float* values,
             float* rounded) override {
    std::copy_n(values, outputs, rounded);
    std::copy_n(values, outputs, to_ + position * out_ + begin);
  }

 private:
  int64_t out_;
  float* to_;
};

absl::StatusOr<Tensor> SparseInMode(const Tensor& weights, const InputFactor& factor,
                                    const PruningPattern& pattern, Context* context,
                                    PruningReport& report) {
  PAWL_RETURN_IF_ERROR(pattern.Validate());
  if (pattern.zeros > 0 && !factor.in_order()) {
    return absl::InvalidArgumentError(
        "a pattern of neighbours needs inputs in their own order; make the factor with "
        "by_activation = false");
  }
  PAWL_ASSIGN_OR_RETURN(Tensor columns, TransposeInOrder(weights, factor, context));
  PAWL_ASSIGN_OR_RETURN(Tensor made, Tensor::Create(DType::kF32, columns.shape()));
  StoreValues rounder(made);
  PAWL_ASSIGN_OR_RETURN(const FeedbackResult result,
                        RunErrorFeedback(factor, pattern, rounder, columns, context));
  report = {result.pruned, result.loss, factor.damping()};
  return RestoreOrder(weights, made, factor, context);
}

// Apart from its caller so that no arithmetic moves before the floating-point mode is set.
[[gnu::noinline]] absl::StatusOr<Tensor> MagnitudeInMode(const Tensor& weights,
                                                         const PruningPattern& pattern,
                                                         PruningReport& report) {
  PAWL_ASSIGN_OR_RETURN(Tensor result, weights.ToF32());
  const absl::Span<float> w = result.mutable_as<float>();
  const size_t group = pattern.zeros > 0 ? static_cast<size_t>(pattern.of) : w.size();
  const auto share = static_cast<int64_t>(pattern.sparsity * static_cast<double>(w.size()));
  std::vector<float> magnitudes(group);
  std::vector<uint8_t> mask(group);
  for (size_t begin = 0; begin < w.size(); begin += group) {
    for (size_t i = 0; i < group; ++i) {
      magnitudes[i] = std::fabs(w[begin + i]);
      if (std::isfinite(magnitudes[i])) continue;
      return absl::InvalidArgumentError(
          absl::StrCat("weight ", begin + i, " is not finite; repair it first"));
    }
    MaskSmallest(magnitudes, pattern.zeros > 0 ? pattern.zeros : share, absl::MakeSpan(mask));
    for (size_t i = 0; i < group; ++i) {
      if (mask[i] != 0) w[begin + i] = 0.0f, ++report.zeros;
    }
  }
  return result;
}

}  // namespace

absl::Status PruningPattern::Validate() const {
  if (!(sparsity >= 0.0 && sparsity < 1.0)) {
    return absl::InvalidArgumentError(
        absl::StrCat("sparsity is ", sparsity, "; it must be in [0, 1)"));
  }
  if (zeros == 0) return absl::OkStatus();
  if (sparsity > 0.0) {
    return absl::InvalidArgumentError("a pattern has a sparsity or zeros, not both");
  }
  if (of != 2 && of != 4 && of != 8 && of != 16) {
    return absl::InvalidArgumentError(absl::StrCat("of is ", of, "; it must be 2, 4, 8 or 16"));
  }
  if (zeros < 0 || zeros >= of) {
    return absl::InvalidArgumentError(
        absl::StrCat("zeros is ", zeros, "; it must be in [0, ", of, ")"));
  }
  return absl::OkStatus();
}

[[gnu::noinline]] void ScoreColumn(absl::Span<const float> values, double pivot,
                                   absl::Span<float> scores) {
  for (size_t i = 0; i < values.size(); ++i) {
    const auto value = static_cast<double>(values[i]);
    scores[i] = static_cast<float>(value * value * pivot);
  }
}

void MaskSmallest(absl::Span<const float> scores, int64_t count, absl::Span<uint8_t> mask) {
  std::fill(mask.begin(), mask.end(), uint8_t{0});
  if (count <= 0) return;
  std::vector<float> sorted(scores.begin(), scores.end());
  std::nth_element(sorted.begin(), sorted.begin() + (count - 1), sorted.end());
  const float limit = sorted[static_cast<size_t>(count - 1)];
  int64_t left = count;
  for (size_t i = 0; i < scores.size(); ++i) {
    if (scores[i] < limit) mask[i] = 1, --left;
  }
  for (size_t i = 0; i < scores.size() && left > 0; ++i) {
    if (scores[i] == limit) mask[i] = 1, --left;
  }
}

absl::StatusOr<Tensor> PruneMagnitude(const Tensor& weights, const PruningPattern& pattern,
                                      PruningReport* report) {
  const kernels::FloatEnvironment environment;
  PAWL_RETURN_IF_ERROR(pattern.Validate());
  if (!Source::Accepts(weights.dtype())) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot prune a tensor of ", DTypeName(weights.dtype())));
  }
  const int64_t cols = weights.rank() == 0 ? 1 : weights.shape().back();
  if (pattern.zeros > 0 && cols % pattern.of != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("rows of ", cols, " weights do not divide into groups of ", pattern.of));
  }
  PruningReport made;
  try {
    absl::StatusOr<Tensor> result = MagnitudeInMode(weights, pattern, made);
    if (result.ok() && report != nullptr) *report = made;
    return result;
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("no memory to prune a tensor");
  }
}

absl::StatusOr<Tensor> SparseGpt(const Tensor& weights, const InputFactor& factor,
                                 const PruningPattern& pattern, Context* context,
                                 PruningReport* report) {
  const kernels::FloatEnvironment environment;
  PruningReport made;
  try {
    absl::StatusOr<Tensor> result = SparseInMode(weights, factor, pattern, context, made);
    if (result.ok() && report != nullptr) *report = made;
    return result;
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("no memory to prune a tensor");
  }
}

}  // namespace pawl
