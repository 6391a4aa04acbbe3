// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What each layer alone costs, and which to keep in float for a bound.

#ifndef PAWL_LIB_PIPELINE_GRAPH_SENSITIVITY_H_
#define PAWL_LIB_PIPELINE_GRAPH_SENSITIVITY_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/pipeline/graph_search.h"

namespace pawl {

// "sqnr": noise over signal, mean over outputs; "top1": share of decisions that are others.
// Errors: InvalidArgument for another word, or top1 where no output has rows to decide in.
absl::StatusOr<double> DropOf(const std::vector<OutputError>& errors, const std::string& metric);

struct LayerCost {
  double drop = 0;     // with this layer alone quantized; 0 for layers that are not
  double sqnr_db = 0;  // mean over outputs, the same
};
// By decision of the outcome, whose statistics and settings serve all.
absl::StatusOr<std::vector<LayerCost>> CostOfLayers(const StaticInput& input,
                                                    const std::string& metric,
                                                    StaticOutcome* outcome, Context& context);

// Keeps layers in float, those of the highest cost first, until the drop is at most `max_drop`; the
// fewest for which it is, taking it that fewer cost more. The outcome is that of the rest.
// Errors: InvalidArgument where no recipe meets it.
absl::Status KeepWorst(const StaticInput& input, const std::string& metric, double max_drop,
                       StaticOutcome* outcome, Context& context);

}  // namespace pawl

#endif  // PAWL_LIB_PIPELINE_GRAPH_SENSITIVITY_H_
