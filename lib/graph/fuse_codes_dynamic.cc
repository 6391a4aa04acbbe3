// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// MatMulInteger and ConvInteger, and what makes floats of their sums, as dynamic quantization
// writes them: Cast, a product with both sides' scales, a bias.

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/graph/fuse_codes.h"
#include "lib/graph/onnx_numbers.h"
#include "lib/graph/operators/window.h"
#include "lib/graph/own_operators.h"

namespace pawl {
namespace {

constexpr int64_t kMostColumns = 32768;  // as QuantizedConv takes them

// The other input of a node of two; kNoValue where it has not `value`.
ValueId Other(const Node& node, ValueId value) {
  if (node.inputs.size() != 2 || node.inputs[0] == node.inputs[1]) return kNoValue;
  return node.inputs[0] == value   ? node.inputs[1]
         : node.inputs[1] == value ? node.inputs[0]
                                   : kNoValue;
}

// One product or convolution while what follows it is merged.
class Merger {
 public:
  Merger(FuseGraph& g, Node& node, bool conv)
      : g_(g),
        node_(node),
        conv_(conv),
        weights_(g.graph().ConstantTensor(node.Input(1))),
        outputs_(weights_->dim(conv ? 0 : 1)) {}

  void Run() {
    Node* cast = g_.OnlyUser(node_.outputs[0]);
    if (cast == nullptr || cast->op != "Cast" || cast->Int("to", 0) != kOnnxFloat) return;
    Node* scale = g_.OnlyUser(cast->outputs[0]);
    if (scale == nullptr || scale->op != "Mul") return;
    const ValueId product = Other(*scale, cast->outputs[0]);
    if (product == kNoValue) return;
    const Scales scales = ScalesOf(product);
    if (scales.activations == kNoValue) return;
    std::vector<ValueId> inputs = {node_.inputs[0], node_.inputs[1], scales.activations,
                                   scales.weights,  node_.Input(2),  node_.Input(3)};
    g_.TakeOver(node_, *cast);
    const ValueId scaled = scale->outputs[0];
    g_.TakeOver(node_, *scale);
    Node* add = g_.OnlyUser(scaled);
    if (add != nullptr && add->op == "Add") {
      const ValueId bias = BiasOf(Other(*add, scaled));
      if (bias != kNoValue) {
        inputs.push_back(bias);
        g_.TakeOver(node_, *add);
      }
    }
    g_.SetInputs(node_, std::move(inputs));
    node_.op = conv_ ? "ConvIntegerToFloat" : "MatMulIntegerToFloat";
    node_.domain = std::string(conv_ ? kPawlDomain : kMicrosoftDomain);
    node_.opset = 1;
  }

 private:
  // The activations' scale and the weights', of which a value is the product.
  struct Scales {
    ValueId activations = kNoValue, weights = kNoValue;
  };

  // f32, one or one for each output, as it is broadcast over the results.
  bool IsRow(ValueId id, bool one) const {
    const Tensor* tensor = g_.graph().ConstantTensor(id);
    if (tensor == nullptr || tensor->dtype() != DType::kF32) return false;
    if (one && tensor->num_elements() == 1) return tensor->rank() <= (conv_ ? weights_->rank() : 1);
    if (tensor->num_elements() != outputs_) return false;
    if (!conv_) return tensor->rank() == 1;
    return !g_.PerChannel(id, outputs_, static_cast<size_t>(weights_->rank())).empty();
  }

  Scales ScalesOf(ValueId product) {
    const Node* node = g_.Producer(product, "Mul");
    if (node == nullptr || node->inputs.size() != 2) return {};
    for (const size_t side : {0, 1}) {
      const ValueId weights = node->inputs[side], activations = node->inputs[1 - side];
      const Node* from = g_.AnyProducer(activations);
      if (from != nullptr && from->op == "DynamicQuantizeLinear" &&
          from->Output(1) == activations && IsRow(weights, true)) {
        return {activations, weights};
      }
    }
    return {};
  }

  // A bias of one f32 an output; ONNX Runtime's files give it its shape by a Reshape.
  ValueId BiasOf(ValueId id) {
    if (id == kNoValue) return kNoValue;
    if (IsRow(id, false)) return id;
    const Node* reshape = conv_ ? g_.Producer(id, "Reshape") : nullptr;
    if (reshape == nullptr) return kNoValue;
    const Tensor* bias = g_.graph().ConstantTensor(reshape->Input(0));
    const Tensor* shape = g_.graph().ConstantTensor(reshape->Input(1));
    if (bias == nullptr || bias->dtype() != DType::kF32 || bias->num_elements() != outputs_ ||
        shape == nullptr || shape->dtype() != DType::kI64) {
      return kNoValue;
    }
    const auto dims = shape->as<int64_t>();
    const auto rank = static_cast<size_t>(weights_->rank());
    if (dims.size() > rank || dims.size() + 1 < rank) return kNoValue;
    for (size_t d = 0; d < dims.size(); ++d) {
      const bool channel = d + rank - dims.size() == 1;
      if (channel ? dims[d] != -1 && dims[d] != outputs_ : dims[d] != 1) return kNoValue;
    }
    return reshape->Input(0);
  }

  FuseGraph& g_;
  Node& node_;
  bool conv_;
  const Tensor* weights_;
  int64_t outputs_;
};

bool IsCodes(std::optional<DType> dtype) { return dtype == DType::kU8 || dtype == DType::kI8; }

// Whether an integer layer takes the weights: there is no other kernel for the merged operators.
bool LayerTakes(const Graph& graph, const Node& node, bool conv) {
  const Tensor* weights = graph.ConstantTensor(node.Input(1));
  if (weights == nullptr || !IsCodes(weights->dtype()) || weights->num_elements() == 0) {
    return false;
  }
  if (node.Input(0) == kNoValue || !IsCodes(graph.value(node.Input(0)).type.dtype)) return false;
  const int64_t outputs = weights->dim(conv ? 0 : weights->rank() - 1);
  if (weights->num_elements() / outputs > kMostColumns) return false;
  if (node.Input(3) != kNoValue) {
    const Tensor* zeros = graph.ConstantTensor(node.Input(3));
    if (zeros == nullptr || (zeros->num_elements() != 1 && zeros->num_elements() != outputs)) {
      return false;
    }
  }
  if (!conv) return weights->rank() == 2;
  return (weights->rank() == 3 || weights->rank() == 4) && !PaddingFollowsSize(node) &&
         outputs % std::max<int64_t>(1, node.Int("group", 1)) == 0;
}

}  // namespace

void FuseDynamicProducts(FuseGraph& g) {
  for (size_t i = 0; i < g.num_nodes(); ++i) {
    Node& node = g.node(i);
    if (!g.alive(i) || !node.domain.empty()) continue;
    const bool conv = node.op == "ConvInteger";
    if (!conv && node.op != "MatMulInteger") continue;
    const Node* from = g.AnyProducer(node.Input(0));
    if (from != nullptr && from->op == "DynamicQuantizeLinear" && from->domain.empty()) {
      g.graph().value(node.inputs[0]).type.dtype = DType::kU8;  // whoever built the graph
    }
    if (LayerTakes(g.graph(), node, conv)) Merger(g, node, conv).Run();
  }
}

}  // namespace pawl
