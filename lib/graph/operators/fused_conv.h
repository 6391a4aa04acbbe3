// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The activation of a FusedConv (com.microsoft), by the name of ONNX's operator.

#ifndef PAWL_LIB_GRAPH_OPERATORS_FUSED_CONV_H_
#define PAWL_LIB_GRAPH_OPERATORS_FUSED_CONV_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "lib/graph/operator.h"
#include "pawl/graph.h"

namespace pawl {

struct NamedActivation {
  std::string name;           // empty: none
  float alpha = 0, beta = 0;  // LeakyRelu, HardSigmoid; Clip: the bounds

  // Errors: InvalidArgument for one that ONNX Runtime does not write, or without its parameters.
  static absl::StatusOr<NamedActivation> Of(const Node& node);
  // x[i] = f(x[i]) for n values.
  absl::Status Apply(const OpRun& run, int64_t n, float* x) const;
};

}  // namespace pawl

#endif  // PAWL_LIB_GRAPH_OPERATORS_FUSED_CONV_H_
