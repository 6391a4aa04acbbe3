// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "pawl/gguf.h"
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
using testing::Spill;
using testing::TempDir;

absl::Status Open(const std::string& file) { return GgufReader::OpenMemory(Bytes(file)).status(); }

RawGguf Good() {
  RawGguf raw;
  raw.keys = {RawKey("general.architecture", 8, RawText("llama")), RawKey("n", 4, Raw(uint32_t{3})),
              RawKey("list", 9, Raw(uint32_t{4}) + Raw(uint64_t{2}) + Raw(uint64_t{5}))};
  raw.tensors = {RawTensor("a", {8, 2}, 0, 0), RawTensor("b", {32, 2}, 2, 64)};
  raw.data = std::string(64 + 36, 'd');
  return raw;
}

struct Bad {
  const char* fault;  // what the message says
  std::string file;
};

std::vector<Bad> BadFiles() {
  std::vector<Bad> bad;
  const auto add = [&](const char* fault, auto change) {
    RawGguf raw = Good();
    change(raw);
    bad.push_back({fault, raw.File()});
  };
  const uint64_t huge = uint64_t{1} << 60;
  add("big-endian", [](RawGguf& r) { r.version = 0x03000000; });
  add("version 1", [](RawGguf& r) { r.version = 1; });
  add("version 4", [](RawGguf& r) { r.version = 4; });
  add("comes twice", [](RawGguf& r) { r.keys.push_back(r.keys[1]); });
  add("without a name", [](RawGguf& r) { r.keys[1] = RawKey("", 4, Raw(uint32_t{1})); });
  add("kind 13", [](RawGguf& r) { r.keys[1] = RawKey("n", 13, Raw(uint32_t{1})); });
  add("elements of the kind 13",
      [](RawGguf& r) { r.keys[2] = RawKey("list", 9, Raw(uint32_t{13}) + Raw(uint64_t{0})); });
  add("neither true nor false", [](RawGguf& r) { r.keys[1] = RawKey("n", 7, "\x02"); });
  add("elements in the",
      [&](RawGguf& r) { r.keys[2] = RawKey("list", 9, Raw(uint32_t{4}) + Raw(huge)); });
  add("elements in the",
      [&](RawGguf& r) { r.keys[2] = RawKey("list", 9, Raw(uint32_t{8}) + Raw(huge)); });
  add("of which the file has",
      [&](RawGguf& r) { r.keys[1] = RawText("n") + Raw(uint32_t{8}) + Raw(huge); });
  add("nested too deep", [](RawGguf& r) {
    std::string value;
    for (int i = 0; i < 9; ++i) value += Raw(uint32_t{9}) + Raw(uint64_t{1});
    r.keys[2] = RawKey("list", 9, value + std::string(64, '\0'));
  });
  add("must be u32",
      [](RawGguf& r) { r.keys[1] = RawKey("general.alignment", 10, Raw(uint64_t{32})); });
  for (const uint32_t alignment : {0u, 4u, 24u, 0x80000000u}) {
    add("power of two",
        [&](RawGguf& r) { r.keys[1] = RawKey("general.alignment", 4, Raw(alignment)); });
  }
  add("name comes twice", [](RawGguf& r) { r.tensors[1] = RawTensor("a", {32, 2}, 2, 64); });
  add("5 dimensions", [](RawGguf& r) { r.tensors[0] = RawTensor("a", {8, 1, 1, 1, 2}, 0, 0); });
  add("a dimension of", [](RawGguf& r) { r.tensors[0] = RawTensor("a", {~uint64_t{0}}, 0, 0); });
  add("tensor 'a'", [](RawGguf& r) {
    r.tensors[0] = RawTensor("a", {uint64_t{1} << 40, uint64_t{1} << 40}, 0, 0);
  });
  add("tensor 'a'", [](RawGguf& r) {
    r.tensors[0] = RawTensor("a", {uint64_t{1} << 40, uint64_t{1} << 40}, 77, 0);
  });
  add("not a multiple of the block", [](RawGguf& r) {
    r.tensors[1] = RawTensor("b", {31, 2}, 2, 64);
  });
  add("whole blocks", [](RawGguf& r) { r.tensors[1] = RawTensor("b", {31, 2}, 16, 64); });
  add("not a multiple of 32", [](RawGguf& r) { r.tensors[1] = RawTensor("b", {32, 2}, 2, 65); });
  add("lies over", [](RawGguf& r) { r.tensors[1] = RawTensor("b", {32, 2}, 2, 32); });
  add("lies over", [](RawGguf& r) { r.tensors[1] = RawTensor("b", {32, 1}, 2, 0); });
  add("cut short", [](RawGguf& r) { r.tensors[1] = RawTensor("b", {32, 4}, 2, 64); });
  add("cut short", [](RawGguf& r) { r.tensors[1] = RawTensor("b", {32, 2}, 2, ~uint64_t{31}); });
  add("cut short", [](RawGguf& r) { r.tensors[1] = RawTensor("b", {32, 2}, 77, 4096); });
  return bad;
}

