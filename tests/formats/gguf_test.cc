// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/gguf.h"

#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "pawl/quantizer.h"
#include "tests/formats/file_io_test_util.h"
#include "tests/formats/gguf_test_util.h"

namespace pawl {
namespace {

using testing::Bytes;
using testing::FailsWith;
using testing::Raw;
using testing::RawGguf;
using testing::RawKey;
using testing::RawTensor;
using testing::RawText;
using testing::Slurp;
using testing::Spill;
using testing::TempDir;

Tensor Ramp(std::vector<int64_t> shape) {
  Tensor tensor = *Tensor::Create(DType::kF32, shape);
  int i = 0;
  for (float& value : tensor.mutable_as<float>()) {
    value = static_cast<float>((i++ * 37) % 101 - 50) / 64.0f;
  }
  return tensor;
}

GgufMetadata AllKinds() {
  const std::vector<std::string> texts = {"a", "", "\xE2\x96\x81the"};
  const std::vector<int32_t> numbers = {1, -2, 3};
  GgufMetadata metadata = {
      {"general.architecture", GgufValue::String("llama")},
      {"u32", GgufValue::U32(4000000000u)},
      {"i32", GgufValue::I32(-7)},
      {"f32", GgufValue::F32(0.25f)},
      {"bool", GgufValue::Bool(true)},
      {"texts", GgufValue::Strings(texts)},
      {"numbers", GgufValue::I32s(numbers)},
      {"u8", {GgufKind::kU8, Raw(uint8_t{200})}},
      {"i8", {GgufKind::kI8, Raw(int8_t{-100})}},
      {"u16", {GgufKind::kU16, Raw(uint16_t{65000})}},
      {"i16", {GgufKind::kI16, Raw(int16_t{-32000})}},
      {"u64", {GgufKind::kU64, Raw(~uint64_t{0})}},
      {"i64", {GgufKind::kI64, Raw(int64_t{-1} << 40)}},
      {"f64", {GgufKind::kF64, Raw(0.125)}},
  };
  // Two arrays of u8 in an array: nothing of Pawl's looks into it, but it is kept.
  const std::string inner = Raw(uint32_t{0}) + Raw(uint64_t{2}) + "xy";
  metadata.push_back(
      {"nested", {GgufKind::kArray, Raw(uint32_t{9}) + Raw(uint64_t{2}) + inner + inner}});
  return metadata;
}

TEST_CASE("gguf: values of every kind say what they hold") {
  const GgufMetadata metadata = AllKinds();
  const auto value = [&](const char* key) { return FindGgufValue(metadata, key); };
  CHECK(value("u32")->Unsigned() == 4000000000u);
  CHECK(value("u8")->Unsigned() == 200);
  CHECK(value("u16")->Unsigned() == 65000);
  CHECK(value("u64")->Unsigned() == ~uint64_t{0});
  CHECK_FALSE(value("i32")->Unsigned().has_value());  // negative
  CHECK_FALSE(value("f32")->Unsigned().has_value());
  CHECK(value("f32")->Float() == 0.25);
  CHECK(value("f64")->Float() == 0.125);
  CHECK(value("bool")->AsBool() == true);
  CHECK(value("general.architecture")->Text() == "llama");
  CHECK(value("texts")->Texts()->at(2) == "\xE2\x96\x81the");
  CHECK(*value("numbers")->Integers() == std::vector<int64_t>{1, -2, 3});
  CHECK_FALSE(value("texts")->Integers().has_value());
  CHECK_FALSE(value("nested")->Texts().has_value());
  CHECK(value("i64")->ToString() == "-1099511627776");
  CHECK(value("texts")->ToString() == "[\"a\", \"\", \"\xE2\x96\x81the\"]");
  CHECK(value("nested")->ToString() == "[... 2 of array]");
  CHECK(value("no such key") == nullptr);
  const GgufValue broken{GgufKind::kU32, "abc"};
  CHECK_FALSE(broken.Unsigned().has_value());
  CHECK(broken.ToString() == "invalid");
}

// Every plain type of GGUF's, every block format, and one type that Pawl does not know.
struct Everything {
  std::vector<GgufDeclaration> declarations;
  std::vector<Tensor> plain;
  std::vector<QuantizedTensor> coded;
  std::string unknown = std::string(50, 'u');

  Everything() {
    for (const DType dtype : {DType::kF32, DType::kF16, DType::kBF16, DType::kI8, DType::kI16,
                              DType::kI32, DType::kI64, DType::kF64}) {
      Tensor tensor = *Tensor::Create(dtype, {3, 5});
      auto* bytes = static_cast<uint8_t*>(tensor.mutable_data());
      for (size_t i = 0; i < tensor.size_bytes(); ++i) bytes[i] = static_cast<uint8_t>(i * 7);
      declarations.push_back({std::string(DTypeName(dtype)), *GgufTypeOf(dtype), {3, 5}, 0});
      plain.push_back(std::move(tensor));
    }
    for (const BlockFormat* format : BlockFormats()) {
      const auto coded_tensor = Quantize(Ramp({2, 512}), format->scheme);
      REQUIRE(coded_tensor.ok());
      declarations.push_back({std::string(format->name), format->gguf_type, {2, 512}, 0});
      coded.push_back(*coded_tensor);
    }
    declarations.push_back({"unknown", 77, {10, 10}, unknown.size()});
  }

