// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Quantize: f32 -> integer codes.
//
//   code = clamp(round_half_even((x + minimum) / scale + float_zero) + zero, lo, hi)
//
// in f32, each step rounded (IEEE division, no fused multiply-add), the rounding to a whole number
// and what follows exact. Where the value before rounding is NaN (x or scale NaN, 0/0, Inf/Inf) the
// code is clamp(zero, lo, hi); +-Inf saturates.
//
// Preconditions: lo <= hi lie in the code type; |zero|, |lo - zero| and |hi - zero| are at most
// 2^21. Pointers need no alignment, n may be 0. Pure, thread-safe; assumes the floating-point
// environment that FloatEnvironment (float_env.h) sets.

#ifndef PAWL_KERNELS_QUANTIZE_H_
#define PAWL_KERNELS_QUANTIZE_H_

#include <cstddef>
#include <cstdint>

#include "kernels/target.h"

namespace pawl::kernels {

// Parameters of a row in groups of `size` consecutive columns: entry g of each array belongs to
// columns [g*size, (g+1)*size), the last group may be short. Size 1 gives each column its own;
// a size of n or more gives one run. Absent (null) arrays count as zero.
struct QuantizeGroups {
  size_t size = 1;  // > 0
  const float* scales = nullptr;
  const float* zeros = nullptr;        // whole numbers, added after rounding
  const float* float_zeros = nullptr;  // added before rounding
  const float* minimums = nullptr;     // added to x before dividing
  int32_t lo = 0;
  int32_t hi = 0;
};

// Codes of one row of n columns.
void QuantizeRowI8(Target target, const float* x, size_t n, const QuantizeGroups& groups,
                   int8_t* codes);
void QuantizeRowU8(Target target, const float* x, size_t n, const QuantizeGroups& groups,
                   uint8_t* codes);
void QuantizeRowI16(Target target, const float* x, size_t n, const QuantizeGroups& groups,
                    int16_t* codes);

// Four-bit codes, two in a byte, the first in the low half, the low four bits of each code
// (lo >= -8, hi <= 15); (n+1)/2 bytes are written, the last high half zero for odd n.
void QuantizeRow4(Target target, const float* x, size_t n, const QuantizeGroups& groups,
                  uint8_t* packed);

// One scale and zero point for the run.
struct QuantizeParams {
  float scale = 1.0f;
  int32_t zero = 0;
  int32_t lo = 0;
  int32_t hi = 0;
};
void QuantizeI8(Target target, const float* x, size_t n, const QuantizeParams& params,
                int8_t* codes);
void QuantizeU8(Target target, const float* x, size_t n, const QuantizeParams& params,
                uint8_t* codes);
void QuantizeI16(Target target, const float* x, size_t n, const QuantizeParams& params,
                 int16_t* codes);
void Quantize4(Target target, const float* x, size_t n, const QuantizeParams& params,
               uint8_t* packed);

namespace reference {
void QuantizeRowI8(const float* x, size_t n, const QuantizeGroups& groups, int8_t* codes);
void QuantizeRowU8(const float* x, size_t n, const QuantizeGroups& groups, uint8_t* codes);
void QuantizeRowI16(const float* x, size_t n, const QuantizeGroups& groups, int16_t* codes);
void QuantizeRow4(const float* x, size_t n, const QuantizeGroups& groups, uint8_t* packed);
}  // namespace reference

}  // namespace pawl::kernels

#endif  // PAWL_KERNELS_QUANTIZE_H_
