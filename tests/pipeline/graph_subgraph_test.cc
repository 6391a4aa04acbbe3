// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Jobs on models with layers inside subgraphs, and with ConvTranspose.

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "catch2/matchers/catch_matchers_string.hpp"
#include "pawl/context.h"
#include "pawl/graph_job.h"
#include "tests/graph/graph_builder.h"

namespace pawl {
namespace {

using Catch::Matchers::ContainsSubstring;
using testing::GraphBuilder;

std::vector<float> Wave(int64_t count, float step, float size = 1.0f) {
  std::vector<float> values(static_cast<size_t>(count));
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = std::sin(step * static_cast<float>(i + 1)) * size;
  }
  return values;
}

// A value of the enclosing graph in a subgraph under construction.
ValueId Capturing(GraphBuilder& inner, const Graph& outer, ValueId id) {
  const ValueId own = inner.graph().AddValue(outer.value(id).name);
  inner.graph().captures.push_back({id, own});
  return own;
}

std::shared_ptr<Graph> Body(GraphBuilder& b, std::vector<ValueId> outputs) {
  auto graph = b.Build(std::move(outputs));
  graph->opsets.clear();
  return graph;
}

// y = positive ? Gemm(x, captured weights) : (inner If: MatMul with a Constant node), all behind a
// MatMul with the same captured weights.
std::shared_ptr<Graph> Net() {
  GraphBuilder b(13);
  const ValueId x = b.Input("x", {4, 16});
  const ValueId weights = b.Constant<float>("shared", {16, 16}, Wave(256, 0.7f));
  const ValueId start = b.Node("MatMul", "start", {x, weights});
  const ValueId sum = b.Node("ReduceSum", "sum", {x}, {Attribute::Int("keepdims", 0)});
  const ValueId positive =
      b.Node("Greater", "positive", {sum, b.Constant<float>("zero", {}, {0.0f})});
  GraphBuilder yes(13), no(13), deeper(13), other(13);
  const ValueId a = yes.Node(
      "Gemm", "in_then", {Capturing(yes, b.graph(), start), Capturing(yes, b.graph(), weights)});
  const auto then_branch = Body(yes, {a});
  const ValueId in_no = Capturing(no, b.graph(), start), flag = Capturing(no, b.graph(), positive);
  const ValueId w = deeper.Node(
      "Constant", "inner_weights", {},
      {Attribute::OfTensor("value", *Tensor::FromValues<float>({16, 16}, Wave(256, 0.3f)))});
  const auto innermost =
      Body(deeper, {deeper.Node("MatMul", "deep", {Capturing(deeper, no.graph(), in_no), w})});
  const auto never = Body(other, {other.Node("Neg", "neg", {Capturing(other, no.graph(), in_no)})});
  const ValueId z = no.Node(
      "If", "again", {no.Node("Not", "not", {flag})},
      {Attribute::OfGraph("then_branch", innermost), Attribute::OfGraph("else_branch", never)});
  const auto else_branch = Body(no, {z});
  return b.Build({b.Node("If", "choice", {positive},
                         {Attribute::OfGraph("then_branch", then_branch),
                          Attribute::OfGraph("else_branch", else_branch)})});
}

GraphReport Run(GraphJob job, std::vector<int64_t> dims) {
  job.samples.count = 4;
  job.samples.get = [dims](int64_t i) -> absl::StatusOr<GraphSample> {
    int64_t count = 1;
    for (const int64_t dim : dims) count *= dim;
    auto values = Wave(count, 0.37f + 0.1f * static_cast<float>(i), 2.0f);
    if (i % 2 == 1) {
      for (float& v : values) v = -v;  // the other branch
    }
    return GraphSample{*Tensor::FromValues<float>(dims, values)};
  };
  const auto context = Context::Create({.threads = 2});
  auto report = RunGraphJob(job, **context);
  INFO(report.status().ToString());
  REQUIRE(report.ok());
  return *std::move(report);
}

GraphReport QuantizeNet(GraphMode mode, std::vector<RecipeRule> rules = {}) {
  GraphJob job;
  job.graph = Net();
  job.mode = mode;
  job.recipe = Recipe::ForScheme("int8");
  if (!rules.empty()) job.recipe.rules = std::move(rules);
  return Run(std::move(job), {4, 16});
}

int64_t Count(const Graph& graph, const std::string& op) {
  int64_t count = 0;
  for (const Node& node : graph.nodes) {
    count += node.op == op ? 1 : 0;
    for (const Attribute& a : node.attributes) {
      for (const auto& subgraph : a.graphs) count += Count(*subgraph, op);
    }
  }
  return count;
}

int64_t FloatConstants(const Graph& graph, int64_t least) {
  int64_t count = 0;
  for (const Value& value : graph.values) {
    const bool large = value.constant != nullptr && value.constant->tensor.dtype() == DType::kF32 &&
                       value.constant->tensor.num_elements() >= least;
    count += large ? 1 : 0;
  }
  for (const Node& node : graph.nodes) {
    for (const Attribute& a : node.attributes) {
      for (const Tensor& t : a.tensors) count += t.num_elements() >= least ? 1 : 0;
      for (const auto& subgraph : a.graphs) count += FloatConstants(*subgraph, least);
    }
  }
  return count;
}

TEST_CASE("layers of subgraphs are quantized dynamically, captured weights too") {
  const GraphReport report = QuantizeNet(GraphMode::kDynamic);
  CHECK(report.quantized_count() == 3);
  CHECK(Count(*report.result, "MatMulInteger") == 3);
  CHECK(Count(*report.result, "MatMul") + Count(*report.result, "Gemm") == 0);
  CHECK(FloatConstants(*report.result, 256) == 0);
  CHECK(report.outputs[0].sqnr_db > 30);
  CHECK(report.notes.empty());
}

TEST_CASE("weights alone of layers in subgraphs") {
  const GraphReport report = QuantizeNet(GraphMode::kWeightOnly);
  CHECK(report.quantized_count() == 3);
  CHECK(Count(*report.result, "DequantizeLinear") == 3);
  CHECK(FloatConstants(*report.result, 256) == 0);
  CHECK(report.outputs[0].sqnr_db > 35);
  RecipeRule grouped;
  grouped.scheme = "int8:g16:f32";
  const GraphReport groups = QuantizeNet(GraphMode::kWeightOnly, {grouped});
  CHECK(Count(*groups.result, "MatMulNBits") == 3);
  CHECK(groups.result->opsets.at("com.microsoft") == 1);
  CHECK(groups.outputs[0].sqnr_db > 35);
}

TEST_CASE("rules name layers of subgraphs, and weights that stay are captured as before") {
  RecipeRule deep, rest;
  deep.pattern = "^deep$";
  deep.scheme = "int8";
  rest.skip = true;
  const GraphReport report = QuantizeNet(GraphMode::kDynamic, {deep, rest});
  CHECK(report.quantized_count() == 1);
  CHECK(Count(*report.result, "MatMulInteger") == 1);
  CHECK(FloatConstants(*report.result, 256) == 1);  // one copy for both who read it
}

TEST_CASE("static jobs leave subgraphs alone and say so") {
  const GraphReport report = QuantizeNet(GraphMode::kStatic);
  CHECK(report.quantized_count() == 1);
  REQUIRE(report.notes.size() == 1);
  CHECK_THAT(report.notes[0], ContainsSubstring("2 layers in its subgraphs stay in float"));
}

// ConvTranspose between convolutions, in groups or not.
GraphReport QuantizeUpsampler(int64_t groups, GraphMode mode, GraphTarget target,
                              GraphFormat format = GraphFormat::kQdq) {
  GraphBuilder b(13);
  const ValueId x = b.Input("x", {1, 4, 6, 6});
  const ValueId c1 =
      b.Node("Conv", "first", {x, b.Constant<float>("w1", {8, 4, 1, 1}, Wave(32, 0.6f))});
  const ValueId up =
      b.Node("ConvTranspose", "up",
             {c1, b.Constant<float>("w2", {8, 6 / groups, 3, 3}, Wave(8 * 6 / groups * 9, 0.9f)),
              b.Constant<float>("b2", {6}, Wave(6, 2.0f))},
             {Attribute::Ints("strides", {2, 2}), Attribute::Int("group", groups)});
  const ValueId relu = b.Node("Relu", "relu", {up});
  const ValueId y =
      b.Node("Conv", "last", {relu, b.Constant<float>("w3", {3, 6, 1, 1}, Wave(18, 0.4f))});
  GraphJob job;
  job.graph = b.Build({y});
  job.mode = mode;
  job.target = target;
  job.format = format;
  return Run(std::move(job), {1, 4, 6, 6});
}

TEST_CASE("ConvTranspose is quantized statically, a scale for each channel of a group") {
  for (const int64_t groups : {1, 2}) {
    for (const GraphTarget target : {GraphTarget::kOnnxRuntime, GraphTarget::kTensorRt}) {
      const GraphReport report = QuantizeUpsampler(groups, GraphMode::kStatic, target);
      CHECK(report.quantized_count() == 3);
      CHECK(report.outputs[0].sqnr_db > 28);
      const Graph& graph = *report.result;
      const auto up = std::find_if(graph.nodes.begin(), graph.nodes.end(),
                                   [](const Node& n) { return n.op == "ConvTranspose"; });
      REQUIRE(up != graph.nodes.end());
      CHECK(graph.ConstantTensor(up->inputs[2])->dtype() == DType::kF32);
      const auto producers = graph.Producers();
      for (const size_t i : {0, 1}) {
        const int32_t from = producers[static_cast<size_t>(up->inputs[i])];
        REQUIRE(from >= 0);
        const Node& node = graph.nodes[static_cast<size_t>(from)];
        CHECK(node.op == "DequantizeLinear");
        if (i == 0) continue;
        CHECK(node.Int("axis", -1) == 1);
        CHECK(graph.ConstantTensor(node.inputs[1])->num_elements() == 6 / groups);
      }
    }
  }
}

TEST_CASE("ConvTranspose in other modes and forms") {
  const auto ort = GraphTarget::kOnnxRuntime;
  const GraphReport form = QuantizeUpsampler(1, GraphMode::kStatic, ort, GraphFormat::kQOperator);
  CHECK(Count(*form.result, "QLinearConv") == 2);
  CHECK(Count(*form.result, "ConvTranspose") == 1);
  CHECK(form.outputs[0].sqnr_db > 28);
  const GraphReport dynamic = QuantizeUpsampler(1, GraphMode::kDynamic, ort);
  CHECK_THAT(dynamic.ToText(), ContainsSubstring("ConvTranspose has no dynamic integer kernel"));
}

}  // namespace
}  // namespace pawl
