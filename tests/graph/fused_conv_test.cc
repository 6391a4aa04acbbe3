// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// FusedConv against the operators that it stands for, merged and node by node.

#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "catch2/matchers/catch_matchers_string.hpp"
#include "pawl/context.h"
#include "pawl/executor.h"
#include "tests/graph/graph_builder.h"

namespace pawl {
namespace {

using Catch::Matchers::ContainsSubstring;
using testing::GraphBuilder;

std::vector<float> Wave(size_t count, float step) {
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = std::sin(step * static_cast<float>(i + 1)) * 3.0f;
  return values;
}

struct Case {
  std::string activation;
  std::vector<float> parameters;
  bool sum;
};

std::shared_ptr<Graph> Net(const Case& c, bool fused) {
  GraphBuilder b(13);
  const ValueId x = b.Input("x", {1, 3, 7, 5}), z = b.Input("z", {1, 4, 7, 5});
  std::vector<ValueId> inputs = {x, b.Constant<float>("w", {4, 3, 3, 3}, Wave(108, 0.7f)),
                                 b.Constant<float>("b", {4}, {1, -1, 0.5f, 2})};
  std::vector<Attribute> attributes = {Attribute::Ints("pads", {1, 1, 1, 1})};
  if (fused) {
    attributes.push_back(Attribute::String("activation", c.activation));
    Attribute parameters;
    parameters.name = "activation_params";
    parameters.kind = AttributeKind::kFloats;
    parameters.floats = c.parameters;
    if (!c.parameters.empty()) attributes.push_back(parameters);
    if (c.sum) inputs.push_back(z);
    return b.Build({b.Node("FusedConv", "y", inputs, attributes, "com.microsoft")});
  }
  ValueId y = b.Node("Conv", "conv", inputs, attributes);
  if (c.sum) y = b.Node("Add", "sum", {y, z});
  if (c.activation == "Clip") {
    y = b.Node("Clip", "y",
               {y, b.Constant<float>("low", {}, {c.parameters[0]}),
                b.Constant<float>("high", {}, {c.parameters[1]})});
  } else {
    std::vector<Attribute> own;
    if (!c.parameters.empty()) own.push_back(Attribute::Float("alpha", c.parameters[0]));
    if (c.parameters.size() > 1) own.push_back(Attribute::Float("beta", c.parameters[1]));
    y = b.Node(c.activation, "y", {y}, own);
  }
  return b.Build({y});
}

std::vector<float> Run(const std::shared_ptr<const Graph>& graph, bool fuse) {
  const auto context = Context::Create({.threads = 2});
  auto executor = Executor::Create(graph, {.fuse = fuse});
  INFO((executor.ok() ? std::string() : executor.status().ToString()));
  REQUIRE(executor.ok());
  const Tensor x = *Tensor::FromValues<float>({1, 3, 7, 5}, Wave(105, 0.31f));
  const Tensor z = *Tensor::FromValues<float>({1, 4, 7, 5}, Wave(140, 0.53f));
  const auto results = (*executor)->Run({{x, z}}, **context);
  INFO(results.status().ToString());
  REQUIRE(results.ok());
  return {(*results)[0].as<float>().begin(), (*results)[0].as<float>().end()};
}

TEST_CASE("FusedConv is a convolution, a sum and an activation") {
  const Case cases[] = {{"Relu", {}, false},
                        {"Relu", {}, true},
                        {"Sigmoid", {}, true},
                        {"Tanh", {}, false},
                        {"LeakyRelu", {0.2f}, false},
                        {"Clip", {-1.0f, 4.0f}, true},
                        {"HardSigmoid", {0.1f, 0.4f}, false}};
  for (const Case& c : cases) {
    INFO(c.activation << (c.sum ? " of a sum" : ""));
    const std::vector<float> want = Run(Net(c, false), true);
    for (const bool fuse : {true, false}) {
      const std::vector<float> got = Run(Net(c, true), fuse);
      REQUIRE(got.size() == want.size());
      double worst = 0;
      for (size_t i = 0; i < got.size(); ++i) {
        worst = std::max(worst, static_cast<double>(std::fabs(got[i] - want[i])));
      }
      CHECK(worst < 1e-5);
    }
  }
}

TEST_CASE("FusedConv names what does not fit") {
  const auto error = [](const Case& c, bool fuse) {
    const auto graph = Net(c, true);
    if (c.sum) graph->nodes[0].inputs[3] = graph->inputs[0];
    if (const absl::Status types = InferTypes(*graph); !types.ok()) {
      return std::string(types.message());
    }
    return std::string(Executor::Create(graph, {.fuse = fuse}).status().message());
  };
  CHECK_THAT(error({"Softplus", {}, false}, true),
             ContainsSubstring("node 'y'") && ContainsSubstring("activation 'Softplus'"));
  CHECK_THAT(error({"Clip", {1.0f}, false}, true), ContainsSubstring("needs 2 activation_params"));
  CHECK_THAT(error({"Relu", {}, true}, false), ContainsSubstring("adds a tensor of shape"));
}

}  // namespace
}  // namespace pawl
