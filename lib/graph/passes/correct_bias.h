// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Bias correction (Nagel et al. 2019, section 4.2) and the saturation check.

#ifndef PAWL_LIB_GRAPH_PASSES_CORRECT_BIAS_H_
#define PAWL_LIB_GRAPH_PASSES_CORRECT_BIAS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lib/graph/passes/layers.h"
#include "pawl/graph.h"

namespace pawl {

// What rounding the weights adds to the mean of each output channel: the sum over inputs of
// (decoded - weights) * mean. `means` has one for each input channel. Padding counts as if it were
// the mean.
absl::StatusOr<std::vector<double>> MeanShift(const Node& node, const Layer& layer,
                                              const Tensor& weights, const WeightCodes& codes,
                                              absl::Span<const double> means);

// The bias (f32; zeros where `bias` is null) less the shift.
absl::StatusOr<Tensor> CorrectedBias(const Tensor* bias, absl::Span<const double> shift);

// Whether products of these codes and 8-bit activations, added in pairs, can exceed int16: engines
// do that on x86 CPUs that have pmaddubsw and lack VNNI. `largest` is the largest magnitude of an
// activation's code, 255 for unsigned ones.
bool CouldSaturate(const WeightCodes& codes, int32_t largest);

}  // namespace pawl

#endif  // PAWL_LIB_GRAPH_PASSES_CORRECT_BIAS_H_