  absl::Status Fill(GgufWriter& writer) const {
    size_t at = 0;
    for (const Tensor& tensor : plain) {
      const absl::Status status = writer.Add(declarations[at++].name, tensor);
      if (!status.ok()) return status;
    }
    for (const QuantizedTensor& tensor : coded) {
      const absl::Status status = writer.Add(declarations[at++].name, tensor);
      if (!status.ok()) return status;
    }
    // In pieces.
    const absl::Status first = writer.Append("unknown", Bytes(unknown).subspan(0, 20));
    if (!first.ok()) return first;
    const absl::Status second = writer.Append("unknown", Bytes(unknown).subspan(20));
    return second.ok() ? writer.Finish() : second;
  }
};

TEST_CASE("gguf: what is written is read, all kinds and all types") {
  const TempDir dir;
  const Everything all;
  const std::string path = dir.path() + "/a.gguf";
  auto writer = GgufWriter::Create(path, AllKinds(), all.declarations);
  REQUIRE(writer.ok());
  REQUIRE(all.Fill(**writer).ok());
  CHECK((*writer)->file_size() == Slurp(path).size());

  const auto reader = GgufReader::Open(path);
  INFO(reader.status().ToString());
  REQUIRE(reader.ok());
  CHECK((*reader)->version() == 3);
  CHECK((*reader)->alignment() == 32);
  GgufMetadata expected = AllKinds();
  expected.emplace_back("general.quantization_version", GgufValue::U32(2));
  CHECK((*reader)->metadata() == expected);
  REQUIRE((*reader)->entries().size() == all.declarations.size());
  size_t at = 0;
  for (const Tensor& tensor : all.plain) {
    const GgufEntry& entry = (*reader)->entries()[at++];
    INFO(entry.name);
    CHECK(entry.dtype == tensor.dtype());
    const auto read = (*reader)->Get(entry);
    REQUIRE(read.ok());
    CHECK(read->shape() == tensor.shape());
    CHECK(std::memcmp(read->data(), tensor.data(), tensor.size_bytes()) == 0);
    CHECK(absl::IsFailedPrecondition((*reader)->GetQuantized(entry).status()));
  }
  for (const QuantizedTensor& tensor : all.coded) {
    const GgufEntry& entry = (*reader)->entries()[at++];
    INFO(entry.name);
    const auto read = (*reader)->GetQuantized(entry);
    REQUIRE(read.ok());
    std::vector<float> a(1024), b(1024);
    REQUIRE(Dequantize(tensor, absl::MakeSpan(a)).ok());
    REQUIRE(Dequantize(*read, absl::MakeSpan(b)).ok());
    CHECK(a == b);
    CHECK(absl::IsFailedPrecondition((*reader)->Get(entry).status()));
  }
  const GgufEntry& unknown = *(*reader)->Find("unknown");
  CHECK(unknown.type_name == "type 77");
  CHECK(unknown.size >= all.unknown.size());
  CHECK(absl::IsUnimplemented((*reader)->Get(unknown).status()));
  CHECK((*reader)->Find("none") == nullptr);
}

TEST_CASE("gguf: the same file twice, with and without a path; a rewrite keeps the unknown") {
  const Everything all;
  std::vector<std::shared_ptr<MemoryBuffer>> files;
  for (int i = 0; i < 2; ++i) {
    files.push_back(std::make_shared<MemoryBuffer>());
    auto writer = GgufWriter::CreateInSink(files.back(), AllKinds(), all.declarations);
    REQUIRE(writer.ok());
    REQUIRE(all.Fill(**writer).ok());
  }
  CHECK(files[0]->bytes() == files[1]->bytes());

  const auto reader = GgufReader::OpenMemory(files[0]->bytes());
  REQUIRE(reader.ok());
  std::vector<GgufDeclaration> declarations;
  for (const GgufEntry& entry : (*reader)->entries()) {
    declarations.push_back({entry.name, entry.type, entry.shape, entry.size});
  }
  const auto again = std::make_shared<MemoryBuffer>();
  auto writer = GgufWriter::CreateInSink(again, (*reader)->metadata(), declarations);
  REQUIRE(writer.ok());
  for (const GgufEntry& entry : (*reader)->entries()) {
    std::vector<uint8_t> bytes(entry.size);
    REQUIRE((*reader)->ReadBytes(entry, 0, absl::MakeSpan(bytes)).ok());
    REQUIRE((*writer)->Append(entry.name, bytes).ok());
  }
  REQUIRE((*writer)->Finish().ok());
  CHECK(again->bytes() == files[0]->bytes());
}

TEST_CASE("gguf: alignment is the file's") {
  GgufMetadata metadata = {{"general.alignment", GgufValue::U32(128)}};
  const auto sink = std::make_shared<MemoryBuffer>();
  const std::vector<GgufDeclaration> declarations = {{"a", 0, {3}, 0}, {"b", 0, {2, 2}, 0}};
  auto writer = GgufWriter::CreateInSink(sink, metadata, declarations);
  REQUIRE(writer.ok());
  REQUIRE((*writer)->Add("b", Ramp({2, 2})).ok());
  REQUIRE((*writer)->Add("a", Ramp({3})).ok());
  REQUIRE((*writer)->Finish().ok());
  const auto reader = GgufReader::OpenMemory(sink->bytes());
  REQUIRE(reader.ok());
  CHECK((*reader)->alignment() == 128);
  CHECK((*reader)->entries()[1].offset % 128 == 0);
  CHECK((*reader)->Get((*reader)->entries()[1])->as<float>()[1] == Ramp({2, 2}).as<float>()[1]);
  CHECK(sink->bytes().size() % 128 == 0);
}

TEST_CASE("gguf: dimensions are reversed, version 2 is read, rank 0 is a scalar") {
  RawGguf raw;
  raw.version = 2;
  raw.tensors = {RawTensor("w", {3, 2}, 0, 0), RawTensor("s", {}, 0, 32)};
  raw.data = std::string(36, '\0');
  const std::string file = raw.File();
  const auto reader = GgufReader::OpenMemory(Bytes(file));
  REQUIRE(reader.ok());
  CHECK((*reader)->version() == 2);
  CHECK((*reader)->Find("w")->shape == std::vector<int64_t>{2, 3});
  CHECK((*reader)->Get(*(*reader)->Find("s"))->num_elements() == 1);
}

TEST_CASE("gguf: the writer refuses what readers would") {
  const auto create = [](const GgufMetadata& metadata,
                         const std::vector<GgufDeclaration>& declarations) {
    return GgufWriter::CreateInSink(std::make_shared<MemoryBuffer>(), metadata, declarations)
        .status();
  };
  CHECK(create({}, {}).ok());
  CHECK(FailsWith(create({}, {{"a", 0, {1}, 0}, {"a", 0, {1}, 0}}), {"'a'", "twice"}));
  CHECK(FailsWith(create({}, {{std::string(64, 'n'), 0, {1}, 0}}), {"63 bytes"}));
  CHECK(FailsWith(create({}, {{"a", 0, {1, 1, 1, 1, 1}, 0}}), {"5 dimensions"}));
  CHECK(FailsWith(create({}, {{"a", 12, {2, 100}, 0}}), {"'a'", "256"}));
  CHECK(FailsWith(create({}, {{"a", 0, {-1}, 0}}), {"'a'"}));
  CHECK(FailsWith(create({{"k", {GgufKind::kU32, "abc"}}}, {}), {"'k'", "u32"}));
  CHECK(FailsWith(create({{"k", GgufValue::U32(1)}, {"k", GgufValue::U32(1)}}, {}), {"'k'"}));
  CHECK(FailsWith(create({{"general.alignment", GgufValue::U32(33)}}, {}), {"alignment", "33"}));
  CHECK(FailsWith(create({{"general.alignment", GgufValue::F32(32)}}, {}), {"alignment"}));

  const std::vector<GgufDeclaration> one = {{"a", 0, {2}, 0}};
  auto writer = GgufWriter::CreateInSink(std::make_shared<MemoryBuffer>(), {}, one);
  REQUIRE(writer.ok());
  CHECK(absl::IsNotFound((*writer)->Append("b", {})));
  CHECK(absl::IsInvalidArgument((*writer)->Add("a", Ramp({3}))));
  CHECK(absl::IsFailedPrecondition((*writer)->Finish()));
  CHECK(absl::IsOutOfRange((*writer)->Append("a", Bytes(std::string(9, '\0')))));
}

TEST_CASE("gguf: an input is never overwritten, and a failed writer leaves the old file") {
  const TempDir dir;
  const std::string path = dir.path() + "/a.gguf";
  Spill(path, "old");
  const std::vector<GgufDeclaration> one = {{"a", 0, {2}, 0}};
  CHECK_FALSE(GgufWriter::Create(path, {}, one, std::vector<std::string>{path}).ok());
  {
    auto writer = GgufWriter::Create(path, {}, one);
    REQUIRE(writer.ok());
    CHECK_FALSE((*writer)->Finish().ok());
  }
  CHECK(Slurp(path) == "old");
}

}  // namespace
}  // namespace pawl
