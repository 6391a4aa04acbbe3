// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/chain_matmul_f32.h"

#include "kernels/simd_fma.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/chain_matmul_f32.cc"
#include "hwy/foreach_target.h"
// foreach_target.h first
#include "kernels/chain_matmul_f32-inl.h"

#if HWY_ONCE
#include "kernels/dispatch.h"

namespace pawl::kernels {

PAWL_EXPORT(ChainMatMulF32);

void ChainMatMulF32(Target target, const float* a, const float* b, const ChainShape& shape,
                    const ChainFinish& finish, float* out) {
  PAWL_DISPATCH(target, ChainMatMulF32)(a, b, shape, finish, out);
}

}  // namespace pawl::kernels
#endif  // HWY_ONCE
