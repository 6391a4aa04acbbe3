// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Jobs on models with layers inside subgraphs.

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "catch2/matchers/catch_matchers_string.hpp"
#include "lib/graph/program.h"
#include "pawl/context.h"
#include "pawl/executor.h"
#include "pawl/graph_analysis.h"
#include "pawl/graph_job.h"
#include "tests/graph/graph_builder.h"
#include "tests/pipeline/graph_job_nets.h"

namespace pawl {
namespace {

using Catch::Matchers::ContainsSubstring;
using testing::Body;
using testing::Capturing;
using testing::Chirp;
using testing::Count;
using testing::GraphBuilder;
using testing::Run;
using testing::Wave;

// y = positive ? Gemm(x, captured weights) : (inner If: MatMul with a Constant node), all behind a
// MatMul with the same captured weights.
// `unused`: a layer in the first branch whose result nobody reads, and one in the innermost.
std::shared_ptr<Graph> Net(bool unused = false) {
  GraphBuilder b(13);
  const ValueId x = b.Input("x", {4, 16});
  const ValueId weights = b.Constant<float>("shared", {16, 16}, Wave(256, 0.7f));
  const ValueId start = b.Node("MatMul", "start", {x, weights});
  const ValueId sum = b.Node("ReduceSum", "sum", {x}, {Attribute::Int("keepdims", 0)});
  const ValueId positive =
      b.Node("Greater", "positive", {sum, b.Constant<float>("zero", {}, {0.0f})});
  GraphBuilder yes(13), no(13), deeper(13), other(13);
  const ValueId in_yes = Capturing(yes, b.graph(), start);
  const ValueId shared = Capturing(yes, b.graph(), weights);
  const ValueId a = yes.Node("Gemm", "in_then", {in_yes, shared});
  if (unused) yes.Node("MatMul", "unused", {yes.Node("Neg", "only_for_it", {a}), shared});
  const auto then_branch = Body(yes, {a});
  const ValueId in_no = Capturing(no, b.graph(), start), flag = Capturing(no, b.graph(), positive);
  const ValueId w = deeper.Node(
      "Constant", "inner_weights", {},
      {Attribute::OfTensor("value", *Tensor::FromValues<float>({16, 16}, Wave(256, 0.3f)))});
  if (unused) deeper.Node("MatMul", "unused_too", {w, w});
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

GraphReport QuantizeNet(GraphMode mode, std::vector<RecipeRule> rules = {}) {
  GraphJob job;
  job.graph = Net();
  job.mode = mode;
  job.recipe = Recipe::ForScheme("int8");
  if (!rules.empty()) job.recipe.rules = std::move(rules);
  return Run(std::move(job), {4, 16});
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

TEST_CASE("layers of subgraphs are quantized statically, captured weights too") {
  const GraphReport report = QuantizeNet(GraphMode::kStatic);
  CHECK(report.quantized_count() == 3);
  CHECK(Count(*report.result, "QuantizeLinear") == 3);
  CHECK(FloatConstants(*report.result, 256) == 0);
  CHECK(report.outputs[0].sqnr_db > 30);
  CHECK(report.notes.empty());
  for (const GraphLayerReport& layer : report.layers) CHECK(layer.input_scale > 0);
  // Both branches multiply the one captured value: with the same scale, once each.
  const auto deep =
      std::find_if(report.layers.begin(), report.layers.end(),
                   [](const GraphLayerReport& layer) { return layer.name == "deep"; });
  REQUIRE(deep != report.layers.end());
  CHECK(deep->input_max > deep->input_min);
}

TEST_CASE("layers of subgraphs whose results nobody reads are gone") {
  for (const GraphMode mode :
       {GraphMode::kStatic, GraphMode::kDynamic, GraphMode::kWeightOnly, GraphMode::kFloat16}) {
    GraphJob job;
    job.graph = Net(/*unused=*/true);
    job.mode = mode;
    if (mode != GraphMode::kFloat16) job.recipe = Recipe::ForScheme("int8");
    const GraphReport report = Run(std::move(job), {4, 16});
    for (const GraphLayerReport& layer : report.layers) CHECK(layer.name.find("unused") != 0);
    CHECK(report.quantized_count() == (mode == GraphMode::kFloat16 ? 1 : 3));
    CHECK(report.outputs[0].sqnr_db > 30);
  }
}

TEST_CASE("static layers of a branch that no sample takes stay in float, and the report says so") {
  GraphJob job;
  job.graph = Net();
  job.samples.count = 2;
  job.samples.get = [](int64_t) -> absl::StatusOr<GraphSample> {
    return GraphSample{*Tensor::FromValues<float>({4, 16}, std::vector<float>(64, 1.0f))};
  };
  const auto context = Context::Create({.threads = 1});
  const auto report = RunGraphJob(job, **context);
  INFO(report.status().ToString());
  REQUIRE(report.ok());
  CHECK(report->quantized_count() == 2);
  CHECK_THAT(report->ToText(), ContainsSubstring("no sample went through its subgraph"));
  // An analysis does not say that a bound kept them.
  const auto analysis = AnalyzeGraph(job, **context);
  INFO(analysis.status().ToString());
  REQUIRE(analysis.ok());
  CHECK(analysis->kept == 0);
  CHECK(analysis->recipe.exclude.empty());
}

// Convolutions around an If and in its branches, which use one name for different values; the
// condition is the sign of the input's sum.
std::shared_ptr<Graph> ConvBranches() {
  GraphBuilder b(13);
  const ValueId x = b.Input("x", {1, 4, 6, 6});
  const auto conv = [](GraphBuilder& g, const std::string& name, ValueId from, int64_t in,
                       int64_t out, float step) {
    const ValueId y =
        g.Node("Conv", name,
               {from, g.Constant<float>(name + "_w", {out, in, 1, 1}, Wave(out * in, step))});
    g.graph().value(y).type = {DType::kF32, Dims{1, out, 6, 6}};
    return y;
  };
  const ValueId first = b.Node("Relu", "relu", {conv(b, "first", x, 4, 8, 0.6f)});
  const ValueId sum = b.Node("ReduceSum", "sum", {x}, {Attribute::Int("keepdims", 0)});
  const ValueId positive =
      b.Node("Greater", "positive", {sum, b.Constant<float>("zero", {}, {0.0f})});
  GraphBuilder yes(13), no(13);
  const ValueId in_yes = Capturing(yes, b.graph(), first), in_no = Capturing(no, b.graph(), first);
  yes.graph().value(in_yes).type = no.graph().value(in_no).type = {DType::kF32, Dims{1, 8, 6, 6}};
  const ValueId one = conv(yes, "inner", in_yes, 8, 6, 0.9f);
  const ValueId two = conv(yes, "second", yes.Node("Relu", "relu_inner", {one}), 6, 5, 0.4f);
  const ValueId other = conv(no, "inner", in_no, 8, 5, 1.3f);
  const ValueId chosen = b.Node("If", "choice", {positive},
                                {Attribute::OfGraph("then_branch", Body(yes, {two})),
                                 Attribute::OfGraph("else_branch", Body(no, {other}))});
  b.graph().value(chosen).type = {DType::kF32, Dims{1, 5, 6, 6}};
  return b.Build({conv(b, "last", chosen, 5, 3, 0.7f)});
}

// What an executor makes of a graph, subgraphs after the node that has them.
std::vector<std::string> Operators(const std::shared_ptr<const Graph>& graph) {
  const auto context = Context::Create({.threads = 1});
  const auto program = BuildProgram(graph, {}, **context);
  REQUIRE(program.ok());
  std::vector<std::string> ops;
  const std::function<void(const Program&, const std::string&)> add =
      [&](const Program& of, const std::string& where) {
        for (const Program::Step& step : of.steps) {
          ops.push_back(where + step.node->op);
          for (const auto& inner : step.subgraphs) add(*inner, where + step.node->op + "/");
        }
      };
  add(**program, "");
  return ops;
}

TEST_CASE("codes go into branches, stay codes there, and come out as codes") {
  GraphJob job;
  job.graph = ConvBranches();
  const GraphReport report = Run(job, {1, 4, 6, 6});
  CHECK(report.quantized_count() == 5);
  CHECK(report.outputs[0].sqnr_db > 25);
  int quantize = 0, dequantize = 0, inner = 0;
  for (const std::string& op : Operators(report.result)) {
    INFO(op);
    quantize += op == "QuantizeLinear" ? 1 : 0;
    dequantize += op == "DequantizeLinear" ? 1 : 0;
    inner += op == "If/QLinearConv" ? 1 : 0;
    CHECK((op.substr(0, 3) != "If/" || op == "If/QLinearConv" || op == "If/Lookup" ||
           op == "If/Transpose"));
  }
  CHECK(quantize == 1);
  CHECK(dequantize == 1);
  CHECK(inner == 3);
}

TEST_CASE("what moves codes and is captured is codes for the subgraph, too") {
  GraphBuilder b(13), yes(13), no(13);
  const ValueId x = b.Input("x", {1, 4, 6, 6});
  const ValueId conv =
      b.Node("Conv", "first", {x, b.Constant<float>("w1", {8, 4, 1, 1}, Wave(32, 0.6f))});
  const ValueId turned =
      b.Node("Transpose", "turned", {conv}, {Attribute::Ints("perm", {0, 2, 3, 1})});
  const ValueId flat =
      b.Node("Reshape", "flat", {turned, b.Constant<int64_t>("shape", {2}, {36, 8})});
  for (const ValueId id : {conv, turned, flat}) b.graph().value(id).type.dtype = DType::kF32;
  const ValueId sum = b.Node("ReduceSum", "sum", {x}, {Attribute::Int("keepdims", 0)});
  const ValueId positive =
      b.Node("Greater", "positive", {sum, b.Constant<float>("zero", {}, {0.0f})});
  const ValueId in = Capturing(yes, b.graph(), flat);
  const ValueId product =
      yes.Node("MatMul", "inner", {in, yes.Constant<float>("w2", {8, 5}, Wave(40, 0.9f))});
  const ValueId other =
      no.Node("Gather", "columns",
              {Capturing(no, b.graph(), flat), no.Constant<int64_t>("which", {5}, {0, 2, 4, 6, 7})},
              {Attribute::Int("axis", 1)});
  GraphJob job;
  job.graph = b.Build({b.Node("If", "choice", {positive},
                              {Attribute::OfGraph("then_branch", Body(yes, {product})),
                               Attribute::OfGraph("else_branch", Body(no, {other}))})});
  const GraphReport report = Run(job, {1, 4, 6, 6});
  const auto producers = report.result->Producers();
  int captures = 0;
  for (const Node& node : report.result->nodes) {
    for (const Attribute& attribute : node.attributes) {
      for (const auto& subgraph : attribute.graphs) {
        for (const Capture& capture : subgraph->captures) {
          const int32_t from = producers[static_cast<size_t>(capture.outer)];
          REQUIRE(from >= 0);
          CHECK(report.result->nodes[static_cast<size_t>(from)].op == "DequantizeLinear");
          ++captures;
        }
      }
    }
  }
  CHECK(captures == 2);
  CHECK(report.outputs[0].sqnr_db > 25);
}

TEST_CASE("subgraphs in the QOperator form") {
  GraphJob job;
  job.graph = ConvBranches();
  job.format = GraphFormat::kQOperator;
  const GraphReport report = Run(job, {1, 4, 6, 6});
  CHECK(Count(*report.result, "QLinearConv") == 5);
  CHECK(report.outputs[0].sqnr_db > 25);
}

// A Loop whose body is a recurrent net, and a Scan over rows.
std::shared_ptr<Graph> Loops() {
  GraphBuilder b(13), loop(13), scan(13);
  const ValueId x = b.Input("x", {6, 16});
  loop.Input("i", {}, DType::kI64);
  const ValueId go = loop.Input("c", {}, DType::kBool), h = loop.Input("h", {6, 16});
  const ValueId m =
      loop.Node("MatMul", "step", {h, loop.Constant<float>("w", {16, 16}, Chirp(256, 0.7f, 0.3f))});
  const ValueId t = loop.Node("Tanh", "next", {m});
  const ValueId again = loop.Node("Identity", "again", {go});
  const auto body = Body(loop, {again, t});
  const ValueId l = b.Node("Loop", "loop", {b.Constant<int64_t>("trips", {}, {2}), kNoValue, x},
                           {Attribute::OfGraph("body", body)});
  const ValueId state = scan.Input("state", {16}), row = scan.Input("row", {16});
  const ValueId p = scan.Node("MatMul", "rows",
                              {row, scan.Constant<float>("v", {16, 16}, Chirp(256, 0.3f, 0.3f))});
  const ValueId s = scan.Node("Add", "sum", {p, state});
  const auto scanned = Body(scan, {s, scan.Node("Relu", "out", {s})});
  Node node;
  node.name = node.op = "Scan";
  node.opset = 13;
  node.inputs = {b.Constant<float>("start", {16}, std::vector<float>(16, 0.0f)), l};
  node.outputs = {b.graph().AddValue("final"), b.graph().AddValue("y")};
  node.attributes = {Attribute::OfGraph("body", scanned), Attribute::Int("num_scan_inputs", 1)};
  b.graph().nodes.push_back(node);
  return b.Build({node.outputs[1]});
}

TEST_CASE("bodies of Loop and Scan are quantized statically, over all their rounds") {
  GraphJob job;
  job.graph = Loops();
  const GraphReport report = Run(job, {6, 16});
  CHECK(report.quantized_count() == 2);
  CHECK(Count(*report.result, "QuantizeLinear") == 2);
  CHECK(report.outputs[0].sqnr_db > 25);
  // The input of the body's layer: the first round's, which is x up to 2, and the others', below 1.
  for (const GraphLayerReport& layer : report.layers) {
    if (layer.name == "step") CHECK(layer.input_max > 1.9);
    if (layer.name == "rows") CHECK(layer.input_max <= 1.0);
  }
}

TEST_CASE("an executor shows values of subgraphs in each of their runs") {
  const auto graph = Loops();
  const auto context = Context::Create({.threads = 1});
  auto executor = Executor::Create(graph, {.observe = {"next", "row", "y"}});
  REQUIRE(executor.ok());
  std::vector<std::string> seen;
  (*executor)->SetObserver([&](absl::string_view name, const Tensor&) {
    seen.emplace_back(name);
    return absl::OkStatus();
  });
  const auto x = Tensor::FromValues<float>({6, 16}, Wave(96, 0.3f));
  REQUIRE((*executor)->Run({{*x}}, **context).ok());
  CHECK(std::count(seen.begin(), seen.end(), "next") == 2);
  CHECK(std::count(seen.begin(), seen.end(), "row") == 6);
  CHECK(std::count(seen.begin(), seen.end(), "y") == 1);
  const auto wrong = Executor::Create(graph, {.observe = {"nexx"}});
  CHECK_THAT(wrong.status().ToString(), ContainsSubstring("'nexx'") && ContainsSubstring("'next'"));
}

}  // namespace
}  // namespace pawl
