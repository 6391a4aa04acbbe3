// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Nodes with weights, seen alike: what quantization works on.

#ifndef PAWL_LIB_GRAPH_PASSES_LAYERS_H_
#define PAWL_LIB_GRAPH_PASSES_LAYERS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pawl/context.h"
#include "pawl/graph.h"
#include "pawl/quantized_tensor.h"
#include "pawl/quantizer.h"
#include "pawl/scheme.h"

namespace pawl {

enum class LayerKind : uint8_t {
  kConv,           // Conv with an initialiser as weights [out, in / groups, ...]
  kLinear,         // MatMul or Gemm with an initialiser [in, out], or [out, in] for Gemm's transB
  kProduct,        // MatMul of two activations
  kEmbedding,      // Gather of rows of an initialiser
  kRecurrent,      // LSTM, GRU, RNN: weights alone, or (LSTM) dynamically
  kConvTranspose,  // weights [in, out / groups, ...]; its bias stays f32
};

struct Layer {
  int32_t node = -1;
  LayerKind kind = LayerKind::kConv;
  ValueId input = kNoValue;      // activations; kProduct: the left ones
  ValueId weights = kNoValue;    // kProduct: the right activations
  ValueId recurrent = kNoValue;  // kRecurrent: the states' weights, R
  ValueId bias = kNoValue;       // an initialiser of one f32 a channel, or none
  int axis = 0;                  // of the weights' output channels
  std::string reason = {};       // why no integer kernel can run it; empty where one can
};

// None for nodes that have neither weights nor are products.
std::optional<Layer> LayerOf(const Graph& graph, int32_t node);
std::vector<Layer> FindLayers(const Graph& graph);

// A name for messages, patterns and reports: the node's, else that of its first output.
std::string LayerName(const Graph& graph, const Node& node);

struct WeightOptions {
  int bits = 8;  // 2 to 8; codes are stored as i8 in any case
  bool per_channel = true;
  RangeMethod range = RangeMethod::kMax;
  double percentile = 99.99;

  friend bool operator==(const WeightOptions&, const WeightOptions&) = default;
};

// Symmetric codes of weights, in the weights' own order.
struct WeightCodes {
  Tensor codes;               // i8
  std::vector<float> scales;  // one a channel of `axis`, or one
  int axis = 0;
  int32_t max_code = 127;
  std::vector<int64_t> raised;  // channels whose scale was raised, see RaiseForBias
};
// The scheme of such codes as rows, and the weights as rows: f32 [channels, inputs], with a
// channel's weights in their own order.
absl::StatusOr<Scheme> WeightScheme(const WeightOptions& options);
absl::StatusOr<Tensor> WeightRows(const Tensor& weights, int axis);
// Codes of weights whose rows were quantized by WeightScheme, in one part or several.
absl::StatusOr<WeightCodes> CodesOfRows(const Tensor& weights, int axis,
                                        absl::Span<const QuantizedTensor> parts);
absl::StatusOr<WeightCodes> QuantizeWeights(const Tensor& weights, int axis,
                                            const WeightOptions& options, Context& context);

// What the codes stand for, f32.
absl::StatusOr<Tensor> DecodeWeights(const WeightCodes& codes);

// Bias codes have the scale input_scale * weight scale, and must fit int32 with room for the sum.
// Channels where they would not get a larger weight scale, and codes for it.
absl::Status RaiseForBias(const Tensor& weights, const Tensor& bias, float input_scale,
                          WeightCodes* codes);
// Codes of the bias, i32.
absl::StatusOr<Tensor> QuantizeBias(const Tensor& bias, float input_scale,
                                    const WeightCodes& codes);

// W or R of a recurrent layer, [directions, gates * hidden, columns], as the matrix that its codes
// are of: [directions * gates * hidden, columns], axis 0. The same memory.
absl::StatusOr<Tensor> RecurrentMatrix(const Tensor& weights);

// Channel c of `axis` owns elements (o, c, i) of [outer, channels, inner].
struct ChannelView {
  int64_t outer = 1, channels = 1, inner = 1;
};
ChannelView ChannelsOf(const Tensor& tensor, int axis);

}  // namespace pawl

#endif  // PAWL_LIB_GRAPH_PASSES_LAYERS_H_
