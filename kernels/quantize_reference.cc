// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cmath>

#include "kernels/quantize.h"

namespace pawl::kernels::reference {
namespace {

int32_t Code(float x, size_t column, const QuantizeGroups& groups) {
  const size_t g = column / groups.size;
  if (groups.minimums != nullptr) x += groups.minimums[g];
  float q = x / groups.scales[g];
  if (groups.float_zeros != nullptr) q += groups.float_zeros[g];
  const auto zero = static_cast<int32_t>(groups.zeros != nullptr ? groups.zeros[g] : 0.0f);
  if (std::isnan(q)) q = 0.0f;
  q = std::clamp(q, static_cast<float>(groups.lo - zero), static_cast<float>(groups.hi - zero));
  return static_cast<int32_t>(std::nearbyint(q)) + zero;
}

template <class T>
void QuantizeRow(const float* x, size_t n, const QuantizeGroups& groups, T* codes) {
  for (size_t i = 0; i < n; ++i) codes[i] = static_cast<T>(Code(x[i], i, groups));
}

}  // namespace

void QuantizeRowI8(const float* x, size_t n, const QuantizeGroups& groups, int8_t* codes) {
  QuantizeRow(x, n, groups, codes);
}

void QuantizeRowU8(const float* x, size_t n, const QuantizeGroups& groups, uint8_t* codes) {
  QuantizeRow(x, n, groups, codes);
}

void QuantizeRowI16(const float* x, size_t n, const QuantizeGroups& groups, int16_t* codes) {
  QuantizeRow(x, n, groups, codes);
}

void QuantizeRow4(const float* x, size_t n, const QuantizeGroups& groups, uint8_t* packed) {
  for (size_t i = 0; i < n; i += 2) {
    const int32_t low = Code(x[i], i, groups) & 15;
    const int32_t high = i + 1 < n ? Code(x[i + 1], i + 1, groups) & 15 : 0;
    packed[i / 2] = static_cast<uint8_t>(low | high << 4);
  }
}

}  // namespace pawl::kernels::reference
