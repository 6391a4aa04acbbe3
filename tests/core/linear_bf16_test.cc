// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Weight-only layers that compute in bf16: the bound that linear.h states, against the exact
// result.

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "kernels/matmul.h"
#include "kernels/matmul_bf16.h"
#include "linear_test_util.h"
#include "tests/tested_targets.h"

namespace pawl {
namespace {

using namespace pawl::testing;

QuantizedLinear MakeBF16(const QuantizedTensor& w, LinearCompute compute = LinearCompute::kBf16) {
  LinearOptions options;
  options.compute = compute;
  return MakeLinear(w, options);
}

struct Bound {
  double exact = 0.0, size = 0.0, error = 0.0;  // size: sum of magnitudes
};

// Of x [m, k] . w [n, k]^T.
std::vector<Bound> Bounds(const std::vector<float>& x, const std::vector<float>& w, int64_t m,
                          int64_t n, int64_t k) {
  double largest = 0.0;
  for (const float v : x) largest = std::max(largest, std::fabs(double{v}));
  for (const float v : w) largest = std::max(largest, std::fabs(double{v}));
  std::vector<Bound> bounds;
  const auto columns = static_cast<double>(k);
  for (int64_t i = 0; i < m * n; ++i) {
    Bound b;
    for (int64_t c = 0; c < k; ++c) {
      const double product = double{x[static_cast<size_t>(i / n * k + c)]} *
                             double{w[static_cast<size_t>(i % n * k + c)]};
      b.exact += product;
      b.size += std::fabs(product);
    }
    b.error = (0x1p-7 + 0x1p-15 + (columns / 16 + 8) * 0x1p-23) * b.size +
              columns * 0x1p-110 * (1.0 + largest);
    bounds.push_back(b);
  }
  return bounds;
}

// Results outside of the bound; `worst` gets the largest error by sum of magnitudes.
int Outside(const std::vector<float>& y, const std::vector<Bound>& bounds, double* worst) {
  int count = 0;
  for (size_t i = 0; i < y.size(); ++i) {
    const double error = std::fabs(y[i] - bounds[i].exact);
    count += !(error <= bounds[i].error);
    *worst = std::max(*worst, bounds[i].size > 0.0 ? error / bounds[i].size : 0.0);
  }
  return count;
}

std::vector<float> RoundedToBF16(std::vector<float> values) {
  for (float& v : values) v = BF16ToF32(F32ToBF16(v));
  return values;
}

}  // namespace

TEST_CASE("bf16: within the stated bound on every target") {
  for (const char* text : {"int4:g32", "nf4", "bf16", "int8:channel", "uint4:g48:asym", "q4_k"}) {
    for (const int64_t k : {1, 31, 32, 500, 1024, 4200}) {
      if (std::string(text) == "q4_k" && k % 256 != 0) continue;
      const int64_t n = 1 + k % 37;
      constexpr int64_t most = 19;
      const QuantizedTensor w = RandomWeights(Parsed(text), {n, k}, 5);
      const std::vector<float> x = RandomFloats(most * k, 6);
      const std::vector<Bound> bounds = Bounds(x, Decoded(w), most, n, k);
      const QuantizedLinear linear = MakeBF16(w);
      for (const kernels::Target target : TestedTargets()) {
        const std::string name(kernels::TargetName(target));
        INFO(text << ", k " << k << ", target " << name);
        const std::vector<float> y = Forward(linear, x, most, *MakeContext(2, name));
        double worst = 0.0;
        CHECK(Outside(y, bounds, &worst) == 0);
        // Rounding took place: f32 alone would be thousands of times nearer.
        if (k > 500) CHECK(worst > 1e-5);
        // A row does not depend on its batch.
        for (const int64_t m : {1, 2, 3, 4, 5, 6, 7, 13}) {
          if (VectorsAreEmulated() && k > 2000 && m != 1 && m != 5) continue;
          const std::vector<float> part(x.begin(), x.begin() + m * k);
          const std::vector<float> few = Forward(linear, part, m, *MakeContext(1, name));
          CHECK(std::equal(few.begin(), few.end(), y.begin()));
        }
      }
    }
  }
}

TEST_CASE("bf16: targets without the products give the f32 ones of rounded values") {
  constexpr int64_t m = 19, n = 21, k = 1100;
  const QuantizedTensor w = RandomWeights(Parsed("int4:g32"), {n, k}, 5);
  const std::vector<float> x = RandomFloats(m * k, 6);
  const std::vector<float> rounded = RoundedToBF16(x), weights = RoundedToBF16(Decoded(w));
  std::vector<float> expected(m * n);
  kernels::reference::MatMulF32(rounded.data(), weights.data(), {m, n, k, k, k, n},
                                expected.data());
  for (const kernels::Target target : TestedTargets()) {
    if (kernels::HasProductsBF16(target)) continue;
    const std::string name(kernels::TargetName(target));
    INFO("target " << name);
    for (const int64_t rows : {int64_t{1}, m}) {
      const std::vector<float> part(x.begin(), x.begin() + rows * k);
      const std::vector<float> y = Forward(MakeBF16(w), part, rows, *MakeContext(1, name));
      CHECK(std::equal(y.begin(), y.end(), expected.begin()));
    }
  }
}

TEST_CASE("bf16: values of all magnitudes, cancellation, infinity and NaN") {
  constexpr int64_t m = 7, n = 16, k = 96;
  const QuantizedTensor w = RandomWeights(Parsed("int8:channel"), {n, k}, 5);
  std::vector<float> x = RandomFloats(m * k, 6);
  for (int64_t i = 0; i < k; ++i) {
    const auto at = static_cast<size_t>(i);
    x[at] = std::ldexp(x[at], static_cast<int>(i) * 2 - 140);  // denormal ones, too
    x[at + k] = i % 2 == 0 ? 1e30f : -1e30f;                   // cancels
    x[at + 2 * k] = 0.0f;
  }
  const std::vector<Bound> bounds = Bounds(x, Decoded(w), m, n, k);
  std::vector<float> broken = x;
  broken[static_cast<size_t>(5 * k + 95)] = std::numeric_limits<float>::infinity();
  broken[static_cast<size_t>(6 * k)] = std::numeric_limits<float>::quiet_NaN();
  for (const kernels::Target target : TestedTargets()) {
    const std::string name(kernels::TargetName(target));
    INFO("target " << name);
    double worst = 0.0;
    const std::vector<float> y = Forward(MakeBF16(w), x, m, *MakeContext(1, name));
    CHECK(Outside(y, bounds, &worst) == 0);
    for (int64_t i = 2 * n; i < 3 * n; ++i) CHECK(y[static_cast<size_t>(i)] == 0.0f);
    const std::vector<float> z = Forward(MakeBF16(w), broken, m, *MakeContext(1, name));
    CHECK(std::equal(z.begin(), z.begin() + 5 * n, y.begin()));
    for (int64_t i = 5 * n; i < m * n; ++i) CHECK(!std::isfinite(z[static_cast<size_t>(i)]));
  }
}

TEST_CASE("bf16: bias, activation, other types, transforms and what shares an input") {
  constexpr int64_t m = 5, n = 24, k = 128;
  const QuantizedTensor w = RandomWeights(Parsed("int4:g32"), {n, k}, 5);
  const std::vector<float> x = RoundedToBF16(RandomFloats(m * k, 6)), bias = RandomFloats(n, 7);
  const auto context = MakeContext();
  std::vector<float> plain = Forward(MakeBF16(w), x, m, *context);
  LinearOptions options;
  options.compute = LinearCompute::kBf16;
  options.bias = *Tensor::FromValues<float>({n}, bias);
  options.activation = FusedActivation::kRelu;
  const std::vector<float> y = Forward(MakeLinear(w, options), x, m, *context);
  for (size_t i = 0; i < y.size(); ++i) CHECK(y[i] == std::max(plain[i] + bias[i % n], 0.0f));

  std::vector<uint16_t> narrow;
  for (const float v : x) narrow.push_back(F32ToBF16(v));
  std::vector<float> from_bf16(m * n);
  REQUIRE(
      MakeBF16(w)
          .Run({narrow.data(), DType::kBF16, m, k}, {from_bf16.data(), DType::kF32, m, n}, *context)
          .ok());
  CHECK(from_bf16 == plain);

  CHECK(MakeBF16(w).SharesInput(MakeBF16(w)));
  CHECK_FALSE(MakeBF16(w).SharesInput(MakeBF16(w, LinearCompute::kF32)));
}

TEST_CASE("bf16: other modes refuse it by name") {
  const QuantizedTensor w = RandomWeights(Parsed("int8:channel"), {8, 32}, 5);
  LinearOptions options;
  options.name = "up_proj";
  options.compute = LinearCompute::kBf16;
  options.mode = LinearMode::kDynamicInt8;
  const auto refused = QuantizedLinear::Create(w, options);
  REQUIRE_FALSE(refused.ok());
  const std::string message(refused.status().message());
  CHECK(message.find("up_proj") != std::string::npos);
  CHECK(message.find("compute bf16 is for mode weight_only, not dynamic_int8") !=
        std::string::npos);
}

}  // namespace pawl
