// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/outer_products.h"

#include <algorithm>

#include "test_util.h"

namespace pawl::kernels {
namespace {

void Add(Target target, const float* a, const float* b, const OuterShape& shape, float* c,
         void* scratch) {
  AddOuterProductsF32(target, a, b, shape, c, scratch);
}
void Add(Target target, const double* a, const double* b, const OuterShape& shape, double* c,
         void* scratch) {
  AddOuterProductsF64(target, a, b, shape, c, scratch);
}

template <typename T>
std::vector<T> Random(Rng& rng, size_t n, bool nasty) {
  const std::vector<float> x = nasty ? NastyFloats(rng, n) : RandomFloats(rng, n);
  return std::vector<T>(x.begin(), x.end());
}

// What the header says, in its words.
template <typename T>
void Plain(const T* a, const T* b, const OuterShape& s, T* c) {
  for (size_t k = 0; k < s.k; ++k) {
    for (size_t m = 0; m < s.m; ++m) {
      for (size_t n = 0; n < s.n; ++n) {
        const T factor = a[k * s.a_stride + m];
        T& sum = c[m * s.c_stride + n];
        sum = std::fma(s.subtract ? -factor : factor, b[k * s.b_stride + n], sum);
      }
    }
  }
}

template <typename T>
void CheckShape(Rng& rng, size_t m, size_t n, size_t k, bool subtract, bool nasty) {
  const OuterShape shape{m, n, k, m + 3, n + 1, n + 2, subtract};
  const Buffer<T> a(Random<T>(rng, k * shape.a_stride, nasty));
  const Buffer<T> b(Random<T>(rng, k * shape.b_stride, nasty));
  const std::vector<T> before = Random<T>(rng, m * shape.c_stride, false);
  Buffer<T> expected(before);
  Plain(a.data(), b.data(), shape, expected.data());
  INFO("m " << m << ", n " << n << ", k " << k << ", " << sizeof(T) << " bytes");
  alignas(64) static unsigned char scratch[kOuterScratchBytes];
  ForEachTarget([&](Target target) {
    Buffer<T> c(before);
    Add(target, a.data(), b.data(), shape, c.data(), scratch);
    CHECK(c.FirstDifference(expected, true) == c.size());
    CHECK(c.BorderIntact());
    // The same in two steps of k.
    Buffer<T> steps(before);
    OuterShape part = shape;
    part.k = k / 3;
    Add(target, a.data(), b.data(), part, steps.data(), scratch);
    const T* rest_a = a.data() + part.k * shape.a_stride;
    const T* rest_b = b.data() + part.k * shape.b_stride;
    part.k = k - part.k;
    Add(target, rest_a, rest_b, part, steps.data(), scratch);
    CHECK(steps.FirstDifference(expected, true) == c.size());
  });
}

}  // namespace

TEST_CASE("outer_products: tiles and pieces do not show") {
  Rng rng(11);
  for (const bool subtract : {false, true}) {
    for (const size_t k : {0, 1, 2, 127, 128, 129, 300}) {
      CheckShape<float>(rng, 9, 50, k, subtract, false);
      CheckShape<double>(rng, 9, 50, k, subtract, false);
      CheckShape<float>(rng, 5, 7, k, subtract, true);
      CheckShape<double>(rng, 5, 7, k, subtract, true);
    }
    for (const size_t m : {0, 1, 3, 4, 8, 127, 128, 129, 140}) {
      CheckShape<float>(rng, m, 97, 20, subtract, false);
      CheckShape<double>(rng, m, 97, 20, subtract, false);
    }
    for (const size_t n : {0, 1, 6, 11, 12, 23, 24, 25, 48, 49, 143, 144}) {
      CheckShape<float>(rng, 17, n, 9, subtract, false);
      CheckShape<double>(rng, 17, n, 9, subtract, false);
    }
  }
}

}  // namespace pawl::kernels
