// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/lookup.h"

// Arrays of vectors.
#define PAWL_FIXED_SIZE_VECTORS
#include "kernels/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/lookup.cc"
#include "hwy/foreach_target.h"
// foreach_target.h first
#include "kernels/lookup-inl.h"

#if HWY_ONCE
#include "kernels/dispatch.h"

namespace pawl::kernels {

PAWL_EXPORT(LookUp);

void LookUp(Target target, const uint8_t* table, const uint8_t* from, size_t n, uint8_t* to) {
  PAWL_DISPATCH(target, LookUp)(table, from, n, to);
}

}  // namespace pawl::kernels
#endif  // HWY_ONCE
