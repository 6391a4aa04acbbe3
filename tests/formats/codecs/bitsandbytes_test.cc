// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
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
using testing::ZeroSign;

std::string StateName(const FixtureCase& test) {
  return test.name + ".weight.quant_state.bitsandbytes__" +
         test.facts.at("quant_type").get<std::string>();
}

BitsAndBytes4Tensors FourBits(const Fixture& fixture, const FixtureCase& test) {
  BitsAndBytes4Tensors t;
  t.weight = fixture.Get(test.name + ".weight");
  t.absmax = fixture.Get(test.name + ".weight.absmax");
  t.quant_map = fixture.Get(test.name + ".weight.quant_map");
  t.nested_absmax = fixture.GetOrEmpty(test.name + ".weight.nested_absmax");
  t.nested_quant_map = fixture.GetOrEmpty(test.name + ".weight.nested_quant_map");
  t.quant_state = fixture.Get(StateName(test));
  return t;
}

Tensor Text(const std::string& text) {
  Tensor tensor = *Tensor::Create(DType::kU8, {static_cast<int64_t>(text.size())});
  std::memcpy(tensor.mutable_data(), text.data(), text.size());
  return tensor;
}

TEST_CASE("bitsandbytes: nf4 and fp4 decode to its values and are written back") {
  const Fixture fixture("bitsandbytes");
  for (const std::string type : {"nf4", "fp4"}) {
    for (const FixtureCase& test : fixture.Cases(type)) {
      INFO(test.name);
      const BitsAndBytes4Tensors stored = FourBits(fixture, test);
      const auto tensor = FromBitsAndBytes4(stored);
      INFO(tensor.status().ToString());
      REQUIRE(tensor.ok());
      CHECK(tensor->shape == test.shape());
      // Odd widths are decoded by the peer's generic code, whose fp4 knows no -0.
      const bool generic = absl::StrContains(test.name, ".odd.");
      CheckDecodes(*tensor, fixture.Get(test.name + ".decoded"),
                   generic ? ZeroSign::kIgnored : ZeroSign::kCounts);
      const auto again = ToBitsAndBytes4(*tensor);
      INFO(again.status().ToString());
      REQUIRE(again.ok());
      CHECK(again->quant_type == type);
      CheckSame(again->weight, stored.weight, "weight");
      CheckSame(again->absmax, stored.absmax, "absmax");
      CheckSame(again->quant_map, stored.quant_map, "quant_map");
      CheckSame(again->quant_state, stored.quant_state, "quant_state");
      CheckSame(again->nested_absmax, stored.nested_absmax, "nested_absmax");
      CheckSame(again->nested_quant_map, stored.nested_quant_map, "nested_quant_map");
    }
  }
}

TEST_CASE("bitsandbytes: LLM.int8 decodes to its values and is written back") {
  const Fixture fixture("bitsandbytes");
  for (const FixtureCase& test : fixture.Cases("int8")) {
    INFO(test.name);
    BitsAndBytes8Tensors stored;
    stored.weight = fixture.Get(test.name + ".weight");
    stored.scb = fixture.Get(test.name + ".SCB");
    stored.weight_format = fixture.Get(test.name + ".weight_format");
    const auto tensor = FromBitsAndBytes8(stored);
    INFO(tensor.status().ToString());
    REQUIRE(tensor.ok());
    CheckDecodes(*tensor, fixture.Get(test.name + ".decoded"));
    const auto again = ToBitsAndBytes8(*tensor);
    REQUIRE(again.ok());
    CheckSame(again->weight, stored.weight, "weight");
    CheckSame(again->scb, stored.scb, "SCB");
    CheckSame(again->weight_format, stored.weight_format, "weight_format");
  }
}

TEST_CASE("bitsandbytes: parts that do not fit are errors that name them") {
  const Fixture fixture("bitsandbytes");
  const FixtureCase test = fixture.Cases("nf4.f16.nested").front();
  const BitsAndBytes4Tensors good = FourBits(fixture, test);
  const auto bytes = good.quant_state.as<uint8_t>();
  const std::string state(bytes.begin(), bytes.end());
  const auto fails = [&](const std::string& part, const auto& spoil) {
    BitsAndBytes4Tensors t = good;
    spoil(t);
    CheckFails(FromBitsAndBytes4(t).status(), part);
  };
  const auto fails_state = [&](const std::string& from, const std::string& to,
                               const std::string& part) {
    REQUIRE(absl::StrContains(state, from));
    fails(part, [&](BitsAndBytes4Tensors& t) {
      t.quant_state = Text(absl::StrReplaceAll(state, {{from, to}}));
    });
  };
  fails("weight", [](BitsAndBytes4Tensors& t) { t.weight = Resized(t.weight, 0, 1); });
  fails("absmax", [](BitsAndBytes4Tensors& t) { t.absmax = Resized(t.absmax, 0, -1); });
  fails("quant_map", [](BitsAndBytes4Tensors& t) { t.quant_map = Resized(t.quant_map, 0, 1); });
  fails("quant_map", [](BitsAndBytes4Tensors& t) { t.quant_map = Resized(t.quant_map, 0, 0); });
  fails("nested_absmax", [](BitsAndBytes4Tensors& t) { t.nested_absmax = Tensor(); });
  fails("nested_quant_map",
        [](BitsAndBytes4Tensors& t) { t.nested_quant_map = Resized(t.nested_quant_map, 0, -1); });
  fails("JSON", [](BitsAndBytes4Tensors& t) { t.quant_state = Text("[1, 2"); });
  fails("JSON", [](BitsAndBytes4Tensors& t) { t.quant_state = Text(std::string(100000, '[')); });
  fails_state("\"nf4\"", "\"nf5\"", "quant_type");
  fails_state("\"float16\"", "\"int8\"", "dtype");
  fails_state("\"blocksize\": 64", "\"blocksize\": 0", "blocksize");
  fails_state("\"blocksize\": 64", "\"blocksize\": \"64\"", "blocksize");
  fails_state("96]", "96, 9223372036854775807]", "shape");
  fails_state("96]", "-96]", "shape");
  fails_state("96]", "0, 4611686018427387904]", "shape");
  fails_state("96]", "null]", "shape");
  fails_state("\"nested_offset\": 0", "\"nested_offset\": null, \"x\": 0", "nested_offset");

  BitsAndBytes8Tensors eight;
  eight.weight = fixture.Get("int8.real.weight");
  eight.scb = Resized(fixture.Get("int8.real.SCB"), 0, 1);
  CheckFails(FromBitsAndBytes8(eight).status(), "SCB");
  eight.scb = fixture.Get("int8.real.SCB");
  eight.weight_format = Text("\x01");
  CheckFails(FromBitsAndBytes8(eight).status(), "weight_format");
}

}  // namespace
}  // namespace pawl
