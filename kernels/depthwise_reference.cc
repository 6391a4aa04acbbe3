// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <cmath>

#include "kernels/depthwise.h"

namespace pawl::kernels::reference {
namespace {

// add(x, w, v) for all taps of one output.
template <class X, class W, class V, class Add>
V Taps(const DepthwiseShape& s, const X* x, const W* w, V v, const Add& add) {
  for (size_t ky = 0; ky < s.kernel_h; ++ky) {
    for (size_t kx = 0; kx < s.kernel_w; ++kx) {
      v = add(x[ky * s.row_step + kx * s.tap_step], w[(ky * s.kernel_w + kx) * s.channels], v);
    }
  }
  return v;
}

}  // namespace

void DepthwiseI8(const DepthwiseShape& s, const int8_t* x, const int16_t* w, const int32_t* start,
                 int32_t* out) {
  for (size_t p = 0; p < s.positions; ++p) {
    for (size_t c = 0; c < s.channels; ++c) {
      out[p * s.channels + c] = Taps(s, x + p * s.position_step + c, w + c, start[c],
                                     [](int32_t a, int32_t b, int32_t v) { return v + a * b; });
    }
  }
}

void DepthwiseF32(const DepthwiseShape& s, const float* x, const float* w, float* out) {
  for (size_t p = 0; p < s.positions; ++p) {
    for (size_t c = 0; c < s.channels; ++c) {
      out[p * s.channels + c] = Taps(s, x + p * s.position_step + c, w + c, 0.0f,
                                     [](float a, float b, float v) { return std::fma(a, b, v); });
    }
  }
}

}  // namespace pawl::kernels::reference
