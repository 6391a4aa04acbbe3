// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/pipeline/graph_static_job.h"

#include <utility>

#include "lib/core/status_macros.h"
#include "lib/graph/passes/correct_bias.h"
#include "lib/pipeline/graph_sensitivity.h"
#include "pawl/context.h"
#include "pawl/quantizer.h"

namespace pawl {
namespace {

// What the search chose, layer by layer.
absl::Status Describe(const StaticOutcome& outcome, const TargetRules& rules, GraphReport* report,
                      Context& context) {
  report->passes = outcome.passes;
  report->samples = outcome.statistics.samples;
  size_t next = 0;
  for (size_t i = 0; i < outcome.decisions.size(); ++i) {
    const LayerDecision& d = outcome.decisions[i];
    GraphLayerReport& layer = report->layers[i];
    layer.quantized = d.quantize;
    layer.reason = d.reason;
    if (!d.quantize) {
      layer.activations = "float";
      layer.bytes_after = layer.bytes_before;
      continue;
    }
    const auto& result = outcome.result.layers[next++];
    layer.input_scale = result.input.scale;
    layer.input_zero_point = result.input.zero_point;
    if (const ValueStatistics* seen = outcome.statistics.Find(d.path, d.layer.input);
        seen != nullptr && !seen->observer.state().channels.empty()) {
      layer.input_min = seen->observer.state().channels[0].min;
      layer.input_max = seen->observer.state().channels[0].max;
    }
    if (d.layer.kind == LayerKind::kProduct) continue;
    const WeightCodes& codes = result.weights;
    layer.bytes_after = codes.codes.size_bytes() + codes.scales.size() * (sizeof(float) + 1);
    layer.raised_channels = codes.raised;
    layer.could_saturate = !d.wide && CouldSaturate(codes, rules.symmetric_activations ? 127 : 255);
    const Tensor& weights = *d.graph(*outcome.float_graph).ConstantTensor(d.layer.weights);
    PAWL_ASSIGN_OR_RETURN(const Tensor decoded, DecodeWeights(codes));
    PAWL_ASSIGN_OR_RETURN(const QuantizationError error,
                          CompareTensors(weights, decoded, &context));
    layer.weight_sqnr_db = error.sqnr_db;
  }
  return absl::OkStatus();
}

}  // namespace

TargetRules RulesOf(GraphTarget target) {
  return target == GraphTarget::kTensorRt ? TargetRules::TensorRt() : TargetRules::OnnxRuntime();
}

absl::StatusOr<std::shared_ptr<Graph>> RunStaticJob(const GraphJob& job, StaticInput input,
                                                    GraphReport* report, Context& context) {
  input.rules = RulesOf(job.target);
  input.passes = job.passes;
  input.max_memory = job.max_memory;
  PAWL_ASSIGN_OR_RETURN(StaticOutcome outcome, SearchStatic(input, context));
  if (job.max_drop >= 0) {
    PAWL_RETURN_IF_ERROR(KeepWorst(input, job.metric, job.max_drop, &outcome, context));
  }
  PAWL_RETURN_IF_ERROR(Describe(outcome, input.rules, report, context));
  std::shared_ptr<Graph> graph = std::move(outcome.result.graph);
  if (job.format == GraphFormat::kQOperator) {
    PAWL_RETURN_IF_ERROR(ChangeSubgraphs(
        *graph, [](const SubgraphPath&) { return true; },
        [](const SubgraphPath&, Graph& own) { return QdqToQOperators(own); }));
    PAWL_RETURN_IF_ERROR(QdqToQOperators(*graph));
  }
  return graph;
}

}  // namespace pawl
