// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Static quantization of a prepared graph: from statistics and settings to the graph of codes.

#ifndef PAWL_LIB_PIPELINE_GRAPH_STATIC_H_
#define PAWL_LIB_PIPELINE_GRAPH_STATIC_H_

#include <map>
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
  // Codes of weights of layers of the float graph, in place of those rounded to nearest; or null.
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
    std::vector<LayerResult> layers;  // as decisions whose quantize is set
  };
  absl::StatusOr<Result> Build(const GraphStatistics& statistics, const StaticSettings& settings,
                               Context& context) const;

 private:
  // The main graph or a subgraph with layers to quantize.
  struct Part {
    SubgraphPath path;
    std::shared_ptr<const Graph> graph;
    QuantPlan plan;
  };
  // What of a part stands for its values; that of the others is by their paths.
  struct PartCodes {
    ActivationParams params;
    std::vector<LayerCodes> layers;
  };
  using CodesByPath = std::map<SubgraphPath, PartCodes>;

  absl::Status Params(const Part& part, const GraphStatistics& statistics,
                      const StaticSettings& settings, CodesByPath* codes) const;
  absl::StatusOr<LayerCodes> CodesOf(const Part& part, const PlannedLayer& planned,
                                     const ActivationParams& params,
                                     const GraphStatistics& statistics,
                                     const StaticSettings& settings, Context& context) const;
  absl::Status Insert(const CodesByPath& codes, Graph* graph) const;
  const Part* PartAt(const SubgraphPath& path) const;

  std::shared_ptr<const Graph> graph_;
  std::vector<Part> parts_;  // the main graph, then subgraphs, outer ones first
  TargetRules rules_;
};

}  // namespace pawl

#endif  // PAWL_LIB_PIPELINE_GRAPH_STATIC_H_
