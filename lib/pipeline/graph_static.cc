// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/pipeline/graph_static.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/graph/passes/correct_bias.h"

namespace pawl {

absl::StatusOr<StaticQuantizer> StaticQuantizer::Create(std::shared_ptr<const Graph> graph,
                                                        const std::vector<LayerDecision>& decisions,
                                                        const TargetRules& rules) {
  std::vector<PlannedLayer> layers;
  for (const LayerDecision& d : decisions) {
    if (d.quantize) layers.push_back({d.layer, d.weights, d.wide, d.rule});
  }
  StaticQuantizer quantizer;
  quantizer.rules_ = rules;
  PAWL_ASSIGN_OR_RETURN(quantizer.plan_, PlanPoints(*graph, std::move(layers), rules));
  quantizer.graph_ = std::move(graph);
  return quantizer;
}

std::vector<ValueRequest> StaticQuantizer::Requests() const {
  std::vector<ValueRequest> requests;
  requests.reserve(plan_.points.size() + plan_.layers.size());
  for (const QuantPoint& point : plan_.points) {
    requests.push_back({point.value});
  }
  for (const PlannedLayer& planned : plan_.layers) {
    if (planned.layer.kind == LayerKind::kProduct) continue;
    requests.push_back({planned.layer.input, planned.layer.kind == LayerKind::kConv ? 1 : -1});
  }
  return requests;
}

absl::Status StaticQuantizer::Params(const GraphStatistics& statistics,
                                     const StaticSettings& settings,
                                     ActivationParams* params) const {
  absl::flat_hash_map<ValueId, const QuantPoint*> points;
  for (const QuantPoint& point : plan_.points) points[point.value] = &point;
  for (const QuantPoint& point : plan_.points) {
    const QuantPoint* root = &point;
    while (root->same_as != kNoValue && points.contains(root->same_as)) {
      root = points[root->same_as];
    }
    const auto found = statistics.values.find(root->value);
    if (found == statistics.values.end()) {
      return absl::InternalError(
          absl::StrCat("value '", graph_->value(root->value).name, "' was not observed"));
    }
    RangeOptions options = settings.range;
    options.codes = ActivationCodes(rules_, root->wide);
    if (root->wide) options.method = ObserverRange::kMinMax;  // codes enough for all
    PAWL_ASSIGN_OR_RETURN(const std::vector<QParams> computed,
                          found->second.observer.ComputeQParams(options));
    (*params)[point.value] = computed[0];
  }
  return absl::OkStatus();
}

absl::StatusOr<LayerCodes> StaticQuantizer::CodesOf(const PlannedLayer& planned,
                                                    const ActivationParams& params,
                                                    const GraphStatistics& statistics,
                                                    const StaticSettings& settings,
                                                    Context& context) const {
  LayerCodes codes;
  const Layer& layer = planned.layer;
  if (layer.kind == LayerKind::kProduct) return codes;
  const Node& node = graph_->nodes[static_cast<size_t>(layer.node)];
  const Tensor& weights = *graph_->ConstantTensor(layer.weights);
  const RoundedLayer* rounded = nullptr;
  if (settings.rounded != nullptr) {
    const auto found = settings.rounded->find(layer.node);
    if (found != settings.rounded->end()) rounded = &found->second;
  }
  if (rounded != nullptr) {
    codes.weights = rounded->codes;
    PAWL_ASSIGN_OR_RETURN(codes.weights.codes, rounded->codes.codes.Clone());
  } else {
    WeightOptions options = planned.weights;
    if (settings.clip_search && options.range == RangeMethod::kMax) {
      options.range = RangeMethod::kMse;
    }
    PAWL_ASSIGN_OR_RETURN(codes.weights, QuantizeWeights(weights, layer.axis, options, context));
  }
  const Tensor* bias = graph_->ConstantTensor(layer.bias);
  const auto seen = statistics.values.find(layer.input);
  const bool has_bias_input = layer.kind == LayerKind::kConv || node.op == "Gemm";
  if (bias != nullptr) codes.bias = *bias;
  const float input_scale = params.at(layer.input).scale;
  const auto fit = [&]() -> absl::Status {
    if (codes.bias.empty() || !rules_.quantize_bias || planned.wide) return absl::OkStatus();
    return RaiseForBias(weights, codes.bias, input_scale, &codes.weights);
  };
  PAWL_RETURN_IF_ERROR(fit());
  if (!settings.correct_bias || !has_bias_input || seen == statistics.values.end() ||
      seen->second.entries == 0) {
    return codes;
  }
  std::vector<double> means = seen->second.sums;
  for (double& mean : means) mean /= seen->second.entries;
  PAWL_ASSIGN_OR_RETURN(const std::vector<double> shift,
                        MeanShift(node, layer, weights, codes.weights, means));
  PAWL_ASSIGN_OR_RETURN(codes.bias, CorrectedBias(bias, shift));
  PAWL_RETURN_IF_ERROR(fit());
  return codes;
}

absl::StatusOr<StaticQuantizer::Result> StaticQuantizer::Build(const GraphStatistics& statistics,
                                                               const StaticSettings& settings,
                                                               Context& context) const {
  ActivationParams params;
  PAWL_RETURN_IF_ERROR(Params(statistics, settings, &params));
  Result result;
  std::vector<LayerCodes> codes;
  for (const PlannedLayer& planned : plan_.layers) {
    if (context.cancelled()) return absl::CancelledError("cancelled by the caller");
    PAWL_ASSIGN_OR_RETURN(LayerCodes one, CodesOf(planned, params, statistics, settings, context));
    LayerResult layer;
    layer.weights = one.weights;
    layer.input = params.at(planned.layer.input);
    result.layers.push_back(std::move(layer));
    codes.push_back(std::move(one));
  }
  result.graph = std::make_shared<Graph>(*graph_);
  PAWL_RETURN_IF_ERROR(InsertQdq(*result.graph, plan_, params, codes, rules_));
  return result;
}

}  // namespace pawl
