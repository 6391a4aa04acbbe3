// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cmath>

#include "kernels/dot_codes.h"

namespace pawl::kernels::reference {
namespace {

uint32_t Field(const uint8_t* packed, size_t index, int bits) {
  uint32_t field = 0;
  for (int b = 0; b < bits; ++b) {
    const size_t bit = index * static_cast<size_t>(bits) + static_cast<size_t>(b);
    field |= static_cast<uint32_t>(packed[bit / 8] >> bit % 8 & 1) << b;
  }
  return field;
}

float Level(const CodeRows& w, size_t row, uint32_t field) {
  if (w.kind == CodeKind::kTable) return w.levels[row * w.level_stride + field];
  const auto code = static_cast<int32_t>(field);
  const int32_t half = 1 << (w.bits - 1);
  return static_cast<float>(w.kind == CodeKind::kSigned ? (code ^ half) - half : code);
}

float Value(const CodeRows& w, size_t n, size_t k) {
  const DequantizeGroups& groups = w.groups;
  const size_t g = n * w.param_stride + k / groups.size;
  float value = Level(w, n, Field(w.codes + n * w.row_bytes, k, w.bits));
  if (groups.zeros != nullptr) value -= groups.zeros[g];
  value *= groups.scales[g];
  if (groups.minimums != nullptr) value -= groups.minimums[g];
  return value;
}

}  // namespace

bool DotCodesTakes(const CodeRows& /*w*/) { return false; }

void DotCodes(const float* x, const CodeRows& w, float* lanes) {
  for (size_t n = 0; n < w.rows; ++n) {
    float* sums = lanes + n * kLaneSums;
    std::fill_n(sums, kLaneSums, 0.0f);
    for (size_t k = 0; k < w.cols; ++k) {
      float& sum = sums[k % kLaneSums];
      sum = std::fma(x[k], Value(w, n, k), sum);
    }
  }
}

void DecodeCodes(const CodeRows& w, float* values, size_t stride) {
  for (size_t n = 0; n < w.rows; ++n) {
    for (size_t k = 0; k < w.cols; ++k) values[n * stride + k] = Value(w, n, k);
  }
}

}  // namespace pawl::kernels::reference
