// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What a recipe says of each layer of a graph.

#ifndef PAWL_LIB_PIPELINE_GRAPH_RULES_H_
#define PAWL_LIB_PIPELINE_GRAPH_RULES_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/graph/passes/layers.h"
#include "lib/graph/passes/subgraphs.h"
#include "pawl/graph.h"
#include "pawl/graph_job.h"
#include "pawl/recipe.h"
#include "pawl/scheme.h"

namespace pawl {

// Which graph has a layer, and which of its nodes it is.
using LayerPlace = std::pair<SubgraphPath, int32_t>;

struct LayerDecision {
  // Of a subgraph: where it is, and how it looks (WithOwnConstants), which `layer` is part of.
  SubgraphPath path;
  std::shared_ptr<const Graph> subgraph;
  Layer layer;

  bool in_main() const { return subgraph == nullptr; }
  LayerPlace place() const { return {path, layer.node}; }
  // NOLINTNEXTLINE(bugprone-return-const-ref-from-parameter): the job keeps the main graph
  const Graph& graph(const Graph& main) const { return in_main() ? main : *subgraph; }

  std::string scope;  // of a subgraph: "choice/then_branch/", with those around it before
  std::string name;   // the node's; with the scope or of an output where another layer has it, too
  OperatorType op = OperatorType::kOther;
  bool quantize = false;
  std::string reason;  // why not
  int32_t rule = -1;
  std::string scheme_text;
  Scheme scheme;
  WeightOptions weights;  // of static and dynamic jobs
  bool wide = false;      // 16-bit activations
  RecipeMethod method;
};

// The recipe, or what stands for one without rules.
Recipe RecipeFor(const GraphJob& job);

// In the order of the graph's nodes, in every mode but float16 with those of subgraphs after them,
// which are one after another for each subgraph, outer ones first. Errors: InvalidArgument (a
// pattern that matches no layer, with the nearest names; a scheme that the mode lacks).
absl::StatusOr<std::vector<LayerDecision>> DecideLayers(const Graph& graph, const Recipe& recipe,
                                                        GraphMode mode);

// Whether a layer of a dynamic job keeps float activations, and only its weights become codes: rows
// that are looked up, ConvTranspose, for which ONNX has no integer operator, and recurrent layers
// for which the target has no dynamic one.
bool KeepsFloatActivations(const GraphJob& job, const Graph& graph, const Layer& layer);

// After `pass` changed the graph's layers, but not the order of its nodes.
absl::Status FollowLayers(const Graph& graph, absl::string_view pass,
                          std::vector<LayerDecision>* decisions);

}  // namespace pawl

#endif  // PAWL_LIB_PIPELINE_GRAPH_RULES_H_
