// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/graph/passes/quant_plan.h"

#include <algorithm>
#include <utility>

#include "lib/core/status_macros.h"
#include "lib/graph/operator.h"

namespace pawl {
namespace {

class Planner {
 public:
  Planner(const Graph& graph, const TargetRules& rules)
      : graph_(graph),
        rules_(rules),
        producers_(graph.Producers()),
        users_(graph.Users()),
        point_(graph.values.size()),
        wanted_(graph.values.size(), false),
        output_(graph.values.size(), false),
        captured_(graph.values.size(), false) {
    for (const Node& node : graph.nodes) {
      for (const Attribute& attribute : node.attributes) {
        for (const auto& subgraph : attribute.graphs) {
          for (const Capture& capture : subgraph->captures) {
            captured_[static_cast<size_t>(capture.outer)] = true;
          }
        }
      }
    }
    for (const ValueId id : graph.outputs) output_[static_cast<size_t>(id)] = true;
  }

  absl::StatusOr<QuantPlan> Plan(std::vector<PlannedLayer> layers) {
    PAWL_ASSIGN_OR_RETURN(const std::vector<int32_t> order, graph_.TopologicalOrder());
    for (const PlannedLayer& planned : layers) WantLayer(planned);
    for (auto it = order.rbegin(); it != order.rend(); ++it) WantThrough(*it);
    for (const int32_t n : order) {
      Spread(n);
      CodesForSubgraphs(n);
    }
    QuantPlan plan;
    plan.layers = std::move(layers);
    for (const ValueId id : graph_.inputs) Emit(id, &plan);
    for (const Capture& capture : graph_.captures) Emit(capture.inner, &plan);
    for (const int32_t n : order) {
      for (const ValueId id : NodeOf(n).outputs) Emit(id, &plan);
    }
    return plan;
  }

 private:
  const Node& NodeOf(int32_t n) const { return graph_.nodes[static_cast<size_t>(n)]; }
  QuantPoint& At(ValueId id) { return point_[static_cast<size_t>(id)]; }
  bool Wanted(ValueId id) const { return id != kNoValue && wanted_[static_cast<size_t>(id)]; }
  int32_t Producer(ValueId id) const { return producers_[static_cast<size_t>(id)]; }

  void Want(ValueId id, int32_t user) {
    if (id == kNoValue || graph_.value(id).constant != nullptr) return;
    wanted_[static_cast<size_t>(id)] = true;
    At(id).value = id;
    std::vector<int32_t>& users = At(id).users;
    if (user >= 0 && std::find(users.begin(), users.end(), user) == users.end()) {
      users.push_back(user);
    }
  }

  void WantLayer(const PlannedLayer& planned) {
    const Layer& layer = planned.layer;
    Want(layer.input, layer.node);
    if (planned.wide) At(layer.input).wide = true;
    if (layer.kind == LayerKind::kProduct) {
      Want(layer.weights, layer.node);
      if (planned.wide) At(layer.weights).wide = true;
    }
    const bool conv = layer.kind == LayerKind::kConv || layer.kind == LayerKind::kConvTranspose;
    if (!conv || !rules_.quantize_conv_outputs || planned.wide) return;
    const ValueId end = EndOf(NodeOf(layer.node).outputs[0]);
    Want(end, -1);
    At(end).all_users = true;
  }

  // Past an activation that codes can do by being clipped.
  ValueId EndOf(ValueId value) const {
    const auto& users = users_[static_cast<size_t>(value)];
    if (users.size() != 1 || output_[static_cast<size_t>(value)]) return value;
    return IsClip(users[0]) ? NodeOf(users[0]).outputs[0] : value;
  }

  bool IsClip(int32_t n) const {
    const Node& node = NodeOf(n);
    if (!node.domain.empty()) return false;
    if (node.op == "Relu") return true;
    if (node.op != "Clip") return false;
    const Tensor* low = graph_.ConstantTensor(node.Input(1));
    return low != nullptr && low->dtype() == DType::kF32 && low->num_elements() == 1 &&
           low->as<float>()[0] == 0.0f;
  }

  // Types in subgraphs are those that the file gives, and it need not.
  static bool MayBeFloat(const Value& value) {
    return value.type.dtype.value_or(DType::kF32) == DType::kF32;
  }

  // Operators whose output has codes of the input alone.
  bool Passes(const Node& node) const {
    if (!node.domain.empty()) return false;
    const Operator* op = FindOperator(node.domain, node.op, node.opset);
    if (op == nullptr || node.inputs.empty() || node.inputs[0] == kNoValue) return false;
    const Value& in = graph_.value(node.inputs[0]);
    if (in.constant != nullptr || !MayBeFloat(in)) return false;
    if (node.op == "MaxPool") return node.outputs.size() == 1;
    if (node.op == "Resize") return node.String("mode", "nearest") == "nearest";
    if (node.op == "Pad" || node.op == "ScatterElements" || node.op == "ScatterND") return false;
    return op->quantize == QuantKind::kPasses && node.op != "Identity";
  }

