// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Which values of a graph become codes, and the nodes that say so: QuantizeLinear followed by
// DequantizeLinear ("QDQ"), which engines merge with what stands between them into integer
// operators (ONNX Runtime, docs/performance/model-optimizations/quantization).

#ifndef PAWL_LIB_GRAPH_PASSES_QUANT_PLAN_H_
#define PAWL_LIB_GRAPH_PASSES_QUANT_PLAN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/graph/passes/layers.h"
#include "pawl/context.h"
#include "pawl/graph.h"
#include "pawl/observer.h"

namespace pawl {

// What the engine that runs the file demands.
struct TargetRules {
  // It merges a convolution only where its result (after ReLU and the like) becomes codes.
  bool quantize_conv_outputs = true;
  bool quantize_bias = true;
  bool symmetric_activations = false;
  bool shared_concat = false;  // inputs and output of Concat share parameters
  static TargetRules OnnxRuntime() { return {}; }
  static TargetRules TensorRt() { return {false, false, true, true}; }
};

struct PlannedLayer {
  Layer layer;
  WeightOptions weights;
  bool wide = false;  // 16-bit activations
  int32_t rule = -1;
};

// A value that becomes codes and values again.
struct QuantPoint {
  ValueId value = kNoValue;
  bool all_users = false;      // else only `users` read what comes out
  std::vector<int32_t> users;  // nodes
  ValueId same_as = kNoValue;  // shares the parameters of this value's point
  bool wide = false;
};

struct QuantPlan {
  std::vector<PlannedLayer> layers;
  std::vector<QuantPoint> points;  // in topological order
};

// Layers with a reason (Layer::reason) must not be among them.
absl::StatusOr<QuantPlan> PlanPoints(const Graph& graph, std::vector<PlannedLayer> layers,
                                     const TargetRules& rules);

// How a value's codes look for a target, and the same as a tensor type.
CodeRange ActivationCodes(const TargetRules& rules, bool wide);
DType ActivationType(const TargetRules& rules, bool wide);

using ActivationParams = absl::flat_hash_map<ValueId, QParams>;

// What a layer's weights and bias become, by the layer's place in the plan.
struct LayerCodes {
  WeightCodes weights;
  Tensor bias;  // f32, as corrected; empty for none
};

// Writes QDQ into the graph. `params` has every point's value; `codes` every layer but products.
// Biases become i32 where the rules say so.
absl::Status InsertQdq(Graph& graph, const QuantPlan& plan, const ActivationParams& params,
                       const std::vector<LayerCodes>& codes, const TargetRules& rules);

// Turns QDQ around Conv, MatMul and Gemm into QLinearConv, QLinearMatMul and MatMulInteger, and
// moves codes through operators that only pass them on. What has no such operator stays as it is.
absl::Status QdqToQOperators(Graph& graph);

}  // namespace pawl

#endif  // PAWL_LIB_GRAPH_PASSES_QUANT_PLAN_H_
