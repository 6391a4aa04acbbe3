// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/quantized_tensor.h"

#include <algorithm>
#include <initializer_list>

#include "absl/strings/str_cat.h"
#include "lib/core/group_layout.h"
#include "lib/core/params.h"
#include "lib/core/status_macros.h"

namespace pawl {
namespace {

absl::Status BadPart(absl::string_view part, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("quantized tensor: ", part, " ", why));
}

absl::Status CheckPart(absl::string_view part, const Tensor& tensor, DType dtype, int64_t length) {
  if (tensor.num_elements() != length) {
    return BadPart(
        part, absl::StrCat("has ", tensor.num_elements(), " elements, the scheme needs ", length));
  }
  if (length > 0 && tensor.dtype() != dtype) {
    return BadPart(part, absl::StrCat("is ", DTypeName(tensor.dtype()), ", the scheme needs ",
                                      DTypeName(dtype)));
  }
  return absl::OkStatus();
}

absl::Status CheckParam(absl::string_view part, const Tensor& tensor, const ParamType& type,
                        int64_t count) {
  return CheckPart(part, tensor, ParamDType(type), ParamLength(type, count));
}

absl::Status CheckIndices(absl::string_view part, absl::Span<const int32_t> indices, int64_t limit,
                          bool ascending) {
  for (size_t i = 0; i < indices.size(); ++i) {
    if (indices[i] < 0 || indices[i] >= limit) {
      return BadPart(part,
                     absl::StrCat("entry ", i, " is ", indices[i], ", outside [0, ", limit, ")"));
    }
    if (ascending && i > 0 && indices[i] <= indices[i - 1]) {
      return BadPart(part, absl::StrCat("entry ", i, " is not above the one before"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckOutliers(const QuantizedTensor& t) {
  const int64_t count = t.outlier_columns.num_elements();
  if (t.scheme.outliers.kind == ParamKind::kNone && count > 0) {
    return BadPart("outlier_columns", "are given though the scheme has none");
  }
  PAWL_RETURN_IF_ERROR(CheckPart("outlier_columns", t.outlier_columns, DType::kI32, count));
  // First the columns: ascending ones are at most cols, so that rows * count cannot overflow.
  PAWL_RETURN_IF_ERROR(
      CheckIndices("outlier_columns", t.outlier_columns.as<int32_t>(), t.cols(), true));
  return CheckParam("outlier_values", t.outlier_values, t.scheme.outliers, t.rows() * count);
}

absl::Status CheckLevels(const QuantizedTensor& t) {
  if (t.scheme.table != TableKind::kCodebook) return CheckPart("levels", t.levels, DType::kF32, 0);
  const int64_t tables = t.levels.rank() == 2 ? t.levels.dim(0) : 0;
  if (tables != 1 && tables != t.rows()) {
    return BadPart("levels", absl::StrCat("have shape ", ShapeString(t.levels.shape()),
                                          ", a codebook has [1, 2^bits] or [rows, 2^bits]"));
  }
  return CheckPart("levels", t.levels, DType::kF32, tables << t.scheme.element.bits);
}

absl::Status CheckColumns(const QuantizedTensor& t) {
  const Scheme& s = t.scheme;
  const int64_t cols = t.cols();
  PAWL_RETURN_IF_ERROR(
      CheckPart("input_scale", t.input_scale, DType::kF32, s.input_scale ? cols : 0));
  const bool mapped = s.grouping.kind == GroupKind::kIndexMap;
  PAWL_RETURN_IF_ERROR(CheckPart("group_index", t.group_index, DType::kI32, mapped ? cols : 0));
  if (mapped) {
    const int64_t per_row = GroupsOf(cols, s.grouping.size);
    PAWL_RETURN_IF_ERROR(CheckIndices("group_index", t.group_index.as<int32_t>(), per_row, false));
  }
  const bool rotated = s.rotation.block > 0;
  PAWL_RETURN_IF_ERROR(
      CheckPart("rotation_signs", t.rotation_signs, DType::kI8, rotated ? cols : 0));
  if (!rotated) return absl::OkStatus();
  if (cols % s.rotation.block != 0) {
    return BadPart("rotation",
                   absl::StrCat("block ", s.rotation.block, " does not divide ", cols, " columns"));
  }
  const absl::Span<const int8_t> signs = t.rotation_signs.as<int8_t>();
  const bool valid =
      std::all_of(signs.begin(), signs.end(), [](int8_t v) { return v == 1 || v == -1; });
  return valid ? absl::OkStatus() : BadPart("rotation_signs", "hold something else than +1 and -1");
}

struct Part {
  DType dtype;
  int64_t length;
};

}  // namespace

int64_t RowBytes(const Element& element, int64_t cols) { return (cols * element.bits + 7) / 8; }

int64_t QuantizedTensor::cols() const { return shape.empty() ? 1 : shape.back(); }

int64_t QuantizedTensor::rows() const {
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return 0;
  int64_t rows = 1;
  for (size_t i = 0; i + 1 < shape.size(); ++i) rows *= shape[i];
  return rows;
}

size_t QuantizedTensor::size_bytes() const {
  size_t bytes = 0;
  for (const Tensor* part :
       {&codes, &scales, &offsets, &super_scales, &super_offsets, &levels, &scale_levels,
        &group_index, &outlier_columns, &outlier_values, &input_scale, &rotation_signs}) {
    bytes += part->size_bytes();
  }
  return bytes;
}

double QuantizedTensor::bits_per_weight() const {
  const int64_t elements = num_elements();
  if (elements == 0) return 0.0;
  return 8.0 * static_cast<double>(size_bytes()) / static_cast<double>(elements);
}

absl::StatusOr<QuantizedTensor> QuantizedTensor::Create(const Scheme& scheme,
                                                        absl::Span<const int64_t> shape) {
  PAWL_RETURN_IF_ERROR(scheme.Validate());
  PAWL_ASSIGN_OR_RETURN(const int64_t groups, NumGroups(scheme, shape));
  PAWL_ASSIGN_OR_RETURN(const int64_t supers, NumSuperGroups(scheme, shape));
  QuantizedTensor t;
  t.scheme = scheme;
  t.shape.assign(shape.begin(), shape.end());
  const int64_t cols = t.cols();
  const int64_t row_bytes = RowBytes(scheme.element, cols);
  PAWL_ASSIGN_OR_RETURN(t.codes, Tensor::Create(DType::kU8, {t.rows(), row_bytes}));
  const bool codebook = scheme.table == TableKind::kCodebook;
  const int64_t level_count = int64_t{1} << scheme.element.bits;
  const auto param = [](const ParamType& type, int64_t count) {
    return Part{ParamDType(type), ParamLength(type, count)};
  };
  const Part parts[] = {param(scheme.scale.type, groups),
                        param(scheme.offset.type, groups),
                        param(scheme.scale.super_type, supers),
                        param(scheme.offset.super_type, supers),
                        {DType::kF32, scheme.scale.type.kind == ParamKind::kTable ? 256 : 0},
                        {DType::kI32, scheme.grouping.kind == GroupKind::kIndexMap ? cols : 0},
                        {DType::kF32, scheme.input_scale ? cols : 0},
                        {DType::kI8, scheme.rotation.block > 0 ? cols : 0}};
  Tensor* const targets[] = {&t.scales,       &t.offsets,     &t.super_scales, &t.super_offsets,
                             &t.scale_levels, &t.group_index, &t.input_scale,  &t.rotation_signs};
  for (size_t i = 0; i < std::size(parts); ++i) {
    if (parts[i].length == 0) continue;
    PAWL_ASSIGN_OR_RETURN(*targets[i], Tensor::Create(parts[i].dtype, {parts[i].length}));
  }
  if (codebook) {
    PAWL_ASSIGN_OR_RETURN(t.levels, Tensor::Create(DType::kF32, {1, level_count}));
  }
  for (int8_t& sign : t.rotation_signs.mutable_as<int8_t>()) sign = 1;
  for (float& scale : t.input_scale.mutable_as<float>()) scale = 1.0f;
  return t;
}

absl::Status QuantizedTensor::Validate() const {
  PAWL_RETURN_IF_ERROR(scheme.Validate());
  PAWL_RETURN_IF_ERROR(CheckedNumElements(shape, 8).status());
  PAWL_ASSIGN_OR_RETURN(const int64_t groups, NumGroups(scheme, shape));
  PAWL_ASSIGN_OR_RETURN(const int64_t supers, NumSuperGroups(scheme, shape));
  PAWL_RETURN_IF_ERROR(
      CheckPart("codes", codes, DType::kU8, rows() * RowBytes(scheme.element, cols())));
  PAWL_RETURN_IF_ERROR(CheckParam("scales", scales, scheme.scale.type, groups));
  PAWL_RETURN_IF_ERROR(CheckParam("offsets", offsets, scheme.offset.type, groups));
  PAWL_RETURN_IF_ERROR(CheckParam("super_scales", super_scales, scheme.scale.super_type, supers));
  PAWL_RETURN_IF_ERROR(
      CheckParam("super_offsets", super_offsets, scheme.offset.super_type, supers));
  const bool table_scale = scheme.scale.type.kind == ParamKind::kTable;
  PAWL_RETURN_IF_ERROR(CheckPart("scale_levels", scale_levels, DType::kF32, table_scale ? 256 : 0));
  PAWL_RETURN_IF_ERROR(CheckLevels(*this));
  PAWL_RETURN_IF_ERROR(CheckColumns(*this));
  return CheckOutliers(*this);
}

}  // namespace pawl
