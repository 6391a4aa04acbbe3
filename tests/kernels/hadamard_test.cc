// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/hadamard.h"

#include <cmath>
#include <vector>

#include "kernels/float_env.h"
#include "test_util.h"

namespace pawl::kernels {

TEST_CASE("RotateBlocks gives the same bits on every target") {
  const FloatEnvironment environment;
  Rng rng(9);
  for (const bool any_bits : {false, true}) {
    for (const size_t block : {1, 2, 4, 8, 16, 32, 64, 128, 512, 4096}) {
      for (const size_t blocks : {0, 1, 3}) {
        const size_t n = block * blocks;
        const float norm = static_cast<float>(1.0 / std::sqrt(static_cast<double>(block)));
        std::vector<float> x(n);
        std::vector<int8_t> signs(n);
        for (size_t i = 0; i < n; ++i) {
          x[i] = any_bits ? RandomBits(rng) : RandomNormal(rng);
          signs[i] = RandomNormal(rng) < 0.0f ? int8_t{-1} : int8_t{1};
        }
        Buffer<float> expected(x);
        reference::RotateBlocks(signs.data(), n, block, norm, expected.data());
        Buffer<float> without(x);
        reference::RotateBlocks(nullptr, n, block, norm, without.data());
        ForEachTarget([&](Target target) {
          INFO("block " << block << " n " << n << " any bits " << any_bits);
          Buffer<float> actual(x), plain(x);
          RotateBlocks(target, signs.data(), n, block, norm, actual.data());
          CHECK(actual.FirstDifference(expected, true) == n);
          CHECK(actual.BorderIntact());
          RotateBlocks(target, nullptr, n, block, norm, plain.data());
          CHECK(plain.FirstDifference(without, true) == n);
        });
      }
    }
  }
}

TEST_CASE("The reference is Sylvester's matrix over its square root, after the signs") {
  const FloatEnvironment environment;
  const size_t n = 16;
  std::vector<int8_t> signs(n, 1);
  signs[5] = -1;
  for (size_t column = 0; column < n; ++column) {
    std::vector<float> x(n, 0.0f);
    x[column] = 1.0f;
    reference::RotateBlocks(signs.data(), n, n, 0.25f, x.data());
    for (size_t row = 0; row < n; ++row) {
      const bool minus = (__builtin_popcountll(row & column) % 2 == 1) != (column == 5);
      CHECK(x[row] == (minus ? -0.25f : 0.25f));
    }
  }
}

}  // namespace pawl::kernels
