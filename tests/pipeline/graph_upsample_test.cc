// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Jobs on models with ConvTranspose.

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "catch2/catch_test_macros.hpp"
#include "catch2/matchers/catch_matchers_string.hpp"
#include "tests/pipeline/graph_job_nets.h"

namespace pawl {
namespace {

using Catch::Matchers::ContainsSubstring;
using testing::Count;
using testing::GraphBuilder;
using testing::Run;
using testing::Wave;

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
  const GraphReport dynamic = QuantizeUpsampler(2, GraphMode::kDynamic, ort);
  CHECK(dynamic.quantized_count() == 3);
  CHECK(Count(*dynamic.result, "ConvInteger") == 2);
  CHECK(Count(*dynamic.result, "DequantizeLinear") == 1);
  CHECK(dynamic.outputs[0].sqnr_db > 35);
  const auto up = std::find_if(dynamic.layers.begin(), dynamic.layers.end(),
                               [](const GraphLayerReport& layer) { return layer.name == "up"; });
  REQUIRE(up != dynamic.layers.end());
  CHECK(up->activations == "float");
  CHECK_THAT(up->reason, ContainsSubstring("its weights alone are codes"));
}

}  // namespace
}  // namespace pawl