  // A value that only moves is worth having as codes where it comes from.
  void WantThrough(int32_t n) {
    const Node& node = NodeOf(n);
    if (!Passes(node) || node.outputs.size() != 1 || !Wanted(node.outputs[0])) return;
    Want(node.inputs[0], n);
    At(node.inputs[0]).wide |= At(node.outputs[0]).wide;
  }

  // Codes that are only moved, and then read by a subgraph, are codes there: the point that they
  // come from serves again. (ONNX Runtime 1.31 moves a DequantizeLinear behind what moves codes,
  // and does not load a model where a subgraph reads that.) Not Pad, whose constant may lie outside
  // the range.
  void CodesForSubgraphs(int32_t n) {
    const Node& node = NodeOf(n);
    const Operator* op = FindOperator(node.domain, node.op, node.opset);
    const bool moves = op != nullptr && node.op != "Pad" &&
                       (op->quantize == QuantKind::kPasses || node.op == "MaxPool");
    if (!moves || node.Input(0) == kNoValue || node.Output(0) == kNoValue) return;
    const ValueId in = node.inputs[0], out = node.outputs[0];
    const auto moved = moved_.find(in);
    const std::vector<int32_t>& users = At(in).users;
    const bool codes =
        Wanted(in) && (At(in).all_users || std::find(users.begin(), users.end(), n) != users.end());
    if ((!codes && moved == moved_.end()) || Wanted(out)) return;
    const ValueId from = codes ? in : moved->second;
    moved_[out] = from;
    if (!captured_[static_cast<size_t>(out)]) return;
    Want(out, -1);
    At(out).all_users = true;
    At(out).same_as = from;
    At(out).wide = At(from).wide;
  }

  // Where all that an operator reads are codes and its result is to be codes too, everybody reads
  // those: the operator is one of integers.
  void Spread(int32_t n) {
    const Node& node = NodeOf(n);
    const Operator* op = FindOperator(node.domain, node.op, node.opset);
    if (op == nullptr || node.outputs.empty() || node.outputs[0] == kNoValue) return;
    const bool passes = Passes(node);
    switch (op->quantize) {
      case QuantKind::kPasses:
      case QuantKind::kSameScale:
      case QuantKind::kPooling:
      case QuantKind::kElementwise:
        break;
      default:
        if (!passes) return;
    }
    bool all = true;
    for (const ValueId id : node.inputs) {
      if (id == kNoValue || graph_.value(id).constant != nullptr) continue;
      if (!MayBeFloat(graph_.value(id))) continue;
      all &= (Wanted(id) && (At(id).all_users || passes)) || integer_.count(id) > 0;
    }
    if (!all) return;
    const ValueId out = node.outputs[0];
    if (!Wanted(out)) {  // a sum may go on into a ReLU
      if (users_[static_cast<size_t>(out)].size() == 1 &&
          IsClip(users_[static_cast<size_t>(out)][0])) {
        integer_[out] = true;
      }
      return;
    }
    if (passes) {
      At(out).same_as = node.inputs[0];
      At(out).all_users |= At(node.inputs[0]).all_users;
    } else {
      At(out).all_users = true;
    }
    if (node.op != "Concat" || !rules_.shared_concat) return;
    for (const ValueId id : node.inputs) {
      if (Wanted(id) && id != out)
        At(id).same_as = At(id).same_as == kNoValue ? out : At(id).same_as;
    }
  }

  void Emit(ValueId id, QuantPlan* plan) {
    if (Wanted(id)) plan->points.push_back(At(id));
  }

  const Graph& graph_;
  const TargetRules& rules_;
  const std::vector<int32_t> producers_;
  const std::vector<std::vector<int32_t>> users_;
  std::vector<QuantPoint> point_;
  std::vector<bool> wanted_, output_, captured_;
  absl::flat_hash_map<ValueId, ValueId> moved_;  // codes that moved: whose they are
  absl::flat_hash_map<ValueId, bool> integer_;
};

}  // namespace

absl::StatusOr<QuantPlan> PlanPoints(const Graph& graph, std::vector<PlannedLayer> layers,
                                     const TargetRules& rules) {
  return Planner(graph, rules).Plan(std::move(layers));
}

CodeRange ActivationCodes(const TargetRules& rules, bool wide) {
  if (rules.symmetric_activations) {
    return wide ? CodeRange{-32767, 32767, true} : CodeRange{-127, 127, true};
  }
  return wide ? CodeRange{0, 65535, false} : CodeRange{0, 255, false};
}

DType ActivationType(const TargetRules& rules, bool wide) {
  if (rules.symmetric_activations) return wide ? DType::kI16 : DType::kI8;
  return wide ? DType::kU16 : DType::kU8;
}

}  // namespace pawl
