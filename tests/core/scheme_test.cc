// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/scheme.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "absl/strings/match.h"

namespace pawl {
namespace {

TEST_CASE("text forms parse to what they say") {
  const auto int4 = ParseScheme("int4:g128");
  REQUIRE(int4.ok());
  CHECK(int4->element == Element{ElementKind::kInt, 4});
  CHECK(int4->grouping == Grouping{GroupKind::kAlongRow, 0, 1, 128});
  CHECK(int4->scale.type == kParamF16);
  CHECK(int4->offset.kind == OffsetKind::kNone);

  const auto int8 = ParseScheme("INT8");
  REQUIRE(int8.ok());
  CHECK(int8->grouping.kind == GroupKind::kChannel);
  CHECK(int8->scale.type == kParamF32);

  const auto uint4 = ParseScheme("uint4:g64:bf16");
  REQUIRE(uint4.ok());
  CHECK(uint4->offset.kind == OffsetKind::kZeroPoint);
  CHECK(uint4->offset.type == ParamType{ParamKind::kUint, 4});
  CHECK(uint4->scale.type == kParamBF16);

  const auto nf4 = ParseScheme("nf4:dq");
  REQUIRE(nf4.ok());
  CHECK(nf4->grouping == Grouping{GroupKind::kFlat, 0, 1, 64});
  CHECK(nf4->scale.super_size == 256);
  CHECK(ParseScheme("uint3:block128x64:min:f16")->grouping.rows == 128);
  const auto e4m3 = ParseScheme("uint4:e4m3:min");
  REQUIRE(e4m3.ok());
  CHECK(e4m3->offset.super_type == kParamF32);
  CHECK(ParseScheme("uint4:e4m3:hqq")->offset.type == kParamF16);
  CHECK(ParseScheme("uint4:e8m0:min")->offset.type == kParamF16);
  CHECK(ParseScheme("int16:channel-1")->grouping.axis == -1);
  CHECK(ParseScheme("int4:rot256")->rotation.block == 256);
}

TEST_CASE("a wrong word is named with its nearest neighbours") {
  const auto message = [](const char* text) {
    return std::string(ParseScheme(text).status().message());
  };
  CHECK(absl::StrContains(message("imt8"), "'int8'"));
  CHECK(absl::StrContains(message("int4:g12b"), "'g128'"));
  CHECK(absl::StrContains(message("int4:asim"), "'asym'"));
  CHECK(absl::StrContains(message("q4_kk"), "'q4_k'"));
  CHECK(absl::StrContains(message("int9"), "did you mean 'int8', '"));
  CHECK(absl::StrContains(message("int12"), "did you mean 'int16', '"));
  CHECK(absl::StrContains(message("int4:block2"), "block<R>x<C>"));
  CHECK(absl::StrContains(message("int4:bock128x128"), "'block128x128'"));
  CHECK(absl::StrContains(message("int4:flat"), "flat<N>"));
  CHECK(absl::StrContains(message("int4:rot"), "rot<N>"));
  CHECK(absl::StrContains(message("int4:rot24"), "power of two"));
  CHECK(absl::StrContains(message("int4:rot32:rot64"), "both say the rotation"));
  CHECK(absl::StrContains(message("int4:g32:g64"), "'g32' and 'g64' both say the groups"));
  CHECK(absl::StrContains(message("int4:sym:asym"), "'sym' and 'asym' both say the offset"));
  CHECK(absl::StrContains(message("int4:min:hqq"), "'min' and 'hqq'"));
  CHECK(absl::StrContains(message("int4:f16:f32"), "'f16' and 'f32' both say the scale"));
  CHECK(absl::StrContains(message("int4:channel:tensor"), "'channel' and 'tensor'"));
  CHECK(absl::StrContains(message("nf4:dq:dq"), "double"));
  for (const char* text : {"",
                           ":",
                           "int9",
                           "int1",
                           "uint16",
                           "int4:g0",
                           "int4:g-3",
                           "int4:g",
                           "nf4:asym",
                           "codebook9",
                           "codebook4:f16",
                           "int4:dq",
                           "uint4:full",
                           "apot6",
                           "pot1",
                           "int4:block0x4",
                           "int4:block4",
                           "ternary:min",
                           "nf4:dq:f16",
                           "int4:g99999999999999999999"}) {
    INFO(text);
    CHECK_FALSE(ParseScheme(text).ok());
  }
}

TEST_CASE("every scheme that has a text form comes back from it") {
  for (const char* text : {"int2",
                           "int3:g64",
                           "int4",
                           "int4:g128",
                           "int4:tensor",
                           "int5:channel",
                           "int8",
                           "int8:g32",
                           "int16",
                           "uint2:min",
                           "uint3:hqq",
                           "uint4",
                           "uint4:g128:f32",
                           "uint8:tensor",
                           "ternary",
                           "binary:g128",
                           "nf4",
                           "nf4:dq",
                           "fp4",
                           "codebook2",
                           "codebook4:channel",
                           "pot4",
                           "apot3",
                           "apot4",
                           "fp4e2m1:g16:e4m3",
                           "e4m3:block128x128",
                           "e5m2",
                           "f16",
                           "bf16",
                           "int4:full",
                           "int4:g128:rot128",
                           "nf4:rot64"}) {
    INFO(text);
    const auto scheme = ParseScheme(text);
    REQUIRE(scheme.ok());
    CHECK(SchemeString(*scheme) == text);
  }
  for (const NamedScheme& named : NamedSchemes()) {
    INFO(std::string(named.name));
    CHECK(named.scheme.Validate().ok());
    CHECK(*ParseScheme(SchemeString(named.scheme)) == named.scheme);
  }
}

TEST_CASE("bits per weight of the known blocks") {
  const auto bits = [](const char* name) { return *BitsPerWeight(*ParseScheme(name), {64, 1024}); };
  // bytes of a block times 8 over its elements, reference figures of the formats
  CHECK(bits("q4_0") == 18.0 * 8 / 32);
  CHECK(bits("q4_1") == 20.0 * 8 / 32);
  CHECK(bits("q5_0") == 22.0 * 8 / 32);
  CHECK(bits("q5_1") == 24.0 * 8 / 32);
  CHECK(bits("q8_0") == 34.0 * 8 / 32);
  CHECK(bits("q2_k") == 84.0 * 8 / 256);
  CHECK(bits("q3_k") == 110.0 * 8 / 256);
  CHECK(bits("q4_k") == 144.0 * 8 / 256);
  CHECK(bits("q5_k") == 176.0 * 8 / 256);
  CHECK(bits("q6_k") == 210.0 * 8 / 256);
  CHECK(bits("iq4_nl") == 18.0 * 8 / 32);
  CHECK(bits("iq4_xs") == 136.0 * 8 / 256);
  CHECK(bits("mxfp4") == 17.0 * 8 / 32);
  CHECK(*StorageBytes(*ParseScheme("int4:g32"), {3, 33}) == 3 * (17 + 2 * 2));
}

TEST_CASE("shapes that do not fit are refused") {
  Scheme strided = *ParseScheme("uint4:g64:hqq");
  strided.grouping.kind = GroupKind::kFlatStrided;
  CHECK(NumGroups(strided, {8, 64}).ok());
  CHECK_FALSE(NumGroups(strided, {3, 33}).ok());
  CHECK_FALSE(NumGroups(*ParseScheme("int8:channel2"), {3, 33}).ok());
  CHECK(*NumGroups(*ParseScheme("int8:channel1"), {3, 33}) == 33);
  CHECK(*NumGroups(*ParseScheme("int8:channel-1"), {2, 3, 33}) == 33);
  CHECK(*NumGroups(*ParseScheme("int4:g32"), {2, 3, 33}) == 12);
  CHECK(*NumGroups(*ParseScheme("e4m3:block2x16"), {3, 33}) == 6);
  CHECK(*NumGroups(*ParseScheme("nf4"), {3, 33}) == 2);
}

TEST_CASE("parts that contradict one another are refused") {
  Scheme scheme = *ParseScheme("int4");
  SECTION("bits") { scheme.element.bits = 9; }
  SECTION("table without table element") { scheme.table = TableKind::kNF4; }
  SECTION("offset kind without type") { scheme.offset.kind = OffsetKind::kMinimum; }
  SECTION("float zero point") {
    scheme.offset = OffsetFormat{OffsetKind::kZeroPoint, kParamF16, kParamNone};
  }
  SECTION("super without size") { scheme.scale.super_type = kParamF16; }
  SECTION("rotation") { scheme.rotation.block = 48; }
  SECTION("group size") { scheme.grouping.size = 0; }
  SECTION("post scale") { scheme.post_scale = 0.0f; }
  SECTION("scale bits") { scheme.scale.type.bits = 12; }
  SECTION("halved scale of integers") { scheme.scale.type = ParamType{ParamKind::kE8M0Ggml, 8}; }
  CHECK_FALSE(scheme.Validate().ok());
}

}  // namespace
}  // namespace pawl
