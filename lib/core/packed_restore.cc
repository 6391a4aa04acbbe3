// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Layers from packed parts that a file says. Nothing is believed: sizes are computed again from
// the few numbers that everything else follows from, and every index is looked at.

#include <algorithm>
#include <bit>
#include <memory>
#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "kernels/float_env.h"
#include "lib/core/linear_impl.h"
#include "lib/core/packed_form.h"
#include "lib/core/status_macros.h"

namespace pawl {
namespace {

using Impl = QuantizedLinear::Impl;

constexpr auto kRows = static_cast<int64_t>(kernels::kPanelRows);
// linear_pack.h's bounds, within which sums of codes stay in 64 bits.
constexpr int64_t kMaxColumns = int64_t{1} << 23;
constexpr int32_t kMaxZero = (1 << 16) + 256;
constexpr int64_t kMaxSum = int64_t{1} << 42;

absl::Status BadPart(PackedPart part, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("packed part ", PackedPartName(part), " ", why));
}

// The part as `count` elements of a type, at an address that every instruction set may load from.
absl::StatusOr<Tensor> Part(const PackedForm& form, PackedPart part, DType dtype,
                            absl::Span<const int64_t> counts) {
  PAWL_ASSIGN_OR_RETURN(const int64_t count, CheckedNumElements(counts, DTypeSize(dtype)));
  const Tensor& tensor = form[part];
  if (tensor.num_elements() != count || (count > 0 && tensor.dtype() != dtype)) {
    return BadPart(part,
                   absl::StrCat("is ", DTypeName(tensor.dtype()), " ", ShapeString(tensor.shape()),
                                ", not ", count, " elements of ", DTypeName(dtype)));
  }
  if (count == 0) return Tensor();
  if (reinterpret_cast<uintptr_t>(tensor.data()) % kAlignment == 0) return tensor;
  return tensor.Clone();
}

absl::Status Absent(const PackedForm& form, PackedPart part) {
  if (form[part].empty()) return absl::OkStatus();
  return BadPart(part, "is given, and the layer has none");
}

// Parts [first, last] belong to the other form.
absl::Status Absent(const PackedForm& form, PackedPart first, PackedPart last) {
  for (auto i = static_cast<size_t>(first); i <= static_cast<size_t>(last); ++i) {
    PAWL_RETURN_IF_ERROR(Absent(form, static_cast<PackedPart>(i)));
  }
  return absl::OkStatus();
}

template <typename T>
absl::Status TakeIndices(const PackedForm& form, PackedPart part, int64_t count, int64_t limit,
                         bool ascending, std::vector<T>* out) {
  PAWL_ASSIGN_OR_RETURN(const Tensor tensor, Part(form, part, DTypeOf<T>(), {count}));
  const absl::Span<const T> values = tensor.as<T>();
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i] < 0 || values[i] >= limit || (ascending && i > 0 && values[i] <= values[i - 1])) {
      return BadPart(part, absl::StrCat("has ", values[i], " at place ", i));
    }
  }
  out->assign(values.begin(), values.end());
  return absl::OkStatus();
}

// How columns are cut into groups.
absl::Status TakeLayout(const PackedForm& form, Impl* impl) {
  PackedWeights& p = impl->packed;
  p.rows = impl->rows;
  p.cols = impl->cols;
  if (p.cols > kMaxColumns) {
    return absl::InvalidArgumentError(absl::StrCat("packed weights have ", p.cols, " columns"));
  }
  const int64_t count = form[PackedPart::kRunBegin].num_elements();
  PAWL_ASSIGN_OR_RETURN(const Tensor runs, Part(form, PackedPart::kRunBegin, DType::kI64, {count}));
  const absl::Span<const int64_t> begin = runs.as<int64_t>();
  if (count < 1 || begin.front() != 0 || begin.back() != p.cols ||
      !std::is_sorted(begin.begin(), begin.end())) {
    return BadPart(PackedPart::kRunBegin, "does not cut the columns into runs");
  }
  p.run_begin.assign(begin.begin(), begin.end());
  p.groups = count - 1;
  const int64_t columns = form[PackedPart::kColumns].empty() ? 0 : p.cols;
  PAWL_RETURN_IF_ERROR(TakeIndices(form, PackedPart::kColumns, columns, p.cols, false, &p.columns));
  const int64_t outliers = form[PackedPart::kOutlierColumns].num_elements();
  PAWL_RETURN_IF_ERROR(
      TakeIndices(form, PackedPart::kOutlierColumns, outliers, p.cols, true, &p.outlier_columns));
  PAWL_ASSIGN_OR_RETURN(Tensor values,
                        Part(form, PackedPart::kOutlierValues, DType::kF32, {p.rows, outliers}));
  p.outlier_values.LookAt(std::move(values));
  return absl::OkStatus();
}

