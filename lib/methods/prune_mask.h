// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PAWL_LIB_METHODS_PRUNE_MASK_H_
#define PAWL_LIB_METHODS_PRUNE_MASK_H_

#include <cstdint>

#include "absl/types/span.h"

namespace pawl {

// What zeroing each value would cost: value^2 * pivot, in f32 after an f64 product.
void ScoreColumn(absl::Span<const float> values, double pivot, absl::Span<float> scores);

// mask[i] = 1 for the `count` smallest scores, of equal ones the first, else 0. Scores are not
// negative.
void MaskSmallest(absl::Span<const float> scores, int64_t count, absl::Span<uint8_t> mask);

}  // namespace pawl

#endif  // PAWL_LIB_METHODS_PRUNE_MASK_H_
