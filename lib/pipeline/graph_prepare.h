// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What happens to a graph before its layers are quantized, and what a report says of them.

#ifndef PAWL_LIB_PIPELINE_GRAPH_PREPARE_H_
#define PAWL_LIB_PIPELINE_GRAPH_PREPARE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/pipeline/graph_rules.h"
#include "pawl/context.h"
#include "pawl/graph_job.h"

namespace pawl {

// The model that the job is on, and the samples that it brings (none: a count of 0). A job has one
// of a path and the thing itself for each; InvalidArgument where it has both or, of the model,
// neither.
absl::StatusOr<std::shared_ptr<const Graph>> OpenModel(const GraphJob& job);
absl::StatusOr<GraphSamples> OpenSamples(const GraphJob& job, const Graph& graph);

// A copy in a version of ONNX that can say what the job needs, with constants and norms folded.
absl::StatusOr<std::shared_ptr<const Graph>> PrepareGraph(const Graph& graph, const GraphJob& job,
                                                          const Recipe& recipe, Context& context);

// Takes back decisions that the mode has no operators for, with the reason.
void RefuseWhatModeLacks(const GraphJob& job, const Graph& graph,
                         std::vector<LayerDecision>* decisions);

// A line for each node whose subgraphs have layers, in modes where those stay as they are.
std::vector<std::string> SubgraphNotes(const Graph& graph, GraphMode mode);

// Fills GraphReport::layers.
void DescribeLayers(const Graph& graph, const std::vector<LayerDecision>& decisions,
                    const GraphJob& job, GraphReport* report);

}  // namespace pawl

#endif  // PAWL_LIB_PIPELINE_GRAPH_PREPARE_H_
