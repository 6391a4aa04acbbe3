// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Dequantize: codes -> f32.
//
//   value = (level - zero) * scale - minimum
//
// in f32, each step rounded (no fused multiply-add), where level is the code as a number or its
// entry in a table. Absent zeros and minimums count as +0 and change no bit.
//
// Pointers need no alignment, n may be 0. Pure, thread-safe; assumes the floating-point environment
// that FloatEnvironment (float_env.h) sets. NaN results (from NaN parameters) are NaN on every
// target, but their sign and payload are not specified.

#ifndef PAWL_KERNELS_DEQUANTIZE_H_
#define PAWL_KERNELS_DEQUANTIZE_H_

#include <cstddef>
#include <cstdint>

#include "kernels/target.h"

namespace pawl::kernels {

// Parameters of a row in groups of `size` consecutive columns; see QuantizeGroups.
struct DequantizeGroups {
  size_t size = 1;  // > 0; 1: one for each column; n or more: one for the run
  const float* scales = nullptr;
  const float* zeros = nullptr;     // integer or float zero points
  const float* minimums = nullptr;  // what is subtracted
  // The result will not be read soon: write it past the caches. Only a hint on speed; it pays where
  // the whole output is larger than the last-level cache.
  bool stream = false;
};

// One row of n columns.
void DequantizeRowI8(Target target, const int8_t* codes, size_t n, const DequantizeGroups& groups,
                     float* out);
void DequantizeRowU8(Target target, const uint8_t* codes, size_t n, const DequantizeGroups& groups,
                     float* out);
void DequantizeRowI16(Target target, const int16_t* codes, size_t n, const DequantizeGroups& groups,
                      float* out);

// Four-bit codes, two in a byte, the first in the low half: two's complement and unsigned.
void DequantizeRowI4(Target target, const uint8_t* packed, size_t n, const DequantizeGroups& groups,
                     float* out);
void DequantizeRowU4(Target target, const uint8_t* packed, size_t n, const DequantizeGroups& groups,
                     float* out);

// Codes are indices into `levels`, which has num_levels entries, 2..256; every code must be below
// it.
void DequantizeRowTable(Target target, const uint8_t* codes, size_t n, const float* levels,
                        size_t num_levels, const DequantizeGroups& groups, float* out);

// Four-bit indices, two in a byte, the first in the low half; levels has 16 entries.
void DequantizeRowTable4(Target target, const uint8_t* packed, size_t n, const float* levels,
                         const DequantizeGroups& groups, float* out);

// One scale and zero point for the run.
void DequantizeI8(Target target, const int8_t* codes, size_t n, float scale, float zero,
                  float* out);
void DequantizeU8(Target target, const uint8_t* codes, size_t n, float scale, float zero,
                  float* out);
void DequantizeI16(Target target, const int16_t* codes, size_t n, float scale, float zero,
                   float* out);

namespace reference {
void DequantizeRowI8(const int8_t* codes, size_t n, const DequantizeGroups& groups, float* out);
void DequantizeRowU8(const uint8_t* codes, size_t n, const DequantizeGroups& groups, float* out);
void DequantizeRowI16(const int16_t* codes, size_t n, const DequantizeGroups& groups, float* out);
void DequantizeRowI4(const uint8_t* packed, size_t n, const DequantizeGroups& groups, float* out);
void DequantizeRowU4(const uint8_t* packed, size_t n, const DequantizeGroups& groups, float* out);
void DequantizeRowTable(const uint8_t* codes, size_t n, const float* levels, size_t num_levels,
                        const DequantizeGroups& groups, float* out);
void DequantizeRowTable4(const uint8_t* packed, size_t n, const float* levels,
                         const DequantizeGroups& groups, float* out);
}  // namespace reference

}  // namespace pawl::kernels

#endif  // PAWL_KERNELS_DEQUANTIZE_H_
