// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Weight-only, activations of other types, fused activations, shapes and errors.

#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "lib/core/linear_activation.h"
#include "linear_test_util.h"

namespace pawl {
namespace {

using namespace pawl::testing;

// The documented order, written down once more.
float FixedOrderDot(const float* a, const float* b, int64_t k) {
  float lanes[16] = {};
  for (int64_t i = 0; i < k; ++i) lanes[i % 16] = std::fma(a[i], b[i], lanes[i % 16]);
  for (int width = 8; width >= 1; width /= 2) {
    for (int i = 0; i < width; ++i) lanes[i] += lanes[i + width];
  }
  return lanes[0];
}

std::string ErrorOf(const QuantizedLinear& linear, const InputView& x, const OutputView& y) {
  return std::string(linear.Run(x, y, *MakeContext()).message());
}

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

double Reference(FusedActivation activation, double v) {
  switch (activation) {
    case FusedActivation::kNone:
      return v;
    case FusedActivation::kRelu:
      return std::max(v, 0.0);
    case FusedActivation::kRelu6:
      return std::min(std::max(v, 0.0), 6.0);
    case FusedActivation::kSilu:
      return v / (1.0 + std::exp(-v));
    case FusedActivation::kGelu:
      return v * 0.5 * std::erfc(-v / std::sqrt(2.0));
    case FusedActivation::kGeluTanh:
      return 0.5 * v * (1.0 + std::tanh(std::sqrt(2.0 / M_PI) * (v + 0.044715 * v * v * v)));
    case FusedActivation::kHardSwish:
      return v * std::min(std::max(v + 3.0, 0.0), 6.0) / 6.0;
  }
  return 0.0;
}

}  // namespace

TEST_CASE("Weight-only bits are the documented order over DequantizeRows") {
  for (const char* text : {"int4:g32", "nf4", "bf16", "uint8:channel:asym"}) {
    for (const int64_t k : {1, 15, 64, 77, 500}) {
      constexpr int64_t m = 3, n = 11;
      const QuantizedTensor w = RandomWeights(Parsed(text), {n, k}, 3);
      const std::vector<float> decoded = Decoded(w);
      const std::vector<float> x = RandomFloats(m * k, 4);
      const std::vector<float> bias = RandomFloats(n, 5);
      LinearOptions options;
      options.bias = *Tensor::FromValues<float>({n}, bias);
      const std::vector<float> y = Forward(MakeLinear(w, options), x, m);
      int different = 0;
      for (int64_t i = 0; i < m * n; ++i) {
        const float dot = FixedOrderDot(x.data() + i / n * k, decoded.data() + i % n * k, k);
        different += y[static_cast<size_t>(i)] != dot + bias[static_cast<size_t>(i % n)];
      }
      CHECK(different == 0);
    }
  }
}

TEST_CASE("f16 and bf16 activations and results are the f32 ones, rounded") {
  constexpr int64_t m = 3, n = 21, k = 96;
  const QuantizedTensor w = RandomWeights(Parsed("int4:g32"), {n, k}, 3);
  for (const LinearMode mode : {LinearMode::kWeightOnly, LinearMode::kDynamicInt8}) {
    LinearOptions options;
    options.mode = mode;
    const QuantizedLinear linear = MakeLinear(w, options);
    const std::vector<float> source = RandomFloats(m * k, 4);
    for (const DType dtype : {DType::kF16, DType::kBF16}) {
      const auto narrow = [&](float v) {
        return dtype == DType::kF16 ? F32ToF16(v) : F32ToBF16(v);
      };
      std::vector<uint16_t> x16(m * k), y16(m * n);
      std::vector<float> x(m * k);
      for (size_t i = 0; i < x.size(); ++i) {
        x16[i] = narrow(source[i]);
        x[i] = dtype == DType::kF16 ? F16ToF32(x16[i]) : BF16ToF32(x16[i]);
      }
      REQUIRE(
          linear.Run({x16.data(), dtype, m, k}, {y16.data(), dtype, m, n}, *MakeContext()).ok());
      const std::vector<float> y = Forward(linear, x, m);
      int different = 0;
      for (size_t i = 0; i < y.size(); ++i) different += y16[i] != narrow(y[i]);
      CHECK(different == 0);
    }
  }
}

TEST_CASE("Fused activations agree with the C library to one rounding") {
  std::vector<float> grid;
  for (double v = -45.0; v < 20.0; v += 0.0137) grid.push_back(static_cast<float>(v));
  for (uint8_t a = 0; a <= static_cast<uint8_t>(FusedActivation::kHardSwish); ++a) {
    const auto activation = static_cast<FusedActivation>(a);
    std::vector<float> values = grid;
    ApplyActivation(activation, values.data(), static_cast<int64_t>(values.size()));
    double worst = 0.0;
    for (size_t i = 0; i < grid.size(); ++i) {
      const double expected = Reference(activation, grid[i]);
      worst = std::max(worst, std::fabs(values[i] - expected) / (std::fabs(expected) + 1e-6));
    }
    INFO(static_cast<int>(a) << ": " << worst);
    CHECK(worst < 2e-7);
    const float inf = std::numeric_limits<float>::infinity();
    float special[] = {inf, -inf, std::numeric_limits<float>::quiet_NaN(), 0.0f};
    ApplyActivation(activation, special, 4);
    CHECK(special[0] == (activation == FusedActivation::kRelu6 ? 6.0f : inf));
    if (activation != FusedActivation::kNone) CHECK(special[1] == 0.0f);
    CHECK(std::isnan(special[2]));
    CHECK(special[3] == 0.0f);
  }
}

TEST_CASE("A fused activation acts after the bias") {
  constexpr int64_t m = 2, n = 8, k = 32;
  const QuantizedTensor w = RandomWeights(Parsed("int8:channel"), {n, k}, 3);
  const std::vector<float> x = RandomFloats(m * k, 4), bias = RandomFloats(n, 5);
  LinearOptions options;
  options.bias = *Tensor::FromValues<float>({n}, bias);
  std::vector<float> plain = Forward(MakeLinear(w, options), x, m);
  options.activation = FusedActivation::kGelu;
  ApplyActivation(FusedActivation::kGelu, plain.data(), m * n);
  CHECK(Forward(MakeLinear(w, options), x, m) == plain);
}

TEST_CASE("Strides are kept, and what lies between rows is not touched") {
  constexpr int64_t m = 5, n = 7, k = 33, xs = 40, ys = 13;
  const QuantizedTensor w = RandomWeights(Parsed("int8:g16"), {n, k}, 3);
  const std::vector<float> dense = RandomFloats(m * k, 4);
  std::vector<float> x(m * xs, std::numeric_limits<float>::quiet_NaN());
  for (int64_t i = 0; i < m; ++i) std::copy_n(dense.data() + i * k, k, x.data() + i * xs);
  for (const LinearMode mode : {LinearMode::kWeightOnly, LinearMode::kDynamicInt8}) {
    LinearOptions options;
    options.mode = mode;
    const QuantizedLinear linear = MakeLinear(w, options);
    const std::vector<float> expected = Forward(linear, dense, m);
    std::vector<float> y(m * ys, -7.0f);
    REQUIRE(linear
                .Run({x.data(), DType::kF32, m, k, xs}, {y.data(), DType::kF32, m, n, ys},
                     *MakeContext())
                .ok());
    for (int64_t i = 0; i < m * ys; ++i) {
      const float want = i % ys < n ? expected[static_cast<size_t>(i / ys * n + i % ys)] : -7.0f;
      REQUIRE(y[static_cast<size_t>(i)] == want);
    }
  }
}

TEST_CASE("No rows at all are fine") {
  for (const LinearMode mode : {LinearMode::kWeightOnly, LinearMode::kDynamicInt8}) {
    LinearOptions options;
    options.mode = mode;
    const QuantizedLinear linear =
        MakeLinear(RandomWeights(Parsed("int8:channel"), {4, 8}, 3), options);
    CHECK(linear.Run({nullptr, DType::kF32, 0, 8}, {nullptr, DType::kF32, 0, 4}, *MakeContext())
              .ok());
    CHECK(linear.WorkspaceBytes(0, 2) == 0);
  }
}

TEST_CASE("Errors of a call name the layer, both sizes and the types") {
  LinearOptions options;
  options.name = "encoder.0.fc1";
  const QuantizedLinear linear =
      MakeLinear(RandomWeights(Parsed("int8:channel"), {4, 8}, 3), options);
  float x[32] = {}, y[32] = {};
  const std::string columns = ErrorOf(linear, {x, DType::kF32, 2, 9}, {y, DType::kF32, 2, 4});
  CHECK(Contains(columns, "encoder.0.fc1"));
  CHECK(Contains(columns, "9 columns"));
  CHECK(Contains(columns, "[4, 8]"));
  CHECK(Contains(ErrorOf(linear, {x, DType::kF32, 2, 8}, {y, DType::kF32, 1, 4}), "[2, 4]"));
  CHECK(Contains(ErrorOf(linear, {x, DType::kF32, 2, 8, 7}, {y, DType::kF32, 2, 4}), "7 elements"));
  CHECK(Contains(ErrorOf(linear, {x, DType::kF32, 2, 8}, {y, DType::kF32, 2, 4, 3}), "3 elements"));
  CHECK(Contains(ErrorOf(linear, {x, DType::kI8, 2, 8}, {y, DType::kF32, 2, 4}), "i8"));
  CHECK(Contains(ErrorOf(linear, {x, DType::kF32, 2, 8}, {y, DType::kI32, 2, 4}), "i32"));
  CHECK(Contains(ErrorOf(linear, {nullptr, DType::kF32, 2, 8}, {y, DType::kF32, 2, 4}), "no data"));
  const auto context = MakeContext();
  context->Cancel();
  CHECK(linear.Run({x, DType::kF32, 2, 8}, {y, DType::kF32, 2, 4}, *context).code() ==
        absl::StatusCode::kCancelled);
}

TEST_CASE("Options that do not fit are errors that name the option") {
  const QuantizedTensor w = RandomWeights(Parsed("int8:channel"), {4, 8}, 3);
  const auto error = [&](auto change) {
    LinearOptions options;
    options.name = "head";
    options.mode = LinearMode::kStaticInt8;
    options.activation_scale = 0.1f;
    change(options);
    const auto linear = QuantizedLinear::Create(w, options);
    REQUIRE(linear.status().code() == absl::StatusCode::kInvalidArgument);
    CHECK(Contains(std::string(linear.status().message()), "head"));
    return std::string(linear.status().message());
  };
  CHECK(Contains(error([](LinearOptions& o) { o.activation_scale = 0.0f; }), "activation_scale"));
  CHECK(Contains(error([](LinearOptions& o) { o.activation_zero_point = 128; }),
                 "activation_zero_point"));
  CHECK(Contains(error([](LinearOptions& o) { o.activation_dtype = DType::kI32; }),
                 "activation_dtype"));
  CHECK(Contains(error([](LinearOptions& o) { o.bias = *Tensor::Create(DType::kF32, {5}); }),
                 "bias"));
  CHECK(Contains(error([](LinearOptions& o) { o.bias = *Tensor::Create(DType::kI32, {4}); }),
                 "bias"));
  QuantizedTensor broken = w;
  broken.scales = Tensor();
  CHECK_FALSE(QuantizedLinear::Create(broken).ok());
}

TEST_CASE("Released weights are not needed any more") {
  constexpr int64_t n = 6, k = 64;
  for (const LinearMode mode : {LinearMode::kWeightOnly, LinearMode::kDynamicInt8}) {
    Scheme scheme = Parsed("int4:g32");
    scheme.rotation.block = 32;
    scheme.input_scale = true;
    QuantizedTensor w = RandomWeights(scheme, {n, k}, 3);
    LinearOptions options;
    options.mode = mode;
    const std::vector<float> x = RandomFloats(k, 4);
    const QuantizedLinear keeping = MakeLinear(w, options);
    REQUIRE(keeping.canonical() != nullptr);
    CHECK(keeping.canonical()->codes.data() == w.codes.data());
    const std::vector<float> expected = Forward(keeping, x, 1);
    options.release_canonical = true;
    const QuantizedLinear released = MakeLinear(w, options);
    CHECK(released.canonical() == nullptr);
    CHECK(released.size_bytes() > 0);
    for (Tensor* part : {&w.codes, &w.scales, &w.input_scale, &w.rotation_signs}) {
      std::memset(part->mutable_data(), 0x5A, part->size_bytes());
    }
    CHECK(Forward(released, x, 1) == expected);
  }
}

}  // namespace pawl
