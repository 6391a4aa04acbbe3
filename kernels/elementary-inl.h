// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Elementary functions for one target. elementary.h has the definition.

#if defined(PAWL_KERNELS_ELEMENTARY_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAWL_KERNELS_ELEMENTARY_INL_H_
#undef PAWL_KERNELS_ELEMENTARY_INL_H_
#else
#define PAWL_KERNELS_ELEMENTARY_INL_H_
#endif

#include <cstddef>

#include "hwy/highway.h"
#include "kernels/activation_math-inl.h"
#include "kernels/elementary.h"

HWY_BEFORE_NAMESPACE();
namespace pawl::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_NATIVE_FMA
struct ElExp {
  HWY_INLINE ActV operator()(ActV x) const { return ActExp(ActClamped(x)).Exp(); }
};
struct ElTanh {
  HWY_INLINE ActV operator()(ActV x) const {
    const ActExp e(hn::Mul(ActSet(2.0), hn::Min(hn::Abs(x), ActSet(activation::kTanhEnd))));
    const ActV m = ActMulAdd(e.power, e.minus_one, hn::Sub(e.power, ActSet(1.0)));
    return hn::CopySign(hn::Div(m, hn::Add(m, ActSet(2.0))), x);
  }
};
struct ElErf {
  HWY_INLINE ActV operator()(ActV x) const {
    const ActV t = hn::Min(hn::Abs(x), ActSet(activation::kErfcEnd));
    const ActV near = hn::Mul(t, ActPolynomial(activation::kErf, hn::Mul(t, t)));
    const ActV far = hn::Sub(ActSet(1.0), ActErfc(t));
    return hn::CopySign(hn::IfThenElse(hn::Lt(t, ActSet(1.0)), near, far), x);
  }
};

void Elementary(ElementaryKind kind, const float* x, size_t n, float* y) {
  switch (kind) {
    case ElementaryKind::kExp:
      return ActMap(ElExp(), x, n, y);
    case ElementaryKind::kTanh:
      return ActMap(ElTanh(), x, n, y);
    case ElementaryKind::kErf:
      return ActMap(ElErf(), x, n, y);
  }
}
#else   // HWY_NATIVE_FMA
void Elementary(ElementaryKind kind, const float* x, size_t n, float* y) {
  reference::Elementary(kind, x, n, y);
}
#endif  // HWY_NATIVE_FMA

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace pawl::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
