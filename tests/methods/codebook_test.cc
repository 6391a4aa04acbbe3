// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/methods/codebook.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <limits>
#include <random>

namespace pawl {
namespace {

// The optimal codebook by dynamic programming over sorted values: slow, simple, exact.
double OptimalError(const std::vector<float>& sorted, const std::vector<float>& weights, size_t k) {
  const size_t n = sorted.size();
  const auto cost = [&](size_t begin, size_t end) {
    double w = 0, s = 0, q = 0;
    for (size_t i = begin; i < end; ++i) {
      const double v = static_cast<double>(sorted[i]);
      const double weight = weights.empty() ? 1.0 : static_cast<double>(weights[i]);
      w += weight;
      s += weight * v;
      q += weight * v * v;
    }
    return w > 0 ? q - s * s / w : 0.0;
  };
  std::vector<double> best(n + 1, std::numeric_limits<double>::infinity());
  best[0] = 0.0;
  for (size_t level = 0; level < k; ++level) {
    std::vector<double> next(n + 1, std::numeric_limits<double>::infinity());
    for (size_t end = 0; end <= n; ++end) {
      for (size_t begin = 0; begin <= end; ++begin) {
        next[end] = std::min(next[end], best[begin] + cost(begin, end));
      }
    }
    best = next;
  }
  return best[n];
}

double ErrorOf(const std::vector<float>& values, const std::vector<float>& weights,
               const std::vector<float>& levels) {
  double error = 0.0;
  for (size_t i = 0; i < values.size(); ++i) {
    double nearest = std::numeric_limits<double>::infinity();
    for (const float level : levels) {
      const double d = static_cast<double>(values[i]) - static_cast<double>(level);
      nearest = std::min(nearest, d * d);
    }
    error += nearest * (weights.empty() ? 1.0 : static_cast<double>(weights[i]));
  }
  return error;
}

TEST_CASE("the codebook is the best possible one") {
  std::mt19937 engine(7);
  std::normal_distribution<float> normal;
  for (const bool weighted : {false, true}) {
    for (const size_t k : {2u, 4u, 8u}) {
      std::vector<float> values(60);
      std::vector<float> weights(weighted ? 60 : 0);
      for (float& v : values) v = normal(engine);
      for (float& w : weights) w = 0.1f + normal(engine) * normal(engine);
      for (float& w : weights) w = std::max(w, 0.05f);
      std::vector<float> levels(k);
      FitCodebook(values, weights, 100, absl::MakeSpan(levels));
      CHECK(std::is_sorted(values.begin(), values.end()));
      CHECK(std::is_sorted(levels.begin(), levels.end()));
      CHECK(ErrorOf(values, weights, levels) <= 1.0001 * OptimalError(values, weights, k) + 1e-6);
    }
  }
}

TEST_CASE("few distinct values are represented exactly") {
  std::vector<float> values = {3, -1, 3, 3, 2.5f, -1, 2.5f};
  std::vector<float> none;
  std::vector<float> levels(4);
  FitCodebook(values, none, 10, absl::MakeSpan(levels));
  CHECK(levels == std::vector<float>{-1, 2.5f, 3, 3});
  values.clear();
  FitCodebook(values, none, 10, absl::MakeSpan(levels));
  CHECK(levels == std::vector<float>{0, 0, 0, 0});
}

}  // namespace
}  // namespace pawl
