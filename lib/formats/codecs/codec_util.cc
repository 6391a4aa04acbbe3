// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/formats/codecs/codec_util.h"

#include <algorithm>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/core/params.h"
#include "lib/core/status_macros.h"
#include "lib/formats/codecs/bit_fields.h"

namespace pawl {
namespace {

std::string Names(std::initializer_list<DType> dtypes) {
  return absl::StrJoin(dtypes, " or ", [](std::string* out, DType dtype) {
    absl::StrAppend(out, DTypeName(dtype));
  });
}

bool OneOf(std::initializer_list<DType> dtypes, DType dtype) {
  return std::find(dtypes.begin(), dtypes.end(), dtype) != dtypes.end();
}

// Sixteen columns at a time: every cache line of the source is used whole.
template <typename T>
void TransposeTyped(const T* from, int64_t rows, int64_t cols, T* to) {
  constexpr int64_t kTile = 16;
  for (int64_t begin = 0; begin < cols; begin += kTile) {
    const int64_t end = std::min(cols, begin + kTile);
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t c = begin; c < end; ++c) to[c * rows + r] = from[r * cols + c];
    }
  }
}

}  // namespace

absl::Status BadPart(absl::string_view format, absl::string_view part, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(format, ": ", part, " ", why));
}

absl::StatusOr<int64_t> CheckShape(absl::string_view format, absl::Span<const int64_t> shape) {
  // 64: room for bits and bytes of every code and parameter.
  if (!CheckedNumElements(shape, 64).ok()) {
    return BadPart(format, "shape", absl::StrCat(ShapeString(shape), " is impossible"));
  }
  const int64_t elements = *CheckedNumElements(shape);
  if (elements > 0) return elements;
  return BadPart(format, "shape", absl::StrCat(ShapeString(shape), " has no elements"));
}

absl::Status CheckPart(absl::string_view format, absl::string_view part, const Tensor& tensor,
                       std::initializer_list<DType> dtypes, absl::Span<const int64_t> shape) {
  if (OneOf(dtypes, tensor.dtype()) && absl::MakeConstSpan(tensor.shape()) == shape) {
    return absl::OkStatus();
  }
  return BadPart(format, part,
                 absl::StrCat("is ", DTypeName(tensor.dtype()), " ", ShapeString(tensor.shape()),
                              "; it must be ", Names(dtypes), " ", ShapeString(shape)));
}

absl::Status CheckCount(absl::string_view format, absl::string_view part, const Tensor& tensor,
                        std::initializer_list<DType> dtypes, int64_t count) {
  if (OneOf(dtypes, tensor.dtype()) && tensor.num_elements() == count) return absl::OkStatus();
  return BadPart(format, part,
                 absl::StrCat("is ", DTypeName(tensor.dtype()), " with ", tensor.num_elements(),
                              " elements; it must be ", Names(dtypes), " with ", count));
}

ParamType FloatParam(DType dtype) {
  if (dtype == DType::kF16) return kParamF16;
  return dtype == DType::kBF16 ? kParamBF16 : kParamF32;
}

Arithmetic ArithmeticOf(DType dtype) {
  if (dtype == DType::kF16) return Arithmetic::kF16;
  return dtype == DType::kBF16 ? Arithmetic::kBF16 : Arithmetic::kF32;
}

bool IsPlainFloat(const ParamType& type) {
  return type == kParamF32 || type == kParamF16 || type == kParamBF16;
}

absl::StatusOr<Tensor> Transposed(const Tensor& tensor, int64_t rows, int64_t cols,
                                  absl::Span<const int64_t> shape) {
  PAWL_ASSIGN_OR_RETURN(Tensor out, Tensor::Create(tensor.dtype(), shape));
  switch (DTypeSize(tensor.dtype())) {
    case 1:
      TransposeTyped(ConstBytes(tensor), rows, cols, MutableBytes(out));
      break;
    case 2:
      TransposeTyped(tensor.as<uint16_t>().data(), rows, cols, out.mutable_as<uint16_t>().data());
      break;
    default:
      TransposeTyped(tensor.as<uint32_t>().data(), rows, cols, out.mutable_as<uint32_t>().data());
      break;
  }
  return out;
}

absl::StatusOr<Tensor> AsBytes(const Tensor& tensor, absl::Span<const int64_t> shape) {
  return Tensor::View(DType::kU8, shape, tensor.data(), tensor.size_bytes(),
                      std::make_shared<Tensor>(tensor));
}

absl::StatusOr<Tensor> CopyBytesAs(DType dtype, const Tensor& tensor,
                                   absl::Span<const int64_t> shape) {
  PAWL_ASSIGN_OR_RETURN(Tensor out, Tensor::Create(dtype, shape));
  std::copy_n(ConstBytes(tensor), out.size_bytes(), MutableBytes(out));
  return out;
}

void ClearPadding(int bits, int64_t count, uint8_t* stream) {
  const int used = static_cast<int>(count * bits % 8);
  if (used == 0) return;
  uint8_t& last = stream[FieldBytes(bits, count) - 1];
  last = static_cast<uint8_t>(last & ((1u << used) - 1));
}

