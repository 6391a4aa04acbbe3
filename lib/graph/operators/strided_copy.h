// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Copies whose source or target is a strided view of a dense tensor.

#ifndef PAWL_LIB_GRAPH_OPERATORS_STRIDED_COPY_H_
#define PAWL_LIB_GRAPH_OPERATORS_STRIDED_COPY_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "lib/graph/operators/common.h"

namespace pawl {

// One side of a copy: where it begins and what a step along each dimension is, in elements.
struct StridedSide {
  void* data = nullptr;
  int64_t offset = 0;
  std::vector<int64_t> strides;
};

// dst[index] = src[index] for all indices of `dims`; elements of the dtype's size. The regions must
// not overlap.
absl::Status StridedCopy(OpRun& run, DType dtype, absl::Span<const int64_t> dims,
                         const StridedSide& src, const StridedSide& dst);

// The whole of output `index` from a strided view of `in`.
absl::Status CopyView(OpRun& run, const Tensor& in, int64_t offset, std::vector<int64_t> strides,
                      size_t output = 0);

}  // namespace pawl

#endif  // PAWL_LIB_GRAPH_OPERATORS_STRIDED_COPY_H_
