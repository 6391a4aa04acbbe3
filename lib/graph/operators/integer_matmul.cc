// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// MatMulInteger, QLinearMatMul: products of 8-bit codes in exact int32. With a constant matrix on
// the right they go by an integer layer.

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "lib/core/context_internal.h"
#include "lib/graph/operators/broadcast.h"
#include "lib/graph/operators/code_product.h"
#include "lib/graph/operators/element_types.h"
#include "lib/graph/operators/integer_layer.h"
#include "lib/graph/operators/quantized_params.h"

namespace pawl {
namespace {

// Where the operands are among a node's inputs.
struct Operands {
  size_t a, b, a_zero, b_zero;
};
constexpr Operands kInteger = {0, 1, 2, 3};
constexpr Operands kScaled = {0, 3, 2, 5};

bool IsCode(DType dtype) { return dtype == DType::kU8 || dtype == DType::kI8; }

// Longest row of products of two codes and their zero points that int32 holds: 255 * 255 each.
constexpr int64_t kMostColumns = 32768;

absl::Status ProductShape(ShapeContext& c, const Operands& at, DType dtype) {
  const Dims &a = c.dims(at.a), &b = c.dims(at.b);
  if (!IsCode(c.dtype(at.a)) || !IsCode(c.dtype(at.b))) {
    return absl::InvalidArgumentError(absl::StrCat("multiplies ", DTypeName(c.dtype(at.a)), " by ",
                                                   DTypeName(c.dtype(at.b)),
                                                   "; both must be u8 or i8"));
  }
  if (a.empty() || b.empty()) return absl::InvalidArgumentError("multiplies a scalar");
  const bool vector_a = a.size() == 1, vector_b = b.size() == 1;
  const int64_t k = a.back(), other = vector_b ? b[0] : b[b.size() - 2];
  if (k >= 0 && other >= 0 && k != other) {
    return absl::InvalidArgumentError(
        absl::StrCat("multiplies ", ShapeString(a), " by ", ShapeString(b)));
  }
  if (k > kMostColumns) {
    return absl::UnimplementedError(
        absl::StrCat("rows of ", k, " codes may overflow int32; at most ", kMostColumns));
  }
  const Dims a_batch(a.begin(), a.end() - (vector_a ? 1 : 2));
  const Dims b_batch(b.begin(), b.end() - (vector_b ? 1 : 2));
  PAWL_ASSIGN_OR_RETURN(Dims out, Broadcast(a_batch, b_batch));
  if (!vector_a) out.push_back(a[a.size() - 2]);
  if (!vector_b) out.push_back(b.back());
  c.Set(0, dtype, std::move(out));
  return absl::OkStatus();
}

absl::Status MatMulIntegerShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 2, 4));
  return ProductShape(c, kInteger, DType::kI32);
}

absl::Status QLinearMatMulShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 8, 8));
  return ProductShape(c, kScaled, c.dtype(7));
}

// Zero points one for all, or one for each row or column.
absl::StatusOr<std::vector<int32_t>> Zeros(const OpRun& run, size_t input, int64_t count) {
  std::vector<int32_t> zeros = {0};
  if (run.Has(input)) {
    PAWL_ASSIGN_OR_RETURN(zeros, ZeroPointsOf(run.input(input)));
  }
  if (zeros.size() == 1) zeros.resize(static_cast<size_t>(count), zeros[0]);
  if (static_cast<int64_t>(zeros.size()) != count) {
    return absl::InvalidArgumentError(
        absl::StrCat("input ", input, " has ", zeros.size(), " zero points for ", count));
  }
  return zeros;
}

