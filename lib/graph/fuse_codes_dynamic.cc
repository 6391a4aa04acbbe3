// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// MatMulInteger and what makes floats of its sums, as dynamic quantization writes them: Cast, a
// product with both sides' scales, a bias.

#include <utility>
#include <vector>

#include "lib/graph/fuse_codes.h"
#include "lib/graph/own_operators.h"

namespace pawl {
namespace {

constexpr int64_t kFloatType = 1;  // TensorProto.DataType

// f32, one or one for each of `count` columns, as a product with [..., columns] sees it.
bool IsRow(const Graph& graph, ValueId id, int64_t count, bool one) {
  const Tensor* tensor = id == kNoValue ? nullptr : graph.ConstantTensor(id);
  if (tensor == nullptr || tensor->dtype() != DType::kF32) return false;
  if (one && tensor->num_elements() == 1) return tensor->rank() <= 1;
  return tensor->num_elements() == count && tensor->rank() == 1;
}

// The other input of a node of two; kNoValue where it has not `value`.
ValueId Other(const Node& node, ValueId value) {
  if (node.inputs.size() != 2 || node.inputs[0] == node.inputs[1]) return kNoValue;
  return node.inputs[0] == value   ? node.inputs[1]
         : node.inputs[1] == value ? node.inputs[0]
                                   : kNoValue;
}

// The activations' scale and the weights', of which `product` is the product.
struct Scales {
  ValueId activations = kNoValue, weights = kNoValue;
};
Scales ScalesOf(FuseGraph& g, ValueId product, int64_t outputs) {
  const Node* node = g.Producer(product, "Mul");
  if (node == nullptr || node->inputs.size() != 2) return {};
  for (const size_t side : {0, 1}) {
    const ValueId weights = node->inputs[side], activations = node->inputs[1 - side];
    const Node* from = g.AnyProducer(activations);
    if (from != nullptr && from->op == "DynamicQuantizeLinear" && from->Output(1) == activations &&
        IsRow(g.graph(), weights, outputs, true)) {
      return {activations, weights};
    }
  }
  return {};
}

void FuseOne(FuseGraph& g, Node& node) {
  const Tensor* weights = g.graph().ConstantTensor(node.Input(1));
  if (weights == nullptr || weights->rank() != 2) return;
  if (node.Input(3) != kNoValue && g.graph().ConstantTensor(node.Input(3)) == nullptr) return;
  const int64_t outputs = weights->dim(1);
  Node* cast = g.OnlyUser(node.outputs[0]);
  if (cast == nullptr || cast->op != "Cast" || cast->Int("to", 0) != kFloatType) return;
  Node* scale = g.OnlyUser(cast->outputs[0]);
  if (scale == nullptr || scale->op != "Mul") return;
  const ValueId product = Other(*scale, cast->outputs[0]);
  if (product == kNoValue) return;
  const Scales scales = ScalesOf(g, product, outputs);
  if (scales.activations == kNoValue) return;
  std::vector<ValueId> inputs = {node.inputs[0], node.inputs[1], scales.activations,
                                 scales.weights, node.Input(2),  node.Input(3)};
  g.TakeOver(node, *cast);
  const ValueId scaled = scale->outputs[0];
  g.TakeOver(node, *scale);
  Node* add = g.OnlyUser(scaled);
  if (add != nullptr && add->op == "Add" && IsRow(g.graph(), Other(*add, scaled), outputs, false)) {
    inputs.push_back(Other(*add, scaled));
    g.TakeOver(node, *add);
  }
  g.SetInputs(node, std::move(inputs));
  node.op = "MatMulIntegerToFloat";
  node.domain = std::string(kMicrosoftDomain);
  node.opset = 1;
}

}  // namespace

void FuseDynamicProducts(FuseGraph& g) {
  for (size_t i = 0; i < g.num_nodes(); ++i) {
    Node& node = g.node(i);
    if (g.alive(i) && node.op == "MatMulInteger" && node.domain.empty()) FuseOne(g, node);
  }
}

}  // namespace pawl
