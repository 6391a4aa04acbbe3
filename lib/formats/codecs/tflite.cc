// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Quantized constants of TFLite models. Sources: the quantization specification of TFLite and the
// reference kernels of DEQUANTIZE; 4- and 2-bit types are packed over the flat tensor.

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "lib/core/params.h"
#include "lib/core/status_macros.h"
#include "lib/formats/codecs/bit_fields.h"
#include "lib/formats/codecs/codec_util.h"
#include "pawl/checkpoint_formats.h"

namespace pawl {
namespace {

constexpr absl::string_view kName = "TFLite";

struct TfliteType {
  absl::string_view name;
  Element element;
  DType dtype;  // of the data
};

constexpr TfliteType kTypes[] = {{"INT8", {ElementKind::kInt, 8}, DType::kI8},
                                 {"UINT8", {ElementKind::kUint, 8}, DType::kU8},
                                 {"INT16", {ElementKind::kInt, 16}, DType::kI16},
                                 {"INT4", {ElementKind::kInt, 4}, DType::kU8},
                                 {"INT2", {ElementKind::kInt, 2}, DType::kU8}};

// Beyond it q - zero_point would not be exact in f32.
constexpr int64_t kLargestZero = int64_t{1} << 23;

absl::StatusOr<const TfliteType*> FindType(absl::string_view name) {
  for (const TfliteType& type : kTypes) {
    if (type.name == name) return &type;
  }
  return BadPart(kName, "type", absl::StrCat(name, " is none of INT8, UINT8, INT16, INT4, INT2"));
}

// Moves fields between the flat stream of a file and rows that are padded to whole bytes.
void FlatToRows(int bits, const uint8_t* flat, int64_t rows, int64_t cols, uint8_t* out) {
  const int64_t row_bytes = FieldBytes(bits, cols);
  if (row_bytes * 8 == cols * bits) {
    std::copy_n(flat, rows * row_bytes, out);
    return;
  }
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t col = 0; col < cols; ++col) {
      PutField(bits, out + row * row_bytes, col, GetField(bits, flat, row * cols + col));
    }
  }
}

void RowsToFlat(int bits, const uint8_t* packed, int64_t rows, int64_t cols, uint8_t* flat) {
  const int64_t row_bytes = FieldBytes(bits, cols);
  if (row_bytes * 8 == cols * bits) {
    std::copy_n(packed, rows * row_bytes, flat);
    return;
  }
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t col = 0; col < cols; ++col) {
      PutField(bits, flat, row * cols + col, GetField(bits, packed + row * row_bytes, col));
    }
  }
}

absl::StatusOr<Scheme> SchemeOf(const TfliteTensors& t, const TfliteType& type) {
  Scheme scheme;
  scheme.element = type.element;
  scheme.full_range = type.element.kind == ElementKind::kInt;
  if (t.scale.num_elements() != 1) {
    const auto rank = static_cast<int>(t.shape.size());
    if (t.quantized_dimension < 0 || t.quantized_dimension >= rank) {
      return BadPart(kName, "quantized_dimension",
                     absl::StrCat(t.quantized_dimension, " is not one of ", rank, " dimensions"));
    }
    scheme.grouping = Grouping{GroupKind::kChannel, t.quantized_dimension, 1, 0};
  }
  PAWL_ASSIGN_OR_RETURN(const int64_t groups, NumGroups(scheme, t.shape));
  PAWL_RETURN_IF_ERROR(CheckCount(kName, "scale", t.scale, {DType::kF32}, groups));
  if (t.zero_point.empty()) return scheme;
  PAWL_RETURN_IF_ERROR(CheckCount(kName, "zero_point", t.zero_point, {DType::kI64}, groups));
  for (const int64_t zero : t.zero_point.as<int64_t>()) {
    if (zero < -kLargestZero || zero > kLargestZero) {
      return BadPart(kName, "zero_point", absl::StrCat(zero, " is out of range"));
    }
    if (zero != 0) scheme.offset = OffsetFormat{OffsetKind::kZeroPoint, kParamI32, kParamNone};
  }
  return scheme;
}

