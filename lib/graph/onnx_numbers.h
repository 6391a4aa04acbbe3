// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Element types as numbers in attributes of nodes: those of TensorProto.DataType (onnx.proto).

#ifndef PAWL_LIB_GRAPH_ONNX_NUMBERS_H_
#define PAWL_LIB_GRAPH_ONNX_NUMBERS_H_

#include <cstdint>
#include <optional>

#include "pawl/dtype.h"

namespace pawl {

inline constexpr int64_t kOnnxFloat = 1;
inline constexpr int64_t kOnnxFloat16 = 10;

// Types that values of a graph may have; none for others (INT4 and the like are types of weights).
constexpr std::optional<DType> DTypeOfOnnx(int64_t number) {
  switch (number) {
    case kOnnxFloat:
      return DType::kF32;
    case 2:
      return DType::kU8;
    case 3:
      return DType::kI8;
    case 4:
      return DType::kU16;
    case 5:
      return DType::kI16;
    case 6:
      return DType::kI32;
    case 7:
      return DType::kI64;
    case 9:
      return DType::kBool;
    case kOnnxFloat16:
      return DType::kF16;
    case 11:
      return DType::kF64;
    case 12:
      return DType::kU32;
    case 13:
      return DType::kU64;
    case 16:
      return DType::kBF16;
    case 17:
      return DType::kE4M3;
    case 19:
      return DType::kE5M2;
    case 24:
      return DType::kE8M0;
    default:
      return std::nullopt;
  }
}

}  // namespace pawl

#endif  // PAWL_LIB_GRAPH_ONNX_NUMBERS_H_
