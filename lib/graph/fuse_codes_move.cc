// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Operators that move elements, or pick among them, move codes.

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "lib/graph/fuse_codes.h"

namespace pawl {
namespace {

constexpr absl::string_view kMovers[] = {
    "Reshape", "Flatten",      "Squeeze",      "Unsqueeze", "Transpose",      "Identity", "Slice",
    "Split",   "Gather",       "Expand",       "Tile",      "GatherElements", "GatherND", "MaxPool",
    "Concat",  "DepthToSpace", "SpaceToDepth", "Resize",    "Upsample",
};

// Whether the results are elements of the inputs, picked by comparisons at most.
bool Moves(const Node& node) {
  if (!node.domain.empty()) return false;
  if (std::find(std::begin(kMovers), std::end(kMovers), node.op) == std::end(kMovers)) return false;
  if (node.op == "MaxPool") return node.Output(1) == kNoValue;
  if (node.op == "Resize" || node.op == "Upsample") {
    return node.String("mode", "nearest") == "nearest" &&
           node.String("coordinate_transformation_mode", "") != "tf_crop_and_resize";
  }
  return true;
}

class Mover {
 public:
  Mover(Graph& graph, const std::vector<bool>& observed) : graph_(graph), g_(graph, observed) {}

  void Run(const std::vector<int32_t>& order) {
    for (const int32_t index : order) {
      const auto i = static_cast<size_t>(index);
      if (!g_.alive(i) || !Moves(g_.node(i))) continue;
      if (g_.node(i).op == "Concat") JoinScales(i);
      Move(i);
    }
    g_.Compact();
    for (Node& node : added_) graph_.nodes.push_back(std::move(node));
  }

 private:
  size_t Operands(const Node& node) const { return node.op == "Concat" ? node.inputs.size() : 1; }

  // Codes of a value, those that this pass made included.
  std::optional<Dequantized> CodesOf(ValueId value) {
    const auto made = made_.find(value);
    return made != made_.end() ? made->second : DequantizedOf(g_, value);
  }

  // Inputs of one type of codes.
  std::vector<Dequantized> InputsOf(const Node& node) {
    std::vector<Dequantized> found;
    for (size_t i = 0; i < Operands(node); ++i) {
      const auto input = CodesOf(node.Input(i));
      if (!input.has_value()) return {};
      // Constants may be weights, which are looked for as such.
      if (graph_.value(input->codes).constant != nullptr && node.op != "Gather") return {};
      if (!found.empty() && !input->type.SameAs(found[0].type)) return {};
      found.push_back(*input);
    }
    return found;
  }

  void Move(size_t i) {
    Node& node = g_.node(i);
    const std::vector<Dequantized> from = InputsOf(node);
    if (from.empty() || (node.op == "MaxPool" && !from[0].type.bytes())) return;
    std::vector<ValueId> inputs = node.inputs;
    for (size_t at = 0; at < from.size(); ++at) inputs[at] = from[at].codes;
    g_.SetInputs(node, std::move(inputs));
    std::vector<ValueId> outputs = node.outputs;
    for (ValueId& output : outputs) {
      if (output == kNoValue) continue;
      ValueType type = graph_.value(output).type;
      type.dtype = from[0].type.dtype;
      const ValueId codes = graph_.AddValue(NewName(graph_, "codes"), std::move(type));
      Convert("DequantizeLinear", codes, from[0].type, output);
      made_[output] = Dequantized{codes, from[0].type};
      output = codes;
    }
    g_.SetOutputs(node, std::move(outputs));
  }

  void Convert(const char* op, ValueId from, const CodeType& type, ValueId to) {
    Node node;
    node.op = op;
    node.opset = 13;
    node.name = graph_.value(to).name;
    node.inputs = {from, type.scale_id, ZeroPoint(graph_, type)};
    node.outputs = {to};
    added_.push_back(std::move(node));
  }

  // Where what is joined has several types of codes, and all of it becomes those of a third, they
  // are made those before.
  void JoinScales(size_t i) {
    const Node* user = g_.OnlyUserOfAny(g_.node(i).outputs[0]);
    if (user == nullptr || !IsQuantize(*user)) return;
    const auto target = CodeTypeOf(graph_, *user);
    if (!target.has_value() || !target->bytes()) return;
    bool same = true;
    for (const ValueId input : g_.node(i).inputs) {
      const auto codes = CodesOf(input);
      if (!codes.has_value() || !codes->type.bytes()) return;
      same &= codes->type.SameAs(*target);
    }
    if (same) return;
    std::vector<ValueId> inputs = g_.node(i).inputs;
    for (ValueId& input : inputs) {
      ValueType type = graph_.value(input).type;
      type.dtype = target->dtype;
      const ValueId codes = graph_.AddValue(NewName(graph_, "codes"), std::move(type));
      Convert("QuantizeLinear", input, *target, codes);
      input = codes;
    }
    Node& node = g_.node(i);
    g_.SetInputs(node, std::move(inputs));
    g_.TakeOver(node, *user);
  }

  Graph& graph_;
  FuseGraph g_;
  std::vector<Node> added_;
  absl::flat_hash_map<ValueId, std::optional<Dequantized>> made_;  // by what `added_` dequantizes
};

}  // namespace

void MoveCodes(Graph& graph, const std::vector<bool>& observed) {
  const auto order = graph.TopologicalOrder();
  if (order.ok()) Mover(graph, observed).Run(*order);
}

}  // namespace pawl
