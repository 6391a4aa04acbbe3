// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// RowDecoder's products without decoding first.

#include <algorithm>
#include <cstring>

#include "lib/core/code_packing.h"
#include "lib/core/params.h"
#include "lib/core/row_decoder.h"

namespace pawl {

// Everything but codes and parameters.
kernels::CodeRows RowDecoder::DotRows() const {
  const Scheme& scheme = tensor_->scheme;
  const Element& element = scheme.element;
  kernels::CodeRows rows;
  rows.row_bytes = static_cast<size_t>(RowBytes(element, layout_.cols()));
  rows.cols = static_cast<size_t>(layout_.cols());
  rows.bits = element.bits;
  rows.groups.size = static_cast<size_t>(std::max<int64_t>(1, layout_.period()));
  rows.param_stride = static_cast<size_t>(layout_.groups_per_row());
  if (element.kind == ElementKind::kInt || element.kind == ElementKind::kTernary) {
    rows.kind = kernels::CodeKind::kSigned;
  } else if (element.kind == ElementKind::kUint) {
    rows.kind = kernels::CodeKind::kUnsigned;
  } else {
    rows.kind = kernels::CodeKind::kTable;
    rows.levels = LevelsOf(0);
    const bool each = scheme.table == TableKind::kCodebook && tensor_->levels.dim(0) > 1;
    rows.level_stride = each ? size_t{1} << element.bits : 0;
  }
  return rows;
}

bool RowDecoder::CanDot(kernels::Target target) const {
  const Scheme& scheme = tensor_->scheme;
  if (!one_call_ || scheme.post_scale != 1.0f || !tensor_->outlier_columns.empty()) return false;
  kernels::CodeRows rows = DotRows();
  // Which offsets there are decides, not what they are.
  constexpr float kNone = 0.0f;
  const bool minimum = scheme.offset.kind == OffsetKind::kMinimum;
  if (scheme.offset.kind != OffsetKind::kNone) {
    (minimum ? rows.groups.minimums : rows.groups.zeros) = &kNone;
  }
  return rows.bits <= 8 && rows.cols > 0 && kernels::DotCodesTakes(target, rows);
}

size_t RowDecoder::DotScratchBytes() const {
  // Narrow groups, which no kernel takes, would want a lot for nothing.
  const bool narrow = layout_.period() < 16 && layout_.period() < layout_.cols();
  if (!one_call_ || narrow) return 0;
  const auto params = static_cast<size_t>(2 * kDotRows * layout_.groups_per_row());
  const auto row = static_cast<size_t>(RowBytes(tensor_->scheme.element, layout_.cols()));
  return params * sizeof(float) + row + kernels::kCodeSlack;
}

void RowDecoder::Dot(int64_t begin, int64_t count, const float* x, float* lanes, void* scratch,
                     kernels::Target target) const {
  const Scheme& scheme = tensor_->scheme;
  kernels::CodeRows rows = DotRows();
  const auto groups = static_cast<int64_t>(rows.param_stride);
  auto* scales = static_cast<float*>(scratch);
  float* offsets = scales + kDotRows * groups;
  const bool has_offset = scheme.offset.kind != OffsetKind::kNone;
  // Rows whose groups are numbered one after another are decoded in one go.
  const bool dense =
      layout_.RowBase(begin) + (count - 1) * groups == layout_.RowBase(begin + count - 1);
  const int64_t step = dense ? count : 1;
  for (int64_t i = 0; i < count; i += step) {
    const int64_t base = layout_.RowBase(begin + i);
    const auto n = static_cast<size_t>(step * groups);
    DecodeScales(*tensor_, base, absl::Span<float>(scales + i * groups, n));
    if (has_offset) DecodeOffsets(*tensor_, base, absl::Span<float>(offsets + i * groups, n));
  }
  rows.groups.scales = scales;
  if (has_offset) {
    const bool minimum = scheme.offset.kind == OffsetKind::kMinimum;
    (minimum ? rows.groups.minimums : rows.groups.zeros) = offsets;
  }
  rows.codes = CodesOf(begin);
  rows.levels += static_cast<size_t>(begin) * rows.level_stride;
  rows.rows = static_cast<size_t>(count);
  const bool last = begin + count == layout_.rows();
  if (last) --rows.rows;
  if (rows.rows > 0) kernels::DotCodes(target, x, rows, lanes);
  if (!last) return;
  // The kernel may read beyond the end of a row; this one may be the end of all memory.
  const size_t before = rows.rows;
  auto* copy = reinterpret_cast<uint8_t*>(offsets + kDotRows * groups);
  std::memcpy(copy, CodesOf(begin + count - 1), rows.row_bytes);
  std::memset(copy + rows.row_bytes, 0, kernels::kCodeSlack);
  rows.codes = copy;
  rows.rows = 1;
  rows.levels += before * rows.level_stride;
  const size_t skip = before * rows.param_stride;
  rows.groups.scales += skip;
  if (rows.groups.zeros != nullptr) rows.groups.zeros += skip;
  if (rows.groups.minimums != nullptr) rows.groups.minimums += skip;
  kernels::DotCodes(target, x, rows, lanes + before * kernels::kLaneSums);
}

}  // namespace pawl
