// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/container.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "lib/formats/mapped_file.h"
#include "tests/formats/container_test_util.h"

namespace pawl {
namespace {

using namespace testing;  // NOLINT: helpers of these tests alone

const std::string kGolden = std::string(PAWL_TEST_DATA) + "/data/golden/v1_0.pawl";

TEST_CASE("container: every named scheme and part comes back from the map without a copy") {
  const TempDir dir;
  const std::string path = dir.File("all.pawl");
  std::vector<QuantizedTensor> tensors;
  auto writer = PawlWriter::Create(path);
  REQUIRE(writer.ok());
  for (const NamedScheme& named : NamedSchemes()) {
    CAPTURE(std::string(named.name));
    tensors.push_back(MakeQuantized(named.scheme, {3, 512}));
    REQUIRE((*writer)->Add(named.name, tensors.back()).ok());
  }
  REQUIRE(tensors.size() > 10);
  CHECK_FALSE(std::filesystem::exists(path));
  REQUIRE((*writer)->Finish(SmallMetadata()).ok());
  CHECK(dir.Count() == 1);

  auto reader = PawlReader::Open(path);
  REQUIRE(reader.ok());
  CHECK((*reader)->metadata() == SmallMetadata());
  CHECK((*reader)->Verify().ok());
  CHECK((*reader)->major_version() == 1);
  REQUIRE((*reader)->names().size() == tensors.size());
  for (size_t i = 0; i < tensors.size(); ++i) {
    const std::string& name = (*reader)->names()[i];
    CAPTURE(name);
    CHECK(name == NamedSchemes()[i].name);
    auto tensor = (*reader)->Get(name);
    REQUIRE(tensor.ok());
    CheckSame(*tensor, tensors[i]);
    for (const PawlPartInfo& info : QuantizedParts()) {
      const Tensor& part = (*tensor).*info.member;
      if (IsAbsent(part)) continue;
      CHECK(reinterpret_cast<uintptr_t>(part.data()) % kAlignment == 0);
      CHECK(part.data() == ((*(*reader)->Get(name)).*info.member).data());
    }
    auto entry = (*reader)->Entry(name);
    REQUIRE(entry.ok());
    CHECK(entry->quantized);
    CHECK(entry->scheme == tensors[i].scheme);
    CHECK(entry->size == tensors[i].size_bytes());
  }
  const QuantizedTensor survivor = *(*reader)->Get((*reader)->names()[0]);
  reader->reset();
  CheckSame(survivor, tensors[0]);
}

// A scheme in which every field differs from its default.
TEST_CASE("container: every field of a scheme and every optional part is kept") {
  Scheme scheme = *ParseScheme("int4:g32:asym");
  scheme.grouping.kind = GroupKind::kIndexMap;
  scheme.arithmetic = Arithmetic::kF16;
  scheme.post_scale = 0.25f;
  scheme.full_range = true;
  scheme.outliers = kParamF16;
  scheme.input_scale = true;
  scheme.rotation.block = 32;
  REQUIRE(scheme.Validate().ok());
  auto tensor = QuantizedTensor::Create(scheme, {4, 64});
  REQUIRE(tensor.ok());
  Fill(tensor->codes, 3);
  for (int32_t& group : tensor->group_index.mutable_as<int32_t>()) group = 1;
  tensor->outlier_columns = *Tensor::FromValues<int32_t>({2}, {5, 60});
  tensor->outlier_values = *Tensor::Create(DType::kF16, {4, 2});
  Fill(tensor->outlier_values, 9);
  Fill(tensor->input_scale, 7);
  for (int8_t& sign : tensor->rotation_signs.mutable_as<int8_t>()) sign = -1;
  tensor->scale_offset = 0.125f;
  CAPTURE(tensor->Validate().message());
  REQUIRE(tensor->Validate().ok());

  const TempDir dir;
  auto writer = PawlWriter::Create(dir.File("x"));
  REQUIRE(writer.ok());
  REQUIRE((*writer)->Add("t", *tensor).ok());
  REQUIRE((*writer)->Finish().ok());
  CheckSame(*(*PawlReader::Open(dir.File("x")))->Get("t"), *tensor);
}

TEST_CASE("container: plain tensors of every type") {
  const TempDir dir;
  auto writer = PawlWriter::Create(dir.File("x"));
  REQUIRE(writer.ok());
  std::vector<Tensor> tensors;
  for (int i = 0; i < kNumDTypes; ++i) {
    tensors.push_back(*Tensor::Create(static_cast<DType>(i), {i % 3, 5}));
    Fill(tensors.back(), 29);
    REQUIRE((*writer)->AddPlain(DTypeName(static_cast<DType>(i)), tensors.back()).ok());
  }
  REQUIRE((*writer)->AddPlain("scalar", *Tensor::FromValues<float>({}, {2.5f})).ok());
  REQUIRE((*writer)->Finish().ok());
  auto reader = PawlReader::Open(dir.File("x"));
  REQUIRE(reader.ok());
  for (int i = 0; i < kNumDTypes; ++i) {
    CheckSame(*(*reader)->GetPlain(DTypeName(static_cast<DType>(i))), tensors[i]);
    CHECK((*reader)->Entry(DTypeName(static_cast<DType>(i)))->dtype == static_cast<DType>(i));
  }
  CHECK((*reader)->GetPlain("scalar")->as<float>()[0] == 2.5f);
  CHECK(absl::IsFailedPrecondition((*reader)->Get("scalar").status()));
  CHECK(FailsWith((*reader)->Get("none").status(), {dir.File("x"), "'none'"}));
}

TEST_CASE("container: writing in pieces gives the same bytes as writing at once") {
  const TempDir dir;
  WriteSmall(dir.File("at_once"));
  WriteSmall(dir.File("again"));
  const QuantizedTensor first = MakeQuantized(*ParseScheme("int4:g32"), {3, 40});
  auto writer = PawlWriter::Create(dir.File("pieces"));
  REQUIRE(writer.ok());
  REQUIRE((*writer)->BeginQuantized("first", first.scheme, first.shape).ok());
  for (const uint8_t byte : first.codes.as<uint8_t>()) {
    REQUIRE((*writer)->Append(absl::MakeConstSpan(&byte, 1)).ok());
  }
  QuantizedTensor rest = first;
  rest.codes = Tensor();
  REQUIRE((*writer)->EndQuantized(rest).ok());
  const float bias[] = {1.0f, -2.0f, 0.5f};
  REQUIRE((*writer)->BeginPlain("bias", DType::kF32, {3}).ok());
  const auto bias_bytes = absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(bias), 12);
  REQUIRE((*writer)->Append(bias_bytes.first(5)).ok());
  REQUIRE((*writer)->Append(bias_bytes.subspan(5)).ok());
  REQUIRE((*writer)->EndPlain().ok());
  REQUIRE((*writer)->Add("second", MakeQuantized(*ParseScheme("codebook2"), {2, 5})).ok());
  REQUIRE((*writer)->AddPlain("empty", *Tensor::Create(DType::kI64, {2, 0})).ok());
  REQUIRE((*writer)->Finish(SmallMetadata()).ok());
  CHECK(Slurp(dir.File("pieces")) == Slurp(dir.File("at_once")));
  CHECK(Slurp(dir.File("again")) == Slurp(dir.File("at_once")));
}

TEST_CASE("container: the file of format 1.0 is read and written as it always was") {
  const TempDir dir;
  WriteSmall(dir.File("small"));
  CHECK(Slurp(dir.File("small")) == Slurp(kGolden));
  auto reader = PawlReader::Open(kGolden);
  REQUIRE(reader.ok());
  CHECK((*reader)->Verify().ok());
  CHECK((*reader)->metadata() == SmallMetadata());
  CheckSame(*(*reader)->Get("first"), MakeQuantized(*ParseScheme("int4:g32"), {3, 40}));
  CHECK((*reader)->GetPlain("bias")->as<float>()[1] == -2.0f);
}

// Not run by default: makes the golden file anew after a deliberate change of the format.
TEST_CASE("container: write the golden file", "[.write-data]") {
  std::filesystem::create_directories(std::filesystem::path(kGolden).parent_path());
  WriteSmall(kGolden);
}

TEST_CASE("container: misuse of the writer is an error and leaves no file") {
  const TempDir dir;
  Spill(dir.File("in"), "input");
  const std::string inputs[] = {dir.File("in")};
  CHECK(FailsWith(PawlWriter::Create(dir.File("in"), inputs).status(), {"input"}));
  const QuantizedTensor tensor = MakeQuantized(*ParseScheme("int8"), {2, 4});
  {
    auto writer = PawlWriter::Create(dir.File("out"));
    REQUIRE(writer.ok());
    CHECK(absl::IsFailedPrecondition((*writer)->Append(Bytes("x"))));
    CHECK(absl::IsFailedPrecondition((*writer)->EndPlain()));
    CHECK(FailsWith((*writer)->Add("", tensor), {"name"}));
    QuantizedTensor wrong = tensor;
    wrong.scales = Tensor();
    CHECK(FailsWith((*writer)->Add("wrong", wrong), {"'wrong'"}));
    REQUIRE((*writer)->Add("t", tensor).ok());
    CHECK(absl::IsAlreadyExists((*writer)->AddPlain("t", tensor.codes)));
    REQUIRE((*writer)->BeginPlain("p", DType::kU8, {2}).ok());
    CHECK(absl::IsFailedPrecondition((*writer)->Add("u", tensor)));
    CHECK(absl::IsFailedPrecondition((*writer)->EndQuantized(tensor)));
    CHECK(absl::IsFailedPrecondition((*writer)->Finish()));
    REQUIRE((*writer)->Append(Bytes("x")).ok());
    CHECK(FailsWith((*writer)->EndPlain(), {"'p'", "1 of its 2"}));
    CHECK(FailsWith((*writer)->Finish(), {"'p'"}));
  }
  {
    auto writer = PawlWriter::Create(dir.File("out"));
    REQUIRE((*writer)->BeginQuantized("t", tensor.scheme, tensor.shape).ok());
    CHECK(FailsWith((*writer)->Append(Bytes("123456789")), {"'t'", "do not fit"}));
  }
  {
    // Pieces whose parts do not fit together are found before the file appears.
    auto writer = PawlWriter::Create(dir.File("out"));
    REQUIRE((*writer)->BeginQuantized("t", tensor.scheme, tensor.shape).ok());
    REQUIRE((*writer)->Append(Bytes("12345678")).ok());
    QuantizedTensor parts = tensor;
    parts.scales = *Tensor::Create(DType::kF32, {77});
    REQUIRE((*writer)->EndQuantized(parts).ok());
    CHECK(FailsWith((*writer)->Finish(), {"'t'", "nothing was replaced"}));
  }
  CHECK(dir.Count() == 1);
}

TEST_CASE("container: a finished writer is finished") {
  const TempDir dir;
  auto writer = PawlWriter::Create(dir.File("out"));
  REQUIRE(writer.ok());
  REQUIRE((*writer)->Finish().ok());
  CHECK(absl::IsFailedPrecondition((*writer)->Finish()));
  CHECK(absl::IsFailedPrecondition((*writer)->BeginPlain("p", DType::kU8, {2})));
  auto reader = PawlReader::Open(dir.File("out"));
  REQUIRE(reader.ok());
  CHECK((*reader)->names().empty());
  CHECK((*reader)->Verify().ok());
}

TEST_CASE("container: offsets beyond 4 GiB") {
  const TempDir dir;
  const std::string path = dir.File("sparse");
  const uint64_t big = (uint64_t{4} << 30) + 17;
  const uint64_t second = PawlAlign(kPreambleSize + big);
  const std::string data(64, 'z');
  PawlTensorRecord a{"a", {static_cast<int64_t>(big)}, PawlTensorKind::kPlain, {}, 0, {}};
  a.parts = {{PawlPart::kData, DType::kU8, a.shape, 0}};
  PawlTensorRecord b{"b", {8}, PawlTensorKind::kPlain, {}, 0, {}};
  b.parts = {{PawlPart::kData, DType::kI64, b.shape, 1}};
  // The first section's hash is wrong: Open does not read it.
  const PawlSection sections[] = {{kPreambleSize, big, 1}, {second, 64, HashBytes(Bytes(data))}};
  const PawlTensorRecord records[] = {a, b};
  const std::string header = *EncodePawlHeader(records, sections, {});
  PawlPreamble preamble;
  preamble.header_offset = second + 64;
  preamble.header_size = header.size();
  preamble.file_size = preamble.header_offset + header.size();
  preamble.header_hash = HashBytes(Bytes(header));
  const auto start = EncodePreamble(preamble);
  const int fd = open(path.c_str(), O_CREAT | O_RDWR, 0600);
  REQUIRE(fd >= 0);
  REQUIRE(pwrite(fd, start.data(), start.size(), 0) == 64);
  REQUIRE(pwrite(fd, data.data(), 64, static_cast<off_t>(second)) == 64);
  REQUIRE(pwrite(fd, header.data(), header.size(), static_cast<off_t>(second + 64)) ==
          static_cast<ssize_t>(header.size()));
  close(fd);
  auto reader = PawlReader::Open(path);
  CAPTURE(reader.status().message());
  REQUIRE(reader.ok());
  CHECK((*reader)->GetPlain("a")->size_bytes() == big);
  CHECK((*reader)->GetPlain("a")->as<uint8_t>()[big - 1] == 0);
  CHECK((*reader)->GetPlain("b")->as<int64_t>()[7] == 0x7a7a7a7a7a7a7a7a);
  (*reader)->Release("a");
}

TEST_CASE("container: memory at any address") {
  const std::string file = SmallFile();
  for (const size_t shift : {0, 1, 4}) {
    std::vector<uint64_t> aligned(file.size() / 8 + 2);
    auto* start = reinterpret_cast<uint8_t*>(aligned.data()) + shift;
    std::memcpy(start, file.data(), file.size());
    auto reader = PawlReader::OpenMemory(absl::MakeConstSpan(start, file.size()));
    REQUIRE(reader.ok());
    CHECK((*reader)->GetPlain("bias")->as<float>()[2] == 0.5f);
    CheckSame(*(*reader)->Get("first"), MakeQuantized(*ParseScheme("int4:g32"), {3, 40}));
  }
}

TEST_CASE("container: a content hash tells files apart") {
  const TempDir dir;
  Spill(dir.File("a"), std::string(3000000, 'a'));
  Spill(dir.File("b"), std::string(3000000, 'a') + "b");
  const std::string a = *ContentHash(**MappedFile::Open(dir.File("a")));
  CHECK(a.substr(0, 9) == "xxh3-128:");
  CHECK(a.size() == 9 + 32);
  CHECK(a == *ContentHash(*MappedFile::FromMemory(Bytes(Slurp(dir.File("a"))), nullptr, "m")));
  CHECK(a != *ContentHash(**MappedFile::Open(dir.File("b"))));
}

}  // namespace
}  // namespace pawl
