// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Which values become codes, and the graphs that say so.

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "lib/graph/passes/convert.h"
#include "lib/graph/passes/passes.h"
#include "lib/graph/passes/quant_plan.h"
#include "pawl/context.h"
#include "pawl/executor.h"
#include "pawl/quantizer.h"
#include "tests/graph/graph_builder.h"

namespace pawl {
namespace {

using testing::GraphBuilder;

std::vector<float> Wave(size_t count, float step) {
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = std::sin(step * static_cast<float>(i + 1));
  return values;
}

std::unique_ptr<Context> OneThread() { return *Context::Create({.threads = 1}); }

// Conv, ReLU, MaxPool, Conv, flattened, Gemm; all values within a few units.
std::shared_ptr<Graph> Net() {
  GraphBuilder b(13);
  const ValueId x = b.Input("x", {1, 2, 8, 8});
  const ValueId c1 = b.Node("Conv", "c1",
                            {x, b.Constant<float>("w1", {4, 2, 3, 3}, Wave(72, 0.7f)),
                             b.Constant<float>("b1", {4}, {0.1f, 0.2f, 0, -0.1f})});
  const ValueId relu = b.Node("Relu", "relu", {c1});
  const ValueId pool =
      b.Node("MaxPool", "pool", {relu},
             {Attribute::Ints("kernel_shape", {2, 2}), Attribute::Ints("strides", {2, 2})});
  const ValueId c2 =
      b.Node("Conv", "c2", {pool, b.Constant<float>("w2", {3, 4, 1, 1}, Wave(12, 0.4f))});
  const ValueId flat = b.Node("Flatten", "flat", {c2});
  const ValueId y = b.Node("Gemm", "y",
                           {flat, b.Constant<float>("w3", {5, 27}, Wave(135, 0.2f)),
                            b.Constant<float>("b3", {5}, {1, 2, 3, 4, 5})},
                           {Attribute::Int("transB", 1)});
  auto graph = b.Build({y});
  REQUIRE(InferTypes(*graph).ok());
  return graph;
}

std::vector<PlannedLayer> AllLayers(const Graph& graph) {
  std::vector<PlannedLayer> layers;
  for (Layer& layer : FindLayers(graph)) {
    if (layer.reason.empty()) layers.push_back({std::move(layer), {}, false, 0});
  }
  return layers;
}

const QuantPoint* PointOf(const Graph& graph, const QuantPlan& plan, const std::string& name) {
  for (const QuantPoint& point : plan.points) {
    if (graph.value(point.value).name == name) return &point;
  }
  return nullptr;
}

std::vector<float> Run(const Graph& graph, const Tensor& x) {
  const auto context = OneThread();
  auto executor = Executor::Create(std::make_shared<const Graph>(graph));
  INFO(executor.status().ToString());
  REQUIRE(executor.ok());
  const auto results = (*executor)->Run({{x}}, *context);
  INFO(results.status().ToString());
  REQUIRE(results.ok());
  const auto values = (*results)[0].as<float>();
  return {values.begin(), values.end()};
}

double Sqnr(const std::vector<float>& y, const std::vector<float>& q) {
  double signal = 0, noise = 0;
  for (size_t i = 0; i < y.size(); ++i) {
    signal += static_cast<double>(y[i]) * static_cast<double>(y[i]);
    noise += std::pow(static_cast<double>(y[i]) - static_cast<double>(q[i]), 2);
  }
  return 10 * std::log10(signal / noise);
}

// Ranges of a few units for every point.
std::shared_ptr<Graph> Quantized(const Graph& graph, const QuantPlan& plan,
                                 const TargetRules& rules) {
  const auto context = OneThread();
  ActivationParams params;
  for (const QuantPoint& point : plan.points) {
    const std::string& name = graph.value(point.value).name;
    const bool positive = name == "relu" || name == "pool";
    params[point.value] = rules.symmetric_activations ? QParams{12.0f / 127, 0}
                          : positive                  ? QParams{12.0f / 255, 0}
                                                      : QParams{24.0f / 255, 128};
  }
  std::vector<LayerCodes> codes;
  for (const PlannedLayer& planned : plan.layers) {
    LayerCodes one;
    const Tensor& w = *graph.ConstantTensor(planned.layer.weights);
    one.weights = *QuantizeWeights(w, planned.layer.axis, planned.weights, *context);
    if (planned.layer.bias != kNoValue) one.bias = *graph.ConstantTensor(planned.layer.bias);
    codes.push_back(std::move(one));
  }
  auto copy = std::make_shared<Graph>(graph);
  REQUIRE(InsertQdq(*copy, plan, params, codes, rules).ok());
  REQUIRE(RemoveUnused(*copy).ok());
  return copy;
}

int Count(const Graph& graph, const std::string& op) {
  return static_cast<int>(std::count_if(graph.nodes.begin(), graph.nodes.end(),
                                        [&](const Node& n) { return n.op == op; }));
}

TEST_CASE("points are where an engine merges") {
  const auto graph = Net();
  const auto plan = PlanPoints(*graph, AllLayers(*graph), TargetRules::OnnxRuntime());
  REQUIRE(plan.ok());
  CHECK(PointOf(*graph, *plan, "c1") == nullptr);  // the ReLU after it is cut by the codes
  REQUIRE(PointOf(*graph, *plan, "relu") != nullptr);
  CHECK(PointOf(*graph, *plan, "relu")->all_users);
  REQUIRE(PointOf(*graph, *plan, "pool") != nullptr);
  CHECK(PointOf(*graph, *plan, "pool")->same_as == graph->FindValue("relu"));
  REQUIRE(PointOf(*graph, *plan, "c2") != nullptr);
  REQUIRE(PointOf(*graph, *plan, "flat") != nullptr);
  CHECK(PointOf(*graph, *plan, "flat")->same_as == graph->FindValue("c2"));
  CHECK(PointOf(*graph, *plan, "y") == nullptr);
}

TEST_CASE("TensorRT wants codes before layers alone") {
  const auto graph = Net();
  const auto plan = PlanPoints(*graph, AllLayers(*graph), TargetRules::TensorRt());
  REQUIRE(plan.ok());
  REQUIRE(PointOf(*graph, *plan, "x") != nullptr);
  CHECK_FALSE(PointOf(*graph, *plan, "x")->all_users);
  const auto quantized = Quantized(*graph, *plan, TargetRules::TensorRt());
  for (const Node& node : quantized->nodes) {
    if (node.op != "QuantizeLinear") continue;
    CHECK(quantized->value(node.inputs[2]).type.dtype == DType::kI8);
  }
  for (const Node& node : quantized->nodes) {  // biases stay in float
    if (node.op == "Gemm") CHECK(quantized->ConstantTensor(node.inputs[2]) != nullptr);
  }
}

// A convolution, what moves its result, and an If that captures that.
std::shared_ptr<Graph> Moved(const std::string& op, std::vector<Attribute> attributes) {
  GraphBuilder b(10), yes(10), no(10);
  const ValueId x = b.Input("x", {1, 2, 8, 8});
  const ValueId conv =
      b.Node("Conv", "conv", {x, b.Constant<float>("w", {4, 2, 1, 1}, Wave(8, 0.7f))});
  const ValueId moved = b.Node(op, "moved", {conv}, std::move(attributes));
  const auto branch = [&](GraphBuilder& inner) {
    const ValueId own = inner.graph().AddValue("moved");
    inner.graph().captures.push_back({moved, own});
    return inner.Build({inner.Node("Neg", "neg", {own})});
  };
  const auto then_branch = branch(yes), else_branch = branch(no);
  const ValueId chosen = b.Node("If", "if", {b.Input("flag", {}, DType::kBool)},
                                {Attribute::OfGraph("then_branch", then_branch),
                                 Attribute::OfGraph("else_branch", else_branch)});
  auto graph = b.Build({chosen});
  REQUIRE(InferTypes(*graph).ok());
  return graph;
}

TEST_CASE("padding is not codes for a subgraph with what it pads") {
  const auto turned = Moved("Transpose", {Attribute::Ints("perm", {0, 2, 3, 1})});
  const auto plan = PlanPoints(*turned, AllLayers(*turned), TargetRules::OnnxRuntime());
  REQUIRE(plan.ok());
  REQUIRE(PointOf(*turned, *plan, "moved") != nullptr);
  CHECK(PointOf(*turned, *plan, "moved")->same_as == PointOf(*turned, *plan, "conv")->value);
  // 100 has no code there.
  const auto padded = Moved("Pad", {Attribute::Ints("pads", {0, 0, 1, 1, 0, 0, 1, 1}),
                                    Attribute::Float("value", 100.0f)});
  const auto other = PlanPoints(*padded, AllLayers(*padded), TargetRules::OnnxRuntime());
  REQUIRE(other.ok());
  CHECK(PointOf(*padded, *other, "conv") != nullptr);
  CHECK(PointOf(*padded, *other, "moved") == nullptr);
}

TEST_CASE("values without a type, as in subgraphs, may be floats") {
  GraphBuilder b(13);
  const ValueId x = b.Input("x", {1, 2, 4, 4}), side = b.Input("side", {1, 4, 4, 4});
  const auto conv = [&](const std::string& name, ValueId from, int64_t in) {
    const std::vector<float> w = Wave(static_cast<size_t>(4 * in), 0.7f);
    return b.Node("Conv", name, {from, b.Constant<float>(name + "_w", {4, in, 1, 1}, w)});
  };
  const ValueId first = conv("first", x, 2);
  const ValueId turned =
      b.Node("Transpose", "turned", {first}, {Attribute::Ints("perm", {0, 1, 3, 2})});
  const ValueId second = conv("second", turned, 4);
  const ValueId sum = b.Node("Add", "sum", {second, b.Node("Neg", "negative", {side})});
  const ValueId third = conv("third", sum, 4);
  const auto graph = b.Build({third, sum});
  for (const bool typed : {false, true}) {
    INFO(typed);
    if (typed) REQUIRE(InferTypes(*graph).ok());
    const auto plan = PlanPoints(*graph, AllLayers(*graph), TargetRules::OnnxRuntime());
    REQUIRE(plan.ok());
    // The side is no codes, so only the layer reads the sum as such.
    REQUIRE(PointOf(*graph, *plan, "sum") != nullptr);
    CHECK_FALSE(PointOf(*graph, *plan, "sum")->all_users);
    REQUIRE(PointOf(*graph, *plan, "turned") != nullptr);
    CHECK(PointOf(*graph, *plan, "turned")->same_as == first);
  }
}

TEST_CASE("QDQ computes nearly the same, and the QOperator form what QDQ does") {
  const auto graph = Net();
  const TargetRules rules;
  const auto plan = PlanPoints(*graph, AllLayers(*graph), rules);
  REQUIRE(plan.ok());
  const auto quantized = Quantized(*graph, *plan, rules);
  CHECK(Count(*quantized, "QuantizeLinear") == 5);
  CHECK(Count(*quantized, "DequantizeLinear") == 5 + 3 + 2);
  const Tensor x = *Tensor::FromValues<float>({1, 2, 8, 8}, Wave(128, 0.37f));
  const std::vector<float> wanted = Run(*graph, x), qdq = Run(*quantized, x);
  CHECK(Sqnr(wanted, qdq) > 20);
  Graph operators = *quantized;
  REQUIRE(QdqToQOperators(operators).ok());
  REQUIRE(RemoveUnused(operators).ok());
  CHECK(Count(operators, "QLinearConv") == 2);
  CHECK(Count(operators, "MatMulInteger") == 1);
  CHECK(Count(operators, "Relu") == 0);
  CHECK(Count(operators, "QuantizeLinear") == 1);
  CHECK(Count(operators, "DequantizeLinear") == 0);
  CHECK(Sqnr(qdq, Run(operators, x)) > 35);
}

TEST_CASE("dynamic conversion computes nearly the same") {
  const auto graph = Net();
  const auto context = OneThread();
  std::vector<CodedLayer> layers;
  for (const PlannedLayer& planned : AllLayers(*graph)) {
    const Tensor& w = *graph->ConstantTensor(planned.layer.weights);
    layers.push_back({planned.layer, *QuantizeWeights(w, planned.layer.axis, {}, *context)});
  }
  Graph dynamic = *graph;
  REQUIRE(MakeDynamic(dynamic, layers).ok());
  REQUIRE(RemoveUnused(dynamic).ok());
  CHECK(Count(dynamic, "ConvInteger") == 2);
  CHECK(Count(dynamic, "MatMulInteger") == 1);
  const Tensor x = *Tensor::FromValues<float>({1, 2, 8, 8}, Wave(128, 0.37f));
  CHECK(Sqnr(Run(*graph, x), Run(dynamic, x)) > 30);
}

TEST_CASE("an embedding is looked up as codes") {
  GraphBuilder b(13);
  const ValueId ids = b.Input("ids", {3}, DType::kI64);
  const ValueId rows =
      b.Node("Gather", "rows", {b.Constant<float>("table", {6, 8}, Wave(48, 0.3f)), ids});
  auto graph = b.Build({b.Node("Neg", "y", {rows})});
  REQUIRE(InferTypes(*graph).ok());
  const auto context = OneThread();
  const Layer layer = *LayerOf(*graph, 0);
  CHECK(layer.kind == LayerKind::kEmbedding);
  const auto codes =
      QuantizeWeights(*graph->ConstantTensor(layer.weights), layer.axis, {}, *context);
  REQUIRE(codes.ok());
  const Tensor x = *Tensor::FromValues<int64_t>({3}, {{5, 0, 3}});
  const std::vector<float> wanted = Run(*graph, x);
  REQUIRE(MakeDynamic(*graph, {{layer, *codes}}).ok());
  REQUIRE(RemoveUnused(*graph).ok());
  CHECK(Count(*graph, "Gather") == 2);
  CHECK(Sqnr(wanted, Run(*graph, x)) > 40);
}

TEST_CASE("MatMulNBits holds what the scheme says") {
  GraphBuilder b(13);
  const ValueId x = b.Input("x", {2, 40});
  auto graph =
      b.Build({b.Node("MatMul", "y", {x, b.Constant<float>("w", {40, 6}, Wave(240, 0.21f))})});
  REQUIRE(InferTypes(*graph).ok());
  const auto context = OneThread();
  std::vector<float> rows(240);
  const auto w = graph->ConstantTensor(graph->FindValue("w"))->as<float>();
  for (size_t k = 0; k < 40; ++k) {
    for (size_t n = 0; n < 6; ++n) rows[n * 40 + k] = w[k * 6 + n];
  }
  const Tensor transposed = *Tensor::FromValues<float>({6, 40}, rows);
  const Tensor in = *Tensor::FromValues<float>({2, 40}, Wave(80, 0.5f));
  const std::pair<const char*, double> cases[] = {
      {"int8:g16:f32", 36.0}, {"uint4:g32:f32", 14.0}, {"int4:g16:f32", 13.0}};
  for (const auto& [scheme, least] : cases) {
    const auto q = Quantize(transposed, *ParseScheme(scheme), {}, context.get());
    REQUIRE(q.ok());
    Graph coded = *graph;
    const absl::Status status = MakeMatMulNBits(coded, *LayerOf(coded, 0), *q);
    INFO(scheme << ": " << status.ToString());
    REQUIRE(status.ok());
    REQUIRE(RemoveUnused(coded).ok());
    CHECK(coded.opsets["com.microsoft"] == 1);
    CHECK(Sqnr(Run(*graph, in), Run(coded, in)) > least);
  }
}

}  // namespace
}  // namespace pawl
