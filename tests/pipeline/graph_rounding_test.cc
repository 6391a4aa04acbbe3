// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Moments of what layers see, and weights rounded for them.

#include "lib/pipeline/graph_rounding.h"

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "catch2/matchers/catch_matchers_floating_point.hpp"
#include "lib/pipeline/layer_moments.h"
#include "pawl/context.h"
#include "pawl/executor.h"
#include "pawl/graph_job.h"
#include "pawl/npz.h"
#include "pawl/onnx.h"
#include "tests/graph/graph_builder.h"
#include "tests/pipeline/job_test_model.h"

namespace pawl {
namespace {

using testing::GraphBuilder;

std::vector<float> Wave(size_t count, float step, float size = 1.0f) {
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = std::sin(step * static_cast<float>(i + 1)) * size;
  return values;
}

GraphSamples SamplesOf(std::vector<Tensor> tensors) {
  GraphSamples samples;
  samples.count = static_cast<int64_t>(tensors.size());
  samples.get = [tensors](int64_t i) -> absl::StatusOr<GraphSample> {
    return GraphSample{tensors[static_cast<size_t>(i)]};
  };
  return samples;
}

std::unique_ptr<Context> OneThread() { return *Context::Create({.threads = 1}); }

// Smooth inputs: neighbours are alike, so errors of weights can make up for one another.
std::vector<Tensor> Smooth(const Dims& shape, int count) {
  std::vector<Tensor> tensors;
  int64_t elements = 1;
  for (const int64_t d : shape) elements *= d;
  for (int s = 0; s < count; ++s) {
    std::vector<float> x(static_cast<size_t>(elements));
    for (size_t i = 0; i < x.size(); ++i) {
      const auto t = static_cast<float>(i);
      x[i] = std::sin(0.02f * t + static_cast<float>(s)) +
             0.05f * std::sin(7.7f * t * (1.f + 0.1f * static_cast<float>(s))) + 0.5f;
    }
    tensors.push_back(*Tensor::FromValues<float>(shape, x));
  }
  return tensors;
}

// Decides for all layers of a graph.
std::vector<LayerDecision> Decide(const Graph& graph, const std::string& scheme) {
  auto decisions = DecideLayers(graph, Recipe::ForScheme(scheme), GraphMode::kStatic);
  REQUIRE(decisions.ok());
  return *std::move(decisions);
}

MomentsByPlace MomentsOf(const std::shared_ptr<Graph>& graph, const std::vector<Tensor>& inputs,
                         Context& context) {
  const std::vector<LayerDecision> decisions = Decide(*graph, "int8");
  std::vector<const LayerDecision*> layers;
  layers.reserve(decisions.size());
  for (const LayerDecision& d : decisions) layers.push_back(&d);
  auto moments = ObserveMoments(graph, layers, SamplesOf(inputs),
                                static_cast<int64_t>(inputs.size()), 0, context);
  INFO(moments.status().ToString());
  REQUIRE(moments.ok());
  return *std::move(moments);
}

// The sum of squares of a layer's outputs, by running it and by its moments.
void CheckMoments(const std::shared_ptr<Graph>& graph, const std::vector<Tensor>& inputs) {
  const auto context = OneThread();
  const std::vector<Layer> layers = FindLayers(*graph);
  REQUIRE(layers.size() == 1);
  const MomentsByPlace moments = MomentsOf(graph, inputs, *context);
  const LayerMoments& seen = *moments.at({{}, layers[0].node});
  CHECK(seen.reason.empty());
  const auto executor = Executor::Create(graph, {}, context.get());
  REQUIRE(executor.ok());
  std::array<double, 2> wanted = {0, 0};
  for (size_t i = 0; i < inputs.size(); ++i) {
    const auto out = (*executor)->Run({&inputs[i], 1}, *context);
    REQUIRE(out.ok());
    for (const float y : (*out)[0].as<float>()) {
      wanted[i % 2] += static_cast<double>(y) * static_cast<double>(y);
    }
  }
  const Tensor rows = *WeightRows(*graph->ConstantTensor(layers[0].weights), layers[0].axis);
  const auto groups = static_cast<int64_t>(seen.halves[0].size());
  const int64_t count = rows.dim(0) / groups, columns = rows.dim(1);
  const Tensor zero = *Tensor::Create(DType::kF32, {count, columns});
  for (size_t half = 0; half < 2; ++half) {
    double got = 0;
    for (int64_t g = 0; g < groups; ++g) {
      const InputMoments& m = seen.halves[half][static_cast<size_t>(g)];
      const Tensor part = *Tensor::View(DType::kF32, {count, columns},
                                        rows.as<float>().data() + g * count * columns,
                                        static_cast<size_t>(count * columns) * 4);
      got += *OutputError(m, part, zero) * static_cast<double>(m.samples());
    }
    CHECK_THAT(got, Catch::Matchers::WithinRel(wanted[half], 1e-5));
  }
}

TEST_CASE("moments are those of what a layer's weights meet") {
  GraphBuilder b;
  SECTION("a convolution with padding, strides, dilations and groups") {
    const ValueId x = b.Input("x", {2, 4, 9, 7});
    const auto pads = Attribute::Ints("pads", {1, 0, 2, 1});
    const ValueId y = b.Node("Conv", "c", {x, b.Constant<float>("w", {6, 2, 3, 2}, Wave(72, 0.7f))},
                             {pads, Attribute::Ints("strides", {2, 1}),
                              Attribute::Ints("dilations", {1, 2}), Attribute::Int("group", 2)});
    CheckMoments(b.Build({y}), Smooth({2, 4, 9, 7}, 3));
  }
  SECTION("depthwise, SAME") {
    const ValueId x = b.Input("x", {1, 5, 8, 7});
    const ValueId y = b.Node("Conv", "c", {x, b.Constant<float>("w", {5, 1, 3, 3}, Wave(45, 0.7f))},
                             {Attribute::String("auto_pad", "SAME_UPPER"),
                              Attribute::Ints("strides", {2, 2}), Attribute::Int("group", 5)});
    CheckMoments(b.Build({y}), Smooth({1, 5, 8, 7}, 4));
  }
  SECTION("one dimension") {
    const ValueId x = b.Input("x", {1, 3, 30});
    const ValueId y = b.Node("Conv", "c", {x, b.Constant<float>("w", {4, 3, 5}, Wave(60, 0.7f))});
    CheckMoments(b.Build({y}), Smooth({1, 3, 30}, 2));
  }
  SECTION("MatMul of a batch") {
    const ValueId x = b.Input("x", {2, 3, 8});
    const ValueId y = b.Node("MatMul", "m", {x, b.Constant<float>("w", {8, 5}, Wave(40, 0.7f))});
    CheckMoments(b.Build({y}), Smooth({2, 3, 8}, 3));
  }
  SECTION("Gemm with weights [out, in]") {
    const ValueId x = b.Input("x", {3, 8});
    const ValueId y = b.Node("Gemm", "m", {x, b.Constant<float>("w", {5, 8}, Wave(40, 0.7f))},
                             {Attribute::Int("transB", 1)});
    CheckMoments(b.Build({y}), Smooth({3, 8}, 2));
  }
}

TEST_CASE("many windows are sampled, a fixed share of each image") {
  GraphBuilder b;
  const ValueId x = b.Input("x", {1, 1, 64, 64});
  const ValueId y = b.Node("Conv", "c", {x, b.Constant<float>("w", {2, 1, 3, 3}, Wave(18, 0.7f))});
  const auto graph = b.Build({y});
  const auto context = OneThread();
  const MomentsByPlace moments = MomentsOf(graph, Smooth({1, 1, 64, 64}, 2), *context);
  const int64_t windows = moments.begin()->second->halves[0][0].samples();
  CHECK(windows > 32);
  CHECK(windows <= kMostWindows);
}

TEST_CASE("rounding for inputs lessens the error of outputs on other samples") {
  GraphBuilder b;
  const ValueId x = b.Input("x", {1, 4, 12, 12});
  const ValueId y = b.Node("Conv", "c", {x, b.Constant<float>("w", {6, 4, 3, 3}, Wave(216, 0.7f))});
  const auto graph = b.Build({y});
  const auto context = OneThread();
  const auto decisions = Decide(*graph, "int4");
  const auto made =
      RoundLayers(graph, decisions, SamplesOf(Smooth({1, 4, 12, 12}, 6)), 6, 0, *context);
  INFO(made.status().ToString());
  REQUIRE(made.ok());
  REQUIRE(made->layers.size() == 1);
  const Tensor& weights = *graph->ConstantTensor(decisions[0].layer.weights);
  const Tensor nearest =
      *DecodeWeights(*QuantizeWeights(weights, 0, decisions[0].weights, *context));
  const Tensor rounded = *DecodeWeights(made->layers.begin()->second.codes);
  auto others = Smooth({1, 4, 12, 12}, 12);
  others.erase(others.begin(), others.begin() + 6);
  const MomentsByPlace moments = MomentsOf(graph, others, *context);
  const InputMoments& seen = moments.begin()->second->halves[0][0];
  const auto error = [&](const Tensor& w) {
    return *OutputError(seen, *weights.Reshape({6, 36}), *w.Reshape({6, 36}));
  };
  CHECK(error(rounded) < error(nearest) / 2);
}

TEST_CASE("what cannot be rounded so is said, or left alone") {
  GraphBuilder b;
  const ValueId x = b.Input("x", {1, 4, 12, 12});
  const ValueId y = b.Node("Conv", "c", {x, b.Constant<float>("w", {4, 1, 3, 3}, Wave(36, 0.7f))},
                           {Attribute::Int("group", 4)});
  const auto graph = b.Build({y});
  const auto context = OneThread();
  const auto samples = SamplesOf(Smooth({1, 4, 12, 12}, 4));
  SECTION("one scale for groups of channels") {
    const auto made = RoundLayers(graph, Decide(*graph, "int8:tensor"), samples, 4, 0, *context);
    REQUIRE(made.ok());
    CHECK(made->layers.empty());
    CHECK(made->notes.size() == 1);
  }
  SECTION("one sample says nothing of others") {
    const auto made = RoundLayers(graph, Decide(*graph, "int8"), samples, 1, 0, *context);
    REQUIRE(made.ok());
    CHECK(made->layers.empty());
  }
  SECTION("inputs that are not finite") {
    auto bad = Smooth({1, 4, 12, 12}, 4);
    bad[2].mutable_as<float>()[5] = INFINITY;
    const auto made = RoundLayers(graph, Decide(*graph, "int8"), SamplesOf(bad), 4, 0, *context);
    REQUIRE(made.ok());
    CHECK(made->layers.empty());
    CHECK(made->notes.size() == 1);
  }
}

TEST_CASE("jobs of each mode round for inputs, the same for every number of threads") {
  GraphBuilder b(13);
  const ValueId x = b.Input("x", {1, 4, 12, 12});
  const ValueId c = b.Node("Conv", "c", {x, b.Constant<float>("w", {6, 4, 3, 3}, Wave(216, 0.7f))});
  const ValueId flat = b.Node("Flatten", "f", {b.Node("Relu", "r", {c})});
  const ValueId y =
      b.Node("MatMul", "m", {flat, b.Constant<float>("v", {600, 8}, Wave(4800, 0.31f, 0.1f))});
  TestFolder folder;
  REQUIRE(WriteOnnx(*b.Build({y}), folder.Path("net.onnx")).ok());
  const std::vector<Tensor> images = Smooth({4, 12, 12}, 16);
  std::vector<float> all;
  for (const Tensor& image : images) {
    all.insert(all.end(), image.as<float>().begin(), image.as<float>().end());
  }
  REQUIRE(WriteNpz(folder.Path("x.npz"), {{"x", *Tensor::FromValues<float>({16, 4, 12, 12}, all)}})
              .ok());
  GraphJob job;
  job.input = folder.Path("net.onnx");
  job.output = folder.Path("out.onnx");
  job.calibration = folder.Path("x.npz");
  job.recipe = Recipe::ForScheme("int4");
  for (const GraphMode mode : {GraphMode::kStatic, GraphMode::kDynamic, GraphMode::kWeightOnly}) {
    job.mode = mode;
    if (mode == GraphMode::kWeightOnly) job.recipe = {};  // groups of 32 for the product
    const auto run = [&](PassChoice choice, int threads) {
      job.passes.rounding = choice;
      const auto context = *Context::Create({.threads = threads});
      const auto report = RunGraphJob(job, *context);
      INFO(report.status().ToString());
      REQUIRE(report.ok());
      return report->outputs[0].sqnr_db;
    };
    const double nearest = run(PassChoice::kOff, 1), rounded = run(PassChoice::kAuto, 1);
    CHECK(rounded > nearest + 1);
    CHECK(run(PassChoice::kAuto, 2) == rounded);
  }
}

}  // namespace
}  // namespace pawl
