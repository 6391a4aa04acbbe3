// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Windows of transposed convolutions, and such a convolution as ordinary ones.

#ifndef PAWL_LIB_GRAPH_OPERATORS_TRANSPOSED_WINDOW_H_
#define PAWL_LIB_GRAPH_OPERATORS_TRANSPOSED_WINDOW_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/graph/operators/window.h"
#include "pawl/graph.h"

namespace pawl {

// Of a ConvTranspose with images x [batch, channels, spatial..] and weights w [channels, outputs,
// taps..]. The window runs over the result: `in` is the result's size, `out` the image's. Unknown
// sizes stay unknown. Errors: InvalidArgument for attributes that do not fit.
absl::StatusOr<Window> TransposedWindow(const Node& node, const Dims& x, const Dims& w);

// Along one dimension, position o of the result sees the inputs i and taps t for which
// i * stride + t * dilation = o + pad_begin. Positions whose o + pad_begin have the same residue
// modulo the stride therefore see the same taps, one input further from one position to the next:
// they are an ordinary convolution of stride 1, whose taps go backwards.
struct TransposedPhase {
  int64_t first = 0;      // its first position; the others follow at steps of the stride
  int64_t first_tap = 0;  // its taps are first_tap + j * tap_step for 0 <= j < taps
  int64_t taps = 0;       // none: its results are the bias
  int64_t skip = 0;       // results of the ordinary convolution in front of the first
  int64_t more = 0;       // positions, less the input's size; none where the sum is below 1
};

// Phases with as many taps, as one ordinary convolution of all their outputs:
// `kernel` taps, where those that a phase lacks are zero.
struct TransposedClass {
  int64_t kernel = 1;
  int64_t pad_begin = 0, pad_end = 0;
  std::vector<TransposedPhase> phases = {};
};

struct TransposedDimension {
  int64_t stride = 1;
  int64_t dilation = 1;  // between inputs of neighbouring taps of a phase
  int64_t tap_step = 1;
  int64_t more = 0;  // the result's size is (input - 1) * stride + more
  std::vector<TransposedClass> classes = {};

  // The tap of w at tap `kernel_tap` of the class's convolution; -1 where the phase has none there.
  int64_t TapOf(const TransposedClass& of, const TransposedPhase& phase, int64_t kernel_tap) const;
};

// Height and width of a ConvTranspose of one (height 1) or two spatial dimensions. `merge`: phases
// with as many taps are a class, else each is one. An empty x: nothing is known of it. Nothing
// where there are other dimensions, where padding depends on sizes that are not known, or where
// there would be more than 1024 convolutions.
struct TransposedPlan {
  TransposedDimension height, width;
};
std::optional<TransposedPlan> PlanTransposed(const Node& node, const Dims& x, const Dims& w,
                                             bool merge);

}  // namespace pawl

#endif  // PAWL_LIB_GRAPH_OPERATORS_TRANSPOSED_WINDOW_H_
