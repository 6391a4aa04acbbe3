// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// ArgMax, ArgMin, TopK, NonZero, Compress, CumSum, CumProd.

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <numeric>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "lib/graph/operators/element_types.h"
#include "lib/graph/operators/index.h"

namespace pawl {
namespace {

// --- ArgMax, ArgMin ---

absl::Status ArgShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 1, 1));
  PAWL_ASSIGN_OR_RETURN(const int64_t axis, NormalAxis(c.node().Int("axis", 0), c.rank(0)));
  Dims dims = c.dims(0);
  if (dims[static_cast<size_t>(axis)] == 0) {
    return absl::InvalidArgumentError("the dimension to search is empty");
  }
  if (c.node().Int("keepdims", 1) != 0) {
    dims[static_cast<size_t>(axis)] = 1;
  } else {
    dims.erase(dims.begin() + axis);
  }
  c.Set(0, DType::kI64, std::move(dims));
  return absl::OkStatus();
}

template <bool kLargest>
absl::Status RunArg(OpRun& run) {
  const Tensor& in = run.input(0);
  PAWL_ASSIGN_OR_RETURN(const int64_t axis, NormalAxis(run.node().Int("axis", 0), in.rank()));
  const bool last = run.node().Int("select_last_index", 0) != 0;
  const AxisSplit split = SplitAt(in.shape(), axis);
  auto* out = MutableData<int64_t>(run.output(0));
  return ForType<kNumberTypes>(0, in.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* from = Data<T>(in);
    const int64_t step = std::max<int64_t>(1, (1 << 14) / split.size);
    return Ranges(run, split.outer * split.inner, step, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const T* x = from + i / split.inner * split.size * split.inner + i % split.inner;
        int64_t best = 0;
        auto value = Widen(x[0]);
        for (int64_t j = 1; j < split.size; ++j) {
          const auto v = Widen(x[j * split.inner]);
          const bool better = kLargest ? v > value : v < value;
          if (better || (last && v == value)) {
            best = j;
            value = v;
          }
        }
        out[i] = best;
      }
    });
  });
}

// --- TopK ---

absl::Status TopKShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 2, 2));
  PAWL_ASSIGN_OR_RETURN(const int64_t axis, NormalAxis(c.node().Int("axis", -1), c.rank(0)));
  Dims dims = c.dims(0);
  int64_t& dim = dims[static_cast<size_t>(axis)];
  const auto k = c.Integers(1);
  if (k.has_value()) {
    if (k->size() != 1 || (*k)[0] < 0 || (dim >= 0 && (*k)[0] > dim)) {
      return absl::InvalidArgumentError(
          absl::StrCat("k must be one number in [0, ", dim, "], is ", ShapeString(*k)));
    }
    dim = (*k)[0];
  } else {
    dim = kUnknownDim;
  }
  c.Set(0, c.dtype(0), dims);
  c.Set(1, DType::kI64, std::move(dims));
  return absl::OkStatus();
}

// What T is compared as: the same order with four types as with twelve, which is most of the code.
template <typename T>
using TopKKey =
    std::conditional_t<kIsFloating<T>, Wide<T>,
                       std::conditional_t<std::is_signed_v<Wide<T>>, int64_t, uint64_t>>;

// The elements as keys: in `room`, or where they are.
template <typename T>
const TopKKey<T>* KeysOf(const std::byte* from, int64_t step, absl::Span<TopKKey<T>> room) {
  const T* x = reinterpret_cast<const T*>(from);
  if constexpr (std::is_same_v<T, TopKKey<T>>) {
    if (step == 1) return x;
  }
  for (size_t i = 0; i < room.size(); ++i) {
    // NOLINTNEXTLINE(bugprone-signed-char-misuse): numbers
    room[i] = static_cast<TopKKey<T>>(Widen(x[static_cast<int64_t>(i) * step]));
  }
  return room.data();
}

// The indices of the first k, equal ones in the order of their indices.
template <typename Key>
void SortTopK(const Key* keys, bool largest, int64_t k, std::vector<int64_t>& order) {
  std::iota(order.begin(), order.end(), 0);
  std::partial_sort(order.begin(), order.begin() + k, order.end(), [&](int64_t a, int64_t b) {
    const Key va = keys[a], vb = keys[b];
    if (va != va || vb != vb) {  // NaN counts as largest, so that this is an order
      const bool na = va != va, nb = vb != vb;
      return na == nb ? a < b : na == largest;
    }
    if (va != vb) return largest ? va > vb : va < vb;
    return a < b;
  });
}

