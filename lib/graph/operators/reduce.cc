// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// ReduceSum, ReduceMean, ReduceMax, ReduceMin, ReduceProd, ReduceL1, ReduceL2, ReduceLogSum,
// ReduceLogSumExp, ReduceSumSquare. Elements enter in row-major order of the input; floats sum up
// in f64. Sums, means and sums of squares of f32 that lie side by side go in eight lanes
// (pool_box.h).

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "lib/graph/operators/broadcast.h"
#include "lib/graph/operators/element_types.h"
#include "lib/graph/operators/pool_box.h"

namespace pawl {
namespace {

// The axes to reduce over, sorted; none where they are not known now. An attribute first; input 1
// from opset 13 on for sums and 18 on for the rest.
absl::StatusOr<std::optional<std::vector<int64_t>>> AxesOf(
    const Node& node, int64_t rank, const std::optional<std::vector<int64_t>>& input) {
  const bool from_input = node.opset >= (node.op == "ReduceSum" ? 13 : 18);
  std::vector<int64_t> axes;
  if (from_input) {
    if (!input.has_value()) return std::nullopt;
    axes = *input;
  } else {
    const auto attribute = node.Ints("axes");
    axes.assign(attribute.begin(), attribute.end());
  }
  if (axes.empty() && !(from_input && node.Int("noop_with_empty_axes", 0) != 0)) {
    for (int64_t i = 0; i < rank; ++i) axes.push_back(i);
  }
  PAWL_ASSIGN_OR_RETURN(std::vector<int64_t> normal, NormalAxes(axes, rank));
  return normal;
}

absl::Status ReduceShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 1, 2));
  std::optional<std::vector<int64_t>> input = std::vector<int64_t>();
  if (c.Has(1)) input = c.Integers(1);
  PAWL_ASSIGN_OR_RETURN(const auto axes, AxesOf(c.node(), c.rank(0), input));
  const bool keep = c.node().Int("keepdims", 1) != 0;
  if (!axes.has_value()) {
    if (keep) {
      c.Set(0, c.dtype(0), Dims(c.dims(0).size(), kUnknownDim));
    } else {
      c.SetType(0, c.dtype(0));
    }
    return absl::OkStatus();
  }
  Dims dims;
  for (int64_t i = 0; i < c.rank(0); ++i) {
    if (!std::binary_search(axes->begin(), axes->end(), i)) {
      dims.push_back(c.dims(0)[static_cast<size_t>(i)]);
    } else if (keep) {
      dims.push_back(1);
    }
  }
  c.Set(0, c.dtype(0), std::move(dims));
  return absl::OkStatus();
}

// How elements become one: an accumulator A from `Start`, elements by Add, the result by Finish.
template <typename A>
struct SumUp {
  static constexpr auto kLanes = SumOf;
  static A Start() { return A{}; }
  static A Add(A sum, A x) { return sum + x; }
  static A Finish(A sum, int64_t) { return sum; }
};
template <typename A>
struct Average : SumUp<A> {
  static A Finish(A sum, int64_t n) { return sum / static_cast<A>(n); }
};
template <typename A>
struct Product {
  static A Start() { return A{1}; }
  static A Add(A product, A x) { return product * x; }
  static A Finish(A product, int64_t) { return product; }
};
template <typename A>
struct SumOfSquares : SumUp<A> {
  static constexpr auto kLanes = SumOfSquaresOf;
  static A Add(A sum, A x) { return sum + x * x; }
};
template <typename A>
struct SumOfMagnitudes : SumUp<A> {
  static constexpr void* kLanes = nullptr;
  static A Add(A sum, A x) { return sum + (x < 0 ? -x : x); }
};
template <typename A>
struct Norm : SumOfSquares<A> {
  static A Finish(A sum, int64_t) { return static_cast<A>(std::sqrt(static_cast<double>(sum))); }
};
template <typename A>
struct LogOfSum : SumUp<A> {
  static A Finish(A sum, int64_t) { return static_cast<A>(std::log(static_cast<double>(sum))); }
};
template <typename A>
struct Largest {
  static A Start() {
    if constexpr (std::is_floating_point_v<A>) return -std::numeric_limits<A>::infinity();
    return std::numeric_limits<A>::lowest();
  }
  static A Add(A best, A x) { return x > best || x != x ? x : best; }
  static A Finish(A best, int64_t) { return best; }
};
template <typename A>
struct Smallest {
  static A Start() {
    if constexpr (std::is_floating_point_v<A>) return std::numeric_limits<A>::infinity();
    return std::numeric_limits<A>::max();
  }
  static A Add(A best, A x) { return x < best || x != x ? x : best; }
  static A Finish(A best, int64_t) { return best; }
};

