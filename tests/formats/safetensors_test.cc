// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/safetensors.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "tests/formats/file_io_test_util.h"

namespace pawl {
namespace {

using testing::Bytes;
using testing::FailsWith;
using testing::Slurp;
using testing::Spill;
using testing::TempDir;

std::string File(const std::string& header, const std::string& data) {
  std::string file(8, '\0');
  for (int i = 0; i < 8; ++i) file[i] = static_cast<char>(header.size() >> (8 * i));
  return file + header + data;
}

absl::StatusOr<std::unique_ptr<SafetensorsReader>> Parse(const std::string& file) {
  return SafetensorsReader::OpenMemory(Bytes(file));
}

TEST_CASE("safetensors: every committed bad file is refused, naming the file and the fault") {
  const std::string folder = std::string(PAWL_TEST_DATA) + "/data/bad/safetensors/";
  std::istringstream expected(Slurp(folder + "expected.tsv"));
  std::string line;
  size_t count = 0;
  while (std::getline(expected, line)) {
    const size_t tab = line.find('\t');
    const std::string path = folder + line.substr(0, tab) + ".safetensors";
    CAPTURE(path);
    const absl::Status status = SafetensorsReader::Open(path).status();
    CAPTURE(status.message());
    CHECK(absl::IsInvalidArgument(status));
    CHECK(FailsWith(status, {path, line.substr(tab + 1)}));
    ++count;
  }
  CHECK(count >= 50);
  CHECK(count + 1 == static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder),
                                                       std::filesystem::directory_iterator())));
}

TEST_CASE("safetensors: what is unusual and valid is read") {
  const std::string header =
      R"({"__metadata__":{"format":"pt","ünï":"\u00e9\""},)"
      R"("z":{"data_offsets":[0,3],"shape":[3],"dtype":"U8","note":{"a":[1,{"b":null}]}},)"
      R"("":{"dtype":"F32","shape":[],"data_offsets":[3,7]},)"
      R"("none":{"dtype":"I64","shape":[4,0,9],"data_offsets":[7,7]},)"
      R"("future":{"dtype":"Q7","shape":[3],"data_offsets":[7,9]},)"
      R"("f4":{"dtype":"F4","shape":[2,3],"data_offsets":[9,12]}}      )";
  const std::string file = File(header, std::string("\1\2\3\0\0\x80\x3f\7\7\6\6\6", 12));
  auto reader = Parse(file);
  REQUIRE(reader.ok());
  CHECK((*reader)->metadata().at("format") == "pt");
  CHECK((*reader)->metadata().at("ünï") == "é\"");
  REQUIRE((*reader)->entries().size() == 5);
  CHECK((*reader)->entries()[0].name == "z");
  CHECK((*reader)->entries()[4].name == "f4");
  CHECK((*reader)->Get("z")->as<uint8_t>()[2] == 3);
  // Byte 3 of the data is no place for an f32: it is copied.
  CHECK((*reader)->Get("")->as<float>()[0] == 1.0f);
  CHECK((*reader)->Get("")->rank() == 0);
  CHECK((*reader)->Get("none")->shape() == std::vector<int64_t>{4, 0, 9});
  CHECK(FailsWith((*reader)->Get("future").status(), {"memory", "'future'", "Q7"}));
  CHECK(absl::IsUnimplemented((*reader)->Get("f4").status()));
  CHECK(FailsWith((*reader)->Read("f4").status(), {"'f4'", "F4"}));
  CHECK(absl::IsNotFound((*reader)->Get("nope").status()));
  CHECK((*reader)->Find("nope") == nullptr);
  uint8_t piece[2] = {};
  REQUIRE((*reader)->ReadBytes(*(*reader)->Find("z"), 1, piece).ok());
  CHECK(piece[1] == 3);
  CHECK(absl::IsOutOfRange((*reader)->ReadBytes(*(*reader)->Find("z"), 2, piece)));
}

