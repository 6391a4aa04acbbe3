// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Fused multiply-adds of arrays, and arrays scaled, for one target.

#if defined(PAWL_KERNELS_MULTIPLY_ADD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAWL_KERNELS_MULTIPLY_ADD_INL_H_
#undef PAWL_KERNELS_MULTIPLY_ADD_INL_H_
#else
#define PAWL_KERNELS_MULTIPLY_ADD_INL_H_
#endif

#include <cstddef>

#include "hwy/highway.h"
#include "kernels/multiply_add.h"

HWY_BEFORE_NAMESPACE();
namespace pawl::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

inline void MultiplyAdd(const float* a, const float* b, size_t n, float* sum) {
#if HWY_NATIVE_FMA
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d);
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    hn::StoreU(hn::MulAdd(hn::LoadU(d, a + i), hn::LoadU(d, b + i), hn::LoadU(d, sum + i)), d,
               sum + i);
  }
  const size_t rest = n - i;
  if (rest == 0) return;
  const auto last =
      hn::MulAdd(hn::LoadN(d, a + i, rest), hn::LoadN(d, b + i, rest), hn::LoadN(d, sum + i, rest));
  hn::StoreN(last, d, sum + i, rest);
#else
  reference::MultiplyAdd(a, b, n, sum);
#endif
}

inline void ScaleAndAdd(const float* a, float scale, const float* bias, size_t n, float* out) {
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d);
  const auto factor = hn::Set(d, scale);
  size_t i = 0;
  if (bias == nullptr) {
    for (; i + lanes <= n; i += lanes) hn::StoreU(hn::Mul(hn::LoadU(d, a + i), factor), d, out + i);
  } else {
    for (; i + lanes <= n; i += lanes) {
      const auto product = hn::Mul(hn::LoadU(d, a + i), factor);
      hn::StoreU(hn::Add(product, hn::LoadU(d, bias + i)), d, out + i);
    }
  }
  if (i == n) return;
  reference::ScaleAndAdd(a + i, scale, bias == nullptr ? nullptr : bias + i, n - i, out + i);
}

}  // namespace HWY_NAMESPACE
}  // namespace pawl::kernels
HWY_AFTER_NAMESPACE();

#endif  // PAWL_KERNELS_MULTIPLY_ADD_INL_H_
