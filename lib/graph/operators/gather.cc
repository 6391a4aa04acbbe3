// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Gather, GatherElements, GatherND.

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "lib/graph/operators/broadcast.h"
#include "lib/graph/operators/element_types.h"
#include "lib/graph/operators/index.h"

namespace pawl {
namespace {

// --- Gather: whole slices ---

absl::Status GatherShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 2, 2));
  PAWL_ASSIGN_OR_RETURN(const int64_t axis, NormalAxis(c.node().Int("axis", 0), c.rank(0)));
  const Dims& data = c.dims(0);
  Dims dims(data.begin(), data.begin() + axis);
  dims.insert(dims.end(), c.dims(1).begin(), c.dims(1).end());
  dims.insert(dims.end(), data.begin() + axis + 1, data.end());
  c.Set(0, c.dtype(0), std::move(dims));
  return absl::OkStatus();
}

absl::Status RunGather(OpRun& run) {
  const Tensor& in = run.input(0);
  PAWL_ASSIGN_OR_RETURN(const int64_t axis, NormalAxis(run.node().Int("axis", 0), in.rank()));
  const AxisSplit split = SplitAt(in.shape(), axis);
  PAWL_ASSIGN_OR_RETURN(const std::vector<int64_t> indices, IndicesInto(run.input(1), split.size));
  const auto count = static_cast<int64_t>(indices.size());
  const size_t bytes = static_cast<size_t>(split.inner) * DTypeSize(in.dtype());
  if (bytes == 0) return absl::OkStatus();
  const char* from = static_cast<const char*>(in.data());
  char* to = static_cast<char*>(run.output(0).mutable_data());
  const auto step = static_cast<int64_t>(std::max<size_t>(1, (1 << 16) / bytes));
  return Ranges(run, split.outer * count, step, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t source = i / count * split.size + indices[static_cast<size_t>(i % count)];
      std::memcpy(to + static_cast<size_t>(i) * bytes, from + static_cast<size_t>(source) * bytes,
                  bytes);
    }
  });
}

// --- GatherElements: out[i][j] = data[index[i][j]][j] for axis 0 ---

absl::Status GatherElementsShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 2, 2));
  PAWL_ASSIGN_OR_RETURN(const int64_t axis, NormalAxis(c.node().Int("axis", 0), c.rank(0)));
  if (c.rank(1) != c.rank(0)) {
    return absl::InvalidArgumentError("data and indices must have the same rank");
  }
  for (size_t d = 0; d < c.dims(0).size(); ++d) {
    const int64_t size = c.dims(0)[d], wanted = c.dims(1)[d];
    if (static_cast<int64_t>(d) != axis && size >= 0 && wanted > size) {
      return absl::InvalidArgumentError(absl::StrCat("indices of shape ", ShapeString(c.dims(1)),
                                                     " reach outside data of shape ",
                                                     ShapeString(c.dims(0))));
    }
  }
  c.Set(0, c.dtype(0), c.dims(1));
  return absl::OkStatus();
}

absl::Status RunGatherElements(OpRun& run) {
  const Tensor& in = run.input(0);
  Tensor& out = run.output(0);
  PAWL_ASSIGN_OR_RETURN(const int64_t axis, NormalAxis(run.node().Int("axis", 0), in.rank()));
  PAWL_ASSIGN_OR_RETURN(const std::vector<int64_t> indices,
                        IndicesInto(run.input(1), in.dim(static_cast<int>(axis))));
  std::vector<int64_t> strides = DenseStrides(in.shape());
  const int64_t along = strides[static_cast<size_t>(axis)];
  strides[static_cast<size_t>(axis)] = 0;
  const StridedLoop<1> loop(out.shape(), {strides});
  const int64_t inner = loop.inner()[0];
  return ForSize(in.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* from = Data<T>(in);
    T* to = MutableData<T>(out);
    return Ranges(run, out.num_elements(), 1 << 14, [&](int64_t begin, int64_t end) {
      loop.Walk(begin, end, [&](const std::array<int64_t, 1>& at, int64_t i, int64_t n) {
        for (int64_t j = 0; j < n; ++j) {
          to[i + j] = from[at[0] + j * inner + indices[static_cast<size_t>(i + j)] * along];
        }
      });
    });
  });
}

