// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What ONNX's own tests of operators that few nets have do not look at: several operands, other
// versions, symbolic dimensions, and inputs that do not fit.

#include <cmath>
#include <cstdint>
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

absl::StatusOr<Tensor> Run(const std::string& op, int opset, const std::vector<Tensor>& inputs,
                           std::vector<Attribute> attributes = {}) {
  GraphBuilder b(opset);
  std::vector<ValueId> ids;
  for (size_t i = 0; i < inputs.size(); ++i) {
    ids.push_back(b.Input("i" + std::to_string(i), inputs[i].shape(), inputs[i].dtype()));
  }
  const auto graph = b.Build({b.Node(op, "y", ids, std::move(attributes))});
  if (const absl::Status types = InferTypes(*graph); !types.ok()) return types;
  const auto context = Context::Create({.threads = 2});
  auto executor = Executor::Create(graph);
  if (!executor.ok()) return executor.status();
  const auto results = (*executor)->Run(inputs, **context);
  if (!results.ok()) return results.status();
  return (*results)[0].Clone();
}

template <typename T>
Tensor Of(Dims dims, std::vector<T> values) {
  return *Tensor::FromValues<T>(dims, values);
}

std::string Error(const absl::StatusOr<Tensor>& result) {
  return std::string(result.status().message());
}

TEST_CASE("Einsum sums a label that one operand alone has, and takes more than two operands") {
  const Tensor a = Of<float>({2, 2}, {1, 2, 3, 4}), b = Of<float>({2, 2}, {5, 6, 7, 8});
  const Tensor c = Of<float>({2}, {10, 100});
  const auto equation = [](const char* text) {
    return std::vector<Attribute>{Attribute::String("equation", text)};
  };
  const auto sum = Run("Einsum", 12, {a, b}, equation("ij,kj->k"));
  REQUIRE(sum.ok());  // columns of a: 4, 6
  CHECK(std::vector<float>(sum->as<float>().begin(), sum->as<float>().end()) ==
        std::vector<float>{4 * 5 + 6 * 6, 4 * 7 + 6 * 8});
  const auto three = Run("Einsum", 12, {a, b, c}, equation("ij, jk, k -> i"));
  REQUIRE(three.ok());  // a b = [[19, 22], [43, 50]]
  CHECK(std::vector<float>(three->as<float>().begin(), three->as<float>().end()) ==
        std::vector<float>{190 + 2200, 430 + 5000});
  CHECK_THAT(Error(Run("Einsum", 12, {a, b}, equation("ij->i"))),
             ContainsSubstring("for 1 operands, not 2"));
  CHECK_THAT(Error(Run("Einsum", 12, {a, c}, equation("ij,ij->i"))),
             ContainsSubstring("does not fit an operand of rank 1"));
  CHECK_THAT(Error(Run("Einsum", 12, {a}, equation("ij->ik"))), ContainsSubstring("cannot read"));
  CHECK_THAT(Error(Run("Einsum", 12, {a, Of<float>({3}, {1, 2, 3})}, equation("ij,j"))),
             ContainsSubstring("dimensions of 2 and 3"));
}

TEST_CASE("points and regions of hostile size are errors or padding, not work without end") {
  const Tensor image = Of<float>({1, 1, 2, 2}, {1, 2, 3, 4});
  const float huge = 3e38f;
  const auto sampled =
      Run("GridSample", 16, {image, Of<float>({1, 1, 2, 2}, {huge, -huge, huge - huge, 0})});
  REQUIRE(sampled.ok());
  CHECK(sampled->as<float>()[0] == 0);
  CHECK(sampled->as<float>()[1] == 2.5f);
  const auto regions =
      Run("RoiAlign", 16, {image, Of<float>({1, 4}, {0, 0, 1e9f, 1e9f}), Of<int64_t>({1}, {0})});
  CHECK_THAT(Error(regions), ContainsSubstring("region 0 has"));
  CHECK_THAT(
      Error(Run("RoiAlign", 16, {image, Of<float>({1, 4}, {0, 0, 1, 1}), Of<int64_t>({1}, {3})})),
      ContainsSubstring("image 3 does not exist"));
  const Tensor cache = Of<float>({1, 2, 1}, {0, 0}), update = Of<float>({1, 1, 1}, {7});
  CHECK_THAT(Error(Run("TensorScatter", 24, {cache, update, Of<int64_t>({1}, {INT64_MAX})})),
             ContainsSubstring("writes at"));
  CHECK_THAT(Error(Run("MaxUnpool", 11, {image, Of<int64_t>({1, 1, 2, 2}, {0, 1, 2, 99})},
                       {Attribute::Ints("kernel_shape", {2, 2})})),
             ContainsSubstring("index 99 is outside"));
  CHECK_THAT(Error(Run("STFT", 17, {Of<float>({1, 4, 1}, {1, 2, 3, 4}), Of<int64_t>({}, {1})})),
             ContainsSubstring("no window and no frame_length"));
}

