// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Fixed-point requantization of rows of sums (pawl/requantize.h has the definition):
//
//   v = saturate32(sums[r * stride + i] + bias[i])
//   codes[r * codes_stride + i] = clamp(Requantize(v, {multiplier[i], shift[i]}, rounding) + zero,
//   low, high)
//
// stored as the low byte. [low, high] lies in [-128, 127] or in [0, 255], zero too; multipliers and
// shifts are valid. Pointers need no alignment, sizes may be 0. Every target gives the same bits.
// Pure, thread-safe.

#ifndef PAWL_KERNELS_REQUANTIZE_H_
#define PAWL_KERNELS_REQUANTIZE_H_

#include <cstddef>
#include <cstdint>

#include "kernels/target.h"
#include "pawl/requantize.h"

namespace pawl::kernels {

struct RequantizeParams {
  const int32_t* bias = nullptr;
  const int32_t* multipliers = nullptr;
  const int32_t* shifts = nullptr;
  RequantizeRounding rounding = RequantizeRounding::kClassic;
  int32_t zero = 0;
  int32_t low = 0;
  int32_t high = 0;
  // Whether |sum + bias| < 2^30 for all of them and every shift is from -20 to -1: fewer
  // instructions for the same codes.
  bool narrow = false;
};

struct RequantizeShape {
  size_t rows = 0;
  size_t n = 0;
  size_t stride = 0;
  size_t codes_stride = 0;
};
void RequantizeRows(Target target, const int32_t* sums, const RequantizeShape& shape,
                    const RequantizeParams& params, uint8_t* codes);

namespace reference {
void RequantizeRows(const int32_t* sums, const RequantizeShape& shape,
                    const RequantizeParams& params, uint8_t* codes);
}  // namespace reference

}  // namespace pawl::kernels

#endif  // PAWL_KERNELS_REQUANTIZE_H_
