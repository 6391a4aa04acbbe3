// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Linear and Embedding of Pawl's own domain (pawl/graph.h): weights as a checkpoint has them,
// quantized or not.

#include "pawl/linear.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "lib/graph/operators/index.h"
#include "lib/graph/operators/linear_layer.h"
#include "lib/graph/own_operators.h"
#include "pawl/embedding.h"

namespace pawl {
namespace {

bool IsActivation(DType dtype) {
  return dtype == DType::kF32 || dtype == DType::kF16 || dtype == DType::kBF16;
}

absl::Status LinearShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 2, 3));
  if (!IsActivation(c.dtype(0))) return TypeError(0, c.dtype(0), "f32, f16, bf16");
  const Dims& w = c.dims(1);
  if (c.rank(0) < 1 || w.size() != 2) {
    return absl::InvalidArgumentError(absl::StrCat("has activations of shape ",
                                                   ShapeString(c.dims(0)), " and weights of shape ",
                                                   ShapeString(w), "; those are [out, in]"));
  }
  const int64_t k = c.dims(0).back();
  if (k >= 0 && w[1] >= 0 && k != w[1]) {
    return absl::InvalidArgumentError(
        absl::StrCat("has activations of ", k, " columns and weights for ", w[1]));
  }
  if (c.Has(2) && DimProduct(c.dims(2)) != w[0]) {
    return absl::InvalidArgumentError(
        absl::StrCat("has a bias of shape ", ShapeString(c.dims(2)), " for ", w[0], " outputs"));
  }
  Dims out = c.dims(0);
  out.back() = w[0];
  c.Set(0, c.dtype(0), std::move(out));
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<OpState>> PrepareLinear(const PrepareContext& c) {
  const Tensor* bias = c.Constant(2);
  if (c.Has(2) && bias == nullptr) {
    return absl::InvalidArgumentError("its bias must be an initialiser");
  }
  const Tensor* floats = c.Constant(1);
  const QuantizedTensor* quantized = c.Quantized(1);
  if (floats == nullptr && quantized == nullptr) {
    return absl::InvalidArgumentError("its weights must be an initialiser");
  }
  PAWL_ASSIGN_OR_RETURN(const LinearOptions options, LinearOptionsOf(c.node(), bias));
  if (floats == nullptr) return MakeLinearState(c.node(), *quantized, options, c.context());
  return MakeFloatState(c.node(), *floats, options);
}

// --- Embedding ---

struct EmbeddingState : OpState {
  explicit EmbeddingState(QuantizedEmbedding layer) : embedding(std::move(layer)) {}
  QuantizedEmbedding embedding;
};

absl::Status EmbeddingShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 2, 2));
  if (c.rank(0) != 2) {
    return absl::InvalidArgumentError(
        absl::StrCat("has a table of shape ", ShapeString(c.dims(0)), "; it must be a matrix"));
  }
  Dims out = c.dims(1);
  out.push_back(c.dims(0)[1]);
  c.Set(0, DType::kF32, std::move(out));
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<OpState>> PrepareEmbedding(const PrepareContext& c) {
  const QuantizedTensor* table = c.Quantized(0);
  if (table == nullptr) return nullptr;
  PAWL_ASSIGN_OR_RETURN(QuantizedEmbedding layer,
                        QuantizedEmbedding::Create(*table, c.node().name));
  return std::make_unique<EmbeddingState>(std::move(layer));
}

absl::Status RunEmbedding(OpRun& run) {
  Tensor& out = run.output(0);
  const int64_t cols = out.shape().back();
  const auto* state = run.state<EmbeddingState>();
  const int64_t rows = state != nullptr ? state->embedding.rows() : run.input(0).dim(0);
  PAWL_ASSIGN_OR_RETURN(const std::vector<int64_t> indices, IndicesInto(run.input(1), rows));
  if (state != nullptr) {
    const OutputView y{.data = out.mutable_data(),
                       .dtype = DType::kF32,
                       .rows = static_cast<int64_t>(indices.size()),
                       .cols = cols};
    return state->embedding.Lookup(indices, y, run.context());
  }
  const Tensor& table = run.input(0);
  if (table.dtype() != DType::kF32) return TypeError(0, table.dtype(), "f32, or quantized");
  float* to = out.mutable_as<float>().data();
  for (const int64_t index : indices) {
    std::copy_n(table.as<float>().data() + index * cols, cols, to);
    to += cols;
  }
  return absl::OkStatus();
}

constexpr Operator kTable[] = {
    {.name = "Linear",
     .domain = kPawlDomain,
     .shape = LinearShape,
     .run = RunLinearState,
     .quantize = QuantKind::kLinear,
     .flags = kSymbolic | kTakesQuantized,
     .prepare = PrepareLinear},
    {.name = "Embedding",
     .domain = kPawlDomain,
     .shape = EmbeddingShape,
     .run = RunEmbedding,
     .quantize = QuantKind::kEmbedding,
     .flags = kSymbolic | kTakesQuantized,
     .prepare = PrepareEmbedding},
};

}  // namespace

absl::Span<const Operator> LinearOperators() { return kTable; }

}  // namespace pawl