template <typename Key>
absl::Status TopKOf(OpRun& run, const AxisSplit& split, int64_t k,
                    const Key* (*keys_of)(const std::byte*, int64_t, absl::Span<Key>)) {
  const bool largest = run.node().Int("largest", 1) != 0;
  const auto size = static_cast<int64_t>(DTypeSize(run.input(0).dtype()));
  const auto* from = static_cast<const std::byte*>(run.input(0).data());
  std::byte* values =
      run.Wants(0) ? static_cast<std::byte*>(run.output(0).mutable_data()) : nullptr;
  int64_t* indices = run.Wants(1) ? MutableData<int64_t>(run.output(1)) : nullptr;
  std::vector<Key> room(static_cast<size_t>(split.size));
  std::vector<int64_t> order(room.size());
  for (int64_t i = 0; i < split.outer * split.inner; ++i) {
    const int64_t outer = i / split.inner, inner = i % split.inner;
    const std::byte* x = from + (outer * split.size * split.inner + inner) * size;
    SortTopK<Key>(keys_of(x, split.inner, absl::MakeSpan(room)), largest, k, order);
    for (int64_t j = 0; j < k; ++j) {
      const int64_t to = (outer * k + j) * split.inner + inner;
      const int64_t index = order[static_cast<size_t>(j)];
      if (values != nullptr) {
        std::memcpy(values + to * size, x + index * split.inner * size, static_cast<size_t>(size));
      }
      if (indices != nullptr) indices[to] = index;
    }
  }
  return absl::OkStatus();
}

absl::Status RunTopK(OpRun& run) {
  const Tensor& in = run.input(0);
  PAWL_ASSIGN_OR_RETURN(const int64_t axis, NormalAxis(run.node().Int("axis", -1), in.rank()));
  const AxisSplit split = SplitAt(in.shape(), axis);
  PAWL_ASSIGN_OR_RETURN(const std::vector<int64_t> wanted, IntegersOf(run.input(1)));
  return ForType<kNumberTypes>(0, in.dtype(), [&](auto zero) {
    using T = decltype(zero);
    return TopKOf<TopKKey<T>>(run, split, wanted[0], KeysOf<T>);
  });
}

// --- NonZero: indices as columns ---

absl::Status NonZeroShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 1, 1));
  c.SetType(0, DType::kI64);
  return absl::OkStatus();
}

absl::Status RunNonZero(OpRun& run) {
  const Tensor& in = run.input(0);
  std::vector<int64_t> found;
  PAWL_RETURN_IF_ERROR(ForType<kAllTypes>(0, in.dtype(), [&](auto zero) {
    const auto* from = Data<decltype(zero)>(in);
    for (int64_t i = 0; i < in.num_elements(); ++i) {
      if (Widen(from[i]) != 0) found.push_back(i);
    }
    return absl::OkStatus();
  }));
  const auto count = static_cast<int64_t>(found.size());
  const int64_t rank = in.rank();
  PAWL_ASSIGN_OR_RETURN(Tensor * out, run.Allocate(0, DType::kI64, {rank, count}));
  auto* to = MutableData<int64_t>(*out);
  for (int64_t i = 0; i < count; ++i) {
    int64_t rest = found[static_cast<size_t>(i)];
    for (int64_t d = rank; d-- > 0;) {
      const int64_t size = in.dim(static_cast<int>(d));
      to[d * count + i] = rest % size;
      rest /= size;
    }
  }
  return absl::OkStatus();
}

// --- Compress: the slices that a vector of bools picks ---

absl::Status CompressShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 2, 2));
  if (c.dtype(1) != DType::kBool || c.rank(1) != 1) {
    return absl::InvalidArgumentError("its condition must be a vector of bools");
  }
  if (!c.node().Has("axis")) {
    c.Set(0, c.dtype(0), {kUnknownDim});
    return absl::OkStatus();
  }
  PAWL_ASSIGN_OR_RETURN(const int64_t axis, NormalAxis(c.node().Int("axis", 0), c.rank(0)));
  Dims dims = c.dims(0);
  dims[static_cast<size_t>(axis)] = kUnknownDim;
  c.Set(0, c.dtype(0), std::move(dims));
  return absl::OkStatus();
}

