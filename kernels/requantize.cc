// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/requantize.h"

// Vectors in structs.
#define PAWL_FIXED_SIZE_VECTORS
#include "kernels/simd_avx3.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/requantize.cc"
#include "hwy/foreach_target.h"
// foreach_target.h first
#include "kernels/requantize-inl.h"

#if HWY_ONCE
#include "kernels/dispatch.h"

namespace pawl::kernels {

PAWL_EXPORT(RequantizeRows);

void RequantizeRows(Target target, const int32_t* sums, const RequantizeShape& shape,
                    const RequantizeParams& params, uint8_t* codes) {
  PAWL_DISPATCH(target, RequantizeRows)(sums, shape, params, codes);
}

}  // namespace pawl::kernels
#endif  // HWY_ONCE
