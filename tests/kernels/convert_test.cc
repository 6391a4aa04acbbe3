// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/convert.h"

#include <numeric>

#include "pawl/float_types.h"
#include "test_util.h"

namespace pawl::kernels {
namespace {

std::vector<uint16_t> AllCodes() {
  std::vector<uint16_t> codes(65536);
  std::iota(codes.begin(), codes.end(), uint16_t{0});
  return codes;
}

// Each value of a 16-bit type, its midpoint to the next one, and the neighbours of both; and
// random bits.
std::vector<float> HardFloats(float (*widen)(uint16_t)) {
  std::vector<float> values;
  for (uint32_t code = 0; code < 65536; ++code) {
    const uint32_t bits = std::bit_cast<uint32_t>(widen(static_cast<uint16_t>(code)));
    const uint32_t next = std::bit_cast<uint32_t>(widen(static_cast<uint16_t>(code ^ 1)));
    const uint32_t middle = bits / 2 + next / 2 + (bits & next & 1);
    for (uint32_t center : {bits, middle}) {
      for (uint32_t offset : {0u, 1u, ~0u}) values.push_back(std::bit_cast<float>(center + offset));
    }
  }
  Rng rng(9);
  for (int i = 0; i < 100000; ++i) values.push_back(RandomBits(rng));
  return values;
}

}  // namespace

TEST_CASE("convert: every 16-bit code widens to the bits of float_types.h") {
  const Buffer<uint16_t> codes(AllCodes());
  ForEachTarget([&](Target target) {
    Buffer<float> halves(codes.size()), bfloats(codes.size());
    ConvertF16ToF32(target, codes.data(), codes.size(), halves.data());
    ConvertBF16ToF32(target, codes.data(), codes.size(), bfloats.data());
    size_t wrong = 0;
    for (size_t i = 0; i < codes.size(); ++i) {
      wrong += std::bit_cast<uint32_t>(halves[i]) != std::bit_cast<uint32_t>(F16ToF32(codes[i]));
      wrong += std::bit_cast<uint32_t>(bfloats[i]) != std::bit_cast<uint32_t>(BF16ToF32(codes[i]));
    }
    CHECK(wrong == 0);
  });
}

TEST_CASE("convert: values, midpoints and their neighbours narrow as float_types.h says") {
  const Buffer<float> halves(HardFloats(F16ToF32)), bfloats(HardFloats(BF16ToF32));
  ForEachTarget([&](Target target) {
    Buffer<uint16_t> f16(halves.size()), bf16(bfloats.size());
    ConvertF32ToF16(target, halves.data(), halves.size(), f16.data());
    ConvertF32ToBF16(target, bfloats.data(), bfloats.size(), bf16.data());
    size_t wrong = 0;
    for (size_t i = 0; i < halves.size(); ++i) wrong += f16[i] != F32ToF16(halves[i]);
    for (size_t i = 0; i < bfloats.size(); ++i) wrong += bf16[i] != F32ToBF16(bfloats[i]);
    CHECK(wrong == 0);
    CHECK((f16.BorderIntact() && bf16.BorderIntact()));
  });
}

TEST_CASE("convert: float_types.h by hand") {
  CHECK(F16ToF32(0x3C00) == 1.0f);
  CHECK(F16ToF32(0x0001) == std::ldexp(1.0f, -24));
  CHECK(F16ToF32(0xFBFF) == -65504.0f);
  CHECK(F32ToF16(65519.0f) == 0x7BFF);
  CHECK(F32ToF16(65520.0f) == 0x7C00);
  CHECK(F32ToF16(std::ldexp(1.0f, -25)) == 0);
  CHECK(F32ToF16(std::ldexp(1.5f, -25)) == 1);
  CHECK(F32ToBF16(1.00390625f) == 0x3F80);
  CHECK(F32ToBF16(1.01171875f) == 0x3F82);
}

TEST_CASE("convert: every length, no stray write") {
  Rng rng(4);
  for (const size_t n : TestSizes()) {
    const Buffer<float> x(NastyFloats(rng, n));
    const Buffer<uint16_t> codes(RandomIntegers<uint16_t>(rng, n));
    Buffer<uint16_t> f16(n), bf16(n);
    Buffer<float> from_f16(n), from_bf16(n);
    reference::ConvertF32ToF16(x.data(), n, f16.data());
    reference::ConvertF32ToBF16(x.data(), n, bf16.data());
    reference::ConvertF16ToF32(codes.data(), n, from_f16.data());
    reference::ConvertBF16ToF32(codes.data(), n, from_bf16.data());
    INFO("n " << n);
    ForEachTarget([&](Target target) {
      Buffer<uint16_t> a(n), b(n);
      Buffer<float> c(n), d(n);
      ConvertF32ToF16(target, x.data(), n, a.data());
      ConvertF32ToBF16(target, x.data(), n, b.data());
      ConvertF16ToF32(target, codes.data(), n, c.data());
      ConvertBF16ToF32(target, codes.data(), n, d.data());
      CHECK((a.FirstDifference(f16) == n && b.FirstDifference(bf16) == n));
      CHECK((c.FirstDifference(from_f16) == n && d.FirstDifference(from_bf16) == n));
      CHECK((a.BorderIntact() && b.BorderIntact() && c.BorderIntact() && d.BorderIntact()));
    });
  }
}

}  // namespace pawl::kernels
