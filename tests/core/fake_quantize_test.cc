// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/fake_quantize.h"

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "catch2/catch_approx.hpp"
#include "catch2/catch_test_macros.hpp"

namespace pawl {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

FakeQuantizeParams Params(absl::Span<const float> scales, absl::Span<const int32_t> zeros, int lo,
                          int hi, int axis = 0) {
  FakeQuantizeParams params;
  params.scales = scales;
  params.zero_points = zeros;
  params.min_code = lo;
  params.max_code = hi;
  params.axis = axis;
  return params;
}

std::vector<float> Forward(const std::vector<float>& x, const FakeQuantizeParams& params) {
  std::vector<float> out(x.size(), -99.0f);
  const int64_t shape[] = {static_cast<int64_t>(x.size())};
  REQUIRE(FakeQuantize(x, shape, params, absl::MakeSpan(out)).ok());
  return out;
}

// The mean of out * weights for finite differences, in double.
double Loss(const std::vector<float>& x, const std::vector<float>& weights, float scale) {
  const float scales[] = {scale};
  const int32_t zeros[] = {3};
  const std::vector<float> out = Forward(x, Params(scales, zeros, 0, 15));
  double sum = 0.0;
  for (size_t i = 0; i < out.size(); ++i) sum += static_cast<double>(out[i]) * weights[i];
  return sum;
}

TEST_CASE("FakeQuantize rounds half to even, clamps and dequantizes") {
  const float scale[] = {0.5f};
  const int32_t zero[] = {-1};
  // Codes -4..3 around zero point -1: values -1.5 .. 2.
  const std::vector<float> out = Forward(
      {0.0f, -0.0f, 0.25f, 0.75f, -0.25f, 0.6f, 2.0f, 2.2f, 9.0f, -1.5f, -7.0f, kInf, -kInf},
      Params(scale, zero, -4, 3));
  const std::vector<float> expected = {0.0f, 0.0f, 0.0f,  1.0f,  0.0f, 0.5f, 2.0f,
                                       2.0f, 2.0f, -1.5f, -1.5f, 2.0f, -1.5f};
  CHECK(out == expected);
  CHECK_FALSE(std::signbit(out[1]));
  CHECK(std::isnan(Forward({kNan}, Params(scale, zero, -4, 3))[0]));
}

#if defined(__SSE2__)
TEST_CASE("The host's denormal mode does not change FakeQuantize") {
  const float scale[] = {4e-39f};  // denormal, as are the values
  const std::vector<float> x = {9e-39f, -5e-39f, 1e-39f};
  const std::vector<float> expected = Forward(x, Params(scale, {}, -7, 7));
  CHECK(expected == std::vector<float>{2.0f * 4e-39f, -4e-39f, 0.0f});
  const unsigned saved = _mm_getcsr();
  _mm_setcsr(saved | 0x8040u);  // flush to zero, denormals are zero
  std::vector<float> flushed(3);
  const int64_t shape[] = {3};
  const bool ok = FakeQuantize(x, shape, Params(scale, {}, -7, 7), absl::MakeSpan(flushed)).ok();
  _mm_setcsr(saved);
  REQUIRE(ok);
  CHECK(flushed == expected);
}
#endif

TEST_CASE("FakeQuantize per channel on any axis, in place") {
  const float scales[] = {1.0f, 0.5f, 0.25f};
  const int64_t shape[] = {2, 3, 2};
  std::vector<float> x(12, 0.6f);
  const FakeQuantizeParams params = Params(scales, {}, -1, 1, -2);
  REQUIRE(FakeQuantize(x, shape, params, absl::MakeSpan(x)).ok());
  const std::vector<float> expected = {1.0f, 1.0f, 0.5f, 0.5f, 0.25f, 0.25f,
                                       1.0f, 1.0f, 0.5f, 0.5f, 0.25f, 0.25f};
  CHECK(x == expected);
}

TEST_CASE("The straight-through gradient stops at the codes' ends") {
  const float scale[] = {0.5f};
  const std::vector<float> x = {0.3f, 1.2f, 1.3f, -2.2f, -2.3f, kNan, kInf};
  const int64_t shape[] = {7};
  // Codes -4..2: 1.2 rounds to 2, 1.3 to 3; -2.2 to -4, -2.3 to -5.
  const FakeQuantizeParams params = Params(scale, {}, -4, 2);
  std::vector<float> grad = {1, 2, 3, 4, 5, 6, 7};
  FakeQuantizeGradients gradients;
  gradients.x = absl::MakeSpan(grad);
  REQUIRE(FakeQuantizeBackward(x, shape, params, grad, gradients).ok());
  CHECK(grad == std::vector<float>{1, 2, 0, 4, 0, 0, 0});
}

TEST_CASE("Scale and zero-point gradients follow LSQ and LSQ+") {
  const float scale[] = {0.5f};
  const int32_t zero[] = {1};
  const std::vector<float> x = {0.6f, 9.0f, -9.0f};
  const std::vector<float> upstream = {2.0f, 3.0f, 5.0f};
  const int64_t shape[] = {3};
  const FakeQuantizeParams params = Params(scale, zero, 0, 15);
  std::vector<float> grad(3);
  double by_scale[1] = {7.0};
  double by_zero[1] = {7.0};
  FakeQuantizeGradients gradients;
  gradients.x = absl::MakeSpan(grad);
  gradients.scale = by_scale;
  gradients.zero_point = by_zero;
  REQUIRE(FakeQuantizeBackward(x, shape, params, upstream, gradients).ok());
  // Inside: 1 - 1.2; above: 15 - 1; below: 0 - 1.
  CHECK(by_scale[0] == Catch::Approx(2.0 * (1.0 - 1.2) + 3.0 * 14.0 + 5.0 * -1.0).epsilon(1e-6));
  CHECK(by_zero[0] == Catch::Approx(-0.5 * (3.0 + 5.0)));
  CHECK(grad == std::vector<float>{2.0f, 0.0f, 0.0f});

  gradients.scale_factor = *LsqGradientFactor(3, 15);
  CHECK(gradients.scale_factor == Catch::Approx(1.0 / std::sqrt(45.0)));
  const double before = by_scale[0];
  REQUIRE(FakeQuantizeBackward(x, shape, params, upstream, gradients).ok());
  CHECK(by_scale[0] == Catch::Approx(before / std::sqrt(45.0)));
}

TEST_CASE("Where everything is clipped the scale's gradient is the finite difference") {
  const std::vector<float> x = {50.0f, -40.0f, 60.0f};
  const std::vector<float> weights = {1.0f, -2.0f, 0.5f};
  const float scale[] = {0.75f};
  const int32_t zero[] = {3};
  const int64_t shape[] = {3};
  std::vector<float> grad(3);
  double by_scale[1] = {0.0};
  FakeQuantizeGradients gradients;
  gradients.x = absl::MakeSpan(grad);
  gradients.scale = by_scale;
  REQUIRE(FakeQuantizeBackward(x, shape, Params(scale, zero, 0, 15), weights, gradients).ok());
  const double slope = (Loss(x, weights, 0.875f) - Loss(x, weights, 0.625f)) / 0.25;
  CHECK(by_scale[0] == Catch::Approx(slope));
}

TEST_CASE("Per-channel gradients go to their channels") {
  const float scales[] = {1.0f, 2.0f};
  const std::vector<float> x = {9.0f, 9.0f, -9.0f, 0.0f};  // [2, 2], channels are columns
  const std::vector<float> ones(4, 1.0f);
  const int64_t shape[] = {2, 2};
  std::vector<float> grad(4);
  double by_scale[2];
  FakeQuantizeGradients gradients;
  gradients.x = absl::MakeSpan(grad);
  gradients.scale = by_scale;
  REQUIRE(FakeQuantizeBackward(x, shape, Params(scales, {}, -3, 3, 1), ones, gradients).ok());
  CHECK(by_scale[0] == 0.0);  // +3 and -3
  CHECK(by_scale[1] == 3.0);  // 9/2 is clipped, 0 gives 0
  CHECK(grad == std::vector<float>{0.0f, 0.0f, 0.0f, 1.0f});
}

TEST_CASE("LSQ's first scale") {
  const std::vector<float> x = {1.0f, -3.0f, kNan, kInf};
  CHECK(*LsqInitialScale(x, 4) == 2.0f);  // 2 * 2 / 2
  CHECK(*LsqInitialScale(std::vector<float>{0.0f, kNan}, 7) == 1.0f);
  CHECK(*LsqInitialScale({}, 7) == 1.0f);
  CHECK(*LsqInitialScale(std::vector<float>{1e-45f}, 7) == std::numeric_limits<float>::min());
  CHECK_FALSE(LsqInitialScale(x, 0).ok());
  CHECK_FALSE(LsqGradientFactor(0, 7).ok());
}

TEST_CASE("Bad arguments of FakeQuantize are refused by name") {
  const std::vector<float> x(6, 1.0f);
  std::vector<float> out(6);
  const int64_t shape[] = {2, 3};
  const auto message = [&](const FakeQuantizeParams& params) {
    return FakeQuantize(x, shape, params, absl::MakeSpan(out)).ToString();
  };
  const auto has = [](const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
  };
  const float good[] = {1.0f};
  const float three[] = {1.0f, 1.0f, 1.0f};
  const float zero_scale[] = {0.0f};
  const float nan_scale[] = {kNan};
  const int32_t far[] = {300};
  CHECK(has(message(Params(zero_scale, {}, -1, 1)), "scale 0 is 0"));
  CHECK(has(message(Params(nan_scale, {}, -1, 1)), "scale 0 is nan"));
  CHECK(has(message(Params(good, far, -1, 1)), "zero point 0 is 300"));
  CHECK(has(message(Params(good, {}, 1, 1)), "codes [1, 1]"));
  CHECK(has(message(Params(three, {}, -1, 1, 0)), "3 channels on axis 0"));
  CHECK(has(message(Params({}, {}, -1, 1, 0)), "0 channels"));
  CHECK(has(message(Params(three, far, -1, 1, 1)), "3 scales but 1 zero points"));
  CHECK(message(Params(three, {}, -1, 1, 1)) == "OK");
  CHECK_FALSE(FakeQuantize(x, shape, Params(good, {}, -1, 1), absl::MakeSpan(out).first(5)).ok());
}

}  // namespace
}  // namespace pawl
