// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/recipe_lists.h"

// tests/pipeline/recipe_test.cc holds these lists against recipe_words.h, by which recipes are
// read.

namespace pawl {
namespace {

constexpr NamedMethod kOperatorTypes[] = {
    {"any", "every tensor"},
    {"linear", "matrices that inputs are multiplied with"},
    {"embedding", "tables whose rows are looked up"},
    {"conv", "weights of convolutions"},
    {"other", "what is none of these"},
};
constexpr NamedMethod kRanges[] = {
    {"max", "the largest weight"},
    {"percentile", "a percentile of the weights' sizes"},
    {"mse", "the clip of least squared error"},
    {"search", "the scale of least squared error"},
};
constexpr NamedMethod kObservers[] = {
    {"minmax", "least and largest value"},
    {"moving_average", "their moving averages over batches"},
    {"histogram", "a histogram, for ranges by percentile, entropy or error"},
};
constexpr NamedMethod kCalibrationRanges[] = {
    {"minmax", "all that was seen"},
    {"percentile", "a percentile of what was seen"},
    {"entropy", "the clip of least Kullback-Leibler divergence"},
    {"mse", "the clip of least squared error"},
};

}  // namespace

absl::Span<const NamedMethod> OperatorTypeWords() { return kOperatorTypes; }
absl::Span<const NamedMethod> RangeWords() { return kRanges; }
absl::Span<const NamedMethod> CalibrationObserverWords() { return kObservers; }
absl::Span<const NamedMethod> CalibrationRangeWords() { return kCalibrationRanges; }

}  // namespace pawl
