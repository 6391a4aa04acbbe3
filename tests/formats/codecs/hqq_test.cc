// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <cstdint>
#include <string>

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

HqqTensors StoredOf(const Fixture& fixture, const FixtureCase& test) {
  HqqTensors t;
  t.w_q = fixture.Get(test.name + ".W_q");
  t.scale = fixture.Get(test.name + ".scale");
  t.zero = fixture.Get(test.name + ".zero");
  t.packing = test.facts.at("packing").get<std::string>();
  t.axis = test.facts.at("axis").get<int>();
  t.group_size = test.facts.at("group_size").get<int64_t>();
  t.shape = test.shape();
  return t;
}

TEST_CASE("hqq: weights decode to hqq's values and are written back") {
  const Fixture fixture("hqq");
  for (const FixtureCase& test : fixture.Cases()) {
    INFO(test.name);
    const HqqTensors stored = StoredOf(fixture, test);
    const auto tensor = FromHqq(stored);
    INFO(tensor.status().ToString());
    REQUIRE(tensor.ok());
    CheckDecodes(*tensor, fixture.Get(test.name + ".decoded"));
    const auto again = ToHqq(*tensor);
    INFO(again.status().ToString());
    REQUIRE(again.ok());
    CheckSame(again->w_q, stored.w_q, "W_q");
    CheckSame(again->scale, stored.scale, "scale");
    CheckSame(again->zero, stored.zero, "zero");
    CHECK(again->packing == stored.packing);
    CHECK(again->axis == stored.axis);
    CHECK(again->group_size == stored.group_size);
  }
}

TEST_CASE("hqq: group size 0 means whole rows or columns") {
  for (const int axis : {0, 1}) {
    HqqTensors t;
    t.packing = "8bit_u8";
    t.axis = axis;
    t.group_size = 0;
    t.shape = {2, 3};
    t.w_q = *Tensor::FromValues<uint8_t>({2, 3}, {1, 2, 3, 4, 5, 6});
    const int64_t groups = axis == 0 ? 3 : 2;
    t.scale = *Tensor::Create(DType::kF32, {groups});
    t.zero = *Tensor::Create(DType::kF32, {groups});
    for (int64_t g = 0; g < groups; ++g) {
      t.scale.mutable_as<float>()[static_cast<size_t>(g)] = static_cast<float>(g + 1);
    }
    const auto tensor = FromHqq(t);
    INFO(tensor.status().ToString());
    REQUIRE(tensor.ok());
    const Tensor expected = *Tensor::FromValues<float>(
        {2, 3}, axis == 0 ? absl::Span<const float>({1, 4, 9, 4, 10, 18})
                          : absl::Span<const float>({1, 2, 3, 8, 10, 12}));
    CheckDecodes(*tensor, expected);
    const auto again = ToHqq(*tensor);
    REQUIRE(again.ok());
    CHECK(again->axis == axis);
    CHECK(again->group_size == 0);
    CheckSame(again->w_q, t.w_q, "W_q");
  }
}

TEST_CASE("hqq: parts that do not fit are errors that name them") {
  const Fixture fixture("hqq");
  const auto fails = [&](const std::string& name, const std::string& part, const auto& spoil) {
    HqqTensors t = StoredOf(fixture, fixture.Cases(name).front());
    REQUIRE(FromHqq(t).ok());
    spoil(t);
    CheckFails(FromHqq(t).status(), part);
  };
  fails("b3.axis0.f16", "W_q", [](HqqTensors& t) { t.w_q = Resized(t.w_q, 0, 1); });
  fails("b4.axis1.f16", "W_q", [](HqqTensors& t) { t.w_q = t.scale; });
  fails("b4.axis1.f16", "scale", [](HqqTensors& t) { t.scale = Resized(t.scale, 0, 1); });
  fails("b4.axis1.f16", "zero", [](HqqTensors& t) { t.zero = *t.zero.ToF32(); });
  fails("b4.axis1.f16", "axis", [](HqqTensors& t) { t.axis = 2; });
  fails("b4.axis1.f16", "group_size", [](HqqTensors& t) { t.group_size = 33; });
  fails("b4.axis1.f16", "group_size", [](HqqTensors& t) { t.group_size = -32; });
  fails("b4.axis1.f16", "shape", [](HqqTensors& t) { t.shape = {256}; });
  fails("b4.axis1.f16", "shape", [](HqqTensors& t) { t.shape = {0, int64_t{1} << 61}; });
  fails("b4.axis1.f16", "packing", [](HqqTensors& t) { t.packing = "5bit"; });
  fails("b1.axis1.f16", "W_q", [](HqqTensors& t) { t.group_size = 64; });
  const auto integer_zero = QuantizedTensor::Create(*ParseScheme("uint4:g32:asym"), {8, 64});
  REQUIRE(integer_zero.ok());
  CheckFails(ToHqq(*integer_zero).status(), "hqq");
}

}  // namespace
}  // namespace pawl
