// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/observer.h"

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "pawl/float_types.h"
#include "tests/core/observer_test_util.h"

namespace pawl {
namespace {

TEST_CASE("MinMax takes finite values and counts the others") {
  const Observer observer =
      Seen(Options(ObserverKind::kMinMax), {3.0f, kNan, -2.5f, kInf, -kInf, 7.0f, -kNan});
  CHECK(RangeOf(observer, ObserverRange::kMinMax) == ValueRange{-2.5, 7.0});
  CHECK(observer.count() == 3);
  CHECK(observer.nan_count() == 2);
  CHECK(observer.inf_count() == 2);
}

TEST_CASE("MovingAverage weights the newest batch by its momentum") {
  ObserverOptions options = Options(ObserverKind::kMovingAverage);
  options.momentum = 0.25;
  Observer observer = Make(options);
  const std::vector<std::vector<float>> batches = {{-1.0f, 4.0f}, {kNan}, {-5.0f, 8.0f}};
  for (const auto& batch : batches) REQUIRE(observer.Observe(batch).ok());
  // The batch without finite values changes nothing.
  CHECK(RangeOf(observer, ObserverRange::kMinMax) == ValueRange{-2.0, 5.0});
  CHECK(observer.nan_count() == 1);
  CHECK(ObserverOptions().momentum == 0.01);
}

TEST_CASE("MovingAverage merges by the number of values") {
  const ObserverOptions options = Options(ObserverKind::kMovingAverage);
  Observer a = Seen(options, {0.0f, 4.0f, 1.0f});
  REQUIRE(a.Merge(Seen(options, {-8.0f})).ok());
  CHECK(RangeOf(a, ObserverRange::kMinMax) == ValueRange{-2.0, 1.0});
}

TEST_CASE("Histogram bins are powers of two and count exactly") {
  const Observer observer =
      Seen(Options(ObserverKind::kHistogram, 128), {0.0f, -0.0f, 1.0f, 1.49f, 100.0f, -64.5f});
  const ChannelStatistics& channel = observer.state().channels[0];
  CHECK(channel.exponent == 0);  // 128 bins of width 1 cover 100
  CHECK(channel.histogram[0] == 2);
  CHECK(channel.histogram[1] == 2);
  CHECK(channel.histogram[100] == 1);
  CHECK(channel.histogram[128 + 64] == 1);
}

TEST_CASE("Statistics do not depend on how values are split or ordered") {
  std::vector<float> values = Normal(5000, 1);
  values[17] = 1e-42f;
  values[18] = 0.0f;
  values[4000] = 1e6f;  // the range grows late
  for (const ObserverKind kind : {ObserverKind::kMinMax, ObserverKind::kHistogram}) {
    const ObserverOptions options = Options(kind);
    const Observer whole = Seen(options, values);
    Observer split = Make(options);
    for (size_t i = 0; i < values.size(); i += 37) {
      const size_t n = std::min<size_t>(37, values.size() - i);
      REQUIRE(split.Observe(absl::MakeConstSpan(values).subspan(i, n)).ok());
    }
    CHECK(split.state() == whole.state());
    std::vector<float> reversed(values.rbegin(), values.rend());
    CHECK(Seen(options, reversed).state() == whole.state());
  }
}

#if defined(__SSE2__)
TEST_CASE("The host's denormal mode changes no statistic and no parameter") {
  std::vector<float> values = {1e-40f, -3e-41f, 0.0f, 2e-38f};
  const Observer expected = Seen(Options(ObserverKind::kHistogram, 128), values);
  RangeOptions options;
  options.method = ObserverRange::kMse;
  const std::vector<QParams> params = *expected.ComputeQParams(options);
  const unsigned saved = _mm_getcsr();
  _mm_setcsr(saved | 0x8040u);  // flush to zero, denormals are zero
  const Observer flushed = Seen(Options(ObserverKind::kHistogram, 128), values);
  const std::vector<QParams> flushed_params = *flushed.ComputeQParams(options);
  _mm_setcsr(saved);
  CHECK(flushed.state() == expected.state());
  CHECK(flushed_params == params);
  CHECK(expected.state().channels[0].min == static_cast<double>(-3e-41f));
}
#endif

TEST_CASE("Merged statistics equal those of one observer") {
  std::vector<float> a = Normal(3000, 2);
  std::vector<float> b = Normal(2000, 3);
  for (float& v : b) v *= 300.0f;
  a[5] = kNan;
  b[6] = kInf;
  const std::vector<float> zeros(10, 0.0f);
  std::vector<float> all = a;
  all.insert(all.end(), b.begin(), b.end());
  all.insert(all.end(), zeros.begin(), zeros.end());
  for (const ObserverKind kind : {ObserverKind::kMinMax, ObserverKind::kHistogram}) {
    const ObserverOptions options = Options(kind, 1024);
    const Observer whole = Seen(options, all);
    Observer forward = Seen(options, a);
    REQUIRE(forward.Merge(Seen(options, zeros)).ok());
    REQUIRE(forward.Merge(Seen(options, b)).ok());
    CHECK(forward.state() == whole.state());
    Observer backward = Make(options);
    REQUIRE(backward.Merge(Seen(options, zeros)).ok());
    REQUIRE(backward.Merge(Seen(options, b)).ok());
    REQUIRE(backward.Merge(Seen(options, a)).ok());
    CHECK(backward.state() == whole.state());
  }
}

TEST_CASE("Merge refuses what cannot be merged and leaves the statistics alone") {
  const ObserverOptions options = Options(ObserverKind::kHistogram, 256);
  Observer observer = Seen(options, {1.0f, 2.0f});
  const ObserverState before = observer.state();
  CHECK_FALSE(observer.Merge(Make(Options(ObserverKind::kHistogram, 512))).ok());
  CHECK_FALSE(observer.Merge(Make(Options(ObserverKind::kMinMax, 256))).ok());
  CHECK(observer.state() == before);
  REQUIRE(observer.Merge(observer).ok());  // with itself: everything twice
  CHECK(observer.count() == 4);
  CHECK(Observer::FromState(observer.state()).ok());
}

TEST_CASE("Memory does not grow with the number of samples") {
  for (const ObserverKind kind :
       {ObserverKind::kMinMax, ObserverKind::kMovingAverage, ObserverKind::kHistogram}) {
    const Observer few = Seen(Options(kind), Normal(10, 4));
    Observer many = Seen(Options(kind), Normal(10000, 5));
    for (uint32_t i = 0; i < 20; ++i) REQUIRE(many.Observe(Normal(1000, 6 + i)).ok());
    CHECK(few.size_bytes() == many.size_bytes());
  }
  CHECK(Seen(Options(ObserverKind::kHistogram), {1.0f}).size_bytes() < 66 * 1024);
}

TEST_CASE("Per channel on any axis equals one observer a channel") {
  const std::vector<float> values = Normal(2 * 3 * 70, 7);
  const int64_t inner_last[] = {2, 3, 70};
  const int64_t inner_none[] = {140, 3};
  for (const ObserverKind kind : {ObserverKind::kMinMax, ObserverKind::kHistogram}) {
    for (const bool last : {false, true}) {
      ObserverOptions options = Options(kind, 256);
      options.per_channel = true;
      options.axis = last ? -1 : 1;
      const absl::Span<const int64_t> shape =
          last ? absl::MakeConstSpan(inner_none) : absl::MakeConstSpan(inner_last);
      Observer observer = Make(options);
      REQUIRE(observer.Observe(*Tensor::FromValues<float>(shape, values)).ok());
      REQUIRE(observer.state().channels.size() == 3);
      for (size_t c = 0; c < 3; ++c) {
        std::vector<float> own;
        for (size_t i = 0; i < values.size(); ++i) {
          if ((last ? i % 3 : i / 70 % 3) == c) own.push_back(values[i]);
        }
        CHECK(observer.state().channels[c] == Seen(Options(kind, 256), own).state().channels[0]);
      }
      // Merging into an observer that saw nothing takes over the channels.
      Observer empty = Make(options);
      REQUIRE(empty.Merge(observer).ok());
      CHECK(empty.state() == observer.state());
    }
  }
}

TEST_CASE("Every float type is observed as the f32 values it holds") {
  const std::vector<float> values = {-1.5f, 0.25f, 3.0f, 0.0f};
  const ObserverOptions options = Options(ObserverKind::kHistogram, 128);
  const ObserverState expected = Seen(options, values).state();
  std::vector<uint16_t> half, brain;
  std::vector<double> wide(values.begin(), values.end());
  std::vector<uint8_t> e4m3;
  for (const float v : values) {
    half.push_back(F32ToF16(v));
    brain.push_back(F32ToBF16(v));
    e4m3.push_back(F32ToE4M3(v));
  }
  const int64_t shape[] = {2, 2};
  const auto check = [&](DType dtype, const void* data, size_t bytes) {
    Observer observer = Make(options);
    REQUIRE(observer.Observe(*Tensor::View(dtype, shape, data, bytes)).ok());
    CHECK(observer.state() == expected);
  };
  check(DType::kF16, half.data(), 8);
  check(DType::kBF16, brain.data(), 8);
  check(DType::kF64, wide.data(), 32);
  check(DType::kE4M3, e4m3.data(), 4);
}

TEST_CASE("Tensors that an observer cannot take are refused") {
  ObserverOptions options = Options(ObserverKind::kMinMax);
  options.per_channel = true;
  options.axis = 1;
  Observer observer = Make(options);
  const std::vector<float> values(6, 1.0f);
  const int64_t shape[] = {2, 3};
  const int64_t other[] = {3, 2};
  const int64_t flat[] = {6};
  REQUIRE(observer.Observe(*Tensor::FromValues<float>(shape, values)).ok());
  const ObserverState before = observer.state();
  CHECK_FALSE(observer.Observe(*Tensor::FromValues<float>(other, values)).ok());
  CHECK_FALSE(observer.Observe(*Tensor::FromValues<float>(flat, values)).ok());
  CHECK_FALSE(observer.Observe(values).ok());
  CHECK_FALSE(observer.Observe(*Tensor::Create(DType::kI32, shape)).ok());
  CHECK(observer.state() == before);
  const int64_t none[] = {0, 3};
  CHECK(observer.Observe(*Tensor::Create(DType::kF32, none)).ok());
  CHECK(observer.state() == before);
}

TEST_CASE("Bad observer options are refused by name") {
  const auto message = [](const ObserverOptions& options) {
    return std::string(Observer::Create(options).status().message());
  };
  CHECK(message(Options(ObserverKind::kHistogram, 100)).find("bins is 100") != std::string::npos);
  CHECK(message(Options(ObserverKind::kHistogram, 64)).find("bins is 64") != std::string::npos);
  ObserverOptions options;
  options.momentum = kNan;
  CHECK(message(options).find("momentum") != std::string::npos);
}

TEST_CASE("States that no observer could have made are refused") {
  const ObserverState good =
      Seen(Options(ObserverKind::kHistogram, 128), {1.0f, -3.0f, 0.0f, kNan}).state();
  REQUIRE(Observer::FromState(good).ok());
  const auto refused = [&](auto change) {
    ObserverState state = good;
    change(state, state.channels[0]);
    return !Observer::FromState(state).ok();
  };
  CHECK(refused([](auto& s, auto&) { s.channels.clear(); }));
  CHECK(refused([](auto& s, auto&) { s.options.bins = 129; }));
  CHECK(refused([](auto&, auto& c) { c.histogram.pop_back(); }));
  CHECK(refused([](auto&, auto& c) { c.histogram[3] += 1; }));
  CHECK(refused([](auto&, auto& c) { c.histogram[0] = ~uint64_t{0}; }));
  CHECK(refused([](auto&, auto& c) { c.count = ~uint64_t{0}; }));
  CHECK(refused([](auto&, auto& c) { c.count += 1; }));
  CHECK(refused([](auto&, auto& c) { c.exponent += 1; }));
  CHECK(refused([](auto&, auto& c) { c.max = 1e300; }));
  CHECK(refused([](auto&, auto& c) { c.min = std::nan(""); }));
  CHECK(refused([](auto&, auto& c) { std::swap(c.min, c.max); }));
  CHECK(refused([](auto&, auto& c) { c = ChannelStatistics{0, 0, 0, 1.0, 2.0, 0, {}}; }));
}

}  // namespace
}  // namespace pawl
