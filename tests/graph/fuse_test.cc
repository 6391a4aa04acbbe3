// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/graph/fuse.h"

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "pawl/context.h"
#include "pawl/executor.h"
#include "tests/graph/graph_builder.h"

namespace pawl {
namespace {

using testing::GraphBuilder;

std::vector<float> Wave(size_t count, float step) {
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = std::sin(step * static_cast<float>(i + 1)) * 3.0f;
  return values;
}

// A convolution, a batch norm, a bias, a scale, and a hard swish spelled out.
std::shared_ptr<Graph> Net(bool product_first) {
  GraphBuilder b(17);
  const ValueId x = b.Input("x", {1, 2, 5, 5});
  const ValueId w = b.Constant<float>("w", {4, 2, 3, 3}, Wave(72, 0.7f));
  const ValueId conv = b.Node("Conv", "conv", {x, w}, {Attribute::Ints("pads", {1, 1, 1, 1})});
  const ValueId norm = b.Node(
      "BatchNormalization", "norm",
      {conv, b.Constant<float>("gamma", {4}, {1, 2, -1, 0.5f}),
       b.Constant<float>("beta", {4}, {0, 1, 2, -3}), b.Constant<float>("mean", {4}, {1, 0, 2, -1}),
       b.Constant<float>("variance", {4}, {4, 1, 9, 2})});
  const ValueId shift =
      b.Node("Add", "shift", {norm, b.Constant<float>("s", {4, 1, 1}, {1, 2, 3, 4})});
  const ValueId scale = b.Node("Mul", "scale", {b.Constant<float>("half", {}, {0.5f}), shift});
  const ValueId three = b.Constant<float>("three", {}, {3});
  const ValueId six = b.Constant<float>("six", {}, {6});
  const ValueId zero = b.Constant<float>("zero", {}, {0});
  const ValueId clip = b.Node("Clip", "clip", {b.Node("Add", "plus", {scale, three}), zero, six});
  const ValueId y = product_first
                        ? b.Node("Div", "y", {b.Node("Mul", "product", {scale, clip}), six})
                        : b.Node("Mul", "y", {scale, b.Node("Div", "factor", {clip, six})});
  return b.Build({y});
}

std::vector<float> Run(std::shared_ptr<const Graph> graph, const ExecutorOptions& options) {
  const auto context = Context::Create({.threads = 1});
  auto executor = Executor::Create(std::move(graph), options);
  REQUIRE(executor.ok());
  const auto x = Tensor::FromValues<float>({1, 2, 5, 5}, Wave(50, 0.3f));
  const auto results = (*executor)->Run({{*x}}, **context);
  REQUIRE(results.ok());
  const auto values = (*results)[0].as<float>();
  return {values.begin(), values.end()};
}

TEST_CASE("what follows a convolution goes into it, and the results stay") {
  for (const bool product_first : {true, false}) {
    const auto graph = Net(product_first);
    const auto fused = FuseOperators(*graph, std::vector<bool>(graph->values.size(), false));
    REQUIRE(fused.ok());
    CHECK((*fused)->Validate().ok());
    REQUIRE((*fused)->nodes.size() == 1);
    CHECK((*fused)->nodes[0].op == "Conv");
    const std::vector<float> apart = Run(graph, {.fuse = false}), merged = Run(graph, {});
    float largest = 0.0f;
    for (const float v : apart) largest = std::max(largest, std::abs(v));
    for (size_t i = 0; i < apart.size(); ++i) {
      CHECK(std::abs(apart[i] - merged[i]) <= 1e-5f * largest);
    }
  }
}

TEST_CASE("values that are observed, outputs, or used elsewhere are kept") {
  auto graph = Net(true);
  std::vector<bool> observed(graph->values.size(), false);
  observed[static_cast<size_t>(graph->FindValue("norm"))] = true;
  const auto fused = FuseOperators(*graph, observed);
  REQUIRE(fused.ok());
  // The convolution ends at the norm; shift and scale stay, the hard swish is one node.
  CHECK((*fused)->nodes.size() == 4);

  graph->outputs.push_back(graph->FindValue("plus"));
  const auto kept = FuseOperators(*graph, std::vector<bool>(graph->values.size(), false));
  REQUIRE(kept.ok());
  CHECK((*kept)->Validate().ok());
  CHECK((*kept)->nodes.size() == 5);  // conv, plus, clip, product, y
}

}  // namespace
}  // namespace pawl
