// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// ONNX Runtime's element-wise operators on 8-bit codes (com.microsoft): QLinearAdd, QLinearMul,
// QLinearSigmoid, QLinearLeakyRelu, QLinearConcat, QLinearSoftmax. Values are dequantized, computed
// with in f32 and quantized again, by tables of all codes.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

#include "lib/graph/operators/binary.h"
#include "lib/graph/operators/element_types.h"
#include "lib/graph/operators/quantized_params.h"
#include "lib/graph/own_operators.h"

namespace pawl {
namespace {

bool IsCode(DType dtype) { return dtype == DType::kU8 || dtype == DType::kI8; }

absl::Status CheckCode(const ShapeContext& c, size_t input) {
  return IsCode(c.dtype(input)) ? absl::OkStatus() : TypeError(input, c.dtype(input), "u8, i8");
}

struct Scale {
  float scale = 1.0f;
  int32_t zero = 0;
  CodeRange range = {};

  float Value(int32_t code) const { return static_cast<float>(code - zero) * scale; }
  int32_t Code(float value) const {
    const float rounded = std::nearbyint(std::clamp(value / scale, -1e6f, 1e6f));
    return rounded != rounded
               ? std::clamp(zero, range.lo, range.hi)
               : std::clamp(static_cast<int32_t>(rounded) + zero, range.lo, range.hi);
  }
};

absl::StatusOr<Scale> ScaleOf(const OpRun& run, size_t scale, size_t zero, DType dtype) {
  if (run.input(scale).dtype() != DType::kF32 || run.input(scale).num_elements() != 1) {
    return absl::InvalidArgumentError(absl::StrCat("input ", scale, " must be one f32 scale"));
  }
  Scale result{.scale = Data<float>(run.input(scale))[0]};
  PAWL_ASSIGN_OR_RETURN(result.range, CodeRangeOf(dtype, 0));
  if (!run.Has(zero)) return result;
  PAWL_ASSIGN_OR_RETURN(const std::vector<int32_t> zeros, ZeroPointsOf(run.input(zero)));
  if (zeros.size() != 1) {
    return absl::InvalidArgumentError(absl::StrCat("input ", zero, " must be one zero point"));
  }
  result.zero = zeros[0];
  return result;
}

// A code's bits as a number.
int32_t Number(uint8_t bits, DType dtype) {
  return dtype == DType::kI8 ? static_cast<int8_t>(bits) : bits;
}

using Table = std::array<float, 256>;
Table ValuesOf(const Scale& scale, DType dtype) {
  Table values;
  for (int i = 0; i < 256; ++i) {
    values[static_cast<size_t>(i)] = scale.Value(Number(static_cast<uint8_t>(i), dtype));
  }
  return values;
}

// --- QLinearAdd, QLinearMul: a, its scale and zero point, b, the same, the result's ---

absl::Status BinaryShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 2, 8));
  for (const size_t i : {1, 3, 4, 6}) {
    if (!c.Has(i)) return absl::InvalidArgumentError(absl::StrCat("input ", i, " is missing"));
  }
  PAWL_RETURN_IF_ERROR(CheckCode(c, 0));
  PAWL_RETURN_IF_ERROR(CheckCode(c, 3));
  PAWL_ASSIGN_OR_RETURN(Dims dims, Broadcast(c.dims(0), c.dims(3)));
  c.Set(0, c.Has(7) ? c.dtype(7) : c.dtype(0), std::move(dims));
  return absl::OkStatus();
}

template <typename Fn>
absl::Status RunCodes(OpRun& run, const Fn& fn) {
  const DType a_type = run.input(0).dtype(), b_type = run.input(3).dtype();
  PAWL_ASSIGN_OR_RETURN(const Scale a, ScaleOf(run, 1, 2, a_type));
  PAWL_ASSIGN_OR_RETURN(const Scale b, ScaleOf(run, 4, 5, b_type));
  PAWL_ASSIGN_OR_RETURN(const Scale y, ScaleOf(run, 6, 7, run.output(0).dtype()));
  const Table a_values = ValuesOf(a, a_type), b_values = ValuesOf(b, b_type);
  return BroadcastBinary<uint8_t, uint8_t, uint8_t>(
      run, run.input(0), run.input(3), [&](uint8_t x, uint8_t w) {
        return static_cast<uint8_t>(y.Code(fn(a_values[x], b_values[w])));
      });
}