TEST_CASE("safetensors: every type comes back as it was written, mapped and without a copy") {
  const TempDir dir;
  const std::string path = dir.File("all.safetensors");
  std::vector<SafetensorsDeclaration> declarations;
  std::map<std::string, Tensor> tensors;
  for (int i = 0; i < kNumDTypes; ++i) {
    const DType dtype = static_cast<DType>(i);
    const std::vector<int64_t> shape = {2, i + 1};
    auto tensor = Tensor::Create(dtype, shape);
    REQUIRE(tensor.ok());
    auto* bytes = static_cast<uint8_t*>(tensor->mutable_data());
    for (size_t b = 0; b < tensor->size_bytes(); ++b) bytes[b] = static_cast<uint8_t>(b + i);
    const std::string name = "tensor." + std::string(DTypeName(dtype));
    declarations.push_back({name, dtype, shape});
    tensors[name] = *tensor;
  }
  auto writer = SafetensorsWriter::Create(path, declarations, {{"k\n", "v\"\\"}, {"a", "b"}});
  REQUIRE(writer.ok());
  for (const auto& [name, tensor] : tensors) REQUIRE((*writer)->Add(name, tensor).ok());
  CHECK_FALSE(std::filesystem::exists(path));
  REQUIRE((*writer)->Finish().ok());
  auto reader = SafetensorsReader::Open(path);
  REQUIRE(reader.ok());
  CHECK((*reader)->metadata() == std::map<std::string, std::string>{{"k\n", "v\"\\"}, {"a", "b"}});
  REQUIRE((*reader)->entries().size() == tensors.size());
  for (const SafetensorsEntry& entry : (*reader)->entries()) {
    CAPTURE(entry.name);
    CHECK(entry.offset % DTypeSize(*entry.dtype) == 0);
    auto mapped = (*reader)->Get(entry);
    auto copied = (*reader)->Read(entry);
    REQUIRE(mapped.ok());
    REQUIRE(copied.ok());
    CHECK_FALSE(mapped->writable());
    CHECK((*reader)->Get(entry)->data() == mapped->data());
    const Tensor& original = tensors.at(entry.name);
    CHECK(mapped->dtype() == original.dtype());
    CHECK(mapped->shape() == original.shape());
    CHECK(std::memcmp(mapped->data(), original.data(), original.size_bytes()) == 0);
    CHECK(std::memcmp(copied->data(), original.data(), original.size_bytes()) == 0);
    (*reader)->Release(entry);
  }
  CHECK((*reader)->CheckUnchanged().ok());
  const Tensor survivor = *(*reader)->Get("tensor.u64");
  reader->reset();
  CHECK(survivor.as<uint64_t>()[0] == tensors.at("tensor.u64").as<uint64_t>()[0]);
}

TEST_CASE("safetensors: the order of declarations and of writing does not change the bytes") {
  const TempDir dir;
  const std::vector<SafetensorsDeclaration> forwards = {
      {"b", DType::kU8, {3}}, {"a", DType::kF32, {1}}, {"c", DType::kU8, {2}}};
  const std::vector<SafetensorsDeclaration> backwards(forwards.rbegin(), forwards.rend());
  auto first = SafetensorsWriter::Create(dir.File("1"), forwards);
  auto second = SafetensorsWriter::Create(dir.File("2"), backwards);
  REQUIRE(first.ok());
  REQUIRE(second.ok());
  CHECK((*first)->Append("a", Bytes("wxyz")).ok());
  CHECK((*first)->Append("b", Bytes("123")).ok());
  CHECK((*first)->Append("c", Bytes("45")).ok());
  CHECK((*second)->Append("b", Bytes("1")).ok());
  CHECK((*second)->Append("c", Bytes("45")).ok());
  CHECK((*second)->Append("b", Bytes("23")).ok());
  CHECK((*second)->Append("a", Bytes("wx")).ok());
  CHECK((*second)->Append("a", Bytes("yz")).ok());
  REQUIRE((*first)->Finish().ok());
  REQUIRE((*second)->Finish().ok());
  const std::string header = R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                             R"("b":{"dtype":"U8","shape":[3],"data_offsets":[4,7]},)"
                             R"("c":{"dtype":"U8","shape":[2],"data_offsets":[7,9]}})";
  CHECK(Slurp(dir.File("1")) ==
        File(header + std::string((8 - header.size() % 8) % 8, ' '), "wxyz12345"));
  CHECK(Slurp(dir.File("1")) == Slurp(dir.File("2")));
}