// Calls finish(row of sums, offset in the output) for each row.
template <typename Finish>
absl::Status Multiply(OpRun& run, const Operands& at, const Finish& finish) {
  const Tensor &a = run.input(at.a), &b = run.input(at.b);
  const bool vector_a = a.rank() == 1, vector_b = b.rank() == 1;
  const int64_t k = a.shape().back(), n = vector_b ? 1 : b.shape().back();
  const int64_t m = vector_a ? 1 : a.dim(a.rank() - 2);
  PAWL_ASSIGN_OR_RETURN(const std::vector<int32_t> a_zeros, Zeros(run, at.a_zero, m));
  PAWL_ASSIGN_OR_RETURN(const std::vector<int32_t> b_zeros, Zeros(run, at.b_zero, n));
  const Dims a_batch(a.shape().begin(), a.shape().end() - (vector_a ? 1 : 2));
  const Dims b_batch(b.shape().begin(), b.shape().end() - (vector_b ? 1 : 2));
  PAWL_ASSIGN_OR_RETURN(const Dims batch, Broadcast(a_batch, b_batch));
  const StridedLoop<2> loop(batch,
                            {BroadcastStrides(a_batch, batch), BroadcastStrides(b_batch, batch)});
  const auto inner = loop.inner();
  std::vector<std::array<int64_t, 2>> matrices;
  loop.Walk(0, DimProduct(batch), [&](const std::array<int64_t, 2>& from, int64_t, int64_t count) {
    for (int64_t i = 0; i < count; ++i) {
      matrices.push_back({from[0] + i * inner[0], from[1] + i * inner[1]});
    }
  });
  // Rows of a matrix that go together, so that there is work for several threads.
  constexpr int64_t kMostRows = 64;
  const bool one_zero =
      std::all_of(a_zeros.begin(), a_zeros.end(), [&](int32_t zero) { return zero == a_zeros[0]; });
  const int64_t parts = (m + kMostRows - 1) / kMostRows;
  const size_t scratch = CodeProductScratch(std::min(m, kMostRows), n, k);
  const kernels::Target target = TargetOf(&run.context());
  return ForRanges(&run.context(), static_cast<int64_t>(matrices.size()) * parts, 1, scratch,
                   [&](int64_t begin, int64_t end, void* memory) {
                     for (int64_t i = begin; i < end; ++i) {
                       const auto& [a_matrix, b_matrix] = matrices[static_cast<size_t>(i / parts)];
                       const int64_t first = i % parts * kMostRows,
                                     rows = std::min(m - first, kMostRows);
                       // Zero points of rows: a row at a time.
                       for (int64_t row = 0; row < rows; row += one_zero ? rows : 1) {
                         const CodeProduct product{
                             .m = one_zero ? rows : 1,
                             .n = n,
                             .k = k,
                             .a = Data<uint8_t>(a) + (a_matrix * m + first + row) * k,
                             .b = Data<uint8_t>(b) + b_matrix * k * n,
                             .a_signed = a.dtype() == DType::kI8,
                             .b_signed = b.dtype() == DType::kI8,
                             .a_zero = a_zeros[static_cast<size_t>(one_zero ? 0 : first + row)],
                             .b_zeros = b_zeros};
                         const int32_t* sums = MultiplyCodes(target, product, memory);
                         for (int64_t j = 0; j < product.m; ++j) {
                           finish(sums + j * n, n, i / parts * m + first + row + j);
                         }
                       }
                     }
                   });
}

absl::Status RunSums(OpRun& run) {
  auto* out = MutableData<int32_t>(run.output(0));
  return Multiply(run, kInteger, [&](const int32_t* sums, int64_t n, int64_t row) {
    std::copy_n(sums, n, out + row * n);
  });
}

// --- by an integer layer ---

bool IsMatrix(const PrepareContext& c, size_t input) {
  const Tensor* tensor = c.Constant(input);
  return tensor != nullptr && tensor->rank() == 2;
}

std::optional<DType> CodeTypeOf(const PrepareContext& c, size_t input, size_t zero) {
  if (const Tensor* z = c.Constant(zero); z != nullptr) return z->dtype();
  const auto& dtype = c.graph().value(c.node().inputs[input]).type.dtype;
  return dtype.has_value() && IsCode(*dtype) ? dtype : std::nullopt;
}

absl::StatusOr<std::unique_ptr<OpState>> PrepareQLinearMatMul(const PrepareContext& c) {
  if (!IsMatrix(c, 3)) return nullptr;
  const auto a = ConstantScale(c, 1, 2), y = ConstantScale(c, 6, 7);
  const auto weights = ConstantWeights(c, 3, 4, 5, true);
  const auto dtype = CodeTypeOf(c, 0, 2);
  if (!a.has_value() || !y.has_value() || !weights.has_value() || !dtype.has_value()) {
    return nullptr;
  }
  LinearOptions options = CodeLayerOptions(c.node(), *dtype, *a);
  SetCodeOutput(*y, c.Constant(7)->dtype(), &options);
  return MakeProductLayer(*weights, std::move(options), c.context());
}

// The zero point of the left side comes with each call.
absl::StatusOr<std::unique_ptr<OpState>> PrepareMatMulInteger(const PrepareContext& c) {
  if (!IsMatrix(c, 1)) return nullptr;
  const auto weights = ConstantWeights(c, 1, 0, 3, true);
  const auto dtype = CodeTypeOf(c, 0, 2);
  if (!weights.has_value() || !dtype.has_value()) return nullptr;
  LinearOptions options = CodeLayerOptions(c.node(), *dtype, CodeScale{});
  SetSumOutput(&options);
  return MakeProductLayer(*weights, std::move(options), c.context());
}

