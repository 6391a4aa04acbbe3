// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Float depthwise convolution of a plane, for one target. depthwise_plane_f32.h has the definition.
//
// Lanes run along a row of the result. Four rows go together where kernels are of the usual
// heights, so that a row of the plane is loaded once for all of them that see it: loads, most of
// which straddle two lines of the cache, are what binds.

#if defined(PAWL_KERNELS_DEPTHWISE_PLANE_F32_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAWL_KERNELS_DEPTHWISE_PLANE_F32_INL_H_
#undef PAWL_KERNELS_DEPTHWISE_PLANE_F32_INL_H_
#else
#define PAWL_KERNELS_DEPTHWISE_PLANE_F32_INL_H_
#endif

#include <cstddef>
#include <cstdint>

#include "hwy/highway.h"
#include "kernels/depthwise_plane_f32.h"

HWY_BEFORE_NAMESPACE();
namespace pawl::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_NATIVE_FMA
using PlaneD = hn::CappedTag<float, 16>;
using PlaneV = hn::Vec<PlaneD>;
constexpr size_t kPlaneLanes = HWY_MAX_LANES_D(PlaneD);
constexpr size_t kPlaneRows = 4;

template <bool kTail>
HWY_INLINE PlaneV LoadPlane(const float* from, size_t count) {
  const PlaneD d;
  return kTail ? hn::LoadN(d, from, count) : hn::LoadU(d, from);
}

template <bool kTail>
HWY_INLINE void FinishPlane(PlaneV v, const DepthwisePlane& s, size_t count, float* out) {
  const PlaneD d;
  const PlaneV low = hn::Set(d, s.low), high = hn::Set(d, s.high);
  v = hn::Add(v, hn::Set(d, s.bias));
  v = hn::IfThenElse(hn::Lt(v, low), low, v);
  v = hn::IfThenElse(hn::Gt(v, high), high, v);
  if (kTail) {
    hn::StoreN(v, d, out, count);
  } else {
    hn::StoreU(v, d, out);
  }
}

// kR rows of the result, kV vectors or `count` lanes of one: kernels of kH rows, kS rows apart.
template <size_t kH, size_t kS, size_t kR, size_t kV, bool kTail>
HWY_INLINE void PlaneTile(const float* in, const float* w, const DepthwisePlane& s, size_t count,
                          float* out) {
  const PlaneD d;
  PlaneV sums[kR][kV];
  PAWL_UNROLL
  for (size_t r = 0; r < kR; ++r) {
    PAWL_UNROLL
    for (size_t v = 0; v < kV; ++v) sums[r][v] = hn::Zero(d);
  }
  PAWL_UNROLL
  for (size_t y = 0; y < (kR - 1) * kS + kH; ++y) {
    const float* row = in + y * s.row;
    for (size_t j = 0; j < s.kernel_w; ++j) {
      PlaneV values[kV];
      PAWL_UNROLL
      for (size_t v = 0; v < kV; ++v) {
        values[v] = LoadPlane<kTail>(row + s.columns[j] + v * kPlaneLanes, count);
      }
      PAWL_UNROLL
      for (size_t r = 0; r < kR; ++r) {
        if (y < r * kS || y >= r * kS + kH) continue;
        const PlaneV weight = hn::Set(d, w[(y - r * kS) * s.kernel_w + j]);
        PAWL_UNROLL
        for (size_t v = 0; v < kV; ++v) sums[r][v] = hn::MulAdd(weight, values[v], sums[r][v]);
      }
    }
  }
  PAWL_UNROLL
  for (size_t r = 0; r < kR; ++r) {
    PAWL_UNROLL
    for (size_t v = 0; v < kV; ++v) {
      FinishPlane<kTail>(sums[r][v], s, count, out + r * s.out_stride + v * kPlaneLanes);
    }
  }
}

template <size_t kH, size_t kS, size_t kR>
HWY_NOINLINE void PlaneBand(const float* in, const float* w, const DepthwisePlane& s, float* out) {
  size_t x = 0;
  for (; x + 2 * kPlaneLanes <= s.width; x += 2 * kPlaneLanes) {
    PlaneTile<kH, kS, kR, 2, false>(in + x, w, s, 0, out + x);
  }
  for (; x + kPlaneLanes <= s.width; x += kPlaneLanes) {
    PlaneTile<kH, kS, kR, 1, false>(in + x, w, s, 0, out + x);
  }
  if (x < s.width) PlaneTile<kH, kS, kR, 1, true>(in + x, w, s, s.width - x, out + x);
}

template <size_t kH, size_t kS>
HWY_INLINE void PlaneRows(const float* in, const float* w, const DepthwisePlane& s, float* out) {
  size_t y = 0;
  for (; y + kPlaneRows <= s.height; y += kPlaneRows) {
    PlaneBand<kH, kS, kPlaneRows>(in + y * kS * s.row, w, s, out + y * s.out_stride);
  }
  for (; y < s.height; ++y) {
    PlaneBand<kH, kS, 1>(in + y * kS * s.row, w, s, out + y * s.out_stride);
  }
}