absl::Status RunAdd(OpRun& run) {
  return RunCodes(run, [](float a, float b) { return a + b; });
}
absl::Status RunMul(OpRun& run) {
  return RunCodes(run, [](float a, float b) { return a * b; });
}

// --- one input: x, its scale and zero point, the result's ---

absl::Status UnaryShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 2, 5));
  if (!c.Has(3)) return absl::InvalidArgumentError("input 3 is missing");
  PAWL_RETURN_IF_ERROR(CheckCode(c, 0));
  c.Set(0, c.Has(4) ? c.dtype(4) : c.dtype(0), c.dims(0));
  return absl::OkStatus();
}

template <typename Fn>
absl::Status RunTable(OpRun& run, const Fn& fn) {
  const DType dtype = run.input(0).dtype();
  PAWL_ASSIGN_OR_RETURN(const Scale x, ScaleOf(run, 1, 2, dtype));
  PAWL_ASSIGN_OR_RETURN(const Scale y, ScaleOf(run, 3, 4, run.output(0).dtype()));
  const Table values = ValuesOf(x, dtype);
  std::array<uint8_t, 256> table;
  for (size_t i = 0; i < 256; ++i) table[i] = static_cast<uint8_t>(y.Code(fn(values[i])));
  const auto* from = Data<uint8_t>(run.input(0));
  auto* to = MutableData<uint8_t>(run.output(0));
  return Ranges(run, run.input(0).num_elements(), 1 << 15, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) to[i] = table[from[i]];
  });
}

absl::Status RunSigmoid(OpRun& run) {
  return RunTable(run, [](float v) {
    return static_cast<float>(1.0 / (1.0 + std::exp(-static_cast<double>(v))));
  });
}
absl::Status RunLeakyRelu(OpRun& run) {
  const float alpha = run.node().Float("alpha", 0.01f);
  return RunTable(run, [alpha](float v) { return v < 0 ? alpha * v : v; });
}

// --- QLinearConcat: the result's scale and zero point, then three inputs for each part ---

absl::Status ConcatShape(ShapeContext& c) {
  if (c.num_inputs() < 5 || (c.num_inputs() - 2) % 3 != 0) {
    return absl::InvalidArgumentError("takes a scale and a zero point, then triples of inputs");
  }
  PAWL_RETURN_IF_ERROR(CheckInputs(c, c.num_inputs(), c.num_inputs()));
  Dims dims = c.dims(2);
  PAWL_ASSIGN_OR_RETURN(const int64_t axis, NormalAxis(c.node().Int("axis", 0), c.rank(2)));
  const auto along = static_cast<size_t>(axis);
  dims[along] = 0;
  for (size_t i = 2; i < c.num_inputs(); i += 3) {
    PAWL_RETURN_IF_ERROR(CheckCode(c, i));
    if (c.dims(i).size() != dims.size()) {
      return absl::InvalidArgumentError("its parts must have one rank");
    }
    dims[along] = DimSum(dims[along], c.dims(i)[along]);
  }
  c.Set(0, c.dtype(1), std::move(dims));
  return absl::OkStatus();
}

