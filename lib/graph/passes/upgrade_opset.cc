// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What changed between versions of ONNX's operators (onnx/onnx, docs/Changelog.md): attributes that
// became inputs, and softmax over one axis instead of a flattened matrix.

#include <algorithm>
#include <iterator>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "lib/core/status_macros.h"
#include "lib/graph/operator.h"
#include "lib/graph/passes/passes.h"

namespace pawl {
namespace {

class Upgrade {
 public:
  Upgrade(Graph& graph, int to) : graph_(graph), to_(to) {}

  absl::Status Run() {
    std::vector<Node> old = std::move(graph_.nodes);
    graph_.nodes.clear();
    for (Node& node : old) {
      PAWL_RETURN_IF_ERROR(Subgraphs(node));
      if (node.domain.empty() && node.opset < to_) {
        if (const absl::Status status = One(node); !status.ok()) {
          return AtNode(graph_, node, status);
        }
        node.opset = to_;
      }
      nodes_.push_back(std::move(node));
      std::move(after_.begin(), after_.end(), std::back_inserter(nodes_));
      after_.clear();
    }
    graph_.nodes = std::move(nodes_);
    return absl::OkStatus();
  }

 private:
  absl::Status Subgraphs(Node& node) const {
    for (Attribute& attribute : node.attributes) {
      for (auto& subgraph : attribute.graphs) {
        auto copy = std::make_shared<Graph>(*subgraph);
        PAWL_RETURN_IF_ERROR(Upgrade(*copy, to_).Run());
        subgraph = std::move(copy);
      }
    }
    return absl::OkStatus();
  }

  static void Drop(Node& node, absl::string_view name) {
    auto& list = node.attributes;
    list.erase(std::remove_if(list.begin(), list.end(),
                              [&](const Attribute& a) { return a.name == name; }),
               list.end());
  }

  std::string Stem(const Node& node, absl::string_view what) const {
    return graph_.UniqueName(absl::StrCat(graph_.value(node.outputs[0]).name, "/", what));
  }

  void SetInput(Node& node, size_t at, ValueId id) {
    if (node.inputs.size() <= at) node.inputs.resize(at + 1, kNoValue);
    node.inputs[at] = id;
  }

  // An attribute with integers becomes input `at`.
  absl::Status IntsToInput(Node& node, absl::string_view name, size_t at) {
    const Attribute* found = node.Find(name);
    if (found == nullptr) return absl::OkStatus();
    const std::vector<int64_t> ints =
        found->kind == AttributeKind::kInt ? std::vector<int64_t>{found->i} : found->ints;
    PAWL_ASSIGN_OR_RETURN(Tensor tensor,
                          Tensor::FromValues<int64_t>({static_cast<int64_t>(ints.size())}, ints));
    SetInput(node, at, graph_.AddConstant(Stem(node, name), std::move(tensor)));
    Drop(node, name);
    return absl::OkStatus();
  }

  absl::Status FloatToInput(Node& node, absl::string_view name, size_t at, float otherwise) {
    const float value = node.Float(name, otherwise);
    PAWL_ASSIGN_OR_RETURN(Tensor tensor,
                          Tensor::FromValues<float>({}, absl::MakeConstSpan(&value, 1)));
    SetInput(node, at, graph_.AddConstant(Stem(node, name), std::move(tensor)));
    Drop(node, name);
    return absl::OkStatus();
  }

  // Over all dimensions from `axis` on, flattened: as it is where that is the last one.
  absl::Status Softmax(Node& node) {
    const ValueId x = node.Input(0);
    const auto& shape = graph_.value(x).type.shape;
    const int64_t axis = node.Int("axis", 1);
    node.Set(Attribute::Int("axis", -1));
    if (axis == -1 || (shape.has_value() && axis == static_cast<int64_t>(shape->size()) - 1)) {
      return absl::OkStatus();
    }
    const auto add = [&](const std::string& op, std::vector<ValueId> inputs, const char* what) {
      Node made;
      made.op = op;
      made.name = Stem(node, what);
      made.opset = to_;
      made.inputs = std::move(inputs);
      made.outputs = {graph_.AddValue(made.name)};
      return made;
    };
    nodes_.push_back(add("Shape", {x}, "shape"));
    const ValueId extents = nodes_.back().outputs[0];
    nodes_.push_back(add("Flatten", {x}, "rows"));
    nodes_.back().Set(Attribute::Int("axis", axis));
    node.inputs[0] = nodes_.back().outputs[0];
    const ValueId y = node.outputs[0];
    node.outputs[0] = graph_.AddValue(Stem(node, "flat"));
    Node back = add("Reshape", {node.outputs[0], extents}, "back");
    back.outputs[0] = y;
    after_.push_back(std::move(back));
    return absl::OkStatus();
  }

