// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PAWL_TESTS_CORE_OBSERVER_TEST_UTIL_H_
#define PAWL_TESTS_CORE_OBSERVER_TEST_UTIL_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <utility>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "pawl/observer.h"

namespace pawl {

inline constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
inline constexpr float kInf = std::numeric_limits<float>::infinity();

inline ObserverOptions Options(ObserverKind kind, int32_t bins = 4096) {
  ObserverOptions options;
  options.kind = kind;
  options.bins = bins;
  return options;
}

inline Observer Make(const ObserverOptions& options) {
  absl::StatusOr<Observer> observer = Observer::Create(options);
  REQUIRE(observer.ok());
  return *std::move(observer);
}

inline Observer Seen(const ObserverOptions& options, const std::vector<float>& values) {
  Observer observer = Make(options);
  REQUIRE(observer.Observe(values).ok());
  return observer;
}

inline ValueRange RangeOf(const Observer& observer, ObserverRange method, CodeRange codes = {},
                          double percentile = 99.99) {
  RangeOptions options;
  options.method = method;
  options.codes = codes;
  options.percentile = percentile;
  const auto ranges = observer.ComputeRanges(options);
  REQUIRE(ranges.ok());
  REQUIRE(ranges->size() == 1);
  return ranges->front();
}

inline std::vector<float> Normal(size_t n, uint32_t seed, float mean = 0.0f) {
  std::mt19937 random(seed);
  std::normal_distribution<float> distribution(mean, 1.0f);
  std::vector<float> values(n);
  for (float& v : values) v = distribution(random);
  return values;
}

inline constexpr CodeRange kInt8{-127, 127, true};
inline constexpr CodeRange kUint8{0, 255, false};

}  // namespace pawl

#endif  // PAWL_TESTS_CORE_OBSERVER_TEST_UTIL_H_
