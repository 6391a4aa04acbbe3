// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Indices that come as tensors: checked, since they come with the data.

#ifndef PAWL_LIB_GRAPH_OPERATORS_INDEX_H_
#define PAWL_LIB_GRAPH_OPERATORS_INDEX_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/graph/operators/common.h"

namespace pawl {

// An i64 or i32 input's values as indices into a dimension: negative ones count from the end.
// Errors: InvalidArgument naming the first that is outside.
inline absl::StatusOr<std::vector<int64_t>> IndicesInto(const Tensor& tensor, int64_t size) {
  PAWL_ASSIGN_OR_RETURN(std::vector<int64_t> indices, IntegersOf(tensor));
  for (size_t i = 0; i < indices.size(); ++i) {
    int64_t& index = indices[i];
    if (index < -size || index >= size) {
      return absl::InvalidArgumentError(
          absl::StrCat("index ", index, " (number ", i, ") is outside a dimension of ", size));
    }
    if (index < 0) index += size;
  }
  return indices;
}

}  // namespace pawl

#endif  // PAWL_LIB_GRAPH_OPERATORS_INDEX_H_