int64_t RowsOf(const Tensor& a) {
  return DimProduct(absl::MakeConstSpan(a.shape()).subspan(0, a.shape().size() - 1));
}

absl::Status RunMatMulInteger(OpRun& run) {
  const auto* layer = run.state<IntegerLayer>();
  const auto zero = ZeroPointOfCall(run, 2);
  if (layer == nullptr || !zero.has_value()) return RunSums(run);
  const Tensor& a = run.input(0);
  return RunDynamicProduct(layer->conv, a.data(), a.dtype(), {.zero = *zero}, run.output(0),
                           RowsOf(a), run.context());
}

// Scales: one, or one for each row of A, column of B and (with them) of the result.
absl::StatusOr<std::vector<float>> Scales(const OpRun& run, size_t input, int64_t count) {
  std::vector<float> scales;
  PAWL_RETURN_IF_ERROR(ForType<kFloatTypes>(input, run.input(input).dtype(), [&](auto zero) {
    const auto* from = Data<decltype(zero)>(run.input(input));
    for (int64_t i = 0; i < run.input(input).num_elements(); ++i) {
      scales.push_back(static_cast<float>(Widen(from[i])));
    }
    return absl::OkStatus();
  }));
  if (scales.size() == 1) scales.resize(static_cast<size_t>(count), scales[0]);
  if (static_cast<int64_t>(scales.size()) != count) {
    return absl::InvalidArgumentError(
        absl::StrCat("input ", input, " has ", scales.size(), " scales for ", count));
  }
  return scales;
}

absl::Status RunQLinearMatMul(OpRun& run) {
  if (const auto* layer = run.state<IntegerLayer>(); layer != nullptr) {
    return RunProduct(layer->conv, run.input(0), run.output(0), RowsOf(run.input(0)),
                      run.context());
  }
  const Tensor &a = run.input(0), &b = run.input(3);
  const int64_t n = b.rank() == 1 ? 1 : b.shape().back();
  const int64_t m = a.rank() == 1 ? 1 : a.dim(a.rank() - 2);
  PAWL_ASSIGN_OR_RETURN(const std::vector<float> a_scales, Scales(run, 1, m));
  PAWL_ASSIGN_OR_RETURN(const std::vector<float> b_scales, Scales(run, 4, n));
  PAWL_ASSIGN_OR_RETURN(const std::vector<float> y_scales, Scales(run, 6, 1));
  PAWL_ASSIGN_OR_RETURN(const std::vector<int32_t> y_zeros, ZeroPointsOf(run.input(7)));
  PAWL_ASSIGN_OR_RETURN(const CodeRange range, CodeRangeOf(run.output(0).dtype(), 0));
  if (y_zeros.size() != 1) return absl::UnimplementedError("has more than one output zero point");
  Tensor& out = run.output(0);
  return Multiply(run, kScaled, [&](const int32_t* sums, int64_t count, int64_t row) {
    for (int64_t j = 0; j < count; ++j) {
      const float scale =
          a_scales[static_cast<size_t>(row % m)] * b_scales[static_cast<size_t>(j)] / y_scales[0];
      const float value =
          std::clamp(std::nearbyint(static_cast<float>(sums[j]) * scale), -1e6f, 1e6f);
      const int32_t code = std::clamp(static_cast<int32_t>(value) + y_zeros[0], range.lo, range.hi);
      if (out.dtype() == DType::kI8) {
        MutableData<int8_t>(out)[row * count + j] = static_cast<int8_t>(code);
      } else {
        MutableData<uint8_t>(out)[row * count + j] = static_cast<uint8_t>(code);
      }
    }
  });
}

constexpr Operator kTable[] = {
    {.name = "MatMulInteger",
     .domain = "",
     .min_opset = 10,
     .shape = MatMulIntegerShape,
     .run = RunMatMulInteger,
     .quantize = QuantKind::kQuantized,
     .flags = kSymbolic,
     .prepare = PrepareMatMulInteger},
    {.name = "QLinearMatMul",
     .domain = "",
     .min_opset = 10,
     .shape = QLinearMatMulShape,
     .run = RunQLinearMatMul,
     .quantize = QuantKind::kQuantized,
     .flags = kSymbolic,
     .prepare = PrepareQLinearMatMul},
};

}  // namespace

absl::Span<const Operator> IntegerMatMulOperators() { return kTable; }

}  // namespace pawl
