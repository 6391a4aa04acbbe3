// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/methods/codebook.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>

#include "lib/methods/codebook_moments.h"

namespace pawl {
namespace {

// Moves each level to the mean of the values nearest to it.
void Iterate(const std::vector<float>& values, const PrefixMoments& prefix,
             std::vector<double>& levels, bool* moved) {
  *moved = false;
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
    levels[k] = cluster.sum / cluster.weight;
    *moved |= levels[k] != old[k];
  }
  std::sort(levels.begin(), levels.end());  // an empty cluster may have been overtaken
}

void Lloyd(const std::vector<float>& values, const PrefixMoments& prefix, int iterations,
           std::vector<double>& levels) {
  bool moved = true;
  for (int i = 0; i < iterations && moved; ++i) Iterate(values, prefix, levels, &moved);
}

// Sum of squared distances of a cluster to its mean.
double Spread(const Moments& m) {
  return m.weight > 0.0 ? std::max(0.0, m.square - m.sum * m.sum / m.weight) : 0.0;
}

// The best cut of a row of cells into k clusters, by dynamic programming; the best last cut of a
// longer prefix never lies before that of a shorter one, so each layer is found by bisection
// (Gronlund et al. 2017, "Fast exact k-means in 1D").
class BestCuts {
 public:
  BestCuts(std::vector<Moments> prefix, size_t k) : prefix_(std::move(prefix)), k_(k) {
    const size_t n = prefix_.size() - 1;
    cost_.resize(n + 1);
    for (size_t end = 0; end <= n; ++end) cost_[end] = Spread(prefix_[end]);
    cuts_.assign(k, std::vector<uint16_t>(n + 1, 0));
    for (size_t layer = 1; layer < k; ++layer) {
      previous_ = cost_;
      Layer(layer, 1, n, 0, n);
    }
  }

  std::vector<double> Means() const {
    std::vector<double> means(k_);
    size_t end = prefix_.size() - 1;
    for (size_t layer = k_; layer-- > 0;) {
      const size_t begin = layer > 0 ? cuts_[layer][end] : 0;
      const Moments cluster = prefix_[end] - prefix_[begin];
      if (cluster.weight > 0.0) {
        means[layer] = cluster.sum / cluster.weight;
      } else {
        means[layer] = layer + 1 < k_ ? means[layer + 1] : 0.0;
      }
      end = begin;
    }
    return means;
  }

 private:
  void Layer(size_t layer, size_t first, size_t last, size_t low, size_t high) {
    if (first > last) return;
    const size_t end = first + (last - first) / 2;
    double best = std::numeric_limits<double>::infinity();
    size_t best_cut = low;
    for (size_t cut = low; cut <= std::min(end, high); ++cut) {
      const double cost = previous_[cut] + Spread(prefix_[end] - prefix_[cut]);
      if (cost < best) {
        best = cost;
        best_cut = cut;
      }
    }
    cost_[end] = best;
    cuts_[layer][end] = static_cast<uint16_t>(best_cut);
    if (end > first) Layer(layer, first, end - 1, low, best_cut);
    Layer(layer, end + 1, last, best_cut, high);
  }

  std::vector<Moments> prefix_;
  size_t k_;
  std::vector<double> cost_;
  std::vector<double> previous_;
  std::vector<std::vector<uint16_t>> cuts_;
};

// Optimal levels of up to kCells cells of equally many values.
std::vector<double> StartLevels(size_t count, const PrefixMoments& prefix, size_t k) {
  constexpr size_t kCells = 1024;
  const size_t cells = std::min(count, kCells);
  std::vector<Moments> moments(cells + 1);
  for (size_t i = 0; i <= cells; ++i) moments[i] = prefix.Before(count * i / cells);
  return BestCuts(std::move(moments), k).Means();
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

bool FitCodebook(std::vector<float>& values, std::vector<float>& weights, int iterations,
                 absl::Span<float> levels, GoOn go_on) {
  constexpr double kSortShare = 0.9;
  if (!SortTogether(values, weights, [&](double share) { return go_on(kSortShare * share); })) {
    return false;
  }
  if (FewDistinct(values, levels)) return true;
  const PrefixMoments prefix(values, weights);
  std::vector<double> centres = StartLevels(values.size(), prefix, levels.size());
  std::sort(centres.begin(), centres.end());
  Lloyd(values, prefix, iterations, centres);
  for (size_t i = 0; i < levels.size(); ++i) levels[i] = static_cast<float>(centres[i]);
  return go_on(1.0);
}

}  // namespace pawl
