// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Second moments of what the weights of layers meet: inputs of linear layers, windows of
// convolutions.

#ifndef PAWL_LIB_PIPELINE_LAYER_MOMENTS_H_
#define PAWL_LIB_PIPELINE_LAYER_MOMENTS_H_

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lib/graph/passes/layers.h"
#include "lib/pipeline/graph_rules.h"
#include "pawl/context.h"
#include "pawl/graph.h"
#include "pawl/graph_data.h"
#include "pawl/input_moments.h"

namespace pawl {

// Bounds on what moments take: they hold columns^2 doubles twice.
inline constexpr int64_t kMostMomentColumns = 4096;
inline constexpr int64_t kMostMomentBytes = int64_t{512} << 20;  // of one run of the samples
inline constexpr int64_t kMostWindows = 1024;  // of one sample and layer, spread evenly

struct LayerMoments {
  // By half of the samples that the layer has a part in (every other one), one for each group of
  // channels.
  std::array<std::vector<InputMoments>, 2> halves;
  std::string reason;  // why they are of no use; empty where they are
};

// How many columns and groups the weights of a layer have, as rows; 0 for other kinds of layers.
struct RowShape {
  int64_t groups = 0, columns = 0;
  int64_t bytes() const { return 2 * groups * columns * columns * 8; }
};
RowShape RowShapeOf(const Graph& graph, const Layer& layer);

// Runs the first `count` samples once; layers of subgraphs see each run of theirs. Linear layers of
// one input share their moments.
using MomentsByPlace = std::map<LayerPlace, std::shared_ptr<LayerMoments>>;
absl::StatusOr<MomentsByPlace> ObserveMoments(const std::shared_ptr<const Graph>& graph,
                                              absl::Span<const LayerDecision* const> layers,
                                              const GraphSamples& samples, int64_t count,
                                              uint64_t max_memory, Context& context);

}  // namespace pawl

#endif  // PAWL_LIB_PIPELINE_LAYER_MOMENTS_H_
