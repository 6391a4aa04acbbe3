// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <numeric>
#include <vector>

#include "lib/core/workspace.h"
#include "lib/graph/plan.h"

namespace pawl {

size_t PlaceExtents(std::vector<Extent>& extents) {
  std::vector<size_t> order(extents.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return extents[a].bytes > extents[b].bytes; });
  std::vector<const Extent*> placed;  // by offset
  size_t end = 0;
  for (const size_t index : order) {
    Extent& extent = extents[index];
    const size_t bytes = Aligned(extent.bytes);
    size_t offset = 0;
    for (const Extent* other : placed) {
      if (other->last < extent.first || extent.last < other->first) continue;
      if (offset + bytes <= other->offset) break;
      offset = std::max(offset, other->offset + Aligned(other->bytes));
    }
    extent.offset = offset;
    end = std::max(end, offset + bytes);
    const auto at =
        std::upper_bound(placed.begin(), placed.end(), offset,
                         [](size_t value, const Extent* other) { return value < other->offset; });
    placed.insert(at, &extent);
  }
  return end;
}

}  // namespace pawl