absl::Status TakeTransforms(const PackedForm& form, Impl* impl) {
  const int64_t block = form.scheme.rotation.block;
  impl->rotation_block = form.scheme.rotation.block;
  PAWL_ASSIGN_OR_RETURN(impl->input_scale, Part(form, PackedPart::kInputScale, DType::kF32,
                                                {form.scheme.input_scale ? impl->cols : 0}));
  PAWL_ASSIGN_OR_RETURN(impl->rotation_signs, Part(form, PackedPart::kRotationSigns, DType::kI8,
                                                   {block > 0 ? impl->cols : 0}));
  if (block > 0 && impl->cols % block != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("rotation block ", block, " does not divide ", impl->cols, " columns"));
  }
  return absl::OkStatus();
}

absl::Status TakeTable(const PackedForm& form, PanelWeights* panels) {
  if (form.table_bits == 0) return Absent(form, PackedPart::kTable);
  PAWL_ASSIGN_OR_RETURN(panels->table, Part(form, PackedPart::kTable, DType::kU8, {16}));
  const absl::Span<const uint8_t> codes = panels->table.as<uint8_t>();
  const uint8_t largest = *std::max_element(codes.begin(), codes.end());
  if (form.bits < 2 || form.bits > 4 || (form.table_bits != 5 && form.table_bits != 8) ||
      largest >= 1 << form.table_bits) {
    return BadPart(PackedPart::kTable,
                   absl::StrCat("of ", form.table_bits, " bits has codes up to ", largest, " for ",
                                form.bits, " bits"));
  }
  panels->matrix.table = codes.data();
  panels->matrix.table_bits = form.table_bits;
  return absl::OkStatus();
}

// Scales and minimums: f32, f16, or bytes under super-scales.
absl::Status TakeScales(const PackedForm& form, int64_t count, PanelWeights* panels) {
  kernels::PanelMatrix& matrix = panels->matrix;
  const int64_t panel_rows = count * kRows;
  const auto groups = static_cast<int64_t>(matrix.groups);
  const DType dtype = form[PackedPart::kScales].dtype();
  const bool supers = dtype == DType::kU8;
  const int64_t size = form.super_size;
  if (dtype != DType::kF32 && dtype != DType::kF16 && !supers) {
    return BadPart(PackedPart::kScales, absl::StrCat("is ", DTypeName(dtype)));
  }
  if (supers ? size < 1 || (size & (size - 1)) != 0 || groups % size != 0 : size != 0) {
    return BadPart(PackedPart::kSuperScales,
                   absl::StrCat("stand for ", size, " of ", groups, " groups each"));
  }
  const auto take = [&](PackedPart part, PackedPart super_part, bool has, Tensor* out,
                        Tensor* super_out) -> absl::Status {
    PAWL_ASSIGN_OR_RETURN(*out, Part(form, part, dtype, {panel_rows, has ? groups : 0}));
    const int64_t per_row = has && supers ? groups / size : 0;
    PAWL_ASSIGN_OR_RETURN(*super_out, Part(form, super_part, DType::kF16, {panel_rows, per_row}));
    return absl::OkStatus();
  };
  PAWL_RETURN_IF_ERROR(take(PackedPart::kScales, PackedPart::kSuperScales, true, &panels->scales,
                            &panels->super_scales));
  const bool minima = !form[PackedPart::kMinimums].empty();
  PAWL_RETURN_IF_ERROR(take(PackedPart::kMinimums, PackedPart::kSuperMinimums, minima,
                            &panels->minimums, &panels->super_minimums));
  matrix.half_scales = dtype != DType::kF32;
  matrix.scales = panels->scales.data();
  matrix.minimums = panels->minimums.data();
  if (!supers) return absl::OkStatus();
  const auto small = [](int32_t bias) { return bias == 0 || bias == 128; };
  if (!small(form.scale_bias) || !small(form.minimum_bias)) {
    return BadPart(PackedPart::kScales, "has another bias than 0 or 128");
  }
  matrix.super_shift = std::countr_zero(static_cast<uint32_t>(size));
  matrix.supers = static_cast<size_t>(groups / size);
  matrix.super_scales = static_cast<const uint16_t*>(panels->super_scales.data());
  matrix.super_minimums = static_cast<const uint16_t*>(panels->super_minimums.data());
  matrix.scale_bias = form.scale_bias;
  matrix.minimum_bias = form.minimum_bias;
  return absl::OkStatus();
}

