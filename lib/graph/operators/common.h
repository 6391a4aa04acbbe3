// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What shape rules and kernels share.

#ifndef PAWL_LIB_GRAPH_OPERATORS_COMMON_H_
#define PAWL_LIB_GRAPH_OPERATORS_COMMON_H_

#include <cstdint>
#include <initializer_list>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "lib/core/status_macros.h"
#include "lib/graph/operator.h"
#include "pawl/dtype.h"
#include "pawl/tensor.h"

namespace pawl {

// --- shape rules ---

// InvalidArgument unless there are so many inputs, those below `present` not absent.
absl::Status CheckInputs(const ShapeContext& c, size_t present, size_t most);

// An axis attribute or entry as an index: negative ones count from the end.
absl::StatusOr<int64_t> NormalAxis(int64_t axis, int64_t rank);
// The same for several, sorted; InvalidArgument for one that comes twice.
absl::StatusOr<std::vector<int64_t>> NormalAxes(absl::Span<const int64_t> axes, int64_t rank);

// NumPy's broadcasting. Copes with symbols: what cannot be told is kUnknownDim.
absl::StatusOr<Dims> Broadcast(const Dims& a, const Dims& b);

// Products and sums that stay kUnknownDim where a part is unknown or the result too large.
int64_t DimProduct(absl::Span<const int64_t> dims);
int64_t DimSum(int64_t a, int64_t b);

// Rules of many operators: output 0 is like input 0, or like all inputs broadcast together (of one
// type).
absl::Status SameAsInput(ShapeContext& c);
absl::Status BroadcastAll(ShapeContext& c);

// --- kernels ---

// Unimplemented: "input 1 is i16; Pawl has kernels for f32, i64".
absl::Status TypeError(size_t input, DType dtype, absl::string_view has);

// Elements before, along and after an axis.
struct AxisSplit {
  int64_t outer = 1, size = 1, inner = 1;
};
AxisSplit SplitAt(absl::Span<const int64_t> dims, int64_t axis);

// Row-major strides in elements; 0 along dimensions of size 1, for broadcasting to `rank`.
std::vector<int64_t> BroadcastStrides(absl::Span<const int64_t> dims, absl::Span<const int64_t> to);

// The input's bytes into output 0, unless they are there already: kernel of kView operators.
absl::Status CopyThrough(OpRun& run);

// Integer contents (i64 or i32) of an input.
absl::StatusOr<std::vector<int64_t>> IntegersOf(const Tensor& tensor);

// Calls fn(begin, end) for ranges of [0, count), `step` at least, over the context's threads.
absl::Status Ranges(OpRun& run, int64_t count, int64_t step,
                    absl::FunctionRef<void(int64_t begin, int64_t end)> fn);

}  // namespace pawl

#endif  // PAWL_LIB_GRAPH_OPERATORS_COMMON_H_
