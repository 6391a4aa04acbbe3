// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// RowDecoder's pieces of rows, and products without decoding first.

#include <algorithm>
#include <cstring>
#include <numeric>

#include "lib/core/code_packing.h"
#include "lib/core/params.h"
#include "lib/core/row_decoder.h"

namespace pawl {

kernels::CodeRows RowDecoder::MakeCodeRows() const {
  const Scheme& scheme = tensor_->scheme;
  const Element& element = scheme.element;
  kernels::CodeRows rows;
  rows.row_bytes = static_cast<size_t>(RowBytes(element, layout_.cols()));
  rows.cols = static_cast<size_t>(layout_.cols());
  rows.bits = element.bits;
  rows.groups.size = static_cast<size_t>(std::max<int64_t>(1, layout_.period()));
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

bool RowDecoder::TakesCodes(kernels::Target target) const {
  if (!one_call_ || tensor_->scheme.element.bits > 8) return false;
  kernels::CodeRows rows = MakeCodeRows();
  // Which offsets there are decides, not what they are.
  constexpr float kNone = 0.0f;
  const OffsetKind kind = tensor_->scheme.offset.kind;
  if (kind != OffsetKind::kNone) {
    (kind == OffsetKind::kMinimum ? rows.groups.minimums : rows.groups.zeros) = &kNone;
  }
  return kernels::DotCodesTakes(target, rows);
}

bool RowDecoder::CanDot(kernels::Target target) const {
  return tensor_->scheme.post_scale == 1.0f && tensor_->outlier_columns.empty() &&
         TakesCodes(target);
}

size_t RowDecoder::CodeScratchBytes() const {
  // Narrow groups, which no kernel takes, would want a lot for nothing.
  const bool narrow = layout_.period() < 16 && layout_.period() < layout_.cols();
  if (!one_call_ || narrow) return ScratchBytes();
  const auto params = static_cast<size_t>(2 * kTaskRows * layout_.groups_per_row());
  const auto row = static_cast<size_t>(RowBytes(tensor_->scheme.element, layout_.cols()));
  return std::max(ScratchBytes(), params * sizeof(float) + row + kernels::kCodeSlack);
}

template <typename Fn>
void RowDecoder::ForCodeRows(const Span& span, int64_t count, void* scratch, const Fn& fn) const {
  const Scheme& scheme = tensor_->scheme;
  kernels::CodeRows rows = MakeCodeRows();
  const auto size = static_cast<int64_t>(rows.groups.size);
  const int64_t groups = GroupsOf(span.count, size);
  auto* scales = static_cast<float*>(scratch);
  float* offsets = scales + kTaskRows * groups;
  const bool has_offset = scheme.offset.kind != OffsetKind::kNone;
  const auto base_of = [&](int64_t row) { return layout_.RowBase(row) + span.begin / size; };
  // Rows whose groups are numbered one after another are decoded in one go.
  const bool dense = base_of(span.row) + (count - 1) * groups == base_of(span.row + count - 1);
  const int64_t step = dense ? count : 1;
  for (int64_t i = 0; i < count; i += step) {
    const int64_t base = base_of(span.row + i);
    const auto n = static_cast<size_t>(step * groups);
    DecodeScales(*tensor_, base, absl::Span<float>(scales + i * groups, n));
    if (has_offset) DecodeOffsets(*tensor_, base, absl::Span<float>(offsets + i * groups, n));
  }
  const auto run = [&](int64_t first, int64_t n, const uint8_t* codes) {
    if (n == 0) return;
    kernels::CodeRows part = rows;
    part.codes = codes;
    part.rows = static_cast<size_t>(n);
    part.cols = static_cast<size_t>(span.count);
    part.param_stride = static_cast<size_t>(groups);
    if (part.levels != nullptr) {
      part.levels += static_cast<size_t>(span.row + first) * part.level_stride;
    }
    part.groups.scales = scales + first * groups;
    if (has_offset) {
      const bool minimum = scheme.offset.kind == OffsetKind::kMinimum;
      (minimum ? part.groups.minimums : part.groups.zeros) = offsets + first * groups;
    }
    fn(part, first);
  };
  const int64_t bits = span.begin * scheme.element.bits;
  const bool last = span.row + count == layout_.rows();
  const int64_t inner = last ? count - 1 : count;
  run(0, inner, CodesOf(span.row) + bits / 8);
  if (!last) return;
  // The kernels may read beyond the end of a row; this one may be the end of all memory.
  auto* copy = reinterpret_cast<uint8_t*>(offsets + kTaskRows * groups);
  const auto bytes = static_cast<size_t>((span.count * scheme.element.bits + 7) / 8);
  std::memcpy(copy, CodesOf(span.row + inner) + bits / 8, bytes);
  std::memset(copy + bytes, 0, kernels::kCodeSlack);
  run(inner, 1, copy);
}

void RowDecoder::Dot(const Rows& rows, const float* x, float* lanes, void* scratch,
                     kernels::Target target) const {
  ForCodeRows({rows.begin, 0, layout_.cols()}, rows.count, scratch,
              [&](const kernels::CodeRows& part, int64_t first) {
                kernels::DotCodes(target, x, part,
                                  lanes + static_cast<size_t>(first) * kernels::kLaneSums);
              });
}

int64_t RowDecoder::PieceColumns(int64_t about) const {
  constexpr int64_t kMost = 4096, kStep = 32;
  const int64_t cols = std::max<int64_t>(1, layout_.cols());
  if (!one_call_) return cols;
  const int64_t period = std::max<int64_t>(1, layout_.period());
  if (period >= cols) return std::min(cols, about);
  const int64_t step = std::lcm(period, kStep);
  return step <= kMost ? std::min(cols, std::max(about / step, int64_t{1}) * step) : cols;
}

void RowDecoder::DecodePieces(const Rows& rows, int64_t column, int64_t columns, float* out,
                              int64_t stride, void* scratch, kernels::Target target) const {
  const bool codes = columns > 0 && TakesCodes(target);
  if (codes) {
    ForCodeRows({rows.begin, column, columns}, rows.count, scratch,
                [&](const kernels::CodeRows& part, int64_t first) {
                  kernels::DecodeCodes(target, part, out + first * stride,
                                       static_cast<size_t>(stride));
                });
  }
  const float post_scale = tensor_->scheme.post_scale;
  for (int64_t i = 0; i < rows.count; ++i) {
    const Span span{rows.begin + i, column, columns};
    float* row = out + i * stride;
    if (!codes) {
      DecodeSpan(span, row, scratch, target);
      continue;
    }
    if (post_scale != 1.0f) {
      for (int64_t c = 0; c < columns; ++c) row[c] *= post_scale;
    }
    ApplyOutliers(span, row);
  }
}

}  // namespace pawl
