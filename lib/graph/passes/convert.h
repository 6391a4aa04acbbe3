// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Conversions that need no calibration: dynamic, weight-only, f16. Each layer is changed by itself.

#ifndef PAWL_LIB_GRAPH_PASSES_CONVERT_H_
#define PAWL_LIB_GRAPH_PASSES_CONVERT_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "lib/graph/passes/layers.h"
#include "pawl/graph.h"
#include "pawl/quantized_tensor.h"

namespace pawl {

struct CodedLayer {
  Layer layer;
  WeightCodes weights;
  WeightCodes recurrent = {};  // kRecurrent: both are of RecurrentMatrix
};

// Activations become u8 codes at run time (DynamicQuantizeLinear), convolutions ConvInteger,
// products MatMulInteger, followed by the scales and the bias in float; embeddings are looked up as
// codes, and scaled. LSTM becomes ONNX Runtime's DynamicQuantizeLSTM where HasDynamicForm. Other
// kinds: InvalidArgument.
absl::Status MakeDynamic(Graph& graph, const std::vector<CodedLayer>& layers);
// Whether a recurrent layer can be dynamic: others keep float activations (DequantizeWeights).
bool HasDynamicForm(const Node& recurrent);

// A DequantizeLinear between codes of the weights (of both matrices of a recurrent layer) and the
// node.
absl::Status DequantizeWeights(Graph& graph, const CodedLayer& coded);

// MatMul or Gemm with weights [out, in] in groups along rows becomes ONNX Runtime's MatMulNBits.
// Errors: those of ToMatMulNBits.
absl::Status MakeMatMulNBits(Graph& graph, const Layer& layer, const QuantizedTensor& weights);

// Weights and arithmetic become f16; Casts stand at inputs, outputs, and around nodes that `keep`
// asks to leave in f32 and operators whose ONNX definition has no f16; nodes with a value whose
// type is not known stay as they are.
absl::Status MakeFloat16(Graph& graph, const std::function<bool(const Node&)>& keep);

}  // namespace pawl

#endif  // PAWL_LIB_GRAPH_PASSES_CONVERT_H_
