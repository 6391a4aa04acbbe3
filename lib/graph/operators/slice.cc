// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Slice, Concat, Split: parts of tensors, and tensors out of parts.

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "lib/graph/operators/broadcast.h"
#include "lib/graph/operators/strided_copy.h"

namespace pawl {
namespace {

// --- Slice ---

struct SliceDim {
  int64_t start = 0, step = 1, size = 0;
};

// A dimension's part [start, end) in steps, clamped to it as NumPy does.
SliceDim ClampSlice(int64_t dim, int64_t start, int64_t end, int64_t step) {
  const auto place = [&](int64_t i, int64_t lowest, int64_t highest) {
    if (i < 0) i = i < -dim ? -1 : i + dim;  // below the beginning
    return std::clamp(i, lowest, highest);
  };
  SliceDim s{0, step, 0};
  if (step > 0) {
    s.start = place(start, 0, dim);
    const int64_t last = place(end, 0, dim);
    s.size = last > s.start ? (last - s.start - 1) / step + 1 : 0;
  } else {
    s.start = place(start, -1, dim - 1);
    const int64_t last = place(end, -1, dim - 1);
    // -step would overflow for the least number.
    s.size = s.start > last ? (s.start - last - 1) / -std::max(step, -dim - 1) + 1 : 0;
    s.step = std::max(step, -dim - 1);
  }
  return s;
}

struct SliceInputs {
  std::vector<int64_t> starts, ends, axes, steps;
};

absl::Status CheckSlice(SliceInputs& s, int64_t rank) {
  const size_t n = s.starts.size();
  if (s.ends.size() != n || s.axes.size() != n || s.steps.size() != n) {
    return absl::InvalidArgumentError("starts, ends, axes and steps must be of equal length");
  }
  for (int64_t& axis : s.axes) {
    PAWL_ASSIGN_OR_RETURN(axis, NormalAxis(axis, rank));
  }
  for (const int64_t step : s.steps) {
    if (step == 0) return absl::InvalidArgumentError("has a step of 0");
  }
  PAWL_RETURN_IF_ERROR(NormalAxes(s.axes, rank).status());
  return absl::OkStatus();
}

std::vector<int64_t> FirstAxes(size_t count) {
  std::vector<int64_t> axes(count);
  for (size_t i = 0; i < count; ++i) axes[i] = static_cast<int64_t>(i);
  return axes;
}

// None where they are not known now.
absl::StatusOr<std::optional<SliceInputs>> ReadSlice(const ShapeContext& c) {
  SliceInputs s;
  if (c.node().opset < 10) {
    const auto starts = c.node().Ints("starts"), ends = c.node().Ints("ends");
    const auto axes = c.node().Ints("axes");
    s.starts.assign(starts.begin(), starts.end());
    s.ends.assign(ends.begin(), ends.end());
    s.axes.assign(axes.begin(), axes.end());
    if (!c.node().Has("axes")) s.axes = FirstAxes(s.starts.size());
  } else {
    const auto starts = c.Integers(1), ends = c.Integers(2);
    if (!starts.has_value() || !ends.has_value()) return std::nullopt;
    s.starts = *starts;
    s.ends = *ends;
    s.axes = FirstAxes(s.starts.size());
    if (c.Has(3)) {
      const auto axes = c.Integers(3);
      if (!axes.has_value()) return std::nullopt;
      s.axes = *axes;
    }
    if (c.Has(4)) {
      const auto steps = c.Integers(4);
      if (!steps.has_value()) return std::nullopt;
      s.steps = *steps;
    }
  }
  if (s.steps.empty()) s.steps.assign(s.starts.size(), 1);
  PAWL_RETURN_IF_ERROR(CheckSlice(s, c.rank(0)));
  return s;
}

absl::Status SliceShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(c.node().opset < 10 ? CheckInputs(c, 1, 1) : CheckInputs(c, 3, 5));
  PAWL_ASSIGN_OR_RETURN(const auto slice, ReadSlice(c));
  Dims dims = c.dims(0);
  if (!slice.has_value()) {
    c.Set(0, c.dtype(0), Dims(dims.size(), kUnknownDim));
    return absl::OkStatus();
  }
  for (size_t i = 0; i < slice->axes.size(); ++i) {
    int64_t& dim = dims[static_cast<size_t>(slice->axes[i])];
    const bool whole = slice->steps[i] == 1 && slice->starts[i] == 0 &&
                       slice->ends[i] >= std::numeric_limits<int32_t>::max();
    if (dim >= 0) {
      dim = ClampSlice(dim, slice->starts[i], slice->ends[i], slice->steps[i]).size;
    } else if (!whole) {
      dim = kUnknownDim;
    }
  }
  c.Set(0, c.dtype(0), std::move(dims));
  return absl::OkStatus();
}

absl::StatusOr<SliceInputs> SliceOf(const OpRun& run) {
  std::vector<ValueType> types(run.num_inputs());
  std::vector<const ValueType*> inputs(run.num_inputs(), nullptr);
  std::vector<const Tensor*> contents(run.num_inputs(), nullptr);
  for (size_t i = 0; i < run.num_inputs(); ++i) {
    if (!run.Has(i)) continue;
    types[i] = {run.input(i).dtype(), run.input(i).shape()};
    inputs[i] = &types[i];
    contents[i] = &run.input(i);
  }
  const Graph none;
  const ShapeContext c(none, run.node(), inputs, contents);
  PAWL_ASSIGN_OR_RETURN(const auto slice, ReadSlice(c));
  if (!slice.has_value()) return absl::InvalidArgumentError("its bounds must be i32 or i64");
  return *slice;
}

absl::Status RunSlice(OpRun& run) {
  const Tensor& in = run.input(0);
  PAWL_ASSIGN_OR_RETURN(const SliceInputs slice, SliceOf(run));
  std::vector<int64_t> strides = DenseStrides(in.shape());
  int64_t offset = 0;
  for (size_t i = 0; i < slice.axes.size(); ++i) {
    const auto axis = static_cast<size_t>(slice.axes[i]);
    const SliceDim s = ClampSlice(in.shape()[axis], slice.starts[i], slice.ends[i], slice.steps[i]);
    if (s.size > 0) offset += s.start * strides[axis];
    strides[axis] *= s.step;
  }
  return CopyView(run, in, offset, std::move(strides));
}

// --- Concat ---

absl::Status ConcatShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, c.num_inputs(), c.num_inputs()));
  if (c.num_inputs() == 0) return absl::InvalidArgumentError("has no inputs");
  if (!c.node().Has("axis")) return absl::InvalidArgumentError("lacks its attribute axis");
  PAWL_ASSIGN_OR_RETURN(const int64_t axis, NormalAxis(c.node().Int("axis", 0), c.rank(0)));
  Dims dims = c.dims(0);
  for (size_t i = 1; i < c.num_inputs(); ++i) {
    const Dims& other = c.dims(i);
    bool fits = c.dtype(i) == c.dtype(0) && other.size() == dims.size();
    for (size_t d = 0; fits && d < dims.size(); ++d) {
      if (static_cast<int64_t>(d) == axis) {
        dims[d] = DimSum(dims[d], other[d]);
      } else if (dims[d] < 0) {
        dims[d] = other[d] >= 0 || dims[d] == kUnknownDim ? other[d] : dims[d];
      } else {
        fits = other[d] < 0 || other[d] == dims[d];
      }
    }
    if (!fits) {
      return absl::InvalidArgumentError(
          absl::StrCat("cannot join ", DTypeName(c.dtype(0)), " ", ShapeString(c.dims(0)), " and ",
                       DTypeName(c.dtype(i)), " ", ShapeString(other), " along axis ", axis));
    }
  }
  c.Set(0, c.dtype(0), std::move(dims));
  return absl::OkStatus();
}

