// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Passes over float graphs inside subgraphs: folding, equalization, SmoothQuant, rounding; and
// layers of one name in several of them.

#include <algorithm>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "catch2/matchers/catch_matchers_string.hpp"
#include "lib/pipeline/graph_rules.h"
#include "pawl/graph_analysis.h"
#include "tests/pipeline/graph_job_nets.h"

namespace pawl::testing {
namespace {

using Catch::Matchers::ContainsSubstring;

// x -> conv -> If(sum of x > 0 ? branch(conv) : -conv), with images [1, 4, 6, 6].
std::shared_ptr<Graph> Branching(
    const std::function<ValueId(GraphBuilder& outer, GraphBuilder& branch, ValueId in)>& branch) {
  GraphBuilder b(17), yes(17), no(17);
  const ValueId x = b.Input("x", {1, 4, 6, 6});
  const ValueId conv =
      b.Node("Conv", "conv", {x, b.Constant<float>("conv_w", {4, 4, 1, 1}, Chirp(16, 0.6f, 1.0f))});
  b.graph().value(conv).type = {DType::kF32, Dims{1, 4, 6, 6}};
  const ValueId sum = b.Node("ReduceSum", "sum", {x}, {Attribute::Int("keepdims", 0)});
  const ValueId positive =
      b.Node("Greater", "positive", {sum, b.Constant<float>("zero", {}, {0.0f})});
  const ValueId y = branch(b, yes, Capturing(yes, b.graph(), conv));
  const ValueId n = no.Node("Neg", "neg", {Capturing(no, b.graph(), conv)});
  return b.Build({b.Node("If", "choice", {positive},
                         {Attribute::OfGraph("then_branch", Body(yes, {y})),
                          Attribute::OfGraph("else_branch", Body(no, {n}))})});
}

// Names of a graph and of the graphs in it: none may hide one outside.
void CheckScopes(const Graph& graph, std::set<std::string> outer = {}) {
  for (const Value& value : graph.values) {
    const bool captured =
        std::any_of(graph.captures.begin(), graph.captures.end(),
                    [&](const Capture& capture) { return &graph.value(capture.inner) == &value; });
    INFO(value.name);
    CHECK((captured || !outer.contains(value.name)));
  }
  for (const Value& value : graph.values) outer.insert(value.name);
  for (const Node& node : graph.nodes) {
    for (const Attribute& attribute : node.attributes) {
      for (const auto& subgraph : attribute.graphs) CheckScopes(*subgraph, outer);
    }
  }
}

TEST_CASE("batch norms and constants of branches are folded, captured ones too") {
  GraphJob job;
  job.graph = Branching([](GraphBuilder& b, GraphBuilder& yes, ValueId in) {
    const ValueId w = b.Constant<float>("w", {4, 4, 1, 1}, Chirp(16, 0.9f, 1.0f));
    const ValueId conv =
        yes.Node("Conv", "inner", {in, yes.Node("Neg", "negated", {Capturing(yes, b.graph(), w)})});
    std::vector<ValueId> inputs = {conv};
    for (const char* name : {"scale", "bias", "mean", "variance"}) {
      const ValueId part = b.Constant<float>(name, {4}, {0.5f, 1.0f, 1.5f, 2.0f});
      inputs.push_back(Capturing(yes, b.graph(), part));
    }
    return yes.Node("BatchNormalization", "norm", inputs);
  });
  for (const GraphMode mode : {GraphMode::kStatic, GraphMode::kDynamic, GraphMode::kWeightOnly}) {
    job.mode = mode;
    job.recipe = Recipe::ForScheme("int8");
    const GraphReport report = Run(job, {1, 4, 6, 6});
    CHECK(report.quantized_count() == 2);
    CHECK(Count(*report.result, "BatchNormalization") == 0);
    CHECK(Count(*report.result, "Neg") == 1);
    CHECK(report.outputs[0].sqnr_db > 30);
    CheckScopes(*report.result);
  }
}

TEST_CASE("pairs of convolutions in a branch are equalized, with weights that it captures") {
  GraphJob job;
  job.graph = Branching([](GraphBuilder& b, GraphBuilder& yes, ValueId in) {
    std::vector<float> uneven = Chirp(16, 0.9f, 1.0f);  // one channel in a hundred times the range
    for (size_t i = 0; i < 4; ++i) uneven[i] *= 100.0f;
    const ValueId w = b.Constant<float>("w", {4, 4, 1, 1}, uneven);
    const ValueId first = yes.Node("Conv", "first", {in, Capturing(yes, b.graph(), w)});
    const ValueId relu = yes.Node("Relu", "relu", {first});
    std::vector<float> small = Chirp(16, 0.4f, 1.0f);
    for (size_t i = 0; i < 16; i += 4) small[i] *= 0.01f;
    return yes.Node("Conv", "second", {relu, yes.Constant<float>("v", {4, 4, 1, 1}, small)});
  });
  job.passes.equalize = PassChoice::kOn;
  const GraphReport report = Run(job, {1, 4, 6, 6});
  CHECK_THAT(report.ToText(), ContainsSubstring("cross-layer equalization of 1 pairs"));
  CheckScopes(*report.result);
  job.passes.equalize = PassChoice::kOff;
  const GraphReport without = Run(job, {1, 4, 6, 6});
  CHECK(report.outputs[0].sqnr_db > without.outputs[0].sqnr_db + 3);
}

TEST_CASE("SmoothQuant and rounding reach layers of branches") {
  GraphJob job;
  job.graph = Branching([](GraphBuilder& b, GraphBuilder& yes, ValueId in) {
    const ValueId gain = b.Constant<float>("gain", {6}, {30.0f, 1.0f, 1.0f, 1.0f, 1.0f, 1.0f});
    const ValueId norm =
        yes.Node("LayerNormalization", "norm", {in, Capturing(yes, b.graph(), gain)});
    const ValueId product = yes.Node(
        "MatMul", "product", {norm, yes.Constant<float>("m", {6, 6}, Chirp(36, 0.4f, 1.0f))});
    return yes.Node("Add", "sum_inner", {product, norm});
  });
  for (const PassChoice choice : {PassChoice::kOff, PassChoice::kOn}) {
    job.passes.smooth_quant = choice;
    job.passes.rounding = choice;
    for (const GraphMode mode : {GraphMode::kStatic, GraphMode::kDynamic}) {
      job.mode = mode;
      job.recipe = Recipe::ForScheme("int5");
      const GraphReport report = Run(job, {1, 4, 6, 6});
      const bool on = choice == PassChoice::kOn;
      CHECK((report.ToText().find("SmoothQuant (0.5) after norm") != std::string::npos) == on);
      CHECK((report.ToText().find("rounded for their inputs: done") != std::string::npos) == on);
      CHECK(Count(*report.result, "Mul") >= (on ? 1 : 0));
      CHECK(report.outputs[0].sqnr_db > 12);
      CheckScopes(*report.result);
    }
  }
}

// `conv` outside and in both branches of "choice", and twice in the second.
std::shared_ptr<Graph> OneName() {
  GraphBuilder b(13), yes(13), no(13);
  const auto product = [](GraphBuilder& g, ValueId x, float step) {
    const std::string stem = g.graph().UniqueName("y");
    return g.Node("MatMul", stem, {x, g.Constant<float>(stem + "_w", {16, 16}, Wave(256, step))});
  };
  const ValueId x = b.Input("x", {4, 16});
  const ValueId first = product(b, x, 0.7f);
  const ValueId sum = b.Node("ReduceSum", "sum", {x}, {Attribute::Int("keepdims", 0)});
  const ValueId positive =
      b.Node("Greater", "positive", {sum, b.Constant<float>("zero", {}, {0.0f})});
  const ValueId one = product(yes, Capturing(yes, b.graph(), first), 0.6f);
  const ValueId two = product(no, product(no, Capturing(no, b.graph(), first), 0.5f), 0.4f);
  for (GraphBuilder* g : {&b, &yes, &no}) {
    for (Node& node : g->graph().nodes) {
      if (node.op == "MatMul") node.name = "product";
    }
  }
  return b.Build({b.Node("If", "choice", {positive},
                         {Attribute::OfGraph("then_branch", Body(yes, {one})),
                          Attribute::OfGraph("else_branch", Body(no, {two}))})});
}

TEST_CASE("layers of one name are told apart, and patterns can name each") {
  const auto graph = OneName();
  Recipe recipe = Recipe::ForScheme("int8");
  auto all = DecideLayers(*graph, recipe, GraphMode::kStatic);
  REQUIRE(all.ok());
  std::set<std::string> names;
  for (const LayerDecision& d : *all) names.insert(d.name);
  REQUIRE(names.size() == 4);
  CHECK(names.contains("choice/then_branch/product"));
  for (const std::string& name : names) {
    recipe.exclude = {"^" + name + "$"};
    const auto decisions = DecideLayers(*graph, recipe, GraphMode::kStatic);
    REQUIRE(decisions.ok());
    for (const LayerDecision& d : *decisions) CHECK(d.quantize == (d.name != name));
  }
  recipe.exclude = {"^choice/else_branch/"};
  auto branch = DecideLayers(*graph, recipe, GraphMode::kStatic);
  REQUIRE(branch.ok());
  CHECK(std::count_if(branch->begin(), branch->end(),
                      [](const LayerDecision& d) { return d.quantize; }) == 2);
  recipe.exclude = {"^product$"};  // all of them
  auto none = DecideLayers(*graph, recipe, GraphMode::kStatic);
  REQUIRE(none.ok());
  for (const LayerDecision& d : *none) CHECK_FALSE(d.quantize);
}

}  // namespace
}  // namespace pawl::testing