// Where the elements that become one lie, and where the results begin.
struct ReducePlan {
  StridedLoop<1> kept, gone;
  int64_t results = 1;
  int64_t count = 1;  // of elements that become one
};

absl::StatusOr<ReducePlan> PlanOf(const OpRun& run) {
  const Tensor& in = run.input(0);
  std::optional<std::vector<int64_t>> input = std::vector<int64_t>();
  if (run.Has(1)) {
    PAWL_ASSIGN_OR_RETURN(input, IntegersOf(run.input(1)));
  }
  PAWL_ASSIGN_OR_RETURN(const auto axes, AxesOf(run.node(), in.rank(), input));
  const std::vector<int64_t> strides = DenseStrides(in.shape());
  Dims dims[2];
  std::vector<int64_t> steps[2];
  int64_t count = 1;
  for (size_t i = 0; i < strides.size(); ++i) {
    const bool gone = std::binary_search(axes->begin(), axes->end(), static_cast<int64_t>(i));
    dims[gone ? 1 : 0].push_back(in.shape()[i]);
    steps[gone ? 1 : 0].push_back(strides[i]);
    if (gone) count *= in.shape()[i];
  }
  return ReducePlan{{dims[0], {steps[0]}}, {dims[1], {steps[1]}}, DimProduct(dims[0]), count};
}

// Calls fn(i, offset, n) for runs of the elements that stay, over the threads.
absl::Status ForResults(OpRun& run, const ReducePlan& plan,
                        absl::FunctionRef<void(int64_t i, int64_t offset, int64_t n)> fn) {
  const int64_t step = std::max<int64_t>(1, (1 << 14) / std::max<int64_t>(1, plan.count));
  return Ranges(run, plan.results, step, [&](int64_t begin, int64_t end) {
    plan.kept.Walk(begin, end, [&](const std::array<int64_t, 1>& at, int64_t i, int64_t n) {
      fn(i, at[0], n);
    });
  });
}

// The accumulator as an element; a float that an integer cannot hold is clamped.
template <typename T, typename A>
T FromSum(A sum) {
  using W = Wide<T>;
  if constexpr (std::is_integral_v<W> && std::is_floating_point_v<A>) {
    if (!(sum > static_cast<A>(std::numeric_limits<W>::lowest()))) {
      return std::numeric_limits<W>::lowest();
    }
    if (sum >= static_cast<A>(std::numeric_limits<W>::max())) return std::numeric_limits<W>::max();
  }
  return Narrow<T>(static_cast<W>(sum));
}

template <typename Op>
constexpr bool kHasLanes = requires {
  Op::kLanes(nullptr, int64_t{0});
};

// Results that lie evenly. What becomes each is runs of `length` elements that begin at `runs`.
struct ReduceRange {
  const std::byte* from;
  std::byte* to;
  int64_t results, result_step;
  absl::Span<const int64_t> runs;
  int64_t length, step;
  int64_t count;  // of elements that become one
};
using ReduceFn = void (*)(const ReduceRange& range);

// All that is compiled for each type and operator: a hundred times.
template <typename T, typename A, template <typename> class Op>
void ReduceTyped(const ReduceRange& range) {
  const ReduceRange r = range;
  const T* from = reinterpret_cast<const T*>(r.from);
  T* to = reinterpret_cast<T*>(r.to);
  if constexpr (std::is_same_v<T, float> && std::is_same_v<A, double> && kHasLanes<Op<A>>) {
    if (r.runs.size() == 1 && r.step == 1) {
      for (int64_t i = 0; i < r.results; ++i) {
        const A sum = Op<A>::kLanes(from + i * r.result_step, r.count);
        to[i] = FromSum<T>(Op<A>::Finish(sum, r.count));
      }
      return;
    }
  }
  for (int64_t i = 0; i < r.results; ++i) {
    A sum = Op<A>::Start();
    for (const int64_t begin : r.runs) {
      const T* x = from + i * r.result_step + begin;
      for (int64_t k = 0; k < r.length; ++k) {
        sum = Op<A>::Add(sum, static_cast<A>(Widen(x[k * r.step])));
      }
    }
    to[i] = FromSum<T>(Op<A>::Finish(sum, r.count));
  }
}

absl::Status Reduce(OpRun& run, const ReducePlan& plan, ReduceFn reduce) {
  const auto* from = static_cast<const std::byte*>(run.input(0).data());
  auto* to = static_cast<std::byte*>(run.output(0).mutable_data());
  const auto size = static_cast<int64_t>(DTypeSize(run.input(0).dtype()));
  const int64_t length = plan.count == 0 ? 0 : plan.gone.dims().back();
  std::vector<int64_t> runs = {0};
  if (!plan.gone.is_run() && plan.count != 0) {
    runs.clear();
    plan.gone.Walk(0, plan.count, [&](const std::array<int64_t, 1>& at, int64_t, int64_t) {
      runs.push_back(at[0]);
    });
  }
  return ForResults(run, plan, [&](int64_t i, int64_t offset, int64_t n) {
    reduce({from + offset * size, to + i * size, n, plan.kept.inner()[0], runs, length,
            plan.gone.inner()[0], plan.count});
  });
}

