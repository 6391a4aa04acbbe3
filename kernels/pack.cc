// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/pack.h"

#include "kernels/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pack.cc"
#include "hwy/foreach_target.h"
// foreach_target.h first
#include "kernels/pack-inl.h"

#if HWY_ONCE
#include "kernels/dispatch.h"

namespace pawl::kernels {

PAWL_EXPORT(PackBitsU8);
PAWL_EXPORT(PackBitsI16);
PAWL_EXPORT(UnpackBitsU8);
PAWL_EXPORT(UnpackBitsI16);

void PackBitsU8(Target target, const uint8_t* codes, size_t n, int bits, uint8_t* packed) {
  PAWL_DISPATCH(target, PackBitsU8)(codes, n, bits, packed);
}

void PackBitsI16(Target target, const int16_t* codes, size_t n, int bits, uint8_t* packed) {
  PAWL_DISPATCH(target, PackBitsI16)(codes, n, bits, packed);
}

void UnpackBitsU8(Target target, const uint8_t* packed, size_t n, int bits, bool sign_extend,
                  uint8_t* codes) {
  PAWL_DISPATCH(target, UnpackBitsU8)(packed, n, bits, sign_extend, codes);
}

void UnpackBitsI16(Target target, const uint8_t* packed, size_t n, int bits, bool sign_extend,
                   int16_t* codes) {
  PAWL_DISPATCH(target, UnpackBitsI16)(packed, n, bits, sign_extend, codes);
}

}  // namespace pawl::kernels
#endif  // HWY_ONCE
