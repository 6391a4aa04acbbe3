// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/window_matmul.h"

// Arrays of vectors.
#define PAWL_FIXED_SIZE_VECTORS
#include "kernels/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/window_matmul.cc"
#include "hwy/foreach_target.h"
// foreach_target.h first
#include "kernels/window_matmul-inl.h"

#if HWY_ONCE
#include "kernels/dispatch.h"

namespace pawl::kernels {

PAWL_EXPORT(MatMulWindows);
PAWL_EXPORT(MatMulWindowQuads);
PAWL_EXPORT(WidenCodes);

WindowCodes WindowCodesOf(Target target) {
#if HWY_ARCH_X86
  const bool quads =
      target == Target::kAVX2_VNNI || (target >= Target::kAVX3_DL && target <= Target::kAMX);
  return quads ? WindowCodes::kUnsigned : WindowCodes::kWide;
#elif HWY_ARCH_ARM_A64 && (HWY_COMPILER_GCC_ACTUAL || defined(__ARM_FEATURE_DOTPROD))
  const bool quads = target == Target::kNEON_DOT || target == Target::kNEON_BF16 ||
                     target == Target::kNEON_I8MM || target == Target::kSVE_I8MM;
  return quads ? WindowCodes::kSigned : WindowCodes::kWide;
#else
  (void)target;
  return WindowCodes::kWide;
#endif
}

void MatMulWindows(Target target, const WindowWeights& w, size_t begin, size_t end, const void* x,
                   int32_t zero, const WindowPlaces& places, int32_t* out, size_t out_stride) {
  if (WindowCodesOf(target) == WindowCodes::kWide) {
    PAWL_DISPATCH(target, MatMulWindows)
    (w, begin, end, static_cast<const int16_t*>(x), places, out, out_stride);
    return;
  }
  const auto run = Select(target, decltype(&HWY_STATIC_DISPATCH(MatMulWindowQuads)){nullptr},
                          MatMulWindowQuadsTable);
  run(w, begin, end, static_cast<const uint8_t*>(x), zero, places, out, out_stride);
}

void WidenCodes(Target target, const int8_t* codes, size_t n, int32_t zero, int16_t* wide) {
  PAWL_DISPATCH(target, WidenCodes)(codes, n, zero, wide);
}

}  // namespace pawl::kernels
#endif  // HWY_ONCE
