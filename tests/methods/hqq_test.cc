// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/hqq.h"

#include <algorithm>
#include <limits>

#include "method_test_util.h"

namespace pawl {
namespace {

// Weights with a few values far from the others, which HQQ is for.
Tensor HeavyTails(int64_t rows, int64_t cols) {
  Tensor w = RandomWeights(rows, cols);
  for (int64_t i = 0; i < w.num_elements(); i += 23)
    w.mutable_as<float>()[static_cast<size_t>(i)] *= 5.0f;
  return w;
}

double MeanError(const Tensor& w, const Tensor& q) {
  double sum = 0.0;
  for (size_t i = 0; i < w.as<float>().size(); ++i) {
    sum += std::fabs(static_cast<double>(w.as<float>()[i]) - static_cast<double>(q.as<float>()[i]));
  }
  return sum / static_cast<double>(w.num_elements());
}

// The definition for one group in f64: the zero point with the least mean error of 20 steps.
double PlainZero(const std::vector<double>& w, double scale, double zero, double levels) {
  double best = std::numeric_limits<double>::infinity(), best_zero = zero, beta = 10.0;
  for (int step = 0; step <= 20; ++step, beta *= 1.01) {
    double error = 0.0, sum = 0.0;
    for (const double v : w) {
      const double q = std::clamp(std::nearbyint(v / scale + zero), 0.0, levels);
      const double d = v - (q - zero) * scale;
      error += std::fabs(d);
      const double e =
          std::copysign(std::max(0.0, std::fabs(d) - std::pow(std::fabs(d), 0.7 - 1.0) / beta), d);
      sum += q - (v - e) / scale;
    }
    if (error < best) best = error, best_zero = zero;
    zero = sum / static_cast<double>(w.size());
  }
  return best_zero;
}

}  // namespace

TEST_CASE("hqq: the zero points of its definition") {
  const Tensor w = HeavyTails(6, 128);
  const Scheme scheme = *ParseScheme("uint4:hqq:g64:f32");
  const QuantizedTensor start = *Quantize(w, scheme), q = *Hqq(w, scheme);
  CHECK(SameBytes(q.scales, start.scales));
  for (size_t g = 0; g < 12; ++g) {
    std::vector<double> values;
    for (size_t i = 0; i < 64; ++i) values.push_back(w.as<float>()[g * 64 + i]);
    const double expected =
        PlainZero(values, start.scales.as<float>()[g], start.offsets.as<float>()[g], 15.0);
    CHECK(std::fabs(q.offsets.as<float>()[g] - expected) < 1e-3);
  }
}

TEST_CASE("hqq: smaller mean errors than the range's zero points, any grouping, same bytes") {
  const Tensor w = HeavyTails(32, 192);
  for (const char* text : {"uint4:hqq:g64", "uint3:hqq:g64", "uint2:hqq:g16", "uint4:hqq:channel",
                           "uint8:hqq:g64", "uint4:hqq:flat64", "uint4:hqq:tensor"}) {
    INFO(text);
    const Scheme scheme = *ParseScheme(text);
    HqqReport report;
    const QuantizedTensor q = *Hqq(w, scheme, {}, nullptr, &report);
    const double before = MeanError(w, DecodedTensor(*Quantize(w, scheme)));
    const double after = MeanError(w, DecodedTensor(q));
    CHECK(after < before);
    CHECK(std::fabs(report.error_before - before) < 1e-3 * before);
    CHECK(std::fabs(report.error_after - after) < 1e-3 * after);
    ForEachContext([&](Context& context) { CHECK(SameTensor(*Hqq(w, scheme, {}, &context), q)); });
  }
}

TEST_CASE("hqq: constant, zero and broken groups; what it refuses") {
  Tensor w = *Tensor::Create(DType::kF32, {3, 64});
  const absl::Span<float> values = w.mutable_as<float>();
  std::fill(values.begin(), values.begin() + 64, 0.25f);
  std::fill(values.begin() + 128, values.end(), std::numeric_limits<float>::quiet_NaN());
  HqqReport report;
  const QuantizedTensor q = *Hqq(w, *ParseScheme("uint4:hqq:g64"), {}, nullptr, &report);
  CHECK(report.stats.nan_count == 64);
  const Tensor decoded = DecodedTensor(q);
  CHECK(std::fabs(decoded.as<float>()[0] - 0.25f) < 0.02f);
  CHECK(decoded.as<float>()[64] == 0.0f);
  CHECK_FALSE(Hqq(w, *ParseScheme("int4:g64")).ok());
  CHECK_FALSE(Hqq(w, *ParseScheme("uint4:hqq:g64"), {.norm = 0.0}).ok());
}

}  // namespace pawl
