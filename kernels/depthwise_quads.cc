// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/depthwise_quads.h"

// Arrays of vectors.
#define PAWL_FIXED_SIZE_VECTORS
#include "kernels/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/depthwise_quads.cc"
#include "hwy/foreach_target.h"
// foreach_target.h first
#include "kernels/depthwise_quads-inl.h"

#if HWY_ONCE
#include "kernels/dispatch.h"

namespace pawl::kernels {

PAWL_EXPORT(DepthwiseQuads);

bool HasDepthwiseQuads(Target target) {
  return target >= Target::kAVX3_DL && target <= Target::kAMX;
}

void DepthwiseQuads(Target target, const DepthwiseQuadsShape& shape, const uint8_t* x,
                    int32_t* out) {
  PAWL_DISPATCH(target, DepthwiseQuads)(shape, x, out);
}

}  // namespace pawl::kernels
#endif  // HWY_ONCE
