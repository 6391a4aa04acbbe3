// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/dequantize.h"

namespace pawl::kernels::reference {
namespace {

float Value(float level, size_t column, const DequantizeGroups& groups) {
  const size_t g = column / groups.size;
  float value = level;
  if (groups.zeros != nullptr) value -= groups.zeros[g];
  value *= groups.scales[g];
  if (groups.minimums != nullptr) value -= groups.minimums[g];
  return value;
}

int Nibble(const uint8_t* packed, size_t i) {
  return i % 2 == 0 ? packed[i / 2] & 15 : packed[i / 2] >> 4;
}

template <class T>
void DequantizeRow(const T* codes, size_t n, const DequantizeGroups& groups, float* out) {
  for (size_t i = 0; i < n; ++i) out[i] = Value(static_cast<float>(codes[i]), i, groups);
}

}  // namespace

void DequantizeRowI8(const int8_t* codes, size_t n, const DequantizeGroups& groups, float* out) {
  DequantizeRow(codes, n, groups, out);
}

void DequantizeRowU8(const uint8_t* codes, size_t n, const DequantizeGroups& groups, float* out) {
  DequantizeRow(codes, n, groups, out);
}

void DequantizeRowI16(const int16_t* codes, size_t n, const DequantizeGroups& groups, float* out) {
  DequantizeRow(codes, n, groups, out);
}

void DequantizeRowI4(const uint8_t* packed, size_t n, const DequantizeGroups& groups, float* out) {
  for (size_t i = 0; i < n; ++i) {
    const int code = Nibble(packed, i);
    out[i] = Value(static_cast<float>(code < 8 ? code : code - 16), i, groups);
  }
}

void DequantizeRowU4(const uint8_t* packed, size_t n, const DequantizeGroups& groups, float* out) {
  for (size_t i = 0; i < n; ++i) {
    out[i] = Value(static_cast<float>(Nibble(packed, i)), i, groups);
  }
}

void DequantizeRowTable(const uint8_t* codes, size_t n, const float* levels, size_t /*num_levels*/,
                        const DequantizeGroups& groups, float* out) {
  for (size_t i = 0; i < n; ++i) out[i] = Value(levels[codes[i]], i, groups);
}

void DequantizeRowTable4(const uint8_t* packed, size_t n, const float* levels,
                         const DequantizeGroups& groups, float* out) {
  for (size_t i = 0; i < n; ++i) out[i] = Value(levels[Nibble(packed, i)], i, groups);
}

}  // namespace pawl::kernels::reference