TEST_CASE("safetensors: a writer refuses what would not be a valid file") {
  const TempDir dir;
  const auto create = [&](std::vector<SafetensorsDeclaration> declarations,
                          std::map<std::string, std::string> metadata = {}) {
    return SafetensorsWriter::Create(dir.File("x"), declarations, metadata).status();
  };
  CHECK(FailsWith(create({{"t", DType::kU8, {1}}, {"t", DType::kU8, {1}}}), {"'t'", "twice"}));
  CHECK(FailsWith(create({{"__metadata__", DType::kU8, {1}}}), {"reserved"}));
  CHECK(FailsWith(create({{"t", DType::kU8, {-1}}}), {"'t'", "negative"}));
  CHECK(FailsWith(create({{"t", DType::kF64, {int64_t{1} << 61}}}), {"'t'"}));
  CHECK(FailsWith(create({{"t", static_cast<DType>(99), {1}}}), {"'t'"}));
  CHECK(FailsWith(create({{"\xff", DType::kU8, {1}}}), {"UTF-8"}));
  CHECK(FailsWith(create({}, {{"a", "\xc0"}}), {"UTF-8"}));
  CHECK(dir.Count() == 0);

  auto writer = SafetensorsWriter::Create(
      dir.File("x"), std::vector<SafetensorsDeclaration>{{"t", DType::kU8, {4}}});
  REQUIRE(writer.ok());
  CHECK(absl::IsNotFound((*writer)->Append("u", Bytes("1"))));
  CHECK(absl::IsOutOfRange((*writer)->Append("t", Bytes("12345"))));
  const int64_t other[] = {2, 2};
  CHECK(FailsWith((*writer)->Add("t", *Tensor::Create(DType::kU8, other)), {"'t'", "[2, 2]"}));
  CHECK((*writer)->Append("t", Bytes("123")).ok());
  CHECK(FailsWith((*writer)->Finish(), {"'t'", "3 of its 4"}));
  writer->reset();
  CHECK(dir.Count() == 0);

  Spill(dir.File("in"), "input");
  const std::string inputs[] = {dir.File("in")};
  CHECK(FailsWith(SafetensorsWriter::Create(dir.File("in"), {}, {}, inputs).status(), {"input"}));
}

void WriteShard(const std::string& path, const std::string& name, const std::string& value) {
  Spill(path, File(R"({"__metadata__":{"from":")" + name + R"("},")" + name +
                       R"(":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
                   value));
}

