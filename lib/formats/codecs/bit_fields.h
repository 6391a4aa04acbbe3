// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Streams of fields of 1 to 8 bits, the first in the lowest bits: canonical codes and integer
// parameters, and what GPTQ, compressed-tensors, MatMulNBits and TFLite store.

#ifndef PAWL_LIB_FORMATS_CODECS_BIT_FIELDS_H_
#define PAWL_LIB_FORMATS_CODECS_BIT_FIELDS_H_

#include <cstdint>

namespace pawl {

// Bytes that hold `count` fields.
constexpr int64_t FieldBytes(int bits, int64_t count) { return (count * bits + 7) / 8; }

// fields[i] -> FieldBytes() bytes at `out`; padding bits are zero. Bits 1..8, higher bits of a
// field are ignored.
void PackFields(int bits, const uint8_t* fields, int64_t count, uint8_t* out);
void UnpackFields(int bits, const uint8_t* packed, int64_t count, uint8_t* fields);

// One field of 1 to 8 bits at position `index`; Put needs its bits to be zero before.
inline uint8_t GetField(int bits, const uint8_t* packed, int64_t index) {
  const int64_t bit = index * bits;
  const int shift = static_cast<int>(bit % 8);
  uint32_t window = packed[bit / 8];
  if (shift + bits > 8) window |= static_cast<uint32_t>(packed[bit / 8 + 1]) << 8;
  return static_cast<uint8_t>(window >> shift & ((1u << bits) - 1));
}

inline void PutField(int bits, uint8_t* packed, int64_t index, uint32_t value) {
  const int64_t bit = index * bits;
  const int shift = static_cast<int>(bit % 8);
  const uint32_t window = (value & ((1u << bits) - 1)) << shift;
  packed[bit / 8] |= static_cast<uint8_t>(window);
  if (shift + bits > 8) packed[bit / 8 + 1] |= static_cast<uint8_t>(window >> 8);
}

}  // namespace pawl

#endif  // PAWL_LIB_FORMATS_CODECS_BIT_FIELDS_H_
