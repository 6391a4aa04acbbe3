// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/core/linear_pack.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/core/code_packing.h"
#include "lib/core/context_internal.h"
#include "lib/core/level_tables.h"
#include "lib/core/params.h"
#include "lib/core/status_macros.h"
#include "pawl/context.h"

namespace pawl {
namespace {

// Rows that one packing task takes.
constexpr int64_t kPackRows = 64;

// With these bounds no sum below can leave 64 bits.
constexpr int64_t kMaxColumns = int64_t{1} << 23;
constexpr int32_t kMaxZero = 1 << 16;

absl::Status NotInteger(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(
      why,
      "; mode weight_only takes every scheme, the integer modes (dynamic_int8, static_int8, "
      "integer_only) take int, uint, ternary and binary elements of up to 8 bits, e2m1 and iq4, "
      "and "
      "with round_levels other tables of up to 16 levels, in groups that are runs of columns or an "
      "index map"));
}

absl::Status CheckElement(const Scheme& scheme) {
  if (!scheme.element.is_integer()) {
    return NotInteger(
        absl::StrCat("weights of scheme ", SchemeString(scheme), " are not integers"));
  }
  if (scheme.element.bits > 8) {
    return NotInteger(absl::StrCat("weights have ", scheme.element.bits, " bits"));
  }
  return absl::OkStatus();
}

void CutByIndex(absl::Span<const int32_t> index, PackedWeights* packed) {
  packed->columns.resize(index.size());
  std::iota(packed->columns.begin(), packed->columns.end(), 0);
  std::stable_sort(packed->columns.begin(), packed->columns.end(), [&](int32_t a, int32_t b) {
    return index[static_cast<size_t>(a)] < index[static_cast<size_t>(b)];
  });
  packed->run_begin.assign(static_cast<size_t>(packed->groups) + 1, 0);
  for (const int32_t g : index) ++packed->run_begin[static_cast<size_t>(g) + 1];
  std::partial_sum(packed->run_begin.begin(), packed->run_begin.end(), packed->run_begin.begin());
  if (std::is_sorted(packed->columns.begin(), packed->columns.end())) packed->columns.clear();
}

}  // namespace

absl::StatusOr<RowGroups> CutRows(const QuantizedTensor& t, bool integer_levels,
                                  PackedWeights* packed) {
  if (!integer_levels) PAWL_RETURN_IF_ERROR(CheckElement(t.scheme));
  packed->rows = t.rows();
  packed->cols = t.cols();
  if (packed->cols > kMaxColumns) {
    return NotInteger(absl::StrCat("weights have ", packed->cols, " columns, above ", kMaxColumns));
  }
  RowGroups groups;
  const absl::Span<const int32_t> index = t.group_index.as<int32_t>();
  PAWL_ASSIGN_OR_RETURN(groups.layout, GroupLayout::Create(t.scheme, t.shape, index));
  const GroupLayout& layout = groups.layout;
  const Grouping& grouping = t.scheme.grouping;
  groups.kind = grouping.kind;
  const bool whole_rows =
      grouping.kind == GroupKind::kFlat && packed->cols > 0 && grouping.size % packed->cols == 0;
  if (grouping.kind == GroupKind::kIndexMap) {
    groups.per_row = (packed->cols + grouping.size - 1) / grouping.size;
    packed->groups = groups.per_row;
    CutByIndex(index, packed);
    return groups;
  }
  if (!layout.regular() && !whole_rows) {
    return NotInteger(
        absl::StrCat("the groups of scheme ", SchemeString(t.scheme), " are not runs of columns"));
  }
  const int64_t period = layout.regular() ? layout.period() : packed->cols;
  groups.per_row = period > 0 ? (packed->cols + period - 1) / period : 0;
  packed->groups = groups.per_row;
  for (int64_t g = 0; g < packed->groups; ++g) packed->run_begin.push_back(g * period);
  packed->run_begin.push_back(packed->cols);
  return groups;
}

absl::StatusOr<GroupParams> DecodeParams(const QuantizedTensor& t, int64_t groups) {
  GroupParams params;
  params.scales.resize(static_cast<size_t>(groups));
  params.offsets.resize(static_cast<size_t>(groups));
  DecodeScales(t, 0, absl::MakeSpan(params.scales));
  DecodeOffsets(t, 0, absl::MakeSpan(params.offsets));
  // Scales of ggml's blocks carry half of the value and go with doubled levels.
  const LevelTable table = MakeLevelTable(t.scheme);
  const bool doubled = t.scheme.element.is_integer() && table.size > 1 && table.levels[1] == 2.0f;
  const bool zeros = t.scheme.offset.kind == OffsetKind::kZeroPoint;
  if (doubled && t.scheme.offset.kind != OffsetKind::kNone) {
    return NotInteger("weights have ggml's halved scales together with an offset");
  }
  for (size_t i = 0; i < params.scales.size(); ++i) {
    if (doubled) params.scales[i] *= 2.0f;
    if (zeros && std::fabs(params.offsets[i]) > kMaxZero) {
      return NotInteger(absl::StrCat("zero point ", params.offsets[i], " of group ", i,
                                     " is beyond +-", kMaxZero));
    }
  }
  return params;
}

