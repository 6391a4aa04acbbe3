// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// ScatterElements (Scatter before opset 11), ScatterND: copies of input 0 with some elements
// replaced or combined. Updates are applied in order, on one thread: indices may come twice.

#include <cstring>
#include <vector>

#include "lib/graph/operators/broadcast.h"
#include "lib/graph/operators/element_types.h"
#include "lib/graph/operators/index.h"

namespace pawl {
namespace {

enum class Reduction { kNone, kAdd, kMul, kMax, kMin };

absl::StatusOr<Reduction> ReductionOf(const Node& node) {
  const auto name = node.String("reduction", "none");
  if (name == "none") return Reduction::kNone;
  if (name == "add") return Reduction::kAdd;
  if (name == "mul") return Reduction::kMul;
  if (name == "max") return Reduction::kMax;
  if (name == "min") return Reduction::kMin;
  return absl::InvalidArgumentError(
      absl::StrCat("reduction is '", name, "'; known: none, add, mul, max, min"));
}

// Integers wrap around.
template <typename T>
T Combine(Reduction reduction, T old, T update) {
  using W = Wide<T>;
  const W a = Widen(old), b = Widen(update);
  if constexpr (std::is_integral_v<W>) {
    using U = std::common_type_t<std::make_unsigned_t<W>, uint32_t>;
    if (reduction == Reduction::kAdd) return static_cast<T>(static_cast<U>(a) + static_cast<U>(b));
    if (reduction == Reduction::kMul) return static_cast<T>(static_cast<U>(a) * static_cast<U>(b));
  } else {
    if (reduction == Reduction::kAdd) return Narrow<T>(a + b);
    if (reduction == Reduction::kMul) return Narrow<T>(a * b);
  }
  if (reduction == Reduction::kMax) return b > a ? update : old;
  if (reduction == Reduction::kMin) return b < a ? update : old;
  return update;
}

// Calls place(fn) where fn(target element, update element) applies one update.
template <typename Place>
absl::Status Apply(OpRun& run, const Place& place) {
  PAWL_ASSIGN_OR_RETURN(const Reduction reduction, ReductionOf(run.node()));
  PAWL_RETURN_IF_ERROR(CopyThrough(run));
  Tensor& out = run.output(0);
  if (reduction == Reduction::kNone) {
    return ForSize(out.dtype(), [&](auto zero) {
      using T = decltype(zero);
      T* to = MutableData<T>(out);
      const T* from = Data<T>(run.input(2));
      return place([&](int64_t at, int64_t update) { to[at] = from[update]; });
    });
  }
  return ForType<kNumberTypes>(0, out.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* to = MutableData<T>(out);
    const T* from = Data<T>(run.input(2));
    return place(
        [&](int64_t at, int64_t update) { to[at] = Combine(reduction, to[at], from[update]); });
  });
}

absl::Status SameTypes(const ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 3, 3));
  if (c.dtype(0) != c.dtype(2)) {
    return absl::InvalidArgumentError("data and updates must be of one type");
  }
  return absl::OkStatus();
}

absl::Status ScatterElementsShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(SameTypes(c));
  PAWL_ASSIGN_OR_RETURN(const int64_t axis, NormalAxis(c.node().Int("axis", 0), c.rank(0)));
  if (c.rank(1) != c.rank(0) || c.rank(2) != c.rank(0)) {
    return absl::InvalidArgumentError("data, indices and updates must have the same rank");
  }
  for (size_t d = 0; d < c.dims(0).size(); ++d) {
    const int64_t size = c.dims(0)[d], wanted = c.dims(1)[d], given = c.dims(2)[d];
    const bool outside = static_cast<int64_t>(d) != axis && size >= 0 && wanted > size;
    if (outside || (wanted >= 0 && given >= 0 && wanted != given)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "indices of shape ", ShapeString(c.dims(1)), " and updates of shape ",
          ShapeString(c.dims(2)), " do not fit data of shape ", ShapeString(c.dims(0))));
    }
  }
  c.Set(0, c.dtype(0), c.dims(0));
  return absl::OkStatus();
}