TEST_CASE("safetensors: shards are joined by their index, by folder or by file") {
  const TempDir dir;
  WriteShard(dir.File("m-00001-of-00002.safetensors"), "a", "1");
  WriteShard(dir.File("m-00002-of-00002.safetensors"), "b", "2");
  const std::string index = dir.File("model.safetensors.index.json");
  Spill(index, R"({"metadata":{"total_size":2,"weight_map":[1]},"weight_map":
      {"b":"m-00002-of-00002.safetensors","a":"m-00001-of-00002.safetensors"}})");
  for (const std::string& path : {dir.path(), dir.path() + "/", index}) {
    auto reader = SafetensorsReader::Open(path);
    CAPTURE(path, reader.status().message());
    REQUIRE(reader.ok());
    REQUIRE((*reader)->files().size() == 2);
    CHECK((*reader)->entries()[0].name == "a");
    CHECK((*reader)->Get("b")->as<uint8_t>()[0] == '2');
    CHECK((*reader)->metadata().at("from") == "a");
  }
  const auto fails = [&](const std::string& text, std::vector<std::string> words) {
    Spill(index, text);
    const absl::Status status = SafetensorsReader::Open(index).status();
    CAPTURE(text, status.message());
    CHECK(FailsWith(status, words));
  };
  fails(R"({"weight_map":{"a":"m-00002-of-00002.safetensors"}})", {index, "'a' is not in"});
  fails(R"({"weight_map":{"a":"../m-00001-of-00002.safetensors"}})", {index, "'a'", "plain"});
  fails(R"({"weight_map":{"a":"/etc/passwd"}})", {index, "'a'", "plain"});
  fails(R"({"weight_map":{"a":".."}})", {"plain"});
  fails(R"({"weight_map":{"a":""}})", {"plain"});
  fails(R"({"weight_map":{"a":"x\u0000y"}})", {"plain"});
  fails(R"({"weight_map":{"a":1}})", {"not a file name"});
  fails(R"({"weight_map":{"a":"x","a":"x"}})", {"'a' twice"});
  fails(R"({"weight_map":{"a":"x"},"weight_map":{}})", {"twice"});
  fails(R"({"weight_map":{}})", {"no weight_map"});
  fails(R"({"metadata":{}})", {"no weight_map"});
  fails(R"([])", {"not a JSON object"});
  fails(R"({"x":)" + std::string(100000, '[') + "}", {"nested too deeply"});
  fails(R"({"weight_map":{"a":"none.safetensors"}})", {"none.safetensors"});
  WriteShard(dir.File("m-00002-of-00002.safetensors"), "a", "2");
  fails(R"({"weight_map":{"a":"m-00001-of-00002.safetensors",
                          "b":"m-00002-of-00002.safetensors"}})",
        {"'a' is both in"});
}

TEST_CASE("safetensors: a folder without an index needs one file") {
  const TempDir dir;
  CHECK(absl::IsNotFound(SafetensorsReader::Open(dir.path()).status()));
  WriteShard(dir.File("a.safetensors"), "a", "1");
  CHECK((*SafetensorsReader::Open(dir.path()))->Get("a").ok());
  WriteShard(dir.File("b.safetensors"), "b", "1");
  CHECK(FailsWith(SafetensorsReader::Open(dir.path()).status(), {"a.safetensors, b.safetensors"}));
  WriteShard(dir.File("model.safetensors"), "m", "1");
  CHECK((*SafetensorsReader::Open(dir.path()))->Get("m").ok());
}

TEST_CASE("safetensors: a file that shrinks under the reader is an error") {
  const TempDir dir;
  WriteShard(dir.File("a.safetensors"), "a", "1");
  auto reader = SafetensorsReader::Open(dir.File("a.safetensors"));
  REQUIRE(reader.ok());
  REQUIRE(truncate(dir.File("a.safetensors").c_str(), 20) == 0);
  CHECK(FailsWith((*reader)->Get("a").status(), {"'a'", "a.safetensors"}));
  CHECK(absl::IsDataLoss((*reader)->Read("a").status()));
  CHECK(absl::IsDataLoss((*reader)->CheckUnchanged()));
}

TEST_CASE("safetensors: any single changed byte is an error or gives a consistent reader") {
  const std::string good =
      File(R"({"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},)"
           R"("b":{"dtype":"U8","shape":[3],"data_offsets":[8,11]}})",
           "01234567abc");
  size_t refused = 0;
  for (size_t at = 0; at < good.size(); ++at) {
    for (const int flip : {0x01, 0x02, 0x10, 0x20, 0x80, 0xFF}) {
      std::string file = good;
      file[at] = static_cast<char>(file[at] ^ flip);
      auto reader = Parse(file);
      if (!reader.ok()) {
        ++refused;
        continue;
      }
      for (const SafetensorsEntry& entry : (*reader)->entries()) {
        REQUIRE(entry.offset + entry.size <= file.size());
        auto tensor = (*reader)->Get(entry);
        if (tensor.ok()) REQUIRE(tensor->size_bytes() == entry.size);
      }
    }
  }
  CHECK(refused > 300);
}

}  // namespace
}  // namespace pawl
