// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// ConstantOfShape, Range, EyeLike, OneHot, Trilu.

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

#include "lib/graph/operators/element_types.h"

namespace pawl {
namespace {

// --- ConstantOfShape ---

DType FillType(const Node& node) {
  const Attribute* value = node.Find("value");
  return value != nullptr && value->kind == AttributeKind::kTensor ? value->tensors[0].dtype()
                                                                   : DType::kF32;
}

absl::Status ConstantOfShapeShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 1, 1));
  const DType dtype = FillType(c.node());
  const auto dims = c.Integers(0);
  if (dims.has_value()) {
    PAWL_RETURN_IF_ERROR(CheckedNumElements(*dims, DTypeSize(dtype)).status());
    c.Set(0, dtype, *dims);
  } else if (c.rank(0) == 1 && c.dims(0)[0] >= 0 && c.dims(0)[0] <= 64) {
    c.Set(0, dtype, Dims(static_cast<size_t>(c.dims(0)[0]), kUnknownDim));
  } else {
    c.SetType(0, dtype);
  }
  return absl::OkStatus();
}

absl::Status RunConstantOfShape(OpRun& run) {
  Tensor& out = run.output(0);
  const Attribute* value = run.node().Find("value");
  if (value != nullptr && value->tensors[0].num_elements() != 1) {
    return absl::InvalidArgumentError("its value must have one element");
  }
  return ForSize(out.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T element = value == nullptr ? T{0} : Data<T>(value->tensors[0])[0];
    std::fill_n(MutableData<T>(out), out.num_elements(), element);
    return absl::OkStatus();
  });
}

// --- Range ---

template <typename T>
absl::StatusOr<int64_t> RangeCount(const Tensor& start, const Tensor& limit, const Tensor& delta) {
  const auto from = Widen(Data<T>(start)[0]), to = Widen(Data<T>(limit)[0]),
             step = Widen(Data<T>(delta)[0]);
  if (step == 0) return absl::InvalidArgumentError("delta is 0");
  const long double count =
      std::ceil((static_cast<long double>(to) - static_cast<long double>(from)) /
                static_cast<long double>(step));
  constexpr long double kMost = 1ll << 48;
  if (!(count < kMost)) {
    return absl::InvalidArgumentError("has too many elements");
  }
  return std::max<int64_t>(0, static_cast<int64_t>(count));
}

constexpr uint32_t kRangeTypes = kFloatTypes | kSignedTypes;

absl::Status RangeShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 3, 3));
  for (size_t i = 0; i < 3; ++i) {
    const int64_t elements = DimProduct(c.dims(i));
    if (c.dtype(i) != c.dtype(0) || (elements >= 0 && elements != 1)) {
      return absl::InvalidArgumentError("start, limit and delta must be scalars of one type");
    }
  }
  const Tensor *start = c.Contents(0), *limit = c.Contents(1), *delta = c.Contents(2);
  if (start == nullptr || limit == nullptr || delta == nullptr) {
    c.Set(0, c.dtype(0), {kUnknownDim});
    return absl::OkStatus();
  }
  return ForType<kRangeTypes>(0, c.dtype(0), [&](auto zero) -> absl::Status {
    PAWL_ASSIGN_OR_RETURN(const int64_t count, RangeCount<decltype(zero)>(*start, *limit, *delta));
    c.Set(0, c.dtype(0), {count});
    return absl::OkStatus();
  });
}

absl::Status RunRange(OpRun& run) {
  Tensor& out = run.output(0);
  return ForType<kRangeTypes>(0, out.dtype(), [&](auto zero) {
    using T = decltype(zero);
    using W = Wide<T>;
    const W start = Widen(Data<T>(run.input(0))[0]), delta = Widen(Data<T>(run.input(2))[0]);
    T* to = MutableData<T>(out);
    for (int64_t i = 0; i < out.num_elements(); ++i) {
      if constexpr (std::is_integral_v<W>) {
        to[i] = static_cast<T>(static_cast<uint64_t>(start) +
                               static_cast<uint64_t>(i) * static_cast<uint64_t>(delta));
      } else {
        to[i] = Narrow<T>(start + static_cast<W>(i) * delta);
      }
    }
    return absl::OkStatus();
  });
}

// --- EyeLike ---

// TensorProto.DataType's numbers for the types that an identity matrix may be asked for in.
DType EyeType(const ShapeContext& c) {
  switch (c.node().Int("dtype", 0)) {
    case 1:
      return DType::kF32;
    case 6:
      return DType::kI32;
    case 7:
      return DType::kI64;
    case 10:
      return DType::kF16;
    case 11:
      return DType::kF64;
    default:
      return c.dtype(0);
  }
}

absl::Status EyeLikeShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 1, 1));
  if (c.rank(0) != 2) return absl::InvalidArgumentError("needs a matrix");
  c.Set(0, EyeType(c), c.dims(0));
  return absl::OkStatus();
}

