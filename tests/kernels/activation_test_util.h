// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Checks that both families of functions of f32 share.

#ifndef PAWL_TESTS_KERNELS_ACTIVATION_TEST_UTIL_H_
#define PAWL_TESTS_KERNELS_ACTIVATION_TEST_UTIL_H_

#include "test_util.h"

namespace pawl::kernels {

// Distance in units of the last place of an f32 near the exact value.
inline double UlpError(float got, long double exact) {
  if (std::fabs(exact) > std::numeric_limits<float>::max()) return std::isinf(got) ? 0.0 : 1e9;
  const int exponent = exact == 0.0L ? -149 : std::max(std::ilogb(exact) - 23, -149);
  return static_cast<double>(
      std::fabs(std::scalbn(static_cast<long double>(got) - exact, -exponent)));
}

// All magnitudes of both signs, and the range where functions bend more densely.
inline std::vector<float> FunctionGrid() {
  std::vector<float> grid;
  for (uint32_t bits = 0; bits < 0x7F800000; bits += 39971) {
    grid.push_back(std::bit_cast<float>(bits));
  }
  for (double v = 0.0; v < 110.0; v += 0.00137) grid.push_back(static_cast<float>(v));
  const size_t half = grid.size();
  for (size_t i = 0; i < half; ++i) grid.push_back(-grid[i]);
  return grid;
}

// function(x, n, y) against exact(x), in units of the last place.
template <class Function, class Exact>
double WorstUlpError(const Function& function, const Exact& exact) {
  const std::vector<float> grid = FunctionGrid();
  std::vector<float> y(grid.size());
  function(grid.data(), grid.size(), y.data());
  double worst = 0.0;
  for (size_t i = 0; i < grid.size(); ++i) {
    worst = std::max(worst, UlpError(y[i], exact(static_cast<long double>(grid[i]))));
  }
  return worst;
}

// function(target, x, n, y) has the reference's bits for all sizes, in place or not.
template <class Function, class Reference>
void CheckSameBits(const Function& function, const Reference& reference) {
  Rng rng(7);
  for (const size_t n : TestSizes()) {
    const Buffer<float> x(NastyFloats(rng, n, n % 2 == 0 ? 3.0f : 30.0f));
    Buffer<float> expected(n);
    reference(x.data(), n, expected.data());
    ForEachTarget([&](Target target) {
      Buffer<float> y(n), in_place(n);
      function(target, x.data(), n, y.data());
      CHECK(y.FirstDifference(expected, true) == n);
      CHECK(y.BorderIntact());
      std::copy_n(x.data(), n, in_place.data());
      function(target, in_place.data(), n, in_place.data());
      CHECK(in_place.FirstDifference(expected, true) == n);
      CHECK(in_place.BorderIntact());
    });
  }
  const std::vector<float> grid = FunctionGrid();
  std::vector<float> expected(grid.size()), y(grid.size());
  reference(grid.data(), grid.size(), expected.data());
  ForEachTarget([&](Target target) {
    function(target, grid.data(), grid.size(), y.data());
    CHECK(std::memcmp(y.data(), expected.data(), y.size() * sizeof(float)) == 0);
  });
}

}  // namespace pawl::kernels

#endif  // PAWL_TESTS_KERNELS_ACTIVATION_TEST_UTIL_H_
