// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/methods/codebook.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <numeric>

namespace pawl {
namespace {

struct Moments {
  double weight = 0.0;
  double sum = 0.0;
  double square = 0.0;
};

Moments operator-(const Moments& a, const Moments& b) {
  return {a.weight - b.weight, a.sum - b.sum, a.square - b.square};
}

// Moments of any range of sorted values from sums kept for every kBlock-th: a few bytes a thousand
// values instead of 24 each.
class PrefixMoments {
 public:
  PrefixMoments(const std::vector<float>& values, const std::vector<float>& weights)
      : values_(values), weights_(weights) {
    blocks_.reserve(values.size() / kBlock + 1);
    Moments total;
    for (size_t i = 0; i < values.size(); ++i) {
      if (i % kBlock == 0) blocks_.push_back(total);
      Add(i, total);
    }
    if (values.size() % kBlock == 0) blocks_.push_back(total);
  }

  Moments Before(size_t end) const {
    Moments moments = blocks_[end / kBlock];
    for (size_t i = end / kBlock * kBlock; i < end; ++i) Add(i, moments);
    return moments;
  }

 private:
  static constexpr size_t kBlock = 512;

  void Add(size_t i, Moments& moments) const {
    const double v = static_cast<double>(values_[i]);
    const double w = weights_.empty() ? 1.0 : static_cast<double>(weights_[i]);
    moments.weight += w;
    moments.sum += w * v;
    moments.square += w * v * v;
  }

  const std::vector<float>& values_;
  const std::vector<float>& weights_;
  std::vector<Moments> blocks_;
};

void SortTogether(std::vector<float>& values, std::vector<float>& weights) {
  if (weights.empty()) {
    std::sort(values.begin(), values.end());
    return;
  }
  std::vector<std::pair<float, float>> pairs(values.size());
  for (size_t i = 0; i < values.size(); ++i) pairs[i] = {values[i], weights[i]};
  std::sort(pairs.begin(), pairs.end());
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = pairs[i].first;
    weights[i] = pairs[i].second;
  }
}

// Moves each level to the mean of the values nearest to it; returns the error before the move.
double Iterate(const std::vector<float>& values, const PrefixMoments& prefix,
               std::vector<double>& levels, bool* moved) {
  *moved = false;
  double error = 0.0;
  Moments before = prefix.Before(0);
  const std::vector<double> old = levels;
  for (size_t k = 0; k < old.size(); ++k) {
    size_t end = values.size();
    if (k + 1 < old.size()) {
      const double middle = 0.5 * (old[k] + old[k + 1]);
      end = static_cast<size_t>(
          std::upper_bound(values.begin(), values.end(), middle,
                           [](double m, float v) { return m < static_cast<double>(v); }) -
          values.begin());
    }
    const Moments after = prefix.Before(end);
    const Moments cluster = after - before;
    before = after;
    if (!(cluster.weight > 0.0)) continue;
    error += cluster.square - 2.0 * old[k] * cluster.sum + old[k] * old[k] * cluster.weight;
    levels[k] = cluster.sum / cluster.weight;
    *moved |= levels[k] != old[k];
  }
  std::sort(levels.begin(), levels.end());  // an empty cluster may have been overtaken
  return error;
}

double Lloyd(const std::vector<float>& values, const PrefixMoments& prefix, int iterations,
             std::vector<double>& levels) {
  double error = std::numeric_limits<double>::infinity();
  bool moved = true;
  for (int i = 0; i <= iterations && moved; ++i) {
    const std::vector<double> before = levels;
    error = Iterate(values, prefix, levels, &moved);
    if (i == iterations) levels = before;
  }
  return error;
}

// True, with the levels filled, where each distinct value can have a level of its own.
bool FewDistinct(const std::vector<float>& values, absl::Span<float> levels) {
  size_t distinct = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    if (i > 0 && values[i] == values[i - 1]) continue;
    if (distinct == levels.size()) return false;
    levels[distinct++] = values[i];
  }
  const float last = distinct > 0 ? levels[distinct - 1] : 0.0f;
  std::fill(levels.begin() + static_cast<std::ptrdiff_t>(distinct), levels.end(), last);
  return true;
}

}  // namespace

void FitCodebook(std::vector<float>& values, std::vector<float>& weights, int iterations,
                 absl::Span<float> levels) {
  SortTogether(values, weights);
  if (FewDistinct(values, levels)) return;
  const PrefixMoments prefix(values, weights);
  const size_t k = levels.size();
  std::vector<double> even(k);
  std::vector<double> quantile(k);
  const double low = static_cast<double>(values.front());
  const double high = static_cast<double>(values.back());
  for (size_t i = 0; i < k; ++i) {
    const double position = (static_cast<double>(i) + 0.5) / static_cast<double>(k);
    even[i] = low + (high - low) * position;
    quantile[i] = static_cast<double>(
        values[static_cast<size_t>(position * static_cast<double>(values.size()))]);
  }
  const double even_error = Lloyd(values, prefix, iterations, even);
  const double quantile_error = Lloyd(values, prefix, iterations, quantile);
  const std::vector<double>& best = even_error <= quantile_error ? even : quantile;
  for (size_t i = 0; i < k; ++i) levels[i] = static_cast<float>(best[i]);
}

}  // namespace pawl
