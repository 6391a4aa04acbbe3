// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Dynamic and static int8 against plain loops in double precision over the same codes.

#include <bit>
#include <limits>
#include <string>
#include <vector>

#include "lib/core/group_layout.h"
#include "linear_test_util.h"

namespace pawl {
namespace {

using namespace pawl::testing;

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

bool IsOutlier(const QuantizedTensor& w, int64_t column) {
  for (const int32_t c : w.outlier_columns.as<int32_t>()) {
    if (c == column) return true;
  }
  return false;
}

// Activations as the integer modes see them, back in float: dynamic with one scale for each set of
// columns of equal `set`, outlier columns as they are.
std::vector<float> Rounded(const std::vector<float>& x, int64_t m, const QuantizedTensor& w,
                           const std::vector<int64_t>& set) {
  const int64_t k = w.cols();
  std::vector<float> out = x;
  for (int64_t i = 0; i < m; ++i) {
    std::vector<float> largest(static_cast<size_t>(k), 0.0f);
    for (int64_t c = 0; c < k; ++c) {
      float& a = largest[static_cast<size_t>(set[static_cast<size_t>(c)])];
      if (!IsOutlier(w, c)) a = std::max(a, std::fabs(x[static_cast<size_t>(i * k + c)]));
    }
    for (int64_t c = 0; c < k; ++c) {
      if (IsOutlier(w, c)) continue;
      const float scale = largest[static_cast<size_t>(set[static_cast<size_t>(c)])] / 127.0f;
      float& v = out[static_cast<size_t>(i * k + c)];
      v = scale == 0.0f ? 0.0f : std::nearbyint(v / scale) * scale;
    }
  }
  return out;
}

std::vector<int64_t> OneSet(int64_t k) { return std::vector<int64_t>(static_cast<size_t>(k), 0); }

std::vector<int64_t> GroupSets(const QuantizedTensor& w) {
  const auto layout = *GroupLayout::Create(w.scheme, w.shape, w.group_index.as<int32_t>());
  std::vector<int64_t> sets;
  for (int64_t c = 0; c < w.cols(); ++c) sets.push_back(layout.GroupOf(0, c));
  return sets;
}

std::vector<Scheme> IntegerSchemes() {
  std::vector<Scheme> schemes;
  for (const char* text : {"int8:channel", "int8:tensor", "uint8:channel:asym", "int4:g32",
                           "uint4:g32:asym", "uint4:g48:min", "uint8:g64:min", "uint4:g64:hqq",
                           "ternary:g64", "binary:channel", "int8:block4x64"}) {
    schemes.push_back(Parsed(text));
  }
  Scheme s = Parsed("uint4:g32:asym");
  s.grouping.kind = GroupKind::kIndexMap;
  schemes.push_back(s);
  s.outliers = kParamF16;
  schemes.push_back(s);
  s = Parsed("int8:channel");
  s.outliers = kParamF32;
  schemes.push_back(s);
  return schemes;
}

LinearOptions Dynamic(ActivationScale scale = ActivationScale::kPerToken) {
  LinearOptions options;
  options.mode = LinearMode::kDynamicInt8;
  options.activation_groups = scale;
  return options;
}

LinearOptions Static(DType dtype, float scale, int32_t zero) {
  LinearOptions options;
  options.mode = LinearMode::kStaticInt8;
  options.activation_dtype = dtype;
  options.activation_scale = scale;
  options.activation_zero_point = zero;
  return options;
}

Tensor Floats(const std::vector<float>& values) {
  return *Tensor::FromValues<float>({static_cast<int64_t>(values.size())}, values);
}

}  // namespace

TEST_CASE("Dynamic int8 is the product of the rounded activations") {
  constexpr int64_t m = 4, n = 37, k = 200;
  const std::vector<float> x = RandomFloats(m * k, 21);
  const std::vector<float> bias = RandomFloats(n, 22);
  for (const Scheme& scheme : IntegerSchemes()) {
    const QuantizedTensor w = RandomWeights(scheme, {n, k}, 23);
    INFO(SchemeString(scheme));
    for (const auto& [mode, sets] : {std::pair{ActivationScale::kPerToken, OneSet(k)},
                                     std::pair{ActivationScale::kPerTokenAndGroup, GroupSets(w)}}) {
      std::vector<double> size;
      auto expected = Product(Rounded(x, m, w, sets), Decoded(w), m, n, k, &size);
      for (size_t i = 0; i < expected.size(); ++i) expected[i] += bias[i % n];
      LinearOptions options = Dynamic(mode);
      options.bias = Floats(bias);
      // One activation code that is off by one would show as 1e-3.
      CHECK(WorstError(Forward(MakeLinear(w, options), x, m), expected, size) < 1e-6);
    }
  }
}

TEST_CASE("Static codes with a zero point, from floats and from codes") {
  constexpr int64_t m = 3, n = 37, k = 200;
  const float scale = 0.03f;
  for (const auto& [dtype, zero] : {std::pair{DType::kI8, -7}, std::pair{DType::kI8, 0},
                                    std::pair{DType::kU8, 119}, std::pair{DType::kI16, 300}}) {
    const int32_t low = dtype == DType::kI8 ? -128 : dtype == DType::kU8 ? 0 : -32768;
    const int32_t high = dtype == DType::kI8 ? 127 : dtype == DType::kU8 ? 255 : 32767;
    const std::vector<float> x = RandomFloats(m * k, 31, 2.0f);
    std::vector<float> rounded(x.size());
    std::vector<int8_t> i8(x.size());
    std::vector<uint8_t> u8(x.size());
    std::vector<int16_t> i16(x.size());
    for (size_t i = 0; i < x.size(); ++i) {
      const float code = std::clamp(std::nearbyint(x[i] / scale) + static_cast<float>(zero),
                                    static_cast<float>(low), static_cast<float>(high));
      rounded[i] = (code - static_cast<float>(zero)) * scale;
      i8[i] = static_cast<int8_t>(dtype == DType::kI8 ? code : 0);
      u8[i] = static_cast<uint8_t>(dtype == DType::kU8 ? code : 0);
      i16[i] = static_cast<int16_t>(code);
    }
    const void* codes = dtype == DType::kI8   ? static_cast<const void*>(i8.data())
                        : dtype == DType::kU8 ? static_cast<const void*>(u8.data())
                                              : i16.data();
    for (const Scheme& scheme : IntegerSchemes()) {
      INFO(SchemeString(scheme) << " " << DTypeName(dtype));
      const QuantizedTensor w = RandomWeights(scheme, {n, k}, 33);
      std::vector<float> seen = rounded;
      for (size_t i = 0; i < x.size(); ++i) {
        if (IsOutlier(w, static_cast<int64_t>(i) % k)) seen[i] = x[i];
      }
      std::vector<double> size;
      const QuantizedLinear linear = MakeLinear(w, Static(dtype, scale, zero));
      auto expected = Product(seen, Decoded(w), m, n, k, &size);
      CHECK(WorstError(Forward(linear, x, m), expected, size) < 1e-6);
      expected = Product(rounded, Decoded(w), m, n, k, &size);
      std::vector<float> y(m * n);
      REQUIRE(linear.Run({codes, dtype, m, k}, {y.data(), DType::kF32, m, n}, *MakeContext()).ok());
      CHECK(WorstError(y, expected, size) < 1e-6);
    }
  }
}

TEST_CASE("Sums of extreme codes are exact, also beyond 32 bits") {
  for (const int64_t k : {63, 4096, 65536, 65537, 140001}) {
    QuantizedTensor w = RandomWeights(Parsed("int8:channel:full"), {2, k}, 41);
    std::vector<int16_t> codes(static_cast<size_t>(2 * k), -128);
    for (int64_t c = 0; c < k; ++c) codes[static_cast<size_t>(k + c)] = c % 2 == 0 ? 127 : -128;
    REQUIRE(PackCodes(w, 0, codes).ok());
    WriteParam(kParamF32, w.scales, 0, std::bit_cast<uint32_t>(1.0f));
    WriteParam(kParamF32, w.scales, 1, std::bit_cast<uint32_t>(1.0f));
    const int64_t even = (k + 1) / 2, odd = k / 2;
    const std::vector<int8_t> i8(static_cast<size_t>(k), -128);
    const std::vector<uint8_t> u8(static_cast<size_t>(k), 255);
    const std::vector<int16_t> i16(static_cast<size_t>(k), -32768);
    const auto check = [&](const void* x, DType dtype, int32_t zero, int64_t code) {
      float y[2] = {};
      const QuantizedLinear linear = MakeLinear(w, Static(dtype, 1.0f, zero));
      REQUIRE(linear.Run({x, dtype, 1, k}, {y, DType::kF32, 1, 2}, *MakeContext()).ok());
      CHECK(y[0] == static_cast<float>((code - zero) * -128 * k));
      CHECK(y[1] == static_cast<float>((code - zero) * (127 * even - 128 * odd)));
    };
    check(i8.data(), DType::kI8, 0, -128);
    check(i8.data(), DType::kI8, 127, -128);
    check(u8.data(), DType::kU8, 0, 255);
    check(u8.data(), DType::kU8, 1, 255);
    check(i16.data(), DType::kI16, 0, -32768);
    check(i16.data(), DType::kI16, 32767, -32768);
  }
}

TEST_CASE("An outlier in one group does not spoil the others") {
  constexpr int64_t n = 16, k = 256;
  QuantizedTensor w = RandomWeights(Parsed("int8:g32"), {n, k}, 51);
  // Weights of the outlier's group are zero, so all of the result comes from the others.
  std::vector<int16_t> codes(n * k);
  REQUIRE(UnpackCodes(w, 0, absl::MakeSpan(codes)).ok());
  for (int64_t i = 0; i < n * k; ++i) {
    if (i % k / 32 == 3) codes[static_cast<size_t>(i)] = 0;
  }
  REQUIRE(PackCodes(w, 0, codes).ok());
  std::vector<float> x = RandomFloats(k, 52);
  x[3 * 32 + 5] = 0.0f;
  std::vector<double> size;
  const auto expected = Product(x, Decoded(w), 1, n, k, &size);
  x[3 * 32 + 5] = 1e4f;
  const double per_group = WorstError(
      Forward(MakeLinear(w, Dynamic(ActivationScale::kPerTokenAndGroup)), x, 1), expected, size);
  const double per_token = WorstError(Forward(MakeLinear(w, Dynamic()), x, 1), expected, size);
  CHECK(per_group < 3e-3);
  CHECK(per_token > 0.05);

  // Kept as an outlier column, it does not spoil one scale for the token either.
  w.scheme.outliers = kParamF32;
  w.outlier_columns = *Tensor::FromValues<int32_t>({1}, std::vector<int32_t>{3 * 32 + 5});
  w.outlier_values = *Tensor::Create(DType::kF32, {n, 1});
  CHECK(WorstError(Forward(MakeLinear(w, Dynamic()), x, 1), expected, size) < 3e-3);
}

TEST_CASE("Rows that are zero, tiny or not finite") {
  constexpr int64_t n = 9, k = 96;
  const std::vector<float> bias = RandomFloats(n, 61);
  const QuantizedTensor w = RandomWeights(Parsed("uint4:g32:asym"), {n, k}, 62);
  std::vector<float> x = RandomFloats(6 * k, 63);
  const auto row = [&](int64_t i) { return x.begin() + i * k; };
  std::fill(row(0), row(1), 0.0f);
  std::fill(row(1), row(2), -0.0f);
  std::fill(row(2), row(3), std::numeric_limits<float>::denorm_min());
  x[3 * k + 40] = kNaN;
  x[4 * k + 95] = -kInf;
  for (const LinearOptions& base :
       {Dynamic(), Dynamic(ActivationScale::kPerTokenAndGroup), Static(DType::kU8, 0.05f, 128)}) {
    LinearOptions options = base;
    options.bias = Floats(bias);
    options.activation = FusedActivation::kRelu;
    const std::vector<float> y = Forward(MakeLinear(w, options), x, 6);
    for (int64_t j = 0; j < n; ++j) {
      const auto at = [&](int64_t i) { return y[static_cast<size_t>(i * n + j)]; };
      const float only_bias = std::max(bias[static_cast<size_t>(j)], 0.0f);
      CHECK(at(0) == only_bias);
      CHECK(at(1) == only_bias);
      CHECK(at(2) == only_bias);
      CHECK(std::isnan(at(3)));
      // A given scale saturates; a scale from an infinite maximum does not exist.
      CHECK(std::isnan(at(4)) == (options.mode == LinearMode::kDynamicInt8));
      CHECK(std::isfinite(at(5)));
    }
  }
}

TEST_CASE("The float epilogue is the documented one, bit for bit") {
  constexpr int64_t n = 37, k = 160, size = 32, groups = k / size;
  const QuantizedTensor w = RandomWeights(Parsed("uint4:g32:min"), {n, k}, 81);
  std::vector<int16_t> q(n * k);
  REQUIRE(UnpackCodes(w, 0, absl::MakeSpan(q)).ok());
  std::vector<float> s(n * groups), minimum(n * groups);
  DecodeScales(w, 0, absl::MakeSpan(s));
  DecodeOffsets(w, 0, absl::MakeSpan(minimum));
  const std::vector<float> x = RandomFloats(k, 82), bias = RandomFloats(n, 83);
  const auto largest = [&](int64_t begin, int64_t end) {
    float a = 0.0f;
    for (int64_t c = begin; c < end; ++c) a = std::max(a, std::fabs(x[static_cast<size_t>(c)]));
    return a;
  };
  for (const bool per_group : {false, true}) {
    LinearOptions options =
        Dynamic(per_group ? ActivationScale::kPerTokenAndGroup : ActivationScale::kPerToken);
    options.bias = Floats(bias);
    const std::vector<float> y = Forward(MakeLinear(w, options), x, 1);
    for (int64_t j = 0; j < n; ++j) {
      float v = 0.0f;
      const float token_scale = largest(0, k) / 127.0f;
      for (int64_t g = 0; g < groups; ++g) {
        const float sx = per_group ? largest(g * size, (g + 1) * size) / 127.0f : token_scale;
        int64_t a = 0, codes = 0;
        for (int64_t c = g * size; c < (g + 1) * size; ++c) {
          const auto code = static_cast<int64_t>(std::nearbyint(x[static_cast<size_t>(c)] / sx));
          a += code * q[static_cast<size_t>(j * k + c)];
          codes += code;
        }
        const auto at = static_cast<size_t>(j * groups + g);
        const float factor = per_group ? sx : 1.0f;
        v = std::fma(s[at] * factor, static_cast<float>(a), v);
        v = std::fma(-(minimum[at] * factor), static_cast<float>(codes), v);
      }
      if (!per_group) v *= token_scale;
      CHECK(y[static_cast<size_t>(j)] == v + bias[static_cast<size_t>(j)]);
    }
  }
}

TEST_CASE("Activations are rounded half to even") {
  QuantizedTensor w = RandomWeights(Parsed("int8:channel"), {1, 6}, 71);
  REQUIRE(PackCodes(w, 0, {1, 0, 0, 0, 0, 0}).ok());
  WriteParam(kParamF32, w.scales, 0, std::bit_cast<uint32_t>(1.0f));
  const QuantizedLinear linear = MakeLinear(w, Dynamic());
  const float expected[][2] = {{0.5f, 0},  {1.5f, 2},   {2.5f, 2},
                               {-0.5f, 0}, {-1.5f, -2}, {-127, -127}};
  for (const auto& [value, code] : expected) {
    const std::vector<float> x = {value, 127.0f, 0, 0, 0, 0};  // scale 1
    CHECK(Forward(linear, x, 1)[0] == code);
  }
}

}  // namespace pawl
