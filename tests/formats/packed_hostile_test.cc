// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Packed layers that are damaged or made with evil intent. What is accepted is run: the sanitizers
// of the asan preset say whether that left its memory.

#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "catch2/catch_test_macros.hpp"
#include "lib/core/packed_form.h"
#include "lib/formats/container_schema.h"
#include "tests/formats/packed_test_util.h"

namespace pawl {
namespace {

using namespace testing;  // NOLINT: helpers of these tests alone

std::vector<PackedCase> Cases() {
  return {
      {"int4:g32", LinearMode::kDynamicInt8},
      {"uint3:g64:asym", LinearMode::kDynamicInt8, ActivationScale::kPerTokenAndGroup},
      {"q2_k", LinearMode::kDynamicInt8},
      {"mxfp4", LinearMode::kDynamicInt8},
      {"int4:g32+map", LinearMode::kStaticInt8, ActivationScale::kPerToken, DType::kU8, 9},
      {"uint8:g64:asym", LinearMode::kStaticInt8, ActivationScale::kPerToken, DType::kI16, 1},
      {"int8:channel", LinearMode::kIntegerOnly, ActivationScale::kPerToken, DType::kI8, 3, true},
      {"uint8:channel:asym", LinearMode::kIntegerOnly, ActivationScale::kPerToken, DType::kI16, 3,
       true},
      {"nf4", LinearMode::kWeightOnly}};
}

constexpr int64_t kRows = 18, kCols = 256;

std::string FileOf(const PackedCase& c) {
  const auto layer =
      QuantizedLinear::Create(PackedWeightsOf(c, kRows, kCols), PackedOptionsOf(c, kRows));
  INFO(c.scheme << layer.status().ToString());
  REQUIRE(layer.ok());
  const auto buffer = PackedBuffer(*layer);
  return {buffer->bytes().begin(), buffer->bytes().end()};
}

// Makes the layer and runs it where that works. The file is copied to memory of just its size.
bool TryRun(const std::string& file, const PackedCase& c) {
  std::unique_ptr<uint8_t[]> exact(new uint8_t[file.size()]);
  std::copy(file.begin(), file.end(), exact.get());
  const auto reader = PawlReader::OpenMemory(absl::MakeConstSpan(exact.get(), file.size()));
  if (!reader.ok()) return false;
  const auto linear = (*reader)->GetLinear("layer");
  if (!linear.ok()) return false;
  const int64_t n = linear->out_features(), k = linear->in_features();
  if (n * k > 1 << 20) return true;
  const auto context = MakeContext(1);
  for (const int64_t m : {1, 3}) {
    const bool floats = linear->mode() != LinearMode::kIntegerOnly;
    std::vector<float> x(static_cast<size_t>(m * k), 0.5f), y(static_cast<size_t>(m * n));
    const DType type = floats ? DType::kF32 : c.codes;
    // Refused where the file changed the type of codes.
    static_cast<void>(linear->Run({x.data(), type, m, k}, {y.data(), type, m, n}, *context));
  }
  return true;
}

}  // namespace

TEST_CASE("packed: every cut is refused") {
  for (const PackedCase& c : Cases()) {
    const std::string good = FileOf(c);
    REQUIRE(TryRun(good, c));
    for (size_t size = 0; size < good.size(); size += 1 + size / 16) {
      if (TryRun(good.substr(0, size), c)) FAIL(c.scheme << " cut to " << size);
    }
  }
}

TEST_CASE("packed: damaged data runs without harm, and Verify names the part") {
  std::mt19937_64 random(5);
  for (const PackedCase& c : Cases()) {
    const std::string good = FileOf(c);
    const PawlPreamble preamble = PreambleOf(good);
    for (int i = 0; i < 60; ++i) {
      std::string file = good;
      for (int j = 0; j <= i % 3; ++j) {
        const size_t at = kPreambleSize + random() % (preamble.header_offset - kPreambleSize);
        file[at] = static_cast<char>(random());
        file[at] = static_cast<char>(file[at] == good[at] ? ~good[at] : file[at]);
      }
      TryRun(file, c);
      const auto reader = PawlReader::OpenMemory(Bytes(file));
      REQUIRE(reader.ok());
      CHECK(FailsWith((*reader)->Verify(), {"'layer' "}));
    }
    // Parameters that are no numbers, indices that lead anywhere.
    for (const int byte : {0x00, 0x7F, 0x80, 0xFF}) {
      std::string file = good;
      std::fill(file.begin() + kPreambleSize,
                file.begin() + static_cast<std::ptrdiff_t>(preamble.header_offset),
                static_cast<char>(byte));
      TryRun(file, c);
    }
  }
}

TEST_CASE("packed: headers that say anything with correct hashes do no harm") {
  std::mt19937_64 random(6);
  int accepted = 0;
  for (const PackedCase& c : Cases()) {
    const std::string good = FileOf(c);
    const PawlPreamble preamble = PreambleOf(good);
    for (size_t at = preamble.header_offset; at < good.size(); ++at) {
      for (const int flip : {0x01, 0x02, 0x10, 0x80, 0xFF}) {
        std::string file = good;
        file[at] = static_cast<char>(file[at] ^ flip);
        accepted += TryRun(WithPreamble(file, preamble), c) ? 1 : 0;
      }
    }
  }
  CHECK(accepted > 0);
}

TEST_CASE("packed: another layout is refused by name") {
  const std::string good = FileOf(Cases()[0]);
  const PawlPreamble preamble = PreambleOf(good);
  std::string file = good;
  const auto* header = fb::GetHeader(file.data() + preamble.header_offset);
  const auto* packed = header->tensors()->Get(0)->packed();
  const auto* table = reinterpret_cast<const flatbuffers::Table*>(packed);
  auto* layout = const_cast<uint8_t*>(table->GetAddressOf(fb::Packed::VT_LAYOUT));
  REQUIRE(layout != nullptr);
  *layout = static_cast<uint8_t>(kPackedLayout + 1);
  const std::string newer = WithPreamble(file, preamble);
  const auto reader = PawlReader::OpenMemory(Bytes(newer));
  REQUIRE(reader.ok());
  const absl::Status status = (*reader)->GetLinear("layer").status();
  CHECK(absl::IsFailedPrecondition(status));
  CHECK(FailsWith(status, {"'layer'", absl::StrCat("layout ", kPackedLayout + 1),
                           absl::StrCat("runs layout ", kPackedLayout), "pack"}));
}

TEST_CASE("packed: parts of other sizes, types and contents are refused") {
  const PackedCase c{"int4:g32+map", LinearMode::kStaticInt8, ActivationScale::kPerToken,
                     DType::kU8, 9};
  const auto layer =
      QuantizedLinear::Create(PackedWeightsOf(c, kRows, kCols), PackedOptionsOf(c, kRows));
  const auto good = PackedAccess::Flatten(*layer);
  REQUIRE(good.ok());
  REQUIRE(PackedAccess::Restore(*good).ok());
  const auto refused = [&](auto&& change) {
    PackedForm form = *good;
    for (Tensor& part : form.parts) {
      if (!part.empty()) part = *part.Clone();
    }
    change(form);
    return !PackedAccess::Restore(form).ok();
  };
  for (size_t i = 0; i < kNumPackedParts; ++i) {
    const auto part = static_cast<PackedPart>(i);
    INFO(std::string(PackedPartName(part)));
    const Tensor& is = (*good)[part];
    if (is.empty()) {
      if (part == PackedPart::kZeros || part == PackedPart::kMinimums) continue;  // may be there
      CHECK(refused([&](PackedForm& f) { f[part] = *Tensor::Create(DType::kU8, {7}); }));
      continue;
    }
    const int64_t count = is.num_elements();
    if (part != PackedPart::kColumns && part != PackedPart::kBias &&
        part != PackedPart::kOutlierValues) {
      CHECK(refused([&](PackedForm& f) { f[part] = Tensor(); }));
    }
    CHECK(refused([&](PackedForm& f) { f[part] = *Tensor::Create(is.dtype(), {count + 1}); }));
    CHECK(refused([&](PackedForm& f) { f[part] = *Tensor::Create(DType::kF64, {count}); }));
  }
  CHECK(refused([](PackedForm& f) { f[PackedPart::kColumns].mutable_as<int32_t>()[3] = kCols; }));
  CHECK(refused([](PackedForm& f) { f[PackedPart::kColumns].mutable_as<int32_t>()[3] = -1; }));
  CHECK(refused([](PackedForm& f) { f[PackedPart::kRunBegin].mutable_as<int64_t>()[1] = 999; }));
  CHECK(refused([](PackedForm& f) { f[PackedPart::kRunBegin].mutable_as<int64_t>()[0] = 1; }));
  CHECK(refused(
      [](PackedForm& f) { f[PackedPart::kOutlierColumns].mutable_as<int32_t>()[0] = kCols; }));
  for (const int bits : {-4, 1, 2, 3, 5, 7, 8, 9, 64}) {
    CHECK(refused([&](PackedForm& f) { f.bits = bits; }));
  }
  CHECK(refused([](PackedForm& f) { f.zero = 256; }));
  CHECK(refused([](PackedForm& f) { f.zero = -1; }));
  CHECK(refused([](PackedForm& f) { f.table_bits = 5; }));
  CHECK(refused([](PackedForm& f) { f.super_size = 8; }));
  CHECK(refused([](PackedForm& f) { f.shape = {int64_t{1} << 40, int64_t{1} << 40}; }));
  CHECK(refused([](PackedForm& f) { f.shape = {-1, 1}; }));
  CHECK(refused([](PackedForm& f) { f.options.mode = static_cast<LinearMode>(9); }));
  CHECK(refused([](PackedForm& f) { f.options.activation_scale = NAN; }));
  CHECK(refused([](PackedForm& f) { f.options.activation_dtype = static_cast<DType>(200); }));
}

}  // namespace pawl
