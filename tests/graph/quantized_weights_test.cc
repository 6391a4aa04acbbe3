// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Operators on weights that are QuantizedTensors.

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "pawl/context.h"
#include "pawl/executor.h"
#include "pawl/linear.h"
#include "pawl/quantizer.h"
#include "tests/graph/graph_builder.h"

namespace pawl {
namespace {

using testing::GraphBuilder;

std::vector<float> Wave(size_t count, float step) {
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = std::sin(step * static_cast<float>(i + 1));
  return values;
}

QuantizedTensor Weights(const Dims& dims, const char* scheme) {
  const auto floats =
      Tensor::FromValues<float>(dims, Wave(static_cast<size_t>(dims[0] * dims[1]), 0.37f));
  auto quantized = Quantize(*floats, *ParseScheme(scheme));
  REQUIRE(quantized.ok());
  return *std::move(quantized);
}

std::vector<float> Run(const std::shared_ptr<const Graph>& graph, const Tensor& x,
                       const ExecutorOptions& options = {}) {
  const auto context = Context::Create({.threads = 1});
  auto executor = Executor::Create(graph, options);
  INFO((executor.ok() ? std::string() : executor.status().ToString()));
  REQUIRE(executor.ok());
  const auto results = (*executor)->Run({{x}}, **context);
  INFO((results.ok() ? std::string() : results.status().ToString()));
  REQUIRE(results.ok());
  const auto values = (*results)[0].as<float>();
  return {values.begin(), values.end()};
}

// What QuantizedLinear gives by itself.
std::vector<float> Layer(const QuantizedTensor& weights, const Tensor& x, LinearOptions options) {
  const auto context = Context::Create({.threads = 1});
  const auto layer = QuantizedLinear::Create(weights, options);
  REQUIRE(layer.ok());
  const int64_t k = weights.cols(), rows = x.num_elements() / k;
  std::vector<float> y(static_cast<size_t>(rows * weights.rows()));
  REQUIRE(layer
              ->Run({.data = x.data(), .rows = rows, .cols = k},
                    {.data = y.data(), .rows = rows, .cols = weights.rows()}, **context)
              .ok());
  return y;
}

TEST_CASE("Linear runs as QuantizedLinear in the mode that node or executor say") {
  const auto x = Tensor::FromValues<float>({2, 3, 64}, Wave(384, 0.11f));
  for (const char* scheme : {"int4:g32", "int8", "nf4"}) {
    const QuantizedTensor weights = Weights({24, 64}, scheme);
    const auto bias = Tensor::FromValues<float>({24}, Wave(24, 1.3f));
    for (const bool of_node : {false, true}) {
      for (const bool dynamic : {false, true}) {
        GraphBuilder b;
        const ValueId in = b.Input("x", {kUnknownDim, kUnknownDim, 64});
        const ValueId w = b.graph().AddConstant("w", weights);
        const ValueId add = b.graph().AddConstant("b", *bias);
        std::vector<Attribute> attributes = {Attribute::String("activation", "silu")};
        if (of_node && dynamic) {
          attributes.push_back(Attribute::String("mode", "int8_where_possible"));
        }
        const auto graph = b.Build({b.Node("Linear", "y", {in, w, add}, attributes, "pawl")});
        LinearOptions options{.activation = FusedActivation::kSilu, .bias = *bias};
        if (dynamic && scheme != std::string("nf4")) options.mode = LinearMode::kDynamicInt8;
        CHECK(Run(graph, *x, {.dynamic_int8 = dynamic && !of_node}) == Layer(weights, *x, options));
      }
    }
  }
}

TEST_CASE("Linear takes floats, too, and says what does not fit") {
  GraphBuilder b;
  const ValueId x = b.Input("x", {kUnknownDim, 3});
  const ValueId w = b.Constant<float>("w", {2, 3}, {1, 2, 3, -1, 0, 1});
  const auto graph = b.Build({b.Node("Linear", "y", {x, w}, {}, "pawl")});
  CHECK(Run(graph, *Tensor::FromValues<float>({2, 3}, {1, 1, 1, 2, 0, 1})) ==
        std::vector<float>{6, 0, 5, -1});
  graph->nodes[0].Set(Attribute::String("mode", "dynamic_int8"));
  CHECK(Executor::Create(graph).status().message().find("quantized weights") != std::string::npos);
  graph->nodes[0].Set(Attribute::String("mode", "static"));
  CHECK(Executor::Create(graph).status().message().find("mode is 'static'") != std::string::npos);
}

TEST_CASE("Gemm and Gather with quantized weights run on those") {
  const QuantizedTensor weights = Weights({16, 64}, "int8");
  const auto x = Tensor::FromValues<float>({3, 64}, Wave(192, 0.2f));
  GraphBuilder b;
  const ValueId in = b.Input("x", {kUnknownDim, 64});
  const ValueId w = b.graph().AddConstant("w", weights);
  const ValueId add = b.Constant<float>("b", {16}, Wave(16, 0.9f));
  const auto gemm = b.Build({b.Node("Gemm", "y", {in, w, add}, {Attribute::Int("transB", 1)})});
  const auto bias = Tensor::FromValues<float>({16}, Wave(16, 0.9f));
  CHECK(Run(gemm, *x) == Layer(weights, *x, {.bias = *bias}));
  CHECK(Run(gemm, *x, {.dynamic_int8 = true}) ==
        Layer(weights, *x, {.mode = LinearMode::kDynamicInt8, .bias = *bias}));
  // Decoded, it is the same up to the order of sums.
  const std::vector<float> apart = Run(gemm, *x, {.fuse = false}), layer = Run(gemm, *x);
  for (size_t i = 0; i < apart.size(); ++i) CHECK(std::abs(apart[i] - layer[i]) < 1e-4f);

  GraphBuilder lookup;
  const ValueId indices = lookup.Input("i", {kUnknownDim, 2}, DType::kI64);
  const ValueId table = lookup.graph().AddConstant("t", weights);
  const auto gather = lookup.Build({lookup.Node("Gather", "y", {table, indices})});
  const auto which = Tensor::FromValues<int64_t>({2, 2}, {3, 0, -1, 15});
  const std::vector<float> rows = Run(gather, *which);
  CHECK(rows == Run(gather, *which, {.fuse = false}));
  REQUIRE(rows.size() == 256);
  CHECK(rows[128] == rows[192]);
}

}  // namespace
}  // namespace pawl
