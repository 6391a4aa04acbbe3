// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Conversions between f32 and the narrow float types, on bit patterns with integer arithmetic only,
// so that neither the host's compiler flags nor its FTZ/DAZ or rounding mode can change a code.
// Every narrowing rounds half to even. These are the readable reference; kernels do the same
// faster. Sources: IEEE 754-2019 (binary16), OCP 8-bit Floating Point Specification 1.0 (E4M3,
// E5M2), OCP Microscaling Formats 1.0 (E2M1, E8M0). All functions are pure and thread-safe.

#ifndef PAWL_INCLUDE_PAWL_FLOAT_TYPES_H_
#define PAWL_INCLUDE_PAWL_FLOAT_TYPES_H_

#include <bit>
#include <cstdint>

namespace pawl {

namespace float_internal {

// Widens a sign|exponent|mantissa code with the given field widths to the bits of an f32. Codes
// with an all-ones exponent are treated as finite here; callers handle Inf and NaN first.
constexpr uint32_t WidenFinite(uint32_t sign, uint32_t exponent, uint32_t mantissa,
                               int mantissa_bits, int bias) {
  if (exponent == 0) {
    if (mantissa == 0) return sign << 31;
    const int shift = std::countl_zero(mantissa) - (32 - mantissa_bits) + 1;
    mantissa = (mantissa << shift) & ((1u << mantissa_bits) - 1);
    const uint32_t e = static_cast<uint32_t>(127 - bias + 1 - shift);
    return sign << 31 | e << 23 | mantissa << (23 - mantissa_bits);
  }
  const uint32_t e = static_cast<uint32_t>(static_cast<int>(exponent) - bias + 127);
  return sign << 31 | e << 23 | mantissa << (23 - mantissa_bits);
}

// Rounds the magnitude bits of a finite f32 (sign cleared) to the nearest code, half to even,
// without an upper bound: the caller compares the result with its largest code.
constexpr uint32_t NarrowMagnitude(uint32_t magnitude, int mantissa_bits, int bias) {
  const int exponent = static_cast<int>(magnitude >> 23);
  uint32_t mantissa = magnitude & 0x7FFFFFu;
  int shift = 23 - mantissa_bits;
  int target_exponent = exponent - 127 + bias;
  if (exponent != 0) mantissa |= 0x800000u;
  if (target_exponent < 1) {
    const int extra = 1 - target_exponent - (exponent == 0 ? 1 : 0);
    shift += extra;
    target_exponent = 0;
    if (shift > 25) return 0;
  } else {
    mantissa &= 0x7FFFFFu;
  }
  const uint32_t half = 1u << (shift - 1);
  const uint32_t rest = mantissa & ((1u << shift) - 1);
  uint32_t code = (static_cast<uint32_t>(target_exponent) << mantissa_bits) + (mantissa >> shift);
  if (rest > half || (rest == half && (code & 1))) ++code;
  return code;
}

}  // namespace float_internal

// binary16 -> f32, exact; a NaN keeps its payload.
constexpr float F16ToF32(uint16_t code) {
  const uint32_t sign = code >> 15;
  const uint32_t exponent = (code >> 10) & 0x1Fu;
  const uint32_t mantissa = code & 0x3FFu;
  if (exponent == 31) return std::bit_cast<float>(sign << 31 | 0x7F800000u | mantissa << 13);
  return std::bit_cast<float>(float_internal::WidenFinite(sign, exponent, mantissa, 10, 15));
}

// f32 -> binary16, half to even; overflow gives infinity, NaN a quiet NaN.
constexpr uint16_t F32ToF16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t sign = bits >> 31 << 15;
  const uint32_t magnitude = bits & 0x7FFFFFFFu;
  if (magnitude > 0x7F800000u) {
    return static_cast<uint16_t>(sign | 0x7E00u | (magnitude >> 13 & 0x1FFu));
  }
  if (magnitude == 0x7F800000u) return static_cast<uint16_t>(sign | 0x7C00u);
  const uint32_t code = float_internal::NarrowMagnitude(magnitude, 10, 15);
  return static_cast<uint16_t>(sign | (code >= 0x7C00u ? 0x7C00u : code));
}

