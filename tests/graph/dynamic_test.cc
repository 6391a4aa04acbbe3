// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Dynamic quantization: what follows ConvInteger and MatMulInteger is merged into them, and gives
// the same bits as node after node.

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "catch2/catch_test_macros.hpp"
#include "pawl/context.h"
#include "pawl/executor.h"
#include "tests/graph/graph_builder.h"

namespace pawl {
namespace {

using testing::GraphBuilder;

std::vector<float> Wave(size_t count, float step) {
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = std::sin(step * static_cast<float>(i + 1)) * 3.0f;
  return values;
}

template <typename T>
std::vector<T> Codes(size_t count, int low, int high) {
  std::vector<T> codes(count);
  int state = 4711;
  for (T& code : codes) {
    state = (state * 1103 + 77) % 65537;
    code = static_cast<T>(low + state % (high - low + 1));
  }
  return codes;
}

class DynamicBuilder : public GraphBuilder {
 public:
  struct Quantized {
    ValueId codes, scale, zero;
  };
  Quantized Quantize(const std::string& name, ValueId x) {
    Node("DynamicQuantizeLinear", name, {x});
    auto& outputs = graph().nodes.back().outputs;
    const ValueId scale = graph().AddValue(name + "_scale"),
                  zero = graph().AddValue(name + "_zero");
    outputs.push_back(scale);
    outputs.push_back(zero);
    return {outputs[0], scale, zero};
  }
  // Cast(sums) * (x scale * weight scale), and a bias.
  ValueId Scale(const std::string& name, ValueId sums, const Quantized& x, ValueId scales,
                ValueId bias) {
    const ValueId floats = Node("Cast", name + "_cast", {sums}, {Attribute::Int("to", 1)});
    const ValueId factor = Node("Mul", name + "_factor", {x.scale, scales});
    const ValueId scaled = Node("Mul", name + "_scaled", {floats, factor});
    return bias == kNoValue ? scaled : Node("Add", name + "_sum", {scaled, bias});
  }
};

// Convolutions of several kinds, a bias by Reshape as ONNX Runtime writes it, activations, and a
// product; u8 weights with a zero point, too.
std::shared_ptr<Graph> Net() {
  DynamicBuilder b;
  const ValueId input = b.Input("input", {2, 3, 9, 11});
  const auto x = b.Quantize("x", input);
  const ValueId first = b.Node(
      "ConvInteger", "first",
      {x.codes, b.Constant<int8_t>("w1", {8, 3, 3, 3}, Codes<int8_t>(216, -127, 127)), x.zero},
      {Attribute::Ints("pads", {1, 1, 1, 1}), Attribute::Ints("strides", {1, 2})});
  const ValueId bias = b.Node("Reshape", "bias",
                              {b.Constant<float>("b1", {8}, Wave(8, 0.9f)),
                               b.Constant<int64_t>("b1_shape", {4}, {1, -1, 1, 1})});
  const ValueId scales = b.Constant<float>(
      "s1", {8, 1, 1}, {0.01f, 0.02f, 0.03f, 0.01f, 0.02f, 0.005f, 0.007f, 0.011f});
  const ValueId relu = b.Node("Relu", "relu", {b.Scale("first", first, x, scales, bias)});
  const auto y = b.Quantize("y", relu);
  const ValueId depthwise =
      b.Node("ConvInteger", "depthwise",
             {y.codes, b.Constant<uint8_t>("w2", {8, 1, 3, 3}, Codes<uint8_t>(72, 0, 255)), y.zero,
              b.Constant<uint8_t>("w2_zero", {}, {119})},
             {Attribute::Ints("pads", {1, 1, 1, 1}), Attribute::Int("group", 8)});
  const ValueId second =
      b.Node("HardSwish", "swish",
             {b.Scale("depthwise", depthwise, y, b.Constant<float>("s2", {}, {0.004f}), kNoValue)});
  const auto z = b.Quantize("z", second);
  const ValueId third = b.Node(
      "ConvInteger", "third",
      {z.codes, b.Constant<int8_t>("w3", {6, 4, 1, 1}, Codes<int8_t>(24, -100, 100)), z.zero},
      {Attribute::Int("group", 2)});
  const ValueId image = b.Scale("third", third, z, b.Constant<float>("s3", {}, {0.01f}),
                                b.Constant<float>("b3", {1, 6, 1, 1}, Wave(6, 0.4f)));
  const ValueId rows =
      b.Node("Transpose", "rows", {image}, {Attribute::Ints("perm", {0, 2, 3, 1})});
  const auto r = b.Quantize("r", rows);
  const ValueId product =
      b.Node("MatMulInteger", "product",
             {r.codes, b.Constant<int8_t>("w4", {6, 5}, Codes<int8_t>(30, -127, 127)), r.zero});
  const ValueId out = b.Scale("product", product, r,
                              b.Constant<float>("s4", {5}, {0.1f, 0.01f, 0.02f, 0.03f, 0.2f}),
                              b.Constant<float>("b4", {5}, Wave(5, 1.3f)));
  return b.Build({relu, second, image, out});
}

struct Result {
  std::vector<Tensor> outputs;
  std::vector<std::string> operators;
};

Result Run(const std::shared_ptr<const Graph>& graph, bool fuse, int threads) {
  const auto context = Context::Create({.threads = threads});
  auto executor = Executor::Create(graph, {.fuse = fuse});
  INFO((executor.ok() ? std::string() : executor.status().ToString()));
  REQUIRE(executor.ok());
  Result result;
  (*executor)->SetTimer([&](const Node& node, double) { result.operators.push_back(node.op); });
  const auto x = Tensor::FromValues<float>({2, 3, 9, 11}, Wave(594, 0.37f));
  const auto results = (*executor)->Run({{*x}}, **context);
  INFO((results.ok() ? std::string() : results.status().ToString()));
  REQUIRE(results.ok());
  for (const Tensor& tensor : *results) result.outputs.push_back(*tensor.Clone());
  return result;
}

TEST_CASE("dynamic layers run as one node with the bits of several") {
  const auto graph = Net();
  const Result apart = Run(graph, false, 1);
  for (const int threads : {1, 3}) {
    const Result fused = Run(graph, true, threads);
    const std::vector<std::string> expected = {"DynamicQuantizeLinear",
                                               "ConvIntegerToFloat",
                                               "DynamicQuantizeLinear",
                                               "ConvIntegerToFloat",
                                               "DynamicQuantizeLinear",
                                               "ConvIntegerToFloat",
                                               "Transpose",
                                               "DynamicQuantizeLinear",
                                               "MatMulIntegerToFloat"};
    CHECK(fused.operators == expected);
    REQUIRE(fused.outputs.size() == apart.outputs.size());
    for (size_t i = 0; i < fused.outputs.size(); ++i) {
      INFO("output " << i);
      CHECK(fused.outputs[i].shape() == apart.outputs[i].shape());
      CHECK(fused.outputs[i].as<float>() == apart.outputs[i].as<float>());
    }
  }
}

// What the layers do not take stays with the operators of the file.
TEST_CASE("a bias of another shape is added by itself") {
  DynamicBuilder b;
  const auto x = b.Quantize("x", b.Input("input", {2, 3, 9, 11}));
  const ValueId sums = b.Node(
      "ConvInteger", "conv",
      {x.codes, b.Constant<int8_t>("w", {4, 3, 1, 1}, Codes<int8_t>(12, -127, 127)), x.zero});
  const ValueId y = b.Scale("conv", sums, x, b.Constant<float>("s", {}, {0.01f}),
                            b.Constant<float>("bias", {11}, Wave(11, 0.3f)));
  const auto graph = b.Build({y});
  const Result fused = Run(graph, true, 1), apart = Run(graph, false, 1);
  CHECK(fused.operators ==
        std::vector<std::string>{"DynamicQuantizeLinear", "ConvIntegerToFloat", "Add"});
  CHECK(fused.outputs[0].as<float>() == apart.outputs[0].as<float>());
}

TEST_CASE("a zero point of a wider type is taken off as what it is") {
  GraphBuilder b;
  const ValueId a = b.Input("a", {2, 4}, DType::kU8), zero = b.Input("zero", {}, DType::kI32);
  const std::vector<int8_t> weights = {1, -2, 3, 4, 5, -6, 7, 8};
  const auto graph =
      b.Build({b.Node("MatMulInteger", "m", {a, b.Constant<int8_t>("w", {4, 2}, weights), zero})});
  const auto context = Context::Create();
  const auto executor = Executor::Create(graph, {}, context->get());
  REQUIRE(executor.ok());
  const std::vector<uint8_t> codes = {0, 10, 200, 255, 9, 8, 7, 6};
  const auto x = Tensor::FromValues<uint8_t>({2, 4}, codes);
  const auto z = Tensor::FromValues<int32_t>({}, {300});  // its low byte is 44
  const auto results = (*executor)->Run({{*x, *z}}, **context);
  INFO((results.ok() ? std::string() : results.status().ToString()));
  REQUIRE(results.ok());
  std::vector<int32_t> wanted;
  for (size_t row = 0; row < 2; ++row) {
    for (size_t column = 0; column < 2; ++column) {
      int32_t sum = 0;
      for (size_t i = 0; i < 4; ++i) sum += (codes[row * 4 + i] - 300) * weights[i * 2 + column];
      wanted.push_back(sum);
    }
  }
  CHECK(results->front().as<int32_t>() == absl::MakeConstSpan(wanted));
}

}  // namespace
}  // namespace pawl
