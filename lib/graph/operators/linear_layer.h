// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Linear layers as an operator's state: what Linear, MatMulNBits and the like share.

#ifndef PAWL_LIB_GRAPH_OPERATORS_LINEAR_LAYER_H_
#define PAWL_LIB_GRAPH_OPERATORS_LINEAR_LAYER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "lib/graph/operators/common.h"
#include "pawl/linear.h"
#include "pawl/quantized_tensor.h"

namespace pawl {

// From the attributes mode, activation, activation_groups and compute, as pawl/graph.h has them.
absl::StatusOr<LinearOptions> LinearOptionsOf(const Node& node, const Tensor* bias);

absl::StatusOr<std::unique_ptr<OpState>> MakeLinearState(const Node& node,
                                                         const QuantizedTensor& weights,
                                                         LinearOptions options, Context* context);
// Weights [out, in] of f32, f16 or bf16. Of the options bias and activation count.
absl::StatusOr<std::unique_ptr<OpState>> MakeFloatState(const Node& node, const Tensor& weights,
                                                        const LinearOptions& options);

// Kernel: input 0 [..., in] of f32, f16 or bf16 into output 0 [..., out] of that type.
absl::Status RunLinearState(OpRun& run);

}  // namespace pawl

#endif  // PAWL_LIB_GRAPH_OPERATORS_LINEAR_LAYER_H_
