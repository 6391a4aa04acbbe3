// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Jobs on models with recurrent layers: dynamic and weight-only.

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <string_view>
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

constexpr int64_t kSteps = 6, kBatch = 2, kInputs = 8, kHidden = 10;

std::vector<float> Wave(int64_t count, float step, float size) {
  std::vector<float> values(static_cast<size_t>(count));
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = std::sin(step * static_cast<float>(i + 1)) * size;
  }
  return values;
}

// An embedding, a layer `op` of one or two directions, a product.
std::shared_ptr<Graph> Net(const std::string& op, int64_t directions) {
  GraphBuilder b(14);
  const int64_t rows = (op == "LSTM" ? 4 : op == "GRU" ? 3 : 1) * kHidden;
  const ValueId words = b.Input("words", {kSteps, kBatch}, DType::kI64);
  const ValueId x = b.Node("Gather", "embedding",
                           {b.Constant<float>("table", {20, kInputs}, Wave(160, 0.7f, 1)), words});
  const ValueId y = b.Node(
      op, "layer",
      {x,
       b.Constant<float>("w", {directions, rows, kInputs},
                         Wave(directions * rows * kInputs, 1.3f, 0.4f)),
       b.Constant<float>("r", {directions, rows, kHidden},
                         Wave(directions * rows * kHidden, 1.7f, 0.2f)),
       b.Constant<float>("b", {directions, 2 * rows}, Wave(directions * 2 * rows, 0.9f, 0.1f))},
      {Attribute::Int("hidden_size", kHidden),
       Attribute::String("direction", directions == 2 ? "bidirectional" : "forward")});
  const ValueId flat =
      b.Node("Reshape", "flat", {y, b.Constant<int64_t>("shape", {2}, {-1, kHidden})});
  const ValueId out = b.Node(
      "MatMul", "head", {flat, b.Constant<float>("h", {kHidden, 4}, Wave(4 * kHidden, 0.8f, 1))});
  return b.Build({out});
}

GraphReport Quantize(const std::string& op, int64_t directions, GraphMode mode,
                     GraphTarget target = GraphTarget::kOnnxRuntime) {
  GraphJob job;
  job.graph = Net(op, directions);
  job.mode = mode;
  job.target = target;
  if (mode != GraphMode::kFloat16) job.recipe = Recipe::ForScheme("int8");
  job.samples.count = 3;
  job.samples.get = [](int64_t i) -> absl::StatusOr<GraphSample> {
    std::vector<int64_t> words;
    for (int64_t k = 0; k < kSteps * kBatch; ++k) words.push_back((k * 7 + i * 3) % 20);
    return GraphSample{*Tensor::FromValues<int64_t>({kSteps, kBatch}, words)};
  };
  const auto context = Context::Create({.threads = 2});
  auto report = RunGraphJob(job, **context);
  INFO(report.status().ToString());
  REQUIRE(report.ok());
  return *std::move(report);
}

int64_t Count(const GraphReport& report, const std::string& op) {
  const auto& nodes = report.result->nodes;
  return std::count_if(nodes.begin(), nodes.end(), [&](const Node& n) { return n.op == op; });
}

const GraphLayerReport& LayerNamed(const GraphReport& report, std::string_view name) {
  const auto found = std::find_if(report.layers.begin(), report.layers.end(),
                                  [&](const GraphLayerReport& l) { return l.name == name; });
  REQUIRE(found != report.layers.end());
  return *found;
}

TEST_CASE("a dynamic job writes DynamicQuantizeLSTM") {
  for (const int64_t directions : {1, 2}) {
    const GraphReport report = Quantize("LSTM", directions, GraphMode::kDynamic);
    CHECK(report.quantized_count() == 3);
    CHECK(Count(report, "DynamicQuantizeLSTM") == 1);
    CHECK(Count(report, "LSTM") == 0);
    CHECK(report.result->opsets.at("com.microsoft") == 1);
    CHECK(report.outputs[0].sqnr_db > 30);
    const GraphLayerReport& layer = LayerNamed(report, "layer");
    CHECK(layer.activations == "dynamic uint8");
    CHECK(layer.reason.empty());
    CHECK(*layer.weight_sqnr_db > 35);
    // Codes and a scale for each output of both matrices of every direction.
    const auto outputs = static_cast<uint64_t>(4 * kHidden * directions);
    CHECK(layer.bytes_after == outputs * (kInputs + kHidden) + 2 * outputs * sizeof(float));
    CHECK(layer.bytes_before == 4 * outputs * (kInputs + kHidden));
  }
}

TEST_CASE("where no dynamic operator exists the weights alone are codes, and the report says so") {
  const GraphReport gru = Quantize("GRU", 1, GraphMode::kDynamic);
  CHECK(Count(gru, "GRU") == 1);
  CHECK(Count(gru, "DequantizeLinear") == 2);
  CHECK(gru.outputs[0].sqnr_db > 30);
  CHECK(LayerNamed(gru, "layer").quantized);
  CHECK(LayerNamed(gru, "layer").activations == "float");
  CHECK_THAT(gru.ToText(), ContainsSubstring("GRU has no dynamic operator"));
  const GraphReport tensorrt = Quantize("LSTM", 1, GraphMode::kDynamic, GraphTarget::kTensorRt);
  CHECK(Count(tensorrt, "DynamicQuantizeLSTM") == 0);
  CHECK(Count(tensorrt, "LSTM") == 1);
  CHECK_THAT(tensorrt.ToText(), ContainsSubstring("LSTM has no dynamic operator"));
}

TEST_CASE("weights of recurrent layers alone") {
  for (const char* op : {"LSTM", "GRU", "RNN"}) {
    const GraphReport one = Quantize(op, 1, GraphMode::kWeightOnly);
    INFO(op);
    CHECK(one.quantized_count() == 3);
    CHECK(Count(one, op) == 1);
    CHECK(Count(one, "DequantizeLinear") == 4);
    CHECK(one.outputs[0].sqnr_db > 35);
    // Scales of two directions are along two axes of the weights.
    const GraphReport two = Quantize(op, 2, GraphMode::kWeightOnly);
    CHECK(Count(two, "DequantizeLinear") == 4);
    CHECK(Count(two, "Reshape") == 3);
    CHECK(two.outputs[0].sqnr_db > 35);
  }
}

TEST_CASE("recurrent layers in float16 are run, too") {
  for (const char* op : {"LSTM", "GRU", "RNN"}) {
    for (const int64_t directions : {1, 2}) {
      const GraphReport report = Quantize(op, directions, GraphMode::kFloat16);
      INFO(report.ToText());
      CHECK(Count(report, op) == 1);
      CHECK(report.outputs[0].sqnr_db > 50);
      for (const Node& node : report.result->nodes) {
        if (node.op != op) continue;
        for (const size_t i : {1, 2}) {
          CHECK(report.result->ConstantTensor(node.inputs[i])->dtype() == DType::kF16);
        }
      }
    }
  }
}

TEST_CASE("a static job leaves recurrent layers in float and says why") {
  const GraphReport report = Quantize("LSTM", 1, GraphMode::kStatic);
  CHECK(Count(report, "LSTM") == 1);
  CHECK_FALSE(LayerNamed(report, "layer").quantized);
  CHECK(LayerNamed(report, "layer").reason == "LSTM has no static integer kernel");
}

}  // namespace
}  // namespace pawl