absl::Status RunConcat(OpRun& run) {
  Tensor& out = run.output(0);
  PAWL_ASSIGN_OR_RETURN(const int64_t axis, NormalAxis(run.node().Int("axis", 0), out.rank()));
  PAWL_ASSIGN_OR_RETURN(const Scale y, ScaleOf(run, 0, 1, out.dtype()));
  const AxisSplit all = SplitAt(out.shape(), axis);
  auto* to = MutableData<uint8_t>(out);
  for (size_t i = 2; i < run.num_inputs(); i += 3) {
    const Tensor& part = run.input(i);
    PAWL_ASSIGN_OR_RETURN(const Scale x, ScaleOf(run, i + 1, i + 2, part.dtype()));
    const Table values = ValuesOf(x, part.dtype());
    std::array<uint8_t, 256> table;
    for (size_t j = 0; j < 256; ++j) table[j] = static_cast<uint8_t>(y.Code(values[j]));
    const AxisSplit own = SplitAt(part.shape(), axis);
    const int64_t run_length = own.size * own.inner;
    const auto* from = Data<uint8_t>(part);
    for (int64_t o = 0; o < own.outer; ++o) {
      for (int64_t j = 0; j < run_length; ++j) {
        to[o * all.size * all.inner + j] = table[from[o * run_length + j]];
      }
    }
    to += run_length;
  }
  return absl::OkStatus();
}

// --- QLinearSoftmax: exponentials by a table of distances to the largest code ---

absl::Status RunSoftmax(OpRun& run) {
  const Tensor& in = run.input(0);
  const DType dtype = in.dtype();
  PAWL_ASSIGN_OR_RETURN(const Scale x, ScaleOf(run, 1, 2, dtype));
  PAWL_ASSIGN_OR_RETURN(const Scale y, ScaleOf(run, 3, 4, run.output(0).dtype()));
  const bool old = run.node().Int("opset", 13) < 13;  // all from the axis on is one
  PAWL_ASSIGN_OR_RETURN(const int64_t axis,
                        NormalAxis(run.node().Int("axis", old ? 1 : -1), in.rank()));
  AxisSplit split = SplitAt(in.shape(), axis);
  if (old) split = {split.outer, split.size * split.inner, 1};
  Table powers;
  for (size_t i = 0; i < 256; ++i) {
    powers[i] =
        static_cast<float>(std::exp(-static_cast<double>(i) * static_cast<double>(x.scale)));
  }
  const auto flip = static_cast<uint8_t>(dtype == DType::kI8 ? 128 : 0);  // order as u8
  const auto* from = Data<uint8_t>(in);
  auto* to = MutableData<uint8_t>(run.output(0));
  return Ranges(run, split.outer * split.inner, 16, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const int64_t first = r / split.inner * split.size * split.inner + r % split.inner;
      const auto at = [&](int64_t i) { return first + i * split.inner; };
      int largest = 0;
      for (int64_t i = 0; i < split.size; ++i) largest = std::max<int>(largest, from[at(i)] ^ flip);
      double sum = 0.0;
      const auto power = [&](int64_t i) {
        return powers[static_cast<size_t>(largest - (from[at(i)] ^ flip))];
      };
      for (int64_t i = 0; i < split.size; ++i) sum += static_cast<double>(power(i));
      const auto inverse = static_cast<float>(1.0 / sum);
      for (int64_t i = 0; i < split.size; ++i) {
        to[at(i)] = static_cast<uint8_t>(y.Code(power(i) * inverse));
      }
    }
  });
}

constexpr Operator Entry(absl::string_view name, absl::Status (*shape)(ShapeContext&),
                         absl::Status (*run)(OpRun&)) {
  return {.name = name,
          .domain = kMicrosoftDomain,
          .shape = shape,
          .run = run,
          .quantize = QuantKind::kQuantized,
          .flags = kSymbolic};
}

constexpr Operator kTable[] = {
    Entry("QLinearAdd", BinaryShape, RunAdd),
    Entry("QLinearMul", BinaryShape, RunMul),
    Entry("QLinearSigmoid", UnaryShape, RunSigmoid),
    Entry("QLinearLeakyRelu", UnaryShape, RunLeakyRelu),
    Entry("QLinearConcat", ConcatShape, RunConcat),
    Entry("QLinearSoftmax", UnaryShape, RunSoftmax),
};

}  // namespace

absl::Span<const Operator> QuantizedElementwiseOperators() { return kTable; }

}  // namespace pawl
