// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/image_rows.h"

#include <vector>

#include "kernels/float_env.h"
#include "test_util.h"

namespace pawl::kernels {

TEST_CASE("CopyXor flips every byte on every target") {
  Rng rng(31);
  for (const size_t n : TestSizes()) {
    const std::vector<uint8_t> bytes = RandomIntegers<uint8_t>(rng, n);
    const Buffer<uint8_t> from(bytes);
    std::vector<uint8_t> flipped;
    for (const uint8_t byte : bytes) flipped.push_back(static_cast<uint8_t>(byte + 128));
    const Buffer<uint8_t> expected(flipped);
    ForEachTarget([&](Target target) {
      Buffer<uint8_t> to(n);
      CopyXor(target, from.data(), n, 128, to.data());
      CHECK(to.FirstDifference(expected) == n);
      CHECK(to.BorderIntact());
    });
  }
}

namespace {

template <class T, class Transpose>
void CheckTranspose(const std::vector<T>& values, const TransposeShape& s,
                    const Transpose& transpose) {
  const Buffer<T> from(values);
  const size_t n = (s.cols - 1) * s.to_stride + s.rows;
  std::vector<T> moved(n, T{77});
  for (size_t r = 0; r < s.rows; ++r) {
    for (size_t c = 0; c < s.cols; ++c) moved[c * s.to_stride + r] = values[r * s.from_stride + c];
  }
  const Buffer<T> expected(moved);
  ForEachTarget([&](Target target) {
    INFO(s.rows << " x " << s.cols);
    Buffer<T> to(std::vector<T>(n, T{77}));
    transpose(target, from.data(), s, to.data());
    CHECK(to.FirstDifference(expected) == n);
    CHECK(to.BorderIntact());
  });
}

}  // namespace

TEST_CASE("Transposing moves every element and touches nothing between") {
  Rng rng(32);
  for (const size_t rows : {1, 3, 4, 5, 7, 8, 9, 16, 23}) {
    for (const size_t cols : {1, 2, 4, 6, 8, 11, 16, 33}) {
      const TransposeShape s{rows, cols, cols + rows % 3, rows + cols % 4};
      const size_t n = (rows - 1) * s.from_stride + cols;
      CheckTranspose(RandomIntegers<uint8_t>(rng, n), s, TransposeU8);
      CheckTranspose(RandomFloats(rng, n), s, TransposeF32);
    }
  }
}

TEST_CASE("ScaleSums and FinishRowF32 round each step on every target") {
  const FloatEnvironment environment;
  Rng rng(33);
  for (const size_t n : TestSizes()) {
    const std::vector<int32_t> integers = RandomIntegers<int32_t>(rng, n);
    const std::vector<float> factors = RandomFloats(rng, n);
    std::vector<int32_t> some = integers;
    for (size_t i = 0; i < n; i += 3) some[i] = 0;  // a negative scale gives no -0
    const Buffer<int32_t> sums(some);
    const Buffer<float> scales(factors);
    const Buffer<float> rows(NastyFloats(rng, n));
    Buffer<float> scaled(n), finished(n), plain(n);
    for (size_t i = 0; i < n; ++i) {
      scaled.data()[i] = std::fma(factors[i], static_cast<float>(some[i]), 0.0f);
      const float product = rows[i] * 0.37f;
      const float v = product + factors[i];
      finished.data()[i] = v < 0.0f ? 0.0f : v > 6.0f ? 6.0f : v;
      plain.data()[i] = product;
    }
    ForEachTarget([&](Target target) {
      INFO("n " << n);
      Buffer<float> out(n);
      ScaleSums(target, sums.data(), scales.data(), n, out.data());
      CHECK(out.FirstDifference(scaled) == n);
      CHECK(out.BorderIntact());
      Buffer<float> with_bias(n), without(n);
      std::copy(rows.data(), rows.data() + n, with_bias.data());
      std::copy(rows.data(), rows.data() + n, without.data());
      FinishRowF32(target, {0.37f, scales.data(), 0.0f, 6.0f}, n, with_bias.data());
      FinishRowF32(target, {0.37f, nullptr, -kInf, kInf}, n, without.data());
      CHECK(with_bias.FirstDifference(finished, true) == n);
      CHECK(without.FirstDifference(plain, true) == n);
      CHECK(with_bias.BorderIntact());
    });
  }
}

}  // namespace pawl::kernels
