// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Element types of plain (not quantized) tensors.

#ifndef PAWL_INCLUDE_PAWL_DTYPE_H_
#define PAWL_INCLUDE_PAWL_DTYPE_H_

#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

namespace pawl {

// Values are part of the C ABI and of files: never renumber.
enum class DType : uint8_t {
  kF32 = 0,
  kF16 = 1,
  kBF16 = 2,
  kF64 = 3,
  kI8 = 4,
  kU8 = 5,
  kI16 = 6,
  kU16 = 7,
  kI32 = 8,
  kU32 = 9,
  kI64 = 10,
  kU64 = 11,
  kBool = 12,
  kE4M3 = 13,  // OCP float8 e4m3fn: no infinity, 0x7F and 0xFF are NaN
  kE5M2 = 14,  // OCP float8 e5m2: IEEE-like
  kE8M0 = 15,  // OCP MX scale: 2^(code-127), 255 is NaN
};
inline constexpr int kNumDTypes = 16;

// Size of one element in bytes.
constexpr size_t DTypeSize(DType dtype) {
  switch (dtype) {
    case DType::kF64:
    case DType::kI64:
    case DType::kU64:
      return 8;
    case DType::kF32:
    case DType::kI32:
    case DType::kU32:
      return 4;
    case DType::kF16:
    case DType::kBF16:
    case DType::kI16:
    case DType::kU16:
      return 2;
    default:
      return 1;
  }
}

// True for the types whose values ToF32 can widen exactly or with one rounding (f64).
constexpr bool IsFloat(DType dtype) { return dtype <= DType::kF64 || dtype >= DType::kE4M3; }

// Short lower-case name: "f32", "bf16", "i8", "bool", "e4m3" ...
constexpr absl::string_view DTypeName(DType dtype) {
  constexpr absl::string_view kNames[kNumDTypes] = {"f32",  "f16",  "bf16", "f64", "i8",  "u8",
                                                    "i16",  "u16",  "i32",  "u32", "i64", "u64",
                                                    "bool", "e4m3", "e5m2", "e8m0"};
  const auto index = static_cast<size_t>(dtype);
  return index < kNumDTypes ? kNames[index] : absl::string_view("invalid");
}

constexpr std::optional<DType> ParseDType(absl::string_view name) {
  for (int i = 0; i < kNumDTypes; ++i) {
    if (DTypeName(static_cast<DType>(i)) == name) return static_cast<DType>(i);
  }
  return std::nullopt;
}

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_DTYPE_H_
