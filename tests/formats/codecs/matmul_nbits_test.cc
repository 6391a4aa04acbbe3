// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <cstdint>
#include <string>

#include "catch2/catch_test_macros.hpp"
#include "pawl/checkpoint_formats.h"
#include "tests/formats/codecs/fixture.h"

namespace pawl {
namespace {

using testing::CheckDecodes;
using testing::CheckFails;
using testing::CheckSame;
using testing::Fixture;
using testing::FixtureCase;
using testing::Resized;

MatMulNBitsTensors StoredOf(const Fixture& fixture, const FixtureCase& test) {
  MatMulNBitsTensors t;
  t.b = fixture.Get(test.name + ".B");
  t.scales = fixture.Get(test.name + ".scales");
  t.zero_points = fixture.GetOrEmpty(test.name + ".zero_points");
  t.bits = test.facts.at("bits").get<int>();
  t.n = test.facts.at("N").get<int64_t>();
  t.k = test.facts.at("K").get<int64_t>();
  t.block_size = test.facts.at("block_size").get<int64_t>();
  return t;
}

// Rows of `stride` bytes whose first `bits` bits mean something: the rest is made zero.
Tensor WithoutPadding(const Tensor& tensor, int64_t rows, int64_t bits) {
  Tensor out = *tensor.Clone();
  const int64_t stride = static_cast<int64_t>(out.size_bytes()) / rows;
  auto* bytes = static_cast<uint8_t*>(out.mutable_data());
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t bit = bits; bit < stride * 8; ++bit) {
      uint8_t& byte = bytes[row * stride + bit / 8];
      byte = static_cast<uint8_t>(byte & ~(1 << (bit % 8)));
    }
  }
  return out;
}

TEST_CASE("MatMulNBits: weights decode to onnxruntime's values and are written back") {
  const Fixture fixture("onnxruntime");
  for (const FixtureCase& test : fixture.Cases("matmulnbits.")) {
    INFO(test.name);
    const MatMulNBitsTensors stored = StoredOf(fixture, test);
    const auto tensor = FromMatMulNBits(stored);
    INFO(tensor.status().ToString());
    REQUIRE(tensor.ok());
    CheckDecodes(*tensor, fixture.Get(test.name + ".decoded"));
    const auto again = ToMatMulNBits(*tensor);
    INFO(again.status().ToString());
    REQUIRE(again.ok());
    // The fixtures have random padding, which is no code.
    CheckSame(again->b, WithoutPadding(stored.b, stored.n, stored.k * stored.bits), "B");
    CheckSame(again->scales, stored.scales, "scales");
    Tensor zeros = stored.zero_points;
    if (zeros.dtype() == DType::kU8 && !zeros.empty()) {
      zeros = WithoutPadding(zeros, stored.n, stored.scales.dim(1) * stored.bits);
    }
    CheckSame(again->zero_points, zeros, "zero_points");
    CHECK(again->block_size == stored.block_size);
  }
}

TEST_CASE("MatMulNBits: parts that do not fit are errors that name them") {
  const Fixture fixture("onnxruntime");
  const MatMulNBitsTensors good =
      StoredOf(fixture, fixture.Cases("matmulnbits.b4.packed_zero.k50").front());
  REQUIRE(FromMatMulNBits(good).ok());
  const auto fails = [&](const std::string& part, const auto& spoil) {
    MatMulNBitsTensors t = good;
    spoil(t);
    CheckFails(FromMatMulNBits(t).status(), part);
  };
  using T = MatMulNBitsTensors;
  fails("B", [](T& t) { t.b = Resized(t.b, 1, -1); });
  fails("B", [](T& t) { t.k = 66; });
  fails("scales", [](T& t) { t.scales = Resized(t.scales, 1, 1); });
  fails("scales", [](T& t) { t.scales = t.zero_points; });
  fails("zero_points", [](T& t) { t.zero_points = Resized(t.zero_points, 0, 1); });
  fails("zero_points", [](T& t) { t.zero_points = Resized(t.scales, 0, 1); });
  fails("bits", [](T& t) { t.bits = 1; });
  fails("block_size", [](T& t) { t.block_size = 48; });
  fails("block_size", [](T& t) { t.block_size = 0; });
  fails("shape", [](T& t) { t.k = -1; });
  fails("shape", [](T& t) { t.n = 0, t.k = int64_t{1} << 61; });
  // A weight of no elements whose rows alone would take years to walk, or more memory than there
  // is.
  fails("no elements",
        [](T& t) { t = {Tensor(), Tensor(), Tensor(), 4, int64_t{1} << 45, 0, 32}; });
  fails("no elements",
        [](T& t) { t = {Tensor(), Tensor(), Tensor(), 4, 0, int64_t{1} << 45, 32}; });
  const auto small = QuantizedTensor::Create(*ParseScheme("int4:g8"), {4, 64});
  REQUIRE(small.ok());
  CheckFails(ToMatMulNBits(*small).status(), "block_size");
  const auto brain = QuantizedTensor::Create(*ParseScheme("int4:g32:bf16"), {4, 64});
  REQUIRE(brain.ok());
  CheckFails(ToMatMulNBits(*brain).status(), "f32 or f16");
}

}  // namespace
}  // namespace pawl
