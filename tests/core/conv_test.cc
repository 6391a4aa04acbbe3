// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What QuantizedConv does beside arithmetic: special values, strides, memory, messages.

#include "pawl/conv.h"

#include <catch2/matchers/catch_matchers_string.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "allocation_counter.h"
#include "conv_test_util.h"

namespace pawl {
namespace {

using namespace pawl::testing;
using Catch::Matchers::ContainsSubstring;

ConvCase Case3x3() {
  ConvCase c;
  c.geometry = {.in_channels = 20,
                .kernel_h = 3,
                .kernel_w = 3,
                .pad_top = 1,
                .pad_bottom = 1,
                .pad_left = 1,
                .pad_right = 1};
  c.out = 24;
  c.height = 9;
  c.width = 11;
  return c;
}

ConvOptions OptionsOf(const ConvCase& c, LinearMode mode) {
  ConvOptions options;
  options.geometry = c.geometry;
  options.layout = c.layout;
  options.layer.name = "stem";
  options.layer.mode = mode;
  options.layer.activation_scale = 0.02f;
  options.layer.output_scale = 0.02f;
  return options;
}

std::string MessageOf(const ConvCase& c, const std::string& scheme, const ConvOptions& options) {
  const auto conv =
      QuantizedConv::Create(RandomWeights(Parsed(scheme), {c.out, c.cols()}, 1), options);
  REQUIRE_FALSE(conv.ok());
  CHECK(conv.status().code() == absl::StatusCode::kInvalidArgument);
  return std::string(conv.status().message());
}

}  // namespace

TEST_CASE("A NaN or an infinity spoils its image and no other") {
  ConvCase c = Case3x3();
  c.batch = 2;
  const QuantizedTensor w = RandomWeights(Parsed("int8"), {c.out, c.cols()}, 1);
  std::vector<float> x = RandomFloats(c.inputs(), 2);
  const float nan = std::nanf("");
  for (const LinearMode mode : {LinearMode::kDynamicInt8, LinearMode::kStaticInt8}) {
    for (const float bad : {nan, INFINITY}) {
      x[300] = bad;
      const bool spoils = std::isnan(bad) || mode == LinearMode::kDynamicInt8;
      const auto y = RunConv<float>(MakeConv(w, OptionsOf(c, mode)), c, x.data(), DType::kF32,
                                    DType::kF32, *MakeContext());
      const auto half = static_cast<std::ptrdiff_t>(y.size() / 2);
      const auto is_nan = [](float v) { return std::isnan(v); };
      CHECK(std::all_of(y.begin(), y.begin() + half, is_nan) == spoils);
      CHECK(std::none_of(y.begin() + half, y.end(), is_nan));
    }
  }
}

TEST_CASE("An image of zeros gives the bias") {
  const ConvCase c = Case3x3();
  ConvOptions options = OptionsOf(c, LinearMode::kDynamicInt8);
  const std::vector<float> bias = RandomFloats(c.out, 3);
  options.layer.bias = *Tensor::FromValues<float>({c.out}, bias);
  const QuantizedConv conv = MakeConv(RandomWeights(Parsed("int8"), {c.out, c.cols()}, 1), options);
  const std::vector<float> x(static_cast<size_t>(c.inputs()), 0.0f);
  const auto y = RunConv<float>(conv, c, x.data(), DType::kF32, DType::kF32, *MakeContext());
  for (int64_t o = 0; o < c.out; ++o) {
    CHECK(y[c.OutputAt(0, o, 4, 4)] == bias[static_cast<size_t>(o)]);
  }
}

TEST_CASE("Images may lie apart, and nothing between results is touched") {
  ConvCase c = Case3x3();
  c.batch = 3;
  const QuantizedConv conv = MakeConv(RandomWeights(Parsed("int8"), {c.out, c.cols()}, 1),
                                      OptionsOf(c, LinearMode::kStaticInt8));
  const auto context = MakeContext(2);
  const std::vector<float> x = RandomFloats(c.inputs(), 2);
  const auto dense = RunConv<float>(conv, c, x.data(), DType::kF32, DType::kF32, *context);
  const int64_t in = c.inputs() / 3, out = c.outputs() / 3;
  std::vector<float> apart(static_cast<size_t>(3 * (in + 7))),
      y(static_cast<size_t>(3 * (out + 5)), -7.0f);
  for (int64_t n = 0; n < 3; ++n) {
    std::copy(x.begin() + n * in, x.begin() + (n + 1) * in, apart.begin() + n * (in + 7));
  }
  REQUIRE(conv.Run({apart.data(), DType::kF32, 3, c.height, c.width, in + 7},
                   {y.data(), DType::kF32, 3, c.out_height(), c.out_width(), out + 5}, *context)
              .ok());
  for (int64_t n = 0; n < 3; ++n) {
    CHECK(std::equal(y.begin() + n * (out + 5), y.begin() + n * (out + 5) + out,
                     dense.begin() + n * out));
    CHECK(y[static_cast<size_t>(n * (out + 5) + out)] == -7.0f);
  }
}

TEST_CASE("Nothing is allocated once a shape is known, and the workspace query holds") {
  const auto context = MakeContext(2);
  for (const LinearMode mode : {LinearMode::kWeightOnly, LinearMode::kDynamicInt8,
                                LinearMode::kStaticInt8, LinearMode::kIntegerOnly}) {
    for (const int64_t groups : {1, 5, 20}) {
      ConvCase c = Case3x3();
      c.geometry.groups = groups;
      c.out = 40;
      const QuantizedConv conv =
          MakeConv(RandomWeights(Parsed("int4:channel"), {c.out, c.cols()}, 1), OptionsOf(c, mode));
      const bool codes = mode == LinearMode::kIntegerOnly;
      const DType dtype = codes ? DType::kI8 : DType::kF32;
      const std::vector<float> x = RandomFloats(c.inputs(), 2);
      std::vector<float> y(static_cast<size_t>(c.outputs()));
      const InputImages in{x.data(), dtype, 1, c.height, c.width};
      const OutputImages out{y.data(), dtype, 1, c.out_height(), c.out_width()};
      REQUIRE(conv.Run(in, out, *context).ok());
      const int64_t before = Allocations();
      const bool ok = conv.Run(in, out, *context).ok();
      CHECK(Allocations() == before);
      CHECK(ok);
      CHECK(conv.WorkspaceBytes(c.height, c.width, 2) > conv.WorkspaceBytes(c.height, c.width, 1));
      CHECK(conv.size_bytes() >= conv.canonical()->size_bytes());
    }
  }
}

TEST_CASE("An empty batch is fine, cancelling is seen, canonical weights can be released") {
  const ConvCase c = Case3x3();
  ConvOptions options = OptionsOf(c, LinearMode::kStaticInt8);
  options.layer.release_canonical = true;
  const QuantizedConv conv = MakeConv(RandomWeights(Parsed("int8"), {c.out, c.cols()}, 1), options);
  CHECK(conv.canonical() == nullptr);
  CHECK(conv.name() == "stem");
  CHECK(conv.in_channels() == 20);
  CHECK(conv.out_channels() == 24);
  CHECK(conv.mode() == LinearMode::kStaticInt8);
  const auto context = MakeContext();
  CHECK(
      conv.Run({nullptr, DType::kF32, 0, 9, 11}, {nullptr, DType::kF32, 0, 9, 11}, *context).ok());
  context->Cancel();
  std::vector<float> x(static_cast<size_t>(c.inputs())), y(static_cast<size_t>(c.outputs()));
  CHECK(conv.Run({x.data(), DType::kF32, 1, 9, 11}, {y.data(), DType::kF32, 1, 9, 11}, *context)
            .code() == absl::StatusCode::kCancelled);
}

TEST_CASE("Messages name the convolution and what does not fit") {
  ConvCase c = Case3x3();
  ConvOptions options = OptionsOf(c, LinearMode::kStaticInt8);
  const auto with = [&](auto change) {
    ConvOptions changed = options;
    change(changed);
    return MessageOf(c, "int8", changed);
  };
  CHECK_THAT(with([](ConvOptions& o) { o.geometry.stride_h = 0; }),
             ContainsSubstring("convolution 'stem': stride_h is 0"));
  CHECK_THAT(with([](ConvOptions& o) { o.geometry.pad_left = -1; }),
             ContainsSubstring("pad_left is -1"));
  CHECK_THAT(with([](ConvOptions& o) { o.geometry.groups = 3; }),
             ContainsSubstring("in_channels 20 is not a multiple of groups 3"));
  CHECK_THAT(with([](ConvOptions& o) { o.geometry.kernel_h = 2; }),
             ContainsSubstring("the weights have 180 columns"));
  CHECK_THAT(with([](ConvOptions& o) { o.layer.activation_dtype = DType::kI16; }),
             ContainsSubstring("not i16"));
  CHECK_THAT(with([](ConvOptions& o) { o.layer.activation_scale = 0.0f; }),
             ContainsSubstring("convolution 'stem': activation_scale"));
  CHECK_THAT(with([](ConvOptions& o) { o.layer.bias = *Tensor::Create(DType::kF32, {23}); }),
             ContainsSubstring("bias has 23 elements, the weights have 24 rows"));
  CHECK_THAT(MessageOf(c, "nf4:g32", options), ContainsSubstring("are not integers"));
  // Nothing is promised that convolutions do not take.
  CHECK_THAT(MessageOf(c, "fp4e2m1:channel", options),
             ContainsSubstring("weight_only takes them") && !ContainsSubstring("round_levels"));
  ConvCase grouped = c;
  grouped.geometry.groups = 2;
  options.geometry.groups = 2;
  CHECK_THAT(MessageOf(grouped, "int8:g30", options),
             ContainsSubstring("16 does not divide the 12"));
}

TEST_CASE("Calls that do not fit are errors") {
  const ConvCase c = Case3x3();
  const QuantizedConv conv = MakeConv(RandomWeights(Parsed("int8"), {c.out, c.cols()}, 1),
                                      OptionsOf(c, LinearMode::kStaticInt8));
  const auto context = MakeContext();
  std::vector<float> x(static_cast<size_t>(c.inputs())), y(static_cast<size_t>(c.outputs()));
  const auto message = [&](const InputImages& in, const OutputImages& out) {
    return std::string(conv.Run(in, out, *context).message());
  };
  CHECK_THAT(message({x.data(), DType::kU8, 1, 9, 11}, {y.data(), DType::kF32, 1, 9, 11}),
             ContainsSubstring("x is u8; mode static_int8 takes f32, or i8 codes"));
  CHECK_THAT(message({x.data(), DType::kF32, 1, 9, 11}, {y.data(), DType::kI8, 1, 9, 11}),
             ContainsSubstring("y is i8; mode static_int8 gives f32"));
  CHECK_THAT(message({x.data(), DType::kF32, 1, 9, 11}, {y.data(), DType::kF32, 1, 9, 10}),
             ContainsSubstring("the result is 1 of 9 x 11"));
  CHECK_THAT(message({x.data(), DType::kF32, 1, 0, 11}, {y.data(), DType::kF32, 1, 9, 11}),
             ContainsSubstring("does not fit"));
  CHECK_THAT(message({nullptr, DType::kF32, 1, 9, 11}, {y.data(), DType::kF32, 1, 9, 11}),
             ContainsSubstring("x has no data"));
  CHECK(conv.OutputWidth(0) == 0);
  CHECK(conv.WorkspaceBytes(0, 5, 1) == 0);
}

}  // namespace pawl
