// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/methods/codebook.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <utility>

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

constexpr auto Always = [](double) { return true; };

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
      FitCodebook(values, weights, 100, absl::MakeSpan(levels), Always);
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
  FitCodebook(values, none, 10, absl::MakeSpan(levels), Always);
  CHECK(levels == std::vector<float>{-1, 2.5f, 3, 3});
  values.clear();
  FitCodebook(values, none, 10, absl::MakeSpan(levels), Always);
  CHECK(levels == std::vector<float>{0, 0, 0, 0});
}

TEST_CASE("many values are sorted in buckets, with shares that rise, until they are told to stop") {
  std::mt19937 engine(5);
  std::normal_distribution<float> normal;
  std::vector<float> values(size_t{3} << 19), weights(values.size());
  for (float& v : values) v = normal(engine);
  for (float& w : weights) w = std::fabs(normal(engine));
  // Extremes, and one bucket with a quarter of all values, ties among them.
  for (size_t i = 0; i < values.size() / 4; ++i) values[4 * i] = 1.0f + 1e-7f * (i % 5000);
  values[1] = 0.0f;
  values[2] = std::numeric_limits<float>::denorm_min();
  values[3] = -std::numeric_limits<float>::denorm_min();
  values[5] = std::numeric_limits<float>::max();
  values[6] = std::numeric_limits<float>::lowest();
  std::vector<std::pair<float, float>> expected(values.size());
  for (size_t i = 0; i < values.size(); ++i) expected[i] = {values[i], weights[i]};
  std::sort(expected.begin(), expected.end());
  for (const bool weighted : {false, true}) {
    std::vector<float> sorted = values, along = weighted ? weights : std::vector<float>();
    std::vector<double> shares;
    std::vector<float> levels(8);
    CHECK(FitCodebook(sorted, along, 5, absl::MakeSpan(levels), [&](double share) {
      shares.push_back(share);
      return true;
    }));
    size_t wrong = 0;
    for (size_t i = 0; i < sorted.size(); ++i) {
      wrong += sorted[i] != expected[i].first || (weighted && along[i] != expected[i].second);
    }
    CHECK(wrong == 0);
    CHECK(shares.size() >= 8);
    CHECK(std::adjacent_find(shares.begin(), shares.end(), std::greater_equal<>()) == shares.end());
    CHECK(shares.back() == 1.0);
    for (const size_t stop : {size_t{1}, shares.size() / 2, shares.size() - 1}) {
      std::vector<float> again = values, again_along = weighted ? weights : std::vector<float>();
      size_t asked = 0;
      CHECK_FALSE(FitCodebook(again, again_along, 5, absl::MakeSpan(levels),
                              [&](double) { return ++asked < stop; }));
      CHECK(asked == stop);
    }
  }
}

// FitCodebookInPieces over pieces of 1000.
std::vector<float> InPieces(const std::vector<float>& values, const std::vector<float>& weights,
                            size_t k, int iterations) {
  std::vector<float> levels(k);
  FitCodebookInPieces(
      [&](PieceFunction take) {
        for (size_t begin = 0; begin < values.size(); begin += 1000) {
          const size_t count = std::min<size_t>(1000, values.size() - begin);
          take(values.data() + begin, weights.empty() ? nullptr : weights.data() + begin, count);
        }
      },
      values.size(), iterations, absl::MakeSpan(levels));
  return levels;
}

TEST_CASE("values that stay where they are get levels as good as sorted ones") {
  std::mt19937 engine(11);
  std::normal_distribution<float> normal;
  const auto narrow = [&] { return 1.0f + 1e-4f * normal(engine); };  // few buckets
  const auto skewed = [&] {
    const float v = normal(engine);
    return v * v * v + 0.3f;
  };
  for (int shape = 0; shape < 3; ++shape) {
    for (const bool weighted : {false, true}) {
      std::vector<float> values(300000), weights(weighted ? values.size() : 0);
      for (float& v : values) v = shape == 0 ? normal(engine) : shape == 1 ? narrow() : skewed();
      for (float& w : weights) w = std::max(0.0f, normal(engine));
      for (const size_t k : {2u, 16u, 64u}) {
        INFO(shape << " " << weighted << " " << k);
        const std::vector<float> levels = InPieces(values, weights, k, 100);
        CHECK(std::is_sorted(levels.begin(), levels.end()));
        std::vector<float> sorted = values, sorted_weights = weights, expected(k);
        FitCodebook(sorted, sorted_weights, 100, absl::MakeSpan(expected), Always);
        CHECK(ErrorOf(values, weights, levels) <= 1.01 * ErrorOf(values, weights, expected));
        if (shape == 0 && k == 16) {
          // Each level is the mean of the values nearest to it.
          double sum = 0, weight = 0;
          for (size_t i = 0; i < values.size(); ++i) {
            if (2 * values[i] <= levels[6] + levels[7] || 2 * values[i] > levels[7] + levels[8]) {
              continue;
            }
            const double w = weighted ? static_cast<double>(weights[i]) : 1.0;
            sum += w * static_cast<double>(values[i]);
            weight += w;
          }
          CHECK(std::abs(sum / weight - static_cast<double>(levels[7])) < 1e-3);
        }
      }
    }
  }
}

TEST_CASE("few distinct values in pieces are represented exactly") {
  std::vector<float> values;
  for (int i = 0; i < 5000; ++i) values.push_back(static_cast<float>(i % 7 - 3) / 3.0f);
  std::vector<float> distinct = values;
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  std::vector<float> levels = InPieces(values, {}, 8, 10);
  levels.pop_back();  // the last one twice
  CHECK(levels == distinct);
  CHECK(InPieces({}, {}, 4, 10) == std::vector<float>{0, 0, 0, 0});
  CHECK(InPieces(values, {}, 2, 0).size() == 2);
}

}  // namespace
}  // namespace pawl
