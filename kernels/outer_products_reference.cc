// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <cmath>

#include "kernels/outer_products.h"

namespace pawl::kernels::reference {
namespace {

template <typename T>
void AddOuterProducts(const T* a, const T* b, const OuterShape& shape, T* c) {
  for (size_t k = 0; k < shape.k; ++k) {
    for (size_t m = 0; m < shape.m; ++m) {
      const T factor = a[k * shape.a_stride + m];
      const T signed_factor = shape.subtract ? -factor : factor;
      T* const row = c + m * shape.c_stride;
      for (size_t n = 0; n < shape.n; ++n) {
        row[n] = std::fma(signed_factor, b[k * shape.b_stride + n], row[n]);
      }
    }
  }
}

}  // namespace

void AddOuterProductsF32(const float* a, const float* b, const OuterShape& shape, float* c,
                         void* /*scratch*/) {
  AddOuterProducts(a, b, shape, c);
}

void AddOuterProductsF64(const double* a, const double* b, const OuterShape& shape, double* c,
                         void* /*scratch*/) {
  AddOuterProducts(a, b, shape, c);
}

}  // namespace pawl::kernels::reference
