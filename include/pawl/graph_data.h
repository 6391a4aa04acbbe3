// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Samples for a graph's inputs: what calibration, analysis and checks run on.

#ifndef PAWL_INCLUDE_PAWL_GRAPH_DATA_H_
#define PAWL_INCLUDE_PAWL_GRAPH_DATA_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pawl/graph.h"
#include "pawl/tensor.h"

namespace pawl {

// One call of a graph: tensors in the order of Graph::inputs.
using GraphSample = std::vector<Tensor>;

// Samples by index. `get` may be called in any order and more than once for an index; it gives the
// same each time. Copies share what they hold.
struct GraphSamples {
  int64_t count = 0;
  std::function<absl::StatusOr<GraphSample>(int64_t index)> get;
  std::vector<std::string> files;  // that they are read from; none of the caller's own
};

// Reads samples from `path`:
//   a .npz   an array for each input, named as the input (any name where there is one of each). An
//            array with the rank of its input is cut along its first dimension into samples of one
//            (of as many as the input asks for, where it is fixed); one with a dimension more into
//            its items. An array that makes one sample serves all others.
//   a .npy   the same for a graph with one input.
//   a folder of such files, taken in the order of their names, each opened when its turn comes.
// Arrays stored without compression are looked at where they lie, or copied a sample at a time
// where they lie unaligned, so memory does not grow with their number; compressed and column-major
// ones are in memory one file at a time. Errors: NotFound and its like; InvalidArgument naming
// file, array and input.
absl::StatusOr<GraphSamples> OpenGraphSamples(const std::string& path, const Graph& graph);

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_GRAPH_DATA_H_
