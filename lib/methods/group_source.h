// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PAWL_LIB_METHODS_GROUP_SOURCE_H_
#define PAWL_LIB_METHODS_GROUP_SOURCE_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "lib/core/group_layout.h"
#include "lib/methods/group_fit.h"
#include "lib/methods/source.h"
#include "pawl/quantizer.h"
#include "pawl/scheme.h"

namespace pawl {

// The values of one group after another, wherever they lie in the tensor.
class GroupSource {
 public:
  GroupSource(const Source& source, const Scheme& scheme, absl::Span<const int64_t> shape,
              const GroupLayout& layout, absl::Span<const int32_t> group_index,
              absl::Span<const float> importance);

  int64_t GroupSize() const;  // of the largest group

  // Range of the finite values, without holding the group in memory.
  GroupRange Range(kernels::Target target, int64_t group, bool abs_sum, std::vector<float>& buffer,
                   QuantizeStats& stats) const;

  struct Values {
    const float* x = nullptr;
    const float* weights = nullptr;  // null without importance
    int64_t count = 0;
  };
  // All values; the buffers hold them where they do not lie together as f32.
  Values Gather(int64_t group, std::vector<float>& buffer, std::vector<float>& weights) const;

 private:
  // Calls fn(first element, count) for the pieces of a group in memory order.
  template <typename Fn>
  void ForEachSegment(int64_t group, Fn&& fn) const;

  Source source_;
  Scheme scheme_;
  GroupLayout layout_;
  absl::Span<const float> importance_;
  int64_t elements_ = 0;
  int64_t channel_inner_ = 1;                  // elements of one channel that lie together
  std::vector<std::vector<int32_t>> columns_;  // of each group of a row, for an index map
};

}  // namespace pawl

#endif  // PAWL_LIB_METHODS_GROUP_SOURCE_H_
