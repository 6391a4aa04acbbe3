// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Scales and zero points of ONNX's quantized operators: one for the tensor, one for each index of
// an axis, or one for each block along an axis (onnx/onnx, docs/Operators.md, QuantizeLinear).

#ifndef PAWL_LIB_GRAPH_OPERATORS_QUANTIZED_PARAMS_H_
#define PAWL_LIB_GRAPH_OPERATORS_QUANTIZED_PARAMS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kernels/target.h"
#include "lib/graph/operators/common.h"
#include "pawl/graph.h"

namespace pawl {

// Which parameter belongs to the element at an offset in row-major order.
struct ParamLayout {
  int64_t inner = 1;   // elements that share an index of the axis, next to one another
  int64_t size = 1;    // of the axis
  int64_t block = 1;   // indices of the axis that share a parameter
  int64_t blocks = 1;  // of the axis
  bool blocked = false;
  bool single = true;  // one parameter for all

  int64_t At(int64_t offset) const {
    if (single) return 0;
    const int64_t index = offset / inner % size;
    if (!blocked) return index;
    return (offset / inner / size * blocks + index / block) * inner + offset % inner;
  }
  // Elements from `offset` on that have the same parameter.
  int64_t Run(int64_t offset, int64_t end) const {
    if (single) return end - offset;
    if (blocked && inner == 1) {
      const int64_t index = offset % size, last = (index / block + 1) * block;
      return std::min(end, offset - index + std::min(last, size)) - offset;
    }
    return blocked ? 1 : std::min(end, (offset / inner + 1) * inner) - offset;
  }
};

// Errors: InvalidArgument where the parameters' shape is none of the three.
absl::StatusOr<ParamLayout> ParamLayoutOf(const Node& node, const Dims& x, const Dims& params);

// The least and largest code of an element type: `file_type` is ONNX's number where the tensor's
// type is wider than the elements (INT4 is held as i8), else 0.
struct CodeRange {
  int32_t lo = 0, hi = 0;
};
absl::StatusOr<CodeRange> CodeRangeOf(DType dtype, int32_t file_type);

// Zero points as int32 (u8, i8, u16, i16, i32), or of f8 types as 0.
absl::StatusOr<std::vector<int32_t>> ZeroPointsOf(const Tensor& tensor);

// Scale and zero point of u8 codes for the range of x and 0, as DynamicQuantizeLinear has them.
struct DynamicRange {
  float scale = 1.0f;
  int32_t zero = 0;
};
DynamicRange DynamicRangeOf(kernels::Target target, const float* x, size_t count);

}  // namespace pawl

#endif  // PAWL_LIB_GRAPH_OPERATORS_QUANTIZED_PARAMS_H_
