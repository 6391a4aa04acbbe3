// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// One row of codes between its canonical bit stream and int16 numbers.

#ifndef PAWL_LIB_CORE_CODE_PACKING_H_
#define PAWL_LIB_CORE_CODE_PACKING_H_

#include <cstdint>

#include "pawl/scheme.h"

namespace pawl {

// Signed elements are sign-extended, all others zero-extended; f16 and bf16 keep their bits.
void UnpackRow(const Element& element, const uint8_t* packed, int64_t cols, int16_t* codes);

// Keeps the low bits of each code and zeroes the padding of the last byte.
void PackRow(const Element& element, const int16_t* codes, int64_t cols, uint8_t* packed);

}  // namespace pawl

#endif  // PAWL_LIB_CORE_CODE_PACKING_H_
