// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Passes over float graphs before they are quantized. Each is a file; each leaves a graph that
// computes the same, up to the rounding of f32. Quantization itself is in quant_plan.h and after.

#ifndef PAWL_LIB_GRAPH_PASSES_PASSES_H_
#define PAWL_LIB_GRAPH_PASSES_PASSES_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pawl/context.h"
#include "pawl/graph.h"

namespace pawl {

// Writes the nodes of ONNX's own domain in the newer version `to`, in subgraphs too.
// Errors: Unimplemented naming a node that it cannot.
absl::Status UpgradeOpset(Graph& graph, int to);

// Constant nodes and nodes of constants become initialisers, but for the graph's outputs.
absl::Status FoldConstants(Graph& graph, Context& context);

// FusedConv (com.microsoft) becomes Conv, Add and an activation. Errors: InvalidArgument naming the
// node (an activation that ONNX Runtime does not write).
absl::Status ExpandFusedConv(Graph& graph);

// Batch norms, scales and shifts of channels go into the convolution before them.
absl::Status FoldIntoLayers(Graph& graph);

// Drops nodes whose results nobody reads, unused values, and sorts the nodes.
absl::Status RemoveUnused(Graph& graph);

// Cross-layer equalization (Nagel et al., "Data-Free Quantization Through Weight Equalization and
// Bias Correction", 2019, section 4.1): channels between two convolutions, with nothing or a ReLU
// between them, get scales that give both weights the same range. Returns the pairs of layers that
// were changed, by name.
absl::StatusOr<std::vector<std::string>> EqualizeLayers(Graph& graph);

// Bias absorption (the same, section 4.1.3): what a ReLU's result is never below goes from the bias
// before it into the bias of the convolution after it, which must not pad. `smallest` has it by
// channel of the ReLU's result. Returns the layers whose bias became smaller, by name.
absl::StatusOr<std::vector<std::string>> AbsorbBiases(
    Graph& graph, const std::map<ValueId, std::vector<double>>& smallest);

// Before running, and before layers are quantized: Casts around nodes whose operators Pawl computes
// in f32 alone, where they have f16 tensors. Their results are rounded to f16 once.
absl::Status WidenHalf(Graph& graph);

}  // namespace pawl

#endif  // PAWL_LIB_GRAPH_PASSES_PASSES_H_