absl::Status RunCompress(OpRun& run) {
  const Tensor& in = run.input(0);
  AxisSplit split{1, in.num_elements(), 1};
  Dims dims = {0};
  size_t axis = 0;
  if (run.node().Has("axis")) {
    PAWL_ASSIGN_OR_RETURN(const int64_t named, NormalAxis(run.node().Int("axis", 0), in.rank()));
    axis = static_cast<size_t>(named);
    split = SplitAt(in.shape(), named);
    dims = in.shape();
  }
  std::vector<int64_t> kept;
  const auto condition = run.input(1).as<uint8_t>();
  for (size_t i = 0; i < condition.size() && static_cast<int64_t>(i) < split.size; ++i) {
    if (condition[i] != 0) kept.push_back(static_cast<int64_t>(i));
  }
  dims[axis] = static_cast<int64_t>(kept.size());
  PAWL_ASSIGN_OR_RETURN(Tensor * out, run.Allocate(0, in.dtype(), dims));
  return ForSize(in.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* from = Data<T>(in);
    T* to = MutableData<T>(*out);
    for (int64_t o = 0; o < split.outer; ++o) {
      for (const int64_t i : kept) {
        to = std::copy_n(from + (o * split.size + i) * split.inner, split.inner, to);
      }
    }
    return absl::OkStatus();
  });
}

// --- CumSum, CumProd ---

absl::Status CumSumShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 2, 2));
  c.Set(0, c.dtype(0), c.dims(0));
  return absl::OkStatus();
}

template <bool kProduct>
absl::Status RunCumulate(OpRun& run) {
  const Tensor& in = run.input(0);
  PAWL_ASSIGN_OR_RETURN(const std::vector<int64_t> axes, IntegersOf(run.input(1)));
  if (axes.size() != 1) return absl::InvalidArgumentError("its axis must be a scalar");
  PAWL_ASSIGN_OR_RETURN(const int64_t axis, NormalAxis(axes[0], in.rank()));
  const bool exclusive = run.node().Int("exclusive", 0) != 0;
  const bool reverse = run.node().Int("reverse", 0) != 0;
  const AxisSplit split = SplitAt(in.shape(), axis);
  return ForType<kFloatTypes | kIntegerTypes>(0, in.dtype(), [&](auto zero) {
    using T = decltype(zero);
    using W = Wide<T>;
    // Integers wrap around in 64 bits and keep their low ones.
    using Sum = std::conditional_t<std::is_integral_v<W>, uint64_t, W>;
    const T* from = Data<T>(in);
    T* to = MutableData<T>(run.output(0));
    for (int64_t i = 0; i < split.outer * split.inner; ++i) {
      const int64_t base = i / split.inner * split.size * split.inner + i % split.inner;
      Sum sum = static_cast<Sum>(kProduct ? 1 : 0);
      for (int64_t j = 0; j < split.size; ++j) {
        const int64_t at = base + (reverse ? split.size - 1 - j : j) * split.inner;
        const Sum before = sum;
        const W wide = Widen(from[at]);
        Sum value{};
        if constexpr (std::is_integral_v<W>) {
          value = static_cast<Sum>(static_cast<int64_t>(wide));  // negative ones modulo 2^64
        } else {
          value = wide;
        }
        sum = kProduct ? sum * value : sum + value;
        to[at] = Narrow<T>(static_cast<W>(exclusive ? before : sum));
      }
    }
    return absl::OkStatus();
  });
}

constexpr Operator Entry(absl::string_view name, int min_opset,
                         absl::Status (*shape)(ShapeContext&), absl::Status (*run)(OpRun&),
                         QuantKind kind = QuantKind::kFloat) {
  return {.name = name,
          .domain = "",
          .min_opset = min_opset,
          .shape = shape,
          .run = run,
          .quantize = kind,
          .flags = kSymbolic};
}

constexpr Operator kTable[] = {
    Entry("ArgMax", 1, ArgShape, RunArg<true>),
    Entry("ArgMin", 1, ArgShape, RunArg<false>),
    Entry("TopK", 10, TopKShape, RunTopK),
    Entry("NonZero", 9, NonZeroShape, RunNonZero),
    Entry("Compress", 9, CompressShape, RunCompress, QuantKind::kPasses),
    Entry("CumSum", 11, CumSumShape, RunCumulate<false>),
    Entry("CumProd", 26, CumSumShape, RunCumulate<true>),
};

}  // namespace

absl::Span<const Operator> SelectOperators() { return kTable; }

}  // namespace pawl
