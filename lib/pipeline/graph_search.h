// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Which passes and settings bring the outputs of a statically quantized graph nearest to those of
// the float one.

#ifndef PAWL_LIB_PIPELINE_GRAPH_SEARCH_H_
#define PAWL_LIB_PIPELINE_GRAPH_SEARCH_H_

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/pipeline/graph_static.h"
#include "pawl/graph_job.h"

namespace pawl {

// What a static job starts from.
struct StaticInput {
  std::shared_ptr<const Graph> graph;  // prepared
  std::vector<LayerDecision> decisions;
  TargetRules rules;
  GraphSamples samples;
  RecipeCalibration calibration;
  GraphPasses passes;
  uint64_t max_memory = 0;
  std::vector<int64_t> compared;  // samples
  GraphOutputs reference;         // of the float graph on those
};

struct StaticOutcome {
  std::shared_ptr<const Graph> float_graph;  // after passes
  std::vector<LayerDecision> decisions;      // of its layers
  GraphStatistics statistics;
  StaticSettings settings;
  StaticQuantizer::Result result;
  std::vector<OutputError> errors;
  std::vector<std::string> passes;  // what was done, for the report
};

absl::StatusOr<StaticOutcome> SearchStatic(const StaticInput& input, Context& context);

// Quantizes as the outcome's decisions and settings say, and compares: result and errors.
absl::Status EvaluateStatic(const StaticInput& input, StaticOutcome* outcome, Context& context);

// A number for each channel of values, by the graph that has them.
using ChannelsByPath = std::map<SubgraphPath, std::map<ValueId, std::vector<double>>>;

// A float graph changed by a pass, with words for the report. Nodes keep their places.
struct PassedGraph {
  std::shared_ptr<Graph> graph;  // null where there was nothing to do
  std::string pass;
};

// What SmoothQuant makes of a graph by the passes' exponent, and by others where it may choose.
// `largest` as SmoothQuant has it.
absl::StatusOr<std::vector<PassedGraph>> SmoothedGraphs(const Graph& graph,
                                                        const ChannelsByPath& largest,
                                                        const GraphPasses& passes);

// Absorbed biases and equalized layers; `smallest` as AbsorbBiases has it.
absl::StatusOr<PassedGraph> EqualizedGraph(const Graph& graph, const ChannelsByPath& smallest);

// The settings that a recipe asks for.
RangeOptions RangeOf(const RecipeCalibration& calibration);

}  // namespace pawl

#endif  // PAWL_LIB_PIPELINE_GRAPH_SEARCH_H_
