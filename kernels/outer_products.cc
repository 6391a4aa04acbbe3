// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/outer_products.h"

#include "kernels/simd_fma.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/outer_products.cc"
#include "hwy/foreach_target.h"
// foreach_target.h first
#include "kernels/outer_products-inl.h"

#if HWY_ONCE
#include "kernels/dispatch.h"

namespace pawl::kernels {

PAWL_EXPORT(AddOuterProductsF32);
PAWL_EXPORT(AddOuterProductsF64);

void AddOuterProductsF32(Target target, const float* a, const float* b, const OuterShape& shape,
                         float* c, void* scratch) {
  PAWL_DISPATCH(target, AddOuterProductsF32)(a, b, shape, c, scratch);
}

void AddOuterProductsF64(Target target, const double* a, const double* b, const OuterShape& shape,
                         double* c, void* scratch) {
  PAWL_DISPATCH(target, AddOuterProductsF64)(a, b, shape, c, scratch);
}

}  // namespace pawl::kernels
#endif  // HWY_ONCE
