// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/image_rows.h"

// Arrays of vectors.
#define PAWL_FIXED_SIZE_VECTORS
#include "kernels/simd_avx3.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/image_rows.cc"
#include "hwy/foreach_target.h"
// foreach_target.h first
#include "kernels/image_rows-inl.h"

#if HWY_ONCE
#include "kernels/dispatch.h"

namespace pawl::kernels {

PAWL_EXPORT(CopyXor);
PAWL_EXPORT(TransposeU8);
PAWL_EXPORT(TransposeF32);
PAWL_EXPORT(ScaleSums);
PAWL_EXPORT(FinishRowF32);

void CopyXor(Target target, const uint8_t* from, size_t n, uint8_t flip, uint8_t* to) {
  PAWL_DISPATCH(target, CopyXor)(from, n, flip, to);
}

void TransposeU8(Target target, const uint8_t* from, const TransposeShape& shape, uint8_t* to) {
  PAWL_DISPATCH(target, TransposeU8)(from, shape, to);
}

void TransposeF32(Target target, const float* from, const TransposeShape& shape, float* to) {
  PAWL_DISPATCH(target, TransposeF32)(from, shape, to);
}

void ScaleSums(Target target, const int32_t* sums, const float* scales, size_t n, float* out) {
  PAWL_DISPATCH(target, ScaleSums)(sums, scales, n, out);
}

void FinishRowF32(Target target, const FinishParams& params, size_t n, float* values) {
  PAWL_DISPATCH(target, FinishRowF32)(params, n, values);
}

}  // namespace pawl::kernels
#endif  // HWY_ONCE