absl::Status TakePanels(const PackedForm& form, Impl* impl) {
  PanelWeights& panels = impl->panels;
  kernels::PanelMatrix& matrix = panels.matrix;
  PAWL_RETURN_IF_ERROR(Absent(form, PackedPart::kRowCodes, PackedPart::kRowSums));
  if (impl->code_type() == DType::kI16 || impl->rows == 0 || !LayOutGroups(impl->packed, &panels)) {
    return absl::InvalidArgumentError("packed panels do not suit the layer's groups");
  }
  if (form.bits != PanelBits(form.scheme.element) || form.bits < 2 || form.bits > 8) {
    return absl::InvalidArgumentError(absl::StrCat("packed codes have ", form.bits, " bits"));
  }
  SetPanelActivations(*impl, &panels);
  matrix.bits = form.bits;
  const int64_t count = (impl->rows + kRows - 1) / kRows;
  const auto groups = static_cast<int64_t>(matrix.groups);
  const std::array<int64_t, 3> params = {count, groups, kRows};
  PAWL_ASSIGN_OR_RETURN(panels.codes,
                        Part(form, PackedPart::kCodes, DType::kU8,
                             {count, static_cast<int64_t>(matrix.chunks),
                              static_cast<int64_t>(kernels::PanelChunkBytes(form.bits))}));
  matrix.codes = panels.codes.as<uint8_t>().data();
  PAWL_RETURN_IF_ERROR(TakeTable(form, &panels));
  if (impl->integer_only()) {
    PAWL_RETURN_IF_ERROR(Absent(form, PackedPart::kScales, PackedPart::kMinimums));
    PAWL_RETURN_IF_ERROR(Absent(form, PackedPart::kSuperScales, PackedPart::kSuperMinimums));
  } else {
    PAWL_RETURN_IF_ERROR(TakeScales(form, count, &panels));
  }
  if (form[PackedPart::kZeros].empty()) {
    if (form.zero < 0 || form.zero > 255) {
      return absl::InvalidArgumentError(absl::StrCat("packed zero point ", form.zero));
    }
    matrix.zero = form.zero;
  } else {
    PAWL_ASSIGN_OR_RETURN(panels.zeros, Part(form, PackedPart::kZeros, DType::kU8, params));
    matrix.zeros = panels.zeros.as<uint8_t>().data();
  }
  if (panels.zero_point == 0) {
    PAWL_RETURN_IF_ERROR(Absent(form, PackedPart::kOffsets));
  } else {
    PAWL_ASSIGN_OR_RETURN(panels.offsets, Part(form, PackedPart::kOffsets, DType::kI32, params));
    matrix.offsets = panels.offsets.as<int32_t>().data();
  }
  SetZeroSums(impl->packed, &panels);
  return absl::OkStatus();
}

template <typename T>
absl::Status TakeArray(const PackedForm& form, PackedPart part, bool optional, T limit,
                       const PackedWeights& p, PackedArray<T>* out) {
  const bool none = optional && form[part].empty();
  PAWL_ASSIGN_OR_RETURN(Tensor tensor,
                        Part(form, part, DTypeOf<T>(), {none ? 0 : p.groups, p.rows}));
  if constexpr (std::is_integral_v<T>) {
    for (const T value : tensor.as<T>()) {
      if (value < -limit || value > limit) return BadPart(part, absl::StrCat("has ", value));
    }
  }
  out->LookAt(std::move(tensor));
  return absl::OkStatus();
}