// Integers that are neighbours where f64 has none, and NaN, in the middle of a dimension.
TEST_CASE("TopK orders numbers of 64 bits exactly, and takes NaN for the largest") {
  constexpr uint64_t kHigh = uint64_t{1} << 63;
  const Tensor one = Of<int64_t>({1}, {1});
  const std::vector<Attribute> axis = {Attribute::Int("axis", 0)};
  const auto top = Run("TopK", 11, {Of<uint64_t>({3, 1}, {kHigh, kHigh + 1, 7}), one}, axis);
  REQUIRE(top.ok());
  CHECK(top->as<uint64_t>()[0] == kHigh + 1);
  const std::vector<int64_t> low = {INT64_MIN + 1, INT64_MIN};
  const auto least = Run("TopK", 11, {Of<int64_t>({2, 1}, low), one},
                         {Attribute::Int("axis", 0), Attribute::Int("largest", 0)});
  REQUIRE(least.ok());
  CHECK(least->as<int64_t>()[0] == INT64_MIN);
  const auto nan = Run("TopK", 11, {Of<float>({3, 1}, {1.0f, NAN, INFINITY}), one}, axis);
  REQUIRE(nan.ok());
  CHECK(std::isnan(nan->as<float>()[0]));
}

// Elements of one result that are no run: partial results wait between runs, whatever their type.
TEST_CASE("reductions over dimensions that do not lie together") {
  const auto check = [](auto zero, const std::string& op, const std::vector<int>& expected) {
    using T = decltype(zero);
    INFO(op << " of " << sizeof(T) << " bytes");
    std::vector<T> x(12);  // [2, 3, 2]
    for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<T>(i + 1);
    const auto y = Run(op, 18, {Of<T>({2, 3, 2}, x), Of<int64_t>({2}, {0, 2})},
                       {Attribute::Int("keepdims", 0)});
    REQUIRE(y.ok());
    const auto* values = static_cast<const T*>(y->data());
    for (size_t i = 0; i < expected.size(); ++i) CHECK(values[i] == static_cast<T>(expected[i]));
  };
  const auto all = [&](auto zero) {
    check(zero, "ReduceSum", {1 + 2 + 7 + 8, 3 + 4 + 9 + 10, 5 + 6 + 11 + 12});
    check(zero, "ReduceMax", {8, 10, 12});
    check(zero, "ReduceMin", {1, 3, 5});
    check(zero, "ReduceMean", {18 / 4, 26 / 4, 34 / 4});
  };
  all(int8_t{});
  all(uint16_t{});
  all(int32_t{});
  all(uint64_t{});
  const auto mean =
      Run("ReduceMean", 18, {Of<float>({2, 1, 2}, {1, 2, 7, 8}), Of<int64_t>({2}, {0, 2})});
  REQUIRE(mean.ok());
  CHECK(mean->as<float>()[0] == 4.5f);
}

TEST_CASE("Dropout hands its input on, and refuses to drop") {
  const Tensor x = Of<float>({3}, {1, 2, 3});
  const auto old = Run("Dropout", 9, {x}, {Attribute::Float("ratio", 0.5f)});
  REQUIRE(old.ok());
  CHECK(old->as<float>()[2] == 3);
  const Tensor training = *Tensor::Create(DType::kBool, {});
  Tensor yes = *training.Clone();
  yes.mutable_as<uint8_t>()[0] = 1;
  const Tensor ratio = Of<float>({}, {0.5f});
  CHECK(Run("Dropout", 13, {x, ratio, training}).ok());
  CHECK_THAT(Error(Run("Dropout", 13, {x, ratio, yes})), ContainsSubstring("at random"));
}

}  // namespace
}  // namespace pawl