// bfloat16 -> f32, exact.
constexpr float BF16ToF32(uint16_t code) {
  return std::bit_cast<float>(static_cast<uint32_t>(code) << 16);
}

// f32 -> bfloat16, half to even; NaN a quiet NaN.
constexpr uint16_t F32ToBF16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7FFFFFFFu) > 0x7F800000u) return static_cast<uint16_t>(bits >> 16 | 0x40u);
  return static_cast<uint16_t>((bits + 0x7FFFu + (bits >> 16 & 1u)) >> 16);
}

// E4M3 (fn variant) -> f32, exact; 0x7F and 0xFF are NaN.
constexpr float E4M3ToF32(uint8_t code) {
  const uint32_t sign = code >> 7;
  if ((code & 0x7Fu) == 0x7Fu) return std::bit_cast<float>(sign << 31 | 0x7FC00000u);
  return std::bit_cast<float>(float_internal::WidenFinite(sign, code >> 3 & 0xFu, code & 7u, 3, 7));
}

// f32 -> E4M3, half to even, saturating: what exceeds 448 (infinity too) gives +-448. NaN stays
// NaN.
constexpr uint8_t F32ToE4M3(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t sign = bits >> 31 << 7;
  const uint32_t magnitude = bits & 0x7FFFFFFFu;
  if (magnitude > 0x7F800000u) return static_cast<uint8_t>(sign | 0x7Fu);
  if (magnitude == 0x7F800000u) return static_cast<uint8_t>(sign | 0x7Eu);
  const uint32_t code = float_internal::NarrowMagnitude(magnitude, 3, 7);
  return static_cast<uint8_t>(sign | (code > 0x7Eu ? 0x7Eu : code));
}

// E5M2 -> f32, exact.
constexpr float E5M2ToF32(uint8_t code) { return F16ToF32(static_cast<uint16_t>(code << 8)); }

// f32 -> E5M2, half to even, saturating finite values at +-57344; infinity and NaN are kept.
constexpr uint8_t F32ToE5M2(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t sign = bits >> 31 << 7;
  const uint32_t magnitude = bits & 0x7FFFFFFFu;
  if (magnitude > 0x7F800000u) return static_cast<uint8_t>(sign | 0x7Eu);
  if (magnitude == 0x7F800000u) return static_cast<uint8_t>(sign | 0x7Cu);
  const uint32_t code = float_internal::NarrowMagnitude(magnitude, 2, 15);
  return static_cast<uint8_t>(sign | (code > 0x7Bu ? 0x7Bu : code));
}

// E2M1 (low four bits) -> f32: 0 .5 1 1.5 2 3 4 6 and their negatives.
constexpr float E2M1ToF32(uint8_t code) {
  return std::bit_cast<float>(
      float_internal::WidenFinite(code >> 3 & 1u, code >> 1 & 3u, code & 1u, 1, 1));
}

// f32 -> E2M1, half to even, saturating at +-6. NaN, which the type lacks, gives +0.
constexpr uint8_t F32ToE2M1(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t sign = bits >> 31 << 3;
  const uint32_t magnitude = bits & 0x7FFFFFFFu;
  if (magnitude > 0x7F800000u) return 0;
  if (magnitude == 0x7F800000u) return static_cast<uint8_t>(sign | 7u);
  const uint32_t code = float_internal::NarrowMagnitude(magnitude, 1, 1);
  return static_cast<uint8_t>(sign | (code > 7u ? 7u : code));
}

// E8M0 -> f32: 2^(code-127), exact (code 0 is the denormal 2^-127); 255 is NaN.
constexpr float E8M0ToF32(uint8_t code) {
  if (code == 255) return std::bit_cast<float>(0x7FC00000u);
  if (code == 0) return std::bit_cast<float>(0x00400000u);
  return std::bit_cast<float>(static_cast<uint32_t>(code) << 23);
}

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_FLOAT_TYPES_H_
