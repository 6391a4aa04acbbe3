// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// ONNX Runtime's products of codes (com.microsoft): QGemm, MatMulIntegerToFloat,
// DynamicQuantizeMatMul. The right-hand side is constant: they go by an integer layer.

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "kernels/quantize.h"
#include "lib/core/context_internal.h"
#include "lib/graph/operators/element_types.h"
#include "lib/graph/operators/integer_layer.h"
#include "lib/graph/operators/quantized_params.h"
#include "lib/graph/own_operators.h"

namespace pawl {
namespace {

bool IsCode(DType dtype) { return dtype == DType::kU8 || dtype == DType::kI8; }

absl::Status NotConstant() {
  return absl::UnimplementedError(
      "its weights, scales and zero points must be initialisers, the weights a matrix of at most "
      "32768 rows with positive scales");
}

// --- QGemm: a, a_scale, a_zero, b, b_scale, b_zero, c (i32), y_scale, y_zero ---

absl::Status GemmShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 6, 9));
  const Node& node = c.node();
  if (c.rank(0) != 2 || c.rank(3) != 2 || !IsCode(c.dtype(0)) || !IsCode(c.dtype(3))) {
    return absl::InvalidArgumentError("multiplies matrices of u8 or i8");
  }
  if (node.Int("transA", 0) != 0) return absl::UnimplementedError("has transA; transpose before");
  const bool transposed = node.Int("transB", 0) != 0;
  const int64_t k = c.dims(0)[1], other = c.dims(3)[transposed ? 1 : 0];
  if (k >= 0 && other >= 0 && k != other) {
    return absl::InvalidArgumentError(
        absl::StrCat("multiplies ", ShapeString(c.dims(0)), " by ", ShapeString(c.dims(3))));
  }
  if (c.Has(7) != c.Has(8)) return absl::InvalidArgumentError("has a scale without a zero point");
  c.Set(0, c.Has(8) ? c.dtype(8) : DType::kF32, {c.dims(0)[0], c.dims(3)[transposed ? 0 : 1]});
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<OpState>> PrepareGemm(const PrepareContext& c) {
  auto a = ConstantScale(c, 1, 2);
  const auto weights = ConstantWeights(c, 3, 4, 5, c.node().Int("transB", 0) == 0);
  const float alpha = c.node().Float("alpha", 1.0f);
  if (!a.has_value() || !weights.has_value() || weights->codes->rank() != 2 ||
      (c.Has(2) && !IsCode(c.Constant(2)->dtype()))) {
    return NotConstant();
  }
  a->scale *= alpha;
  if (!ScaleFits(a->scale)) return absl::UnimplementedError("alpha must be positive");
  LinearOptions options =
      CodeLayerOptions(c.node(), c.Has(2) ? c.Constant(2)->dtype() : DType::kU8, *a);
  const int64_t outputs = weights->outputs();
  if (c.Has(6)) {
    const Tensor* bias = c.Constant(6);
    if (bias == nullptr || bias->dtype() != DType::kI32 || bias->num_elements() != outputs) {
      return absl::UnimplementedError("input 6 must be an initialiser, one i32 for each column");
    }
    options.bias = *bias;
  }
  if (c.Has(8)) {
    const auto y = ConstantScale(c, 7, 8);
    if (!y.has_value()) return NotConstant();
    SetCodeOutput(*y, c.Constant(8)->dtype(), &options);
    return MakeProductLayer(*weights, std::move(options), c.context());
  }
  options.mode = LinearMode::kStaticInt8;
  if (c.Has(6)) {
    PAWL_ASSIGN_OR_RETURN(Tensor bias, Tensor::Create(DType::kF32, {outputs}));
    for (size_t o = 0; o < static_cast<size_t>(outputs); ++o) {
      bias.mutable_as<float>()[o] =
          static_cast<float>(options.bias.as<int32_t>()[o]) *
          (a->scale * weights->scales[weights->scales.size() == 1 ? 0 : o]);
    }
    options.bias = std::move(bias);
  }
  return MakeProductLayer(*weights, std::move(options), c.context());
}

absl::Status RunGemm(OpRun& run) {
  const auto* layer = run.state<IntegerLayer>();
  return RunProduct(layer->conv, run.input(0), run.output(0), run.input(0).dim(0), run.context());
}

// --- MatMulIntegerToFloat: a, b, a_scale, b_scale, a_zero, b_zero, bias ---
// --- DynamicQuantizeMatMul: a (f32), b, b_scale, b_zero, bias ---

// Where the parts are among a node's inputs.
struct Parts {
  size_t scale, zero, bias;
};
constexpr Parts kToFloat = {3, 5, 6};
constexpr Parts kDynamic = {2, 3, 4};

