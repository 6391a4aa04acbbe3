// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PAWL_LIB_GRAPH_PASSES_SMOOTH_QUANT_H_
#define PAWL_LIB_GRAPH_PASSES_SMOOTH_QUANT_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pawl/graph.h"

namespace pawl {

// SmoothQuant (Xiao et al. 2022): where a norm's gain and offset are constants and linear layers
// read its result, channel j of that result is divided by
//   s_j = max|x_j|^alpha / max|w_j|^(1 - alpha), both at least 1e-5,
// in the norm's own parameters, and multiplied into the layers' weights. The norm is a
// LayerNormalization, or the Mul and Add that end one spelled out. Others that read the result
// (a residual, say) read it through a Mul by s. `largest` has max|x_j| for each value that is to be
// smoothed. Returns the norms that were changed, by name.
absl::StatusOr<std::vector<std::string>> SmoothQuant(
    Graph& graph, const std::map<ValueId, std::vector<double>>& largest, double alpha);

}  // namespace pawl

#endif  // PAWL_LIB_GRAPH_PASSES_SMOOTH_QUANT_H_
