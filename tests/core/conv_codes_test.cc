// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// QuantizedConv::RunCodes: zero points that come with calls, sums and what becomes of them, against
// the definition, bit for bit, on every target.

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "allocation_counter.h"
#include "conv_test_util.h"

namespace pawl {
namespace {

using namespace pawl::testing;

using Random = std::mt19937_64;

struct Shape {
  const char* what;
  ConvCase c;
};

// in, out, groups; kernel, stride, dilation; pads; batch and image; layout.
ConvCase Case(int64_t in, int64_t out, int64_t groups, int64_t kernel_h, int64_t kernel_w,
              int64_t stride, int64_t dilation, int64_t pad, int64_t height, int64_t width,
              ImageLayout layout) {
  ConvCase c;
  const bool flat = kernel_h == 1 && height == 1;
  c.geometry = {.in_channels = in,
                .groups = groups,
                .kernel_h = kernel_h,
                .kernel_w = kernel_w,
                .stride_h = flat ? 1 : stride,
                .stride_w = stride,
                .dilation_h = flat ? 1 : dilation,
                .dilation_w = dilation,
                .pad_top = flat ? 0 : pad,
                .pad_bottom = flat ? 0 : pad / 2,
                .pad_left = pad,
                .pad_right = pad};
  c.out = out;
  c.batch = 2;
  c.height = height;
  c.width = width;
  c.layout = layout;
  return c;
}

std::vector<Shape> Shapes() {
  constexpr auto kFirst = ImageLayout::kNCHW, kLast = ImageLayout::kNHWC;
  return {{"plain, padded", Case(5, 19, 1, 3, 3, 1, 1, 1, 7, 9, kFirst)},
          {"strided and dilated", Case(16, 8, 1, 3, 2, 2, 2, 2, 9, 12, kFirst)},
          {"pixels are rows", Case(32, 40, 1, 1, 1, 1, 1, 0, 6, 5, kLast)},
          {"one dimension", Case(3, 33, 1, 1, 5, 1, 1, 2, 1, 30, kFirst)},
          {"groups", Case(12, 20, 4, 3, 3, 1, 1, 1, 6, 6, kFirst)},
          {"depthwise", Case(70, 70, 70, 3, 3, 1, 1, 1, 8, 9, kFirst)},
          {"depthwise, strided, twice the channels", Case(6, 12, 6, 5, 3, 2, 1, 2, 9, 9, kLast)},
          {"depthwise, one column", Case(9, 9, 9, 3, 1, 1, 1, 0, 5, 1, kFirst)}};
}

ConvOptions SumOptions(const ConvCase& c, DType dtype) {
  ConvOptions options;
  options.geometry = c.geometry;
  options.layout = c.layout;
  options.layer.mode = LinearMode::kIntegerOnly;
  options.layer.activation_dtype = dtype;
  options.layer.activation_scale = 1.0f;
  options.layer.activation_zero_point = 3;  // counts for nothing
  options.layer.output_dtype = DType::kI32;
  options.layer.multipliers = {{1 << 30, 1}};
  return options;
}

template <typename Y>
std::vector<Y> RunCodes(const QuantizedConv& conv, const ConvCase& c, const std::vector<uint8_t>& x,
                        DType x_dtype, int32_t zero, const SumsToFloats* floats, DType y_dtype,
                        Context& context) {
  std::vector<Y> y(static_cast<size_t>(c.outputs()));
  const absl::Status status =
      conv.RunCodes({x.data(), x_dtype, c.batch, c.height, c.width}, zero, floats,
                    {y.data(), y_dtype, c.batch, c.out_height(), c.out_width()}, context);
  INFO(status.ToString());
  REQUIRE(status.ok());
  return y;
}

template <typename T>
bool SameBits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

void CheckShape(const ConvCase& c, const std::string& scheme, DType dtype, int32_t zero,
                Random& random) {
  const QuantizedTensor w = RandomWeights(Parsed(scheme), {c.out, c.cols()}, random());
  const IntegerWeights integers(w);
  std::vector<uint8_t> x;
  std::vector<int32_t> numbers;
  for (int64_t i = 0; i < c.inputs(); ++i) {
    x.push_back(static_cast<uint8_t>(random() % 256));
    numbers.push_back((dtype == DType::kI8 ? static_cast<int8_t>(x.back()) : x.back()) - zero);
  }
  const std::vector<float> scales = RandomFloats(c.out, random()),
                           bias = RandomFloats(c.out, random());
  const auto sums = ForEachOutput<int32_t>(c, [&](int64_t n, int64_t o, int64_t oy, int64_t ox) {
    int64_t unused = 0;
    const int64_t group = integers.groups[static_cast<size_t>(o * c.cols())];
    return integers.Sum(Window(c, numbers, 0, n, o, oy, ox), o, group, &unused);
  });
  std::vector<float> floats(sums.size());
  for (int64_t o = 0; o < c.out; ++o) {
    for (int64_t n = 0; n < c.batch; ++n) {
      for (int64_t y = 0; y < c.out_height(); ++y) {
        for (int64_t at = 0; at < c.out_width(); ++at) {
          const size_t i = c.OutputAt(n, o, y, at);
          const float value = static_cast<float>(sums[i]) * scales[static_cast<size_t>(o)];
          floats[i] = Activated(FusedActivation::kRelu, value + bias[static_cast<size_t>(o)]);
        }
      }
    }
  }
  const QuantizedConv conv = MakeConv(w, SumOptions(c, dtype));
  REQUIRE(conv.TakesZeroPoints());
  const SumsToFloats epilogue{
      .scales = scales.data(), .bias = bias.data(), .activation = FusedActivation::kRelu};
  for (const absl::string_view target : SupportedTargets()) {
    INFO("target " << std::string(target));
    const auto context = MakeContext(1 + static_cast<int>(random() % 3), std::string(target));
    CHECK(
        SameBits(RunCodes<int32_t>(conv, c, x, dtype, zero, nullptr, DType::kI32, *context), sums));
    CHECK(SameBits(RunCodes<float>(conv, c, x, dtype, zero, &epilogue, DType::kF32, *context),
                   floats));
  }
}

}  // namespace

TEST_CASE("codes with zero points of their own give the definition's sums and floats") {
  Random random(104);
  for (const Shape& shape : Shapes()) {
    // Weights with one zero point, one for each row, none, and of few bits.
    for (const char* scheme :
         {"int8:channel", "uint8:channel:asym", "uint8:tensor:asym", "int4:channel:f32"}) {
      for (const int32_t zero : {0, 127, 255}) {
        const bool is_signed = random() % 2 == 0;
        INFO(shape.what << ", " << scheme << ", zero point " << zero
                        << (is_signed ? " - 128" : ""));
        CheckShape(shape.c, scheme, is_signed ? DType::kI8 : DType::kU8,
                   zero - (is_signed ? 128 : 0), random);
      }
    }
  }
}

TEST_CASE("layers whose zero point is fixed refuse another") {
  const ConvCase c = Shapes()[0].c;
  const QuantizedTensor w = RandomWeights(Parsed("int8:channel"), {c.out, c.cols()}, 7);
  const auto context = MakeContext(1, "");
  const std::vector<uint8_t> x(static_cast<size_t>(c.inputs()));
  std::vector<int32_t> y(static_cast<size_t>(c.outputs()));
  const InputImages from{x.data(), DType::kU8, c.batch, c.height, c.width};
  const OutputImages to{y.data(), DType::kI32, c.batch, c.out_height(), c.out_width()};
  ConvOptions options = SumOptions(c, DType::kU8);
  CHECK_FALSE(MakeConv(w, options).RunCodes(from, 256, nullptr, to, *context).ok());
  CHECK_FALSE(MakeConv(w, options).RunCodes(from, -1, nullptr, to, *context).ok());
  const SumsToFloats none;
  CHECK_FALSE(MakeConv(w, options).RunCodes(from, 0, &none, to, *context).ok());
  options.layer.bias = *Tensor::FromValues<int32_t>({c.out}, std::vector<int32_t>(19, 1));
  CHECK_FALSE(MakeConv(w, options).RunCodes(from, 0, nullptr, to, *context).ok());
}

TEST_CASE("a second call of a shape allocates nothing") {
  const ConvCase c = Shapes()[4].c;
  const QuantizedTensor w = RandomWeights(Parsed("int8:channel"), {c.out, c.cols()}, 7);
  const QuantizedConv conv = MakeConv(w, SumOptions(c, DType::kU8));
  const auto context = MakeContext(2, "");
  const std::vector<uint8_t> x(static_cast<size_t>(c.inputs()), 9);
  std::vector<int32_t> y(static_cast<size_t>(c.outputs()));
  const InputImages from{x.data(), DType::kU8, c.batch, c.height, c.width};
  const OutputImages to{y.data(), DType::kI32, c.batch, c.out_height(), c.out_width()};
  REQUIRE(conv.RunCodes(from, 12, nullptr, to, *context).ok());
  const int64_t before = Allocations();
  REQUIRE(conv.RunCodes(from, 200, nullptr, to, *context).ok());
  CHECK(Allocations() == before);
}

}  // namespace pawl
