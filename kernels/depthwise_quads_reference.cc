// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/depthwise_quads.h"

namespace pawl::kernels::reference {

void DepthwiseQuads(const DepthwiseQuadsShape& s, const uint8_t* x, int32_t* out) {
  for (size_t p = 0; p < s.positions; ++p) {
    const bool last = s.positions % 2 == 1 && p + 2 >= s.positions;
    const size_t o = last ? p + 2 - s.positions : p % 2;
    const uint8_t* first = x + (p - o) * s.position_step;
    for (size_t c = 0; c < s.channels; ++c) {
      int32_t sum = s.start[DepthwiseQuadsStartAt(c)];
      for (size_t i = 0; i < 4 * s.quads; ++i) {
        const int8_t weight = s.weights[DepthwiseQuadsWeightAt(s.quads, i / 4, o, i % 4, c)];
        sum += first[s.offsets[i] + static_cast<int64_t>(c)] * weight;
      }
      out[p * s.channels + c] = sum;
    }
  }
}

}  // namespace pawl::kernels::reference
