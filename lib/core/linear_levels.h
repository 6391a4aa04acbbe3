// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Levels of a table as integers, for products with int8 activations.

#ifndef PAWL_LIB_CORE_LINEAR_LEVELS_H_
#define PAWL_LIB_CORE_LINEAR_LEVELS_H_

#include <array>
#include <cstdint>
#include <optional>

#include "pawl/quantized_tensor.h"

namespace pawl {

// Level i of the table is (codes[i] - zero) * factor, or was rounded to that.
struct IntegerLevels {
  std::array<uint8_t, 16> codes{};
  int bits = 8;  // 5 where all codes fit
  int32_t zero = 0;
  float factor = 1.0f;
};

// Of elements with one table of up to 16 levels. Exact where the levels or their doubles are
// integers of 8 bits (e2m1, GGUF's iq4); else, if `round`, the nearest of 127 steps to the largest
// magnitude, half to even. None for other elements, and for levels that are not finite.
std::optional<IntegerLevels> MakeIntegerLevels(const QuantizedTensor& t, bool round);

}  // namespace pawl

#endif  // PAWL_LIB_CORE_LINEAR_LEVELS_H_
