// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Writers into memory and into a host's sink: the bytes of the same file.

#include "pawl/byte_sink.h"

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "pawl/safetensors.h"
#include "tests/formats/container_test_util.h"

namespace pawl {
namespace {

using namespace testing;  // NOLINT: helpers of these tests alone

// A host's sink: counts how often each byte came, and can fail.
class CountingSink final : public ByteSink {
 public:
  explicit CountingSink(uint64_t fail_beyond = std::numeric_limits<uint64_t>::max())
      : fail_beyond_(fail_beyond) {}

  absl::Status WriteAt(uint64_t offset, absl::Span<const uint8_t> bytes) override {
    const uint64_t end = offset + bytes.size();
    if (end > fail_beyond_) return absl::ResourceExhaustedError("the host's store is full");
    if (end > file.size()) {
      file.resize(end);
      times.resize(end);
    }
    for (size_t i = 0; i < bytes.size(); ++i) {
      file[offset + i] = static_cast<char>(bytes[i]);
      ++times[offset + i];
    }
    return absl::OkStatus();
  }
  absl::Status ExpectSize(uint64_t size) override {
    expected = size;
    return absl::OkStatus();
  }

  std::string file;
  std::vector<int> times;
  uint64_t expected = 0;

 private:
  uint64_t fail_beyond_;
};

std::string Text(const MemoryBuffer& buffer) {
  return std::string(reinterpret_cast<const char*>(buffer.bytes().data()), buffer.bytes().size());
}

// What WriteSmall() of the helpers writes.
absl::Status WriteSmallTo(const std::shared_ptr<ByteSink>& sink) {
  auto writer = PawlWriter::CreateInSink(sink);
  if (!writer.ok()) return writer.status();
  const absl::Status steps[] = {
      (*writer)->Add("first", MakeQuantized(*ParseScheme("int4:g32"), {3, 40})),
      (*writer)->AddPlain("bias", *Tensor::FromValues<float>({3}, {1.0f, -2.0f, 0.5f})),
      (*writer)->Add("second", MakeQuantized(*ParseScheme("codebook2"), {2, 5})),
      (*writer)->AddPlain("empty", *Tensor::Create(DType::kI64, {2, 0})),
      (*writer)->Finish(SmallMetadata())};
  for (const absl::Status& step : steps) {
    if (!step.ok()) return step;
  }
  return absl::OkStatus();
}

TEST_CASE("memory buffer: grows, fills gaps with zeros, stays aligned, refuses what cannot be") {
  MemoryBuffer buffer;
  const uint8_t bytes[3] = {7, 8, 9};
  REQUIRE(buffer.WriteAt(100, bytes).ok());
  CHECK(buffer.bytes().size() == 103);
  CHECK(buffer.bytes()[99] == 0);
  CHECK(buffer.bytes()[102] == 9);
  REQUIRE(buffer.WriteAt(0, bytes).ok());
  CHECK(buffer.bytes().size() == 103);
  CHECK(buffer.bytes()[0] == 7);
  for (uint64_t i = 0; i < 5000; ++i) REQUIRE(buffer.WriteAt(103 + 3 * i, bytes).ok());
  CHECK(buffer.bytes().size() == 15103);
  CHECK(buffer.bytes()[15100] == 7);
  CHECK(reinterpret_cast<uintptr_t>(buffer.bytes().data()) % kAlignment == 0);
  const uint64_t huge = std::numeric_limits<uint64_t>::max();
  CHECK(buffer.WriteAt(huge - 1, bytes).code() == absl::StatusCode::kResourceExhausted);
  CHECK(buffer.WriteAt(huge / 4, bytes).code() == absl::StatusCode::kResourceExhausted);
  CHECK(buffer.ExpectSize(huge).code() == absl::StatusCode::kResourceExhausted);
  CHECK(buffer.bytes().size() == 15103);
  buffer.Clear();
  CHECK(buffer.bytes().empty());
}

TEST_CASE("container: memory and a host's sink get the bytes of the file, each once") {
  const std::string file = SmallFile();
  const auto memory = std::make_shared<MemoryBuffer>();
  REQUIRE(WriteSmallTo(memory).ok());
  CHECK(Text(*memory) == file);
  const auto host = std::make_shared<CountingSink>();
  REQUIRE(WriteSmallTo(host).ok());
  CHECK(host->file == file);
  CHECK(host->times == std::vector<int>(file.size(), 1));

  auto reader = PawlReader::OpenMemory(memory->bytes(), memory);
  REQUIRE(reader.ok());
  CHECK((*reader)->Verify().ok());
  CHECK((*reader)->names().size() == 4);
  // A buffer that holds something is no place for a file.
  CHECK(PawlWriter::CreateInSink(memory).status().code() == absl::StatusCode::kInvalidArgument);
  CHECK(PawlWriter::CreateInSink(nullptr).status().code() == absl::StatusCode::kInvalidArgument);
}

TEST_CASE("container: what a host's sink cannot take is the writer's error, at any byte") {
  const size_t size = SmallFile().size();
  for (size_t limit = 0; limit < size; limit += 37) {
    const absl::Status status = WriteSmallTo(std::make_shared<CountingSink>(limit));
    CHECK(status.code() == absl::StatusCode::kResourceExhausted);
    CHECK(FailsWith(status, {"memory", "the host's store is full"}));
  }
}

TEST_CASE("container: parts that do not fit are found in memory and before a host's sink") {
  const QuantizedTensor good = MakeQuantized(*ParseScheme("int4:g32"), {3, 64});
  QuantizedTensor bad = good;
  bad.scales = *Tensor::Create(DType::kF16, {5});
  const auto write = [&](std::shared_ptr<ByteSink> sink) {
    auto writer = PawlWriter::CreateInSink(std::move(sink), "net");
    REQUIRE(writer.ok());
    REQUIRE((*writer)->BeginQuantized("w", good.scheme, good.shape).ok());
    REQUIRE((*writer)->Append(good.codes.as<uint8_t>()).ok());
    const absl::Status end = (*writer)->EndQuantized(bad);
    CHECK((*writer)->file_size() == 0);
    return end.ok() ? (*writer)->Finish() : end;
  };
  CHECK(FailsWith(write(std::make_shared<MemoryBuffer>()), {"net", "'w'", "scales"}));
  const auto host = std::make_shared<CountingSink>();
  CHECK(FailsWith(write(host), {"net", "'w'", "scales"}));
  CHECK(host->file.find("scales") == std::string::npos);
}

TEST_CASE("safetensors: memory and a host's sink get the bytes of the file, each once") {
  const std::vector<SafetensorsDeclaration> declarations = {
      {"b", DType::kI8, {3}}, {"a", DType::kF32, {2, 2}}, {"none", DType::kI64, {0}}};
  const std::map<std::string, std::string> metadata = {{"made", "here"}};
  const Tensor a = *Tensor::FromValues<float>({2, 2}, {1, 2, 3, 4});
  const Tensor b = *Tensor::FromValues<int8_t>({3}, {5, 6, 7});
  const auto fill = [&](const auto& writer) {
    INFO(writer.status().ToString());
    REQUIRE(writer.ok());
    REQUIRE((*writer)->Add("b", b).ok());
    CHECK((*writer)->Finish().code() == absl::StatusCode::kFailedPrecondition);
    REQUIRE((*writer)->Add("a", a).ok());
    return (*writer)->Finish();
  };
  const TempDir dir;
  REQUIRE(fill(SafetensorsWriter::Create(dir.File("m"), declarations, metadata)).ok());
  const std::string file = Slurp(dir.File("m"));
  const auto memory = std::make_shared<MemoryBuffer>();
  REQUIRE(fill(SafetensorsWriter::CreateInSink(memory, declarations, metadata)).ok());
  CHECK(Text(*memory) == file);
  const auto host = std::make_shared<CountingSink>();
  REQUIRE(fill(SafetensorsWriter::CreateInSink(host, declarations, metadata)).ok());
  CHECK(host->file == file);
  CHECK(host->expected == file.size());
  CHECK(host->times == std::vector<int>(file.size(), 1));
  const auto full = std::make_shared<CountingSink>(10);
  CHECK(FailsWith(SafetensorsWriter::CreateInSink(full, declarations, {}, "net").status(),
                  {"net", "store is full"}));
  // Nothing is given to a sink before the declarations are known to be good.
  const auto untouched = std::make_shared<CountingSink>();
  CHECK(SafetensorsWriter::CreateInSink(untouched, {{"x", DType::kF32, {-1}}}).status().code() ==
        absl::StatusCode::kInvalidArgument);
  CHECK(untouched->file.empty());
}

}  // namespace
}  // namespace pawl
