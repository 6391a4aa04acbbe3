// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Damaged, newer and malicious .pawl files.

#include <unistd.h>

#include <string>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "lib/formats/container_schema.h"
#include "pawl/container.h"
#include "tests/formats/container_test_util.h"

namespace pawl {
namespace {

using namespace testing;  // NOLINT: helpers of these tests alone

absl::StatusOr<std::unique_ptr<PawlReader>> Parse(const std::string& file) {
  return PawlReader::OpenMemory(Bytes(file));
}

TEST_CASE("container: every flipped byte is found and named, on opening or by Verify") {
  const std::string good = SmallFile();
  REQUIRE((*Parse(good))->Verify().ok());
  const PawlPreamble preamble = PreambleOf(good);
  for (size_t at = 0; at < good.size(); ++at) {
    for (const uint8_t flip : {0x01, 0x80, 0xFF}) {
      std::string file = good;
      file[at] = static_cast<char>(static_cast<uint8_t>(file[at]) ^ flip);
      auto reader = Parse(file);
      const absl::Status status = reader.ok() ? (*reader)->Verify() : reader.status();
      if (status.ok()) FAIL("byte " << at << " flipped by " << int{flip} << " was not found");
      const std::string expected = at < 8                         ? "not a .pawl"
                                   : at < kPreambleSize           ? "preamble"
                                   : at >= preamble.header_offset ? "header"
                                                                  : "tensor '";
      if (!FailsWith(status, {expected})) FAIL("byte " << at << ": " << status.message());
      if (reader.ok()) Exercise(**reader);
    }
  }
}

TEST_CASE("container: damage after opening is found too, and the part is named") {
  std::string file = SmallFile();
  auto reader = Parse(file);
  REQUIRE(reader.ok());
  for (size_t at = 0; at < file.size(); ++at) {
    file[at] = static_cast<char>(file[at] ^ 4);
    if ((*reader)->Verify().ok()) FAIL("byte " << at);
    file[at] = static_cast<char>(file[at] ^ 4);
  }
  file[kPreambleSize] ^= 1;
  CHECK(FailsWith((*reader)->Verify(), {"tensor 'first' codes (bytes 64 to 127)"}));
  file[kPreambleSize + 64] ^= 1;
  CHECK(FailsWith((*reader)->Verify(), {"'first' codes", "'first' scales"}));
}

TEST_CASE("container: every cut and every addition is refused") {
  const std::string good = SmallFile();
  for (size_t size = 0; size < good.size(); ++size) {
    if (Parse(good.substr(0, size)).ok()) FAIL("cut to " << size);
  }
  CHECK(FailsWith(Parse(good + "x").status(), {"cut short or added to"}));
  CHECK(FailsWith(Parse("").status(), {"too short"}));
}

TEST_CASE("container: a newer minor version is read, a newer major refused by name") {
  const std::string good = SmallFile();
  PawlPreamble preamble = PreambleOf(good);
  preamble.minor = 7;
  const std::string minor_file = WithPreamble(good, preamble);
  auto reader = Parse(minor_file);
  REQUIRE(reader.ok());
  CHECK((*reader)->minor_version() == 7);
  CHECK((*reader)->Verify().ok());
  preamble.major = 2;
  const absl::Status status = Parse(WithPreamble(good, preamble)).status();
  CHECK(absl::IsUnimplemented(status));
  CHECK(FailsWith(status, {"memory", "2.7", "reads format 1"}));
}

// A file whose header was built by `build(builder)` and whose only section is 64 bytes of zeros.
template <typename Build>
std::string FileWithHeader(const Build& build) {
  flatbuffers::FlatBufferBuilder builder;
  fb::FinishHeaderBuffer(builder, build(builder));
  std::string file(kPreambleSize + 64, '\0');
  file.append(reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize());
  PawlPreamble preamble;
  preamble.header_offset = kPreambleSize + 64;
  return WithPreamble(file, preamble);
}

std::vector<fb::Section> OneSection() {
  const std::string zeros(64, '\0');
  return {fb::Section(kPreambleSize, 64, HashBytes(Bytes(zeros)))};
}

using Builder = flatbuffers::FlatBufferBuilder;

// A plain u8 [64] tensor on section 0; `change` may add fields.
template <typename Change>
flatbuffers::Offset<fb::Tensor> PlainTensor(Builder& builder, const char* name,
                                            const Change& change) {
  const std::vector<int64_t> dims = {64};
  const auto part_shape = builder.CreateVector(dims);
  fb::PartBuilder part(builder);
  part.add_shape(part_shape);
  part.add_dtype(static_cast<uint8_t>(DType::kU8));
  const std::vector<flatbuffers::Offset<fb::Part>> part_list = {part.Finish()};
  const auto parts = builder.CreateVector(part_list);
  const auto shape = builder.CreateVector(dims);
  const auto text = builder.CreateString(name);
  fb::TensorBuilder tensor(builder);
  tensor.add_name(text);
  tensor.add_shape(shape);
  tensor.add_parts(parts);
  change(tensor);
  return tensor.Finish();
}

flatbuffers::Offset<fb::Header> MakeHeader(Builder& builder,
                                           std::vector<flatbuffers::Offset<fb::Tensor>> tensors,
                                           uint64_t needs = 0, bool newer_field = false) {
  const auto tensor_vector = builder.CreateVector(tensors);
  const auto sections = builder.CreateVectorOfStructs(OneSection());
  fb::HeaderBuilder header(builder);
  header.add_sections(sections);
  header.add_tensors(tensor_vector);
  header.add_needs(needs);
  if (newer_field) builder.AddElement<uint64_t>(40, 12345, 0);
  return header.Finish();
}

TEST_CASE("container: unknown fields are ignored, unknown needs and kinds refused") {
  const std::string file = FileWithHeader([](Builder& builder) {
    const auto unknown_field = PlainTensor(
        builder, "field", [&](fb::TensorBuilder&) { builder.AddElement<uint64_t>(40, 99, 0); });
    const auto needs =
        PlainTensor(builder, "needs", [](fb::TensorBuilder& t) { t.add_needs(0x20); });
    const auto kind = PlainTensor(builder, "kind", [](fb::TensorBuilder& t) { t.add_kind(9); });
    return MakeHeader(builder, {unknown_field, needs, kind}, 0, true);
  });
  auto reader = Parse(file);
  CAPTURE(reader.status().message());
  REQUIRE(reader.ok());
  CHECK((*reader)->Verify().ok());
  CHECK((*reader)->GetPlain("field").ok());
  CHECK(FailsWith((*reader)->GetPlain("needs").status(), {"'needs'", "newer minor", "20"}));
  CHECK(FailsWith((*reader)->Entry("needs").status(), {"'needs'", "newer minor"}));
  CHECK(FailsWith((*reader)->GetPlain("kind").status(), {"'kind'", "kind 9"}));
  const std::string refused = FileWithHeader([](Builder& b) { return MakeHeader(b, {}, 4); });
  CHECK(FailsWith(Parse(refused).status(), {"newer minor"}));
}

TEST_CASE("container: contradictions in the header are errors") {
  const auto nothing = [](fb::TensorBuilder&) {};
  CHECK(FailsWith(
      Parse(FileWithHeader([&](Builder& b) {
        return MakeHeader(b, {PlainTensor(b, "t", nothing), PlainTensor(b, "t", nothing)});
      })).status(),
      {"two tensors", "'t'"}));
  CHECK(FailsWith(Parse(FileWithHeader([&](Builder& b) {
                    return MakeHeader(b, {PlainTensor(b, "", nothing)});
                  })).status(),
                  {"name of 0 bytes"}));
  CHECK(FailsWith(Parse(FileWithHeader([&](Builder& b) { return fb::CreateHeader(b); })).status(),
                  {"belong to no section"}));
  for (const fb::Section section :
       {fb::Section(0, 64, 0), fb::Section(64, 65, 0), fb::Section(64, UINT64_MAX, 0),
        fb::Section(128, 0, 0), fb::Section(UINT64_MAX - 63, 64, 0), fb::Section(64, 0, 0)}) {
    const std::string file = FileWithHeader([&](Builder& b) {
      const std::vector<fb::Section> list = {section};
      const auto sections = b.CreateVectorOfStructs(list);
      fb::HeaderBuilder header(b);
      header.add_sections(sections);
      return header.Finish();
    });
    CAPTURE(section.offset(), section.size());
    CHECK(absl::IsInvalidArgument(Parse(file).status()));
  }
}

TEST_CASE("container: one table referred to a million times costs no more than its size") {
  const std::string file = FileWithHeader([](Builder& builder) {
    const auto tensor = PlainTensor(builder, "t", [](fb::TensorBuilder&) {});
    return MakeHeader(builder, std::vector(1000000, tensor));
  });
  CHECK_FALSE(Parse(file).ok());
}

TEST_CASE("container: a header changed with correct hashes never leads out of bounds") {
  const std::string good = SmallFile();
  const PawlPreamble preamble = PreambleOf(good);
  size_t opened = 0;
  size_t refused = 0;
  for (size_t at = preamble.header_offset; at < good.size(); ++at) {
    for (const uint8_t flip : {0x01, 0x02, 0x04, 0x08, 0x10, 0x40, 0x80, 0xFF}) {
      std::string changed = good;
      changed[at] = static_cast<char>(static_cast<uint8_t>(changed[at]) ^ flip);
      const std::string file = WithPreamble(changed, preamble);
      auto reader = Parse(file);
      if (!reader.ok()) {
        ++refused;
        continue;
      }
      ++opened;
      Exercise(**reader);
    }
  }
  CHECK(opened > 1000);
  CHECK(refused > 500);
}

TEST_CASE("container: a preamble with correct hashes and wrong places is refused") {
  const std::string good = SmallFile();
  const PawlPreamble honest = PreambleOf(good);
  for (const uint64_t offset : {uint64_t{0}, uint64_t{63}, honest.header_offset + 1,
                                uint64_t{good.size() + 64}, UINT64_MAX - 63}) {
    for (const uint64_t size : {honest.header_size, uint64_t{0}, UINT64_MAX}) {
      PawlPreamble preamble = honest;
      preamble.header_offset = offset;
      preamble.header_size = size;
      const auto start = EncodePreamble(preamble);
      std::string file = good;
      std::memcpy(file.data(), start.data(), start.size());
      CHECK(absl::IsInvalidArgument(Parse(file).status()));
    }
  }
}

TEST_CASE("container: a file that shrinks under the reader is an error") {
  const TempDir dir;
  WriteSmall(dir.File("small"));
  auto reader = PawlReader::Open(dir.File("small"));
  REQUIRE(reader.ok());
  REQUIRE(truncate(dir.File("small").c_str(), 100) == 0);
  CHECK(absl::IsDataLoss((*reader)->Get("first").status()));
  CHECK(absl::IsDataLoss((*reader)->GetPlain("bias").status()));
  CHECK(absl::IsDataLoss((*reader)->Verify()));
}

}  // namespace
}  // namespace pawl
