// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/pack.h"

namespace pawl::kernels::reference {
namespace {

template <class T>
void PackBits(const T* codes, size_t n, int bits, uint8_t* packed) {
  uint32_t pending = 0;
  int count = 0;
  for (size_t i = 0; i < n; ++i) {
    const uint32_t field = static_cast<uint32_t>(codes[i]) & ((1u << bits) - 1);
    pending |= field << count;
    for (count += bits; count >= 8; count -= 8, pending >>= 8) {
      *packed++ = static_cast<uint8_t>(pending);
    }
  }
  if (count > 0) *packed = static_cast<uint8_t>(pending);
}

template <class T>
void UnpackBits(const uint8_t* packed, size_t n, int bits, bool sign_extend, T* codes) {
  uint32_t pending = 0;
  int count = 0;
  const uint32_t sign = sign_extend ? 1u << (bits - 1) : 0u;
  for (size_t i = 0; i < n; ++i) {
    if (count < bits) {
      pending |= static_cast<uint32_t>(*packed++) << count;
      count += 8;
    }
    const uint32_t field = pending & ((1u << bits) - 1);
    codes[i] = static_cast<T>((field ^ sign) - sign);
    pending >>= bits;
    count -= bits;
  }
}

}  // namespace

void PackBitsU8(const uint8_t* codes, size_t n, int bits, uint8_t* packed) {
  PackBits(codes, n, bits, packed);
}

void PackBitsI16(const int16_t* codes, size_t n, int bits, uint8_t* packed) {
  PackBits(codes, n, bits, packed);
}

void UnpackBitsU8(const uint8_t* packed, size_t n, int bits, bool sign_extend, uint8_t* codes) {
  UnpackBits(packed, n, bits, sign_extend, codes);
}

void UnpackBitsI16(const uint8_t* packed, size_t n, int bits, bool sign_extend, int16_t* codes) {
  UnpackBits(packed, n, bits, sign_extend, codes);
}

}  // namespace pawl::kernels::reference
