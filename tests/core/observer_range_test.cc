// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// From statistics to ranges, scales and zero points.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "pawl/observer.h"
#include "tests/core/observer_test_util.h"

namespace pawl {
namespace {

// ---- degenerate values: never a zero, denormal, infinite or NaN scale ---------------------------

TEST_CASE("Degenerate statistics have defined parameters") {
  struct Case {
    std::vector<float> values;
    QParams symmetric, asymmetric;
  };
  const float tiny = std::numeric_limits<float>::min();
  const std::vector<Case> cases = {
      {{}, {1.0f, 0}, {1.0f, 0}},
      {{0.0f, -0.0f}, {1.0f, 0}, {1.0f, 0}},
      {{kNan, kInf, -kInf}, {1.0f, 0}, {1.0f, 0}},
      {{254.0f}, {2.0f, 0}, {254.0f / 255.0f, 0}},
      {{-127.5f, -127.5f}, {127.5f / 127.0f, 0}, {0.5f, 255}},
      {{1e-45f}, {tiny, 0}, {tiny, 0}},
      {{-1e-40f, 1e-40f}, {tiny, 0}, {tiny, 0}},
      {{std::numeric_limits<float>::max(), std::numeric_limits<float>::lowest()},
       {std::numeric_limits<float>::max() / 127.0f, 0},
       {static_cast<float>(2.0 * std::numeric_limits<float>::max() / 255.0), 128}},
  };
  for (const Case& c : cases) {
    const Observer observer = Seen(Options(ObserverKind::kHistogram, 128), c.values);
    for (const ObserverRange method : {ObserverRange::kMinMax, ObserverRange::kPercentile,
                                       ObserverRange::kEntropy, ObserverRange::kMse}) {
      INFO(ObserverRangeName(method) << " of " << c.values.size() << " values");
      RangeOptions options;
      options.method = method;
      options.codes = kInt8;
      CHECK(observer.ComputeQParams(options)->front() == c.symmetric);
      options.codes = kUint8;
      CHECK(observer.ComputeQParams(options)->front() == c.asymmetric);
    }
  }
}

TEST_CASE("Scales and zero points of ranges") {
  CHECK(*ComputeQParams({-1.0, 3.0}, {-128, 127, false}) == QParams{4.0f / 255.0f, -64});
  CHECK(*ComputeQParams({1.0, 255.0}, kUint8) == QParams{1.0f, 0});  // widened to 0
  CHECK(*ComputeQParams({-255.0, -1.0}, kUint8) == QParams{1.0f, 255});
  CHECK(*ComputeQParams({-1.0, 2.0}, {-128, 127, true}) == QParams{2.0f / 127.0f, 0});
  CHECK(*ComputeQParams({-1.0, 2.0}, {0, 255, true}) == QParams{2.0f / 127.0f, 128});
  CHECK(*ComputeQParams({-7.0, 2.0}, {0, 15, true}) == QParams{1.0f, 8});
  // Zero point half to even: 0.5 / 1 = 0.5 gives 0, 1.5 gives 2.
  CHECK(ComputeQParams({-0.5, 254.5}, kUint8)->zero_point == 0);
  CHECK(ComputeQParams({-1.5, 253.5}, kUint8)->zero_point == 2);
  CHECK_FALSE(ComputeQParams({1.0, 0.0}, kUint8).ok());
  CHECK_FALSE(ComputeQParams({std::nan(""), 0.0}, kUint8).ok());
  CHECK_FALSE(ComputeQParams({0.0, HUGE_VAL}, kUint8).ok());
  CHECK_FALSE(ComputeQParams({0.0, 1.0}, {0, 1, true}).ok());
  CHECK_FALSE(ComputeQParams({0.0, 1.0}, {0, 0, false}).ok());
  CHECK_FALSE(ComputeQParams({0.0, 1.0}, {0, 1 << 30, false}).ok());
}

// ---- range methods ------------------------------------------------------------------------------

TEST_CASE("Percentiles are exact to one bin") {
  for (const size_t n : {1u, 2u, 999u, 10000u}) {
    const std::vector<float> values = Normal(n, static_cast<uint32_t>(n), 0.5f);
    const Observer observer = Seen(Options(ObserverKind::kHistogram), values);
    const double width = std::ldexp(1.0, observer.state().channels[0].exponent);
    std::vector<float> sorted = values;
    std::sort(sorted.begin(), sorted.end());
    std::vector<float> magnitudes;
    for (const float v : values) magnitudes.push_back(std::abs(v));
    std::sort(magnitudes.begin(), magnitudes.end());
    for (const int tenths : {1, 500, 900, 990, 999, 1000}) {  // of a percent
      const double percentile = tenths / 10.0;
      INFO(n << " values, percentile " << percentile);
      const size_t cut = std::min(n * static_cast<size_t>(1000 - tenths) / 1000, n - 1);
      const double magnitude = magnitudes[n - 1 - cut];
      const ValueRange mirrored = RangeOf(observer, ObserverRange::kPercentile, kInt8, percentile);
      const double found = std::max(-mirrored.min, mirrored.max);
      CHECK(found >= magnitude);
      CHECK(found <= magnitude + width);

      const size_t side = std::min(n * static_cast<size_t>(1000 - tenths) / 2000, (n - 1) / 2);
      const ValueRange two = RangeOf(observer, ObserverRange::kPercentile, kUint8, percentile);
      CHECK(two.min <= sorted[side]);
      CHECK(two.min >= sorted[side] - width);
      CHECK(two.max >= sorted[n - 1 - side]);
      CHECK(two.max <= sorted[n - 1 - side] + width);
    }
    CHECK(RangeOf(observer, ObserverRange::kPercentile, kUint8, 100.0) ==
          RangeOf(observer, ObserverRange::kMinMax));
  }
}

// The definition of EntropyBins (observer_search.h) written out with distributions.
double PlainDivergence(const std::vector<double>& counts, size_t kept, size_t levels) {
  std::vector<double> reference(counts.begin(), counts.begin() + static_cast<ptrdiff_t>(kept));
  std::vector<double> candidate(kept, 0.0);
  std::vector<double> sum(levels, 0.0), filled(levels, 0.0);
  double tail = 0.0, total = 0.0, inside = 0.0;
  for (size_t i = 0; i < counts.size(); ++i) {
    total += counts[i];
    if (i >= kept) {
      tail += counts[i];
      continue;
    }
    inside += counts[i];
    sum[i * levels / kept] += counts[i];
    filled[i * levels / kept] += counts[i] > 0.0;
  }
  reference.back() += tail;
  double divergence = 0.0;
  for (size_t i = 0; i < kept; ++i) {
    const size_t level = i * levels / kept;
    if (counts[i] > 0.0) candidate[i] = sum[level] / filled[level] / inside;
    const double p = reference[i] / total;
    if (p == 0.0) continue;
    if (candidate[i] == 0.0) return HUGE_VAL;
    divergence += p * std::log(p / candidate[i]);
  }
  return divergence;
}

size_t PlainEntropyBins(const ChannelStatistics& channel, size_t levels) {
  const size_t bins = channel.histogram.size() / 2;
  std::vector<double> counts;
  for (size_t i = 0; i < bins; ++i) {
    counts.push_back(static_cast<double>(channel.histogram[i] + channel.histogram[bins + i]));
  }
  counts[0] = counts[1];
  while (counts.back() == 0.0) counts.pop_back();
  size_t best = counts.size();
  double least = HUGE_VAL;
  for (size_t kept = std::max<size_t>(128, levels); kept <= counts.size(); ++kept) {
    const double divergence = PlainDivergence(counts, kept, levels);
    if (divergence <= least + 1e-12) best = kept;
    least = std::min(least, divergence);
  }
  return best;
}

TEST_CASE("Entropy ranges equal a plain reading of the definition") {
  for (uint32_t seed = 0; seed < 6; ++seed) {
    std::vector<float> values = Normal(20000, seed, seed % 2 == 0 ? 0.0f : 1.0f);
    for (size_t i = 0; i < 20; ++i) values[i] *= static_cast<float>(1 + seed * 2);
    for (size_t i = 100; i < 9000; ++i) values[i] = std::max(values[i], 0.0f);
    const Observer observer = Seen(Options(ObserverKind::kHistogram, 512), values);
    const ChannelStatistics& channel = observer.state().channels[0];
    const double width = std::ldexp(1.0, channel.exponent);
    for (const int32_t limit : {127, 7}) {
      INFO("seed " << seed << ", limit " << limit);
      const double magnitude =
          static_cast<double>(PlainEntropyBins(channel, static_cast<size_t>(limit) + 1)) * width;
      const ValueRange range =
          RangeOf(observer, ObserverRange::kEntropy, CodeRange{-limit, limit, true});
      CHECK(range.max == std::min(channel.max, magnitude));
      CHECK(range.min == std::max(channel.min, -magnitude));
    }
  }
}

TEST_CASE("Entropy clips a far outlier and keeps a uniform distribution whole") {
  std::vector<float> values = Normal(100000, 8);
  values[0] = 40.0f;
  const Observer outlier = Seen(Options(ObserverKind::kHistogram), values);
  CHECK(RangeOf(outlier, ObserverRange::kEntropy).max < 10.0);
  CHECK(RangeOf(outlier, ObserverRange::kEntropy).max > 2.5);

  std::vector<float> uniform;
  for (int i = 0; i < 200000; ++i) uniform.push_back(static_cast<float>(i % 2001 - 1000));
  const Observer flat = Seen(Options(ObserverKind::kHistogram, 1024), uniform);
  CHECK(RangeOf(flat, ObserverRange::kEntropy) == ValueRange{-1000.0, 1000.0});
}

TEST_CASE("What the levels reproduce exactly is kept whole") {
  // One value in every 16th bin: no level holds two of them, so only a cut costs anything.
  std::vector<float> values;
  for (int i = 1; i < 256; i += 16) values.push_back(static_cast<float>(i));
  const Observer observer = Seen(Options(ObserverKind::kHistogram, 256), values);
  CHECK(RangeOf(observer, ObserverRange::kEntropy).max == 241.0);
}

double TrueError(const std::vector<float>& values, const ValueRange& range,
                 const CodeRange& codes) {
  const QParams params = *ComputeQParams(range, codes);
  double error = 0.0;
  for (const float v : values) {
    const double code =
        std::clamp(std::nearbyint(v / static_cast<double>(params.scale)) + params.zero_point,
                   static_cast<double>(codes.min_code), static_cast<double>(codes.max_code));
    const double back = (code - params.zero_point) * static_cast<double>(params.scale);
    error += (back - v) * (back - v);
  }
  return error;
}

TEST_CASE("MSE ranges are within 1 % of the best clip found by trying the values themselves") {
  for (const CodeRange codes :
       {CodeRange{-127, 127, true}, CodeRange{-7, 7, true}, CodeRange{0, 15, false}}) {
    std::vector<float> values = Normal(20000, 9, codes.symmetric ? 0.0f : 1.5f);
    values[3] = 9.0f;
    const Observer observer = Seen(Options(ObserverKind::kHistogram), values);
    const ValueRange all = RangeOf(observer, ObserverRange::kMinMax);
    double best = HUGE_VAL;
    for (int i = 10; i <= 400; ++i) {
      const double t = 9.0 * i / 400.0;
      best =
          std::min(best, TrueError(values, {std::max(all.min, -t), std::min(all.max, t)}, codes));
    }
    const ValueRange range = RangeOf(observer, ObserverRange::kMse, codes);
    INFO("codes up to " << codes.max_code << ": range " << range.min << " .. " << range.max);
    CHECK(TrueError(values, range, codes) <= best * 1.01);
  }
}

TEST_CASE("Values of one sign use all asymmetric codes") {
  std::vector<float> values = Normal(50000, 10);
  for (float& v : values) v = std::max(v, 0.0f);
  const Observer observer = Seen(Options(ObserverKind::kHistogram), values);
  for (const ObserverRange method :
       {ObserverRange::kPercentile, ObserverRange::kEntropy, ObserverRange::kMse}) {
    const ValueRange range = RangeOf(observer, method, kUint8, 99.9);
    CHECK(range.min == 0.0);
    CHECK(range.max > 2.0);
    CHECK(range.max < 6.0);
    CHECK(ComputeQParams(range, kUint8)->zero_point == 0);
  }
}

TEST_CASE("Methods need their statistics, percentiles their bounds") {
  const Observer plain = Seen(Options(ObserverKind::kMinMax), {1.0f});
  RangeOptions options;
  options.method = ObserverRange::kEntropy;
  CHECK(plain.ComputeRanges(options).status().message().find("needs a histogram") !=
        absl::string_view::npos);
  options.method = ObserverRange::kPercentile;
  const Observer histogram = Seen(Options(ObserverKind::kHistogram), {1.0f});
  for (const double bad : {0.0, -1.0, 100.1, std::nan("")}) {
    options.percentile = bad;
    CHECK_FALSE(histogram.ComputeRanges(options).ok());
  }
}

}  // namespace
}  // namespace pawl
