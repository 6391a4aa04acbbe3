// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/convert.h"

#include "kernels/simd_avx3.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/convert.cc"
#include "hwy/foreach_target.h"
// foreach_target.h first
#include "kernels/convert-inl.h"

#if HWY_ONCE
#include "kernels/dispatch.h"

namespace pawl::kernels {

PAWL_EXPORT(ConvertF16ToF32);
PAWL_EXPORT(ConvertF32ToF16);
PAWL_EXPORT(ConvertBF16ToF32);
PAWL_EXPORT(ConvertF32ToBF16);

void ConvertF16ToF32(Target target, const uint16_t* in, size_t n, float* out) {
  PAWL_DISPATCH(target, ConvertF16ToF32)(in, n, out);
}

void ConvertF32ToF16(Target target, const float* in, size_t n, uint16_t* out) {
  PAWL_DISPATCH(target, ConvertF32ToF16)(in, n, out);
}

void ConvertBF16ToF32(Target target, const uint16_t* in, size_t n, float* out) {
  PAWL_DISPATCH(target, ConvertBF16ToF32)(in, n, out);
}

void ConvertF32ToBF16(Target target, const float* in, size_t n, uint16_t* out) {
  PAWL_DISPATCH(target, ConvertF32ToBF16)(in, n, out);
}

}  // namespace pawl::kernels
#endif  // HWY_ONCE