void CopyOutliers(const QuantizedTensor& t, PackedWeights* p) {
  const absl::Span<const int32_t> columns = t.outlier_columns.as<int32_t>();
  p->outlier_columns.assign(columns.begin(), columns.end());
  const int64_t count = p->rows * static_cast<int64_t>(columns.size());
  p->outlier_values.own().resize(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) {
    const uint32_t raw = ReadParam(t.scheme.outliers, t.outlier_values, i);
    p->outlier_values.own()[static_cast<size_t>(i)] = ParamValue(t.scheme.outliers, raw);
  }
}

namespace {

// Codes of one row as int8 in packed order. Codes of 8 unsigned bits are moved down by `shift`.
void PackCodesOfRow(const QuantizedTensor& t, int64_t row, int32_t shift, const PackedWeights& p,
                    int16_t* numbers, int8_t* out) {
  const Element& element = t.scheme.element;
  const auto* bytes = static_cast<const uint8_t*>(t.codes.data());
  UnpackRow(element, bytes + row * RowBytes(element, p.cols), p.cols, numbers);
  const bool binary = element.kind == ElementKind::kBinary;
  for (int64_t i = 0; i < p.cols; ++i) {
    const int64_t column = p.columns.empty() ? i : p.columns[static_cast<size_t>(i)];
    const int32_t number = binary ? 2 * numbers[column] - 1 : numbers[column];
    out[i] = static_cast<int8_t>(number - shift);
  }
}

// Codes are stored minus `shift`, so zero points are too.
void PackParamsOfRow(const Scheme& scheme, const GroupParams& params, const RowGroups& groups,
                     int64_t row, int32_t shift, PackedWeights* p) {
  for (int64_t g = 0; g < p->groups; ++g) {
    const auto at = static_cast<size_t>(g * p->rows + row);
    const auto from = static_cast<size_t>(groups.GroupOf(row, g));
    const float scale = params.scales[from];
    const float offset = params.offsets[from];
    p->scales.own()[at] = WeightScale(scheme, scale);
    if (!p->zeros.empty()) {
      const bool given = scheme.offset.kind == OffsetKind::kZeroPoint;
      p->zeros.own()[at] = (given ? static_cast<int32_t>(offset) : 0) - shift;
    }
    if (!p->minimums.empty()) {
      p->minimums.own()[at] = WeightMinimum(scheme, scale, offset);
    }
  }
}

void SumRow(int64_t row, PackedWeights* p, const int8_t* codes) {
  for (int64_t g = 0; g < p->groups; ++g) {
    const int64_t begin = p->run_begin[static_cast<size_t>(g)];
    const int64_t end = p->run_begin[static_cast<size_t>(g) + 1];
    const auto at = static_cast<size_t>(g * p->rows + row);
    int64_t sum = 0;
    for (int64_t i = begin; i < end; ++i) sum += codes[i];
    p->sums.own()[at] = sum - (p->zeros.empty() ? 0 : p->zeros[at]) * (end - begin);
  }
}

}  // namespace

size_t PackedWeights::size_bytes() const {
  return codes.size_bytes() + run_begin.size() * sizeof(int64_t) + sums.size() * sizeof(int64_t) +
         (columns.size() + zeros.size() + outlier_columns.size()) * sizeof(int32_t) +
         (scales.size() + minimums.size() + outlier_values.size()) * sizeof(float);
}

absl::Status PackIntegerWeights(const QuantizedTensor& t, bool with_sums, Context* context,
                                PackedWeights* p) {
  PAWL_ASSIGN_OR_RETURN(const RowGroups groups, CutRows(t, /*integer_levels=*/false, p));
  PAWL_ASSIGN_OR_RETURN(const GroupParams params, DecodeParams(t, groups.layout.num_groups()));
  PAWL_ASSIGN_OR_RETURN(p->codes, Tensor::Create(DType::kI8, {p->rows, p->cols}));
  const Scheme& scheme = t.scheme;
  const int32_t shift = scheme.element == Element{ElementKind::kUint, 8} ? 128 : 0;
  const OffsetKind offset = scheme.offset.kind;
  const auto entries = static_cast<size_t>(p->groups * p->rows);
  p->scales.own().resize(entries);
  if (offset == OffsetKind::kZeroPoint || shift != 0) p->zeros.own().resize(entries);
  if (offset == OffsetKind::kMinimum || offset == OffsetKind::kFloatZero) {
    p->minimums.own().resize(entries);
  }
  if (with_sums) p->sums.own().resize(entries);
  const size_t scratch_bytes = static_cast<size_t>(p->cols) * sizeof(int16_t);
  PAWL_RETURN_IF_ERROR(ForRanges(
      context, p->rows, kPackRows, scratch_bytes, [&](int64_t begin, int64_t end, void* scratch) {
        for (int64_t row = begin; row < end; ++row) {
          int8_t* codes = p->codes.mutable_as<int8_t>().data() + row * p->cols;
          PackCodesOfRow(t, row, shift, *p, static_cast<int16_t*>(scratch), codes);
          PackParamsOfRow(scheme, params, groups, row, shift, p);
          if (with_sums) SumRow(row, p, codes);
        }
      }));
  CopyOutliers(t, p);
  return absl::OkStatus();
}

}  // namespace pawl
