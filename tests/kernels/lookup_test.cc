// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/lookup.h"

#include <vector>

#include "test_util.h"

namespace pawl::kernels {

TEST_CASE("LookUp finds every entry on every target") {
  Rng rng(41);
  const std::vector<uint8_t> table = RandomIntegers<uint8_t>(rng, 256);
  std::vector<size_t> sizes = {256, 1000};
  for (const size_t n : TestSizes()) sizes.push_back(n);
  for (const size_t n : sizes) {
    std::vector<uint8_t> codes = RandomIntegers<uint8_t>(rng, n);
    for (size_t i = 0; n >= 256 && i < 256; ++i) codes[i] = static_cast<uint8_t>(i);
    std::vector<uint8_t> found(n);
    for (size_t i = 0; i < n; ++i) found[i] = table[codes[i]];
    const Buffer<uint8_t> expected(found);
    ForEachTarget([&](Target target) {
      Buffer<uint8_t> to(n);
      const Buffer<uint8_t> from(codes);
      LookUp(target, table.data(), from.data(), n, to.data());
      CHECK(to.FirstDifference(expected) == n);
      CHECK(to.BorderIntact());
      Buffer<uint8_t> same(codes);
      LookUp(target, table.data(), same.data(), n, same.data());
      CHECK(same.FirstDifference(expected) == n);
    });
  }
}

}  // namespace pawl::kernels
