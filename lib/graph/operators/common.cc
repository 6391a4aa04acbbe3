// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/graph/operators/common.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "lib/core/context_internal.h"

namespace pawl {

absl::Status CheckInputs(const ShapeContext& c, size_t present, size_t most) {
  if (c.num_inputs() > most) {
    return absl::InvalidArgumentError(
        absl::StrCat("has ", c.num_inputs(), " inputs; it takes at most ", most));
  }
  for (size_t i = 0; i < present; ++i) {
    if (!c.Has(i)) return absl::InvalidArgumentError(absl::StrCat("input ", i, " is missing"));
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> NormalAxis(int64_t axis, int64_t rank) {
  if (axis < -rank || axis >= rank) {
    return absl::InvalidArgumentError(
        absl::StrCat("axis ", axis, " does not exist in a tensor of rank ", rank));
  }
  return axis < 0 ? axis + rank : axis;
}

absl::StatusOr<std::vector<int64_t>> NormalAxes(absl::Span<const int64_t> axes, int64_t rank) {
  std::vector<int64_t> normal;
  for (const int64_t axis : axes) {
    PAWL_ASSIGN_OR_RETURN(const int64_t index, NormalAxis(axis, rank));
    normal.push_back(index);
  }
  std::sort(normal.begin(), normal.end());
  if (std::adjacent_find(normal.begin(), normal.end()) != normal.end()) {
    return absl::InvalidArgumentError(absl::StrCat("axes ", ShapeString(axes), " name one twice"));
  }
  return normal;
}

absl::StatusOr<Dims> Broadcast(const Dims& a, const Dims& b) {
  const size_t rank = std::max(a.size(), b.size());
  Dims result(rank);
  for (size_t i = 0; i < rank; ++i) {
    const int64_t x = i + a.size() < rank ? 1 : a[i + a.size() - rank];
    const int64_t y = i + b.size() < rank ? 1 : b[i + b.size() - rank];
    if (x == y || y == 1) {
      result[i] = x;
    } else if (x == 1) {
      result[i] = y;
    } else if (x < 0 && y < 0) {
      result[i] = kUnknownDim;
    } else if (x < 0 || y < 0) {
      result[i] = std::max(x, y);  // the other is this or 1
    } else {
      return absl::InvalidArgumentError(absl::StrCat(
          "shapes ", ShapeString(a), " and ", ShapeString(b), " cannot be broadcast together"));
    }
  }
  return result;
}

int64_t DimProduct(absl::Span<const int64_t> dims) {
  if (std::find(dims.begin(), dims.end(), 0) != dims.end()) return 0;
  int64_t product = 1;
  for (const int64_t dim : dims) {
    if (dim < 0 || dim > std::numeric_limits<int64_t>::max() / product) return kUnknownDim;
    product *= dim;
  }
  return product;
}

int64_t DimSum(int64_t a, int64_t b) {
  if (a < 0 || b < 0 || a > std::numeric_limits<int64_t>::max() - b) return kUnknownDim;
  return a + b;
}

absl::Status SameAsInput(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 1, c.num_inputs()));
  c.Set(0, c.dtype(0), c.dims(0));
  return absl::OkStatus();
}

absl::Status BroadcastAll(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, c.num_inputs(), c.num_inputs()));
  if (c.num_inputs() == 0) return absl::InvalidArgumentError("has no inputs");
  Dims dims = c.dims(0);
  for (size_t i = 1; i < c.num_inputs(); ++i) {
    if (c.dtype(i) != c.dtype(0)) {
      return absl::InvalidArgumentError(absl::StrCat("input 0 is ", DTypeName(c.dtype(0)),
                                                     " and input ", i, " ", DTypeName(c.dtype(i)),
                                                     "; they must be of one type"));
    }
    PAWL_ASSIGN_OR_RETURN(dims, Broadcast(dims, c.dims(i)));
  }
  c.Set(0, c.dtype(0), std::move(dims));
  return absl::OkStatus();
}

absl::Status TypeError(size_t input, DType dtype, absl::string_view has) {
  return absl::UnimplementedError(absl::StrCat("input ", input, " is ", DTypeName(dtype),
                                               "; Pawl has this operator for ", has,
                                               "; put a Cast before it"));
}

AxisSplit SplitAt(absl::Span<const int64_t> dims, int64_t axis) {
  AxisSplit split;
  for (size_t i = 0; i < dims.size(); ++i) {
    const auto at = static_cast<int64_t>(i);
    (at < axis ? split.outer : at == axis ? split.size : split.inner) *= dims[i];
  }
  return split;
}

std::vector<int64_t> BroadcastStrides(absl::Span<const int64_t> dims,
                                      absl::Span<const int64_t> to) {
  std::vector<int64_t> strides(to.size(), 0);
  int64_t stride = 1;
  for (size_t i = 0; i < dims.size(); ++i) {
    const size_t from_end = dims.size() - 1 - i;
    if (dims[from_end] != 1) strides[to.size() - 1 - i] = stride;
    stride *= dims[from_end];
  }
  return strides;
}

absl::Status CopyThrough(OpRun& run) {
  const Tensor& in = run.input(0);
  Tensor& out = run.output(0);
  if (in.data() != out.data() && in.size_bytes() > 0) {
    std::memcpy(out.mutable_data(), in.data(), in.size_bytes());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<int64_t>> IntegersOf(const Tensor& tensor) {
  if (tensor.dtype() == DType::kI64) {
    const auto values = tensor.as<int64_t>();
    return std::vector<int64_t>(values.begin(), values.end());
  }
  if (tensor.dtype() == DType::kI32) {
    const auto values = tensor.as<int32_t>();
    return std::vector<int64_t>(values.begin(), values.end());
  }
  return absl::InvalidArgumentError(
      absl::StrCat("an input that must be i64 or i32 is ", DTypeName(tensor.dtype())));
}

absl::Status Ranges(OpRun& run, int64_t count, int64_t step,
                    absl::FunctionRef<void(int64_t begin, int64_t end)> fn) {
  if (count <= 0) return absl::OkStatus();
  if (count <= step) {  // not worth waking anybody
    fn(0, count);
    return absl::OkStatus();
  }
  return ForRanges(&run.context(), count, step, 0,
                   [&](int64_t begin, int64_t end, void*) { fn(begin, end); });
}

}  // namespace pawl
