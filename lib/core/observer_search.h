// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Where to clip a histogram of magnitudes.

#ifndef PAWL_LIB_CORE_OBSERVER_SEARCH_H_
#define PAWL_LIB_CORE_OBSERVER_SEARCH_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace pawl::observer_internal {

// Number of bins up to the last that holds anything.
size_t BinsInUse(absl::Span<const uint64_t> bins);

// The number of bins i to keep that minimises KL(reference || candidate): the reference is the
// first i bins with everything beyond added to the last of them; the candidate is the first i bins
// merged into `levels` equal parts, each spread evenly over those of its bins that hold something.
// Bin 0 is replaced by a copy of bin 1 first, so that exact zeros do not decide. i runs from
// max(128, levels) to the bins in use; the largest of tied i is taken, where differences below
// 1e-12 are ties (the sums' own rounding). Too few bins: all in use.
size_t EntropyBins(absl::Span<const uint64_t> magnitudes, int64_t levels);

// Sums over one side's bins that give the squared error of any grid in O(levels).
class SquaredError {
 public:
  explicit SquaredError(absl::Span<const uint64_t> bins);

  // Sum of count * (bin centre - nearest of 0, step, ..., max_level * step)^2, in bin widths.
  double Of(double step, int64_t max_level) const;

 private:
  size_t used_;
  std::vector<double> count_, first_, second_;  // sums of n, n*c, n*c^2 over bins before i
};

// ln(x) of a positive normal x to within a few 1e-16, the same bits with every libm.
double Log(double x);

}  // namespace pawl::observer_internal

#endif  // PAWL_LIB_CORE_OBSERVER_SEARCH_H_