// Floats in f64, integers as kModular says: modulo 2^64, which keeps the low bits right, or as they
// are, to be compared.
template <template <typename> class Op, bool kModular, uint32_t kTypes = kNumberTypes>
absl::Status RunReduce(OpRun& run) {
  PAWL_ASSIGN_OR_RETURN(const ReducePlan plan, PlanOf(run));
  ReduceFn reduce = nullptr;
  PAWL_RETURN_IF_ERROR(ForType<kTypes>(0, run.input(0).dtype(), [&](auto zero) {
    using T = decltype(zero);
    if constexpr (kIsFloating<T>) {
      reduce = ReduceTyped<T, double, Op>;
    } else {
      reduce = ReduceTyped<T, std::conditional_t<kModular, uint64_t, T>, Op>;
    }
    return absl::OkStatus();
  }));
  return Reduce(run, plan, reduce);
}

template <template <typename> class Op>
absl::Status RunReduceFloat(OpRun& run) {
  PAWL_ASSIGN_OR_RETURN(const ReducePlan plan, PlanOf(run));
  ReduceFn reduce = nullptr;
  PAWL_RETURN_IF_ERROR(ForType<kNumberTypes>(0, run.input(0).dtype(), [&](auto zero) {
    reduce = ReduceTyped<decltype(zero), double, Op>;
    return absl::OkStatus();
  }));
  return Reduce(run, plan, reduce);
}

// The maximum comes off before exp, so that nothing overflows.
absl::Status RunReduceLogSumExp(OpRun& run) {
  PAWL_ASSIGN_OR_RETURN(const ReducePlan plan, PlanOf(run));
  return ForType<kFloatTypes>(0, run.input(0).dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* from = Data<T>(run.input(0));
    T* to = MutableData<T>(run.output(0));
    const int64_t inner = plan.gone.inner()[0];
    const auto result = [&](int64_t i, int64_t offset) {
      double most = -std::numeric_limits<double>::infinity(), sum = 0;
      const auto visit = [&](const auto& see) {
        plan.gone.Walk(0, plan.count, [&](const std::array<int64_t, 1>& at, int64_t, int64_t n) {
          const T* x = from + offset + at[0];
          for (int64_t k = 0; k < n; ++k) see(static_cast<double>(Widen(x[k * inner])));
        });
      };
      visit([&](double x) { most = x > most || x != x ? x : most; });
      const double shift = std::isinf(most) ? 0.0 : most;
      visit([&](double x) { sum += std::exp(x - shift); });
      to[i] = Narrow<T>(static_cast<Wide<T>>(std::log(sum) + shift));
    };
    return ForResults(run, plan, [&](int64_t i, int64_t offset, int64_t n) {
      for (int64_t j = 0; j < n; ++j) result(i + j, offset + j * plan.kept.inner()[0]);
    });
  });
}

absl::Status RunReduceMax(OpRun& run) { return RunReduce<Largest, false, kAllTypes>(run); }
absl::Status RunReduceMin(OpRun& run) { return RunReduce<Smallest, false, kAllTypes>(run); }

constexpr Operator Entry(absl::string_view name, absl::Status (*run)(OpRun&),
                         QuantKind kind = QuantKind::kFloat) {
  return {.name = name,
          .domain = "",
          .min_opset = 1,
          .shape = ReduceShape,
          .run = run,
          .quantize = kind,
          .flags = kSymbolic};
}

constexpr Operator kTable[] = {
    Entry("ReduceSum", RunReduce<SumUp, true>),
    Entry("ReduceMean", RunReduceFloat<Average>, QuantKind::kPooling),
    Entry("ReduceProd", RunReduce<Product, true>),
    Entry("ReduceMax", RunReduceMax, QuantKind::kPooling),
    Entry("ReduceMin", RunReduceMin),
    Entry("ReduceL1", RunReduceFloat<SumOfMagnitudes>),
    Entry("ReduceL2", RunReduceFloat<Norm>),
    Entry("ReduceSumSquare", RunReduce<SumOfSquares, true>),
    Entry("ReduceLogSum", RunReduceFloat<LogOfSum>),
    Entry("ReduceLogSumExp", RunReduceLogSumExp),
};

}  // namespace

absl::Span<const Operator> ReduceOperators() { return kTable; }

}  // namespace pawl
