// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Values of a graph and of its subgraphs that are to be observed.

#ifndef PAWL_LIB_PIPELINE_VALUE_REQUEST_H_
#define PAWL_LIB_PIPELINE_VALUE_REQUEST_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/graph/passes/subgraphs.h"
#include "pawl/graph.h"

namespace pawl {

struct ValueRequest {
  ValueId value = kNoValue;
  int channel_axis = kNoAxis;  // negative counts from the end
  SubgraphPath path = {};      // the graph that has the value, as WithOwnConstants makes it
  static constexpr int kNoAxis = INT32_MIN;
};

// The graph with names that no other value has for those of subgraphs that are asked for: branches
// may use a name again. `names` by request.
absl::StatusOr<std::shared_ptr<const Graph>> NamedToObserve(
    const std::shared_ptr<const Graph>& graph, const std::vector<ValueRequest>& requests,
    std::vector<std::string>* names);

}  // namespace pawl

#endif  // PAWL_LIB_PIPELINE_VALUE_REQUEST_H_
