// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Activation functions for one target. activations.h has the definition.

#if defined(PAWL_KERNELS_ACTIVATIONS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAWL_KERNELS_ACTIVATIONS_INL_H_
#undef PAWL_KERNELS_ACTIVATIONS_INL_H_
#else
#define PAWL_KERNELS_ACTIVATIONS_INL_H_
#endif

#include <cstddef>

#include "hwy/highway.h"
#include "kernels/activation_math-inl.h"
#include "kernels/activations.h"

HWY_BEFORE_NAMESPACE();
namespace pawl::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_NATIVE_FMA
// numerator / (1 + exp(-outer (v + inner v^3))), which is exp(-v) for 1 and 0.
struct ActLogistic {
  bool sigmoid;  // the numerator is 1, not v
  double outer, inner;

  HWY_INLINE ActV operator()(ActV x) const {
    const ActV one = ActSet(1.0), c = ActClamped(x);
    const ActV bend = hn::Add(one, hn::Mul(ActSet(inner), hn::Mul(c, c)));
    const ActV z = hn::Mul(ActSet(outer), hn::Mul(c, bend));
    const ActV e = ActExp(ActClamped(hn::Sub(ActSet(0.0), z))).Exp();
    return hn::Div(sigmoid ? one : ActAbove(x), hn::Add(one, e));
  }
};

struct ActGelu {
  HWY_INLINE ActV operator()(ActV x) const {
    const ActV t = hn::Min(hn::Mul(hn::Abs(x), ActSet(activation::kInverseSqrt2)),
                           ActSet(activation::kErfcEnd));
    const ActV tail = hn::Mul(ActSet(0.5), ActErfc(t));
    const auto negative = hn::Lt(x, ActSet(0.0));
    return hn::Mul(ActAbove(x), hn::IfThenElse(negative, tail, hn::Sub(ActSet(1.0), tail)));
  }
};

// Those that need no f64.
HWY_NOINLINE void ActSimple(ActivationKind kind, const float* x, size_t n, float* y) {
  const hn::ScalableTag<float> d;
  using V = hn::Vec<decltype(d)>;
  const size_t lanes = hn::Lanes(d);
  const V zero = hn::Zero(d), three = hn::Set(d, 3.0f), six = hn::Set(d, 6.0f);
  const auto value = [&](V v) HWY_ATTR {
    if (kind == ActivationKind::kHardSwish) {
      const V inner = hn::Div(hn::Mul(v, hn::Add(v, three)), six);
      const V above = hn::IfThenElse(hn::Ge(v, three), v, inner);
      return hn::IfThenElse(hn::Le(v, hn::Neg(three)), zero, above);
    }
    const V relu = hn::IfThenElse(hn::Lt(v, zero), zero, v);
    if (kind == ActivationKind::kRelu) return relu;
    return hn::IfThenElse(hn::Gt(relu, six), six, relu);
  };
  for (size_t i = 0; i < n; i += lanes) {
    if (n - i >= lanes) {
      hn::StoreU(value(hn::LoadU(d, x + i)), d, y + i);
    } else {
      hn::StoreN(value(hn::LoadN(d, x + i, n - i)), d, y + i, n - i);
    }
  }
}

void Activate(ActivationKind kind, const float* x, size_t n, float* y) {
  if (kind < ActivationKind::kSilu) return ActSimple(kind, x, n, y);
  if (kind == ActivationKind::kGelu) return ActMap(ActGelu(), x, n, y);
  ActLogistic f{kind == ActivationKind::kSigmoid, 1.0, 0.0};
  if (kind == ActivationKind::kGeluTanh) {
    f = {false, activation::kGeluTanhOuter, activation::kGeluTanhInner};
  }
  ActMap(f, x, n, y);
}
#else   // HWY_NATIVE_FMA
void Activate(ActivationKind kind, const float* x, size_t n, float* y) {
  reference::Activate(kind, x, n, y);
}
#endif  // HWY_NATIVE_FMA

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace pawl::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
