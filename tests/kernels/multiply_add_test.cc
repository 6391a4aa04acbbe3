// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/multiply_add.h"

#include <vector>

#include "kernels/float_env.h"
#include "test_util.h"

namespace pawl::kernels {

TEST_CASE("MultiplyAdd rounds once on every target") {
  const FloatEnvironment environment;
  Rng rng(5);
  for (const bool any_bits : {false, true}) {
    for (const size_t n : TestSizes()) {
      std::vector<float> a(n), b(n), sum(n);
      for (size_t i = 0; i < n; ++i) {
        a[i] = any_bits ? RandomBits(rng) : RandomNormal(rng);
        b[i] = any_bits ? RandomBits(rng) : RandomNormal(rng);
        // Near cancellation, where a second rounding shows.
        sum[i] = any_bits ? RandomBits(rng) : -a[i] * b[i];
      }
      const Buffer<float> in_a(a), in_b(b);
      Buffer<float> expected(sum);
      reference::MultiplyAdd(a.data(), b.data(), n, expected.data());
      ForEachTarget([&](Target target) {
        INFO("n " << n << " any bits " << any_bits);
        Buffer<float> actual(sum);
        MultiplyAdd(target, in_a.data(), in_b.data(), n, actual.data());
        CHECK(actual.FirstDifference(expected, true) == n);
        CHECK(actual.BorderIntact());
      });
    }
  }
}

TEST_CASE("ScaleAndAdd rounds twice on every target, in place too") {
  const FloatEnvironment environment;
  Rng rng(6);
  for (const bool any_bits : {false, true}) {
    for (const size_t n : TestSizes()) {
      const float scale = any_bits ? RandomBits(rng) : 1.0f + 0x1p-12f;
      std::vector<float> a(n), bias(n);
      for (size_t i = 0; i < n; ++i) {
        a[i] = any_bits ? RandomBits(rng) : RandomNormal(rng);
        // What is left shows whether the product was rounded.
        bias[i] = any_bits ? RandomBits(rng) : -a[i] * scale;
      }
      for (const bool with_bias : {false, true}) {
        const float* added = with_bias ? bias.data() : nullptr;
        Buffer<float> expected(n);
        for (size_t i = 0; i < n; ++i) {
          const float product = a[i] * scale;
          expected.data()[i] = with_bias ? product + bias[i] : product;
        }
        ForEachTarget([&](Target target) {
          INFO("n " << n << " any bits " << any_bits << " bias " << with_bias);
          Buffer<float> actual(n), in_place(a);
          ScaleAndAdd(target, a.data(), scale, added, n, actual.data());
          CHECK(actual.FirstDifference(expected, true) == n);
          CHECK(actual.BorderIntact());
          ScaleAndAdd(target, in_place.data(), scale, added, n, in_place.data());
          CHECK(in_place.FirstDifference(expected, true) == n);
        });
      }
    }
  }
}

TEST_CASE("The reference is the fused operation") {
  // 1 + 2^-12 squared has a bit that f32 products lose.
  const float a = 1.0f + 0x1p-12f;
  float sum = -(1.0f + 0x1p-11f);
  reference::MultiplyAdd(&a, &a, 1, &sum);
  CHECK(sum == 0x1p-24f);
}

}  // namespace pawl::kernels
