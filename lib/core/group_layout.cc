// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/core/group_layout.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "pawl/tensor.h"

namespace pawl {
namespace {

absl::Status BadShape(absl::Span<const int64_t> shape, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("shape ", ShapeString(shape), " ", why));
}

// Number of elements, so bounded that the size of every part, in bits or bytes, can be computed
// without overflow: none takes more than a row's codebook of 256 f32 for an element. A dimension of
// zero does not excuse the others, since channels may still be counted along them.
absl::StatusOr<int64_t> BoundedElements(absl::Span<const int64_t> shape) {
  constexpr size_t kLargestPart = 4096;
  std::vector<int64_t> others(shape.begin(), shape.end());
  std::replace(others.begin(), others.end(), int64_t{0}, int64_t{1});
  PAWL_RETURN_IF_ERROR(CheckedNumElements(others, kLargestPart).status());
  return CheckedNumElements(shape);
}

}  // namespace

absl::Status GroupLayout::SetUpChannels(absl::Span<const int64_t> shape, int32_t from_axis) {
  const int rank = static_cast<int>(shape.size());
  const int axis = from_axis < 0 ? from_axis + rank : from_axis;
  if (axis < 0 || axis >= rank) {
    return BadShape(shape, absl::StrCat("has no dimension ", from_axis, " to take as channel"));
  }
  num_groups_ = shape[static_cast<size_t>(axis)];
  per_column_ = axis == rank - 1;
  regular_ = !per_column_;
  run_is_one_ = per_column_;
  for (int i = axis + 1; i < rank - 1; ++i) inner_rows_ *= shape[static_cast<size_t>(i)];
  return absl::OkStatus();
}

absl::StatusOr<GroupLayout> GroupLayout::Create(const Scheme& scheme,
                                                absl::Span<const int64_t> shape,
                                                absl::Span<const int32_t> group_index) {
  PAWL_ASSIGN_OR_RETURN(const int64_t elements, BoundedElements(shape));
  const Grouping& grouping = scheme.grouping;
  GroupLayout layout;
  layout.kind_ = grouping.kind;
  layout.cols_ = shape.empty() ? 1 : shape.back();
  layout.rows_ = layout.cols_ == 0 ? 0 : elements / layout.cols_;
  layout.period_ = layout.cols_;
  layout.regular_ = true;
  layout.size_ = std::max<int64_t>(grouping.size, 1);
  layout.per_row_ = GroupsOf(layout.cols_, layout.size_);
  switch (grouping.kind) {
    case GroupKind::kTensor:
      layout.num_groups_ = 1;
      break;
    case GroupKind::kChannel:
      PAWL_RETURN_IF_ERROR(layout.SetUpChannels(shape, grouping.axis));
      break;
    case GroupKind::kAlongRow:
      layout.period_ = layout.size_;
      layout.num_groups_ = layout.rows_ * layout.per_row_;
      break;
    case GroupKind::kBlock2D:
      layout.block_rows_ = std::max(1, grouping.rows);
      layout.period_ = layout.size_;
      layout.num_groups_ = GroupsOf(layout.rows_, layout.block_rows_) * layout.per_row_;
      break;
    case GroupKind::kFlat:
      layout.regular_ = layout.cols_ % layout.size_ == 0;
      layout.period_ = layout.regular_ ? layout.size_ : 0;
      layout.num_groups_ = GroupsOf(elements, layout.size_);
      break;
    case GroupKind::kFlatStrided:
      if (elements % layout.size_ != 0) {
        return BadShape(
            shape, absl::StrCat("has ", elements, " elements, not a multiple of the group size ",
                                layout.size_, " that strided groups need"));
      }
      layout.num_groups_ = elements / layout.size_;
      layout.regular_ = false;
      layout.run_is_one_ = true;
      break;
    case GroupKind::kIndexMap:
      layout.num_groups_ = layout.rows_ * layout.per_row_;
      layout.regular_ = false;
      layout.run_is_one_ = true;
      layout.index_ = group_index;
      break;
  }
  if (!layout.regular_) layout.period_ = 0;
  return layout;
}

}  // namespace pawl
