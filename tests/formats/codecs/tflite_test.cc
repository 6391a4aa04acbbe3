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

TfliteTensors StoredOf(const Fixture& fixture, const FixtureCase& test) {
  TfliteTensors t;
  t.data = fixture.Get(test.name + ".weight");
  t.scale = fixture.Get(test.name + ".scale");
  t.zero_point = fixture.Get(test.name + ".zero_point");
  t.type = test.facts.at("type").get<std::string>();
  const nlohmann::json& axis = test.facts.at("quantized_dimension");
  t.quantized_dimension = axis.is_null() ? 0 : axis.get<int>();
  t.shape = test.shape();
  return t;
}

TEST_CASE("tflite: constants decode to LiteRT's values and are written back") {
  const Fixture fixture("tflite");
  for (const FixtureCase& test : fixture.Cases()) {
    INFO(test.name);
    const TfliteTensors stored = StoredOf(fixture, test);
    const auto tensor = FromTflite(stored);
    INFO(tensor.status().ToString());
    REQUIRE(tensor.ok());
    CheckDecodes(*tensor, fixture.Get(test.name + ".decoded"));
    const auto again = ToTflite(*tensor);
    INFO(again.status().ToString());
    REQUIRE(again.ok());
    CheckSame(again->data, stored.data, "data");
    CheckSame(again->scale, stored.scale, "scale");
    CheckSame(again->zero_point, stored.zero_point, "zero_point");
    CHECK(again->type == stored.type);
    CHECK(again->quantized_dimension == stored.quantized_dimension);
    CHECK(again->shape == stored.shape);
  }
}

TEST_CASE("tflite: parts that do not fit are errors that name them") {
  const Fixture fixture("tflite");
  const auto fails = [&](const std::string& name, const std::string& part, const auto& spoil) {
    TfliteTensors t = StoredOf(fixture, fixture.Cases(name).front());
    REQUIRE(FromTflite(t).ok());
    spoil(t);
    CheckFails(FromTflite(t).status(), part);
  };
  const std::string conv = "int8.conv.axis0";
  fails(conv, "data", [](TfliteTensors& t) { t.data = Resized(t.data, 0, -1); });
  fails(conv, "data", [](TfliteTensors& t) { t.type = "UINT8"; });
  fails(conv, "type", [](TfliteTensors& t) { t.type = "FLOAT32"; });
  fails(conv, "scale", [](TfliteTensors& t) { t.scale = Resized(t.scale, 0, 1); });
  fails(conv, "scale", [](TfliteTensors& t) { t.quantized_dimension = 1; });
  fails(conv, "quantized_dimension", [](TfliteTensors& t) { t.quantized_dimension = 4; });
  fails(conv, "quantized_dimension", [](TfliteTensors& t) { t.quantized_dimension = -1; });
  fails(conv, "zero_point", [](TfliteTensors& t) { t.zero_point = Resized(t.zero_point, 0, 1); });
  fails(conv, "zero_point", [](TfliteTensors& t) {
    t.zero_point = *t.zero_point.Clone();
    t.zero_point.mutable_as<int64_t>()[0] = int64_t{1} << 40;
  });
  fails("int4.axis0", "data", [](TfliteTensors& t) { t.data = Resized(t.data, 0, 1); });
  fails(conv, "shape", [](TfliteTensors& t) { t.shape = {0, int64_t{1} << 61}; });
  const auto grouped = QuantizedTensor::Create(*ParseScheme("int8:g32"), {4, 64});
  REQUIRE(grouped.ok());
  CheckFails(ToTflite(*grouped).status(), "int8:g32");
}

}  // namespace
}  // namespace pawl
