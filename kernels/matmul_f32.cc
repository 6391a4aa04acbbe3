// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/matmul_f32.h"

#include "kernels/simd_fma.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/matmul_f32.cc"
#include "hwy/foreach_target.h"
// foreach_target.h first
#include "kernels/matmul_f32-inl.h"

#if HWY_ONCE
#include "kernels/dispatch.h"

namespace pawl::kernels {

PAWL_EXPORT(AddProductsF32);
PAWL_EXPORT(SumLanesF32);
PAWL_EXPORT(MatMulF32);

void AddProductsF32(Target target, const float* a, const float* w, const MatMulShape& shape,
                    bool first, float* lanes) {
  PAWL_DISPATCH(target, AddProductsF32)(a, w, shape, first, lanes);
}

void SumLanesF32(Target target, const float* lanes, size_t count, float* out) {
  PAWL_DISPATCH(target, SumLanesF32)(lanes, count, out);
}

void MatMulF32(Target target, const float* a, const float* w, const MatMulShape& shape,
               float* out) {
  PAWL_DISPATCH(target, MatMulF32)(a, w, shape, out);
}

}  // namespace pawl::kernels
#endif  // HWY_ONCE
