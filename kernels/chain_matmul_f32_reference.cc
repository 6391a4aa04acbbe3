// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <cmath>

#include "kernels/chain_matmul_f32.h"

namespace pawl::kernels::reference {

void ChainMatMulF32(const float* a, const float* b, const ChainShape& s, const ChainFinish& f,
                    float* out) {
  for (size_t m = 0; m < s.m; ++m) {
    for (size_t n = 0; n < s.n; ++n) {
      float v = 0.0f;
      for (size_t c = 0; c < s.channels; ++c) {
        for (size_t t = 0; t < s.taps; ++t) {
          const float* at = b + c * s.b_stride + (s.offsets != nullptr ? s.offsets[t] : 0);
          v = std::fma(a[m * s.a_stride + c * s.taps + t], at[n], v);
        }
      }
      if (f.row_bias != nullptr) v += f.row_bias[m];
      if (f.column_bias != nullptr) v += f.column_bias[n];
      if (v < f.low) v = f.low;
      if (v > f.high) v = f.high;
      out[m * s.out_stride + n] = v;
    }
  }
}

}  // namespace pawl::kernels::reference
