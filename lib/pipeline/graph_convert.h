// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Dynamic, weight-only and float16 conversion of a prepared graph.

#ifndef PAWL_LIB_PIPELINE_GRAPH_CONVERT_H_
#define PAWL_LIB_PIPELINE_GRAPH_CONVERT_H_

#include <vector>

#include "absl/status/status.h"
#include "lib/pipeline/graph_rounding.h"
#include "lib/pipeline/graph_rules.h"
#include "pawl/context.h"
#include "pawl/graph_job.h"

namespace pawl {

// Layers that `rounded` (may be null) has get its codes.
absl::Status ConvertGraph(Graph& graph, const GraphJob& job,
                          const std::vector<LayerDecision>& decisions, const RoundedLayers* rounded,
                          GraphReport* report, Context& context);

}  // namespace pawl

#endif  // PAWL_LIB_PIPELINE_GRAPH_CONVERT_H_
