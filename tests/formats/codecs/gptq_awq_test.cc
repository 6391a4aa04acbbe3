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

GptqTensors GptqOf(const Fixture& fixture, const FixtureCase& test) {
  GptqTensors t;
  t.qweight = fixture.Get(test.name + ".qweight");
  t.qzeros = fixture.Get(test.name + ".qzeros");
  t.scales = fixture.Get(test.name + ".scales");
  t.g_idx = fixture.Get(test.name + ".g_idx");
  t.bits = test.facts.at("bits").get<int>();
  t.group_size = test.facts.at("group_size").get<int64_t>();
  t.v1 = test.facts.at("checkpoint_format") == "gptq";
  return t;
}

TEST_CASE("gptq: layers of gptqmodel decode to its values and are written back") {
  const Fixture fixture("gptq");
  for (const FixtureCase& test : fixture.Cases()) {
    INFO(test.name);
    const GptqTensors stored = GptqOf(fixture, test);
    const auto tensor = FromGptq(stored);
    INFO(tensor.status().ToString());
    REQUIRE(tensor.ok());
    CHECK(tensor->shape == test.shape());
    const bool mapped = test.facts.at("desc_act").get<bool>();
    CHECK((tensor->scheme.grouping.kind == GroupKind::kIndexMap) == mapped);
    CheckDecodes(*tensor, fixture.Get(test.name + ".decoded"));
    const auto again = ToGptq(*tensor, stored.v1);
    INFO(again.status().ToString());
    REQUIRE(again.ok());
    CheckSame(again->qweight, stored.qweight, "qweight");
    CheckSame(again->qzeros, stored.qzeros, "qzeros");
    CheckSame(again->scales, stored.scales, "scales");
    CheckSame(again->g_idx, stored.g_idx, "g_idx");
    CHECK(again->bits == stored.bits);
  }
}

TEST_CASE("gptq: v1 and v2 of one tensor decode alike") {
  const Fixture fixture("gptq");
  for (const FixtureCase& test : fixture.Cases("b3.g32")) {
    INFO(test.name);
    const auto tensor = FromGptq(GptqOf(fixture, test));
    REQUIRE(tensor.ok());
    for (const bool v1 : {false, true}) {
      const auto other = ToGptq(*tensor, v1);
      REQUIRE(other.ok());
      const auto back = FromGptq(*other);
      REQUIRE(back.ok());
      CheckSame(back->offsets, tensor->offsets, "offsets");
    }
  }
}

TEST_CASE("gptq: a symmetric tensor of Pawl's own gets the middle as zero point") {
  auto tensor = QuantizedTensor::Create(*ParseScheme("int4:g32:f16"), {8, 64});
  REQUIRE(tensor.ok());
  std::vector<int16_t> codes(8 * 64);
  for (size_t i = 0; i < codes.size(); ++i) codes[i] = static_cast<int16_t>(i % 15) - 7;
  REQUIRE(PackCodes(*tensor, 0, codes).ok());
  for (uint16_t& scale : tensor->scales.mutable_as<uint16_t>()) scale = 0x3800;  // 0.5
  const auto written = ToGptq(*tensor, /*v1=*/true);
  INFO(written.status().ToString());
  REQUIRE(written.ok());
  CHECK(written->qzeros.as<uint32_t>()[0] == 0x77777777u);
  CHECK(written->group_size == 32);
  const auto back = FromGptq(*written);
  REQUIRE(back.ok());
  std::vector<float> values(8 * 64);
  REQUIRE(Dequantize(*back, absl::MakeSpan(values)).ok());
  for (size_t i = 0; i < codes.size(); ++i) REQUIRE(values[i] == 0.5f * codes[i]);
}

