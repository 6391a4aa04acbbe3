// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Weights rounded for the inputs that they meet (GPTQ), in place of each to its nearest code.

#ifndef PAWL_LIB_PIPELINE_GRAPH_ROUNDING_H_
#define PAWL_LIB_PIPELINE_GRAPH_ROUNDING_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/graph/passes/layers.h"
#include "lib/pipeline/graph_rules.h"
#include "pawl/context.h"
#include "pawl/graph.h"
#include "pawl/graph_data.h"
#include "pawl/quantized_tensor.h"

namespace pawl {

// Codes of a layer: by channel or tensor, or (weight-only) in groups along the rows.
struct RoundedLayer {
  WeightCodes codes;
  std::optional<QuantizedTensor> grouped;
};
using RoundedLayers = std::map<LayerPlace, RoundedLayer>;

struct RoundingResult {
  RoundedLayers layers;            // those that gain; others are best rounded to nearest
  std::vector<std::string> notes;  // layers that could not be tried, and why
};

// Each layer by itself: codes are made from the moments of half of the samples with several
// dampings and compared with codes rounded to nearest by the error of the layer's outputs on the
// other half; what is best is made anew from all samples. So few samples do no harm: what they say
// about a layer must hold for others. Samples: the first `count`; fewer than two give nothing.
absl::StatusOr<RoundingResult> RoundLayers(const std::shared_ptr<const Graph>& graph,
                                           const std::vector<LayerDecision>& decisions,
                                           const GraphSamples& samples, int64_t count,
                                           uint64_t max_memory, Context& context);

}  // namespace pawl

#endif  // PAWL_LIB_PIPELINE_GRAPH_ROUNDING_H_