// One row of the result, whatever the kernel.
template <size_t kV, bool kTail>
HWY_INLINE void PlaneStrip(const float* in, const float* w, const DepthwisePlane& s, size_t count,
                           float* out) {
  const PlaneD d;
  PlaneV sums[kV];
  PAWL_UNROLL
  for (size_t v = 0; v < kV; ++v) sums[v] = hn::Zero(d);
  for (size_t i = 0; i < s.kernel_h; ++i, w += s.kernel_w, in += s.dilation_h * s.row) {
    for (size_t j = 0; j < s.kernel_w; ++j) {
      const PlaneV weight = hn::Set(d, w[j]);
      PAWL_UNROLL
      for (size_t v = 0; v < kV; ++v) {
        const PlaneV value = LoadPlane<kTail>(in + s.columns[j] + v * kPlaneLanes, count);
        sums[v] = hn::MulAdd(weight, value, sums[v]);
      }
    }
  }
  PAWL_UNROLL
  for (size_t v = 0; v < kV; ++v) FinishPlane<kTail>(sums[v], s, count, out + v * kPlaneLanes);
}

HWY_NOINLINE void PlaneAny(const float* in, const float* w, const DepthwisePlane& s, float* out) {
  for (size_t y = 0; y < s.height; ++y, in += s.stride_h * s.row, out += s.out_stride) {
    size_t x = 0;
    for (; x + 4 * kPlaneLanes <= s.width; x += 4 * kPlaneLanes) {
      PlaneStrip<4, false>(in + x, w, s, 0, out + x);
    }
    for (; x + kPlaneLanes <= s.width; x += kPlaneLanes) {
      PlaneStrip<1, false>(in + x, w, s, 0, out + x);
    }
    if (x < s.width) PlaneStrip<1, true>(in + x, w, s, s.width - x, out + x);
  }
}

HWY_INLINE void PlaneZeros(float* to, size_t n) {
  const PlaneD d;
  for (; n > kPlaneLanes; n -= kPlaneLanes, to += kPlaneLanes) hn::StoreU(hn::Zero(d), d, to);
  hn::StoreN(hn::Zero(d), d, to, n);
}

// The last vector overlaps the one before it.
template <size_t kStep>
HWY_INLINE void PlaneCopy(const float* from, size_t n, float* to) {
  const PlaneD d;
  if (n < kPlaneLanes) {
    for (size_t i = 0; i < n; ++i) to[i] = from[kStep * i];
    return;
  }
  const auto copy = [&](size_t i) HWY_ATTR {
    if constexpr (kStep == 1) {
      hn::StoreU(hn::LoadU(d, from + i), d, to + i);
    } else {
      PlaneV even, odd;
      hn::LoadInterleaved2(d, from + 2 * i, even, odd);
      hn::StoreU(even, d, to + i);
    }
  };
  size_t i = 0;
  // Of pairs the last odd one may lie outside.
  for (; i + kPlaneLanes < n; i += kPlaneLanes) copy(i);
  if constexpr (kStep == 1) {
    copy(n - kPlaneLanes);
  } else {
    for (; i < n; ++i) to[i] = from[2 * i];
  }
}

void PadRowsF32(const float* from, const PaddedRows& s, float* to) {
  if (s.step > 2) return reference::PadRowsF32(from, s, to);
  for (size_t r = 0; r < s.rows; ++r, from += s.from_stride, to += s.to_stride) {
    if (s.before > 0) PlaneZeros(to, s.before);
    if (s.step == 1) {
      PlaneCopy<1>(from, s.count, to + s.before);
    } else {
      PlaneCopy<2>(from, s.count, to + s.before);
    }
    if (s.after > 0) PlaneZeros(to + s.before + s.count, s.after);
  }
}

void DepthwisePlaneF32(const float* in, const float* w, const DepthwisePlane& s, float* out) {
  if (s.dilation_h != 1 || s.height < kPlaneRows) return PlaneAny(in, w, s, out);
  if (s.kernel_h == 3 && s.stride_h == 1) return PlaneRows<3, 1>(in, w, s, out);
  if (s.kernel_h == 3 && s.stride_h == 2) return PlaneRows<3, 2>(in, w, s, out);
  if (s.kernel_h == 5 && s.stride_h == 1) return PlaneRows<5, 1>(in, w, s, out);
  if (s.kernel_h == 5 && s.stride_h == 2) return PlaneRows<5, 2>(in, w, s, out);
  PlaneAny(in, w, s, out);
}
#else   // HWY_NATIVE_FMA
void DepthwisePlaneF32(const float* in, const float* w, const DepthwisePlane& s, float* out) {
  reference::DepthwisePlaneF32(in, w, s, out);
}
void PadRowsF32(const float* from, const PaddedRows& s, float* to) {
  reference::PadRowsF32(from, s, to);
}
#endif  // HWY_NATIVE_FMA

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace pawl::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
