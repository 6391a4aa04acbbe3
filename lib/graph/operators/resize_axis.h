// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Resize along one axis: which input positions make an output position, with which weights.

#ifndef PAWL_LIB_GRAPH_OPERATORS_RESIZE_AXIS_H_
#define PAWL_LIB_GRAPH_OPERATORS_RESIZE_AXIS_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "pawl/graph.h"

namespace pawl {

struct ResizeAxis {
  int64_t in = 0, out = 0;
  double scale = 1.0;
  double roi_start = 0.0, roi_end = 1.0;
};

struct ResizeModes {
  absl::string_view mode = "nearest", coordinates = "half_pixel", nearest = "round_prefer_floor";
  double cubic_a = -0.75;
  bool antialias = false, exclude_outside = false;
};
// From a node's attributes, older opsets' defaults included.
absl::StatusOr<ResizeModes> ReadResizeModes(const Node& node);

// Output position o is the sum over t < taps of weights[o * taps + t] times the input at
// positions[o * taps + t]; outside[o] says that it lies outside the region of interest.
struct ResizeTaps {
  int64_t taps = 1;
  std::vector<int64_t> positions;
  std::vector<float> weights;
  std::vector<bool> outside;
};
ResizeTaps FindTaps(const ResizeAxis& axis, const ResizeModes& modes);

}  // namespace pawl

#endif  // PAWL_LIB_GRAPH_OPERATORS_RESIZE_AXIS_H_
