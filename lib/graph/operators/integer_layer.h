// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Convolutions and products of 8-bit codes with constant weights, as an operator's state: on
// QuantizedConv, a product being a convolution of one tap whose pixels are the rows.

#ifndef PAWL_LIB_GRAPH_OPERATORS_INTEGER_LAYER_H_
#define PAWL_LIB_GRAPH_OPERATORS_INTEGER_LAYER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/graph/operators/common.h"
#include "lib/graph/operators/window.h"
#include "pawl/conv.h"
#include "pawl/quantized_tensor.h"

namespace pawl {

// An executor's own attribute of operators on images of codes: their tensors are [batch,
// spatial..., channels], and so are their shapes.
inline constexpr char kChannelsLast[] = "pawl_channels_last";

// Columns whose products int32 holds, as QuantizedConv takes them.
inline constexpr int64_t kMostCodeColumns = 32768;

// The least and largest number among constants of scales that a layer's arithmetic takes.
bool ScaleFits(float scale);
// Of weights: those of channels that are next to zero may be smaller.
bool WeightScaleFits(float scale);

// Scale and zero point of a whole tensor.
struct CodeScale {
  float scale = 1.0f;
  int32_t zero = 0;
};

// Scale and zero point of a whole tensor among a node's constants; nothing where they are not
// constant, not one, or out of range. Absent zero points are 0.
std::optional<CodeScale> ConstantScale(const PrepareContext& c, size_t scale, size_t zero);

// Weights of codes [out, ...], or [in, out] where `by_column`; scales and zero points are one, or
// one for each output. Nothing where they do not fit a layer.
struct CodeWeights {
  const Tensor* codes = nullptr;
  bool by_column = false;
  std::vector<float> scales = {};
  std::vector<int32_t> zeros = {};
  int64_t outputs() const { return by_column ? codes->shape().back() : codes->dim(0); }
};
// Of the inputs of a node. scale 0: the scales are 1.
std::optional<CodeWeights> ConstantWeights(const PrepareContext& c, size_t codes, size_t scale,
                                           size_t zero, bool by_column);
absl::StatusOr<QuantizedTensor> QuantizedWeights(const CodeWeights& weights);
struct IntegerLayer : OpState {
  explicit IntegerLayer(QuantizedConv layer) : conv(std::move(layer)) {}
  QuantizedConv conv;
  size_t size_bytes() const override { return conv.size_bytes(); }
};

// A layer of sums that become floats, y = float(sum) * (x_scale * scale) + bias: of operators whose
// activations are quantized while running.
struct FloatLayer : OpState {
  std::unique_ptr<IntegerLayer> layer;
  std::vector<float> scales, bias;  // one for each output; bias may be empty
  FusedActivation activation = FusedActivation::kNone;
  size_t size_bytes() const override {
    return layer->size_bytes() + (scales.size() + bias.size()) * sizeof(float);
  }
  // The call's factors into `factors` [outputs].
  SumsToFloats Floats(float x_scale, float* factors) const;
};
// Scales (one, or one for each output) and bias (where the node has input `bias`) of a node's
// constants, and the activation. Nothing where they do not fit. Only the layer is left to do.
std::unique_ptr<FloatLayer> ConstantFloats(const PrepareContext& c, size_t scale, size_t bias,
                                           int64_t outputs);

// The one zero point of a call's activations, 0 where the input is absent; nothing where there are
// several, or one of another type.
std::optional<int32_t> ZeroPointOfCall(const OpRun& run, size_t input);

ConvGeometry GeometryOf(const Window& window, int64_t in_channels, int64_t groups);

// What a layer of `mode` integer_only or static_int8 takes and gives; a null output gives sums or,
// in static_int8, floats.
LinearOptions CodeLayerOptions(const Node& node, DType x_dtype, const CodeScale& x);
void SetCodeOutput(const CodeScale& y, DType dtype, LinearOptions* options);
void SetSumOutput(LinearOptions* options);

// Layer of one tap: rows [M, in] are pixels.
absl::StatusOr<std::unique_ptr<IntegerLayer>> MakeProductLayer(const CodeWeights& weights,
                                                               LinearOptions options,
                                                               Context* context);
absl::Status RunProduct(const QuantizedConv& conv, const Tensor& x, Tensor& y, int64_t rows,
                        Context& context);

// What comes with a call of dynamically quantized activations.
struct CallCodes {
  int32_t zero = 0;
  const SumsToFloats* floats = nullptr;  // null: y is the sums
};
// The same for a layer of sums; codes as bare memory.
absl::Status RunDynamicProduct(const QuantizedConv& conv, const void* codes, DType dtype,
                               const CallCodes& call, Tensor& y, int64_t rows, Context& context);

// Images of rank 3 or 4, by kChannelsLast of the node.
absl::Status RunImages(const QuantizedConv& conv, bool channels_last, const Tensor& x, Tensor& y,
                       Context& context);
absl::Status RunDynamicImages(const QuantizedConv& conv, const Tensor& x, const CallCodes& call,
                              Tensor& y, Context& context);

}  // namespace pawl

#endif  // PAWL_LIB_GRAPH_OPERATORS_INTEGER_LAYER_H_