// --- GatherND: slices that tuples of indices name ---

absl::Status GatherNDShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 2, 2));
  const Dims &data = c.dims(0), &indices = c.dims(1);
  const int64_t batch = c.node().Int("batch_dims", 0);
  if (batch < 0 || batch >= c.rank(1) || batch >= c.rank(0)) {
    return absl::InvalidArgumentError(
        absl::StrCat("batch_dims ", batch, " must be below the ranks of its inputs"));
  }
  const int64_t tuple = indices.back();
  if (tuple < 0) {
    c.SetType(0, c.dtype(0));
    return absl::OkStatus();
  }
  if (tuple < 1 || batch + tuple > c.rank(0)) {
    return absl::InvalidArgumentError(
        absl::StrCat("tuples of ", tuple, " indices do not fit data ", ShapeString(data)));
  }
  for (int64_t i = 0; i < batch; ++i) {
    const int64_t a = data[static_cast<size_t>(i)], b = indices[static_cast<size_t>(i)];
    if (a >= 0 && b >= 0 && a != b) {
      return absl::InvalidArgumentError("data and indices differ in a batch dimension");
    }
  }
  Dims dims(indices.begin(), indices.end() - 1);
  dims.insert(dims.end(), data.begin() + batch + tuple, data.end());
  c.Set(0, c.dtype(0), std::move(dims));
  return absl::OkStatus();
}

absl::Status RunGatherND(OpRun& run) {
  const Tensor &in = run.input(0), &indices = run.input(1);
  const auto batch = static_cast<size_t>(run.node().Int("batch_dims", 0));
  const auto tuple = static_cast<size_t>(indices.shape().back());
  PAWL_ASSIGN_OR_RETURN(const std::vector<int64_t> values, IntegersOf(indices));
  const std::vector<int64_t> strides = DenseStrides(in.shape());
  int64_t batches = 1;
  for (size_t i = 0; i < batch; ++i) batches *= in.shape()[i];
  const int64_t slice = strides[batch + tuple - 1];
  const auto tuples = static_cast<int64_t>(values.size() / tuple);
  const int64_t per_batch = batches == 0 ? 0 : tuples / batches;
  const size_t bytes = static_cast<size_t>(slice) * DTypeSize(in.dtype());
  const char* from = static_cast<const char*>(in.data());
  char* to = static_cast<char*>(run.output(0).mutable_data());
  const int64_t batch_stride = batch == 0 ? 0 : strides[batch - 1];
  for (int64_t i = 0; i < tuples; ++i) {
    int64_t offset = per_batch == 0 ? 0 : i / per_batch * batch_stride;
    for (size_t j = 0; j < tuple; ++j) {
      const int64_t size = in.shape()[batch + j];
      int64_t index = values[static_cast<size_t>(i) * tuple + j];
      if (index < -size || index >= size) {
        return absl::InvalidArgumentError(
            absl::StrCat("index ", index, " is outside a dimension of ", size));
      }
      offset += (index < 0 ? index + size : index) * strides[batch + j];
    }
    if (bytes > 0) {
      std::memcpy(to + static_cast<size_t>(i) * bytes,
                  from + static_cast<size_t>(offset) * DTypeSize(in.dtype()), bytes);
    }
  }
  return absl::OkStatus();
}

constexpr Operator Entry(absl::string_view name, int min_opset,
                         absl::Status (*shape)(ShapeContext&), absl::Status (*run)(OpRun&),
                         QuantKind kind) {
  return {.name = name,
          .domain = "",
          .min_opset = min_opset,
          .shape = shape,
          .run = run,
          .quantize = kind,
          .flags = kSymbolic};
}

constexpr Operator kTable[] = {
    Entry("Gather", 1, GatherShape, RunGather, QuantKind::kEmbedding),
    Entry("GatherElements", 11, GatherElementsShape, RunGatherElements, QuantKind::kPasses),
    Entry("GatherND", 11, GatherNDShape, RunGatherND, QuantKind::kPasses),
};

}  // namespace

absl::Span<const Operator> GatherOperators() { return kTable; }

}  // namespace pawl
