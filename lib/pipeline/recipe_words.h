// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The words and limits of recipes, for parsing, writing and checking alike.

#ifndef PAWL_LIB_PIPELINE_RECIPE_WORDS_H_
#define PAWL_LIB_PIPELINE_RECIPE_WORDS_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace pawl {

inline constexpr int64_t kMaxKmeansIterations = 10000;
inline constexpr double kMaxDamping = 100.0;
inline constexpr int64_t kMinObserverBins = 128;
inline constexpr int64_t kMaxObserverBins = 16384;

// In the order of OperatorType.
inline absl::Span<const absl::string_view> OperatorWords() {
  static constexpr absl::string_view kWords[] = {"any", "linear", "embedding", "conv", "other"};
  return kWords;
}

// In the order of the enum RangeMethod of pawl/quantizer.h.
inline absl::Span<const absl::string_view> WeightRangeWords() {
  static constexpr absl::string_view kWords[] = {"max", "percentile", "mse", "search"};
  return kWords;
}

// Observers of activations, and the ranges that follow from them (pawl/observer.h).
inline absl::Span<const absl::string_view> ObserverWords() {
  static constexpr absl::string_view kWords[] = {"minmax", "moving_average", "histogram"};
  return kWords;
}
inline absl::Span<const absl::string_view> ActivationRangeWords() {
  static constexpr absl::string_view kWords[] = {"minmax", "percentile", "entropy", "mse"};
  return kWords;
}

absl::Span<const absl::string_view> MethodWords();

}  // namespace pawl

#endif  // PAWL_LIB_PIPELINE_RECIPE_WORDS_H_