absl::Status RunScatterElements(OpRun& run) {
  const Tensor& in = run.input(0);
  PAWL_ASSIGN_OR_RETURN(const int64_t axis, NormalAxis(run.node().Int("axis", 0), in.rank()));
  PAWL_ASSIGN_OR_RETURN(const std::vector<int64_t> indices,
                        IndicesInto(run.input(1), in.dim(static_cast<int>(axis))));
  std::vector<int64_t> strides = DenseStrides(in.shape());
  const int64_t along = strides[static_cast<size_t>(axis)];
  strides[static_cast<size_t>(axis)] = 0;
  const StridedLoop<1> loop(run.input(1).shape(), {strides});
  const int64_t inner = loop.inner()[0];
  return Apply(run, [&](const auto& set) {
    loop.Walk(0, run.input(1).num_elements(),
              [&](const std::array<int64_t, 1>& at, int64_t i, int64_t n) {
                for (int64_t j = 0; j < n; ++j) {
                  set(at[0] + j * inner + indices[static_cast<size_t>(i + j)] * along, i + j);
                }
              });
    return absl::OkStatus();
  });
}

absl::Status ScatterNDShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(SameTypes(c));
  const Dims &data = c.dims(0), &indices = c.dims(1), &updates = c.dims(2);
  if (indices.empty()) return absl::InvalidArgumentError("its indices must have a dimension");
  const int64_t tuple = indices.back();
  if (tuple >= 0) {
    Dims want(indices.begin(), indices.end() - 1);
    if (tuple > c.rank(0)) {
      return absl::InvalidArgumentError(
          absl::StrCat("tuples of ", tuple, " indices do not fit data ", ShapeString(data)));
    }
    want.insert(want.end(), data.begin() + tuple, data.end());
    bool fits = want.size() == updates.size();
    for (size_t i = 0; fits && i < want.size(); ++i) {
      fits = want[i] < 0 || updates[i] < 0 || want[i] == updates[i];
    }
    if (!fits) {
      return absl::InvalidArgumentError(absl::StrCat(
          "updates must have the shape ", ShapeString(want), ", have ", ShapeString(updates)));
    }
  }
  c.Set(0, c.dtype(0), data);
  return absl::OkStatus();
}

absl::Status RunScatterND(OpRun& run) {
  const Tensor &in = run.input(0), &indices = run.input(1);
  const auto tuple = static_cast<size_t>(indices.shape().back());
  PAWL_ASSIGN_OR_RETURN(const std::vector<int64_t> values, IntegersOf(indices));
  const std::vector<int64_t> strides = DenseStrides(in.shape());
  const int64_t slice = tuple == 0 ? in.num_elements() : strides[tuple - 1];
  const int64_t tuples =
      DimProduct(absl::Span<const int64_t>(indices.shape()).first(indices.shape().size() - 1));
  std::vector<int64_t> offsets(static_cast<size_t>(tuples), 0);
  for (size_t i = 0; i < offsets.size(); ++i) {
    for (size_t j = 0; j < tuple; ++j) {
      const int64_t size = in.shape()[j], index = values[i * tuple + j];
      if (index < -size || index >= size) {
        return absl::InvalidArgumentError(
            absl::StrCat("index ", index, " is outside a dimension of ", size));
      }
      offsets[i] += (index < 0 ? index + size : index) * strides[j];
    }
  }
  return Apply(run, [&](const auto& set) {
    for (size_t i = 0; i < offsets.size(); ++i) {
      for (int64_t j = 0; j < slice; ++j) {
        set(offsets[i] + j, static_cast<int64_t>(i) * slice + j);
      }
    }
    return absl::OkStatus();
  });
}

constexpr Operator Entry(absl::string_view name, int min_opset, int max_opset,
                         absl::Status (*shape)(ShapeContext&), absl::Status (*run)(OpRun&)) {
  return {.name = name,
          .domain = "",
          .min_opset = min_opset,
          .max_opset = max_opset,
          .shape = shape,
          .run = run,
          .quantize = QuantKind::kFloat,
          .flags = kSymbolic};
}

constexpr Operator kTable[] = {
    Entry("Scatter", 9, 10, ScatterElementsShape, RunScatterElements),
    Entry("ScatterElements", 11, 0, ScatterElementsShape, RunScatterElements),
    Entry("ScatterND", 11, 0, ScatterNDShape, RunScatterND),
};

}  // namespace

absl::Span<const Operator> ScatterOperators() { return kTable; }

}  // namespace pawl