TEST_CASE("gptq: parts that do not fit are errors that name them") {
  const Fixture fixture("gptq");
  const FixtureCase test = fixture.Cases("b4.g32.asym.actorder.v2").front();
  const GptqTensors good = GptqOf(fixture, test);
  REQUIRE(FromGptq(good).ok());
  const auto fails = [&](const std::string& part, const auto& spoil) {
    GptqTensors t = good;
    spoil(t);
    CheckFails(FromGptq(t).status(), part);
  };
  fails("qweight", [](GptqTensors& t) { t.qweight = Resized(t.qweight, 0, -1); });
  fails("qweight", [](GptqTensors& t) { t.qweight = Tensor(); });
  fails("qzeros", [](GptqTensors& t) { t.qzeros = Resized(t.qzeros, 1, 1); });
  fails("scales", [](GptqTensors& t) { t.scales = Resized(t.scales, 0, 1); });
  fails("scales", [](GptqTensors& t) { t.scales = t.g_idx; });
  fails("qweight", [](GptqTensors& t) { t.g_idx = Resized(t.g_idx, 0, 32); });
  fails("no elements", [](GptqTensors& t) {
    t = GptqTensors();
    t.qweight = *Tensor::Create(DType::kI32, {0, int64_t{1} << 45});
  });
  fails("bits", [](GptqTensors& t) { t.bits = 5; });
  fails("group_size", [](GptqTensors& t) { t.group_size = 0; });
  for (const int32_t bad : {-1, 3}) {
    fails("g_idx", [&](GptqTensors& t) {
      t.g_idx = *t.g_idx.Clone();
      t.g_idx.mutable_as<int32_t>()[7] = bad;
    });
  }
  auto minimum = QuantizedTensor::Create(*ParseScheme("uint4:g32:min"), {8, 64});
  REQUIRE(minimum.ok());
  CheckFails(ToGptq(*minimum, false).status(), "offset");
  auto table = QuantizedTensor::Create(*ParseScheme("nf4"), {8, 64});
  REQUIRE(table.ok());
  CheckFails(ToGptq(*table, false).status(), "element");
}

AwqTensors AwqOf(const Fixture& fixture, const FixtureCase& test) {
  AwqTensors t;
  t.qweight = fixture.Get(test.name + ".qweight");
  t.qzeros = fixture.Get(test.name + ".qzeros");
  t.scales = fixture.Get(test.name + ".scales");
  t.group_size = test.facts.at("group_size").get<int64_t>();
  return t;
}

TEST_CASE("awq: layers of AutoAWQ decode to its values and are written back") {
  const Fixture fixture("awq");
  for (const FixtureCase& test : fixture.Cases()) {
    INFO(test.name);
    const AwqTensors stored = AwqOf(fixture, test);
    const auto tensor = FromAwq(stored);
    INFO(tensor.status().ToString());
    REQUIRE(tensor.ok());
    CHECK(tensor->shape == test.shape());
    CheckDecodes(*tensor, fixture.Get(test.name + ".decoded"));
    const auto again = ToAwq(*tensor);
    REQUIRE(again.ok());
    CheckSame(again->qweight, stored.qweight, "qweight");
    CheckSame(again->qzeros, stored.qzeros, "qzeros");
    CheckSame(again->scales, stored.scales, "scales");
  }
}

TEST_CASE("awq: parts that do not fit are errors that name them") {
  const Fixture fixture("awq");
  const AwqTensors good = AwqOf(fixture, fixture.Cases("g32").front());
  const auto fails = [&](const std::string& part, const auto& spoil) {
    AwqTensors t = good;
    spoil(t);
    CheckFails(FromAwq(t).status(), part);
  };
  fails("qweight", [](AwqTensors& t) { t.qweight = t.scales; });
  fails("qzeros", [](AwqTensors& t) { t.qzeros = Resized(t.qzeros, 0, 1); });
  fails("scales", [](AwqTensors& t) { t.scales = Resized(t.scales, 1, -8); });
  fails("group_size", [](AwqTensors& t) { t.group_size = -2; });
  fails("no elements", [](AwqTensors& t) {
    t.qweight = *Tensor::Create(DType::kI32, {int64_t{1} << 45, 0});
  });
  const auto narrow = QuantizedTensor::Create(*ParseScheme("int4:g32:f16"), {7, 32});
  REQUIRE(narrow.ok());
  CheckFails(ToAwq(*narrow).status(), "7 outputs");
  const auto wide = QuantizedTensor::Create(*ParseScheme("int8:g32:f16"), {8, 32});
  REQUIRE(wide.ok());
  CheckFails(ToAwq(*wide).status(), "element");
}

}  // namespace
}  // namespace pawl
