// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// activation_math.h for one target, step by step the same.

#if defined(PAWL_KERNELS_ACTIVATION_MATH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAWL_KERNELS_ACTIVATION_MATH_INL_H_
#undef PAWL_KERNELS_ACTIVATION_MATH_INL_H_
#else
#define PAWL_KERNELS_ACTIVATION_MATH_INL_H_
#endif

#include <cstddef>

#include "hwy/highway.h"
#include "kernels/activation_math.h"

// Targets without fused multiply-add would gain little by two lanes of f64.
#if HWY_NATIVE_FMA
HWY_BEFORE_NAMESPACE();
namespace pawl::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using ActD = hn::ScalableTag<double>;
using ActV = hn::Vec<ActD>;

HWY_INLINE ActV ActSet(double value) { return hn::Set(ActD(), value); }

// Multiplied and added in two roundings: not every target can fuse them.
HWY_INLINE ActV ActMulAdd(ActV a, ActV b, ActV c) { return hn::Add(hn::Mul(a, b), c); }

template <size_t kCount>
HWY_INLINE ActV ActPolynomial(const double (&coefficients)[kCount], ActV x) {
  ActV sum = ActSet(coefficients[kCount - 1]);
  PAWL_UNROLL
  for (size_t i = 0; i < kCount - 1; ++i) {
    sum = ActMulAdd(sum, x, ActSet(coefficients[kCount - 2 - i]));
  }
  return sum;
}

struct ActExp {
  ActV power, minus_one;

  explicit HWY_INLINE ActExp(ActV x) {
    const hn::RebindToUnsigned<ActD> du;
    const ActV shift = ActSet(activation::kShift);
    const ActV shifted = ActMulAdd(x, ActSet(activation::kLog2E), shift);
    const ActV k = hn::Sub(shifted, shift);
    const ActV r = hn::Sub(hn::Sub(x, hn::Mul(k, ActSet(activation::kLn2High))),
                           hn::Mul(k, ActSet(activation::kLn2Low)));
    minus_one = hn::Mul(r, ActPolynomial(activation::kExpM1, r));
    power = hn::BitCast(
        ActD(), hn::Add(hn::ShiftLeft<52>(hn::BitCast(du, shifted)), hn::BitCast(du, ActSet(1.0))));
  }
  HWY_INLINE ActV Exp() const { return ActMulAdd(power, minus_one, power); }
};

HWY_INLINE ActV ActAbove(ActV x) { return hn::Max(x, ActSet(-activation::kLargestExponent)); }
HWY_INLINE ActV ActClamped(ActV x) {
  return hn::Min(ActAbove(x), ActSet(activation::kLargestExponent));
}

HWY_INLINE ActV ActErfc(ActV t) {
  const ActV q = hn::Div(ActSet(1.0), hn::Add(t, ActSet(3.0)));
  const ActV u = hn::Sub(ActSet(1.0), hn::Mul(ActSet(6.0), q));
  return hn::Mul(ActExp(hn::Neg(hn::Mul(t, t))).Exp(),
                 hn::Mul(q, ActPolynomial(activation::kErfc, u)));
}

// f of each value, NaN as it is. One copy of f for whole and partial vectors.
template <class F>
HWY_NOINLINE void ActMap(const F& f, const float* x, size_t n, float* y) {
  const ActD d;
  const hn::Rebind<float, ActD> df;
  const size_t lanes = hn::Lanes(d);
  for (size_t i = 0; i < n; i += lanes) {
    const size_t count = n - i;
    const auto v = count >= lanes ? hn::LoadU(df, x + i) : hn::LoadN(df, x + i, count);
    const auto value = hn::IfThenElse(hn::IsNaN(v), v, hn::DemoteTo(df, f(hn::PromoteTo(d, v))));
    if (count >= lanes) {
      hn::StoreU(value, df, y + i);
    } else {
      hn::StoreN(value, df, y + i, count);
    }
  }
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace pawl::kernels
HWY_AFTER_NAMESPACE();
#endif  // HWY_NATIVE_FMA

#endif  // per-target include guard
