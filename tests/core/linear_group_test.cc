// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Several layers on one x.

#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "catch2/catch_test_macros.hpp"
#include "tests/core/allocation_counter.h"
#include "tests/core/linear_test_util.h"

namespace pawl::testing {
namespace {

QuantizedLinear Layer(const std::string& scheme, int64_t rows, int64_t cols, uint64_t seed,
                      const LinearOptions& options = {.mode = LinearMode::kDynamicInt8}) {
  auto layer =
      QuantizedLinear::Create(RandomWeights(*ParseScheme(scheme), {rows, cols}, seed), options);
  INFO(layer.status().ToString());
  REQUIRE(layer.ok());
  return *std::move(layer);
}

// Runs the layers one by one and together, and compares the bits.
void CheckSame(const std::vector<QuantizedLinear>& layers, int64_t m, int threads) {
  const int64_t cols = layers[0].in_features();
  const std::vector<float> x = RandomFloats(m * cols, 77);
  const InputView input{x.data(), DType::kF32, m, cols};
  const auto context = MakeContext(threads);
  std::vector<std::vector<float>> alone, together;
  std::vector<const QuantizedLinear*> pointers;
  std::vector<OutputView> outputs;
  for (const QuantizedLinear& layer : layers) {
    const int64_t n = layer.out_features();
    alone.emplace_back(static_cast<size_t>(m * n), -1.0f);
    REQUIRE(layer.Run(input, {alone.back().data(), DType::kF32, m, n}, *context).ok());
    together.emplace_back(static_cast<size_t>(m * n), -2.0f);
    outputs.push_back({together.back().data(), DType::kF32, m, n});
    pointers.push_back(&layer);
  }
  REQUIRE(QuantizedLinear::RunGroup(pointers, input, outputs, *context).ok());
  for (size_t i = 0; i < layers.size(); ++i) {
    INFO("layer " << i << ", " << m << " rows, " << threads << " threads");
    const size_t bytes = alone[i].size() * sizeof(float);
    CHECK((bytes == 0 || std::memcmp(alone[i].data(), together[i].data(), bytes) == 0));
  }
  const int64_t before = Allocations();
  CHECK(QuantizedLinear::RunGroup(pointers, input, outputs, *context).ok());
  CHECK(Allocations() == before);
}

}  // namespace

TEST_CASE("Layers run together give the bits that each gives alone") {
  std::vector<QuantizedLinear> layers;
  SECTION("query, key and value") {
    for (const int64_t rows : {96, 33, 40}) layers.push_back(Layer("int4:g32", rows, 160, 1));
  }
  SECTION("several widths of one layout, 8 bits apart") {
    layers.push_back(Layer("int4:g32", 50, 128, 1));
    layers.push_back(Layer("int8:g32", 20, 128, 2));
    layers.push_back(Layer("uint3:g32:asym", 64, 128, 3));
    layers.push_back(Layer("int2:g32", 17, 128, 4));
  }
  SECTION("layouts, modes and arithmetic that share nothing") {
    layers.push_back(Layer("int4:g32", 31, 192, 1));
    layers.push_back(Layer("int8", 16, 192, 2));
    layers.push_back(Layer("nf4", 30, 192, 3, {}));
    layers.push_back(Layer("int4:g64", 5, 192, 4));
    layers.push_back(Layer("int4:g32", 8, 192, 5, {}));
    layers.push_back(Layer("int4:g32", 47, 192, 6));
    LinearOptions per_group{.mode = LinearMode::kDynamicInt8};
    per_group.activation_groups = ActivationScale::kPerTokenAndGroup;
    layers.push_back(Layer("int4:g32", 12, 192, 7, per_group));
  }
  SECTION("a layer twice, and one without rows") {
    layers.push_back(Layer("int4:g32", 20, 64, 1));
    layers.push_back(Layer("int4:g32", 0, 64, 2));
    layers.push_back(layers[0]);
  }
  for (const int64_t m : {0, 1, 7, 300}) {
    for (const int threads : {1, 3}) CheckSame(layers, m, threads);
  }
}

TEST_CASE("What shares an input") {
  const QuantizedLinear query = Layer("int4:g32", 48, 128, 1);
  CHECK(query.SharesInput(query));
  CHECK(query.SharesInput(Layer("int4:g32", 16, 128, 2)));
  CHECK(query.SharesInput(Layer("int3:g32", 16, 128, 2)));
  CHECK_FALSE(query.SharesInput(Layer("int4:g64", 16, 128, 2)));
  CHECK_FALSE(query.SharesInput(Layer("int4:g32", 16, 96, 2)));
  CHECK_FALSE(query.SharesInput(Layer("int8:g32", 16, 128, 2)));
  CHECK_FALSE(query.SharesInput(Layer("int4:g32", 48, 128, 1, {})));
  LinearOptions narrow{.mode = LinearMode::kStaticInt8};
  narrow.activation_scale = 0.5f;
  LinearOptions wide = narrow;
  wide.activation_scale = 1.0f;
  CHECK(Layer("int8", 4, 64, 1, narrow).SharesInput(Layer("int8", 9, 64, 2, narrow)));
  CHECK_FALSE(Layer("int8", 4, 64, 1, narrow).SharesInput(Layer("int8", 9, 64, 2, wide)));
}

TEST_CASE("Groups that do not fit are errors, and nothing is written") {
  const QuantizedLinear a = Layer("int4:g32", 8, 64, 1), b = Layer("int4:g32", 8, 96, 2);
  const std::vector<float> x(64, 1.0f);
  std::vector<float> y(8, -1.0f), z(8, -1.0f);
  const auto context = MakeContext();
  const InputView input{x.data(), DType::kF32, 1, 64};
  const std::vector<OutputView> outputs = {{y.data(), DType::kF32, 1, 8},
                                           {z.data(), DType::kF32, 1, 8}};
  CHECK(QuantizedLinear::RunGroup({&a, &b}, input, outputs, *context).code() ==
        absl::StatusCode::kInvalidArgument);
  CHECK(QuantizedLinear::RunGroup({&a}, input, outputs, *context).code() ==
        absl::StatusCode::kInvalidArgument);
  CHECK(y == std::vector<float>(8, -1.0f));
  CHECK(QuantizedLinear::RunGroup({}, input, {}, *context).ok());
}

TEST_CASE("The workspace of a group is what its run takes") {
  const QuantizedLinear a = Layer("int4:g32", 64, 256, 1), b = Layer("int4:g32", 640, 256, 2);
  const std::vector<const QuantizedLinear*> both = {&a, &b};
  const size_t group = QuantizedLinear::GroupWorkspaceBytes(both, 16, 2);
  CHECK(group >= a.WorkspaceBytes(16, 2));
  CHECK(group >= b.WorkspaceBytes(16, 2));
  CHECK(group < a.WorkspaceBytes(16, 2) + b.WorkspaceBytes(16, 2));
  CHECK(QuantizedLinear::GroupWorkspaceBytes(both, 0, 2) == 0);
}

}  // namespace pawl::testing
