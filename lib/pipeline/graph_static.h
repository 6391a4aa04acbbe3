// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Static quantization of a prepared graph: from statistics and settings to the graph of codes.

#ifndef PAWL_LIB_PIPELINE_GRAPH_STATIC_H_
#define PAWL_LIB_PIPELINE_GRAPH_STATIC_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/graph/passes/quant_plan.h"
#include "lib/pipeline/graph_calibration.h"
#include "lib/pipeline/graph_rounding.h"
#include "lib/pipeline/graph_rules.h"
#include "pawl/context.h"
#include "pawl/graph.h"

namespace pawl {

// What can be chosen without another run of the float model.
struct StaticSettings {
  RangeOptions range;  // codes are set by the target
  bool clip_search = false;
  bool correct_bias = false;
  // Codes of weights by node of the float graph, in place of those rounded to nearest; or null.
  std::shared_ptr<const RoundedLayers> rounded;
};

class StaticQuantizer {
 public:
  // `graph` stays as it is; decisions whose quantize is set become codes.
  static absl::StatusOr<StaticQuantizer> Create(std::shared_ptr<const Graph> graph,
                                                const std::vector<LayerDecision>& decisions,
                                                const TargetRules& rules);

  // What has to be observed for it.
  std::vector<ValueRequest> Requests() const;

  // What was decided for a layer, for reports.
  struct LayerResult {
    WeightCodes weights;
    QParams input;
  };
  struct Result {
    std::shared_ptr<Graph> graph;
    std::vector<LayerResult> layers;  // as plan().layers
  };
  absl::StatusOr<Result> Build(const GraphStatistics& statistics, const StaticSettings& settings,
                               Context& context) const;

  const QuantPlan& plan() const { return plan_; }

 private:
  absl::Status Params(const GraphStatistics& statistics, const StaticSettings& settings,
                      ActivationParams* params) const;
  absl::StatusOr<LayerCodes> CodesOf(const PlannedLayer& planned, const ActivationParams& params,
                                     const GraphStatistics& statistics,
                                     const StaticSettings& settings, Context& context) const;

  std::shared_ptr<const Graph> graph_;
  QuantPlan plan_;
  TargetRules rules_;
};

}  // namespace pawl

#endif  // PAWL_LIB_PIPELINE_GRAPH_STATIC_H_
