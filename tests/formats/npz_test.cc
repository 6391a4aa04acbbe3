// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/npz.h"

#include <algorithm>
#include <cstring>
#include <map>
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

std::map<std::string, Tensor> Arrays() {
  return {{"x", *Tensor::FromValues<float>({2, 3}, {1, 2, 3, 4, 5, 6})},
          {"empty", *Tensor::FromValues<int64_t>({0, 4}, {})},
          {"scalar", *Tensor::FromValues<uint8_t>({}, {7})}};
}

TEST_CASE("arrays that were written are read as they were") {
  const TempDir dir;
  const std::string path = dir.File("a.npz");
  REQUIRE(WriteNpz(path, Arrays()).ok());
  const auto read = ReadNpz(path);
  REQUIRE(read.ok());
  REQUIRE(read->size() == 3);
  for (const auto& [name, tensor] : Arrays()) {
    const Tensor& got = read->at(name);
    CHECK(got.dtype() == tensor.dtype());
    CHECK(got.shape() == tensor.shape());
    CHECK((got.empty() || std::memcmp(got.data(), tensor.data(), got.size_bytes()) == 0));
  }
  CHECK(FailsWith(NpzReader::Open(path)->Get("y").status(), {"there is no array 'y'"}));
  CHECK(FailsWith(NpzReader::Open(path)->Get("x", 8).status(), {"more than the allowed 8"}));
  CHECK(FailsWith(WriteNpz(dir.File("b.npz"), {{"b", *Tensor::Create(DType::kBF16, {1})}}),
                  {"NumPy has no type for bf16"}));
}

TEST_CASE("rows of a stored array are read by themselves") {
  const TempDir dir;
  std::vector<float> values(20);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  // Names of every length, so that data lies at every alignment.
  std::map<std::string, Tensor> tensors = {{"scalar", *Tensor::FromValues<float>({}, {1})}};
  for (const char* name : {"a", "bb", "ccc", "dddd"}) {
    tensors[name] = *Tensor::FromValues<float>({5, 2, 2}, values);
  }
  REQUIRE(WriteNpz(dir.File("rows.npz"), tensors).ok());
  const auto reader = NpzReader::Open(dir.File("rows.npz"));
  REQUIRE(reader.ok());
  for (const NpzEntry& entry : reader->entries()) {
    CHECK(entry.in_place == (entry.name != "scalar"));
    CHECK(reader->Verify(entry.name).ok());
    if (!entry.in_place) continue;
    const auto rows = reader->GetRows(entry.name, 1, 3);
    REQUIRE(rows.ok());
    CHECK(rows->shape() == std::vector<int64_t>{3, 2, 2});
    CHECK(std::equal(rows->as<float>().begin(), rows->as<float>().end(), values.begin() + 4));
    CHECK(reader->GetRows(entry.name, 5, 0).ok());
    CHECK(absl::IsOutOfRange(reader->GetRows(entry.name, 4, 2).status()));
    CHECK(absl::IsOutOfRange(reader->GetRows(entry.name, -1, 2).status()));
  }
  CHECK(absl::IsFailedPrecondition(reader->GetRows("scalar", 0, 1).status()));
  CHECK(absl::IsNotFound(reader->GetRows("none", 0, 1).status()));
  CHECK(absl::IsNotFound(reader->Verify("none")));
}

// numpy.savez_compressed of {"ramp": numpy.arange(300, dtype="<i4").reshape(3, 100).T}, which is
// column-major.
TEST_CASE("what NumPy deflated is read") {
  const std::string path = std::string(PAWL_TEST_DATA "/data/npz/deflated.npz");
  const auto read = ReadNpz(path);
  REQUIRE(read.ok());
  const Tensor& ramp = read->at("ramp");
  CHECK(ramp.shape() == std::vector<int64_t>{100, 3});
  for (int64_t i = 0; i < 100; ++i) {
    for (int64_t j = 0; j < 3; ++j) {
      CHECK(ramp.as<int32_t>()[static_cast<size_t>(i * 3 + j)] == j * 100 + i);
    }
  }
}

TEST_CASE("an archive cut off anywhere, or with any byte changed, is an error or has its arrays") {
  const TempDir dir;
  const std::string path = dir.File("a.npz");
  REQUIRE(WriteNpz(path, Arrays()).ok());
  for (const std::string& bytes :
       {Slurp(path), Slurp(std::string(PAWL_TEST_DATA "/data/npz/deflated.npz"))}) {
    const auto try_all = [](const std::string& bad) {
      const auto reader = NpzReader::OpenMemory(Bytes(bad));
      if (!reader.ok()) return;
      for (const NpzEntry& entry : reader->entries()) {
        (void)reader->Get(entry.name, 1 << 20);
        (void)reader->Verify(entry.name);
        (void)reader->GetRows(entry.name, 0, 1);
      }
    };
    for (size_t size = 0; size < bytes.size(); ++size) {
      const std::string bad = bytes.substr(0, size);
      CHECK(!NpzReader::OpenMemory(Bytes(bad)).ok());
    }
    for (size_t i = 0; i < bytes.size(); ++i) {
      for (const int change : {1, 0x80, 0xFF}) {
        std::string bad = bytes;
        bad[i] = static_cast<char>(bad[i] ^ change);
        try_all(bad);
      }
    }
  }
}

TEST_CASE("a changed element is found by the checksum") {
  const TempDir dir;
  const std::string path = dir.File("a.npz");
  REQUIRE(WriteNpz(path, {{"x", *Tensor::FromValues<float>({2}, {1.5f, 2.5f})}}).ok());
  std::string bytes = Slurp(path);
  const float value = 2.5f;
  const size_t at = bytes.find(std::string(reinterpret_cast<const char*>(&value), 4));
  REQUIRE(at != std::string::npos);
  bytes[at] = 1;
  const auto reader = NpzReader::OpenMemory(Bytes(bytes));
  REQUIRE(reader.ok());
  CHECK(reader->Get("x").status().code() == absl::StatusCode::kDataLoss);
  CHECK(reader->Verify("x").code() == absl::StatusCode::kDataLoss);
}

TEST_CASE("headers that are not NumPy's are refused") {
  const auto npy = [](const std::string& header) {
    std::string bytes("\x93NUMPY\x01\x00", 8);
    bytes.push_back(static_cast<char>(header.size() & 0xFF));
    bytes.push_back(static_cast<char>(header.size() >> 8));
    return bytes + header + std::string(8, '\0');
  };
  const auto status = [](const std::string& bytes) {
    return NpzReader::OpenMemory(Bytes(bytes)).status();
  };
  const std::string good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n";
  CHECK(status(npy(good)).ok());
  CHECK(FailsWith(status(npy("{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }")),
                  {"little-endian"}));
  CHECK(FailsWith(status(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }")),
                  {"needs 12 bytes"}));
  CHECK(FailsWith(status(npy("{'descr': '<f4', 'shape': (2,), }")), {"fortran_order"}));
  CHECK(FailsWith(status(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }")),
                  {"bad shape"}));
  CHECK(FailsWith(
      status(
          npy("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 99999999999), }")),
      {"more elements than memory"}));
  CHECK(FailsWith(status("PK"), {"no directory"}));
}

}  // namespace
}  // namespace pawl
