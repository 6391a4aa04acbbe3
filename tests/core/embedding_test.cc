// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/embedding.h"

#include <cstring>
#include <string>
#include <vector>

#include "linear_test_util.h"

namespace pawl {
namespace {

using namespace pawl::testing;

constexpr int64_t kRows = 40, kCols = 512;

QuantizedEmbedding Make(const QuantizedTensor& table) {
  auto embedding = QuantizedEmbedding::Create(table, "tok_embeddings");
  REQUIRE(embedding.ok());
  return *std::move(embedding);
}

}  // namespace

TEST_CASE("Rows of every named scheme come out as Dequantize decodes them") {
  const std::vector<int64_t> indices = {0, 39, 7, 7, 20};
  const auto count = static_cast<int64_t>(indices.size());
  for (const NamedScheme& named : NamedSchemes()) {
    INFO(std::string(named.name));
    const QuantizedTensor table = RandomWeights(named.scheme, {kRows, kCols}, 3);
    const std::vector<float> decoded = Decoded(table);
    const QuantizedEmbedding embedding = Make(table);
    for (int threads = 1; threads <= 3; ++threads) {
      const auto context = MakeContext(threads);
      std::vector<float> y(static_cast<size_t>(count * kCols));
      REQUIRE(embedding.Lookup(indices, {y.data(), DType::kF32, count, kCols}, *context).ok());
      for (int64_t i = 0; i < count; ++i) {
        CHECK(std::memcmp(y.data() + i * kCols,
                          decoded.data() + indices[static_cast<size_t>(i)] * kCols,
                          kCols * sizeof(float)) == 0);
      }
    }
  }
}

TEST_CASE("Narrow results are rounded, strides kept, rotated rows turned back") {
  Scheme scheme = Parsed("int4:g32");
  scheme.rotation.block = 64;
  scheme.input_scale = true;
  const QuantizedTensor table = RandomWeights(scheme, {kRows, kCols}, 3);
  const std::vector<float> decoded = Decoded(table);
  const std::vector<int32_t> indices = {5, 1, 38};
  constexpr int64_t kStride = kCols + 9;
  for (const DType dtype : {DType::kF16, DType::kBF16}) {
    std::vector<uint16_t> y(3 * kStride, 0xABCD);
    REQUIRE(Make(table).Lookup(indices, {y.data(), dtype, 3, kCols, kStride}, *MakeContext()).ok());
    int wrong = 0;
    for (int64_t i = 0; i < 3 * kStride; ++i) {
      const int64_t column = i % kStride;
      uint16_t expected = 0xABCD;
      if (column < kCols) {
        const int64_t row = indices[static_cast<size_t>(i / kStride)];
        const float v = decoded[static_cast<size_t>(row * kCols + column)];
        expected = dtype == DType::kF16 ? F32ToF16(v) : F32ToBF16(v);
      }
      wrong += y[static_cast<size_t>(i)] != expected;
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("An index out of range is named and nothing is written") {
  const QuantizedEmbedding embedding = Make(RandomWeights(Parsed("int8:channel"), {kRows, 8}, 3));
  std::vector<float> y(3 * 8, -7.0f);
  for (const int64_t bad : {int64_t{40}, int64_t{-1}, INT64_MAX, INT64_MIN}) {
    const std::vector<int64_t> indices = {1, 2, bad};
    const absl::Status status =
        embedding.Lookup(indices, {y.data(), DType::kF32, 3, 8}, *MakeContext());
    CHECK(status.code() == absl::StatusCode::kOutOfRange);
    const std::string message(status.message());
    CHECK(message.find("tok_embeddings") != std::string::npos);
    CHECK(message.find(std::to_string(bad)) != std::string::npos);
    CHECK(message.find("position 2") != std::string::npos);
    CHECK(message.find("40") != std::string::npos);
    CHECK(y == std::vector<float>(3 * 8, -7.0f));
  }
}

TEST_CASE("Outputs that do not fit are errors; no indices are fine") {
  const QuantizedEmbedding embedding = Make(RandomWeights(Parsed("int8:channel"), {kRows, 8}, 3));
  float y[16] = {};
  const std::vector<int32_t> indices = {1, 2};
  const auto code = [&](const OutputView& view) {
    return embedding.Lookup(indices, view, *MakeContext()).code();
  };
  CHECK(code({y, DType::kF32, 2, 8}) == absl::StatusCode::kOk);
  CHECK(code({y, DType::kF32, 1, 8}) == absl::StatusCode::kInvalidArgument);
  CHECK(code({y, DType::kF32, 2, 7}) == absl::StatusCode::kInvalidArgument);
  CHECK(code({y, DType::kI8, 2, 8}) == absl::StatusCode::kInvalidArgument);
  CHECK(code({y, DType::kF32, 2, 8, 5}) == absl::StatusCode::kInvalidArgument);
  CHECK(code({nullptr, DType::kF32, 2, 8}) == absl::StatusCode::kInvalidArgument);
  CHECK(
      embedding.Lookup(std::vector<int32_t>{}, {nullptr, DType::kF32, 0, 8}, *MakeContext()).ok());
  CHECK(embedding.rows() == kRows);
  CHECK(embedding.cols() == 8);
  QuantizedTensor broken = embedding.table();
  broken.codes = Tensor();
  CHECK_FALSE(QuantizedEmbedding::Create(broken).ok());
}

}  // namespace pawl
