// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/quantize.h"

#include <algorithm>
#include <type_traits>

#include "test_util.h"

namespace pawl::kernels {
namespace {

// Independent of the kernels: division in double (whose rounding to float is the f32 quotient) and
// rounding by comparing remainders.
int32_t ExpectedCode(float x, const QuantizeParams& p) {
  const float q = static_cast<float>(static_cast<double>(x) / static_cast<double>(p.scale));
  if (q != q) return std::clamp(p.zero, p.lo, p.hi);
  if (q > 1e6f) return p.hi;
  if (q < -1e6f) return p.lo;
  const double below = std::floor(static_cast<double>(q));
  const double rest = q - below;
  auto whole = static_cast<int32_t>(below);
  if (rest > 0.5 || (rest == 0.5 && whole % 2 != 0)) ++whole;
  return std::clamp(whole + p.zero, p.lo, p.hi);
}

struct Family8 {
  using Code = int8_t;
  static constexpr auto kKernel = &QuantizeRowI8;
  static constexpr auto kReference = &reference::QuantizeRowI8;
  static constexpr int32_t kLo = -128, kHi = 127;
};
struct FamilyU8 {
  using Code = uint8_t;
  static constexpr auto kKernel = &QuantizeRowU8;
  static constexpr auto kReference = &reference::QuantizeRowU8;
  static constexpr int32_t kLo = 0, kHi = 255;
};
struct Family16 {
  using Code = int16_t;
  static constexpr auto kKernel = &QuantizeRowI16;
  static constexpr auto kReference = &reference::QuantizeRowI16;
  static constexpr int32_t kLo = -32768, kHi = 32767;
};
struct Family4 {
  using Code = uint8_t;
  static constexpr auto kKernel = &QuantizeRow4;
  static constexpr auto kReference = &reference::QuantizeRow4;
  static constexpr int32_t kLo = -8, kHi = 7;
};

// Scales (some odd ones), zero points and offsets for the groups of a row.
struct Parameters {
  std::vector<float> scales, zeros, float_zeros, minimums;

  Parameters(Rng& rng, size_t count, int32_t lo, int32_t hi) {
    constexpr float kScales[] = {1.0f, 0.037f, -0.25f, 3e-39f, 1e30f, 0.0f, kInf, kNaN};
    for (size_t g = 0; g < count; ++g) {
      scales.push_back(rng() % 3 == 0 ? kScales[rng() % std::size(kScales)]
                                      : std::fabs(RandomNormal(rng, 0.1f)) + 1e-6f);
      zeros.push_back(static_cast<float>(lo + static_cast<int32_t>(rng() % (hi - lo + 1))));
      float_zeros.push_back(RandomNormal(rng, 4.0f));
      minimums.push_back(RandomNormal(rng));
    }
  }

