// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Weights that a file dequantizes, where activations are floats: MatMul and Gemm on a
// DequantizeLinear of initialisers become Linear on those weights as they are.

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "lib/core/params.h"
#include "lib/core/status_macros.h"
#include "lib/graph/fuse.h"
#include "lib/graph/fuse_codes.h"
#include "lib/graph/operators/quantized_params.h"
#include "lib/graph/own_operators.h"

namespace pawl {
namespace {

// Codes [in, out] or, transposed, [out, in]; one scale for all, for each output, or for blocks of
// inputs.
struct Source {
  const Tensor* codes = nullptr;
  const Tensor* scales = nullptr;
  std::vector<int32_t> zeros = {};
  bool transposed = false;
  int64_t block = 0;  // 0: whole rows
  Element element = {};

  int64_t outputs() const { return codes->dim(transposed ? 0 : 1); }
  int64_t inputs() const { return codes->dim(transposed ? 1 : 0); }
  int64_t blocks() const { return block == 0 ? 1 : (inputs() + block - 1) / block; }
  // Where output o's parameter of block g is among those of the file.
  size_t ParamAt(int64_t o, int64_t g) const {
    if (scales->num_elements() == 1) return 0;
    if (block == 0) return static_cast<size_t>(o);
    return static_cast<size_t>(transposed ? o * blocks() + g : g * outputs() + o);
  }
};

std::optional<Element> ElementOf(const Value& codes) {
  const auto& dtype = codes.type.dtype;
  if (dtype != DType::kI8 && dtype != DType::kU8) return std::nullopt;
  const ElementKind kind = dtype == DType::kI8 ? ElementKind::kInt : ElementKind::kUint;
  switch (codes.file_type) {  // TensorProto.DataType
    case 0:
    case 2:
    case 3:
      return Element{kind, 8};
    case 21:
    case 22:
      return Element{kind, 4};
    default:
      return std::nullopt;
  }
}

std::optional<Source> SourceOf(const Graph& graph, const Node& dequantize, bool transposed) {
  Source s{.codes = graph.ConstantTensor(dequantize.Input(0)),
           .scales = graph.ConstantTensor(dequantize.Input(1)),
           .transposed = transposed};
  if (s.codes == nullptr || s.scales == nullptr || s.codes->rank() != 2 || s.codes->empty()) {
    return std::nullopt;
  }
  const auto element = ElementOf(graph.value(dequantize.Input(0)));
  const bool half = s.scales->dtype() == DType::kF16;
  if (!element.has_value() || (!half && s.scales->dtype() != DType::kF32)) return std::nullopt;
  s.element = *element;
  const int64_t axis = (dequantize.Int("axis", 1) + 2) % 2;
  const int64_t of_outputs = transposed ? 0 : 1;
  s.block = dequantize.Int("block_size", 0);
  int64_t count = s.outputs();
  if (s.block > 0) {
    if (axis == of_outputs) return std::nullopt;
    count *= s.blocks();
  } else if (s.scales->num_elements() != 1 && axis != of_outputs) {
    return std::nullopt;
  }
  if (s.scales->num_elements() != 1 && s.scales->num_elements() != count) return std::nullopt;
  if (dequantize.Input(2) == kNoValue) return s;
  const Tensor* zero = graph.ConstantTensor(dequantize.Input(2));
  if (zero == nullptr || zero->num_elements() != s.scales->num_elements()) return std::nullopt;
  auto zeros = ZeroPointsOf(*zero);
  if (!zeros.ok()) return std::nullopt;
  s.zeros = *std::move(zeros);
  if (std::all_of(s.zeros.begin(), s.zeros.end(), [](int32_t z) { return z == 0; })) {
    s.zeros.clear();
  }
  return s;
}

absl::StatusOr<QuantizedTensor> WeightsOf(const Source& s) {
  const bool half = s.scales->dtype() == DType::kF16;
  Scheme scheme;
  scheme.element = s.element;
  scheme.full_range = s.element.kind == ElementKind::kInt;
  scheme.grouping.kind = s.block > 0 ? GroupKind::kAlongRow : GroupKind::kChannel;
  scheme.grouping.size = s.block;
  scheme.scale.type = half ? kParamF16 : kParamF32;
  if (!s.zeros.empty()) scheme.offset = {OffsetKind::kZeroPoint, kParamI32, kParamNone};
  const int64_t rows = s.outputs(), cols = s.inputs();
  PAWL_ASSIGN_OR_RETURN(QuantizedTensor result, QuantizedTensor::Create(scheme, {rows, cols}));
  const auto* bytes = static_cast<const uint8_t*>(s.codes->data());
  std::vector<int16_t> row(static_cast<size_t>(cols));
  for (int64_t o = 0; o < rows; ++o) {
    for (int64_t i = 0; i < cols; ++i) {
      const uint8_t code = bytes[s.transposed ? o * cols + i : i * rows + o];
      row[static_cast<size_t>(i)] =
          s.element.kind == ElementKind::kInt ? static_cast<int8_t>(code) : code;
    }
    PAWL_RETURN_IF_ERROR(PackCodes(result, o, row));
    for (int64_t g = 0; g < s.blocks(); ++g) {
      const size_t from = s.ParamAt(o, g);
      const auto to = static_cast<size_t>(o * s.blocks() + g);
      if (half) {
        result.scales.mutable_as<uint16_t>()[to] = s.scales->as<uint16_t>()[from];
      } else {
        result.scales.mutable_as<float>()[to] = s.scales->as<float>()[from];
      }
      if (s.zeros.empty()) continue;
      WriteParam(scheme.offset.type, result.offsets, static_cast<int64_t>(to),
                 EncodeParam(scheme.offset.type, static_cast<float>(s.zeros[from])));
    }
  }
  return result;
}

// One f32 for each output, or absent.
bool BiasFits(const Graph& graph, const Node& gemm, int64_t outputs) {
  const ValueId id = gemm.Input(2);
  if (id == kNoValue) return true;
  const Tensor* bias = graph.ConstantTensor(id);
  return bias != nullptr && bias->dtype() == DType::kF32 && gemm.Float("beta", 1.0f) == 1.0f &&
         bias->num_elements() == outputs && bias->shape().back() == outputs;
}

}  // namespace

absl::Status FuseDequantizedWeights(FuseGraph& g) {
  for (size_t i = 0; i < g.num_nodes(); ++i) {
    Node& node = g.node(i);
    const bool gemm = node.op == "Gemm";
    if (!g.alive(i) || !node.domain.empty() || (!gemm && node.op != "MatMul")) continue;
    if (gemm && (node.Int("transA", 0) != 0 || node.Float("alpha", 1.0f) != 1.0f)) continue;
    const Node* dequantize = g.AnyProducer(node.Input(1));
    if (dequantize == nullptr || !IsDequantize(*dequantize)) continue;
    const bool transposed = gemm && node.Int("transB", 0) != 0;
    const auto source = SourceOf(g.graph(), *dequantize, transposed);
    if (!source.has_value() || !BiasFits(g.graph(), node, source->outputs())) continue;
    PAWL_ASSIGN_OR_RETURN(QuantizedTensor weights, WeightsOf(*source));
    std::vector<ValueId> inputs = {
        node.inputs[0], g.graph().AddConstant(NewName(g.graph(), "weights"), std::move(weights))};
    if (gemm && node.Input(2) != kNoValue) inputs.push_back(node.inputs[2]);
    g.SetInputs(node, std::move(inputs));
    node.op = "Linear";
    node.domain = std::string(kPawlDomain);
    node.opset = 1;
    node.attributes.clear();
  }
  return absl::OkStatus();
}

}  // namespace pawl
