// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/quantized_tensor.h"

#include <catch2/catch_test_macros.hpp>
#include <limits>
#include <random>
#include <vector>

#include "lib/core/group_layout.h"
#include "lib/core/params.h"

namespace pawl {
namespace {

TEST_CASE("codes of every width survive packing, ragged rows included") {
  std::mt19937 engine(1);
  for (const char* text :
       {"int2", "int3", "int4", "int5", "int6", "int7", "int8", "int16", "uint2", "uint3", "uint5",
        "uint7", "uint8", "binary", "codebook1", "codebook5"}) {
    const Scheme scheme = *ParseScheme(text);
    for (const int64_t cols : {1, 7, 8, 31, 64, 67}) {
      QuantizedTensor q = *QuantizedTensor::Create(scheme, {3, cols});
      std::vector<int16_t> codes(static_cast<size_t>(2 * cols));
      const int32_t low = scheme.element.MinCode();
      const auto count = static_cast<uint32_t>(scheme.element.MaxCode() - low + 1);
      for (int16_t& c : codes) {
        c = static_cast<int16_t>(low + static_cast<int32_t>(engine() % count));
      }
      REQUIRE(PackCodes(q, 1, codes).ok());
      std::vector<int16_t> back(codes.size());
      REQUIRE(UnpackCodes(q, 1, absl::MakeSpan(back)).ok());
      CHECK(back == codes);
      std::vector<int16_t> first(static_cast<size_t>(cols), 9);
      REQUIRE(UnpackCodes(q, 0, absl::MakeSpan(first)).ok());
      CHECK(first == std::vector<int16_t>(first.size(), 0));  // the row before is untouched
    }
  }
}

TEST_CASE("the bit order is the documented one") {
  QuantizedTensor q = *QuantizedTensor::Create(*ParseScheme("uint3"), {1, 4});
  REQUIRE(PackCodes(q, 0, {1, 2, 3, 4}).ok());
  const auto bytes = q.codes.as<uint8_t>();
  CHECK(bytes[0] == 0b11010001);  // 001, 010, then the low two bits of 011
  CHECK(bytes[1] == 0b00001000);  // its high bit, then 100
}

TEST_CASE("parameters of every type keep their bits") {
  std::mt19937 engine(2);
  for (int bits = 1; bits <= 32; ++bits) {
    for (const ParamKind kind : {ParamKind::kUint, ParamKind::kInt}) {
      const ParamType type{kind, static_cast<uint8_t>(bits)};
      Tensor stored = *Tensor::Create(DType::kU8, {ParamLength(type, 11)});
      std::vector<uint32_t> values(11);
      const uint32_t mask = bits == 32 ? 0xFFFFFFFFu : (1u << bits) - 1;
      for (size_t i = 0; i < 11; ++i) {
        values[i] = engine() & mask;
        WriteParam(type, stored, static_cast<int64_t>(i), values[i]);
      }
      for (size_t i = 0; i < 11; ++i) {
        CHECK(ReadParam(type, stored, static_cast<int64_t>(i)) == values[i]);
      }
    }
  }
  CHECK(ParamValue({ParamKind::kInt, 6}, 0x20) == -32.0f);
  CHECK(EncodeParam({ParamKind::kInt, 6}, -100.0f) == 0x20);
  CHECK(EncodeParam({ParamKind::kUint, 4}, 2.5f) == 2);
  CHECK(EncodeParam(kParamE8M0, 1.0f) == 127);
  CHECK(ParamValue(kParamF16, EncodeParam(kParamF16, 1e9f)) == 65504.0f);
}

// A layout is right when every element has exactly the group that its definition says.
TEST_CASE("groups of every kind by definition") {
  const std::vector<int64_t> shape = {4, 3, 10};
  std::vector<int32_t> map = {0, 2, 1, 1, 0, 2, 2, 0, 1, 0};
  const auto check = [&](const Grouping& grouping, auto definition) {
    Scheme scheme = *ParseScheme("int8:tensor");
    scheme.grouping = grouping;
    const auto layout = GroupLayout::Create(scheme, shape, map);
    REQUIRE(layout.ok());
    for (int64_t row = 0; row < 12; ++row) {
      int64_t expected_begin = 0;
      layout->ForEachRun(row, [&](int64_t begin, int64_t end, int64_t group) {
        CHECK(begin == expected_begin);
        expected_begin = end;
        for (int64_t c = begin; c < end; ++c) {
          CHECK(group == definition(row, c));
          CHECK(layout->GroupOf(row, c) == group);
          if (layout->regular()) CHECK(group == layout->RowBase(row) + c / layout->period());
        }
      });
      CHECK(expected_begin == 10);
    }
  };
  check({GroupKind::kTensor, 0, 1, 0}, [](int64_t, int64_t) { return 0; });
  check({GroupKind::kChannel, 0, 1, 0}, [](int64_t r, int64_t) { return r / 3; });
  check({GroupKind::kChannel, 1, 1, 0}, [](int64_t r, int64_t) { return r % 3; });
  check({GroupKind::kChannel, -1, 1, 0}, [](int64_t, int64_t c) { return c; });
  check({GroupKind::kAlongRow, 0, 1, 4}, [](int64_t r, int64_t c) { return r * 3 + c / 4; });
  check({GroupKind::kBlock2D, 0, 5, 4}, [](int64_t r, int64_t c) { return r / 5 * 3 + c / 4; });
  check({GroupKind::kFlat, 0, 1, 7}, [](int64_t r, int64_t c) { return (r * 10 + c) / 7; });
  check({GroupKind::kFlatStrided, 0, 1, 8}, [](int64_t r, int64_t c) { return (r * 10 + c) % 15; });
  check({GroupKind::kIndexMap, 0, 1, 4},
        [&](int64_t r, int64_t c) { return r * 3 + map[static_cast<size_t>(c)]; });
}

TEST_CASE("every part that does not fit is found") {
  Scheme scheme = *ParseScheme("uint4:g32");
  scheme.outliers = kParamF16;
  QuantizedTensor q = *QuantizedTensor::Create(scheme, {4, 64});
  REQUIRE(q.Validate().ok());
  SECTION("codes") { q.codes = *Tensor::Create(DType::kU8, {4, 31}); }
  SECTION("code type") { q.codes = *Tensor::Create(DType::kI8, {4, 32}); }
  SECTION("scales") { q.scales = *Tensor::Create(DType::kF16, {7}); }
  SECTION("scale type") { q.scales = *Tensor::Create(DType::kBF16, {8}); }
  SECTION("offsets") { q.offsets = Tensor(); }
  SECTION("shape") { q.shape = {4, 65}; }
  SECTION("negative shape") { q.shape = {-4, 64}; }
  SECTION("levels") { q.levels = *Tensor::Create(DType::kF32, {1, 16}); }
  SECTION("outlier out of range") {
    q.outlier_columns = *Tensor::FromValues<int32_t>({1}, {64});
    q.outlier_values = *Tensor::Create(DType::kF16, {4});
  }
  SECTION("outlier values") { q.outlier_columns = *Tensor::FromValues<int32_t>({1}, {6}); }
  SECTION("group index") {
    q.scheme.grouping.kind = GroupKind::kIndexMap;
    q.group_index = *Tensor::Create(DType::kI32, {64});
    REQUIRE(q.Validate().ok());
    q.group_index.mutable_as<int32_t>()[9] = 2;
  }
  SECTION("signs") {
    q.scheme.rotation.block = 16;
    q.rotation_signs = *Tensor::Create(DType::kI8, {64});
  }
  CHECK_FALSE(q.Validate().ok());
}

TEST_CASE("row ranges are checked") {
  const QuantizedTensor q = *QuantizedTensor::Create(*ParseScheme("int4"), {4, 32});
  std::vector<float> out(64);
  CHECK(DequantizeRows(q, 2, absl::MakeSpan(out)).ok());
  CHECK_FALSE(DequantizeRows(q, 3, absl::MakeSpan(out)).ok());
  CHECK_FALSE(DequantizeRows(q, -1, absl::MakeSpan(out)).ok());
  out.resize(63);
  CHECK_FALSE(DequantizeRows(q, 0, absl::MakeSpan(out)).ok());
  CHECK_FALSE(Dequantize(q, absl::MakeSpan(out)).ok());
}

TEST_CASE("sizes as large as a file can say do not overflow") {
  constexpr int64_t kHuge = std::numeric_limits<int64_t>::max();
  Scheme scheme = *ParseScheme("int4:g32");
  scheme.grouping.size = kHuge;
  CHECK(*NumGroups(scheme, {3, 64}) == 3);
  CHECK(GroupLayout::Create(scheme, {3, 64})->groups_per_row() == 1);
  scheme = *ParseScheme("q4_k");
  scheme.scale.super_size = kHuge;
  CHECK(*NumSuperGroups(scheme, {3, 64}) == 1);
  // Without elements there are still channels, and 2^59 parameters of 32 bits have 2^64 bits.
  for (const int64_t cols : {int64_t{1} << 59, int64_t{1} << 60, int64_t{1} << 62}) {
    QuantizedTensor q;
    q.scheme = *ParseScheme("int8:channel1");
    q.shape = {0, cols};
    CHECK_FALSE(q.Validate().ok());
    CHECK_FALSE(NumGroups(q.scheme, q.shape).ok());
  }
  QuantizedTensor wide;
  wide.scheme = *ParseScheme("int16:tensor");
  wide.scales = *Tensor::Create(DType::kF32, {1});
  wide.shape = {1, (int64_t{1} << 60) - 1};
  CHECK_FALSE(wide.Validate().ok());
  wide.shape = {int64_t{1} << 40, int64_t{1} << 40, 0, 5};
  CHECK(wide.rows() == 0);
  CHECK_FALSE(wide.Validate().ok());
}

TEST_CASE("supers that are table indices have no table") {
  Scheme scheme = *ParseScheme("q4_k");
  scheme.scale.super_type = ParamType{ParamKind::kTable, 8};
  CHECK_FALSE(scheme.Validate().ok());
  scheme = *ParseScheme("q4_k");
  scheme.offset.super_type = ParamType{ParamKind::kTable, 8};
  CHECK_FALSE(scheme.Validate().ok());
}

TEST_CASE("16-bit codes may lie at any address") {
  QuantizedTensor q = *QuantizedTensor::Create(*ParseScheme("f16"), {2, 5});
  std::vector<uint8_t> memory(21);
  for (uint8_t i = 0; i < 10; ++i) memory[2 * i + 2] = 0x3C;  // 1.0 from the second byte on
  q.codes = *Tensor::View(DType::kU8, {2, 10}, memory.data() + 1, 20);
  REQUIRE(q.Validate().ok());
  std::vector<float> out(10);
  REQUIRE(Dequantize(q, absl::MakeSpan(out)).ok());
  CHECK(out == std::vector<float>(10, 1.0f));
}

}  // namespace
}  // namespace pawl
