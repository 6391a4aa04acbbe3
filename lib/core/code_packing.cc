// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/core/code_packing.h"

#include <cstring>

#include "pawl/quantized_tensor.h"

namespace pawl {
namespace {

bool IsSigned(const Element& element) {
  return element.kind == ElementKind::kInt || element.kind == ElementKind::kTernary;
}

}  // namespace

void UnpackRow(const Element& element, const uint8_t* packed, int64_t cols, int16_t* codes) {
  if (element.bits == 16) {
    std::memcpy(codes, packed, static_cast<size_t>(cols) * 2);
    return;
  }
  const int bits = element.bits;
  const uint32_t mask = (1u << bits) - 1;
  const uint32_t sign = IsSigned(element) ? 1u << (bits - 1) : 0u;
  uint32_t window = 0;
  int held = 0;
  for (int64_t i = 0; i < cols; ++i) {
    if (held < bits) {
      window |= static_cast<uint32_t>(*packed++) << held;
      held += 8;
    }
    // (v ^ sign) - sign extends the sign bit; with sign 0 it changes nothing.
    codes[i] = static_cast<int16_t>(static_cast<int32_t>((window & mask) ^ sign) -
                                    static_cast<int32_t>(sign));
    window >>= bits;
    held -= bits;
  }
}

void PackRow(const Element& element, const int16_t* codes, int64_t cols, uint8_t* packed) {
  if (element.bits == 16) {
    std::memcpy(packed, codes, static_cast<size_t>(cols) * 2);
    return;
  }
  const int bits = element.bits;
  const uint32_t mask = (1u << bits) - 1;
  uint32_t window = 0;
  int held = 0;
  for (int64_t i = 0; i < cols; ++i) {
    window |= (static_cast<uint32_t>(codes[i]) & mask) << held;
    held += bits;
    while (held >= 8) {
      *packed++ = static_cast<uint8_t>(window);
      window >>= 8;
      held -= 8;
    }
  }
  if (held > 0) *packed = static_cast<uint8_t>(window);
}

}  // namespace pawl
