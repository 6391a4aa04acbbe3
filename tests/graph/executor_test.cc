// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/executor.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <memory>
#include <string>
#include <vector>

#include "lib/graph/plan.h"
#include "pawl/context.h"
#include "tests/graph/graph_builder.h"

namespace pawl {
namespace {

using Catch::Matchers::ContainsSubstring;
using testing::GraphBuilder;

std::unique_ptr<Context> OneThread() { return *Context::Create({.threads = 1}); }

Tensor Floats(const Dims& dims, const std::vector<float>& values) {
  return *Tensor::FromValues<float>(dims, values);
}

std::vector<float> ValuesOf(const Tensor& tensor) {
  const auto span = tensor.as<float>();
  return {span.begin(), span.end()};
}

TEST_CASE("a chain of products runs in any order of nodes, and with other shapes") {
  GraphBuilder b;
  const ValueId x = b.Input("x", {kUnknownDim, 2});
  const ValueId w = b.Constant<float>("w", {2, 2}, {1, 2, 3, 4});
  const ValueId y = b.Node("MatMul", "y", {x, w});
  const ValueId z = b.Node("MatMul", "z", {y, w});
  std::swap(b.graph().nodes[0], b.graph().nodes[1]);
  const auto context = OneThread();
  auto executor = Executor::Create(b.Build({z}));
  REQUIRE(executor.ok());
  for (int repeat = 0; repeat < 2; ++repeat) {
    const auto one = (*executor)->Run({{Floats({1, 2}, {1, 0})}}, *context);
    REQUIRE(one.ok());
    CHECK(ValuesOf((*one)[0]) == std::vector<float>{7, 10});
    const auto two = (*executor)->Run({{Floats({2, 2}, {0, 1, 1, 1})}}, *context);
    REQUIRE(two.ok());
    CHECK(ValuesOf((*two)[0]) == std::vector<float>{15, 22, 22, 32});
  }
  const auto bad = (*executor)->Run({{Floats({1, 3}, {1, 0, 0})}}, *context);
  REQUIRE(!bad.ok());
  CHECK_THAT(std::string(bad.status().message()), ContainsSubstring("input 'x'"));
}

TEST_CASE("subgraphs pack the constants that they capture") {
  GraphBuilder b;
  const ValueId x = b.Input("x", {1, 2}), flag = b.Input("flag", {}, DType::kBool);
  const ValueId w = b.Constant<float>("w", {2, 2}, {1, 2, 3, 4});
  auto branch = std::make_shared<Graph>();
  branch->name = "branch";
  const ValueId inner = branch->AddValue("x", {DType::kF32, std::nullopt});
  const ValueId weights = branch->AddValue("w", {DType::kF32, std::nullopt});
  branch->captures = {{x, inner}, {w, weights}};
  const ValueId product = branch->AddValue("product", {DType::kF32, std::nullopt});
  Node node;
  node.op = "MatMul";
  node.opset = 21;
  node.inputs = {inner, weights};
  node.outputs = {product};
  branch->nodes.push_back(node);
  branch->outputs = {product};
  auto other = std::make_shared<Graph>(*branch);
  other->outputs = {weights};  // the constant itself
  other->nodes.clear();
  const ValueId y =
      b.Node("If", "y", {flag},
             {Attribute::OfGraph("then_branch", branch), Attribute::OfGraph("else_branch", other)});
  auto executor = Executor::Create(b.Build({y}));
  REQUIRE(executor.ok());
  CHECK((*executor)->packed_bytes() >= 4 * sizeof(float));
  const auto context = OneThread();
  Tensor is_true = *Tensor::Create(DType::kBool, {});
  *static_cast<uint8_t*>(is_true.mutable_data()) = 1;
  const auto first = (*executor)->Run({{Floats({1, 2}, {1, 1}), is_true}}, *context);
  REQUIRE(first.ok());
  CHECK(ValuesOf((*first)[0]) == std::vector<float>{4, 6});
  *static_cast<uint8_t*>(is_true.mutable_data()) = 0;
  const auto second = (*executor)->Run({{Floats({1, 2}, {1, 1}), is_true}}, *context);
  REQUIRE(second.ok());
  CHECK(ValuesOf((*second)[0]) == std::vector<float>{1, 2, 3, 4});
}

TEST_CASE("errors name file, node and operator") {
  const auto context = OneThread();
  SECTION("an unknown operator") {
    GraphBuilder b;
    const ValueId x = b.Input("x", {1});
    const ValueId y = b.Node("MatMull", "y", {x, x});
    const auto executor = Executor::Create(b.Build({y}));
    REQUIRE(!executor.ok());
    CHECK(executor.status().code() == absl::StatusCode::kUnimplemented);
    CHECK_THAT(std::string(executor.status().message()),
               ContainsSubstring("test.onnx: node 'y' (MatMull)") &&
                   ContainsSubstring("did you mean 'MatMul'"));
  }
  SECTION("one that nobody needs is left out") {
    GraphBuilder b;
    const ValueId x = b.Input("x", {1});
    b.Node("Nonsense", "unused", {x});
    const auto executor = Executor::Create(b.Build({b.Node("Identity", "y", {x})}));
    CHECK(executor.ok());
  }
  SECTION("a cycle") {
    GraphBuilder b;
    const ValueId x = b.Input("x", {2, 2});
    const ValueId y = b.Node("MatMul", "y", {x, x});
    const ValueId z = b.Node("MatMul", "z", {y, x});
    b.graph().nodes[0].inputs[1] = z;
    const auto executor = Executor::Create(b.Build({z}));
    REQUIRE(!executor.ok());
    CHECK_THAT(std::string(executor.status().message()),
               ContainsSubstring("node 'y'") && ContainsSubstring("cycle"));
  }
  SECTION("shapes that do not fit") {
    GraphBuilder b;
    const ValueId x = b.Input("x", {kUnknownDim, 2});
    const ValueId y = b.Node("MatMul", "y", {x, x});
    const auto executor = Executor::Create(b.Build({y}));
    REQUIRE(executor.ok());
    const auto run = (*executor)->Run({{Floats({3, 2}, std::vector<float>(6))}}, *context);
    REQUIRE(!run.ok());
    CHECK_THAT(std::string(run.status().message()),
               ContainsSubstring("node 'y' (MatMul)") && ContainsSubstring("2 columns and 3 rows"));
  }
  SECTION("a value that something else gives as well") {
    GraphBuilder b;
    const ValueId x = b.Input("x", {1});
    const ValueId y = b.Node("Identity", "y", {x});
    b.graph().nodes[0].outputs[0] = x;
    CHECK(!Executor::Create(b.Build({y})).ok());
  }
}

TEST_CASE("observers see the values that were asked for") {
  GraphBuilder b;
  const ValueId x = b.Input("x", {1, 2});
  const ValueId w = b.Constant<float>("w", {2, 2}, {1, 2, 3, 4});
  const ValueId y = b.Node("MatMul", "y", {x, w});
  const ValueId z = b.Node("MatMul", "z", {y, w});
  const auto context = OneThread();
  auto executor = Executor::Create(b.Build({z}), {.observe = {"x", "y"}});
  REQUIRE(executor.ok());
  std::vector<std::string> seen;
  (*executor)->SetObserver([&](absl::string_view name, const Tensor& tensor) {
    seen.push_back(std::string(name));
    if (name == "y") CHECK(ValuesOf(tensor) == std::vector<float>{1, 2});
    return absl::OkStatus();
  });
  REQUIRE((*executor)->Run({{Floats({1, 2}, {1, 0})}}, *context).ok());
  CHECK(seen == std::vector<std::string>{"x", "y"});
  const auto wrong = Executor::Create(b.Build({z}), {.observe = {"yy"}});
  REQUIRE(!wrong.ok());
  CHECK_THAT(std::string(wrong.status().message()), ContainsSubstring("did you mean 'y'"));
}

TEST_CASE("max_memory bounds the arena") {
  GraphBuilder b;
  const ValueId x = b.Input("x", {kUnknownDim, 64});
  const ValueId w = b.Constant<float>("w", {64, 64}, std::vector<float>(4096, 0.5f));
  const ValueId y = b.Node("MatMul", "y", {x, w});
  const auto context = OneThread();
  auto executor = Executor::Create(b.Build({y}), {.max_memory = 64 * 64 * 4});
  REQUIRE(executor.ok());
  CHECK((*executor)->Run({{Floats({64, 64}, std::vector<float>(4096))}}, *context).ok());
  const auto large = (*executor)->Run({{Floats({65, 64}, std::vector<float>(65 * 64))}}, *context);
  CHECK(large.status().code() == absl::StatusCode::kResourceExhausted);
}

TEST_CASE("extents in use at the same time do not overlap, and others share memory") {
  std::vector<Extent> extents;
  uint32_t state = 1;
  const auto next = [&](uint32_t range) {
    state = state * 1664525 + 1013904223;
    return (state >> 8) % range;
  };
  size_t sum = 0;
  for (int i = 0; i < 200; ++i) {
    const auto first = static_cast<int32_t>(next(100));
    extents.push_back({.bytes = next(10000),
                       .first = first,
                       .last = first + static_cast<int32_t>(next(5)),
                       .offset = 0});
    sum += extents.back().bytes;
  }
  const size_t end = PlaceExtents(extents);
  CHECK(end < sum / 4);
  for (size_t i = 0; i < extents.size(); ++i) {
    CHECK(extents[i].offset % kAlignment == 0);
    CHECK(extents[i].offset + extents[i].bytes <= end);
    for (size_t j = 0; j < i; ++j) {
      const Extent &a = extents[i], &c = extents[j];
      const bool together = a.first <= c.last && c.first <= a.last;
      const bool overlap = a.offset < c.offset + c.bytes && c.offset < a.offset + a.bytes;
      CHECK(!(together && overlap));
    }
  }
}

}  // namespace
}  // namespace pawl
