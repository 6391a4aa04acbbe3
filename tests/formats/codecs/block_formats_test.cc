// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/block_formats.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "catch2/catch_test_macros.hpp"
#include "tests/formats/codecs/fixture.h"

namespace pawl {
namespace {

using testing::CheckDecodes;
using testing::Fixture;
using testing::FixtureCase;

TEST_CASE("block formats: ggml's blocks decode to ggml's values and encode to the same bytes") {
  const Fixture fixture("gguf");
  for (const BlockFormat* format : BlockFormats()) {
    for (const FixtureCase& test : fixture.Cases(std::string(format->name) + ".")) {
      INFO(test.name);
      REQUIRE(test.facts.at("type_id").get<uint32_t>() == format->gguf_type);
      const Tensor packed = fixture.Get(test.name + ".packed");
      const absl::Span<const uint8_t> bytes = packed.as<uint8_t>();
      const auto tensor = DecodeBlocks(*format, bytes, test.shape());
      INFO(tensor.status().ToString());
      REQUIRE(tensor.ok());
      CheckDecodes(*tensor, fixture.Get(test.name + ".decoded"));
      std::vector<uint8_t> again(bytes.size(), 0xA5);
      REQUIRE(EncodeBlocks(*format, *tensor, absl::MakeSpan(again)).ok());
      CHECK(std::equal(again.begin(), again.end(), bytes.begin()));
    }
  }
}

TEST_CASE("block formats: every GGUF scheme with a name is that of its blocks") {
  int named = 0;
  for (const BlockFormat* format : BlockFormats()) {
    INFO(format->name);
    CHECK(format->scheme.Validate().ok());
    CHECK(FindBlockFormat(absl::AsciiStrToLower(format->name)) == format);
    CHECK(FindBlockFormatOfGgufType(format->gguf_type) == format);
    // The names mxfp4 and nvfp4 mean the layouts of OCP and NVIDIA.
    if (absl::EndsWith(format->name, "FP4")) continue;
    auto scheme = ParseScheme(absl::AsciiStrToLower(format->name));
    REQUIRE(scheme.ok());
    scheme->full_range = format->scheme.full_range;
    CHECK(*scheme == format->scheme);
    ++named;
  }
  CHECK(named == 12);
  CHECK(FindBlockFormat("Q4_9") == nullptr);
  CHECK(FindBlockFormatOfGgufType(4) == nullptr);
}

TEST_CASE("block formats: sizes that do not fit are errors") {
  for (const BlockFormat* format : BlockFormats()) {
    INFO(format->name);
    const int64_t cols = 2 * format->elements;
    const std::vector<uint8_t> bytes(static_cast<size_t>(6 * format->bytes));
    const absl::Span<const uint8_t> all = bytes;
    const auto tensor = DecodeBlocks(*format, all, {3, cols});
    REQUIRE(tensor.ok());
    CHECK(!DecodeBlocks(*format, all.subspan(1), {3, cols}).ok());
    CHECK(!DecodeBlocks(*format, all, {4, cols}).ok());
    CHECK(!DecodeBlocks(*format, all, {6 * format->elements, 1}).ok());
    CHECK(!DecodeBlocks(*format, all, {}).ok());
    CHECK(!DecodeBlocks(*format, all, {-3, -cols}).ok());
    CHECK(!DecodeBlocks(*format, all, {int64_t{1} << 40, int64_t{1} << 40}).ok());
    std::vector<uint8_t> out(bytes.size() - 1);
    CHECK(!EncodeBlocks(*format, *tensor, absl::MakeSpan(out)).ok());
    QuantizedTensor broken = *tensor;
    broken.scales = Tensor();
    out.resize(bytes.size());
    CHECK(!EncodeBlocks(*format, broken, absl::MakeSpan(out)).ok());
  }
}

TEST_CASE("block formats: a tensor of another scheme is refused by the part that differs") {
  const BlockFormat* q4_0 = FindBlockFormat("Q4_0");
  std::vector<uint8_t> out(18);
  const auto fails = [&](const std::string& scheme, const std::string& part) {
    const auto tensor = QuantizedTensor::Create(*ParseScheme(scheme), {1, 32});
    REQUIRE(tensor.ok());
    const absl::Status status = EncodeBlocks(*q4_0, *tensor, absl::MakeSpan(out));
    INFO(status.ToString());
    CHECK(absl::StrContains(status.message(), part));
  };
  fails("int5:g32:f16", "the element");
  fails("int4:g16:f16", "the grouping");
  fails("int4:g32:f32", "the scale");
  fails("int4:g32:f16:min", "the offset");
  const auto plain = QuantizedTensor::Create(*ParseScheme("int4:g32:f16"), {1, 32});
  REQUIRE(plain.ok());
  CHECK(EncodeBlocks(*q4_0, *plain, absl::MakeSpan(out)).ok());
}

TEST_CASE("block formats: OCP scales fit ggml's MXFP4, but for the NaN") {
  const BlockFormat* mxfp4 = FindBlockFormat("MXFP4");
  auto tensor = QuantizedTensor::Create(*ParseScheme("mxfp4"), {1, 32});
  REQUIRE(tensor.ok());
  const std::vector<int16_t> codes(32, 7);
  REQUIRE(PackCodes(*tensor, 0, codes).ok());
  tensor->scales.mutable_as<uint8_t>()[0] = 130;
  std::vector<uint8_t> out(17);
  REQUIRE(EncodeBlocks(*mxfp4, *tensor, absl::MakeSpan(out)).ok());
  const auto back = DecodeBlocks(*mxfp4, out, {1, 32});
  REQUIRE(back.ok());
  std::vector<float> values(32);
  REQUIRE(Dequantize(*back, absl::MakeSpan(values)).ok());
  CHECK(values[31] == 48.0f);
  tensor->scales.mutable_as<uint8_t>()[0] = 255;
  CHECK(!EncodeBlocks(*mxfp4, *tensor, absl::MakeSpan(out)).ok());
}

}  // namespace
}  // namespace pawl
