// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Kernels over several element types: dispatch, and narrow floats as types of their own.

#ifndef PAWL_LIB_GRAPH_OPERATORS_ELEMENT_TYPES_H_
#define PAWL_LIB_GRAPH_OPERATORS_ELEMENT_TYPES_H_

#include <cstdint>
#include <string>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/graph/operators/common.h"
#include "pawl/dtype.h"
#include "pawl/float_types.h"

namespace pawl {

// Elements of DType::kF16 and kBF16: stored like this, computed with as f32.
struct F16 {
  uint16_t bits;
};
struct BF16 {
  uint16_t bits;
};

// What arithmetic on T is done in.
template <typename T>
using Wide = std::conditional_t<std::is_same_v<T, F16> || std::is_same_v<T, BF16>, float, T>;

template <typename T>
constexpr Wide<T> Widen(T value) {
  if constexpr (std::is_same_v<T, F16>) {
    return F16ToF32(value.bits);
  } else if constexpr (std::is_same_v<T, BF16>) {
    return BF16ToF32(value.bits);
  } else {
    return value;
  }
}

template <typename T>
constexpr T Narrow(Wide<T> value) {
  if constexpr (std::is_same_v<T, F16>) {
    return {F32ToF16(value)};
  } else if constexpr (std::is_same_v<T, BF16>) {
    return {F32ToBF16(value)};
  } else {
    return value;
  }
}

template <typename T>
inline constexpr bool kIsFloating = std::is_floating_point_v<Wide<T>>;

template <typename T>
const T* Data(const Tensor& tensor) {
  return static_cast<const T*>(tensor.data());
}
template <typename T>
T* MutableData(Tensor& tensor) {
  return static_cast<T*>(tensor.mutable_data());
}

enum TypeSet : uint32_t {
  kFloatTypes = 1,     // f32 f64 f16 bf16
  kSignedTypes = 2,    // i8 i16 i32 i64
  kUnsignedTypes = 4,  // u8 u16 u32 u64
  kBoolType = 8,       // as uint8_t
  kIntegerTypes = kSignedTypes | kUnsignedTypes,
  kNumberTypes = kFloatTypes | kIntegerTypes,
  kAllTypes = kNumberTypes | kBoolType,
};

inline std::string TypeSetText(uint32_t set) {
  std::string text;
  if ((set & kFloatTypes) != 0) absl::StrAppend(&text, ", f32, f64, f16, bf16");
  if ((set & kSignedTypes) != 0) absl::StrAppend(&text, ", i8, i16, i32, i64");
  if ((set & kUnsignedTypes) != 0) absl::StrAppend(&text, ", u8, u16, u32, u64");
  if ((set & kBoolType) != 0) absl::StrAppend(&text, ", bool");
  return text.empty() ? text : text.substr(2);
}

// Calls fn(T()) -> absl::Status for the dtype's element type; TypeError for one outside the set.
template <uint32_t kSet, typename Fn>
absl::Status ForType(size_t input, DType dtype, const Fn& fn) {
  if constexpr ((kSet & kFloatTypes) != 0) {
    if (dtype == DType::kF32) return fn(float());
    if (dtype == DType::kF64) return fn(double());
    if (dtype == DType::kF16) return fn(F16());
    if (dtype == DType::kBF16) return fn(BF16());
  }
  if constexpr ((kSet & kSignedTypes) != 0) {
    if (dtype == DType::kI8) return fn(int8_t());
    if (dtype == DType::kI16) return fn(int16_t());
    if (dtype == DType::kI32) return fn(int32_t());
    if (dtype == DType::kI64) return fn(int64_t());
  }
  if constexpr ((kSet & kUnsignedTypes) != 0) {
    if (dtype == DType::kU8) return fn(uint8_t());
    if (dtype == DType::kU16) return fn(uint16_t());
    if (dtype == DType::kU32) return fn(uint32_t());
    if (dtype == DType::kU64) return fn(uint64_t());
  }
  if constexpr ((kSet & kBoolType) != 0) {
    if (dtype == DType::kBool) return fn(uint8_t());
  }
  return TypeError(input, dtype, TypeSetText(kSet));
}

// For kernels that only move elements: fn(T()) with an unsigned type of the element's size.
template <typename Fn>
absl::Status ForSize(DType dtype, const Fn& fn) {
  switch (DTypeSize(dtype)) {
    case 8:
      return fn(uint64_t());
    case 4:
      return fn(uint32_t());
    case 2:
      return fn(uint16_t());
    default:
      return fn(uint8_t());
  }
}

}  // namespace pawl

#endif  // PAWL_LIB_GRAPH_OPERATORS_ELEMENT_TYPES_H_
