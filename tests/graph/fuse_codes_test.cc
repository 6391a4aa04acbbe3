// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/graph/fuse_codes.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "pawl/context.h"
#include "pawl/executor.h"
#include "tests/graph/graph_builder.h"

namespace pawl {
namespace {

using testing::GraphBuilder;

template <typename T>
std::vector<T> Codes(size_t count, int step, int low, int high) {
  std::vector<T> codes(count);
  int state = 12345;
  for (T& code : codes) {
    state = (state * 1103 + step) % 65537;
    code = static_cast<T>(low + state % (high - low + 1));
  }
  return codes;
}

// A QDQ graph; activations are u8 or i8.
template <typename T>
class QdqBuilder : public GraphBuilder {
 public:
  static constexpr int kZero = std::is_signed_v<T> ? -7 : 121;

  std::vector<ValueId> Params(const std::string& name, float scale, int zero) {
    return {Constant<float>(name + "_scale", {}, {scale}),
            Constant<T>(name + "_zero", {}, {static_cast<T>(zero)})};
  }
  ValueId Quantize(const std::string& name, ValueId x, float scale, int zero = kZero) {
    const auto p = Params(name + "_q", scale, zero);
    return Node("QuantizeLinear", name, {x, p[0], p[1]});
  }
  ValueId Dequantize(const std::string& name, ValueId codes, float scale, int zero = kZero) {
    const auto p = Params(name + "_dq", scale, zero);
    return Node("DequantizeLinear", name, {codes, p[0], p[1]});
  }
  ValueId Through(const std::string& name, ValueId x, float scale, int zero = kZero) {
    return Dequantize(name, Quantize(name + "_codes", x, scale, zero), scale, zero);
  }
  ValueId Weights(const std::string& name, const Dims& dims, int64_t axis, size_t channels) {
    size_t count = 1;
    for (const int64_t dim : dims) count *= static_cast<size_t>(dim);
    std::vector<float> scales(channels);
    for (size_t i = 0; i < channels; ++i) scales[i] = 0.004f + 0.0007f * static_cast<float>(i);
    return Node("DequantizeLinear", name,
                {Constant<int8_t>(name + "_codes", dims, Codes<int8_t>(count, 77, -127, 127)),
                 Constant<float>(name + "_scales", {static_cast<int64_t>(channels)}, scales),
                 Constant<int8_t>(name + "_zeros", {static_cast<int64_t>(channels)},
                                  std::vector<int8_t>(channels, 0))},
                {Attribute::Int("axis", axis)});
  }
};

// Convolutions, depthwise too, a hard swish spelled out, a residual sum, a gate by global means, a
// concatenation of two scales, movement, a product, Gemm and softmax.
template <typename T>
std::shared_ptr<Graph> Net() {
  QdqBuilder<T> b;
  const ValueId x = b.Through("x", b.Input("input", {2, 3, 9, 11}), 0.02f);
  const ValueId bias = b.Node(
      "DequantizeLinear", "bias",
      {b.template Constant<int32_t>("bias_codes", {8}, {900, -800, 70, 6000, -50, 4, 3000, 0}),
       b.template Constant<float>("bias_scale", {}, {0.0001f})});
  const ValueId conv =
      b.Node("Conv", "conv", {x, b.Weights("w", {8, 3, 3, 3}, 0, 8), bias},
             {Attribute::Ints("pads", {1, 1, 1, 1}), Attribute::Ints("strides", {1, 2})});
  const ValueId relu =
      b.Through("relu_out", b.Node("Relu", "relu", {conv}), 0.05f, std::is_signed_v<T> ? -128 : 0);
  const ValueId depthwise =
      b.Through("depthwise_out",
                b.Node("Conv", "depthwise", {relu, b.Weights("dw", {8, 1, 3, 3}, 0, 8)},
                       {Attribute::Ints("pads", {1, 1, 1, 1}), Attribute::Int("group", 8)}),
                0.06f);
  const ValueId three = b.template Constant<float>("three", {}, {3});
  const ValueId six = b.template Constant<float>("six", {}, {6});
  const ValueId zero = b.template Constant<float>("zero", {}, {0});
  const ValueId plus = b.Through("plus_out", b.Node("Add", "plus", {depthwise, three}), 0.07f);
  const ValueId clip = b.Through("clip_out", b.Node("Clip", "clip", {plus, zero, six}), 0.03f);
  const ValueId product =
      b.Through("product_out", b.Node("Mul", "product", {depthwise, clip}), 0.2f);
  const ValueId swish = b.Through("swish_out", b.Node("Div", "swish", {product, six}), 0.05f);
  const ValueId sum = b.Through("sum_out", b.Node("Add", "sum", {swish, relu}), 0.09f);
  const ValueId mean = b.Through("mean_out", b.Node("GlobalAveragePool", "mean", {sum}), 0.02f);
  const ValueId gate = b.Through("gate_out", b.Node("Sigmoid", "gate", {mean}), 0.004f);
  const ValueId gated = b.Through("gated_out", b.Node("Mul", "gated", {sum, gate}), 0.06f);
  const ValueId joined = b.Through(
      "joined_out", b.Node("Concat", "joined", {gated, swish}, {Attribute::Int("axis", 1)}), 0.07f);
  const ValueId point = b.Through(
      "point_out", b.Node("Conv", "point", {joined, b.Weights("pw", {5, 16, 1, 1}, 0, 5)}), 0.1f);
  const ValueId pool = b.Through(
      "pool_out",
      b.Node("AveragePool", "pool", {point},
             {Attribute::Ints("kernel_shape", {2, 2}), Attribute::Ints("strides", {2, 2})}),
      0.1f);
  const ValueId turned = b.Through(
      "turned_out", b.Node("Transpose", "turned", {pool}, {Attribute::Ints("perm", {0, 2, 3, 1})}),
      0.1f);
  const ValueId times = b.Through(
      "times_out", b.Node("MatMul", "times", {turned, b.Weights("mw", {5, 6}, 1, 6)}), 0.08f);
  const ValueId flat = b.Through("flat_out", b.Node("Flatten", "flat", {times}), 0.08f);
  const ValueId gemm = b.Through(
      "gemm_out",
      b.Node("Gemm", "gemm", {flat, b.Weights("gw", {7, 72}, 0, 7)}, {Attribute::Int("transB", 1)}),
      0.3f);
  const ValueId soft = b.Node("Softmax", "soft", {gemm});
  return b.Build({b.Through("y", soft, 0.004f, std::is_signed_v<T> ? -128 : 0)});
}

struct Result {
  std::vector<Tensor> outputs;
  std::vector<std::string> operators;
};

Result Run(const std::shared_ptr<const Graph>& graph, const ExecutorOptions& options) {
  const auto context = Context::Create({.threads = 1});
  auto executor = Executor::Create(graph, options);
  INFO((executor.ok() ? std::string() : executor.status().ToString()));
  REQUIRE(executor.ok());
  Result result;
  (*executor)->SetTimer([&](const Node& node, double) { result.operators.push_back(node.op); });
  std::vector<float> values(2 * 3 * 9 * 11);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = 2.2f * std::sin(0.37f * static_cast<float>(i) + 0.001f * static_cast<float>(i * i));
  }
  const auto x = Tensor::FromValues<float>({2, 3, 9, 11}, values);
  const auto results = (*executor)->Run({{*x}}, **context);
  INFO((results.ok() ? std::string() : results.status().ToString()));
  REQUIRE(results.ok());
  for (const Tensor& tensor : *results) result.outputs.push_back(*tensor.Clone());
  return result;
}

int64_t LargestStep(const Tensor& a, const Tensor& b) {
  int64_t largest = 0;
  for (int64_t i = 0; i < a.num_elements(); ++i) {
    const auto at = static_cast<size_t>(i);
    const int x = a.dtype() == DType::kI8 ? a.as<int8_t>()[at] : a.as<uint8_t>()[at];
    const int y = b.dtype() == DType::kI8 ? b.as<int8_t>()[at] : b.as<uint8_t>()[at];
    largest = std::max<int64_t>(largest, std::abs(x - y));
  }
  return largest;
}

template <typename T>
void CheckNet() {
  auto graph = Net<T>();
  const Result fused = Run(graph, {});
  // One QuantizeLinear at the start, one DequantizeLinear at the end, and no float between.
  const std::vector<std::string> whole = {"QLinearConv",
                                          "Lookup",
                                          "Lookup2",
                                          "QLinearGlobalAveragePool",
                                          "Concat",
                                          "Transpose",
                                          "QLinearAveragePool",
                                          "QLinearMatMul",
                                          "Flatten",
                                          "QGemm",
                                          "QLinearSoftmax"};
  int quantize = 0, dequantize = 0;
  for (const std::string& op : fused.operators) {
    quantize += op == "QuantizeLinear" ? 1 : 0;
    dequantize += op == "DequantizeLinear" ? 1 : 0;
    INFO(op);
    CHECK((op == "QuantizeLinear" || op == "DequantizeLinear" ||
           std::find(whole.begin(), whole.end(), op) != whole.end()));
  }
  CHECK(quantize == 1);
  CHECK(dequantize == 1);
  // Every tensor of codes, as an output: the float operators between give the same but for a step
  // where sums lie between two codes, which the layers behind may make two.
  for (const Node& node : graph->nodes) {
    if (node.op == "QuantizeLinear") graph->outputs.push_back(node.outputs[0]);
  }
  const Result codes = Run(graph, {}), apart = Run(graph, {.fuse = false});
  REQUIRE(codes.outputs.size() == apart.outputs.size());
  CHECK(codes.outputs[0].as<float>() == fused.outputs[0].as<float>());
  for (size_t i = 1; i < codes.outputs.size(); ++i) {
    INFO(graph->value(graph->outputs[i]).name);
    CHECK(codes.outputs[i].shape() == apart.outputs[i].shape());
    CHECK(LargestStep(codes.outputs[i], apart.outputs[i]) <= 2);
  }
}

TEST_CASE("between quantized neighbours there are codes only") {
  SECTION("u8") { CheckNet<uint8_t>(); }
  SECTION("i8") { CheckNet<int8_t>(); }
}

TEST_CASE("values between that are observed are there, and are the float operator's") {
  const auto graph = Net<uint8_t>();
  const auto context = Context::Create({.threads = 1});
  const std::vector<std::string> names = {"conv", "clip", "sum", "gated_out_codes", "gemm"};
  auto executor = Executor::Create(graph, {.observe = names});
  REQUIRE(executor.ok());
  std::vector<std::string> seen;
  (*executor)->SetObserver([&](absl::string_view name, const Tensor& tensor) {
    seen.emplace_back(name);
    CHECK(tensor.dtype() == (name == "gated_out_codes" ? DType::kU8 : DType::kF32));
    return absl::OkStatus();
  });
  const auto x = Tensor::Create(DType::kF32, {2, 3, 9, 11});
  REQUIRE((*executor)->Run({{*x}}, **context).ok());
  std::sort(seen.begin(), seen.end());
  CHECK(seen == std::vector<std::string>{"clip", "conv", "gated_out_codes", "gemm", "sum"});
}

}  // namespace
}  // namespace pawl
