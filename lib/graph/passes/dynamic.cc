// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/graph/onnx_numbers.h"
#include "lib/graph/passes/convert.h"
#include "lib/graph/passes/edit.h"
#include "lib/graph/product.h"

namespace pawl {
namespace {

class Dynamic {
 public:
  explicit Dynamic(Graph& graph) : graph_(graph), edit_(graph) {}

  absl::Status Add(const CodedLayer& coded) {
    switch (coded.layer.kind) {
      case LayerKind::kConv:
        return AddConv(coded);
      case LayerKind::kLinear:
        return AddLinear(coded);
      case LayerKind::kEmbedding:
        return AddEmbedding(coded);
      case LayerKind::kRecurrent:
        return AddRecurrent(coded);
      default:
        return absl::InvalidArgumentError(
            absl::StrCat(graph_.NodeName(NodeOf(coded)), " has no dynamic form"));
    }
  }

  void Finish() { std::move(added_.begin(), added_.end(), std::back_inserter(graph_.nodes)); }

 private:
  struct Input {
    ValueId codes, scale, zero;
  };

  Node& NodeOf(const CodedLayer& coded) {
    return graph_.nodes[static_cast<size_t>(coded.layer.node)];
  }

  // One for all who read the value.
  Input Quantized(ValueId value) {
    const auto found = inputs_.find(value);
    if (found != inputs_.end()) return found->second;
    const std::string name = graph_.value(value).name;
    const Input input = {edit_.AddValue(name + "_quantized"), edit_.AddValue(name + "_scale"),
                         edit_.AddValue(name + "_zero_point")};
    Node node = edit_.Make("DynamicQuantizeLinear", {value}, input.codes);
    node.outputs = {input.codes, input.scale, input.zero};
    added_.push_back(std::move(node));
    return inputs_[value] = input;
  }

  // sums * (input scale * weight scales) + bias, into the node's own output.
  absl::Status Scale(const CodedLayer& coded, ValueId sums, const Input& input, const Dims& shape,
                     ValueId output) {
    const std::string name = graph_.value(output).name;
    const ValueId as_float = edit_.AddValue(name + "_sums_float");
    Node cast = edit_.Make("Cast", {sums}, as_float);
    cast.Set(Attribute::Int("to", kOnnxFloat));
    added_.push_back(std::move(cast));
    const std::vector<float>& scales = coded.weights.scales;
    PAWL_ASSIGN_OR_RETURN(const ValueId weight_scale,
                          edit_.AddFloats(graph_.value(coded.layer.weights).name + "_scale",
                                          scales.size() == 1 ? Dims{} : shape, scales));
    const ValueId scale = edit_.AddValue(name + "_scale");
    added_.push_back(edit_.Make("Mul", {input.scale, weight_scale}, scale));
    if (coded.layer.bias == kNoValue) {
      added_.push_back(edit_.Make("Mul", {as_float, scale}, output));
      return absl::OkStatus();
    }
    const ValueId product = edit_.AddValue(name + "_product");
    added_.push_back(edit_.Make("Mul", {as_float, scale}, product));
    PAWL_ASSIGN_OR_RETURN(const Tensor bias,
                          graph_.ConstantTensor(coded.layer.bias)->Reshape(shape));
    const ValueId shaped = edit_.AddTensor(graph_.value(coded.layer.bias).name + "_shaped", bias);
    added_.push_back(edit_.Make("Add", {product, shaped}, output));
    return absl::OkStatus();
  }

  absl::Status AddConv(const CodedLayer& coded) {
    const Input input = Quantized(coded.layer.input);
    const std::string name = graph_.value(coded.layer.weights).name;
    const ValueId codes = edit_.AddTensor(name + "_quantized", coded.weights.codes);
    Node& node = NodeOf(coded);
    const ValueId output = node.outputs[0];
    node.op = "ConvInteger";
    node.inputs = {input.codes, codes, input.zero};
    node.outputs[0] = edit_.AddValue(graph_.value(output).name + "_sums");
    Dims shape(static_cast<size_t>(coded.weights.codes.rank()) - 1, 1);
    shape[0] = coded.weights.codes.dim(0);
    return Scale(coded, NodeOf(coded).outputs[0], input, shape, output);
  }

  absl::Status AddLinear(const CodedLayer& coded) {
    const Input input = Quantized(coded.layer.input);
    const std::string name = graph_.value(coded.layer.weights).name;
    Tensor codes = coded.weights.codes;
    if (coded.weights.axis == 0) {  // [out, in], as Gemm's transB has them
      PAWL_ASSIGN_OR_RETURN(Tensor turned,
                            Tensor::Create(DType::kI8, {codes.dim(1), codes.dim(0)}));
      TransposeMatrix(codes.data(), codes.dim(0), codes.dim(1), 1, turned.mutable_data());
      codes = std::move(turned);
    }
    const int64_t channels = codes.dim(1);
    const ValueId weights = edit_.AddTensor(name + "_quantized", std::move(codes));
    Node& node = NodeOf(coded);
    const ValueId output = node.outputs[0];
    node.op = "MatMulInteger";
    node.attributes.clear();
    node.inputs = {input.codes, weights, input.zero};
    node.outputs[0] = edit_.AddValue(graph_.value(output).name + "_sums");
    return Scale(coded, NodeOf(coded).outputs[0], input, {channels}, output);
  }