  QuantizeGroups Groups(size_t size, int parts, int32_t lo, int32_t hi) const {
    QuantizeGroups groups;
    groups.size = size;
    groups.scales = scales.data();
    if (parts & 1) groups.zeros = zeros.data();
    if (parts & 2) groups.float_zeros = float_zeros.data();
    if (parts & 4) groups.minimums = minimums.data();
    groups.lo = lo;
    groups.hi = hi;
    return groups;
  }
};

template <class Family>
void CompareWithReference(size_t n, size_t group_size, int parts, uint32_t seed) {
  Rng rng(seed);
  const Buffer<float> x(NastyFloats(rng, n));
  const Parameters parameters(rng, n / group_size + 1, Family::kLo, Family::kHi);
  const QuantizeGroups groups = parameters.Groups(group_size, parts, Family::kLo, Family::kHi);
  Buffer<typename Family::Code> expected(std::is_same_v<Family, Family4> ? (n + 1) / 2 : n);
  Family::kReference(x.data(), n, groups, expected.data());
  INFO("n " << n << ", group " << group_size << ", parts " << parts);
  ForEachTarget([&](Target target) {
    Buffer<typename Family::Code> codes(expected.size());
    Family::kKernel(target, x.data(), n, groups, codes.data());
    CHECK(codes.FirstDifference(expected) == expected.size());
    CHECK(codes.BorderIntact());
  });
}

template <class Family>
void CompareAllShapes() {
  uint32_t seed = 1;
  for (const size_t n : TestSizes()) {
    CompareWithReference<Family>(n, n + 1, 1, ++seed);
    for (const size_t size : {1, 3, 16, 32, 33, 64, 128}) {
      CompareWithReference<Family>(n, size, static_cast<int>(seed % 8), seed + 1000);
      ++seed;
    }
  }
  // Longer than a chunk of codes on the way to nibbles, in groups that fit it and that do not.
  for (const size_t n : {2047, 3001, 4096}) {
    for (const size_t size : {16, 32, 48, 1000, 1024, 1536, 2048, 4096}) {
      for (const int parts : {0, 1, 2, 7}) CompareWithReference<Family>(n, size, parts, ++seed);
    }
  }
}

}  // namespace

TEST_CASE("quantize: the reference does the arithmetic that quantize.h states") {
  Rng rng(7);
  for (const float scale : {1.0f, 0.1f, 0.0078125f, 3e-39f, -0.5f, 1e30f, 0.0f, kNaN}) {
    for (const int32_t zero : {0, 3, -128, 127}) {
      const QuantizeParams params{scale, zero, -128, 127};
      const std::vector<float> x = NastyFloats(rng, 500, 10.0f);
      std::vector<int8_t> codes(x.size());
      QuantizeI8(Target::kScalar, x.data(), x.size(), params, codes.data());
      for (size_t i = 0; i < x.size(); ++i) {
        INFO("x " << x[i] << ", scale " << scale << ", zero " << zero);
        CHECK(codes[i] == ExpectedCode(x[i], params));
      }
    }
  }
}

TEST_CASE("quantize: ties, NaN, infinities and saturation by hand") {
  const float x[] = {0.5f, 1.5f, 2.5f, -0.5f, -1.5f, kNaN, kInf, -kInf, 1e30f, -0.0f, 126.5f, -200};
  const int8_t expected[] = {3, 5, 5, 3, 1, 3, 127, -127, 127, 3, 127, -127};
  ForEachTarget([&](Target target) {
    int8_t codes[std::size(x)];
    QuantizeI8(target, x, std::size(x), {1.0f, 3, -127, 127}, codes);
    CHECK(std::equal(std::begin(codes), std::end(codes), expected));
  });
}

TEST_CASE("quantize: offsets before and after rounding, by hand") {
  const float x[] = {1.0f, 2.0f, 3.0f, 4.0f};
  const float scales[] = {2.0f, 1.0f}, zeros[] = {1.0f, 2.0f};
  const float float_zeros[] = {0.25f, 0.5f}, minimums[] = {1.0f, -1.0f};
  QuantizeGroups groups{2, scales, zeros, float_zeros, minimums, 0, 255};
  ForEachTarget([&](Target target) {
    uint8_t codes[4];
    QuantizeRowU8(target, x, 4, groups, codes);
    // (1+1)/2+.25 = 1.25 -> 1+1; (2+1)/2+.25 = 1.75 -> 2+1; (3-1)/1+.5 = 2.5 -> 2+2; 3.5 -> 4+2
    const uint8_t expected[] = {2, 3, 4, 6};
    CHECK(std::equal(codes, codes + 4, expected));
  });
}

TEST_CASE("quantize: four-bit codes go low half first and end in zeros") {
  const float x[] = {1.0f, -1.0f, 7.0f, -8.0f, 3.0f};
  ForEachTarget([&](Target target) {
    uint8_t packed[3] = {0xFF, 0xFF, 0xFF};
    Quantize4(target, x, 5, {1.0f, 0, -8, 7}, packed);
    CHECK(packed[0] == 0xF1);
    CHECK(packed[1] == 0x87);
    CHECK(packed[2] == 0x03);
  });
}

TEST_CASE("quantize: int8 is the same on every target") { CompareAllShapes<Family8>(); }
TEST_CASE("quantize: uint8 is the same on every target") { CompareAllShapes<FamilyU8>(); }
TEST_CASE("quantize: int16 is the same on every target") { CompareAllShapes<Family16>(); }
TEST_CASE("quantize: four bits are the same on every target") { CompareAllShapes<Family4>(); }

TEST_CASE("quantize: quotients next to half-way points are the same on every target") {
  Rng rng(11);
  for (int round = 0; round < 200; ++round) {
    const float scale = std::fabs(RandomNormal(rng)) + 0.01f;
    std::vector<float> values;
    for (int code = -130; code <= 130; ++code) {
      float v = (static_cast<float>(code) + 0.5f) * scale;
      v = std::nextafter(std::nextafter(v, -kInf), -kInf);
      for (int i = 0; i < 5; ++i, v = std::nextafter(v, kInf)) values.push_back(v);
    }
    const QuantizeParams params{scale, 0, -128, 127};
    ForEachTarget([&](Target target) {
      std::vector<int8_t> codes(values.size());
      QuantizeI8(target, values.data(), values.size(), params, codes.data());
      size_t wrong = 0;
      for (size_t i = 0; i < values.size(); ++i)
        wrong += codes[i] != ExpectedCode(values[i], params);
      CHECK(wrong == 0);
    });
  }
}

}  // namespace pawl::kernels
