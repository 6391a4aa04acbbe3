// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Arithmetic of arrays, for one target. elementwise_f32.h has the definition.

#if defined(PAWL_KERNELS_ELEMENTWISE_F32_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAWL_KERNELS_ELEMENTWISE_F32_INL_H_
#undef PAWL_KERNELS_ELEMENTWISE_F32_INL_H_
#else
#define PAWL_KERNELS_ELEMENTWISE_F32_INL_H_
#endif

#include <cstddef>

#include "hwy/highway.h"
#include "kernels/elementwise_f32.h"

HWY_BEFORE_NAMESPACE();
namespace pawl::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_NATIVE_FMA
using ArrayD = hn::ScalableTag<float>;
using ArrayV = hn::Vec<ArrayD>;

// out[i] = fn(a[i], b[i]), two vectors at a time.
template <bool kStepA, bool kStepB, class Fn>
HWY_NOINLINE void BinaryLoop(const Fn& fn, const float* a, const float* b, size_t n, float* out) {
  const ArrayD d;
  const size_t lanes = hn::Lanes(d);
  const ArrayV one_a = hn::Set(d, *a), one_b = hn::Set(d, *b);
  const auto at = [&](size_t i) HWY_ATTR {
    return fn(kStepA ? hn::LoadU(d, a + i) : one_a, kStepB ? hn::LoadU(d, b + i) : one_b);
  };
  size_t i = 0;
  for (; i + 2 * lanes <= n; i += 2 * lanes) {
    const ArrayV first = at(i), second = at(i + lanes);
    hn::StoreU(first, d, out + i);
    hn::StoreU(second, d, out + i + lanes);
  }
  for (; i + lanes <= n; i += lanes) hn::StoreU(at(i), d, out + i);
  if (i == n) return;
  const ArrayV rest_a = kStepA ? hn::LoadN(d, a + i, n - i) : one_a;
  const ArrayV rest_b = kStepB ? hn::LoadN(d, b + i, n - i) : one_b;
  hn::StoreN(fn(rest_a, rest_b), d, out + i, n - i);
}

template <class Fn>
HWY_INLINE void BinaryApply(const Fn& fn, const float* a, size_t a_step, const float* b,
                            size_t b_step, size_t n, float* out) {
  if (a_step != 0 && b_step != 0) return BinaryLoop<true, true>(fn, a, b, n, out);
  if (a_step != 0) return BinaryLoop<true, false>(fn, a, b, n, out);
  if (b_step != 0) return BinaryLoop<false, true>(fn, a, b, n, out);
  BinaryLoop<false, false>(fn, a, b, n, out);
}

struct ArrayAdd {
  HWY_INLINE ArrayV operator()(ArrayV a, ArrayV b) const { return hn::Add(a, b); }
};
struct ArraySub {
  HWY_INLINE ArrayV operator()(ArrayV a, ArrayV b) const { return hn::Sub(a, b); }
};
struct ArrayMul {
  HWY_INLINE ArrayV operator()(ArrayV a, ArrayV b) const { return hn::Mul(a, b); }
};
struct ArrayDiv {
  HWY_INLINE ArrayV operator()(ArrayV a, ArrayV b) const { return hn::Div(a, b); }
};
struct ArrayMax {
  HWY_INLINE ArrayV operator()(ArrayV a, ArrayV b) const {
    return hn::IfThenElse(hn::Or(hn::IsNaN(a), hn::Gt(a, b)), a, b);
  }
};
struct ArrayMin {
  HWY_INLINE ArrayV operator()(ArrayV a, ArrayV b) const {
    return hn::IfThenElse(hn::Or(hn::IsNaN(a), hn::Lt(a, b)), a, b);
  }
};

void BinaryF32(BinaryKind kind, const float* a, size_t a_step, const float* b, size_t b_step,
               size_t n, float* out) {
  if (n == 0) return;
  switch (kind) {
    case BinaryKind::kAdd:
      return BinaryApply(ArrayAdd(), a, a_step, b, b_step, n, out);
    case BinaryKind::kSub:
      return BinaryApply(ArraySub(), a, a_step, b, b_step, n, out);
    case BinaryKind::kMul:
      return BinaryApply(ArrayMul(), a, a_step, b, b_step, n, out);
    case BinaryKind::kDiv:
      return BinaryApply(ArrayDiv(), a, a_step, b, b_step, n, out);
    case BinaryKind::kMax:
      return BinaryApply(ArrayMax(), a, a_step, b, b_step, n, out);
    case BinaryKind::kMin:
      return BinaryApply(ArrayMin(), a, a_step, b, b_step, n, out);
  }
}

HWY_INLINE ArrayV ArrayClip(ArrayV v, ArrayV low, ArrayV high) {
  const ArrayV above = hn::IfThenElse(hn::Lt(v, low), low, v);
  return hn::IfThenElse(hn::Gt(above, high), high, above);
}

template <class Fn>
HWY_NOINLINE void UnaryLoop(const Fn& fn, float p, float q, const float* x, size_t n, float* out) {
  const ArrayD d;
  const size_t lanes = hn::Lanes(d);
  const ArrayV vp = hn::Set(d, p), vq = hn::Set(d, q);
  size_t i = 0;
  for (; i + 2 * lanes <= n; i += 2 * lanes) {
    const ArrayV first = fn(hn::LoadU(d, x + i), vp, vq);
    const ArrayV second = fn(hn::LoadU(d, x + i + lanes), vp, vq);
    hn::StoreU(first, d, out + i);
    hn::StoreU(second, d, out + i + lanes);
  }
  for (; i < n; i += lanes) {
    if (n - i >= lanes) {
      hn::StoreU(fn(hn::LoadU(d, x + i), vp, vq), d, out + i);
    } else {
      hn::StoreN(fn(hn::LoadN(d, x + i, n - i), vp, vq), d, out + i, n - i);
    }
  }
}

struct ArrayClipped {
  HWY_INLINE ArrayV operator()(ArrayV v, ArrayV p, ArrayV q) const { return ArrayClip(v, p, q); }
};
struct ArrayLeakyRelu {
  HWY_INLINE ArrayV operator()(ArrayV v, ArrayV p, ArrayV) const {
    return hn::IfThenElse(hn::Lt(v, hn::Zero(ArrayD())), hn::Mul(p, v), v);
  }
};
struct ArrayHardSigmoid {
  HWY_INLINE ArrayV operator()(ArrayV v, ArrayV p, ArrayV q) const {
    const ArrayD d;
    return ArrayClip(hn::Add(hn::Mul(p, v), q), hn::Zero(d), hn::Set(d, 1.0f));
  }
};
void UnaryF32(UnaryKind kind, float p, float q, const float* x, size_t n, float* out) {
  switch (kind) {
    case UnaryKind::kClip:
      return UnaryLoop(ArrayClipped(), p, q, x, n, out);
    case UnaryKind::kLeakyRelu:
      return UnaryLoop(ArrayLeakyRelu(), p, q, x, n, out);
    case UnaryKind::kHardSigmoid:
      return UnaryLoop(ArrayHardSigmoid(), p, q, x, n, out);
  }
}
#else   // HWY_NATIVE_FMA
void BinaryF32(BinaryKind kind, const float* a, size_t a_step, const float* b, size_t b_step,
               size_t n, float* out) {
  reference::BinaryF32(kind, a, a_step, b, b_step, n, out);
}
void UnaryF32(UnaryKind kind, float p, float q, const float* x, size_t n, float* out) {
  reference::UnaryF32(kind, p, q, x, n, out);
}
#endif  // HWY_NATIVE_FMA

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace pawl::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
