// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/dequantize.h"

#include <algorithm>

#include "test_util.h"

namespace pawl::kernels {
namespace {

struct Parameters {
  std::vector<float> scales, zeros, minimums;

  Parameters(Rng& rng, size_t count) {
    scales = NastyFloats(rng, count, 0.1f);
    zeros = RandomFloats(rng, count, 20.0f);
    minimums = NastyFloats(rng, count);
    for (size_t g = 0; g < count; g += 2) zeros[g] = std::floor(zeros[g]);
  }

  DequantizeGroups Groups(size_t size, uint32_t parts) const {
    DequantizeGroups groups;
    groups.size = size;
    groups.scales = scales.data();
    if (parts & 1) groups.zeros = zeros.data();
    if (parts & 2) groups.minimums = minimums.data();
    groups.stream = (parts & 4) != 0;
    return groups;
  }
};

// Calls run(n, groups, seed) for sizes, groupings and sets of parameters.
template <class Run>
void ForEachShape(const Run& run) {
  uint32_t seed = 1;
  for (const size_t n : TestSizes()) {
    for (const size_t size : {size_t{1}, size_t{3}, size_t{16}, size_t{32}, size_t{64}, n + 1}) {
      Rng rng(++seed);
      const Parameters parameters(rng, n / size + 1);
      INFO("n " << n << ", group " << size << ", parts " << seed % 8);
      run(n, parameters.Groups(size, seed % 8), rng);
    }
  }
}

// Compares kernel(target, out) with reference(out) for n values.
template <class Kernel, class Reference>
void Compare(size_t n, const Kernel& kernel, const Reference& reference) {
  Buffer<float> expected(n);
  reference(expected.data());
  ForEachTarget([&](Target target) {
    Buffer<float> out(n);
    kernel(target, out.data());
    CHECK(out.FirstDifference(expected, /*any_nan=*/true) == n);
    CHECK(out.BorderIntact());
  });
}

template <class T, class Kernel, class Reference>
void CompareCodes(const Kernel& kernel, const Reference& reference) {
  ForEachShape([&](size_t n, const DequantizeGroups& groups, Rng& rng) {
    const Buffer<T> codes(RandomIntegers<T>(rng, n));
    Compare(
        n, [&](Target t, float* out) { kernel(t, codes.data(), n, groups, out); },
        [&](float* out) { reference(codes.data(), n, groups, out); });
  });
}

}  // namespace

TEST_CASE("dequantize: by hand") {
  const int8_t codes[] = {-128, 0, 3, 127};
  const float scales[] = {0.5f, 2.0f}, zeros[] = {1.0f, 0.5f}, minimums[] = {10.0f, -1.0f};
  const float expected[] = {-74.5f, -10.5f, 6.0f, 254.0f};
  ForEachTarget([&](Target target) {
    float out[4];
    DequantizeRowI8(target, codes, 4, {2, scales, zeros, minimums, false}, out);
    CHECK(std::equal(out, out + 4, expected));
    DequantizeI8(target, codes, 4, 0.5f, 3.0f, out);
    const float run[] = {-65.5f, -1.5f, 0.0f, 62.0f};
    CHECK(std::equal(out, out + 4, run));
  });
}

TEST_CASE("dequantize: the reference rounds each step once") {
  Rng rng(3);
  for (int i = 0; i < 2000; ++i) {
    const auto code = static_cast<int16_t>(rng());
    const float scale = RandomNormal(rng), zero = std::floor(RandomNormal(rng, 100.0f));
    const float minimum = RandomNormal(rng, 1000.0f);
    float out = 0.0f;
    reference::DequantizeRowI16(&code, 1, {1, &scale, &zero, &minimum, false}, &out);
    // Exact in double, so that each conversion to float is the only rounding of its step.
    const float level = static_cast<float>(code - static_cast<double>(zero));
    const float product = static_cast<float>(static_cast<double>(level) * scale);
    CHECK(out == static_cast<float>(static_cast<double>(product) - minimum));
  }
}

TEST_CASE("dequantize: four-bit codes by hand") {
  const uint8_t packed[] = {0x81, 0x7F, 0x03};
  const float scale = 2.0f;
  float levels[16];
  for (int i = 0; i < 16; ++i) levels[i] = static_cast<float>(i * i);
  const DequantizeGroups groups{8, &scale, nullptr, nullptr, false};
  const float signed_values[] = {2, -16, -2, 14, 6}, unsigned_values[] = {2, 16, 30, 14, 6};
  const float table_values[] = {2, 128, 450, 98, 18};
  ForEachTarget([&](Target target) {
    float out[5];
    DequantizeRowI4(target, packed, 5, groups, out);
    CHECK(std::equal(out, out + 5, signed_values));
    DequantizeRowU4(target, packed, 5, groups, out);
    CHECK(std::equal(out, out + 5, unsigned_values));
    DequantizeRowTable4(target, packed, 5, levels, groups, out);
    CHECK(std::equal(out, out + 5, table_values));
  });
}

TEST_CASE("dequantize: int8 is the same on every target") {
  CompareCodes<int8_t>(DequantizeRowI8, reference::DequantizeRowI8);
}
TEST_CASE("dequantize: uint8 is the same on every target") {
  CompareCodes<uint8_t>(DequantizeRowU8, reference::DequantizeRowU8);
}
TEST_CASE("dequantize: int16 is the same on every target") {
  CompareCodes<int16_t>(DequantizeRowI16, reference::DequantizeRowI16);
}

TEST_CASE("dequantize: four bits are the same on every target") {
  ForEachShape([&](size_t n, const DequantizeGroups& groups, Rng& rng) {
    const Buffer<uint8_t> packed(RandomIntegers<uint8_t>(rng, (n + 1) / 2));
    const uint8_t* p = packed.data();
    const std::vector<float> levels = NastyFloats(rng, 16);
    Compare(
        n, [&](Target t, float* out) { DequantizeRowI4(t, p, n, groups, out); },
        [&](float* out) { reference::DequantizeRowI4(p, n, groups, out); });
    Compare(
        n, [&](Target t, float* out) { DequantizeRowU4(t, p, n, groups, out); },
        [&](float* out) { reference::DequantizeRowU4(p, n, groups, out); });
    Compare(
        n, [&](Target t, float* out) { DequantizeRowTable4(t, p, n, levels.data(), groups, out); },
        [&](float* out) { reference::DequantizeRowTable4(p, n, levels.data(), groups, out); });
  });
}

TEST_CASE("dequantize: tables of every size are the same on every target") {
  ForEachShape([&](size_t n, const DequantizeGroups& groups, Rng& rng) {
    constexpr size_t kSizes[] = {2, 4, 8, 15, 16, 17, 32, 256};
    const size_t size = kSizes[rng() % std::size(kSizes)];
    const std::vector<float> levels = NastyFloats(rng, size);
    std::vector<uint8_t> values = RandomIntegers<uint8_t>(rng, n);
    for (uint8_t& v : values) v = static_cast<uint8_t>(v % size);
    const Buffer<uint8_t> codes(values);
    Compare(
        n,
        [&](Target t, float* out) {
          DequantizeRowTable(t, codes.data(), n, levels.data(), size, groups, out);
        },
        [&](float* out) {
          reference::DequantizeRowTable(codes.data(), n, levels.data(), size, groups, out);
        });
  });
}

TEST_CASE("dequantize: streaming to aligned memory gives the same values") {
  constexpr size_t kN = 4096 + 5;
  Rng rng(5);
  const std::vector<int8_t> codes = RandomIntegers<int8_t>(rng, kN);
  alignas(64) static float plain[kN], streamed[kN];
  const float scale = 0.3f;
  ForEachTarget([&](Target target) {
    DequantizeGroups groups{kN, &scale, nullptr, nullptr, false};
    DequantizeRowI8(target, codes.data(), kN, groups, plain);
    groups.stream = true;
    std::fill(streamed, streamed + kN, 0.0f);
    DequantizeRowI8(target, codes.data(), kN, groups, streamed);
    CHECK(std::memcmp(plain, streamed, sizeof(plain)) == 0);
  });
}

}  // namespace pawl::kernels
