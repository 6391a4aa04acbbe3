// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/pipeline/graph_static.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/graph/passes/correct_bias.h"

namespace pawl {

namespace {

std::vector<PlannedLayer> LayersAt(const SubgraphPath& path,
                                   const std::vector<LayerDecision>& decisions) {
  std::vector<PlannedLayer> layers;
  for (const LayerDecision& d : decisions) {
    if (d.quantize && d.path == path) layers.push_back({d.layer, d.weights, d.wide, d.rule});
  }
  return layers;
}

// The points of a plan, and whose parameters each has.
class Points {
 public:
  explicit Points(const QuantPlan& plan) {
    for (const QuantPoint& point : plan.points) points_[point.value] = &point;
  }
  const QuantPoint* Find(ValueId value) const {
    const auto found = points_.find(value);
    return found == points_.end() ? nullptr : found->second;
  }
  const QuantPoint& RootOf(const QuantPoint& point) const {
    const QuantPoint* root = &point;
    while (root->same_as != kNoValue && points_.contains(root->same_as)) {
      root = points_.at(root->same_as);
    }
    return *root;
  }

 private:
  absl::flat_hash_map<ValueId, const QuantPoint*> points_;
};

ValueId CapturedAs(const Graph& graph, ValueId inner) {
  for (const Capture& capture : graph.captures) {
    if (capture.inner == inner) return capture.outer;
  }
  return kNoValue;
}

}  // namespace

absl::StatusOr<StaticQuantizer> StaticQuantizer::Create(std::shared_ptr<const Graph> graph,
                                                        const std::vector<LayerDecision>& decisions,
                                                        const TargetRules& rules) {
  StaticQuantizer quantizer;
  quantizer.rules_ = rules;
  absl::Status status;
  const auto add = [&](const SubgraphPath& path, const std::shared_ptr<const Graph>& of) {
    std::vector<PlannedLayer> layers = LayersAt(path, decisions);
    if ((layers.empty() && !path.empty()) || !status.ok()) return;
    auto plan = PlanPoints(*of, std::move(layers), rules);
    status = plan.status();
    if (plan.ok()) quantizer.parts_.push_back({path, of, *std::move(plan)});
  };
  add({}, graph);
  ForEachSubgraph(*graph, add);
  PAWL_RETURN_IF_ERROR(status);
  quantizer.graph_ = std::move(graph);
  return quantizer;
}

std::vector<ValueRequest> StaticQuantizer::Requests() const {
  std::vector<ValueRequest> requests;
  for (const Part& part : parts_) {
    for (const QuantPoint& point : part.plan.points) {
      requests.push_back({.value = point.value, .path = part.path});
    }
    for (const PlannedLayer& planned : part.plan.layers) {
      if (planned.layer.kind == LayerKind::kProduct) continue;
      const int axis = planned.layer.kind == LayerKind::kConv ? 1 : -1;
      requests.push_back({planned.layer.input, axis, part.path});
    }
  }
  return requests;
}

const StaticQuantizer::Part* StaticQuantizer::PartAt(const SubgraphPath& path) const {
  for (const Part& part : parts_) {
    if (part.path == path) return &part;
  }
  return nullptr;
}

// What a subgraph captures has the parameters that it has outside, so that its codes stay as they
// are.
absl::Status StaticQuantizer::Params(const Part& part, const GraphStatistics& statistics,
                                     const StaticSettings& settings, CodesByPath* codes) const {
  const Points points(part.plan);
  SubgraphPath outside = part.path;
  if (!outside.empty()) outside.pop_back();
  const Part* outer = part.path.empty() ? nullptr : PartAt(outside);
  ActivationParams& params = (*codes)[part.path].params;
  for (const QuantPoint& point : part.plan.points) {
    const QuantPoint& root = points.RootOf(point);
    const ValueId captured = CapturedAs(*part.graph, root.value);
    if (outer != nullptr && captured != kNoValue) {
      const Points outer_points(outer->plan);
      const QuantPoint* same = outer_points.Find(captured);
      if (same != nullptr && outer_points.RootOf(*same).wide == root.wide) {
        params[point.value] = codes->at(outside).params.at(captured);
        continue;
      }
    }
    const ValueStatistics* seen = statistics.Find(part.path, root.value);
    if (seen == nullptr) {
      return absl::InternalError(
          absl::StrCat("value '", part.graph->value(root.value).name, "' was not observed"));
    }
    RangeOptions options = settings.range;
    options.codes = ActivationCodes(rules_, root.wide);
    if (root.wide) options.method = ObserverRange::kMinMax;  // codes enough for all
    PAWL_ASSIGN_OR_RETURN(const std::vector<QParams> computed,
                          seen->observer.ComputeQParams(options));
    params[point.value] = computed[0];
  }
  return absl::OkStatus();
}

absl::StatusOr<LayerCodes> StaticQuantizer::CodesOf(const Part& part, const PlannedLayer& planned,
                                                    const ActivationParams& params,
                                                    const GraphStatistics& statistics,
                                                    const StaticSettings& settings,
                                                    Context& context) const {
  LayerCodes codes;
  const Layer& layer = planned.layer;
  if (layer.kind == LayerKind::kProduct) return codes;
  const Graph& graph = *part.graph;
  const Node& node = graph.nodes[static_cast<size_t>(layer.node)];
  const Tensor& weights = *graph.ConstantTensor(layer.weights);
  const RoundedLayer* rounded = nullptr;
  if (settings.rounded != nullptr) {
    const auto found = settings.rounded->find({part.path, layer.node});
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
  const Tensor* bias = graph.ConstantTensor(layer.bias);
  const ValueStatistics* seen = statistics.Find(part.path, layer.input);
  const bool has_bias_input = layer.kind == LayerKind::kConv || node.op == "Gemm";
  if (bias != nullptr) codes.bias = *bias;
  const float input_scale = params.at(layer.input).scale;
  const auto fit = [&]() -> absl::Status {
    if (codes.bias.empty() || !rules_.quantize_bias || planned.wide) return absl::OkStatus();
    return RaiseForBias(weights, codes.bias, input_scale, &codes.weights);
  };
  PAWL_RETURN_IF_ERROR(fit());
  if (!settings.correct_bias || !has_bias_input || seen == nullptr || seen->entries == 0) {
    return codes;
  }
  std::vector<double> means = seen->sums;
  for (double& mean : means) mean /= seen->entries;
  PAWL_ASSIGN_OR_RETURN(const std::vector<double> shift,
                        MeanShift(node, layer, weights, codes.weights, means));
  PAWL_ASSIGN_OR_RETURN(codes.bias, CorrectedBias(bias, shift));
  PAWL_RETURN_IF_ERROR(fit());
  return codes;
}

// Into subgraphs first: names that are added to the main graph must not be in use there.
absl::Status StaticQuantizer::Insert(const CodesByPath& codes, Graph* graph) const {
  const auto wanted = [&](const SubgraphPath& path) {
    return std::any_of(parts_.begin(), parts_.end(), [&](const Part& part) {
      return part.path.size() >= path.size() &&
             std::equal(path.begin(), path.end(), part.path.begin());
    });
  };
  const auto insert = [&](const SubgraphPath& path, Graph& own) {
    const Part* part = PartAt(path);
    if (part == nullptr) return absl::OkStatus();  // one within has layers
    const PartCodes& of = codes.at(path);
    return InsertQdq(own, part->plan, of.params, of.layers, rules_);
  };
  PAWL_RETURN_IF_ERROR(ChangeSubgraphs(*graph, wanted, insert));
  return insert({}, *graph);
}

absl::StatusOr<StaticQuantizer::Result> StaticQuantizer::Build(const GraphStatistics& statistics,
                                                               const StaticSettings& settings,
                                                               Context& context) const {
  Result result;
  CodesByPath codes;
  for (const Part& part : parts_) {
    PAWL_RETURN_IF_ERROR(Params(part, statistics, settings, &codes));
    PartCodes& own = codes[part.path];
    for (const PlannedLayer& planned : part.plan.layers) {
      if (context.cancelled()) return absl::CancelledError("cancelled by the caller");
      PAWL_ASSIGN_OR_RETURN(LayerCodes one,
                            CodesOf(part, planned, own.params, statistics, settings, context));
      LayerResult layer;
      layer.weights = one.weights;
      layer.input = own.params.at(planned.layer.input);
      result.layers.push_back(std::move(layer));
      own.layers.push_back(std::move(one));
    }
  }
  result.graph = std::make_shared<Graph>(*graph_);
  PAWL_RETURN_IF_ERROR(Insert(codes, result.graph.get()));
  return result;
}

}  // namespace pawl
