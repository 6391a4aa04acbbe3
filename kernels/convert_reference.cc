// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/convert.h"
#include "pawl/float_types.h"

namespace pawl::kernels::reference {

void ConvertF16ToF32(const uint16_t* in, size_t n, float* out) {
  for (size_t i = 0; i < n; ++i) out[i] = F16ToF32(in[i]);
}

void ConvertF32ToF16(const float* in, size_t n, uint16_t* out) {
  for (size_t i = 0; i < n; ++i) out[i] = F32ToF16(in[i]);
}

void ConvertBF16ToF32(const uint16_t* in, size_t n, float* out) {
  for (size_t i = 0; i < n; ++i) out[i] = BF16ToF32(in[i]);
}

void ConvertF32ToBF16(const float* in, size_t n, uint16_t* out) {
  for (size_t i = 0; i < n; ++i) out[i] = F32ToBF16(in[i]);
}

}  // namespace pawl::kernels::reference
