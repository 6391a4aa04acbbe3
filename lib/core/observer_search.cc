// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/core/observer_search.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace pawl::observer_internal {
namespace {

constexpr int64_t kFirstEntropyBins = 128;
constexpr double kTie = 1e-12;

// The histogram as EntropyBins needs it, so that one candidate costs one addition a bin and one
// logarithm a level.
struct EntropySums {
  std::vector<double> count;         // n of a bin
  std::vector<double> count_log;     // n * ln n
  std::vector<double> before;        // sum of n over earlier bins: exact below 2^53
  std::vector<int32_t> full_before;  // number of earlier bins with n > 0
};

EntropySums MakeSums(absl::Span<const uint64_t> magnitudes, size_t used) {
  EntropySums sums;
  sums.before.push_back(0.0);
  sums.full_before.push_back(0);
  for (size_t i = 0; i < used; ++i) {
    const auto n = static_cast<double>(magnitudes[i == 0 ? 1 : i]);
    sums.count.push_back(n);
    sums.count_log.push_back(n > 0.0 ? n * Log(n) : 0.0);
    sums.before.push_back(sums.before.back() + n);
    sums.full_before.push_back(sums.full_before.back() + (n > 0.0 ? 1 : 0));
  }
  return sums;
}

// With r the reference's counts, S and m the sum and the number of filled bins of a level, T all
// counts and K the kept ones: KL = 1/T * sum over levels of (sum r ln r - R ln(S/m)) + ln(K/T).
double Divergence(const EntropySums& sums, size_t kept, int64_t levels) {
  const double total = sums.before.back();
  const double tail = total - sums.before[kept];
  if (tail > 0.0 && sums.count[kept - 1] == 0.0) return std::numeric_limits<double>::infinity();
  double divergence = 0.0;
  size_t begin = 0;
  for (int64_t level = 0; level < levels; ++level) {
    const auto end =
        static_cast<size_t>(((level + 1) * static_cast<int64_t>(kept) + levels - 1) / levels);
    const bool last = end == kept;
    double sum = sums.before[end] - sums.before[begin];
    if (sum > 0.0) {
      const double even = Log(sum / (sums.full_before[end] - sums.full_before[begin]));
      double plain = 0.0;
      for (size_t i = begin; i < end - (last ? 1 : 0); ++i) plain += sums.count_log[i];
      if (last) {
        const double end_count = sums.count[kept - 1] + tail;
        plain += end_count > 0.0 ? end_count * Log(end_count) : 0.0;
        sum += tail;
      }
      divergence += plain - sum * even;
    }
    begin = end;
  }
  return divergence / total + Log(sums.before[kept] / total);
}

}  // namespace

double Log(double x) {
  int exponent = 0;
  double m = std::frexp(x, &exponent);
  if (m < 0.70710678118654752) {
    m *= 2.0;
    --exponent;
  }
  // ln m = 2 artanh(s), s = (m-1)/(m+1), |s| < 0.172: twelve terms leave less than 1e-17.
  const double s = (m - 1.0) / (m + 1.0);
  const double z = s * s;
  double series = 0.0;
  for (int k = 23; k >= 1; k -= 2) series = series * z + 1.0 / k;
  return exponent * 0.69314718055994531 + 2.0 * s * series;
}

size_t BinsInUse(absl::Span<const uint64_t> bins) {
  size_t used = bins.size();
  while (used > 0 && bins[used - 1] == 0) --used;
  return used;
}

size_t EntropyBins(absl::Span<const uint64_t> magnitudes, int64_t levels) {
  const size_t used = BinsInUse(magnitudes);
  const auto first = static_cast<size_t>(std::max(kFirstEntropyBins, levels));
  if (used <= first) return used;
  const EntropySums sums = MakeSums(magnitudes, used);
  size_t best_bins = used;
  double best = std::numeric_limits<double>::infinity();
  for (size_t kept = first; kept <= used; ++kept) {
    if (sums.before[kept] == 0.0) continue;
    const double divergence = Divergence(sums, kept, levels);
    if (divergence <= best + kTie) best_bins = kept;
    best = std::min(best, divergence);
  }
  return best_bins;
}

SquaredError::SquaredError(absl::Span<const uint64_t> bins)
    : used_(BinsInUse(bins)), count_(1, 0.0), first_(1, 0.0), second_(1, 0.0) {
  for (size_t i = 0; i < used_; ++i) {
    const auto n = static_cast<double>(bins[i]);
    const double centre = static_cast<double>(i) + 0.5;
    count_.push_back(count_.back() + n);
    first_.push_back(first_.back() + n * centre);
    second_.push_back(second_.back() + n * centre * centre);
  }
}

double SquaredError::Of(double step, int64_t max_level) const {
  double error = 0.0;
  size_t begin = 0;
  for (int64_t level = 0; level <= max_level && begin < used_; ++level) {
    size_t end = used_;
    if (level < max_level) {
      const double border = std::ceil((static_cast<double>(level) + 0.5) * step - 0.5);
      end =
          border >= static_cast<double>(used_) ? used_ : static_cast<size_t>(std::max(border, 0.0));
    }
    const double value = static_cast<double>(level) * step;
    error += (second_[end] - second_[begin]) - 2.0 * value * (first_[end] - first_[begin]) +
             value * value * (count_[end] - count_[begin]);
    begin = end;
  }
  return error;
}

}  // namespace pawl::observer_internal
