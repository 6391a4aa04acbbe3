// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/panel_matmul.h"
#include "kernels/window_matmul.h"

namespace pawl::kernels::reference {

void MatMulWindows(const WindowWeights& w, size_t begin, size_t end, const int16_t* x,
                   const WindowPlaces& places, int32_t* out, size_t out_stride) {
  for (size_t p = 0; p < places.count; ++p) {
    const size_t at = places.first + p;
    const int16_t* window =
        x + at / places.row_length * places.row_step + at % places.row_length * places.step;
    for (size_t row = begin * kPanelRows; row < end * kPanelRows; ++row) {
      const uint8_t* codes = w.codes + row / kPanelRows * w.panel_bytes + row % kPanelRows * 4;
      int32_t sum = 0;
      for (size_t q = 0; q < w.quads; ++q) {
        for (size_t j = 0; j < 4; ++j) {
          const uint8_t code = codes[64 * q + j];
          const int32_t number = w.is_signed ? static_cast<int8_t>(code) : code;
          sum += window[w.offsets[q] + static_cast<int64_t>(j)] * (number - w.code_zero);
        }
      }
      out[p * out_stride + row - begin * kPanelRows] = sum;
    }
  }
}

void WidenCodes(const int8_t* codes, size_t n, int32_t zero, int16_t* wide) {
  for (size_t i = 0; i < n; ++i) wide[i] = static_cast<int16_t>(codes[i] - zero);
}

}  // namespace pawl::kernels::reference
