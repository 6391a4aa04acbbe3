// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// FusedConv as ONNX Runtime's optimizer writes it (com.microsoft): Conv, a sum with input 3, and an
// activation by name.

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "lib/core/status_macros.h"
#include "lib/graph/operator.h"
#include "lib/graph/operators/fused_conv.h"
#include "lib/graph/passes/edit.h"
#include "lib/graph/passes/passes.h"

namespace pawl {
namespace {

class Expansion {
 public:
  Expansion(Graph& graph, Node& node, std::vector<Node>* added)
      : graph_(graph), edit_(graph), node_(node), added_(*added) {
    const auto found = graph.opsets.find("");
    opset_ = std::max(13, found == graph.opsets.end() ? 0 : found->second);
  }

  absl::Status Run() {
    PAWL_ASSIGN_OR_RETURN(const NamedActivation activation, NamedActivation::Of(node_));
    const ValueId sum = node_.Input(3);
    std::vector<Node> after;
    if (sum != kNoValue) after.push_back(Made("Add", {kNoValue, sum}));
    if (!activation.name.empty()) {
      PAWL_ASSIGN_OR_RETURN(Node node, Activation(activation));
      after.push_back(std::move(node));
    }
    const ValueId output = node_.outputs[0];
    node_.op = "Conv";
    node_.domain.clear();
    node_.opset = opset_;
    node_.inputs.resize(std::min<size_t>(node_.inputs.size(), 3));
    auto& attributes = node_.attributes;
    attributes.erase(std::remove_if(attributes.begin(), attributes.end(),
                                    [](const Attribute& a) {
                                      return a.name == "activation" ||
                                             a.name == "activation_params";
                                    }),
                     attributes.end());
    ValueId value = output;
    for (size_t i = after.size(); i-- > 0;) {  // from the last, which has the node's own output
      after[i].outputs = {value};
      after[i].name = edit_.NodeName(graph_.value(value).name);
      value = edit_.AddValue(graph_.value(output).name + "_conv", graph_.value(output).type);
      after[i].inputs[0] = value;
    }
    node_.outputs[0] = value;
    std::move(after.begin(), after.end(), std::back_inserter(added_));
    return absl::OkStatus();
  }

 private:
  Node Made(const char* op, std::vector<ValueId> inputs) const {
    Node node;
    node.op = op;
    node.opset = opset_;
    node.inputs = std::move(inputs);
    return node;
  }

  absl::StatusOr<Node> Activation(const NamedActivation& a) {
    Node node = Made(a.name.c_str(), {kNoValue});
    if (a.name == "Clip") {
      for (const float bound : {a.alpha, a.beta}) {
        PAWL_ASSIGN_OR_RETURN(const ValueId id,
                              edit_.AddFloats(node_.name + "_bound", {}, {bound}));
        node.inputs.push_back(id);
      }
    }
    if (a.name == "LeakyRelu" || a.name == "HardSigmoid") {
      node.Set(Attribute::Float("alpha", a.alpha));
    }
    if (a.name == "HardSigmoid") node.Set(Attribute::Float("beta", a.beta));
    return node;
  }

  Graph& graph_;
  GraphEditor edit_;
  Node& node_;
  std::vector<Node>& added_;
  int opset_ = 13;
};

}  // namespace

absl::Status ExpandFusedConv(Graph& graph) {
  std::vector<Node> added;
  for (Node& node : graph.nodes) {
    if (node.op != "FusedConv" || node.domain != kMicrosoft || node.outputs.empty()) continue;
    if (const absl::Status status = Expansion(graph, node, &added).Run(); !status.ok()) {
      return AtNode(graph, node, status);
    }
  }
  std::move(added.begin(), added.end(), std::back_inserter(graph.nodes));
  return absl::OkStatus();
}

}  // namespace pawl