absl::Status RunConcat(OpRun& run) {
  Tensor& out = run.output(0);
  PAWL_ASSIGN_OR_RETURN(const int64_t axis, NormalAxis(run.node().Int("axis", 0), out.rank()));
  const std::vector<int64_t> strides = DenseStrides(out.shape());
  StridedSide dst{out.mutable_data(), 0, strides};
  for (size_t i = 0; i < run.num_inputs(); ++i) {
    const Tensor& in = run.input(i);
    const StridedSide src{const_cast<void*>(in.data()), 0, DenseStrides(in.shape())};
    PAWL_RETURN_IF_ERROR(StridedCopy(run, in.dtype(), in.shape(), src, dst));
    dst.offset += in.dim(static_cast<int>(axis)) * strides[static_cast<size_t>(axis)];
  }
  return absl::OkStatus();
}

// --- Split ---

// Sizes of the parts: given (an attribute before opset 13, then input 1), or equal ones, the last
// of which may be smaller from opset 18 on.
absl::StatusOr<std::optional<std::vector<int64_t>>> SplitSizes(const ShapeContext& c,
                                                               int64_t size) {
  const auto parts = static_cast<int64_t>(c.num_outputs());
  std::optional<std::vector<int64_t>> sizes;
  if (c.node().opset < 13 && c.node().Has("split")) {
    const auto given = c.node().Ints("split");
    sizes.emplace(given.begin(), given.end());
  } else if (c.node().opset >= 13 && c.Has(1)) {
    sizes = c.Integers(1);
    if (!sizes.has_value()) return std::nullopt;
  }
  if (sizes.has_value()) {
    const bool negative =
        std::any_of(sizes->begin(), sizes->end(), [](int64_t s) { return s < 0; });
    int64_t sum = 0;
    for (const int64_t s : *sizes) sum = DimSum(sum, s);
    if (static_cast<int64_t>(sizes->size()) != parts || negative || (size >= 0 && sum != size)) {
      return absl::InvalidArgumentError(
          absl::StrCat("cannot split ", size, " into ", parts, " parts of ", ShapeString(*sizes)));
    }
    return sizes;
  }
  if (size < 0 || parts == 0) return std::nullopt;
  const int64_t named = c.node().Int("num_outputs", parts);
  if (named != parts) {
    return absl::InvalidArgumentError(
        absl::StrCat("num_outputs is ", named, ", and it has ", parts, " outputs"));
  }
  const int64_t each = (size + parts - 1) / parts;
  if (c.node().opset < 18 && size % parts != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot split ", size, " into ", parts, " equal parts"));
  }
  sizes.emplace(static_cast<size_t>(parts), each);
  for (int64_t i = 0; i < parts; ++i) {
    (*sizes)[static_cast<size_t>(i)] = std::clamp<int64_t>(size - i * each, 0, each);
  }
  return sizes;
}

