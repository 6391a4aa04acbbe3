// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Importance-weighted rounding for block formats (GGUF's above all), whose scales are themselves
// integers under a super-scale: a search over all of a block's parameters for the least weighted
// squared error of the values as they will be decoded.

#ifndef PAWL_INCLUDE_PAWL_BLOCK_SEARCH_H_
#define PAWL_INCLUDE_PAWL_BLOCK_SEARCH_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pawl/quantized_tensor.h"
#include "pawl/quantizer.h"
#include "pawl/scheme.h"
#include "pawl/tensor.h"

namespace pawl {

class Context;

struct BlockSearchOptions {
  // Mean x^2 of each column's inputs (imatrix.h, InputMoments::Importance), [columns]; empty:
  // alike.
  absl::Span<const float> importance = {};
  // Multiplies the weight of an element by sqrt(mean w^2 of its super-block or group + w^2), as
  // llama.cpp does: large weights matter more than their squared error says.
  bool magnitude_weights = false;
  // Rounds of the search: supers for the codes by least squares, then integers and codes anew.
  int rounds = 3;
};

struct BlockSearchReport {
  // Weighted squared errors under super-scales, 0 without: with each group's own best rounded to
  // them, and after the search.
  double error_before = 0.0;
  double error_after = 0.0;
  QuantizeStats stats;
};

// For schemes with groups along the rows. Each group's scale (and minimum or zero point) comes from
// a grid finer than that of the range method "search", with least squares. With super-scales, each
// super-block tries several supers, and for
// each its groups choose among the nearest integers those with the least error. Values that are not
// finite take no part in the search. Same bytes for every target and thread count. Errors: as
// Quantize; InvalidArgument for other groupings.
absl::StatusOr<QuantizedTensor> SearchBlocks(const Tensor& weights, const Scheme& scheme,
                                             const BlockSearchOptions& options = {},
                                             Context* context = nullptr,
                                             BlockSearchReport* report = nullptr);

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_BLOCK_SEARCH_H_
