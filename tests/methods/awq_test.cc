// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/awq.h"

#include <algorithm>
#include <limits>

#include "lib/methods/power.h"
#include "method_test_util.h"

namespace pawl {
namespace {

// Round to nearest by asymmetric groups, as the formula says.
Matrix PlainQuantize(const Matrix& w, int64_t group, double levels) {
  Matrix q = w;
  for (int64_t r = 0; r < w.rows(); ++r) {
    for (int64_t begin = 0; begin < w.cols(); begin += group) {
      const auto part = w.block(r, begin, 1, std::min(group, w.cols() - begin));
      const double low = std::min(0.0, part.minCoeff()), high = std::max(0.0, part.maxCoeff());
      const double scale = (high - low) / levels;
      const double zero = std::nearbyint(-low / scale);
      for (int64_t c = begin; c < begin + part.cols(); ++c) {
        const double code = std::clamp(std::nearbyint(w(r, c) / scale) + zero, 0.0, levels);
        q(r, c) = (code - zero) * scale;
      }
    }
  }
  return q;
}

struct PlainSearch {
  double error = std::numeric_limits<double>::infinity();
  double ratio = 0.0;
};

// The paper's grid in f64.
PlainSearch PlainAwq(const Matrix& w, const Matrix& x, int64_t group) {
  PlainSearch best;
  const Eigen::VectorXd a = x.cwiseAbs().colwise().mean();
  for (int k = 0; k < 20; ++k) {
    const double ratio = k / 20.0;
    Eigen::VectorXd s = a.array().pow(ratio).cwiseMax(1e-4);
    s /= std::sqrt(s.maxCoeff() * s.minCoeff());
    const Matrix q = PlainQuantize(w * s.asDiagonal(), group, 15.0) * s.cwiseInverse().asDiagonal();
    const double error =
        (x * (q - w).transpose()).squaredNorm() / static_cast<double>(x.rows() * w.rows());
    if (error < best.error) best = {error, ratio};
  }
  return best;
}

}  // namespace

TEST_CASE("power: exact enough, and its own") {
  for (const double base : {1e-30, 1e-4, 0.3, 0.70710678, 0.999, 1.0, 1.5, 2.0, 777.0, 1e30}) {
    for (const double exponent : {-0.7, -0.3, 0.0, 0.05, 0.5, 0.95, 1.0, 2.0}) {
      INFO(base << " to " << exponent);
      const double expected = std::pow(base, exponent);
      CHECK(std::fabs(FixedPower(base, exponent) - expected) < 1e-11 * expected);
    }
  }
  CHECK(FixedPower(0.0, 0.5) == 0.0);
}

TEST_CASE("awq: the grid of its definition") {
  const Tensor w = RandomWeights(40, 96), x = CorrelatedInputs(200, 96);
  AwqOptions options;
  options.duo_scaling = false;
  const Scheme scheme = *ParseScheme("uint4:g32:f32");
  const Tensor layers[] = {w};
  const AwqScales found = *FindAwqScales(layers, x, scheme, options);
  const PlainSearch expected = PlainAwq(ToMatrix(w), ToMatrix(x), 32);
  CHECK(found.ratio == expected.ratio);
  CHECK(std::fabs(found.error - expected.error) < 0.01 * expected.error);
  CHECK(found.error < 0.9 * found.error_without);
  ForEachContext([&](Context& context) {
    CHECK(FindAwqScales(layers, x, scheme, options, &context)->scales == found.scales);
  });
}

TEST_CASE("awq: scales and clipping lower the error of outputs, and the result decodes to W") {
  const Tensor w = RandomWeights(48, 128), x = CorrelatedInputs(300, 128);
  const InputMoments moments = MomentsOf(x);
  for (const char* text : {"uint4:g32", "int4:g64", "uint3:g32", "int4:channel", "uint4:g32:min"}) {
    INFO(text);
    const Scheme scheme = *ParseScheme(text);
    AwqReport report;
    const QuantizedTensor q = *Awq(w, x, scheme, {}, nullptr, &report);
    const double nearest = *OutputError(moments, w, DecodedTensor(*Quantize(w, scheme)));
    const double after = *OutputError(moments, w, DecodedTensor(q));
    CHECK(after < 0.85 * nearest);
    CHECK(report.clip_error <= report.scales.error * 1.0001);
    CHECK(q.scheme.input_scale);
    ForEachContext(
        [&](Context& context) { CHECK(SameTensor(*Awq(w, x, scheme, {}, &context), q)); });
  }
}

TEST_CASE("awq: several layers with the same inputs share scales") {
  const Tensor x = CorrelatedInputs(200, 64);
  const Tensor layers[] = {RandomWeights(32, 64, 1), RandomWeights(16, 64, 2)};
  const AwqScales found = *FindAwqScales(layers, x, *ParseScheme("uint4:g32"));
  CHECK(found.scales.size() == 64);
  CHECK(found.error < found.error_without);
}

TEST_CASE("awq: what does not fit") {
  const Tensor w = RandomWeights(8, 32), x = CorrelatedInputs(20, 32);
  const Tensor layers[] = {w};
  CHECK_FALSE(FindAwqScales({}, x, *ParseScheme("uint4:g32")).ok());
  CHECK_FALSE(FindAwqScales(layers, CorrelatedInputs(20, 31), *ParseScheme("uint4:g32")).ok());
  CHECK_FALSE(FindAwqScales(layers, x, *ParseScheme("uint4:g32"), {.ratios = 0}).ok());
  CHECK_FALSE(ClipForAwq(w, x, *ParseScheme("uint4:tensor")).ok());
  Tensor bad = *x.Clone();
  bad.mutable_as<float>()[3] = std::numeric_limits<float>::infinity();
  CHECK_FALSE(FindAwqScales(layers, bad, *ParseScheme("uint4:g32")).ok());
  const auto context = MakeContext(1);
  context->Cancel();
  CHECK(Awq(w, x, *ParseScheme("uint4:g32"), {}, context.get()).status().code() ==
        absl::StatusCode::kCancelled);
}

TEST_CASE("smoothquant: the formula, over all layers that share the inputs") {
  const std::vector<float> first = {1.0f, -4.0f, 0.0f, 2.0f}, second = {-2.0f, 1.0f, 0.0f, 8.0f};
  const Tensor layers[] = {*Tensor::FromValues<float>({1, 4}, first),
                           *Tensor::FromValues<float>({1, 4}, second)};
  const std::vector<float> x = {8.0f, 1.0f, 3.0f, 0.0f};
  const std::vector<float> s = *SmoothQuantScales(layers, x, 0.5);
  CHECK(std::fabs(s[0] - 2.0f) < 1e-6f);
  CHECK(std::fabs(s[1] - 0.5f) < 1e-6f);
  CHECK(std::fabs(s[2] - std::sqrt(3.0f / 1e-5f)) < 1e-3f);
  CHECK(s[3] > 0.0f);
  const Tensor scaled = *ScaleColumns(layers[0], s);
  CHECK(scaled.as<float>()[0] == s[0]);
  CHECK(scaled.as<float>()[1] == -4.0f * s[1]);
  CHECK_FALSE(SmoothQuantScales(layers, x, 1.5).ok());
  const std::vector<float> negative = {1.0f, -1.0f, 1.0f, 1.0f};
  CHECK_FALSE(SmoothQuantScales(layers, negative).ok());
  CHECK_FALSE(ScaleColumns(layers[0], absl::MakeConstSpan(x).subspan(1)).ok());
}

}  // namespace pawl