absl::Status RunEyeLike(OpRun& run) {
  Tensor& out = run.output(0);
  const int64_t rows = out.dim(0), cols = out.dim(1), shift = run.node().Int("k", 0);
  return ForType<kNumberTypes>(0, out.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* to = MutableData<T>(out);
    std::memset(static_cast<void*>(to), 0, out.size_bytes());
    if (shift <= -rows || shift >= cols) return absl::OkStatus();
    for (int64_t r = std::max<int64_t>(0, -shift); r < rows && r + shift < cols; ++r) {
      to[r * cols + r + shift] = Narrow<T>(static_cast<Wide<T>>(1));
    }
    return absl::OkStatus();
  });
}

// --- OneHot: input 2 is [off, on] ---

absl::Status OneHotShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 3, 3));
  PAWL_ASSIGN_OR_RETURN(const int64_t axis, NormalAxis(c.node().Int("axis", -1), c.rank(0) + 1));
  int64_t depth = kUnknownDim;
  if (const Tensor* contents = c.Contents(1); contents != nullptr) {
    if (contents->num_elements() != 1) return absl::InvalidArgumentError("depth must be a scalar");
    PAWL_RETURN_IF_ERROR(ForType<kNumberTypes>(1, contents->dtype(), [&](auto zero) {
      const auto value = static_cast<double>(Widen(Data<decltype(zero)>(*contents)[0]));
      depth = value >= 0 && value < 0x1p48 ? static_cast<int64_t>(value) : -1;
      return absl::OkStatus();
    }));
    if (depth < 0) return absl::InvalidArgumentError("depth is negative, or too large");
  }
  Dims dims = c.dims(0);
  dims.insert(dims.begin() + axis, depth);
  c.Set(0, c.dtype(2), std::move(dims));
  return absl::OkStatus();
}

absl::Status RunOneHot(OpRun& run) {
  const Tensor& indices = run.input(0);
  Tensor& out = run.output(0);
  PAWL_ASSIGN_OR_RETURN(const int64_t axis,
                        NormalAxis(run.node().Int("axis", -1), indices.rank() + 1));
  const AxisSplit split = SplitAt(out.shape(), axis);
  if (run.input(2).num_elements() != 2) {
    return absl::InvalidArgumentError("its values must be two, for off and on");
  }
  return ForSize(out.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* values = Data<T>(run.input(2));
    T* to = MutableData<T>(out);
    std::fill_n(to, out.num_elements(), values[0]);
    return ForType<kNumberTypes>(0, indices.dtype(), [&](auto index_zero) {
      const auto* from = Data<decltype(index_zero)>(indices);
      for (int64_t i = 0; i < split.outer * split.inner; ++i) {
        // As f64, which has every index there can be, for the type may be any.
        const auto value = static_cast<double>(Widen(from[i]));
        const auto size = static_cast<double>(split.size);
        if (!(value >= -size && value < size)) continue;  // all off
        auto index = static_cast<int64_t>(value);
        if (index < 0) index += split.size;
        to[(i / split.inner * split.size + index) * split.inner + i % split.inner] = values[1];
      }
      return absl::OkStatus();
    });
  });
}

// --- Trilu: the upper or lower triangle of matrices ---

absl::Status TriluShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 1, 2));
  if (c.rank(0) < 2) return absl::InvalidArgumentError("needs matrices");
  c.Set(0, c.dtype(0), c.dims(0));
  return absl::OkStatus();
}

absl::Status RunTrilu(OpRun& run) {
  const Tensor& in = run.input(0);
  Tensor& out = run.output(0);
  const bool upper = run.node().Int("upper", 1) != 0;
  int64_t shift = 0;
  if (run.Has(1)) {
    PAWL_ASSIGN_OR_RETURN(const std::vector<int64_t> k, IntegersOf(run.input(1)));
    if (k.size() != 1) return absl::InvalidArgumentError("its k must be a scalar");
    shift = k[0];
  }
  const int64_t rows = in.dim(in.rank() - 2), cols = in.dim(in.rank() - 1);
  return ForSize(in.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* from = Data<T>(in);
    T* to = MutableData<T>(out);
    for (int64_t i = 0; i < in.num_elements(); i += cols) {
      const int64_t row = i / cols % rows;
      // Column c of the diagonal: row + shift.
      const int64_t edge = shift > cols    ? cols
                           : shift < -rows ? 0
                                           : std::clamp<int64_t>(row + shift + !upper, 0, cols);
      for (int64_t c = 0; c < cols; ++c) {
        to[i + c] = (c >= edge) == upper ? from[i + c] : T{0};
      }
    }
    return absl::OkStatus();
  });
}

constexpr Operator Entry(absl::string_view name, int min_opset,
                         absl::Status (*shape)(ShapeContext&), absl::Status (*run)(OpRun&),
                         uint32_t flags = kSymbolic) {
  return {.name = name,
          .domain = "",
          .min_opset = min_opset,
          .shape = shape,
          .run = run,
          .quantize = QuantKind::kFloat,
          .flags = flags};
}

constexpr Operator kTable[] = {
    Entry("ConstantOfShape", 9, ConstantOfShapeShape, RunConstantOfShape),
    Entry("Range", 11, RangeShape, RunRange),
    Entry("EyeLike", 9, EyeLikeShape, RunEyeLike),
    Entry("OneHot", 9, OneHotShape, RunOneHot),
    Entry("Trilu", 14, TriluShape, RunTrilu),
};

}  // namespace

absl::Span<const Operator> GenerateOperators() { return kTable; }

}  // namespace pawl
