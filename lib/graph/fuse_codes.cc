// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/graph/fuse_codes.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/graph/onnx_numbers.h"
#include "lib/graph/operators/integer_layer.h"
#include "lib/graph/operators/quantized_params.h"
#include "lib/graph/own_operators.h"

namespace pawl {
namespace {

bool IsOne(const Node& node, absl::string_view op) {
  return node.op == op && (node.domain.empty() || node.domain == kMicrosoftDomain);
}

// The type of codes, by the zero point or else by what the graph or the node says.
std::optional<DType> CodeDType(const Graph& graph, const Node& node) {
  const ValueId zero = node.Input(2);
  if (zero != kNoValue) {
    const Value& value = graph.value(zero);
    const bool narrow = value.file_type > 5;  // beyond u8, i8, u16, i16 of TensorProto.DataType
    return narrow ? std::nullopt : value.type.dtype;
  }
  if (IsDequantize(node)) return graph.value(node.Input(0)).type.dtype;
  const int64_t type = node.Int("output_dtype", 0);
  return type == 0 ? DType::kU8 : DTypeOfOnnx(type);
}

// Nodes whose results nobody reads any more would count as neighbours.
void DropUnread(Graph& graph, const std::vector<bool>& observed) {
  const auto order = graph.TopologicalOrder();
  if (!order.ok()) return;
  std::vector<bool> wanted = observed, needed(graph.nodes.size(), false);
  wanted.resize(graph.values.size(), false);
  for (const ValueId id : graph.outputs) wanted[static_cast<size_t>(id)] = true;
  for (auto it = order->rbegin(); it != order->rend(); ++it) {
    const auto i = static_cast<size_t>(*it);
    const auto& outputs = graph.nodes[i].outputs;
    needed[i] = std::any_of(outputs.begin(), outputs.end(), [&](ValueId id) {
      return id != kNoValue && wanted[static_cast<size_t>(id)];
    });
    if (!needed[i]) continue;
    for (const ValueId id : NodeReads(graph.nodes[i])) wanted[static_cast<size_t>(id)] = true;
  }
  std::vector<Node> rest;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    if (needed[i]) rest.push_back(std::move(graph.nodes[i]));
  }
  graph.nodes = std::move(rest);
}

}  // namespace

bool IsQuantize(const Node& node) { return IsOne(node, "QuantizeLinear"); }
bool IsDequantize(const Node& node) { return IsOne(node, "DequantizeLinear"); }

int32_t CodeType::low() const {
  return dtype == DType::kI8 ? -128 : dtype == DType::kI16 ? -32768 : 0;
}

int32_t CodeType::high() const {
  switch (dtype) {
    case DType::kU8:
      return 255;
    case DType::kI8:
      return 127;
    case DType::kU16:
      return 65535;
    default:
      return 32767;
  }
}

int32_t CodeType::Code(float value) const {
  const float rounded = std::nearbyint(std::clamp(value / scale, -1e6f, 1e6f));
  return std::clamp(static_cast<int32_t>(rounded) + zero, low(), high());
}

std::optional<CodeType> CodeTypeOf(const Graph& graph, const Node& node) {
  if (node.Input(0) == kNoValue || node.Int("block_size", 0) != 0) return std::nullopt;
  const Tensor* scale = graph.ConstantTensor(node.Input(1));
  if (scale == nullptr || scale->dtype() != DType::kF32 || scale->num_elements() != 1) {
    return std::nullopt;
  }
  const std::optional<DType> dtype = CodeDType(graph, node);
  if (!dtype.has_value() || (*dtype != DType::kU8 && *dtype != DType::kI8 &&
                             *dtype != DType::kU16 && *dtype != DType::kI16)) {
    return std::nullopt;
  }
  CodeType type{.scale = scale->as<float>()[0],
                .dtype = *dtype,
                .scale_id = node.Input(1),
                .zero_id = node.Input(2)};
  if (!ScaleFits(type.scale)) return std::nullopt;
  if (type.zero_id == kNoValue) return type;
  const Tensor* zero = graph.ConstantTensor(type.zero_id);
  if (zero == nullptr || zero->num_elements() != 1) return std::nullopt;
  const auto zeros = ZeroPointsOf(*zero);
  if (!zeros.ok()) return std::nullopt;
  type.zero = (*zeros)[0];
  return type;
}

std::optional<Dequantized> DequantizedOf(FuseGraph& g, ValueId value) {
  const Node* node = g.AnyProducer(value);
  if (node == nullptr || !IsDequantize(*node)) return std::nullopt;
  const auto type = CodeTypeOf(g.graph(), *node);
  if (!type.has_value()) return std::nullopt;
  return Dequantized{node->Input(0), *type};
}

std::string NewName(const Graph& graph, const char* what) {
  return absl::StrCat("fused/", graph.values.size(), "/", what);
}

ValueId ZeroPoint(Graph& graph, const CodeType& type) {
  if (type.zero_id != kNoValue) return type.zero_id;
  auto zero = Tensor::Create(type.dtype, {});
  if (!zero.ok()) return kNoValue;  // of one byte
  return graph.AddConstant(NewName(graph, "zero"), *std::move(zero));
}

absl::Status FuseCodes(Graph& graph, const std::vector<bool>& observed) {
  const auto has_codes = [](const Node& node) {
    return IsDequantize(node) || node.op == "QLinearConv" || node.domain == kMicrosoftDomain;
  };
  if (std::none_of(graph.nodes.begin(), graph.nodes.end(), has_codes)) return absl::OkStatus();
  ExpandCodeOperators(graph);
  MoveCodes(graph, observed);
  PassCodesToSubgraphs(graph, observed);
  PAWL_RETURN_IF_ERROR(FuseCodeLayers(graph, observed));
  PAWL_RETURN_IF_ERROR(FuseCodeTables(graph, observed));
  DropUnread(graph, observed);
  PutChannelsLast(graph, observed);
  return absl::OkStatus();
}

}  // namespace pawl
