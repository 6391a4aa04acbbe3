// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/pack.h"

#include <algorithm>

#include "test_util.h"

namespace pawl::kernels {
namespace {

size_t PackedBytes(size_t n, int bits) { return (n * static_cast<size_t>(bits) + 7) / 8; }

// Bit by bit, straight from the definition.
std::vector<uint8_t> ExpectedStream(const std::vector<uint8_t>& codes, int bits) {
  std::vector<uint8_t> stream(PackedBytes(codes.size(), bits));
  for (size_t i = 0; i < codes.size(); ++i) {
    for (int b = 0; b < bits; ++b) {
      const size_t position = i * static_cast<size_t>(bits) + static_cast<size_t>(b);
      if (codes[i] >> b & 1) stream[position / 8] |= static_cast<uint8_t>(1 << position % 8);
    }
  }
  return stream;
}

}  // namespace

TEST_CASE("pack: the stream is what its definition says, on every target") {
  Rng rng(1);
  for (int bits = 1; bits <= 8; ++bits) {
    for (const size_t n : TestSizes()) {
      INFO("bits " << bits << ", n " << n);
      const std::vector<uint8_t> values = RandomIntegers<uint8_t>(rng, n);
      const Buffer<uint8_t> codes(values);
      std::vector<int16_t> wide(values.begin(), values.end());
      for (int16_t& v : wide) v = static_cast<int16_t>(v | static_cast<int16_t>(rng() << 8));
      const Buffer<int16_t> codes16(wide);
      const Buffer<uint8_t> expected(ExpectedStream(values, bits));
      ForEachTarget([&](Target target) {
        Buffer<uint8_t> packed(expected.size()), packed16(expected.size());
        PackBitsU8(target, codes.data(), n, bits, packed.data());
        PackBitsI16(target, codes16.data(), n, bits, packed16.data());
        CHECK(packed.FirstDifference(expected) == expected.size());
        CHECK(packed16.FirstDifference(expected) == expected.size());
        CHECK(packed.BorderIntact());
        CHECK(packed16.BorderIntact());
      });
    }
  }
}

TEST_CASE("pack: unpacking gives the codes back, signed and unsigned, on every target") {
  Rng rng(2);
  for (int bits = 1; bits <= 8; ++bits) {
    for (const size_t n : TestSizes()) {
      INFO("bits " << bits << ", n " << n);
      std::vector<uint8_t> values = RandomIntegers<uint8_t>(rng, n);
      for (uint8_t& v : values) v = static_cast<uint8_t>(v & ((1 << bits) - 1));
      const Buffer<uint8_t> packed(ExpectedStream(values, bits));
      for (const bool sign_extend : {false, true}) {
        Buffer<uint8_t> expected(n);
        Buffer<int16_t> expected16(n);
        for (size_t i = 0; i < n; ++i) {
          int v = values[i];
          if (sign_extend && v >= 1 << (bits - 1)) v -= 1 << bits;
          expected.data()[i] = static_cast<uint8_t>(v);
          expected16.data()[i] = static_cast<int16_t>(v);
        }
        ForEachTarget([&](Target target) {
          Buffer<uint8_t> codes(n);
          Buffer<int16_t> codes16(n);
          UnpackBitsU8(target, packed.data(), n, bits, sign_extend, codes.data());
          UnpackBitsI16(target, packed.data(), n, bits, sign_extend, codes16.data());
          CHECK(codes.FirstDifference(expected) == n);
          CHECK(codes16.FirstDifference(expected16) == n);
          CHECK(codes.BorderIntact());
          CHECK(codes16.BorderIntact());
        });
      }
    }
  }
}

}  // namespace pawl::kernels