absl::Status ProductShape(ShapeContext& c) {
  const bool dynamic = c.node().op == "DynamicQuantizeMatMul";
  PAWL_RETURN_IF_ERROR(CheckInputs(c, dynamic ? 3 : 4, dynamic ? 5 : 7));
  if (c.rank(0) < 1 || c.rank(1) != 2) {
    return absl::UnimplementedError("its right-hand side must be a matrix");
  }
  if (dynamic ? c.dtype(0) != DType::kF32 : !IsCode(c.dtype(0))) {
    return TypeError(0, c.dtype(0), dynamic ? "f32" : "u8, i8");
  }
  const int64_t k = c.dims(0).back(), other = c.dims(1)[0];
  if (k >= 0 && other >= 0 && k != other) {
    return absl::InvalidArgumentError(
        absl::StrCat("multiplies ", ShapeString(c.dims(0)), " by ", ShapeString(c.dims(1))));
  }
  Dims out = c.dims(0);
  out.back() = c.dims(1)[1];
  c.Set(0, DType::kF32, std::move(out));
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<OpState>> PrepareProduct(const PrepareContext& c) {
  const bool dynamic = c.node().op == "DynamicQuantizeMatMul";
  const Parts at = dynamic ? kDynamic : kToFloat;
  const auto weights = ConstantWeights(c, 1, 0, at.zero, true);
  if (!weights.has_value() || weights->codes->rank() != 2) return NotConstant();
  auto state = ConstantFloats(c, at.scale, at.bias, weights->outputs());
  if (state == nullptr) {
    return absl::UnimplementedError(
        "its scales and bias must be initialisers, one f32 for each column");
  }
  DType dtype = DType::kU8;
  if (!dynamic) {
    const Tensor* zero = c.Constant(4);
    const auto& known = c.graph().value(c.node().inputs[0]).type.dtype;
    dtype = zero != nullptr ? zero->dtype() : known.value_or(DType::kU8);
  }
  LinearOptions options = CodeLayerOptions(c.node(), dtype, CodeScale{});
  SetSumOutput(&options);
  PAWL_ASSIGN_OR_RETURN(state->layer, MakeProductLayer(*weights, std::move(options), c.context()));
  return state;
}

size_t ToFloatWorkspace(const WorkspaceContext& c) {
  return static_cast<size_t>((*c.inputs[1]->shape)[1]) * sizeof(float);
}

absl::Status Multiply(OpRun& run, const void* codes, DType dtype, float scale, int32_t zero,
                      float* factors) {
  const auto* state = run.state<FloatLayer>();
  const Dims& x = run.input(0).shape();
  const int64_t rows = DimProduct(absl::MakeConstSpan(x).subspan(0, x.size() - 1));
  const SumsToFloats floats = state->Floats(scale, factors);
  return RunDynamicProduct(state->layer->conv, codes, dtype, {.zero = zero, .floats = &floats},
                           run.output(0), rows, run.context());
}

absl::Status RunToFloat(OpRun& run) {
  if (run.input(2).num_elements() != 1 || run.input(2).dtype() != DType::kF32) {
    return absl::UnimplementedError("input 2 must be one f32 scale");
  }
  const auto zero = ZeroPointOfCall(run, 4);
  if (!zero.has_value()) return absl::UnimplementedError("input 4 must be one zero point");
  return Multiply(run, run.input(0).data(), run.input(0).dtype(), Data<float>(run.input(2))[0],
                  *zero, run.workspace<float>());
}

// Factors, then codes.
size_t DynamicWorkspace(const WorkspaceContext& c) {
  return ToFloatWorkspace(c) +
         static_cast<size_t>(std::max<int64_t>(0, DimProduct(*c.inputs[0]->shape)));
}

absl::Status RunDynamic(OpRun& run) {
  const Tensor& x = run.input(0);
  const kernels::Target target = TargetOf(&run.context());
  const auto count = static_cast<size_t>(x.num_elements());
  const DynamicRange range = DynamicRangeOf(target, Data<float>(x), count);
  auto* factors = run.workspace<float>();
  auto* codes = reinterpret_cast<uint8_t*>(factors + run.input(1).dim(1));
  const kernels::QuantizeParams params{
      .scale = range.scale, .zero = range.zero, .lo = 0, .hi = 255};
  PAWL_RETURN_IF_ERROR(Ranges(run, x.num_elements(), 1 << 15, [&](int64_t begin, int64_t end) {
    kernels::QuantizeU8(target, Data<float>(x) + begin, static_cast<size_t>(end - begin), params,
                        codes + begin);
  }));
  return Multiply(run, codes, DType::kU8, range.scale, range.zero, factors);
}

constexpr Operator kTable[] = {
    {.name = "QGemm",
     .domain = kMicrosoftDomain,
     .shape = GemmShape,
     .run = RunGemm,
     .quantize = QuantKind::kQuantized,
     .flags = kSymbolic,
     .prepare = PrepareGemm},
    {.name = "MatMulIntegerToFloat",
     .domain = kMicrosoftDomain,
     .shape = ProductShape,
     .run = RunToFloat,
     .quantize = QuantKind::kQuantized,
     .flags = kSymbolic,
     .prepare = PrepareProduct,
     .workspace = ToFloatWorkspace},
    {.name = "DynamicQuantizeMatMul",
     .domain = kMicrosoftDomain,
     .shape = ProductShape,
     .run = RunDynamic,
     .quantize = QuantKind::kQuantized,
     .flags = kSymbolic,
     .prepare = PrepareProduct,
     .workspace = DynamicWorkspace},
};

}  // namespace

absl::Span<const Operator> QuantizedGemmOperators() { return kTable; }

}  // namespace pawl
