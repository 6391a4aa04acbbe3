// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/methods/group_source.h"

#include <algorithm>
#include <cmath>

#include "kernels/min_max.h"

namespace pawl {
namespace {

constexpr int64_t kChunk = 65536;

}  // namespace

GroupSource::GroupSource(const Source& source, const Scheme& scheme,
                         absl::Span<const int64_t> shape, const GroupLayout& layout,
                         absl::Span<const int32_t> group_index, absl::Span<const float> importance)
    : source_(source),
      scheme_(scheme),
      layout_(layout),
      importance_(importance),
      elements_(layout.rows() * layout.cols()) {
  if (scheme.grouping.kind == GroupKind::kChannel) {
    const int rank = static_cast<int>(shape.size());
    const int axis = scheme.grouping.axis < 0 ? scheme.grouping.axis + rank : scheme.grouping.axis;
    for (int i = axis + 1; i < rank; ++i) channel_inner_ *= shape[static_cast<size_t>(i)];
  }
  if (scheme.grouping.kind == GroupKind::kIndexMap) {
    const int64_t size = scheme.grouping.size;
    columns_.resize(static_cast<size_t>(GroupsOf(layout.cols(), size)));
    for (size_t c = 0; c < group_index.size(); ++c) {
      columns_[static_cast<size_t>(group_index[c])].push_back(static_cast<int32_t>(c));
    }
  }
}

template <typename Fn>
void GroupSource::ForEachSegment(int64_t group, Fn&& fn) const {
  const Grouping& g = scheme_.grouping;
  const int64_t cols = layout_.cols();
  const int64_t groups = layout_.num_groups();
  const int64_t per_row = g.size > 0 ? GroupsOf(cols, g.size) : 1;
  switch (g.kind) {
    case GroupKind::kTensor:
      return fn(int64_t{0}, elements_);
    case GroupKind::kChannel:
      for (int64_t e = group * channel_inner_; e < elements_; e += groups * channel_inner_) {
        fn(e, channel_inner_);
      }
      return;
    case GroupKind::kAlongRow: {
      const int64_t col = group % per_row * g.size;
      return fn(group / per_row * cols + col, std::min(g.size, cols - col));
    }
    case GroupKind::kBlock2D: {
      const int64_t col = group % per_row * g.size;
      const int64_t first = group / per_row * g.rows;
      for (int64_t row = first; row < std::min(layout_.rows(), first + g.rows); ++row) {
        fn(row * cols + col, std::min(g.size, cols - col));
      }
      return;
    }
    case GroupKind::kFlat:
      return fn(group * g.size, std::min(g.size, elements_ - group * g.size));
    case GroupKind::kFlatStrided:
      for (int64_t e = group; e < elements_; e += groups) fn(e, int64_t{1});
      return;
    case GroupKind::kIndexMap:
      for (const int32_t c : columns_[static_cast<size_t>(group % per_row)]) {
        fn(group / per_row * cols + c, int64_t{1});
      }
      return;
  }
}

int64_t GroupSource::GroupSize() const {
  const int64_t groups = std::max<int64_t>(1, layout_.num_groups());
  return std::max<int64_t>(1, (elements_ + groups - 1) / groups);
}

GroupRange GroupSource::Range(kernels::Target target, int64_t group, bool abs_sum,
                              std::vector<float>& buffer, QuantizeStats& stats) const {
  GroupRange range;
  ForEachSegment(group, [&](int64_t begin, int64_t count) {
    for (int64_t done = 0; done < count; done += kChunk) {
      const int64_t n = std::min(kChunk, count - done);
      buffer.resize(static_cast<size_t>(std::max(n, static_cast<int64_t>(buffer.size()))));
      const float* x = source_.Load(begin + done, n, buffer.data());
      const kernels::Range part = kernels::MinMax(target, x, static_cast<size_t>(n));
      stats.nan_count += static_cast<int64_t>(part.nan_count);
      stats.inf_count += static_cast<int64_t>(part.inf_count);
      const auto finite = n - static_cast<int64_t>(part.nan_count + part.inf_count);
      if (finite == 0) continue;
      double sum = 0.0;
      for (int64_t i = 0; abs_sum && i < n; ++i) {
        if (std::isfinite(x[i])) sum += static_cast<double>(std::fabs(x[i]));
      }
      range.Add({part.min, part.max, sum, finite, true});
    }
  });
  return range;
}

GroupSource::Values GroupSource::Gather(int64_t group, std::vector<float>& buffer,
                                        std::vector<float>& weights) const {
  Values values;
  buffer.clear();
  weights.clear();
  ForEachSegment(group, [&](int64_t begin, int64_t count) {
    const size_t old = buffer.size();
    buffer.resize(old + static_cast<size_t>(count));
    const float* x = source_.Load(begin, count, buffer.data() + old);
    if (x != buffer.data() + old) std::copy(x, x + count, buffer.data() + old);
    for (int64_t i = 0; !importance_.empty() && i < count; ++i) {
      weights.push_back(importance_[static_cast<size_t>((begin + i) % layout_.cols())]);
    }
  });
  values.x = buffer.data();
  values.weights = importance_.empty() ? nullptr : weights.data();
  values.count = static_cast<int64_t>(buffer.size());
  return values;
}

}  // namespace pawl
