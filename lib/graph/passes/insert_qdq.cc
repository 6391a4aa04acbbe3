// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/graph/passes/edit.h"
#include "lib/graph/passes/quant_plan.h"

namespace pawl {
namespace {

class Inserter {
 public:
  Inserter(Graph& graph, const QuantPlan& plan, const ActivationParams& params,
           const TargetRules& rules)
      : graph_(graph), plan_(plan), params_(params), rules_(rules), edit_(graph) {}

  absl::Status Run(const std::vector<LayerCodes>& codes) {
    std::map<ValueId, const QuantPoint*> points;
    for (const QuantPoint& point : plan_.points) points[point.value] = &point;
    for (const QuantPoint& point : plan_.points) {
      const QuantPoint* root = &point;
      while (root->same_as != kNoValue && points.count(root->same_as) > 0) {
        root = points[root->same_as];
      }
      PAWL_RETURN_IF_ERROR(AddPoint(point, *root));
    }
    for (size_t i = 0; i < plan_.layers.size(); ++i) {
      if (plan_.layers[i].layer.kind == LayerKind::kProduct) continue;
      PAWL_RETURN_IF_ERROR(AddWeights(plan_.layers[i], codes[i]));
    }
    std::move(added_.begin(), added_.end(), std::back_inserter(graph_.nodes));
    return graph_.Validate();
  }

 private:
  static void ReplaceCaptures(ValueId from, ValueId to, std::shared_ptr<const Graph>& subgraph) {
    const auto captures = [&](const Capture& capture) { return capture.outer == from; };
    if (std::none_of(subgraph->captures.begin(), subgraph->captures.end(), captures)) return;
    auto copy = std::make_shared<Graph>(*subgraph);
    for (Capture& capture : copy->captures) {
      if (capture.outer == from) capture.outer = to;
    }
    subgraph = std::move(copy);
  }

  absl::Status AddPoint(const QuantPoint& point, const QuantPoint& root) {
    const std::string name = graph_.value(point.value).name;
    const auto params = params_.find(root.value);
    if (params == params_.end()) {
      return absl::InternalError(absl::StrCat("value '", name, "' has no range"));
    }
    const DType type = ActivationType(rules_, root.wide);
    PAWL_ASSIGN_OR_RETURN(const ValueId scale,
                          edit_.AddFloats(name + "_scale", {}, {params->second.scale}));
    PAWL_ASSIGN_OR_RETURN(const ValueId zero, edit_.AddIntegers(name + "_zero_point", type, 0,
                                                                params->second.zero_point));
    const auto shape = graph_.value(point.value).type.shape;  // AddValue moves values
    const ValueId codes = edit_.AddValue(name + "_quantized", {type, shape});
    const ValueId back = edit_.AddValue(name + "_dequantized", {DType::kF32, shape});
    const auto replace = [&](Node& node) {
      std::replace(node.inputs.begin(), node.inputs.end(), point.value, back);
      for (Attribute& attribute : node.attributes) {
        for (auto& subgraph : attribute.graphs) ReplaceCaptures(point.value, back, subgraph);
      }
    };
    if (point.all_users) {
      for (Node& node : graph_.nodes) replace(node);
      edit_.MoveOutput(point.value, back);
    } else {
      for (const int32_t user : point.users) replace(graph_.nodes[static_cast<size_t>(user)]);
    }
    Node quantize = edit_.Make("QuantizeLinear", {point.value, scale, zero}, codes);
    Node dequantize = edit_.Make("DequantizeLinear", {codes, scale, zero}, back);
    quantize.name = edit_.NodeName(name + "_QuantizeLinear");
    dequantize.name = edit_.NodeName(name + "_DequantizeLinear");
    added_.push_back(std::move(quantize));
    added_.push_back(std::move(dequantize));
    return absl::OkStatus();
  }

  absl::Status AddWeights(const PlannedLayer& planned, const LayerCodes& codes) {
    Node& node = graph_.nodes[static_cast<size_t>(planned.layer.node)];
    const std::string name = graph_.value(planned.layer.weights).name;
    PAWL_ASSIGN_OR_RETURN(
        const ValueId weights,
        AddDequantize(name, codes.weights.codes, codes.weights.scales, codes.weights.axis));
    const size_t slot = 1;
    node.inputs[slot] = weights;
    if (codes.bias.empty()) return absl::OkStatus();
    if (node.op == "MatMul") return absl::OkStatus();
    if (node.inputs.size() < 3) node.inputs.resize(3, kNoValue);
    const std::string bias_name = planned.layer.bias != kNoValue
                                      ? graph_.value(planned.layer.bias).name
                                      : absl::StrCat(name, "_bias");
    const auto input = params_.find(planned.layer.input);
    if (!rules_.quantize_bias || planned.wide || input == params_.end()) {
      node.inputs[2] = edit_.AddTensor(bias_name, codes.bias);
      return absl::OkStatus();
    }
    PAWL_ASSIGN_OR_RETURN(Tensor bias_codes,
                          QuantizeBias(codes.bias, input->second.scale, codes.weights));
    std::vector<float> scales = codes.weights.scales;
    for (float& scale : scales) scale = input->second.scale * scale;
    PAWL_ASSIGN_OR_RETURN(node.inputs[2],
                          AddDequantize(bias_name, std::move(bias_codes), scales, 0));
    return absl::OkStatus();
  }

  absl::StatusOr<ValueId> AddDequantize(const std::string& name, Tensor codes,
                                        const std::vector<float>& scales, int axis) {
    const DType type = codes.dtype();
    const Dims shape = codes.shape();
    const auto channels = static_cast<int64_t>(scales.size());
    const bool single = channels == 1;
    const ValueId tensor = edit_.AddTensor(name + "_quantized", std::move(codes));
    PAWL_ASSIGN_OR_RETURN(
        const ValueId scale,
        edit_.AddFloats(name + "_scale", single ? Dims{} : Dims{channels}, scales));
    PAWL_ASSIGN_OR_RETURN(const ValueId zero,
                          edit_.AddIntegers(name + "_zero_point", type, single ? 0 : channels, 0));
    const ValueId back = edit_.AddValue(name + "_dequantized", {DType::kF32, shape});
    Node node = edit_.Make("DequantizeLinear", {tensor, scale, zero}, back);
    node.name = edit_.NodeName(name + "_DequantizeLinear");
    if (!single) node.Set(Attribute::Int("axis", axis));
    added_.push_back(std::move(node));
    return back;
  }

  Graph& graph_;
  const QuantPlan& plan_;
  const ActivationParams& params_;
  const TargetRules& rules_;
  GraphEditor edit_;
  std::vector<Node> added_;
};

}  // namespace

absl::Status InsertQdq(Graph& graph, const QuantPlan& plan, const ActivationParams& params,
                       const std::vector<LayerCodes>& codes, const TargetRules& rules) {
  return Inserter(graph, plan, params, rules).Run(codes);
}

}  // namespace pawl
