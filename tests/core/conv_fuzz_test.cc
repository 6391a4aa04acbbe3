// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Random geometry, schemes and extreme codes against the definition in conv.h, bit for bit, on
// every target and for several numbers of threads.

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "conv_test_util.h"

namespace pawl {
namespace {

using namespace pawl::testing;

using Random = std::mt19937_64;

int64_t Below(Random& random, int64_t bound) {
  return static_cast<int64_t>(random() % static_cast<uint64_t>(bound));
}

ConvCase RandomCase(Random& random) {
  ConvCase c;
  ConvGeometry& g = c.geometry;
  const bool flat = random() % 4 == 0;  // one dimension
  const int64_t style = Below(random, 4);
  int64_t in_group = 1 + Below(random, 20), out_group = 1 + Below(random, 40);
  if (random() % 3 == 0) in_group = 32;  // pixels that are rows of panels
  if (style == 0) {
    g.groups = 2 + Below(random, 40);  // depthwise
    in_group = 1;
    out_group = 1 + Below(random, 3) / 2;
  } else if (style == 1) {
    g.groups = 1 + Below(random, 4);
    if (random() % 2 == 0) out_group = 16;
  }
  g.in_channels = in_group * g.groups;
  c.out = out_group * g.groups;
  g.kernel_w = 1 + Below(random, 4);
  g.kernel_h = flat ? 1 : 1 + Below(random, 4);
  if (random() % 4 == 0) g.kernel_h = g.kernel_w = 1;
  g.stride_w = 1 + Below(random, 2);
  g.dilation_w = 1 + Below(random, 3) / 2;
  g.pad_left = Below(random, 3);
  g.pad_right = Below(random, 3);
  if (!flat) {
    g.stride_h = 1 + Below(random, 3);
    g.dilation_h = 1 + Below(random, 3) / 2;
    g.pad_top = Below(random, 3);
    g.pad_bottom = Below(random, 3);
  }
  if (random() % 4 == 0) {  // nothing to gather
    g.stride_h = g.stride_w = 1;
    g.pad_top = g.pad_bottom = g.pad_left = g.pad_right = 0;
  }
  c.batch = 1 + Below(random, 2);
  c.height = flat ? 1 : (g.kernel_h - 1) * g.dilation_h + 1 + Below(random, 8);
  c.width = (g.kernel_w - 1) * g.dilation_w + 1 + Below(random, 14);
  c.layout = random() % 2 == 0 ? ImageLayout::kNCHW : ImageLayout::kNHWC;
  return c;
}

std::string Text(const ConvCase& c) {
  const ConvGeometry& g = c.geometry;
  return absl::StrCat(c.layout == ImageLayout::kNCHW ? "NCHW " : "NHWC ", c.batch, " x ",
                      g.in_channels, " x ", c.height, " x ", c.width, " -> ", c.out, ", groups ",
                      g.groups, ", kernel ", g.kernel_h, " x ", g.kernel_w, ", stride ", g.stride_h,
                      " ", g.stride_w, ", dilation ", g.dilation_h, " ", g.dilation_w, ", pads ",
                      g.pad_top, " ", g.pad_bottom, " ", g.pad_left, " ") +
         absl::StrCat(g.pad_right);
}

// Calls check(context) on every target, with 1 to 3 threads.
template <typename Check>
void OnEveryTarget(Random& random, const Check& check) {
  for (const absl::string_view target : SupportedTargets()) {
    const int threads = 1 + static_cast<int>(random() % 3);
    INFO("target " << std::string(target) << ", threads " << threads);
    check(*MakeContext(threads, std::string(target)));
  }
}

template <typename T>
bool SameBits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

std::string RandomScheme(Random& random, const ConvCase& c, bool whole_rows) {
  const bool is_unsigned = random() % 2 == 0;
  std::string scheme =
      absl::StrCat(is_unsigned ? "uint" : "int", random() % 2 == 0 ? 8 : 2 + random() % 7);
  const bool groups = !whole_rows && (c.geometry.groups == 1 || c.out_group() % 16 == 0);
  constexpr const char* kGroups[] = {":g16", ":g24", ":g32"};
  constexpr const char* kRows[] = {":channel", ":tensor"};
  scheme += groups && random() % 3 == 0 ? kGroups[random() % 3] : kRows[random() % 2];
  constexpr const char* kOffsets[] = {":asym", ":min", ":hqq"};
  if (is_unsigned) scheme += whole_rows ? ":asym" : kOffsets[random() % 3];
  return scheme;
}

// Activations as codes, some of them all extremes.
struct Codes {
  std::vector<uint8_t> bytes;
  std::vector<int32_t> numbers;  // less the zero point
};
Codes RandomCodes(Random& random, int64_t count, DType dtype, int32_t zero, bool extreme) {
  const int32_t low = dtype == DType::kI8 ? -128 : 0;
  Codes codes;
  for (int64_t i = 0; i < count; ++i) {
    const int32_t code = extreme ? (random() % 4 == 0 ? low + 255 : low)
                                 : low + static_cast<int32_t>(random() % 256);
    codes.bytes.push_back(static_cast<uint8_t>(code));
    codes.numbers.push_back(code - zero);
  }
  return codes;
}

QuantizedTensor ConvWeights(Random& random, const ConvCase& c, const std::string& scheme,
                            bool extreme) {
  QuantizedTensor w = RandomWeights(Parsed(scheme), {c.out, c.cols()}, random());
  if (!extreme) return w;
  std::vector<int16_t> q(static_cast<size_t>(w.num_elements()));
  const Element& e = w.scheme.element;
  for (int16_t& code : q) {
    code = static_cast<int16_t>(random() % 8 != 0 ? e.MinCode() : e.MaxCode());
  }
  REQUIRE(PackCodes(w, 0, q).ok());
  return w;
}

ConvOptions RandomOptions(Random& random, const ConvCase& c, LinearMode mode) {
  ConvOptions options;
  options.geometry = c.geometry;
  options.layout = c.layout;
  options.layer.mode = mode;
  options.layer.activation_dtype = random() % 2 == 0 ? DType::kI8 : DType::kU8;
  options.layer.activation_scale = 0.03f;
  if (random() % 2 == 0) {
    options.layer.activation_zero_point = static_cast<int32_t>(Below(random, 256)) -
                                          (options.layer.activation_dtype == DType::kI8 ? 128 : 0);
  }
  const auto activations = mode == LinearMode::kIntegerOnly ? 3u : 7u;
  options.layer.activation = static_cast<FusedActivation>(random() % activations);
  return options;
}

std::vector<float> SetBias(Random& random, const ConvCase& c, ConvOptions* options) {
  if (random() % 3 == 0) return {};
  std::vector<float> bias = RandomFloats(c.out, random());
  options->layer.bias = *Tensor::FromValues<float>({c.out}, bias);
  return bias;
}

}  // namespace

TEST_CASE("Convolutions of codes give the definition's bits") {
  Random random(101);
  for (int i = 0; i < 150; ++i) {
    const ConvCase c = RandomCase(random);
    const std::string scheme = RandomScheme(random, c, false);
    const bool extreme = random() % 3 == 0;
    INFO("case " << i << ": " << Text(c) << ", " << scheme << (extreme ? ", extreme" : ""));
    ConvOptions options = RandomOptions(random, c, LinearMode::kStaticInt8);
    const LinearOptions& o = options.layer;
    const QuantizedTensor w = ConvWeights(random, c, scheme, extreme);
    const std::vector<float> bias = SetBias(random, c, &options);
    const Codes x =
        RandomCodes(random, c.inputs(), o.activation_dtype, o.activation_zero_point, extreme);
    const std::vector<float> scales(static_cast<size_t>(c.batch), o.activation_scale);
    const std::vector<float> expected =
        ReferenceIntegers(c, x.numbers, scales, IntegerWeights(w), bias, o.activation);
    const QuantizedConv conv = MakeConv(w, options);
    CHECK(conv.OutputHeight(c.height) == c.out_height());
    CHECK(conv.OutputWidth(c.width) == c.out_width());
    OnEveryTarget(random, [&](Context& context) {
      CHECK(SameBits(
          RunConv<float>(conv, c, x.bytes.data(), o.activation_dtype, DType::kF32, context),
          expected));
    });
  }
}

TEST_CASE("Convolutions of floats in integer arithmetic give the definition's bits") {
  Random random(102);
  for (int i = 0; i < 60; ++i) {
    const ConvCase c = RandomCase(random);
    const std::string scheme = RandomScheme(random, c, false);
    const bool dynamic = random() % 2 == 0;
    INFO("case " << i << ": " << Text(c) << ", " << scheme << (dynamic ? ", dynamic" : ""));
    ConvOptions options =
        RandomOptions(random, c, dynamic ? LinearMode::kDynamicInt8 : LinearMode::kStaticInt8);
    const LinearOptions& o = options.layer;
    const QuantizedTensor w = ConvWeights(random, c, scheme, false);
    const std::vector<float> bias = SetBias(random, c, &options);
    const std::vector<float> x = RandomFloats(c.inputs(), random());
    const int64_t image = c.inputs() / c.batch;
    std::vector<float> scales;
    std::vector<int32_t> codes;
    for (int64_t n = 0; n < c.batch; ++n) {
      float scale = o.activation_scale, largest = 0.0f;
      for (int64_t j = 0; j < image; ++j) {
        largest = std::max(largest, std::fabs(x[static_cast<size_t>(n * image + j)]));
      }
      if (dynamic) scale = largest / 127.0f;
      const int32_t zero = dynamic ? 0 : o.activation_zero_point;
      const int32_t low = dynamic ? -127 : o.activation_dtype == DType::kI8 ? -128 : 0;
      const int32_t high = dynamic ? 127 : low + 255;
      scales.push_back(scale);
      for (int64_t j = 0; j < image; ++j) {
        const float code = std::nearbyint(x[static_cast<size_t>(n * image + j)] / scale);
        codes.push_back(std::clamp(static_cast<int32_t>(code) + zero, low, high) - zero);
      }
    }
    const std::vector<float> expected =
        ReferenceIntegers(c, codes, scales, IntegerWeights(w), bias, o.activation);
    const QuantizedConv conv = MakeConv(w, options);
    OnEveryTarget(random, [&](Context& context) {
      CHECK(
          SameBits(RunConv<float>(conv, c, x.data(), DType::kF32, DType::kF32, context), expected));
    });
  }
}

TEST_CASE("Integer-only convolutions give the definition's codes") {
  Random random(103);
  for (int i = 0; i < 80; ++i) {
    const ConvCase c = RandomCase(random);
    const std::string scheme = RandomScheme(random, c, true);
    const bool extreme = random() % 3 == 0;
    INFO("case " << i << ": " << Text(c) << ", " << scheme << (extreme ? ", extreme" : ""));
    ConvOptions options = RandomOptions(random, c, LinearMode::kIntegerOnly);
    LinearOptions& o = options.layer;
    o.output_dtype = random() % 2 == 0 ? DType::kI8 : DType::kU8;
    o.output_scale = 0.05f;
    o.output_zero_point = o.output_dtype == DType::kI8 ? -5 : 100;
    o.rounding = random() % 2 == 0 ? RequantizeRounding::kClassic : RequantizeRounding::kSingle;
    const QuantizedTensor w = ConvWeights(random, c, scheme, extreme);
    const IntegerWeights integers(w);
    std::vector<int32_t> bias(static_cast<size_t>(c.out));
    for (int32_t& b : bias) b = static_cast<int32_t>(Below(random, 2001) - 1000);
    if (extreme) bias[0] = INT32_MAX;
    o.bias = *Tensor::FromValues<int32_t>({c.out}, bias);
    const Codes x =
        RandomCodes(random, c.inputs(), o.activation_dtype, o.activation_zero_point, extreme);
    const int32_t least = o.output_dtype == DType::kI8 ? -128 : 0;
    const int32_t low = o.activation == FusedActivation::kNone ? least : o.output_zero_point;
    const int32_t six = 120 + o.output_zero_point;  // 6 / 0.05
    const int32_t high =
        o.activation == FusedActivation::kRelu6 ? std::min(six, least + 255) : least + 255;
    const auto expected =
        ForEachOutput<uint8_t>(c, [&](int64_t n, int64_t row, int64_t oy, int64_t ox) {
          const int64_t group = integers.groups[static_cast<size_t>(row * c.cols())];
          int64_t unused = 0;
          int64_t sum = integers.Sum(Window(c, x.numbers, 0, n, row, oy, ox), row, group, &unused);
          sum = std::clamp<int64_t>(sum + bias[static_cast<size_t>(row)], INT32_MIN, INT32_MAX);
          const double real = static_cast<double>(o.activation_scale) *
                              integers.scales[static_cast<size_t>(group)] / o.output_scale;
          const int64_t code = int64_t{Requantize(static_cast<int32_t>(sum),
                                                  *MakeFixedPointMultiplier(real), o.rounding)} +
                               o.output_zero_point;
          return std::clamp<int64_t>(code, low, high);
        });
    const QuantizedConv conv = MakeConv(w, options);
    OnEveryTarget(random, [&](Context& context) {
      CHECK(SameBits(
          RunConv<uint8_t>(conv, c, x.bytes.data(), o.activation_dtype, o.output_dtype, context),
          expected));
    });
  }
}

TEST_CASE("Float convolutions keep the written order") {
  Random random(104);
  for (int i = 0; i < 80; ++i) {
    const ConvCase c = RandomCase(random);
    INFO("case " << i << ": " << Text(c));
    ConvOptions options = RandomOptions(random, c, LinearMode::kWeightOnly);
    const std::vector<float> bias = SetBias(random, c, &options);
    const std::vector<float> x = RandomFloats(c.inputs(), random());
    const bool quantized = random() % 2 == 0;
    const QuantizedTensor q = ConvWeights(random, c, "int4:g32", false);
    const std::vector<float> w = quantized ? Decoded(q) : RandomFloats(c.out * c.cols(), random());
    const auto conv =
        quantized ? QuantizedConv::Create(q, options)
                  : QuantizedConv::CreateFloat(
                        *Tensor::FromValues<float>(
                            {c.out, c.in_group(), c.geometry.kernel_h, c.geometry.kernel_w}, w),
                        options);
    INFO(conv.status().ToString());
    REQUIRE(conv.ok());
    const std::vector<float> expected = ReferenceFloat(c, x, w, bias, options.layer.activation);
    OnEveryTarget(random, [&](Context& context) {
      CHECK(SameBits(RunConv<float>(*conv, c, x.data(), DType::kF32, DType::kF32, context),
                     expected));
    });
  }
}

}  // namespace pawl
