// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Packing of b-bit codes (b 1..8) in the canonical bit stream of quantized_tensor.h: the first code
// in the lowest bits, fields may straddle bytes, the last byte padded with zero bits. n codes take
// (n*b + 7)/8 bytes; not a byte more is read or written.
//
// Pointers need no alignment, n may be 0, input and output must not overlap. Pure, thread-safe.

#ifndef PAWL_KERNELS_PACK_H_
#define PAWL_KERNELS_PACK_H_

#include <cstddef>
#include <cstdint>

#include "kernels/target.h"

namespace pawl::kernels {

// The low `bits` bits of each code; so signed codes end up in two's complement of that width.
void PackBitsU8(Target target, const uint8_t* codes, size_t n, int bits, uint8_t* packed);
void PackBitsI16(Target target, const int16_t* codes, size_t n, int bits, uint8_t* packed);

// The fields as unsigned numbers, or with sign_extend as two's complement ones (then the bytes of
// UnpackBitsU8 are int8 values).
void UnpackBitsU8(Target target, const uint8_t* packed, size_t n, int bits, bool sign_extend,
                  uint8_t* codes);
void UnpackBitsI16(Target target, const uint8_t* packed, size_t n, int bits, bool sign_extend,
                   int16_t* codes);

inline void PackBitsI8(Target target, const int8_t* codes, size_t n, int bits, uint8_t* packed) {
  PackBitsU8(target, reinterpret_cast<const uint8_t*>(codes), n, bits, packed);
}
inline void UnpackBitsI8(Target target, const uint8_t* packed, size_t n, int bits, int8_t* codes) {
  UnpackBitsU8(target, packed, n, bits, true, reinterpret_cast<uint8_t*>(codes));
}

namespace reference {
void PackBitsU8(const uint8_t* codes, size_t n, int bits, uint8_t* packed);
void PackBitsI16(const int16_t* codes, size_t n, int bits, uint8_t* packed);
void UnpackBitsU8(const uint8_t* packed, size_t n, int bits, bool sign_extend, uint8_t* codes);
void UnpackBitsI16(const uint8_t* packed, size_t n, int bits, bool sign_extend, int16_t* codes);
}  // namespace reference

}  // namespace pawl::kernels

#endif  // PAWL_KERNELS_PACK_H_
