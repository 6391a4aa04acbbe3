// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Passes over float graphs: what they change, and that results stay.

#include "lib/graph/passes/passes.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "lib/graph/passes/correct_bias.h"
#include "lib/graph/passes/layers.h"
#include "lib/graph/passes/smooth_quant.h"
#include "pawl/context.h"
#include "pawl/executor.h"
#include "tests/graph/graph_builder.h"

namespace pawl {
namespace {

using testing::GraphBuilder;

std::vector<float> Wave(size_t count, float step, float size = 1.0f) {
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = std::sin(step * static_cast<float>(i + 1)) * size;
  return values;
}

std::unique_ptr<Context> OneThread() { return *Context::Create({.threads = 1}); }

std::vector<float> Run(const Graph& graph, const Dims& shape, const std::vector<float>& x) {
  const auto context = OneThread();
  auto executor = Executor::Create(std::make_shared<const Graph>(graph));
  INFO(executor.status().ToString());
  REQUIRE(executor.ok());
  const Tensor input = *Tensor::FromValues<float>(shape, x);
  const auto results = (*executor)->Run({{input}}, *context);
  INFO(results.status().ToString());
  REQUIRE(results.ok());
  const auto values = (*results)[0].as<float>();
  return {values.begin(), values.end()};
}

void CheckNear(const std::vector<float>& a, const std::vector<float>& b, float tolerance) {
  REQUIRE(a.size() == b.size());
  float largest = 0, worst = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    largest = std::max(largest, std::fabs(a[i]));
    worst = std::max(worst, std::fabs(a[i] - b[i]));
  }
  CHECK(worst <= tolerance * largest);
}

int Count(const Graph& graph, const std::string& op) {
  return static_cast<int>(std::count_if(graph.nodes.begin(), graph.nodes.end(),
                                        [&](const Node& n) { return n.op == op; }));
}

// Conv, ReLU, Conv; the first one's channels have very different sizes.
std::shared_ptr<Graph> TwoConvs(float first_bias = 0.1f) {
  GraphBuilder b(13);
  const ValueId x = b.Input("x", {1, 2, 6, 6});
  std::vector<float> w1 = Wave(4 * 2 * 9, 0.7f);
  for (size_t i = 0; i < w1.size(); ++i) w1[i] *= i < 18 ? 100.0f : i < 36 ? 1.0f : 0.01f;
  const ValueId c1 =
      b.Node("Conv", "c1",
             {x, b.Constant<float>("w1", {4, 2, 3, 3}, w1),
              b.Constant<float>("b1", {4}, {first_bias, first_bias, first_bias, first_bias})});
  const ValueId relu = b.Node("Relu", "relu", {c1});
  const ValueId c2 =
      b.Node("Conv", "c2", {relu, b.Constant<float>("w2", {3, 4, 1, 1}, Wave(12, 0.4f))});
  return b.Build({c2});
}

TEST_CASE("upgrading an old opset keeps the results") {
  GraphBuilder b(9);
  const ValueId x = b.Input("x", {2, 3, 4});
  const ValueId clip =
      b.Node("Clip", "clip", {x}, {Attribute::Float("min", -0.5f), Attribute::Float("max", 0.5f)});
  const ValueId slice = b.Node(
      "Slice", "slice", {clip},
      {Attribute::Ints("axes", {2}), Attribute::Ints("starts", {1}), Attribute::Ints("ends", {4})});
  const ValueId wide = b.Node("Unsqueeze", "wide", {slice}, {Attribute::Ints("axes", {0})});
  const ValueId back = b.Node("Squeeze", "back", {wide}, {Attribute::Ints("axes", {0})});
  const ValueId soft = b.Node("Softmax", "soft", {back}, {Attribute::Int("axis", 1)});
  const ValueId y = b.Node("ReduceSum", "y", {soft},
                           {Attribute::Ints("axes", {1}), Attribute::Int("keepdims", 0)});
  const auto graph = b.Build({y});
  REQUIRE(InferTypes(*graph).ok());
  const std::vector<float> in = Wave(24, 0.9f), wanted = Run(*graph, {2, 3, 4}, in);
  for (const int to : {13, 21}) {
    Graph newer = *graph;
    REQUIRE(UpgradeOpset(newer, to).ok());
    CHECK(newer.opsets[""] == to);
    CHECK(std::all_of(newer.nodes.begin(), newer.nodes.end(),
                      [&](const Node& n) { return n.opset == to; }));
    CHECK(Run(newer, {2, 3, 4}, in) == wanted);
  }
  // Over all that comes after the axis, flattened: not what the newer Softmax does by itself.
  CHECK(Count(*graph, "Flatten") == 0);
  Graph newer = *graph;
  REQUIRE(UpgradeOpset(newer, 13).ok());
  CHECK(Count(newer, "Flatten") == 1);
}

TEST_CASE("constants are folded, and what nobody reads goes") {
  GraphBuilder b(13);
  const ValueId x = b.Input("x", {2, 2});
  const ValueId sum = b.Node(
      "Add", "sum", {b.Constant<float>("a", {2}, {1, 2}), b.Constant<float>("b", {2}, {3, 4})});
  b.Node("Mul", "unused", {x, sum});
  const auto graph = b.Build({b.Node("Mul", "y", {x, sum})});
  const std::vector<float> in = {1, 2, 3, 4}, wanted = Run(*graph, {2, 2}, in);
  const auto context = OneThread();
  REQUIRE(FoldConstants(*graph, *context).ok());
  REQUIRE(RemoveUnused(*graph).ok());
  CHECK(graph->nodes.size() == 1);
  CHECK(graph->values.size() == 3);
  CHECK(Run(*graph, {2, 2}, in) == wanted);
}

TEST_CASE("a batch norm goes into the convolution") {
  GraphBuilder b(13);
  const ValueId x = b.Input("x", {1, 2, 5, 5});
  const ValueId c = b.Node("Conv", "c", {x, b.Constant<float>("w", {3, 2, 3, 3}, Wave(54, 0.3f))});
  const ValueId n =
      b.Node("BatchNormalization", "n",
             {c, b.Constant<float>("g", {3}, {1, 2, 0.5f}), b.Constant<float>("h", {3}, {0, 1, -1}),
              b.Constant<float>("m", {3}, {0.1f, 0.2f, 0.3f}),
              b.Constant<float>("v", {3}, {1, 4, 0.25f})});
  const auto graph = b.Build({n});
  const std::vector<float> in = Wave(50, 0.2f), wanted = Run(*graph, {1, 2, 5, 5}, in);
  REQUIRE(FoldIntoLayers(*graph).ok());
  REQUIRE(graph->nodes.size() == 1);
  CHECK(graph->nodes[0].inputs.size() == 3);
  CheckNear(wanted, Run(*graph, {1, 2, 5, 5}, in), 1e-5f);
}

TEST_CASE("equalization gives channels one range and keeps the results") {
  const auto graph = TwoConvs();
  const std::vector<float> in = Wave(72, 0.31f), wanted = Run(*graph, {1, 2, 6, 6}, in);
  const auto pairs = EqualizeLayers(*graph);
  REQUIRE(pairs.ok());
  CHECK(*pairs == std::vector<std::string>{"c1 and c2"});
  CheckNear(wanted, Run(*graph, {1, 2, 6, 6}, in), 1e-5f);
  const auto w = graph->ConstantTensor(graph->FindValue("w1"))->as<float>();
  float largest[4] = {};
  for (size_t i = 0; i < w.size(); ++i)
    largest[i / 18] = std::max(largest[i / 18], std::fabs(w[i]));
  CHECK(*std::max_element(largest, largest + 4) < 500 * *std::min_element(largest, largest + 4));
}

TEST_CASE("equalization leaves pairs alone that others look into") {
  const auto graph = TwoConvs();
  graph->outputs.push_back(graph->FindValue("relu"));
  const auto pairs = EqualizeLayers(*graph);
  REQUIRE(pairs.ok());
  CHECK(pairs->empty());
}

TEST_CASE("what a ReLU never cuts goes into the next bias") {
  const auto graph = TwoConvs(2000.0f);
  const std::vector<float> in = Wave(72, 0.31f), wanted = Run(*graph, {1, 2, 6, 6}, in);
  const auto names = AbsorbBiases(*graph, {{graph->FindValue("relu"), {50.0, 0.0, -1.0, 100.0}}});
  REQUIRE(names.ok());
  CHECK(*names == std::vector<std::string>{"c1"});
  const auto b1 = graph->ConstantTensor(graph->FindValue("b1"))->as<float>();
  CHECK(b1[0] == 1950.0f);
  CHECK(b1[1] == 2000.0f);
  CHECK(b1[3] == 1900.0f);
  CheckNear(wanted, Run(*graph, {1, 2, 6, 6}, in), 1e-5f);
}

TEST_CASE("SmoothQuant moves outliers from activations into weights") {
  GraphBuilder b(17);
  const ValueId x = b.Input("x", {3, 4});
  const ValueId norm = b.Node("LayerNormalization", "norm",
                              {x, b.Constant<float>("gain", {4}, {1, 50, 1, 1}),
                               b.Constant<float>("shift", {4}, {0, 1, 0, 0})});
  const ValueId p = b.Node("MatMul", "p", {norm, b.Constant<float>("w", {4, 4}, Wave(16, 0.8f))});
  const ValueId y = b.Node("Add", "y", {p, norm});  // a residual reads the norm as it was
  const auto graph = b.Build({y});
  const std::vector<float> in = Wave(12, 1.3f), wanted = Run(*graph, {3, 4}, in);
  const auto changed =
      SmoothQuant(*graph, {{graph->FindValue("norm"), {1.5, 80.0, 1.5, 1.5}}}, 0.5);
  REQUIRE(changed.ok());
  CHECK(*changed == std::vector<std::string>{"norm"});
  CheckNear(wanted, Run(*graph, {3, 4}, in), 1e-5f);
  const auto gain = graph->ConstantTensor(graph->nodes[0].inputs[1])->as<float>();
  CHECK(gain[1] / gain[0] < 20.0f);
}

TEST_CASE("weights by channel, along any axis") {
  const auto context = OneThread();
  const Tensor w = *Tensor::FromValues<float>({2, 3}, {{1.0f, 10.0f, 100.0f, -2.0f, 5.0f, 50.0f}});
  const auto rows = QuantizeWeights(w, 0, {}, *context),
             columns = QuantizeWeights(w, 1, {}, *context);
  REQUIRE(rows.ok());
  REQUIRE(columns.ok());
  CHECK(rows->scales.size() == 2);
  CHECK(columns->scales.size() == 3);
  CHECK(columns->codes.as<int8_t>()[3] == -127);
  CHECK(columns->codes.as<int8_t>()[1] == 127);
  const auto decoded = DecodeWeights(*columns);
  REQUIRE(decoded.ok());
  for (size_t i = 0; i < 6; ++i)
    CHECK(std::fabs(decoded->as<float>()[i] - w.as<float>()[i]) < 0.5f);
}

TEST_CASE("a bias that int32 cannot hold raises its channel's scale") {
  const auto context = OneThread();
  const Tensor w = *Tensor::FromValues<float>({2, 2}, {{1e-12f, 2e-12f, 1.0f, 2.0f}});
  const Tensor bias = *Tensor::FromValues<float>({2}, {{3.0f, 3.0f}});
  auto codes = QuantizeWeights(w, 0, {}, *context);
  REQUIRE(codes.ok());
  REQUIRE(RaiseForBias(w, bias, 0.01f, &*codes).ok());
  CHECK(codes->raised == std::vector<int64_t>{0});
  const auto b = QuantizeBias(bias, 0.01f, *codes);
  REQUIRE(b.ok());
  for (size_t c = 0; c < 2; ++c) {
    CHECK(std::fabs(static_cast<float>(b->as<int32_t>()[c]) * 0.01f * codes->scales[c] - 3.0f) <
          1e-3f);
  }
}

TEST_CASE("a bias that is NaN is code 0, an infinite one the end of int32") {
  const auto context = OneThread();
  const Tensor w = *Tensor::FromValues<float>({2, 2}, {{1.0f, 2.0f, 1.0f, 2.0f}});
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  const Tensor bias = *Tensor::FromValues<float>({2}, {{nan, -infinity}});
  const auto codes = QuantizeWeights(w, 0, {}, *context);
  REQUIRE(codes.ok());
  const auto b = QuantizeBias(bias, 0.01f, *codes);
  REQUIRE(b.ok());
  CHECK(b->as<int32_t>()[0] == 0);
  CHECK(b->as<int32_t>()[1] < -(1 << 29));
}

TEST_CASE("the mean of rounded weights is known, and the bias takes it back") {
  const auto context = OneThread();
  const auto graph = TwoConvs();
  const Layer layer = *LayerOf(*graph, 2);
  const Tensor& w = *graph->ConstantTensor(layer.weights);
  const auto codes = QuantizeWeights(w, 0, {.bits = 3}, *context);
  REQUIRE(codes.ok());
  const auto decoded = DecodeWeights(*codes);
  REQUIRE(decoded.ok());
  const std::vector<double> means = {1.0, -2.0, 3.0, 0.5};
  const auto shift = MeanShift(graph->nodes[2], layer, w, *codes, means);
  REQUIRE(shift.ok());
  for (size_t o = 0; o < 3; ++o) {
    double wanted = 0;
    for (size_t i = 0; i < 4; ++i) {
      wanted += (static_cast<double>(decoded->as<float>()[o * 4 + i]) -
                 static_cast<double>(w.as<float>()[o * 4 + i])) *
                means[i];
    }
    CHECK(std::fabs((*shift)[o] - wanted) < 1e-9);
  }
  const auto bias = CorrectedBias(nullptr, *shift);
  REQUIRE(bias.ok());
  CHECK(bias->as<float>()[1] == static_cast<float>(-(*shift)[1]));
}

TEST_CASE("saturation needs two large weights of one sign") {
  WeightCodes codes;
  codes.codes = *Tensor::FromValues<int8_t>({1, 4}, {{127, -127, 1, -1}});
  CHECK_FALSE(CouldSaturate(codes, 255));
  codes.codes = *Tensor::FromValues<int8_t>({1, 4}, {{100, 0, 30, 0}});
  CHECK(CouldSaturate(codes, 255));
  CHECK_FALSE(CouldSaturate(codes, 127));
  codes.codes = *Tensor::FromValues<int8_t>({1, 4}, {{63, 63, -63, -63}});  // int7
  CHECK_FALSE(CouldSaturate(codes, 255));
}

}  // namespace
}  // namespace pawl
