// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PAWL_LIB_GRAPH_OPERATORS_INTEGER_CONV_TRANSPOSE_H_
#define PAWL_LIB_GRAPH_OPERATORS_INTEGER_CONV_TRANSPOSE_H_

#include "pawl/graph.h"
#include "pawl/tensor.h"

namespace pawl {

// Whether a ConvTranspose of images x (channels first; sizes may be unknown) with these codes
// [in, out / groups, taps..] and scales can become QLinearConvTranspose of Pawl's own domain. Not
// where phases without taps would make the weights more than 16 times as large.
bool TakesTransposedLayer(const Node& node, const Dims& x, const Tensor& weights,
                          const Tensor& scales);

}  // namespace pawl

#endif  // PAWL_LIB_GRAPH_OPERATORS_INTEGER_CONV_TRANSPOSE_H_
