// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Jobs on whole models: every mode end to end, what reports say, and what is refused.

#include "pawl/graph_job.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "catch2/matchers/catch_matchers_string.hpp"
#include "pawl/context.h"
#include "pawl/graph_analysis.h"
#include "pawl/model.h"
#include "pawl/npz.h"
#include "pawl/onnx.h"
#include "tests/graph/graph_builder.h"
#include "tests/pipeline/job_test_model.h"

namespace pawl {
namespace {

using Catch::Matchers::ContainsSubstring;
using testing::GraphBuilder;

std::vector<float> Wave(size_t count, float step, float size = 1.0f) {
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = std::sin(step * static_cast<float>(i + 1)) * size;
  return values;
}

// conv1 - BatchNorm - ReLU - conv2 + residual - mean - MatMul, in an old opset.
std::shared_ptr<Graph> Net() {
  GraphBuilder b(11);
  b.graph().symbols = {"batch"};
  const ValueId x = b.Input("x", {SymbolDim(0), 3, 10, 10});
  const ValueId c1 =
      b.Node("Conv", "conv1", {x, b.Constant<float>("w1", {8, 3, 3, 3}, Wave(216, 0.7f))},
             {Attribute::Ints("pads", {1, 1, 1, 1})});
  const ValueId bn =
      b.Node("BatchNormalization", "norm",
             {c1, b.Constant<float>("g", {8}, {1, 2, 0.5f, 1, 1, 1, 3, 1}),
              b.Constant<float>("h", {8}, Wave(8, 1)), b.Constant<float>("m", {8}, Wave(8, 2)),
              b.Constant<float>("v", {8}, {1, 2, 1, 4, 1, 1, 1, 9})});
  const ValueId relu = b.Node("Relu", "relu", {bn});
  const ValueId c2 = b.Node("Conv", "conv2",
                            {relu, b.Constant<float>("w2", {8, 8, 1, 1}, Wave(64, 0.4f)),
                             b.Constant<float>("b2", {8}, Wave(8, 3))});
  const ValueId sum = b.Node("Add", "sum", {c2, relu});
  const ValueId pool = b.Node("GlobalAveragePool", "pool", {sum});
  const ValueId flat = b.Node("Flatten", "flat", {pool});
  const ValueId y =
      b.Node("MatMul", "head", {flat, b.Constant<float>("w3", {8, 4}, Wave(32, 0.9f))});
  return b.Build({y});
}

struct Bench {
  Bench() {
    const absl::Status written = WriteOnnx(*Net(), folder.Path("net.onnx"));
    REQUIRE(written.ok());
    const Tensor x = *Tensor::FromValues<float>({12, 3, 10, 10}, Wave(3600, 0.113f, 2.0f));
    REQUIRE(WriteNpz(folder.Path("x.npz"), {{"x", x}}).ok());
    job.input = folder.Path("net.onnx");
    job.output = folder.Path("out.onnx");
    job.calibration = folder.Path("x.npz");
  }

