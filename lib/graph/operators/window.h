// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Windows that slide over spatial dimensions: what convolutions and pooling share.

#ifndef PAWL_LIB_GRAPH_OPERATORS_WINDOW_H_
#define PAWL_LIB_GRAPH_OPERATORS_WINDOW_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pawl/graph.h"

namespace pawl {

// One entry for each spatial dimension. Output position o sees input positions
// o * stride - pad_begin + t * dilation for taps 0 <= t < kernel.
struct Window {
  Dims kernel, stride, dilation, pad_begin, pad_end;
  Dims in, out;

  size_t rank() const { return kernel.size(); }
  int64_t taps() const;
};

// From a node's attributes; `kernel` where it has no kernel_shape (a convolution's weights).
// Unknown input sizes give unknown output sizes. Errors: InvalidArgument for attributes that do not
// fit and windows larger than the padded input.
absl::StatusOr<Window> ReadWindow(const Node& node, absl::Span<const int64_t> spatial,
                                  absl::Span<const int64_t> kernel, bool ceil_mode);

// The padding that auto_pad means depends on the input's size.
bool PaddingFollowsSize(const Node& node);

}  // namespace pawl

#endif  // PAWL_LIB_GRAPH_OPERATORS_WINDOW_H_
