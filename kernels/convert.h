// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Bulk conversion between f32 and the 16-bit floats, the same bits as pawl/float_types.h: narrowing
// rounds half to even, overflow gives infinity, NaN payloads are treated as there.
//
// Pointers need no alignment, n may be 0, input and output must not overlap. Pure, thread-safe;
// F32ToF16 assumes the rounding mode that FloatEnvironment (float_env.h) sets.

#ifndef PAWL_KERNELS_CONVERT_H_
#define PAWL_KERNELS_CONVERT_H_

#include <cstddef>
#include <cstdint>

#include "kernels/target.h"

namespace pawl::kernels {

void ConvertF16ToF32(Target target, const uint16_t* in, size_t n, float* out);
void ConvertF32ToF16(Target target, const float* in, size_t n, uint16_t* out);
void ConvertBF16ToF32(Target target, const uint16_t* in, size_t n, float* out);
void ConvertF32ToBF16(Target target, const float* in, size_t n, uint16_t* out);

namespace reference {
void ConvertF16ToF32(const uint16_t* in, size_t n, float* out);
void ConvertF32ToF16(const float* in, size_t n, uint16_t* out);
void ConvertBF16ToF32(const uint16_t* in, size_t n, float* out);
void ConvertF32ToBF16(const float* in, size_t n, uint16_t* out);
}  // namespace reference

}  // namespace pawl::kernels

#endif  // PAWL_KERNELS_CONVERT_H_
