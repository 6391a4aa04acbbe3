// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/imatrix.h"

#include <catch2/catch_test_macros.hpp>
#include <cstdio>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/match.h"

namespace pawl {
namespace {

void Put(int32_t value, std::string* to) {
  char bytes[4];
  std::memcpy(bytes, &value, 4);
  to->append(bytes, 4);
}
void PutText(const std::string& text, std::string* to) {
  Put(static_cast<int32_t>(text.size()), to);
  *to += text;
}
void PutFloat(float value, std::string* to) {
  char bytes[4];
  std::memcpy(bytes, &value, 4);
  to->append(bytes, 4);
}

// By the description of the format, not by FormatImatrix.
std::string Sample() {
  std::string out;
  Put(2, &out);
  PutText("blk.0.attn_q.weight", &out);
  Put(4, &out);
  Put(3, &out);
  for (const float v : {4.0f, 8.0f, 0.0f}) PutFloat(v, &out);
  PutText("blk.0.ffn_down.weight", &out);
  Put(0, &out);
  Put(1, &out);
  PutFloat(2.5f, &out);
  Put(7, &out);
  PutText("wiki.train.raw", &out);
  return out;
}

absl::Span<const uint8_t> Bytes(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

}  // namespace

TEST_CASE("imatrix: what a file says, and the same bytes back") {
  const std::string text = Sample();
  const Imatrix imatrix = *ParseImatrix(Bytes(text));
  REQUIRE(imatrix.entries.size() == 2);
  const ImatrixEntry* entry = imatrix.Find("blk.0.attn_q.weight");
  REQUIRE(entry != nullptr);
  CHECK(entry->Importance() == std::vector<float>{1.0f, 2.0f, 0.0f});
  CHECK(imatrix.Find("blk.0.ffn_down.weight")->Importance() == std::vector<float>{2.5f});
  CHECK(imatrix.Find("other") == nullptr);
  CHECK(imatrix.chunks == 7);
  CHECK(imatrix.dataset == "wiki.train.raw");
  CHECK(*FormatImatrix(imatrix) == text);
  // Old files end after the entries.
  const std::string old = text.substr(0, text.size() - 4 - 4 - 14);
  const Imatrix without = *ParseImatrix(Bytes(old));
  CHECK_FALSE(without.has_dataset);
  CHECK(*FormatImatrix(without) == old);

  const std::string path = "imatrix_test.dat";
  REQUIRE(WriteImatrix(path, imatrix).ok());
  CHECK(*ReadImatrix(path) == imatrix);
  std::remove(path.c_str());
  CHECK_FALSE(ReadImatrix(path).ok());
}

TEST_CASE("imatrix: every cut and every changed byte is an error or another matrix") {
  const std::string text = Sample();
  for (size_t size = 0; size < text.size(); ++size) {
    const auto cut = ParseImatrix(Bytes(text.substr(0, size)));
    // Where the entries end, a file of an old version would.
    CHECK(cut.ok() == (size == text.size() - 4 - 4 - 14));
  }
  for (size_t at = 0; at < text.size(); ++at) {
    for (const char flip : {'\x01', '\x7F', '\xFF'}) {
      std::string changed = text;
      changed[at] = static_cast<char>(changed[at] ^ flip);
      const auto result = ParseImatrix(Bytes(changed));
      if (result.ok()) CHECK(*FormatImatrix(*result) == changed);
    }
  }
  CHECK_FALSE(ParseImatrix(Bytes(text + "x")).ok());
}

TEST_CASE("imatrix: values and names that cannot be") {
  const std::string path = "imatrix_test_cannot.gguf";
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<std::vector<ImatrixEntry>> bad = {{{"a", 1, {1.0f}}, {"a", 1, {1.0f}}},
                                                      {{"a", 1, {-1.0f}}},
                                                      {{"a", 1, {nan}}},
                                                      {{"", 1, {1.0f}}},
                                                      {{"a", 1, {}}},
                                                      {{"a", -1, {1.0f}}}};
  for (size_t i = 0; i < bad.size(); ++i) {
    INFO(i);
    Imatrix imatrix;
    imatrix.entries = bad[i];
    CHECK_FALSE(FormatImatrix(imatrix).ok());
    CHECK_FALSE(WriteImatrix(path, imatrix).ok());
    CHECK_FALSE(ReadImatrix(path).ok());  // nothing was written
  }
}

TEST_CASE("imatrix: GGUF holds calls as f32, half of 2^31 of them at most") {
  const std::string path = "imatrix_test_calls.gguf";
  Imatrix imatrix;
  imatrix.entries = {{"a", 1 << 30, {1.0f}}};
  imatrix.has_dataset = true;
  imatrix.chunks = 3;
  imatrix.chunk_size = 512;
  REQUIRE(WriteImatrix(path, imatrix).ok());
  CHECK(*ReadImatrix(path) == imatrix);
  std::remove(path.c_str());
  imatrix.chunk_size = -1;
  CHECK_FALSE(WriteImatrix(path, imatrix).ok());
  imatrix.chunk_size = 512;
  imatrix.entries[0].calls += 1;
  const absl::Status status = WriteImatrix(path, imatrix);
  CHECK(status.code() == absl::StatusCode::kInvalidArgument);
  CHECK(absl::StrContains(status.message(), "'a' was met too often"));
  CHECK_FALSE(ReadImatrix(path).ok());
  CHECK(FormatImatrix(imatrix).ok());  // the first form has an integer
}

}  // namespace pawl