absl::StatusOr<const TfliteType*> TypeOf(const QuantizedTensor& tensor) {
  const Scheme& s = tensor.scheme;
  for (const TfliteType& type : kTypes) {
    const bool grouped =
        s.grouping.kind == GroupKind::kTensor || s.grouping.kind == GroupKind::kChannel;
    const bool offset =
        s.offset.kind == OffsetKind::kNone || s.offset.kind == OffsetKind::kZeroPoint;
    if (type.element == s.element && grouped && offset && IsPlainFloat(s.scale.type) &&
        s.scale.super_type.kind == ParamKind::kNone && s.post_scale == 1.0f) {
      return &type;
    }
  }
  return BadPart(kName, "format",
                 absl::StrCat("cannot hold scheme ", SchemeString(s),
                              "; it takes int8, uint8, int16, int4 or int2 for the whole tensor or "
                              "by channel"));
}

}  // namespace

absl::StatusOr<QuantizedTensor> FromTflite(const TfliteTensors& tensors) {
  PAWL_ASSIGN_OR_RETURN(const TfliteType* type, FindType(tensors.type));
  PAWL_ASSIGN_OR_RETURN(const int64_t elements, CheckShape(kName, tensors.shape));
  const int bits = type->element.bits;
  const int64_t count = bits < 8 ? FieldBytes(bits, elements) : elements;
  PAWL_RETURN_IF_ERROR(CheckCount(kName, "data", tensors.data, {type->dtype}, count));
  PAWL_ASSIGN_OR_RETURN(const Scheme scheme, SchemeOf(tensors, *type));
  PAWL_ASSIGN_OR_RETURN(QuantizedTensor out, QuantizedTensor::Create(scheme, tensors.shape));
  out.scales = tensors.scale;
  if (bits >= 8) {
    PAWL_ASSIGN_OR_RETURN(out.codes, AsBytes(tensors.data, out.codes.shape()));
  } else {
    FlatToRows(bits, ConstBytes(tensors.data), out.rows(), out.cols(), MutableBytes(out.codes));
  }
  if (scheme.offset.kind != OffsetKind::kNone) {
    int64_t group = 0;
    for (const int64_t zero : tensors.zero_point.as<int64_t>()) {
      WriteParam(kParamI32, out.offsets, group++, static_cast<uint32_t>(zero));
    }
  }
  return out;
}

absl::StatusOr<TfliteTensors> ToTflite(const QuantizedTensor& tensor) {
  PAWL_RETURN_IF_ERROR(CheckWritable(kName, tensor));
  PAWL_ASSIGN_OR_RETURN(const TfliteType* type, TypeOf(tensor));
  const Scheme& s = tensor.scheme;
  const int bits = type->element.bits;
  TfliteTensors t;
  t.type = std::string(type->name);
  t.shape = tensor.shape;
  if (s.grouping.kind == GroupKind::kChannel) {
    const auto rank = static_cast<int>(tensor.shape.size());
    t.quantized_dimension = s.grouping.axis < 0 ? s.grouping.axis + rank : s.grouping.axis;
  }
  if (bits < 8) {
    PAWL_ASSIGN_OR_RETURN(t.data,
                          Tensor::Create(DType::kU8, {FieldBytes(bits, tensor.num_elements())}));
  } else {
    PAWL_ASSIGN_OR_RETURN(t.data, Tensor::Create(type->dtype, tensor.shape));
  }
  RowsToFlat(bits, ConstBytes(tensor.codes), tensor.rows(), tensor.cols(), MutableBytes(t.data));
  const int64_t groups = tensor.scales.num_elements();
  PAWL_ASSIGN_OR_RETURN(t.scale, tensor.scales.ToF32());
  PAWL_ASSIGN_OR_RETURN(t.scale, t.scale.Reshape({groups}));
  PAWL_ASSIGN_OR_RETURN(t.zero_point, Tensor::Create(DType::kI64, {groups}));
  if (s.offset.kind == OffsetKind::kNone) return t;
  for (int64_t g = 0; g < groups; ++g) {
    const float zero = ParamValue(s.offset.type, ReadParam(s.offset.type, tensor.offsets, g));
    t.zero_point.mutable_as<int64_t>()[static_cast<size_t>(g)] = static_cast<int64_t>(zero);
  }
  return t;
}

}  // namespace pawl
