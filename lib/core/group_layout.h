// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PAWL_LIB_CORE_GROUP_LAYOUT_H_
#define PAWL_LIB_CORE_GROUP_LAYOUT_H_

#include <algorithm>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pawl/scheme.h"

namespace pawl {

// Groups of `size` that hold `count`: the quotient rounded up, for sizes that a file says.
constexpr int64_t GroupsOf(int64_t count, int64_t size) {
  return count / size + (count % size != 0 ? 1 : 0);
}

// Which group the element (row, col) belongs to, for every kind of grouping.
class GroupLayout {
 public:
  // `group_index` (for kIndexMap) must outlive the layout.
  // Errors: InvalidArgument where the shape does not fit the grouping.
  static absl::StatusOr<GroupLayout> Create(const Scheme& scheme, absl::Span<const int64_t> shape,
                                            absl::Span<const int32_t> group_index = {});

  int64_t rows() const { return rows_; }
  int64_t cols() const { return cols_; }
  int64_t num_groups() const { return num_groups_; }

  // True when each row is cut into groups of period() columns (the last may be shorter) whose
  // numbers are consecutive from RowBase(row). Most kernels work on this form.
  bool regular() const { return regular_; }
  int64_t period() const { return period_; }
  int64_t groups_per_row() const { return period_ > 0 ? GroupsOf(cols_, period_) : 0; }
  int64_t RowBase(int64_t row) const { return GroupOf(row, 0); }

  int64_t GroupOf(int64_t row, int64_t col) const {
    switch (kind_) {
      case GroupKind::kTensor:
        return 0;
      case GroupKind::kChannel:
        return per_column_ ? col : row / inner_rows_ % num_groups_;
      case GroupKind::kAlongRow:
        return row * per_row_ + col / size_;
      case GroupKind::kBlock2D:
        return row / block_rows_ * per_row_ + col / size_;
      case GroupKind::kFlat:
        return (row * cols_ + col) / size_;
      case GroupKind::kFlatStrided:
        return (row * cols_ + col) % num_groups_;
      case GroupKind::kIndexMap:
        return row * per_row_ + index_[static_cast<size_t>(col)];
    }
    return 0;
  }

  // Calls fn(col_begin, col_end, group) for the maximal runs of one group in a row, left to right.
  template <typename Fn>
  void ForEachRun(int64_t row, Fn&& fn) const {
    int64_t begin = 0;
    while (begin < cols_) {
      const int64_t group = GroupOf(row, begin);
      int64_t end = std::min(cols_, begin + RunLength(row, begin));
      while (run_is_one_ && end < cols_ && GroupOf(row, end) == group) ++end;
      fn(begin, end, group);
      begin = end;
    }
  }

 private:
  absl::Status SetUpChannels(absl::Span<const int64_t> shape, int32_t from_axis);

  int64_t RunLength(int64_t row, int64_t col) const {
    if (run_is_one_) return 1;
    if (kind_ == GroupKind::kFlat) return size_ - (row * cols_ + col) % size_;
    return regular_ ? period_ - col % period_ : 1;
  }

  GroupKind kind_ = GroupKind::kTensor;
  bool regular_ = false;
  bool per_column_ = false;
  bool run_is_one_ = false;  // runs are found by comparing neighbours
  int64_t rows_ = 0;
  int64_t cols_ = 0;
  int64_t num_groups_ = 0;
  int64_t period_ = 0;
  int64_t size_ = 1;
  int64_t per_row_ = 0;
  int64_t block_rows_ = 1;
  int64_t inner_rows_ = 1;
  absl::Span<const int32_t> index_;
};

}  // namespace pawl

#endif  // PAWL_LIB_CORE_GROUP_LAYOUT_H_
