// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cmath>

#include "kernels/depthwise_plane_f32.h"

namespace pawl::kernels::reference {

void PadRowsF32(const float* from, const PaddedRows& s, float* to) {
  for (size_t r = 0; r < s.rows; ++r, from += s.from_stride, to += s.to_stride) {
    float* at = std::fill_n(to, s.before, 0.0f);
    for (size_t i = 0; i < s.count; ++i) *at++ = from[s.step * i];
    std::fill_n(at, s.after, 0.0f);
  }
}

void DepthwisePlaneF32(const float* in, const float* w, const DepthwisePlane& s, float* out) {
  for (size_t y = 0; y < s.height; ++y) {
    for (size_t x = 0; x < s.width; ++x) {
      float v = 0.0f;
      for (size_t i = 0; i < s.kernel_h; ++i) {
        const float* row = in + (y * s.stride_h + i * s.dilation_h) * s.row + x;
        for (size_t j = 0; j < s.kernel_w; ++j) {
          v = std::fma(w[i * s.kernel_w + j], row[s.columns[j]], v);
        }
      }
      v += s.bias;
      if (v < s.low) v = s.low;
      if (v > s.high) v = s.high;
      out[y * s.out_stride + x] = v;
    }
  }
}

}  // namespace pawl::kernels::reference