  absl::StatusOr<GraphReport> Run(int threads = 1) const {
    const auto context = Context::Create({.threads = threads});
    return RunGraphJob(job, **context);
  }
  GraphReport Report(int threads = 1) const {
    auto report = Run(threads);
    INFO(report.status().ToString());
    REQUIRE(report.ok());
    return *std::move(report);
  }
  std::string Error() const {
    const auto report = Run();
    REQUIRE_FALSE(report.ok());
    CHECK_FALSE(std::filesystem::exists(job.output));
    return std::string(report.status().message());
  }
  std::string Bytes() const {
    std::ifstream in(job.output, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::map<std::string, int> Operators() const {
    const auto graph = ReadOnnx(job.output);
    REQUIRE(graph.ok());
    std::map<std::string, int> count;
    for (const Node& node : (*graph)->nodes) ++count[node.op];
    return count;
  }

  TestFolder folder;
  GraphJob job;
};

TEST_CASE("a static job writes QDQ that is near the float model") {
  const Bench bench;
  const GraphReport report = bench.Report();
  CHECK(report.quantized_count() == 3);
  CHECK(report.samples == 12);
  REQUIRE(report.outputs.size() == 1);
  CHECK(report.outputs[0].sqnr_db > 30);
  auto ops = bench.Operators();
  CHECK(ops["BatchNormalization"] == 0);
  CHECK(ops["QuantizeLinear"] >= 4);
  CHECK(ops["Conv"] == 2);
  const auto graph = ReadOnnx(bench.job.output);
  CHECK((*graph)->opsets.at("") == 13);
  CHECK((*graph)->producer_name == "pawl");
  CHECK_THAT(report.ToJson(), ContainsSubstring("\"sqnr_db\""));
  CHECK_THAT(report.ToText(),
             ContainsSubstring("conv1") && ContainsSubstring("3 of 3 layers quantized"));
}

TEST_CASE("the file is the same for every number of threads and run") {
  Bench bench;
  bench.Report(1);
  const std::string one = bench.Bytes();
  bench.Report(2);
  CHECK(bench.Bytes() == one);
}

TEST_CASE("progress of a job on a model moves within a large layer") {
  const TestFolder folder;
  GraphBuilder b(13);
  const ValueId x = b.Input("x", {2, 1024});
  const ValueId large =
      b.Node("MatMul", "large", {x, b.Constant<float>("w", {1024, 1024}, Wave(1024 * 1024, 0.3f))});
  const ValueId y =
      b.Node("MatMul", "head", {large, b.Constant<float>("v", {1024, 64}, Wave(65536, 0.9f))});
  REQUIRE(WriteOnnx(*b.Build({y}), folder.Path("net.onnx")).ok());
  for (const GraphMode mode : {GraphMode::kDynamic, GraphMode::kWeightOnly}) {
    GraphJob job;
    job.input = folder.Path("net.onnx");
    job.output = folder.Path("out.onnx");
    job.mode = mode;
    std::vector<uint64_t> done;
    const auto progress = [&](const Progress& now) {
      if (now.stage != "quantize") return;
      CHECK(now.unit == "bytes");
      CHECK(now.total == (1024 * 1024 + 65536) * sizeof(float));
      done.push_back(now.done);
    };
    const auto context = *Context::Create({.threads = 1, .progress = progress});
    const auto report = RunGraphJob(job, *context);
    INFO(report.status().ToString());
    REQUIRE(report.ok());
    CHECK(done.front() == 0);
    CHECK(done.back() == (1024 * 1024 + 65536) * sizeof(float));
    CHECK(std::adjacent_find(done.begin(), done.end(), std::greater_equal<>()) == done.end());
    CHECK(done.size() >= 8);
  }
}

TEST_CASE("the other modes and formats") {
  Bench bench;
  const auto sqnr = [&] { return bench.Report().outputs[0].sqnr_db; };
  SECTION("QOperator") {
    bench.job.format = GraphFormat::kQOperator;
    CHECK(sqnr() > 30);
    CHECK(bench.Operators()["QLinearConv"] == 2);
  }
  SECTION("TensorRT") {
    bench.job.target = GraphTarget::kTensorRt;
    CHECK(sqnr() > 30);
  }
  SECTION("16-bit activations") {
    bench.job.recipe = Recipe::ForScheme("int16");
    CHECK(sqnr() > 35);
    const auto graph = ReadOnnx(bench.job.output);
    CHECK((*graph)->opsets.at("") == 21);
  }
  SECTION("dynamic") {
    bench.job.mode = GraphMode::kDynamic;
    CHECK(sqnr() > 30);
    CHECK(bench.Operators()["ConvInteger"] == 2);
    CHECK(bench.Operators()["MatMulInteger"] == 1);
  }
  SECTION("weights alone") {
    bench.job.mode = GraphMode::kWeightOnly;
    bench.job.recipe = Recipe::ForScheme("int8");
    CHECK(sqnr() > 35);
    CHECK(bench.Operators()["DequantizeLinear"] == 3);
  }
  SECTION("float16") {
    bench.job.mode = GraphMode::kFloat16;
    CHECK(sqnr() > 50);
    CHECK(bench.Operators()["Cast"] == 2);
  }
  SECTION("weights in groups, for the linear layer") {
    bench.job.mode = GraphMode::kWeightOnly;
    CHECK(sqnr() > 15);
    CHECK(bench.Operators()["MatMulNBits"] == 1);
    CHECK(bench.Operators()["DequantizeLinear"] == 2);
  }
}

TEST_CASE("rules decide for each layer") {
  Bench bench;
  RecipeRule head;
  head.pattern = "^head$";
  head.skip = true;
  RecipeRule conv;
  conv.op = OperatorType::kConv;
  conv.scheme = "int7:tensor";
  bench.job.recipe.rules = {head, conv};
  const GraphReport report = bench.Report();
  CHECK(report.quantized_count() == 2);
  CHECK(report.layers[2].reason == "a rule keeps it");
  CHECK(report.layers[0].rule == 1);
  CHECK_FALSE(report.layers[0].could_saturate);
  CHECK(report.layers[0].activations == "uint8");
}

TEST_CASE("what is refused, and why") {
  Bench bench;
  SECTION("a pattern that matches nothing") {
    bench.job.recipe.exclude = {"cnv2"};
    CHECK_THAT(bench.Error(),
               ContainsSubstring("'cnv2' matches no layer") && ContainsSubstring("conv2"));
  }
  SECTION("a scheme of another mode") {
    bench.job.recipe = Recipe::ForScheme("nf4");
    CHECK_THAT(bench.Error(), ContainsSubstring("'nf4' is not for static jobs"));
  }
  SECTION("no samples") {
    bench.job.calibration.clear();
    CHECK_THAT(bench.Error(), ContainsSubstring("needs samples"));
  }
  SECTION("everything excluded") {
    bench.job.recipe.exclude = {"."};
    CHECK_THAT(bench.Error(), ContainsSubstring("nothing to quantize"));
  }
  SECTION("samples that do not fit") {
    const Tensor x = *Tensor::FromValues<float>({2, 3}, Wave(6, 1));
    REQUIRE(WriteNpz(bench.folder.Path("x.npz"), {{"x", x}}).ok());
    CHECK_THAT(bench.Error(), ContainsSubstring("does not fit input 'x'"));
  }
  SECTION("its own input as output") {
    bench.job.output = bench.job.input;
    const auto report = bench.Run();
    CHECK_FALSE(report.ok());
    CHECK(ReadOnnx(bench.job.input).ok());
  }
}

TEST_CASE("weights without elements stay as they are") {
  GraphBuilder b(17);
  const ValueId x = b.Input("x", {2, 4});
  const ValueId y = b.Node("MatMul", "full", {x, b.Constant<float>("w", {4, 3}, Wave(12, 1))});
  const ValueId z = b.Node("MatMul", "none", {x, b.Constant<float>("n", {4, 0}, {})});
  GraphJob job;
  job.graph = b.Build({y, z});
  job.samples.count = 2;
  job.samples.get = [](int64_t i) -> absl::StatusOr<GraphSample> {
    return GraphSample{*Tensor::FromValues<float>({2, 4}, Wave(8, static_cast<float>(i + 1)))};
  };
  const auto context = Context::Create({.threads = 1});
  for (const GraphMode mode : {GraphMode::kStatic, GraphMode::kDynamic, GraphMode::kWeightOnly}) {
    job.mode = mode;
    const auto report = RunGraphJob(job, **context);
    INFO(report.status().ToString());
    REQUIRE(report.ok());
    REQUIRE(report->layers.size() == 2);
    CHECK(report->layers[0].quantized);
    CHECK(report->layers[1].reason == "its weights have no elements");
  }
}

TEST_CASE("a dry run decides and writes nothing") {
  Bench bench;
  bench.job.dry_run = true;
  bench.job.calibration.clear();
  const GraphReport report = bench.Report();
  CHECK(report.quantized_count() == 3);
  CHECK_FALSE(std::filesystem::exists(bench.job.output));
}

TEST_CASE("a bound keeps the costliest layers in float") {
  Bench bench;
  bench.job.recipe = Recipe::ForScheme("int4:channel");
  bench.job.max_drop = 1.0;
  const GraphReport all = bench.Report();
  CHECK(all.quantized_count() == 3);
  const double drop = std::pow(10.0, -all.outputs[0].sqnr_db / 10);
  bench.job.max_drop = drop / 2;
  const GraphReport some = bench.Report();
  CHECK(some.quantized_count() < 3);
  CHECK(some.quantized_count() > 0);
  CHECK(std::pow(10.0, -some.outputs[0].sqnr_db / 10) <= drop / 2);
  bench.job.max_drop = 1e-9;
  std::filesystem::remove(bench.job.output);
  CHECK_THAT(bench.Error(), ContainsSubstring("even with one layer"));
}

TEST_CASE("an analysis ranks layers and gives a recipe for a bound") {
  Bench bench;
  bench.job.recipe = Recipe::ForScheme("int4:channel");
  const auto context = Context::Create({.threads = 1});
  const auto all = AnalyzeGraph(bench.job, **context);
  INFO(all.status().ToString());
  REQUIRE(all.ok());
  CHECK(all->kept == 0);
  CHECK(all->layers.size() == 3);
  for (const LayerAnalysis& layer : all->layers) {
    CHECK(layer.quantizable);
    CHECK(layer.drop > 0);
    CHECK(layer.outlier_ratio >= 1);
  }
  CHECK_FALSE(all->coverage.empty());
  CHECK_THAT(all->ToText(), ContainsSubstring("Each layer alone"));
  bench.job.max_drop = all->drop / 2;
  const auto some = AnalyzeGraph(bench.job, **context);
  INFO(some.status().ToString());
  REQUIRE(some.ok());
  CHECK(some->kept > 0);
  CHECK(some->recipe_drop <= bench.job.max_drop);
  CHECK(some->recipe.exclude.size() == static_cast<size_t>(some->kept));
  const double least = some->recipe_sqnr_db - 1;
  bench.job.max_drop = -1;
  bench.job.recipe = some->recipe;
  CHECK(bench.Report().outputs[0].sqnr_db >= least);
}

TEST_CASE("samples come from arrays, items, folders") {
  const Bench bench;
  const auto graph = ReadOnnx(bench.job.input);
  REQUIRE(graph.ok());
  auto samples = OpenGraphSamples(bench.folder.Path("x.npz"), **graph);
  REQUIRE(samples.ok());
  CHECK(samples->count == 12);
  CHECK((*samples->get(11))[0].shape() == std::vector<int64_t>{1, 3, 10, 10});
  CHECK((*samples->get(1))[0].as<float>()[0] == Wave(301, 0.113f, 2.0f)[300]);
  const Tensor items = *Tensor::FromValues<float>({2, 3, 3, 10, 10}, Wave(1800, 0.2f));
  std::filesystem::create_directory(bench.folder.Path("many"));
  REQUIRE(WriteNpz(bench.folder.Path("many/b.npz"), {{"x", items}}).ok());
  REQUIRE(
      WriteNpz(bench.folder.Path("many/a.npz"), {{"other", *items.Reshape({6, 3, 10, 10})}}).ok());
  samples = OpenGraphSamples(bench.folder.Path("many"), **graph);
  INFO(samples.status().ToString());
  REQUIRE(samples.ok());
  CHECK(samples->count == 8);
  CHECK((*samples->get(7))[0].shape() == std::vector<int64_t>{3, 3, 10, 10});
  CHECK((*samples->get(0))[0].shape() == std::vector<int64_t>{1, 3, 10, 10});
  CHECK_FALSE(OpenGraphSamples(bench.folder.Path("none"), **graph).ok());
}

}  // namespace
}  // namespace pawl
