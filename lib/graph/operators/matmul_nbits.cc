// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// ONNX Runtime's MatMulNBits (com.microsoft): a product with weights of 2 to 8 bits in blocks, on
// QuantizedLinear. Inputs are a, B, scales, zero points, g_idx, bias; all but the first are
// initialisers.

#include <memory>
#include <utility>

#include "lib/graph/operators/linear_layer.h"
#include "lib/graph/own_operators.h"
#include "pawl/checkpoint_formats.h"

namespace pawl {
namespace {

absl::Status NBitsShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 3, 6));
  const int64_t k = c.node().Int("K", 0), n = c.node().Int("N", 0);
  if (c.dtype(0) != DType::kF32 && c.dtype(0) != DType::kF16 && c.dtype(0) != DType::kBF16) {
    return TypeError(0, c.dtype(0), "f32, f16, bf16");
  }
  if (k < 1 || n < 1 || c.rank(0) < 1 || (c.dims(0).back() >= 0 && c.dims(0).back() != k)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "has activations of shape ", ShapeString(c.dims(0)), " for K = ", k, ", N = ", n));
  }
  Dims out = c.dims(0);
  out.back() = n;
  c.Set(0, c.dtype(0), std::move(out));
  return absl::OkStatus();
}

// Columns whose groups are listed: the weights' blocks are those of g_idx.
absl::Status SetGroups(const Tensor& index, int64_t k, QuantizedTensor* weights) {
  if (index.dtype() != DType::kI32 || index.num_elements() < k) {
    return absl::InvalidArgumentError(absl::StrCat("g_idx must be ", k, " of i32"));
  }
  weights->scheme.grouping.kind = GroupKind::kIndexMap;
  PAWL_ASSIGN_OR_RETURN(
      weights->group_index,
      Tensor::FromValues<int32_t>({k}, index.as<int32_t>().subspan(0, static_cast<size_t>(k))));
  return weights->Validate();
}

absl::StatusOr<std::unique_ptr<OpState>> PrepareNBits(const PrepareContext& c) {
  for (const size_t i : {1, 2, 3, 4, 5}) {
    if (c.Has(i) && c.Constant(i) == nullptr) {
      return absl::UnimplementedError(absl::StrCat("input ", i, " must be an initialiser"));
    }
  }
  const auto at = [&](size_t i) { return c.Has(i) ? *c.Constant(i) : Tensor(); };
  const int64_t k = c.node().Int("K", 0);
  PAWL_ASSIGN_OR_RETURN(QuantizedTensor weights,
                        FromMatMulNBits({.b = at(1),
                                         .scales = at(2),
                                         .zero_points = at(3),
                                         .bits = static_cast<int>(c.node().Int("bits", 4)),
                                         .n = c.node().Int("N", 0),
                                         .k = k,
                                         .block_size = c.node().Int("block_size", 32)}));
  if (c.Has(4)) PAWL_RETURN_IF_ERROR(SetGroups(*c.Constant(4), k, &weights));
  PAWL_ASSIGN_OR_RETURN(const LinearOptions options, LinearOptionsOf(c.node(), c.Constant(5)));
  return MakeLinearState(c.node(), weights, options, c.context());
}

constexpr Operator kTable[] = {
    {.name = "MatMulNBits",
     .domain = kMicrosoftDomain,
     .shape = NBitsShape,
     .run = RunLinearState,
     .quantize = QuantKind::kQuantized,
     .flags = kSymbolic,
     .prepare = PrepareNBits},
};

}  // namespace

absl::Span<const Operator> MatMulNBitsOperators() { return kTable; }

}  // namespace pawl
