// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Unique: the different elements, or slices along an axis, in order or as they come first; where
// each comes first, which one each is, and how often each comes.

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "lib/graph/operators/element_types.h"

namespace pawl {
namespace {

absl::Status UniqueShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 1, 1));
  Dims dims = {kUnknownDim};
  if (c.node().Has("axis")) {
    PAWL_ASSIGN_OR_RETURN(const int64_t axis, NormalAxis(c.node().Int("axis", 0), c.rank(0)));
    dims = c.dims(0);
    dims[static_cast<size_t>(axis)] = kUnknownDim;
  }
  c.Set(0, c.dtype(0), std::move(dims));
  for (size_t i = 1; i < 4; ++i) c.Set(i, DType::kI64, {kUnknownDim});
  return absl::OkStatus();
}

// -1, 0, 1 for elements a and b of the tensor.
using Compare = int (*)(const void* data, int64_t a, int64_t b);

template <typename T>
int CompareElements(const void* data, int64_t a, int64_t b) {
  const auto x = Widen(static_cast<const T*>(data)[a]), y = Widen(static_cast<const T*>(data)[b]);
  if (x < y) return -1;
  if (y < x) return 1;
  if (x == y) return 0;
  // NaN comes last, each NaN by itself.
  const bool x_nan = x != x, y_nan = y != y;
  return x_nan == y_nan ? (a < b ? -1 : a > b ? 1 : 0) : x_nan ? 1 : -1;
}

// What is there once, by number in order: where it comes first, how often; and for each slice its
// number.
struct Distinct {
  std::vector<int64_t> first, counts, inverse;
};

absl::StatusOr<Distinct> FindDistinct(const Tensor& x, const AxisSplit& split) {
  Compare element = nullptr;
  PAWL_RETURN_IF_ERROR(ForType<kAllTypes>(0, x.dtype(), [&](auto zero) {
    element = CompareElements<decltype(zero)>;
    return absl::OkStatus();
  }));
  const auto compare = [&](int64_t a, int64_t b) {
    for (int64_t i = 0; i < split.outer * split.inner; ++i) {
      const int64_t base = i / split.inner * split.size * split.inner + i % split.inner;
      const int order = element(x.data(), base + a * split.inner, base + b * split.inner);
      if (order != 0) return order;
    }
    return 0;
  };
  std::vector<int64_t> order(static_cast<size_t>(split.size));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int64_t a, int64_t b) { return compare(a, b) < 0; });
  Distinct found;
  found.inverse.resize(order.size());
  for (size_t i = 0; i < order.size(); ++i) {
    if (i == 0 || compare(order[i - 1], order[i]) != 0) {
      found.first.push_back(order[i]);
      found.counts.push_back(0);
    }
    ++found.counts.back();
    found.inverse[static_cast<size_t>(order[i])] = static_cast<int64_t>(found.first.size()) - 1;
  }
  return found;
}

// The order of the results, as numbers in order: that, or of first appearance.
std::vector<int64_t> RankOf(const Distinct& found, bool sorted) {
  std::vector<int64_t> rank(found.first.size());
  std::iota(rank.begin(), rank.end(), 0);
  if (sorted) return rank;
  std::sort(rank.begin(), rank.end(), [&](int64_t a, int64_t b) {
    return found.first[static_cast<size_t>(a)] < found.first[static_cast<size_t>(b)];
  });
  return rank;
}

// Outputs 1 to 3: places of first appearance, of each slice among the results, counts.
absl::Status StoreIndices(OpRun& run, const Distinct& found, const std::vector<int64_t>& rank) {
  std::vector<int64_t> place(rank.size());  // by number in order: among the results
  for (size_t i = 0; i < rank.size(); ++i) {
    place[static_cast<size_t>(rank[i])] = static_cast<int64_t>(i);
  }
  const auto store = [&](size_t output, size_t size, auto value) -> absl::Status {
    if (!run.Wants(output)) return absl::OkStatus();
    PAWL_ASSIGN_OR_RETURN(Tensor * to,
                          run.Allocate(output, DType::kI64, {static_cast<int64_t>(size)}));
    for (size_t i = 0; i < size; ++i) MutableData<int64_t>(*to)[i] = value(i);
    return absl::OkStatus();
  };
  PAWL_RETURN_IF_ERROR(
      store(1, rank.size(), [&](size_t i) { return found.first[static_cast<size_t>(rank[i])]; }));
  PAWL_RETURN_IF_ERROR(store(2, found.inverse.size(), [&](size_t i) {
    return place[static_cast<size_t>(found.inverse[i])];
  }));
  return store(3, rank.size(),
               [&](size_t i) { return found.counts[static_cast<size_t>(rank[i])]; });
}

absl::Status RunUnique(OpRun& run) {
  const Tensor& x = run.input(0);
  AxisSplit split{1, x.num_elements(), 1};
  Dims dims = {0};
  size_t axis = 0;
  if (run.node().Has("axis")) {
    PAWL_ASSIGN_OR_RETURN(const int64_t named, NormalAxis(run.node().Int("axis", 0), x.rank()));
    axis = static_cast<size_t>(named);
    split = SplitAt(x.shape(), named);
    dims = x.shape();
  }
  PAWL_ASSIGN_OR_RETURN(const Distinct found, FindDistinct(x, split));
  const std::vector<int64_t> rank = RankOf(found, run.node().Int("sorted", 1) != 0);
  PAWL_RETURN_IF_ERROR(StoreIndices(run, found, rank));
  if (!run.Wants(0)) return absl::OkStatus();
  dims[axis] = static_cast<int64_t>(rank.size());
  PAWL_ASSIGN_OR_RETURN(Tensor * out, run.Allocate(0, x.dtype(), dims));
  return ForSize(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* to = MutableData<T>(*out);
    for (int64_t o = 0; o < split.outer; ++o) {
      for (const int64_t r : rank) {
        const int64_t at = found.first[static_cast<size_t>(r)];
        to = std::copy_n(Data<T>(x) + (o * split.size + at) * split.inner, split.inner, to);
      }
    }
    return absl::OkStatus();
  });
}

constexpr Operator kTable[] = {
    {.name = "Unique",
     .domain = "",
     .min_opset = 11,
     .shape = UniqueShape,
     .run = RunUnique,
     .quantize = QuantKind::kFloat,
     .flags = kSymbolic},
};

}  // namespace

absl::Span<const Operator> UniqueOperators() { return kTable; }

}  // namespace pawl
