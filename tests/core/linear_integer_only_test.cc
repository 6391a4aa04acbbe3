// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Codes in, codes out, against plain 64-bit loops and Requantize (which has a test of its own).

#include <bit>
#include <string>
#include <type_traits>
#include <vector>

#include "linear_test_util.h"

namespace pawl {
namespace {

using namespace pawl::testing;

constexpr int64_t kM = 3, kN = 19, kK = 150;

LinearOptions Options(DType dtype = DType::kI8) {
  LinearOptions o;
  o.name = "conv";
  o.mode = LinearMode::kIntegerOnly;
  o.activation_dtype = dtype;
  o.activation_scale = 0.02f;
  o.activation_zero_point = dtype == DType::kU8 ? 120 : dtype == DType::kI8 ? -9 : 0;
  o.output_dtype = dtype;
  o.output_scale = dtype == DType::kI16 ? 0.001f : 0.11f;
  o.output_zero_point = dtype == DType::kU8 ? 131 : dtype == DType::kI8 ? 4 : 0;
  return o;
}

template <typename T>
std::vector<T> RandomCodes(int64_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<T> codes(static_cast<size_t>(count));
  for (T& code : codes) code = static_cast<T>(random());
  return codes;
}

struct Clamp {
  int64_t low, high;
};

// w's rows must have one scale each.
template <typename T>
std::vector<T> Expected(const QuantizedTensor& w, const LinearOptions& o,
                        const std::vector<int64_t>& bias, const std::vector<T>& x, Clamp clamp) {
  std::vector<int16_t> codes(static_cast<size_t>(w.num_elements()));
  REQUIRE(UnpackCodes(w, 0, absl::MakeSpan(codes)).ok());
  const bool per_row = w.scheme.grouping.kind == GroupKind::kChannel;
  std::vector<T> y;
  for (int64_t i = 0; i < kM * kN; ++i) {
    const int64_t n = i % kN;
    float scale = 0, zero = 0;
    DecodeScales(w, per_row ? n : 0, absl::MakeSpan(&scale, 1));
    DecodeOffsets(w, per_row ? n : 0, absl::MakeSpan(&zero, 1));
    int64_t sum = bias.empty() ? 0 : bias[static_cast<size_t>(n)];
    for (int64_t k = 0; k < kK; ++k) {
      const int64_t a = x[static_cast<size_t>(i / kN * kK + k)] - o.activation_zero_point;
      sum += a * (codes[static_cast<size_t>(n * kK + k)] - static_cast<int64_t>(zero));
    }
    const double real = static_cast<double>(o.activation_scale) * scale / o.output_scale;
    const FixedPointMultiplier m = *MakeFixedPointMultiplier(real);
    const int64_t scaled = std::is_same_v<T, int16_t>
                               ? RequantizeWide(sum, m)
                               : Requantize(static_cast<int32_t>(sum), m, o.rounding);
    y.push_back(static_cast<T>(std::clamp(scaled + o.output_zero_point, clamp.low, clamp.high)));
  }
  return y;
}

template <typename T>
std::vector<T> Run(const QuantizedLinear& linear, const std::vector<T>& x) {
  std::vector<T> y(kM * kN);
  const absl::Status status = linear.Run({x.data(), DTypeOf<T>(), kM, kK},
                                         {y.data(), DTypeOf<T>(), kM, kN}, *MakeContext());
  INFO(status.ToString());
  REQUIRE(status.ok());
  return y;
}

template <typename T>
void CheckType() {
  using Limits = std::numeric_limits<T>;
  for (const char* text : {"int8:channel", "uint8:channel:asym", "int4:tensor",
                           "uint4:channel:asym", "ternary:channel", "int8:tensor:full"}) {
    const QuantizedTensor w = RandomWeights(Parsed(text), {kN, kK}, 3);
    const std::vector<T> x = RandomCodes<T>(kM * kK, 4);
    for (const auto rounding : {RequantizeRounding::kClassic, RequantizeRounding::kSingle}) {
      INFO(text);
      LinearOptions o = Options(DTypeOf<T>());
      o.rounding = rounding;
      CHECK(Run(MakeLinear(w, o), x) == Expected(w, o, {}, x, {Limits::min(), Limits::max()}));
      std::vector<int32_t> bias;
      for (int32_t n = 0; n < kN; ++n) bias.push_back(n * 301 - 2000);
      o.bias = *Tensor::FromValues<int32_t>({kN}, bias);
      o.activation = FusedActivation::kRelu;
      const std::vector<int64_t> wide(bias.begin(), bias.end());
      CHECK(Run(MakeLinear(w, o), x) ==
            Expected(w, o, wide, x, {o.output_zero_point, Limits::max()}));
      o.activation = FusedActivation::kRelu6;
      const auto six = static_cast<int64_t>(std::nearbyint(6.0 / o.output_scale));
      CHECK(Run(MakeLinear(w, o), x) ==
            Expected(w, o, wide, x,
                     {o.output_zero_point,
                      std::min<int64_t>(o.output_zero_point + six, Limits::max())}));
    }
  }
}

}  // namespace

TEST_CASE("Integer-only agrees with 64-bit loops") {
  SECTION("i8") { CheckType<int8_t>(); }
  SECTION("u8") { CheckType<uint8_t>(); }
  SECTION("i16") { CheckType<int16_t>(); }
}

TEST_CASE("Both roundings are reachable and differ") {
  const QuantizedTensor w = RandomWeights(Parsed("ternary:channel"), {kN, kK}, 3);
  LinearOptions o = Options();
  std::vector<int8_t> x = RandomCodes<int8_t>(kM * kK, 1);
  for (int8_t& code : x) code = static_cast<int8_t>((code & 1) + o.activation_zero_point);
  // A quarter of small sums: 1.25 and -1.5 are rounded differently.
  o.multipliers = {{1 << 30, -1}};
  o.rounding = RequantizeRounding::kSingle;
  const auto single = Run(MakeLinear(w, o), x);
  o.rounding = RequantizeRounding::kClassic;
  CHECK(Run(MakeLinear(w, o), x) != single);
}

TEST_CASE("A float bias is rounded to the units of the sums") {
  const QuantizedTensor w = RandomWeights(Parsed("int8:channel"), {kN, kK}, 3);
  const std::vector<int8_t> x = RandomCodes<int8_t>(kM * kK, 4);
  LinearOptions o = Options();
  const std::vector<float> bias = RandomFloats(kN, 5, 3.0f);
  o.bias = *Tensor::FromValues<float>({kN}, bias);
  std::vector<int64_t> units;
  for (int64_t n = 0; n < kN; ++n) {
    float scale = 0;
    DecodeScales(w, n, absl::MakeSpan(&scale, 1));
    units.push_back(static_cast<int64_t>(std::nearbyint(
        bias[static_cast<size_t>(n)] / (static_cast<double>(o.activation_scale) * scale))));
  }
  CHECK(Run(MakeLinear(w, o), x) == Expected(w, o, units, x, {-128, 127}));
}

TEST_CASE("Sums beyond 32 bits saturate before they are scaled") {
  QuantizedTensor w = RandomWeights(Parsed("int8:channel:full"), {1, 200000}, 3);
  REQUIRE(PackCodes(w, 0, std::vector<int16_t>(200000, -128)).ok());
  LinearOptions o = Options();
  o.activation_zero_point = 0;
  o.output_zero_point = 0;
  o.multipliers = {{1 << 30, -24}};  // 2^-25: 2^31 becomes 64, the true sum would become 97.7
  const std::vector<int8_t> x(200000, -128);
  int8_t y = 0;
  REQUIRE(MakeLinear(w, o)
              .Run({x.data(), DType::kI8, 1, 200000}, {&y, DType::kI8, 1, 1}, *MakeContext())
              .ok());
  CHECK(y == 64);
}

TEST_CASE("It is close to the float result") {
  const QuantizedTensor w = RandomWeights(Parsed("int8:channel"), {kN, kK}, 3);
  const std::vector<int8_t> codes = RandomCodes<int8_t>(kM * kK, 4);
  const LinearOptions o = Options();
  std::vector<float> x;
  for (const int8_t c : codes) {
    x.push_back(o.activation_scale * static_cast<float>(c - o.activation_zero_point));
  }
  const auto expected = Product(x, Decoded(w), kM, kN, kK);
  const auto y = Run(MakeLinear(w, o), codes);
  for (size_t i = 0; i < y.size(); ++i) {
    const double real =
        std::clamp(expected[i] / o.output_scale + o.output_zero_point, -128.0, 127.0);
    CHECK(std::fabs(y[i] - real) <= 0.5 + 1e-3);
  }
}

TEST_CASE("What integer-only cannot do is an error that names the layer and another mode") {
  const auto error = [](const QuantizedTensor& w, const LinearOptions& o) {
    const auto linear = QuantizedLinear::Create(w, o);
    REQUIRE(linear.status().code() == absl::StatusCode::kInvalidArgument);
    const std::string message(linear.status().message());
    CHECK(message.find("'conv'") != std::string::npos);
    return message;
  };
  const auto contains = [](const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
  };
  for (const char* text : {"int4:g32", "uint8:channel:min", "uint4:channel:hqq"}) {
    CHECK(contains(error(RandomWeights(Parsed(text), {kN, kK}, 3), Options()), "static_int8"));
  }
  QuantizedTensor w = RandomWeights(Parsed("int8:channel"), {kN, kK}, 3);
  LinearOptions o = Options();
  o.activation = FusedActivation::kSilu;
  CHECK(contains(error(w, o), "static_int8"));
  o = Options();
  o.output_dtype = DType::kI16;
  CHECK(contains(error(w, o), "output_dtype"));
  o = Options();
  o.multipliers.resize(5);
  CHECK(contains(error(w, o), "5 multipliers"));
  o = Options();
  o.multipliers = {{-1, 0}};
  CHECK(contains(error(w, o), "multiplier"));
  WriteParam(kParamF32, w.scales, 7, std::bit_cast<uint32_t>(-0.5f));
  CHECK(contains(error(w, Options()), "row 7"));
}

TEST_CASE("Integer-only takes codes of its own type alone") {
  const QuantizedLinear linear =
      MakeLinear(RandomWeights(Parsed("int8:channel"), {4, 8}, 3), Options());
  float floats[8] = {};
  int8_t codes[8] = {}, out[4] = {};
  const auto status = [&](const InputView& x, const OutputView& y) {
    return linear.Run(x, y, *MakeContext()).code();
  };
  using Code = absl::StatusCode;
  CHECK(status({codes, DType::kI8, 1, 8}, {out, DType::kI8, 1, 4}) == Code::kOk);
  CHECK(status({floats, DType::kF32, 1, 8}, {out, DType::kI8, 1, 4}) == Code::kInvalidArgument);
  CHECK(status({codes, DType::kU8, 1, 8}, {out, DType::kI8, 1, 4}) == Code::kInvalidArgument);
  CHECK(status({codes, DType::kI8, 1, 8}, {floats, DType::kF32, 1, 4}) == Code::kInvalidArgument);
}

}  // namespace pawl