absl::Status TakeRows(const PackedForm& form, Impl* impl) {
  PackedWeights& p = impl->packed;
  PAWL_RETURN_IF_ERROR(Absent(form, PackedPart::kCodes, PackedPart::kSuperMinimums));
  PAWL_ASSIGN_OR_RETURN(p.codes, Part(form, PackedPart::kRowCodes, DType::kI8, {p.rows, p.cols}));
  PAWL_RETURN_IF_ERROR(TakeArray(form, PackedPart::kRowScales, false, 0.0f, p, &p.scales));
  PAWL_RETURN_IF_ERROR(TakeArray(form, PackedPart::kRowZeros, true, kMaxZero, p, &p.zeros));
  PAWL_RETURN_IF_ERROR(TakeArray(form, PackedPart::kRowMinimums, true, 0.0f, p, &p.minimums));
  if (impl->zero_point() == 0) return Absent(form, PackedPart::kRowSums);
  return TakeArray(form, PackedPart::kRowSums, false, kMaxSum, p, &p.sums);
}

absl::Status TakeOutput(const PackedForm& form, Impl* impl) {
  if (!impl->integer_only()) {
    PAWL_RETURN_IF_ERROR(Absent(form, PackedPart::kMultipliers));
    return SetFloatBias(form[PackedPart::kBias], impl);
  }
  const int64_t count = form[PackedPart::kMultipliers].num_elements() / 2;
  PAWL_ASSIGN_OR_RETURN(const Tensor pairs,
                        Part(form, PackedPart::kMultipliers, DType::kI32, {count, 2}));
  const absl::Span<const int32_t> numbers = pairs.as<int32_t>();
  impl->options.multipliers.clear();
  for (size_t i = 0; i + 1 < numbers.size(); i += 2) {
    impl->options.multipliers.push_back({numbers[i], numbers[i + 1]});
  }
  if (numbers.empty()) {  // also of a layer without rows
    return impl->rows == 0 ? SetUpIntegerOnly(Tensor(), impl)
                           : BadPart(PackedPart::kMultipliers, "is missing");
  }
  const int64_t rows = form[PackedPart::kBias].empty() ? 0 : impl->rows;
  PAWL_ASSIGN_OR_RETURN(const Tensor bias, Part(form, PackedPart::kBias, DType::kI64, {rows}));
  return SetUpIntegerOnly(bias, impl);
}

absl::Status RestoreInto(const PackedForm& form, Impl* impl) {
  PAWL_RETURN_IF_ERROR(form.scheme.Validate());
  PAWL_RETURN_IF_ERROR(CheckedNumElements(form.shape, 16).status());
  QuantizedTensor sizes;
  sizes.shape = form.shape;
  impl->rows = sizes.rows();
  impl->cols = sizes.cols();
  impl->scheme = form.scheme;
  impl->shape = form.shape;
  if (impl->weight_only()) {
    return absl::InvalidArgumentError("mode weight_only has no packed parts");
  }
  // Whether there are multipliers decides whether output_scale counts.
  if (!form[PackedPart::kMultipliers].empty()) impl->options.multipliers = {{}};
  PAWL_RETURN_IF_ERROR(CheckLinearOptions(*impl));
  PAWL_RETURN_IF_ERROR(TakeLayout(form, impl));
  PAWL_RETURN_IF_ERROR(TakeTransforms(form, impl));
  PAWL_RETURN_IF_ERROR(form.bits != 0 ? TakePanels(form, impl) : TakeRows(form, impl));
  return TakeOutput(form, impl);
}

}  // namespace

absl::StatusOr<QuantizedLinear> PackedAccess::Restore(const PackedForm& form) {
  const kernels::FloatEnvironment environment;
  try {
    auto impl = std::make_shared<Impl>();
    impl->options = form.options;
    impl->options.release_canonical = true;
    PAWL_RETURN_IF_ERROR(RestoreInto(form, impl.get()));
    return QuantizedLinear(std::move(impl));
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError(
        absl::StrCat("linear layer '", form.options.name, "': no memory for what it keeps"));
  }
}

}  // namespace pawl
