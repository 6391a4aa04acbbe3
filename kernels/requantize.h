// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Fixed-point requantization of a row of sums (pawl/requantize.h has the definition):
//
//   v = saturate32(sum[i] + bias[i])
//   code[i] = clamp(Requantize(v, {multiplier[i], shift[i]}, rounding) + zero, low, high)
//
// stored as its low byte. [low, high] lies in [-128, 127] or in [0, 255], zero too; multipliers and
// shifts are valid. Pointers need no alignment, n may be 0. Every target gives the same bits. Pure,
// thread-safe.

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
};

void RequantizeRow(Target target, const int32_t* sums, size_t n, const RequantizeParams& params,
                   uint8_t* codes);

namespace reference {
void RequantizeRow(const int32_t* sums, size_t n, const RequantizeParams& params, uint8_t* codes);
}  // namespace reference

}  // namespace pawl::kernels

#endif  // PAWL_KERNELS_REQUANTIZE_H_
