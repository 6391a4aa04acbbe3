// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "tests/formats/codecs/fixture.h"

#include <bit>
#include <cstring>

#include "absl/strings/match.h"
#include "catch2/catch_test_macros.hpp"

namespace pawl::testing {

Fixture::Fixture(const std::string& family) {
  auto reader =
      SafetensorsReader::Open(std::string(PAWL_TEST_DATA) + "/fixtures/" + family + ".safetensors");
  INFO(reader.status().ToString());
  REQUIRE(reader.ok());
  reader_ = std::move(*reader);
}

std::vector<FixtureCase> Fixture::Cases(absl::string_view prefix) const {
  const std::string key = "case." + std::string(prefix);
  std::vector<FixtureCase> cases;
  for (const auto& [name, text] : reader_->metadata()) {
    if (name.compare(0, key.size(), key) != 0) continue;
    cases.push_back(FixtureCase{name.substr(5), nlohmann::json::parse(text)});
  }
  REQUIRE(!cases.empty());
  return cases;
}

Tensor Fixture::Get(const std::string& name) const {
  absl::StatusOr<Tensor> tensor = reader_->Read(name);
  INFO(tensor.status().ToString());
  REQUIRE(tensor.ok());
  return *std::move(tensor);
}

Tensor Fixture::GetOrEmpty(const std::string& name) const {
  return Has(name) ? Get(name) : Tensor();
}

void CheckDecodes(const QuantizedTensor& tensor, const Tensor& expected, ZeroSign zero_sign) {
  INFO(tensor.Validate().ToString());
  REQUIRE(tensor.Validate().ok());
  REQUIRE(tensor.num_elements() == expected.num_elements());
  std::vector<float> actual(static_cast<size_t>(tensor.num_elements()));
  const absl::Status status = Dequantize(tensor, absl::MakeSpan(actual));
  INFO(status.ToString());
  REQUIRE(status.ok());
  const absl::StatusOr<Tensor> wide = expected.ToF32();
  REQUIRE(wide.ok());
  const absl::Span<const float> values = wide->as<float>();
  size_t wrong = 0;
  size_t first = 0;
  for (size_t i = 0; i < actual.size(); ++i) {
    const float a = actual[i];
    const float b = values[i];
    const bool same = std::bit_cast<uint32_t>(a) == std::bit_cast<uint32_t>(b) ||
                      (a != a && b != b) || (zero_sign == ZeroSign::kIgnored && a == 0 && b == 0);
    if (!same && wrong++ == 0) first = i;
  }
  INFO(wrong << " of " << actual.size() << " values differ, the first at " << first << ": "
             << actual[first] << ", the peer has " << values[first]);
  CHECK(wrong == 0);
}

void CheckSame(const Tensor& actual, const Tensor& expected, const std::string& what) {
  INFO(what << ": " << ShapeString(actual.shape()) << " of " << DTypeName(actual.dtype())
            << " against " << ShapeString(expected.shape()) << " of "
            << DTypeName(expected.dtype()));
  REQUIRE(actual.dtype() == expected.dtype());
  REQUIRE(actual.shape() == expected.shape());
  CHECK((expected.size_bytes() == 0 ||
         std::memcmp(actual.data(), expected.data(), expected.size_bytes()) == 0));
}

void CheckFails(const absl::Status& status, const std::string& part) {
  INFO(status.ToString() << " should speak of " << part);
  CHECK((!status.ok() && absl::StrContains(status.message(), part)));
}

Tensor Resized(const Tensor& tensor, int axis, int64_t delta) {
  std::vector<int64_t> shape = tensor.shape();
  shape[static_cast<size_t>(axis)] += delta;
  absl::StatusOr<Tensor> resized = Tensor::Create(tensor.dtype(), shape);
  REQUIRE(resized.ok());
  return *std::move(resized);
}

}  // namespace pawl::testing
