// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What jobs make of models whose nodes have the names of their outputs, and of models in f16.

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "pawl/float_types.h"
#include "tests/pipeline/graph_job_nets.h"

namespace pawl::testing {
namespace {

// ONNX Runtime refuses a graph where two nodes have one.
void CheckNodeNames(const Graph& graph) {
  std::set<std::string> names;
  for (const Node& node : graph.nodes) {
    INFO(node.name);
    CHECK((node.name.empty() || names.insert(node.name).second));
    for (const Attribute& attribute : node.attributes) {
      for (const auto& subgraph : attribute.graphs) CheckNodeNames(*subgraph);
    }
  }
}

TEST_CASE("nodes that are added have names of their own") {
  GraphBuilder b(13);
  const ValueId x = b.Input("x", {2, 4, 5, 5});
  const ValueId conv = b.Node("Conv", "conv",
                              {x, b.Constant<float>("w", {4, 4, 1, 1}, Chirp(16, 0.6f, 1.0f)),
                               b.Constant<float>("b", {4}, Wave(4, 0.3f))});
  const ValueId rows = b.Node("Reshape", "rows", {conv, b.Constant<int64_t>("to", {2}, {8, 25})});
  const ValueId product =
      b.Node("MatMul", "product", {rows, b.Constant<float>("v", {25, 6}, Chirp(150, 0.4f, 1.0f))});
  const ValueId y = b.Node("Gemm", "y",
                           {product, b.Constant<float>("u", {6, 3}, Chirp(18, 0.7f, 1.0f)),
                            b.Constant<float>("c", {3}, Wave(3, 0.5f))});
  // As if a job had been here before.
  b.graph().nodes[0].name = "x_QuantizeLinear";
  const GraphMode modes[] = {GraphMode::kStatic, GraphMode::kStatic, GraphMode::kDynamic,
                             GraphMode::kWeightOnly, GraphMode::kFloat16};
  GraphFormat format = GraphFormat::kQOperator;  // of the first
  for (const GraphMode mode : modes) {
    GraphJob job;
    job.graph = b.Build({y});
    job.mode = mode;
    job.format = std::exchange(format, GraphFormat::kQdq);
    if (mode != GraphMode::kFloat16) job.recipe = Recipe::ForScheme("int8");
    const GraphReport report = Run(job, {2, 4, 5, 5});
    CHECK(report.quantized_count() == 3);
    CheckNodeNames(*report.result);
  }
}

TEST_CASE("layers of a model in f16 are quantized, and its f16 outputs are compared") {
  const auto half = [](const Dims& shape, const std::vector<float>& values) {
    Tensor tensor = *Tensor::Create(DType::kF16, shape);
    for (size_t i = 0; i < values.size(); ++i) {
      tensor.mutable_as<uint16_t>()[i] = F32ToF16(values[i]);
    }
    return tensor;
  };
  GraphBuilder b(13);
  const ValueId x = b.Input("x", {4, 16});
  const ValueId x16 = b.Node("Cast", "x16", {x}, {Attribute::Int("to", 10)});
  const ValueId first = b.Node(
      "MatMul", "first", {x16, b.graph().AddConstant("w", half({16, 12}, Chirp(192, 0.7f, 1.0f)))});
  const ValueId relu = b.Node("Relu", "relu", {first});
  const ValueId second = b.Node(
      "MatMul", "second", {relu, b.graph().AddConstant("v", half({12, 5}, Chirp(60, 0.3f, 1.0f)))});
  for (const GraphMode mode : {GraphMode::kStatic, GraphMode::kDynamic, GraphMode::kWeightOnly}) {
    GraphJob job;
    job.graph = b.Build({second});
    job.mode = mode;
    job.recipe = Recipe::ForScheme("int8");
    const GraphReport report = Run(job, {4, 16});
    CHECK(report.quantized_count() == 2);
    CHECK(report.outputs[0].sqnr_db > 30);
    CHECK(report.outputs[0].sqnr_db < 70);  // compared at all
  }
}

}  // namespace
}  // namespace pawl::testing
