// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Jobs on models with operators that Pawl lacks.

#include "lib/pipeline/graph_runnable.h"

#include <string>
#include <utility>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "catch2/matchers/catch_matchers_string.hpp"
#include "pawl/graph_analysis.h"
#include "tests/pipeline/graph_job_nets.h"

namespace pawl {
namespace {

using Catch::Matchers::ContainsSubstring;
using testing::Body;
using testing::Capturing;
using testing::Count;
using testing::GraphBuilder;
using testing::Run;
using testing::Wave;

ValueId Product(GraphBuilder& b, const std::string& name, ValueId x, int64_t in, int64_t out) {
  return b.Node("MatMul", name,
                {x, b.Constant<float>(name + "_w", {in, out}, Wave(in * out, 0.7f))});
}

// before -> relu -> (strange -> after, beside); `after` also reads before's weights.
std::shared_ptr<Graph> Net() {
  GraphBuilder b(13);
  const ValueId x = b.Input("x", {4, 16});
  const ValueId relu = b.Node("Relu", "relu", {Product(b, "before", x, 16, 16)});
  const ValueId strange = b.Node("Mystery", "strange", {relu}, {}, "acme");
  b.graph().opsets["acme"] = 1;
  const ValueId after = b.Node("MatMul", "after", {strange, b.graph().FindValue("before_w")});
  return b.Build({after, Product(b, "beside", relu, 16, 8)});
}

TEST_CASE("an operator that Pawl lacks stays as it is; static jobs quantize what comes before") {
  GraphJob job;
  job.graph = Net();
  const GraphReport report = Run(job, {4, 16});
  CHECK(report.quantized_count() == 2);
  REQUIRE(report.layers.size() == 3);
  CHECK(report.layers[2].name == "after");
  CHECK_THAT(report.layers[2].reason, ContainsSubstring("(acme.Mystery)"));
  CHECK_THAT(report.ToText(), ContainsSubstring("Pawl has no operator for it"));
  const Graph& graph = *report.result;
  CHECK(Count(graph, "Mystery") == 1);
  CHECK(graph.opsets.at("acme") == 1);
  REQUIRE(graph.outputs.size() == 2);
  CHECK(graph.value(graph.outputs[0]).name == "after");
  CHECK(graph.value(graph.outputs[1]).name == "beside");
  // The layer behind it has its float weights, those of the layer before are codes.
  const auto producers = graph.Producers();
  const auto weights_of = [&](const std::string& name) {
    const Node& node =
        graph.nodes[static_cast<size_t>(producers[static_cast<size_t>(graph.FindValue(name))])];
    return node.inputs[1];
  };
  CHECK(graph.ConstantTensor(weights_of("after")) != nullptr);
  CHECK(graph.ConstantTensor(weights_of("before")) == nullptr);
  // What is compared: the output before it, and what it reads.
  REQUIRE(report.outputs.size() == 2);
  CHECK(report.outputs[0].name == "beside");
  CHECK(report.outputs[1].name == "relu");
  for (const GraphOutputReport& output : report.outputs) CHECK(output.sqnr_db > 30);
}

TEST_CASE("the same in the QOperator form, with a bound, and as an analysis") {
  GraphJob job;
  job.graph = Net();
  job.format = GraphFormat::kQOperator;
  CHECK(Count(*Run(job, {4, 16}).result, "Mystery") == 1);
  job.format = GraphFormat::kQdq;
  job.max_drop = 0.0;  // no layer can meet it
  job.samples.count = 2;
  job.samples.get = [](int64_t) -> absl::StatusOr<GraphSample> {
    return GraphSample{*Tensor::FromValues<float>({4, 16}, Wave(64, 0.3f))};
  };
  const auto context = Context::Create({.threads = 1});
  CHECK(absl::IsInvalidArgument(RunGraphJob(job, **context).status()));
  job.max_drop = 0.1;
  const auto analysis = AnalyzeGraph(job, **context);
  INFO(analysis.status().ToString());
  REQUIRE(analysis.ok());
  REQUIRE(analysis->layers.size() == 3);
  CHECK_FALSE(analysis->layers[2].quantizable);
  CHECK_THAT(analysis->layers[2].reason, ContainsSubstring("it follows from node 'strange'"));
}

TEST_CASE("an operator that Pawl lacks in a branch takes the whole If with it") {
  GraphBuilder b(13), yes(13), no(13);
  const ValueId x = b.Input("x", {4, 16});
  const ValueId before = Product(b, "before", x, 16, 16);
  const ValueId sum = b.Node("ReduceSum", "sum", {x}, {Attribute::Int("keepdims", 0)});
  const ValueId positive =
      b.Node("Greater", "positive", {sum, b.Constant<float>("zero", {}, {0.0f})});
  const ValueId in = Capturing(yes, b.graph(), before);
  const ValueId inner =
      Product(yes, "inner", yes.Node("Mystery", "strange", {in}, {}, "acme"), 16, 5);
  const ValueId other = Product(no, "other", Capturing(no, b.graph(), before), 16, 5);
  GraphJob job;
  job.graph = b.Build({b.Node("If", "choice", {positive},
                              {Attribute::OfGraph("then_branch", Body(yes, {inner})),
                               Attribute::OfGraph("else_branch", Body(no, {other}))})});
  const GraphReport report = Run(job, {4, 16});
  CHECK(report.quantized_count() == 1);
  CHECK(report.layers.size() == 3);
  CHECK(Count(*report.result, "Mystery") == 1);
  CHECK(Count(*report.result, "QuantizeLinear") == 1);
}

TEST_CASE("other modes quantize layers on both sides of an operator that Pawl lacks") {
  for (const GraphMode mode : {GraphMode::kDynamic, GraphMode::kWeightOnly, GraphMode::kFloat16}) {
    GraphJob job;
    job.graph = Net();
    job.mode = mode;
    if (mode != GraphMode::kFloat16) job.recipe = Recipe::ForScheme("int8");
    const GraphReport report = Run(job, {4, 16});
    // Types behind it are not known, so nothing there can become f16.
    CHECK(report.quantized_count() == (mode == GraphMode::kFloat16 ? 2 : 3));
    CHECK(Count(*report.result, "Mystery") == 1);
    // Values before it, on the samples; f16 ones are compared where they are outputs.
    REQUIRE(report.outputs.size() == (mode == GraphMode::kFloat16 ? 1 : 2));
    for (const GraphOutputReport& output : report.outputs) CHECK(output.sqnr_db > 30);
    const auto context = Context::Create({.threads = 1});
    const auto bare = RunGraphJob(job, **context);  // without samples
    INFO(bare.status().ToString());
    REQUIRE(bare.ok());
    CHECK_THAT(bare->ToText(), ContainsSubstring("the file has the node as it was"));
  }
}

TEST_CASE("nothing before an operator that Pawl lacks: the error names it") {
  GraphBuilder b(13);
  const ValueId x = b.Input("x", {4, 16});
  const ValueId strange = b.Node("Mystery", "strange", {x}, {}, "acme");
  GraphJob job;
  job.graph = b.Build({Product(b, "product", strange, 16, 16)});
  job.samples.count = 1;
  job.samples.get = [](int64_t) -> absl::StatusOr<GraphSample> {
    return GraphSample{*Tensor::FromValues<float>({4, 16}, Wave(64, 0.3f))};
  };
  const auto context = Context::Create({.threads = 1});
  CHECK_THAT(RunGraphJob(job, **context).status().ToString(),
             ContainsSubstring("nothing to quantize") && ContainsSubstring("(acme.Mystery)"));
}

}  // namespace
}  // namespace pawl
