// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "absl/strings/str_cat.h"
#include "lib/formats/onnx_fields.h"

namespace pawl::onnx {
namespace {

struct TypeRow {
  const char* name;
  bool held;
  DType dtype;
  int bits;
};

// By TensorProto.DataType.
constexpr TypeRow kTypes[] = {
    {"UNDEFINED", false, DType::kF32, 0},
    {"FLOAT", true, DType::kF32, 32},
    {"UINT8", true, DType::kU8, 8},
    {"INT8", true, DType::kI8, 8},
    {"UINT16", true, DType::kU16, 16},
    {"INT16", true, DType::kI16, 16},
    {"INT32", true, DType::kI32, 32},
    {"INT64", true, DType::kI64, 64},
    {"STRING", false, DType::kF32, 0},
    {"BOOL", true, DType::kBool, 8},
    {"FLOAT16", true, DType::kF16, 16},
    {"DOUBLE", true, DType::kF64, 64},
    {"UINT32", true, DType::kU32, 32},
    {"UINT64", true, DType::kU64, 64},
    {"COMPLEX64", false, DType::kF32, 0},
    {"COMPLEX128", false, DType::kF32, 0},
    {"BFLOAT16", true, DType::kBF16, 16},
    {"FLOAT8E4M3FN", true, DType::kE4M3, 8},
    {"FLOAT8E4M3FNUZ", false, DType::kF32, 0},
    {"FLOAT8E5M2", true, DType::kE5M2, 8},
    {"FLOAT8E5M2FNUZ", false, DType::kF32, 0},
    {"UINT4", true, DType::kU8, 4},
    {"INT4", true, DType::kI8, 4},
    {"FLOAT4E2M1", false, DType::kF32, 0},
    {"FLOAT8E8M0", true, DType::kE8M0, 8},
    {"UINT2", true, DType::kU8, 2},
    {"INT2", true, DType::kI8, 2},
};
constexpr int32_t kNumTypes = static_cast<int32_t>(sizeof(kTypes) / sizeof(kTypes[0]));

const TypeRow* Find(int32_t data_type) {
  return data_type >= 0 && data_type < kNumTypes ? &kTypes[data_type] : nullptr;
}

}  // namespace

std::optional<DType> HeldAs(int32_t data_type) {
  const TypeRow* row = Find(data_type);
  if (row == nullptr || !row->held) return std::nullopt;
  return row->dtype;
}

int BitsOf(int32_t data_type) {
  const TypeRow* row = Find(data_type);
  return row == nullptr || !row->held ? 0 : row->bits;
}

int32_t DataTypeOf(DType dtype) {
  for (int32_t i = 0; i < kNumTypes; ++i) {
    if (kTypes[i].held && kTypes[i].dtype == dtype && kTypes[i].bits >= 8) return i;
  }
  return 0;
}

std::string DataTypeName(int32_t data_type) {
  const TypeRow* row = Find(data_type);
  return row != nullptr ? row->name : absl::StrCat("type ", data_type);
}

}  // namespace pawl::onnx
