// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "catch2/catch_test_macros.hpp"
#include "pawl/checkpoint_formats.h"
#include "tests/formats/codecs/fixture.h"

namespace pawl {
namespace {

using testing::CheckDecodes;
using testing::CheckFails;
using testing::CheckSame;
using testing::Fixture;
using testing::FixtureCase;
using testing::Resized;

CompressedTensors StoredOf(const Fixture& fixture, const FixtureCase& test) {
  CompressedTensors t;
  t.weight = fixture.GetOrEmpty(test.name + ".weight");
  t.weight_packed = fixture.GetOrEmpty(test.name + ".weight_packed");
  t.weight_scale = fixture.Get(test.name + ".weight_scale");
  t.weight_zero_point = fixture.GetOrEmpty(test.name + ".weight_zero_point");
  t.weight_shape = fixture.GetOrEmpty(test.name + ".weight_shape");
  t.weight_global_scale = fixture.GetOrEmpty(test.name + ".weight_global_scale");
  t.format = test.facts.at("format").get<std::string>();
  const nlohmann::json& weights = test.facts.at("weights");
  t.strategy = weights.at("strategy").get<std::string>();
  t.num_bits = weights.value("num_bits", 8);
  t.group_size = weights.value("group_size", int64_t{0});
  if (weights.contains("block_structure")) {
    t.block_rows = weights["block_structure"][0].get<int32_t>();
    t.block_columns = weights["block_structure"][1].get<int64_t>();
  }
  return t;
}

void CheckSameParts(const CompressedTensors& actual, const CompressedTensors& expected) {
  CheckSame(actual.weight, expected.weight, "weight");
  CheckSame(actual.weight_packed, expected.weight_packed, "weight_packed");
  CheckSame(actual.weight_scale, expected.weight_scale, "weight_scale");
  CheckSame(actual.weight_zero_point, expected.weight_zero_point, "weight_zero_point");
  CheckSame(actual.weight_shape, expected.weight_shape, "weight_shape");
  CheckSame(actual.weight_global_scale, expected.weight_global_scale, "weight_global_scale");
  CHECK(actual.format == expected.format);
  CHECK(actual.strategy == expected.strategy);
  CHECK(actual.num_bits == expected.num_bits);
  CHECK(actual.group_size == expected.group_size);
  CHECK(actual.block_rows == expected.block_rows);
  CHECK(actual.block_columns == expected.block_columns);
}

TEST_CASE("compressed-tensors: every format decodes to the package's values and is written back") {
  const Fixture fixture("compressed_tensors");
  for (const FixtureCase& test : fixture.Cases()) {
    INFO(test.name);
    const CompressedTensors stored = StoredOf(fixture, test);
    const auto tensor = FromCompressedTensors(stored);
    INFO(tensor.status().ToString());
    REQUIRE(tensor.ok());
    CHECK(tensor->shape == test.shape());
    CheckDecodes(*tensor, fixture.Get(test.name + ".decoded"));
    const auto again = ToCompressedTensors(*tensor, stored.format);
    INFO(again.status().ToString());
    REQUIRE(again.ok());
    CheckSameParts(*again, stored);
  }
}

TEST_CASE("compressed-tensors: an index map of groups is kept") {
  const Fixture fixture("compressed_tensors");
  CompressedTensors stored = StoredOf(fixture, fixture.Cases("packed.b4.group.sym.bf16").front());
  std::vector<int32_t> map(64);
  for (size_t i = 0; i < map.size(); ++i) map[i] = static_cast<int32_t>(i % 2);
  stored.weight_g_idx = *Tensor::FromValues<int32_t>({64}, map);
  const auto tensor = FromCompressedTensors(stored);
  INFO(tensor.status().ToString());
  REQUIRE(tensor.ok());
  CHECK(tensor->scheme.grouping.kind == GroupKind::kIndexMap);
  CHECK(tensor->Validate().ok());
  const auto again = ToCompressedTensors(*tensor);
  REQUIRE(again.ok());
  CheckSameParts(*again, stored);
  CheckSame(again->weight_g_idx, stored.weight_g_idx, "weight_g_idx");
  map[5] = 2;
  stored.weight_g_idx = *Tensor::FromValues<int32_t>({64}, map);
  CheckFails(FromCompressedTensors(stored).status(), "g_idx");
}

TEST_CASE("compressed-tensors: parts that do not fit are errors that name them") {
  const Fixture fixture("compressed_tensors");
  const auto fails = [&](const std::string& name, const std::string& part, const auto& spoil) {
    CompressedTensors t = StoredOf(fixture, fixture.Cases(name).front());
    REQUIRE(FromCompressedTensors(t).ok());
    spoil(t);
    CheckFails(FromCompressedTensors(t).status(), part);
  };
  using T = CompressedTensors;
  const std::string packed = "packed.b4.group.asym.f16";
  fails(packed, "weight_packed", [](T& t) { t.weight_packed = Resized(t.weight_packed, 1, -1); });
  fails(packed, "weight_packed", [](T& t) { t.weight_packed = Tensor(); });
  fails(packed, "weight_scale", [](T& t) { t.weight_scale = Resized(t.weight_scale, 1, 1); });
  fails(packed, "weight_zero_point",
        [](T& t) { t.weight_zero_point = Resized(t.weight_zero_point, 0, -1); });
  fails(packed, "weight_shape", [](T& t) { t.weight_shape = Tensor(); });
  fails(packed, "weight_packed", [](T& t) {
    t.weight_shape = *Tensor::FromValues<int64_t>({2}, {12, 80});
  });
  fails(packed, "shape", [](T& t) {
    t.weight_shape = *Tensor::FromValues<int64_t>({2}, {0, int64_t{1} << 61});
  });
  fails(packed, "shape", [](T& t) {
    t.weight_shape = *Tensor::FromValues<int64_t>({2}, {-12, -64});
  });
  fails(packed, "no elements", [](T& t) {
    t.weight_shape = *Tensor::FromValues<int64_t>({2}, {0, int64_t{1} << 45});
    t.weight_packed = *Tensor::Create(DType::kI32, {0, int64_t{1} << 42});
  });
  fails(packed, "num_bits", [](T& t) { t.num_bits = 9; });
  fails(packed, "group_size", [](T& t) { t.group_size = 0; });
  fails(packed, "strategy", [](T& t) { t.strategy = "rows"; });
  fails(packed, "format", [](T& t) { t.format = "marlin"; });
  fails("nvfp4.f32", "weight_global_scale", [](T& t) { t.weight_global_scale = Tensor(); });
  fails("nvfp4.f32", "weight_zero_point", [](T& t) { t.weight_zero_point = t.weight_scale; });
  fails("mxfp4.bf16", "weight_scale", [](T& t) { t.weight_scale = Resized(t.weight_scale, 0, 1); });
  fails("fp8.block.bf16", "block_structure", [](T& t) { t.block_rows = 0; });
  fails("int8.channel.sym.bf16", "weight", [](T& t) { t.weight = Tensor(); });
  const auto table = QuantizedTensor::Create(*ParseScheme("nf4"), {8, 64});
  REQUIRE(table.ok());
  CheckFails(ToCompressedTensors(*table).status(), "nf4");
  const auto plain = QuantizedTensor::Create(*ParseScheme("int4:g32"), {8, 64});
  REQUIRE(plain.ok());
  CHECK(ToCompressedTensors(*plain).ok());
  CheckFails(ToCompressedTensors(*plain, "int-quantized").status(), "int-quantized");
}

}  // namespace
}  // namespace pawl