absl::Status SetGroupIndex(absl::string_view format, const Tensor& g_idx, int64_t cols,
                           int64_t size, Grouping* grouping, Tensor* group_index) {
  *grouping = Grouping{GroupKind::kAlongRow, 0, 1, size};
  if (g_idx.empty()) return absl::OkStatus();
  PAWL_RETURN_IF_ERROR(CheckPart(format, "g_idx", g_idx, {DType::kI32}, {cols}));
  const absl::Span<const int32_t> index = g_idx.as<int32_t>();
  const int64_t groups = CeilDiv(cols, size);
  bool regular = true;
  for (int64_t i = 0; i < cols; ++i) {
    const int32_t group = index[static_cast<size_t>(i)];
    if (group < 0 || group >= groups) {
      return BadPart(format, "g_idx",
                     absl::StrCat("entry ", i, " is ", group, ", outside [0, ", groups, ")"));
    }
    regular = regular && group == i / size;
  }
  if (regular) return absl::OkStatus();
  grouping->kind = GroupKind::kIndexMap;
  *group_index = g_idx;
  return absl::OkStatus();
}

absl::StatusOr<Tensor> GroupIndexOf(const QuantizedTensor& tensor, int64_t size) {
  if (tensor.scheme.grouping.kind == GroupKind::kIndexMap) return tensor.group_index;
  PAWL_ASSIGN_OR_RETURN(Tensor index, Tensor::Create(DType::kI32, {tensor.cols()}));
  int64_t column = 0;
  for (int32_t& group : index.mutable_as<int32_t>()) {
    group = static_cast<int32_t>(column++ / size);
  }
  return index;
}

absl::Status CheckWritable(absl::string_view format, const QuantizedTensor& tensor) {
  PAWL_RETURN_IF_ERROR(CheckShape(format, tensor.shape).status());
  PAWL_RETURN_IF_ERROR(tensor.Validate());
  const Scheme& s = tensor.scheme;
  absl::string_view part;
  if (s.outliers.kind != ParamKind::kNone) part = "outlier columns";
  if (s.input_scale) part = "an input scale";
  if (s.rotation.block > 0) part = "a rotation";
  if (s.scale.type.kind == ParamKind::kNone) part = "no scale";
  if (part.empty()) return absl::OkStatus();
  return BadPart(format, "format",
                 absl::StrCat("cannot hold a tensor with ", part, " (scheme ", SchemeString(s),
                              "); quantize without"));
}

absl::StatusOr<int64_t> RowGroupSize(absl::string_view format, const QuantizedTensor& tensor) {
  const Grouping& grouping = tensor.scheme.grouping;
  const int64_t cols = std::max<int64_t>(tensor.cols(), 1);
  const auto rank = static_cast<int>(tensor.shape.size());
  switch (grouping.kind) {
    case GroupKind::kAlongRow:
    case GroupKind::kIndexMap:
      return grouping.size;
    case GroupKind::kChannel:
      if (rank == 2 && (grouping.axis == 0 || grouping.axis == -2)) return cols;
      break;
    case GroupKind::kFlat:
      if (cols % grouping.size == 0) return grouping.size;
      break;
    default:
      break;
  }
  return BadPart(format, "grouping",
                 absl::StrCat("of scheme ", SchemeString(tensor.scheme),
                              " is not a run of columns of one row, as the format needs"));
}

absl::StatusOr<UnsignedCodes> SeeUnsigned(absl::string_view format, const QuantizedTensor& tensor) {
  const Scheme& s = tensor.scheme;
  const bool is_signed = s.element.kind == ElementKind::kInt;
  if ((!is_signed && s.element.kind != ElementKind::kUint) || s.element.bits > 8) {
    return BadPart(
        format, "element",
        absl::StrCat("of scheme ", SchemeString(s), " is not an integer of 2 to 8 bits"));
  }
  const bool plain_scale =
      IsPlainFloat(s.scale.type) && s.scale.super_type.kind == ParamKind::kNone;
  const bool plain_offset =
      s.offset.kind == OffsetKind::kNone || s.offset.kind == OffsetKind::kZeroPoint;
  if (!plain_scale || !plain_offset || s.post_scale != 1.0f) {
    return BadPart(format, plain_offset ? "scale" : "offset",
                   absl::StrCat("of scheme ", SchemeString(s),
                                " does not fit: it takes plain float scales and integer zero "
                                "points"));
  }
  UnsignedCodes view;
  view.bits = s.element.bits;
  const int half = 1 << (view.bits - 1);
  view.flip = static_cast<uint8_t>(is_signed ? half : 0);
  PAWL_ASSIGN_OR_RETURN(const int64_t groups, NumGroups(s, tensor.shape));
  view.zeros.assign(static_cast<size_t>(groups), view.flip);
  if (s.offset.kind == OffsetKind::kNone) return view;
  for (int64_t g = 0; g < groups; ++g) {
    const float zero =
        ParamValue(s.offset.type, ReadParam(s.offset.type, tensor.offsets, g)) + view.flip;
    if (!(zero >= 0.0f && zero < static_cast<float>(2 * half))) {
      return BadPart(format, "zero point",
                     absl::StrCat(zero - view.flip, " of group ", g, " is not a code"));
    }
    view.zeros[static_cast<size_t>(g)] = static_cast<uint8_t>(zero);
  }
  return view;
}

void UnsignedRow(const QuantizedTensor& tensor, const UnsignedCodes& view, int64_t row,
                 uint8_t* fields) {
  const int64_t cols = tensor.cols();
  const uint8_t* packed = ConstBytes(tensor.codes) + row * FieldBytes(view.bits, cols);
  UnpackFields(view.bits, packed, cols, fields);
  if (view.flip == 0) return;
  for (int64_t i = 0; i < cols; ++i) fields[i] ^= view.flip;
}

}  // namespace pawl
