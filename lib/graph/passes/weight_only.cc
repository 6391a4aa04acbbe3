// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/graph/passes/convert.h"
#include "lib/graph/passes/edit.h"
#include "pawl/checkpoint_formats.h"

namespace pawl {
namespace {

// The node's `input` comes from codes, which have the shape `shape` where a node reads them.
absl::Status Dequantize(GraphEditor& edit, int32_t layer, ValueId input, const WeightCodes& coded,
                        const Dims& shape) {
  Graph& graph = edit.graph();
  const std::string name = graph.value(input).name;
  const auto channels = static_cast<int64_t>(coded.scales.size());
  int axis = coded.axis;
  Tensor tensor = coded.codes;
  // Codes of several directions have another shape than the node reads: a channel of each is two
  // indices there.
  const bool reshape = tensor.shape() != shape && channels != 1 && shape[0] != 1;
  if (!reshape && tensor.shape() != shape) {
    PAWL_ASSIGN_OR_RETURN(tensor, tensor.Reshape(shape));
    axis = 1;
  }
  const Dims dims = tensor.shape();
  const ValueId codes = edit.AddTensor(name + "_quantized", std::move(tensor));
  PAWL_ASSIGN_OR_RETURN(
      const ValueId scale,
      edit.AddFloats(name + "_scale", channels == 1 ? Dims{} : Dims{channels}, coded.scales));
  PAWL_ASSIGN_OR_RETURN(const ValueId zero, edit.AddIntegers(name + "_zero_point", DType::kI8,
                                                             channels == 1 ? 0 : channels, 0));
  ValueId back = edit.AddValue(name + "_dequantized", {DType::kF32, dims});
  Node node = edit.Make("DequantizeLinear", {codes, scale, zero}, back);
  if (channels != 1) node.Set(Attribute::Int("axis", axis));
  graph.nodes.push_back(std::move(node));
  if (reshape) {
    PAWL_ASSIGN_OR_RETURN(
        const ValueId extents,
        edit.AddInts(name + "_shape", {static_cast<int64_t>(shape.size())}, shape));
    const ValueId shaped = edit.AddValue(name + "_directions", {DType::kF32, shape});
    graph.nodes.push_back(edit.Make("Reshape", {back, extents}, shaped));
    back = shaped;
  }
  auto& inputs = graph.nodes[static_cast<size_t>(layer)].inputs;
  std::replace(inputs.begin(), inputs.end(), input, back);
  return absl::OkStatus();
}

}  // namespace

absl::Status DequantizeWeights(Graph& graph, const CodedLayer& coded) {
  GraphEditor edit(graph);
  const auto one = [&](ValueId input, const WeightCodes& codes) {
    return Dequantize(edit, coded.layer.node, input, codes, graph.ConstantTensor(input)->shape());
  };
  PAWL_RETURN_IF_ERROR(one(coded.layer.weights, coded.weights));
  if (coded.layer.kind != LayerKind::kRecurrent) return absl::OkStatus();
  return one(coded.layer.recurrent, coded.recurrent);
}

absl::Status MakeMatMulNBits(Graph& graph, const Layer& layer, const QuantizedTensor& q) {
  PAWL_ASSIGN_OR_RETURN(MatMulNBitsTensors tensors, ToMatMulNBits(q));
  GraphEditor edit(graph);
  const std::string name = graph.value(layer.weights).name;
  std::vector<ValueId> inputs = {
      layer.input, edit.AddTensor(name + "_quantized", std::move(tensors.b)), kNoValue};
  PAWL_ASSIGN_OR_RETURN(const Tensor scales, tensors.scales.ToF32());
  inputs[2] = edit.AddTensor(name + "_scale", scales);
  if (!tensors.zero_points.empty()) {
    inputs.push_back(edit.AddTensor(name + "_zero_point", std::move(tensors.zero_points)));
  }
  const Node& old = graph.nodes[static_cast<size_t>(layer.node)];
  const ValueId output = old.outputs[0];
  Node node;
  node.name = old.name;
  node.op = "MatMulNBits";
  node.domain = kMicrosoft;
  node.opset = 1;
  node.inputs = std::move(inputs);
  node.Set(Attribute::Int("K", tensors.k));
  node.Set(Attribute::Int("N", tensors.n));
  node.Set(Attribute::Int("bits", tensors.bits));
  node.Set(Attribute::Int("block_size", tensors.block_size));
  if (layer.bias == kNoValue) {
    node.outputs = {output};
  } else {
    const ValueId product = edit.AddValue(graph.value(output).name + "_product");
    node.outputs = {product};
    graph.nodes.push_back(edit.Make("Add", {product, layer.bias}, output));
  }
  graph.nodes[static_cast<size_t>(layer.node)] = std::move(node);
  UseMicrosoft(graph);
  return absl::OkStatus();
}

}  // namespace pawl