  // Before opset 11 pixels were where `asymmetric` puts them, and the nearest was the one below.
  absl::Status Resample(Node& node) {
    if (node.op == "Upsample") {
      if (const Attribute* scales = node.Find("scales"); scales != nullptr) {
        PAWL_ASSIGN_OR_RETURN(
            Tensor tensor, Tensor::FromValues<float>({static_cast<int64_t>(scales->floats.size())},
                                                     scales->floats));
        SetInput(node, 1, graph_.AddConstant(Stem(node, "scales"), std::move(tensor)));
        Drop(node, "scales");
      }
      node.op = "Resize";
    }
    node.inputs.insert(node.inputs.begin() + 1, kNoValue);
    node.Set(Attribute::String("coordinate_transformation_mode", "asymmetric"));
    if (node.String("mode", "nearest") == "nearest") {
      node.Set(Attribute::String("nearest_mode", "floor"));
    }
    return absl::OkStatus();
  }

  absl::Status One(Node& node) {
    const int from = node.opset;
    const auto crosses = [&](int version) { return from < version && version <= to_; };
    const std::string op = node.op;
    if (op == "Clip" && crosses(11)) {
      if (node.Has("min")) PAWL_RETURN_IF_ERROR(FloatToInput(node, "min", 1, 0));
      if (node.Has("max")) PAWL_RETURN_IF_ERROR(FloatToInput(node, "max", 2, 0));
    } else if (op == "Slice" && crosses(10)) {
      PAWL_RETURN_IF_ERROR(IntsToInput(node, "starts", 1));
      PAWL_RETURN_IF_ERROR(IntsToInput(node, "ends", 2));
      PAWL_RETURN_IF_ERROR(IntsToInput(node, "axes", 3));
    } else if ((op == "Squeeze" || op == "Unsqueeze" || op == "ReduceSum") && crosses(13)) {
      PAWL_RETURN_IF_ERROR(IntsToInput(node, "axes", 1));
    } else if (absl::StartsWith(op, "Reduce") && op != "ReduceSum" && crosses(18)) {
      PAWL_RETURN_IF_ERROR(IntsToInput(node, "axes", 1));
    } else if (op == "Split") {
      if (crosses(13)) PAWL_RETURN_IF_ERROR(IntsToInput(node, "split", 1));
      if (crosses(18) && node.Input(1) == kNoValue) {
        node.Set(Attribute::Int("num_outputs", static_cast<int64_t>(node.outputs.size())));
      }
    } else if ((op == "Softmax" || op == "LogSoftmax" || op == "Hardmax") && crosses(13)) {
      return Softmax(node);
    } else if (op == "Dropout" && crosses(12)) {
      PAWL_RETURN_IF_ERROR(FloatToInput(node, "ratio", 1, 0.5f));
    } else if (op == "Pad" && crosses(11)) {
      PAWL_RETURN_IF_ERROR(IntsToInput(node, "pads", 1));
      PAWL_RETURN_IF_ERROR(FloatToInput(node, "value", 2, 0));
    } else if (op == "TopK" && crosses(10)) {
      PAWL_RETURN_IF_ERROR(IntsToInput(node, "k", 1));
    } else if ((op == "Upsample" && crosses(10)) || (op == "Resize" && crosses(11))) {
      return Resample(node);
    } else if (op == "Scatter" && crosses(11)) {
      node.op = "ScatterElements";
    } else if (op == "GridSample" && crosses(20)) {
      const absl::string_view mode = node.String("mode", "bilinear");
      if (mode == "bilinear") node.Set(Attribute::String("mode", "linear"));
      if (mode == "bicubic") node.Set(Attribute::String("mode", "cubic"));
    } else if (op == "GroupNormalization" && crosses(21)) {
      return absl::UnimplementedError(
          "opset 21 has other parameters for it; export the model with that opset");
    }
    return absl::OkStatus();
  }

  Graph& graph_;
  const int to_;
  std::vector<Node> nodes_;
  std::vector<Node> after_;
};

}  // namespace

absl::Status UpgradeOpset(Graph& graph, int to) {
  const auto found = graph.opsets.find("");
  if (found != graph.opsets.end() && found->second >= to) return absl::OkStatus();
  PAWL_RETURN_IF_ERROR(Upgrade(graph, to).Run());
  graph.opsets[""] = to;
  // ONNX wants an IR as new as the operators (docs/Versioning.md): 13 came with 7, 21 with 10.
  graph.ir_version = std::max<int64_t>(graph.ir_version, to >= 21 ? 10 : 7);
  return absl::OkStatus();
}

}  // namespace pawl
