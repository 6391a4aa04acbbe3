// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// RotateBlocks, for one target. hadamard.h has the definition.

#if defined(PAWL_KERNELS_HADAMARD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAWL_KERNELS_HADAMARD_INL_H_
#undef PAWL_KERNELS_HADAMARD_INL_H_
#else
#define PAWL_KERNELS_HADAMARD_INL_H_
#endif

#include <cstddef>
#include <cstdint>

#include "hwy/highway.h"
#include "kernels/hadamard.h"

HWY_BEFORE_NAMESPACE();
namespace pawl::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Pairs `half` apart, a multiple of the lanes of d.
template <class D>
HWY_INLINE void Butterflies(D d, size_t n, size_t half, float* x) {
  const size_t lanes = hn::Lanes(d);
  for (size_t start = 0; start < n; start += 2 * half) {
    for (size_t i = start; i < start + half; i += lanes) {
      const auto a = hn::LoadU(d, x + i), b = hn::LoadU(d, x + i + half);
      hn::StoreU(hn::Add(a, b), d, x + i);
      hn::StoreU(hn::Sub(a, b), d, x + i + half);
    }
  }
}

// Signs and the pairs within four values: what one load has.
HWY_INLINE void FirstSteps(const int8_t* signs, size_t n, float* x) {
  const hn::FixedTag<float, 4> d;
  const hn::RebindToSigned<decltype(d)> di;
  const hn::Rebind<int8_t, decltype(d)> d8;
  const auto odd =
      hn::RebindMask(d, hn::Eq(hn::And(hn::Iota(di, 0), hn::Set(di, 2)), hn::Set(di, 2)));
  for (size_t i = 0; i < n; i += 4) {
    auto v = hn::LoadU(d, x + i);
    if (signs != nullptr) {
      const auto sign = hn::BitCast(d, hn::PromoteTo(di, hn::LoadU(d8, signs + i)));
      v = hn::Xor(v, hn::And(sign, hn::SignBit(d)));
    }
    auto other = hn::Shuffle2301(v);
    v = hn::OddEven(hn::Sub(other, v), hn::Add(v, other));
    other = hn::Shuffle1032(v);
    v = hn::IfThenElse(odd, hn::Sub(other, v), hn::Add(v, other));
    hn::StoreU(v, d, x + i);
  }
}

inline void RotateBlocks(const int8_t* signs, size_t n, size_t block, float norm, float* x) {
#if HWY_TARGET == HWY_SCALAR
  reference::RotateBlocks(signs, n, block, norm, x);
#else
  if (block < 4) return reference::RotateBlocks(signs, n, block, norm, x);
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d);
  FirstSteps(signs, n, x);
  size_t half = 4;
  for (; half < block && half < lanes; half *= 2) Butterflies(hn::FixedTag<float, 4>(), n, half, x);
  for (; half < block; half *= 2) Butterflies(d, n, half, x);
  const auto factor = hn::Set(d, norm);
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) hn::StoreU(hn::Mul(hn::LoadU(d, x + i), factor), d, x + i);
  for (; i < n; ++i) x[i] *= norm;
#endif
}

}  // namespace HWY_NAMESPACE
}  // namespace pawl::kernels
HWY_AFTER_NAMESPACE();

#endif  // PAWL_KERNELS_HADAMARD_INL_H_
