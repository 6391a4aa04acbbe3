// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What both packed forms of integer weights have in common: how rows are cut into groups, and the
// groups' parameters as f32.

#ifndef PAWL_LIB_CORE_LINEAR_PACK_H_
#define PAWL_LIB_CORE_LINEAR_PACK_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/core/group_layout.h"
#include "lib/core/linear_impl.h"
#include "pawl/quantized_tensor.h"

namespace pawl {

// How a row is cut into groups, and which group of the tensor each of them is.
struct RowGroups {
  GroupLayout layout;
  GroupKind kind = GroupKind::kTensor;
  int64_t per_row = 0;

  int64_t GroupOf(int64_t row, int64_t g) const {
    if (kind == GroupKind::kIndexMap) return row * per_row + g;
    return layout.RowBase(row) + g;
  }
};

// Fills in rows, cols, groups, run_begin and columns. The error says why these weights cannot be
// had as integers; the element counts unless its levels are integers otherwise.
absl::StatusOr<RowGroups> CutRows(const QuantizedTensor& t, bool integer_levels,
                                  PackedWeights* packed);

// Scales and offsets of all groups, in the tensor's order.
struct GroupParams {
  std::vector<float> scales;
  std::vector<float> offsets;
};
absl::StatusOr<GroupParams> DecodeParams(const QuantizedTensor& t, int64_t groups);

// Scale and minimum of a weight scale * (code - zero) - minimum, from a group's scale and offset.
inline float WeightScale(const Scheme& scheme, float scale) { return scale * scheme.post_scale; }
inline float WeightMinimum(const Scheme& scheme, float scale, float offset) {
  const bool minimum = scheme.offset.kind == OffsetKind::kMinimum;
  return (minimum ? offset : offset * scale) * scheme.post_scale;
}

void CopyOutliers(const QuantizedTensor& t, PackedWeights* packed);

}  // namespace pawl

#endif  // PAWL_LIB_CORE_LINEAR_PACK_H_