TEST_CASE("gguf: hostile headers are refused, naming the fault") {
  REQUIRE(Open(Good().File()).ok());
  for (const Bad& bad : BadFiles()) {
    CAPTURE(bad.fault);
    const absl::Status status = Open(bad.file);
    CAPTURE(status.message());
    CHECK_FALSE(status.ok());
    CHECK(FailsWith(status, {"memory: ", bad.fault}));
  }
}

TEST_CASE("gguf: counts beyond the file are refused before anything is allocated for them") {
  for (const size_t field : {size_t{8}, size_t{16}}) {
    for (const uint64_t count : {uint64_t{1000}, uint64_t{1} << 40, ~uint64_t{0}}) {
      std::string file = Good().File();
      std::memcpy(file.data() + field, &count, sizeof(count));
      const absl::Status status = Open(file);
      CAPTURE(field, count, status.message());
      CHECK(FailsWith(status, {"do not fit into a file"}));
    }
  }
}

TEST_CASE("gguf: a file cut anywhere is refused") {
  const std::string file = Good().File();
  for (size_t size = 0; size < file.size(); ++size) {
    const absl::Status status = Open(file.substr(0, size));
    CAPTURE(size, status.message());
    CHECK_FALSE(status.ok());
  }
}

TEST_CASE("gguf: any one byte changed opens or is refused, and what opens can be read") {
  const std::string file = Good().File();
  size_t refused = 0;
  for (size_t i = 0; i < file.size(); ++i) {
    for (const int flip : {1, 0x80, 0xFF}) {
      std::string changed = file;
      changed[i] = static_cast<char>(changed[i] ^ flip);
      const auto reader = GgufReader::OpenMemory(Bytes(changed));
      if (!reader.ok()) {
        ++refused;
        CHECK_FALSE(reader.status().message().empty());
        continue;
      }
      for (const GgufEntry& entry : (*reader)->entries()) {
        std::vector<uint8_t> bytes(entry.size);
        CHECK((*reader)->ReadBytes(entry, 0, absl::MakeSpan(bytes)).ok());
        (void)(*reader)->Get(entry).ok();
        (void)(*reader)->GetQuantized(entry).ok();
      }
    }
  }
  CHECK(refused > 100);
}

TEST_CASE("gguf: a file that is cut while it is open is an error, not a signal") {
  const TempDir dir;
  const std::string path = dir.path() + "/a.gguf";
  Spill(path, Good().File());
  const auto reader = GgufReader::Open(path);
  REQUIRE(reader.ok());
  Spill(path, Good().File().substr(0, 100));
  CHECK(absl::IsDataLoss((*reader)->CheckUnchanged()));
  std::vector<uint8_t> bytes(36);
  CHECK_FALSE((*reader)->ReadBytes(*(*reader)->Find("b"), 0, absl::MakeSpan(bytes)).ok());
  CHECK(absl::IsDataLoss((*reader)->GetQuantized(*(*reader)->Find("b")).status()));
}

}  // namespace
}  // namespace pawl
