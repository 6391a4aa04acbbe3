// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Sums of outer products, the step that covariances, triangular factors and error feedback share:
//
//   c[m, n] = fma(+-a[k, m], b[k, n], c[m, n])   for k = 0, 1, 2 ... in this order
//
// Each element of c goes its own way, so neither tiles nor the cutting of m, n or k into several
// calls (in ascending order of k) shows in the result. Rows are `stride` elements apart. Pointers
// need no alignment; m, n and k may be 0; c must not overlap a or b. `scratch` has
// kOuterScratchBytes for this call alone, aligned to 64 bytes. Pure, thread-safe; assumes the
// environment that FloatEnvironment (float_env.h) sets. NaN results have unspecified sign and
// payload. Not in the core profile.

#ifndef PAWL_KERNELS_OUTER_PRODUCTS_H_
#define PAWL_KERNELS_OUTER_PRODUCTS_H_

#include <cstddef>

#include "kernels/target.h"

namespace pawl::kernels {

struct OuterShape {
  size_t m = 0;
  size_t n = 0;
  size_t k = 0;
  size_t a_stride = 0;
  size_t b_stride = 0;
  size_t c_stride = 0;
  bool subtract = false;  // -a instead of a
};

// A block of 128 x 128 of a, a panel of b and a tile at an edge of c.
inline constexpr size_t kOuterScratchBytes = (128 * 128 + 2 * 128 * 64) * sizeof(double);

void AddOuterProductsF32(Target target, const float* a, const float* b, const OuterShape& shape,
                         float* c, void* scratch);
void AddOuterProductsF64(Target target, const double* a, const double* b, const OuterShape& shape,
                         double* c, void* scratch);

namespace reference {
void AddOuterProductsF32(const float* a, const float* b, const OuterShape& shape, float* c,
                         void* scratch);
void AddOuterProductsF64(const double* a, const double* b, const OuterShape& shape, double* c,
                         void* scratch);
}  // namespace reference

}  // namespace pawl::kernels

#endif  // PAWL_KERNELS_OUTER_PRODUCTS_H_