  absl::Status AddEmbedding(const CodedLayer& coded) {
    const std::string name = graph_.value(coded.layer.weights).name;
    const ValueId codes = edit_.AddTensor(name + "_quantized", coded.weights.codes);
    Node& node = NodeOf(coded);
    const ValueId output = node.outputs[0];
    const ValueId indices = coded.layer.input;
    const std::string stem = graph_.value(output).name;
    node.inputs[0] = codes;
    const ValueId rows = edit_.AddValue(stem + "_codes"),
                  as_float = edit_.AddValue(stem + "_float");
    node.outputs[0] = rows;
    Node cast = edit_.Make("Cast", {rows}, as_float);
    cast.Set(Attribute::Int("to", kOnnxFloat));
    added_.push_back(std::move(cast));
    const auto& s = coded.weights.scales;
    ValueId scale = kNoValue;
    if (s.size() == 1) {
      PAWL_ASSIGN_OR_RETURN(scale, edit_.AddFloats(name + "_scale", {}, s));
    } else {
      PAWL_ASSIGN_OR_RETURN(
          const ValueId table,
          edit_.AddFloats(name + "_scale", {static_cast<int64_t>(s.size()), 1}, s));
      scale = edit_.AddValue(stem + "_scale");
      added_.push_back(edit_.Make("Gather", {table, indices}, scale));
    }
    added_.push_back(edit_.Make("Mul", {as_float, scale}, output));
    return absl::OkStatus();
  }

  // Codes [directions, columns, outputs], scales and zero points [directions, outputs]: inputs
  // `codes` and `scale` on of DynamicQuantizeLSTM.
  absl::Status AddMatrix(ValueId weights, const WeightCodes& coded, Node& node, size_t codes,
                         size_t scale) {
    const std::string name = graph_.value(weights).name;
    const Dims dims = graph_.ConstantTensor(weights)->shape();
    const int64_t directions = dims[0], outputs = dims[1], columns = dims[2];
    PAWL_ASSIGN_OR_RETURN(Tensor turned,
                          Tensor::Create(DType::kI8, {directions, columns, outputs}));
    for (int64_t d = 0; d < directions; ++d) {
      const int64_t at = d * outputs * columns;
      TransposeMatrix(coded.codes.as<int8_t>().data() + at, outputs, columns, 1,
                      turned.mutable_as<int8_t>().data() + at);
    }
    std::vector<float> scales = coded.scales;
    const bool one = scales.size() == 1;
    if (one) scales.resize(static_cast<size_t>(directions), scales[0]);
    const Dims shape = one ? Dims{directions} : Dims{directions, outputs};
    node.inputs[codes] = edit_.AddTensor(name + "_quantized", std::move(turned));
    PAWL_ASSIGN_OR_RETURN(node.inputs[scale], edit_.AddFloats(name + "_scale", shape, scales));
    PAWL_ASSIGN_OR_RETURN(Tensor zeros, Tensor::Create(DType::kI8, shape));
    node.inputs[scale + 1] = edit_.AddTensor(name + "_zero_point", std::move(zeros));
    return absl::OkStatus();
  }

  absl::Status AddRecurrent(const CodedLayer& coded) {
    Node node = NodeOf(coded);
    if (!HasDynamicForm(node)) {
      return absl::InvalidArgumentError(
          absl::StrCat(graph_.NodeName(node), " has no dynamic form"));
    }
    node.inputs.resize(12, kNoValue);
    PAWL_RETURN_IF_ERROR(AddMatrix(coded.layer.weights, coded.weights, node, 1, 8));
    PAWL_RETURN_IF_ERROR(AddMatrix(coded.layer.recurrent, coded.recurrent, node, 2, 10));
    node.op = "DynamicQuantizeLSTM";
    node.domain = kMicrosoft;
    node.opset = 1;
    node.attributes.erase(std::remove_if(node.attributes.begin(), node.attributes.end(),
                                         [](const Attribute& a) { return a.name == "layout"; }),
                          node.attributes.end());
    NodeOf(coded) = std::move(node);
    UseMicrosoft(graph_);
    return absl::OkStatus();
  }

  Graph& graph_;
  GraphEditor edit_;
  std::map<ValueId, Input> inputs_;
  std::vector<Node> added_;
};

}  // namespace

bool HasDynamicForm(const Node& recurrent) {
  return recurrent.op == "LSTM" && recurrent.Int("layout", 0) == 0;
}

absl::Status MakeDynamic(Graph& graph, const std::vector<CodedLayer>& layers) {
  Dynamic dynamic(graph);
  for (const CodedLayer& coded : layers) PAWL_RETURN_IF_ERROR(dynamic.Add(coded));
  dynamic.Finish();
  return absl::OkStatus();
}

}  // namespace pawl
