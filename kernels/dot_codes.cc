// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/dot_codes.h"

#include "kernels/simd_fma.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/dot_codes.cc"
#include "hwy/foreach_target.h"
// foreach_target.h first
#include "kernels/dot_codes-inl.h"

#if HWY_ONCE
#include "kernels/dispatch.h"
#include "kernels/dot_codes_vbmi.h"

namespace pawl::kernels {

PAWL_EXPORT(DotCodesTakes);
PAWL_EXPORT(DotCodes);
PAWL_EXPORT(DecodeCodes);

bool DotCodesTakes(Target target, const CodeRows& w) {
  return PAWL_DISPATCH(target, DotCodesTakes)(w);
}

void DotCodes(Target target, const float* x, const CodeRows& w, float* lanes) {
  if (VbmiTakes(target, w)) return DotCodesVbmi(x, w, lanes);
  PAWL_DISPATCH(target, DotCodes)(x, w, lanes);
}

void DecodeCodes(Target target, const CodeRows& w, float* values, size_t stride) {
  PAWL_DISPATCH(target, DecodeCodes)(w, values, stride);
}

}  // namespace pawl::kernels
#endif  // HWY_ONCE
