// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <cmath>

#include "kernels/window_matmul_f32.h"

namespace pawl::kernels::reference {

void MatMulWindowsF32(const WindowWeightsF32& w, const float* x, const WindowPlaces& places,
                      float* out, size_t out_stride) {
  for (size_t p = 0; p < places.count; ++p) {
    const size_t at = places.first + p;
    const float* window =
        x + at / places.row_length * places.row_step + at % places.row_length * places.step;
    for (size_t n = 0; n < w.n; ++n) {
      const float* row = w.rows + n * 16 * w.chunks;
      float lanes[16] = {};
      for (size_t k = 0; k < 16 * w.chunks; ++k) {
        const float value = window[w.offsets[k / 16] + static_cast<int64_t>(k % 16)];
        lanes[k % 16] = std::fma(value, row[k], lanes[k % 16]);
      }
      for (size_t half = 8; half > 0; half /= 2) {
        for (size_t l = 0; l < half; ++l) lanes[l] += lanes[l + half];
      }
      out[p * out_stride + n] = lanes[0];
    }
  }
}

}  // namespace pawl::kernels::reference
