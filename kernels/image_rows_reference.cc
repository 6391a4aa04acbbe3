// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/image_rows.h"

namespace pawl::kernels::reference {
namespace {

template <class T>
void Transpose(const T* from, const TransposeShape& s, T* to) {
  for (size_t r = 0; r < s.rows; ++r) {
    for (size_t c = 0; c < s.cols; ++c) to[c * s.to_stride + r] = from[r * s.from_stride + c];
  }
}

}  // namespace

void CopyXor(const uint8_t* from, size_t n, uint8_t flip, uint8_t* to) {
  for (size_t i = 0; i < n; ++i) to[i] = from[i] ^ flip;
}

void TransposeU8(const uint8_t* from, const TransposeShape& shape, uint8_t* to) {
  Transpose(from, shape, to);
}

void TransposeF32(const float* from, const TransposeShape& shape, float* to) {
  Transpose(from, shape, to);
}

void ScaleSums(const int32_t* sums, const float* scales, size_t n, float* out) {
  // Adding to zero makes +0 of -0 and leaves all else as it is.
  for (size_t i = 0; i < n; ++i) out[i] = scales[i] * static_cast<float>(sums[i]) + 0.0f;
}

void FinishRowF32(const FinishParams& p, size_t n, float* values) {
  for (size_t i = 0; i < n; ++i) {
    float v = values[i] * p.scale;
    if (p.bias != nullptr) v += p.bias[i];
    values[i] = v < p.low ? p.low : v > p.high ? p.high : v;
  }
}

}  // namespace pawl::kernels::reference