absl::Status SplitShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 1, 2));
  PAWL_ASSIGN_OR_RETURN(const int64_t axis, NormalAxis(c.node().Int("axis", 0), c.rank(0)));
  Dims dims = c.dims(0);
  int64_t& dim = dims[static_cast<size_t>(axis)];
  PAWL_ASSIGN_OR_RETURN(const auto sizes, SplitSizes(c, dim));
  for (size_t i = 0; i < c.num_outputs(); ++i) {
    dim = sizes.has_value() ? (*sizes)[i] : kUnknownDim;
    c.Set(i, c.dtype(0), dims);
  }
  return absl::OkStatus();
}

absl::Status RunSplit(OpRun& run) {
  const Tensor& in = run.input(0);
  PAWL_ASSIGN_OR_RETURN(const int64_t axis, NormalAxis(run.node().Int("axis", 0), in.rank()));
  const std::vector<int64_t> strides = DenseStrides(in.shape());
  std::vector<int64_t> sizes(run.num_outputs());
  if (run.node().opset >= 13 && run.Has(1)) {
    PAWL_ASSIGN_OR_RETURN(sizes, IntegersOf(run.input(1)));
  } else {
    const auto given = run.node().Ints("split");
    const int64_t size = in.dim(static_cast<int>(axis));
    const auto parts = static_cast<int64_t>(sizes.size());
    const int64_t each = (size + parts - 1) / parts;
    for (int64_t i = 0; i < parts; ++i) {
      const auto at = static_cast<size_t>(i);
      sizes[at] = at < given.size() && run.node().opset < 13
                      ? given[at]
                      : std::clamp<int64_t>(size - i * each, 0, each);
    }
  }
  int64_t offset = 0;
  for (size_t i = 0; i < run.num_outputs(); ++i) {
    if (run.Wants(i)) PAWL_RETURN_IF_ERROR(CopyView(run, in, offset, strides, i));
    offset += sizes[i] * strides[static_cast<size_t>(axis)];
  }
  return absl::OkStatus();
}

constexpr Operator Entry(absl::string_view name, int min_opset,
                         absl::Status (*shape)(ShapeContext&), absl::Status (*run)(OpRun&),
                         QuantKind kind = QuantKind::kPasses) {
  return {.name = name,
          .domain = "",
          .min_opset = min_opset,
          .shape = shape,
          .run = run,
          .quantize = kind,
          .flags = kSymbolic};
}

constexpr Operator kTable[] = {
    Entry("Slice", 1, SliceShape, RunSlice),
    Entry("Concat", 4, ConcatShape, RunConcat, QuantKind::kSameScale),
    Entry("Split", 2, SplitShape, RunSplit),
};

}  // namespace

absl::Span<const Operator> SliceOperators() { return kTable; }

}  // namespace pawl
