// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What static quantization would do to a model, layer by layer, before it is done.

#ifndef PAWL_INCLUDE_PAWL_GRAPH_ANALYSIS_H_
#define PAWL_INCLUDE_PAWL_GRAPH_ANALYSIS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pawl/graph_job.h"
#include "pawl/recipe.h"

namespace pawl {

class Context;

struct LayerAnalysis {
  std::string name, op, weights;
  std::vector<int64_t> shape;  // of the weights
  std::string input_type;      // "f32"
  bool quantizable = false;
  std::string reason;  // why not
  // The outputs with this layer alone quantized, against the float model's.
  double sqnr_db = 0;  // mean over outputs
  double drop = 0;     // by the metric asked for
  // Its input over the samples.
  double input_min = 0, input_max = 0;
  double outlier_ratio = 1;   // largest magnitude over the one that 99.9 % do not exceed
  double channel_spread = 1;  // largest channel's magnitude over the median channel's
};

// Whether the samples show what a value can be.
struct CoverageAnalysis {
  std::string value;
  double min = 0, max = 0;
  // The range of all samples over that of the first half: 1 where the second half was nothing new.
  // More samples would likely widen ranges that still grow.
  double growth = 1;
  uint64_t nan_count = 0, inf_count = 0;
};

struct GraphAnalysis {
  std::string model, metric;
  int64_t samples = 0, samples_compared = 0;
  std::vector<LayerAnalysis> layers;       // in the graph's order
  std::vector<CoverageAnalysis> coverage;  // of layers' inputs, the fastest growing first
  std::vector<std::string> notes;
  double sqnr_db = 0, drop = 0;  // with every layer quantized
  // A recipe that meets the bound asked for, by keeping the costliest layers in float; every layer
  // is quantized where no bound was asked for.
  Recipe recipe;
  int64_t kept = 0;  // layers in float beyond those that cannot be quantized
  double recipe_drop = 0, recipe_sqnr_db = 0;

  std::string ToJson() const;
  std::string ToText() const;
};

// Analyses the static job (job.max_drop and job.metric give the bound); nothing is written. The
// float model runs once on the samples compared; then each layer costs a run of its own.
// Errors: those of RunGraphJob.
absl::StatusOr<GraphAnalysis> AnalyzeGraph(const GraphJob& job, Context& context);

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_GRAPH_ANALYSIS_H_
