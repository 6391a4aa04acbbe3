// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/histogram.h"

#include "kernels/simd_avx3.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/histogram.cc"
#include "hwy/foreach_target.h"
// foreach_target.h first
#include "kernels/histogram-inl.h"

#if HWY_ONCE
#include "kernels/dispatch.h"

namespace pawl::kernels {

PAWL_EXPORT(Histogram);

uint64_t Histogram(Target target, const float* x, size_t n, const HistogramParams& params,
                   uint64_t* counts) {
  return PAWL_DISPATCH(target, Histogram)(x, n, params, counts);
}

}  // namespace pawl::kernels
#endif  // HWY_ONCE
