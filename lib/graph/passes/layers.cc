// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/graph/passes/layers.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/graph/operator.h"
#include "pawl/quantized_tensor.h"

namespace pawl {
namespace {

const Tensor* FloatConstant(const Graph& graph, ValueId id) {
  const Tensor* tensor = graph.ConstantTensor(id);
  return tensor != nullptr && tensor->dtype() == DType::kF32 ? tensor : nullptr;
}

bool IsFloat(const Graph& graph, ValueId id) {
  return id != kNoValue && graph.value(id).type.dtype == DType::kF32;
}

void FindBias(const Graph& graph, ValueId id, int64_t channels, Layer* layer) {
  if (id == kNoValue) return;
  const Tensor* bias = FloatConstant(graph, id);
  if (bias != nullptr && bias->num_elements() == channels) {
    layer->bias = id;
  } else if (layer->reason.empty()) {
    layer->reason = "its bias is not one constant a channel";
  }
}

std::optional<Layer> ConvLayer(const Graph& graph, const Node& node) {
  const Tensor* weights = FloatConstant(graph, node.Input(1));
  if (weights == nullptr || weights->rank() < 3) return std::nullopt;
  Layer layer{.kind = LayerKind::kConv, .input = node.Input(0), .weights = node.Input(1)};
  FindBias(graph, node.Input(2), weights->dim(0), &layer);
  return layer;
}

// Channels of the weights are those of a group: all groups share their scales.
std::optional<Layer> ConvTransposeLayer(const Graph& graph, const Node& node) {
  const Tensor* weights = FloatConstant(graph, node.Input(1));
  if (weights == nullptr || weights->rank() < 3) return std::nullopt;
  return Layer{.kind = LayerKind::kConvTranspose,
               .input = node.Input(0),
               .weights = node.Input(1),
               .axis = 1};
}

std::optional<Layer> MatMulLayer(const Graph& graph, const Node& node) {
  Layer layer{.kind = LayerKind::kLinear, .input = node.Input(0), .weights = node.Input(1)};
  const Tensor* weights = graph.ConstantTensor(node.Input(1));
  if (weights != nullptr) {
    if (weights->dtype() != DType::kF32 || weights->rank() < 2) return std::nullopt;
    if (graph.ConstantTensor(node.Input(0)) != nullptr) return std::nullopt;
    layer.axis = 1;
    if (weights->rank() != 2) layer.reason = "it has a matrix of weights for each of a batch";
    return layer;
  }
  if (!IsFloat(graph, node.Input(0)) || !IsFloat(graph, node.Input(1))) return std::nullopt;
  layer.kind = LayerKind::kProduct;
  if (graph.ConstantTensor(node.Input(0)) != nullptr) {
    layer.reason = "its left-hand side is constant";
  }
  return layer;
}

std::optional<Layer> GemmLayer(const Graph& graph, const Node& node) {
  const Tensor* weights = FloatConstant(graph, node.Input(1));
  if (weights == nullptr || weights->rank() != 2) return std::nullopt;
  Layer layer{.kind = LayerKind::kLinear, .input = node.Input(0), .weights = node.Input(1)};
  layer.axis = node.Int("transB", 0) != 0 ? 0 : 1;
  FindBias(graph, node.Input(2), weights->dim(layer.axis), &layer);
  if (node.Float("alpha", 1) != 1 || (layer.bias != kNoValue && node.Float("beta", 1) != 1) ||
      node.Int("transA", 0) != 0) {
    layer.reason = "Gemm with alpha, beta or transA";
  }
  return layer;
}

constexpr double kBiasCodes = 1 << 30;  // the other half of int32 is the sum's

}  // namespace

std::optional<Layer> LayerOf(const Graph& graph, int32_t index) {
  const Node& node = graph.nodes[static_cast<size_t>(index)];
  if (!node.domain.empty() || node.outputs.empty()) return std::nullopt;
  std::optional<Layer> layer;
  if (node.op == "Conv") {
    layer = ConvLayer(graph, node);
  } else if (node.op == "MatMul") {
    layer = MatMulLayer(graph, node);
  } else if (node.op == "Gemm") {
    layer = GemmLayer(graph, node);
  } else if (node.op == "Gather" && FloatConstant(graph, node.Input(0)) != nullptr &&
             graph.ConstantTensor(node.Input(0))->rank() == 2 && node.Int("axis", 0) == 0) {
    layer = Layer{.kind = LayerKind::kEmbedding, .input = node.Input(1), .weights = node.Input(0)};
    layer->reason = "rows of a table are looked up: nothing is multiplied";
  } else if (node.op == "ConvTranspose") {
    layer = ConvTransposeLayer(graph, node);
  } else if ((node.op == "LSTM" || node.op == "GRU" || node.op == "RNN") &&
             FloatConstant(graph, node.Input(1)) != nullptr &&
             FloatConstant(graph, node.Input(2)) != nullptr) {
    layer = Layer{.kind = LayerKind::kRecurrent,
                  .input = node.Input(0),
                  .weights = node.Input(1),
                  .recurrent = node.Input(2),
                  .axis = 1};
    layer->reason = absl::StrCat(node.op, " has no static integer kernel");
  }
  if (layer.has_value()) layer->node = index;
  return layer;
}

std::vector<Layer> FindLayers(const Graph& graph) {
  std::vector<Layer> layers;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    std::optional<Layer> layer = LayerOf(graph, static_cast<int32_t>(i));
    if (layer.has_value()) layers.push_back(*std::move(layer));
  }
  return layers;
}

std::string LayerName(const Graph& graph, const Node& node) {
  if (!node.name.empty()) return node.name;
  for (const ValueId id : node.outputs) {
    if (id != kNoValue) return graph.value(id).name;
  }
  return node.op;
}

ChannelView ChannelsOf(const Tensor& tensor, int axis) {
  ChannelView view;
  for (int d = 0; d < tensor.rank(); ++d) {
    (d < axis ? view.outer : d == axis ? view.channels : view.inner) *= tensor.dim(d);
  }
  return view;
}

absl::StatusOr<Tensor> WeightRows(const Tensor& weights, int axis) {
  const ChannelView v = ChannelsOf(weights, axis);
  const int64_t columns = v.outer * v.inner;
  PAWL_ASSIGN_OR_RETURN(Tensor rows, Tensor::Create(DType::kF32, {v.channels, columns}));
  for (int64_t c = 0; c < v.channels; ++c) {
    for (int64_t o = 0; o < v.outer; ++o) {
      std::copy_n(weights.as<float>().data() + (o * v.channels + c) * v.inner, v.inner,
                  rows.mutable_as<float>().data() + c * columns + o * v.inner);
    }
  }
  return rows;
}

absl::StatusOr<Tensor> RecurrentMatrix(const Tensor& weights) {
  return weights.Reshape({weights.dim(0) * weights.dim(1), weights.dim(2)});
}

absl::StatusOr<Scheme> WeightScheme(const WeightOptions& options) {
  return ParseScheme(
      absl::StrCat("int", options.bits, options.per_channel ? ":channel:f32" : ":tensor:f32"));
}

absl::StatusOr<WeightCodes> CodesOfRows(const Tensor& weights, int axis,
                                        absl::Span<const QuantizedTensor> parts) {
  WeightCodes result;
  result.axis = axis;
  PAWL_ASSIGN_OR_RETURN(result.codes, Tensor::Create(DType::kI8, weights.shape()));
  const ChannelView v = ChannelsOf(weights, axis);
  int64_t channel = 0;
  for (const QuantizedTensor& part : parts) {
    result.max_code = part.scheme.element.MaxCode();
    const auto scales = part.scales.as<float>();
    result.scales.insert(result.scales.end(), scales.begin(), scales.end());
    std::vector<int16_t> codes(static_cast<size_t>(part.num_elements()));
    PAWL_RETURN_IF_ERROR(UnpackCodes(part, 0, absl::MakeSpan(codes)));
    const int16_t* from = codes.data();
    for (int64_t row = 0; row < part.rows(); ++row, ++channel) {
      for (int64_t o = 0; o < v.outer; ++o) {
        int8_t* to =
            result.codes.mutable_as<int8_t>().data() + (o * v.channels + channel) * v.inner;
        for (int64_t i = 0; i < v.inner; ++i) to[i] = static_cast<int8_t>(*from++);
      }
    }
  }
  return result;
}

absl::StatusOr<WeightCodes> QuantizeWeights(const Tensor& weights, int axis,
                                            const WeightOptions& options, Context& context) {
  PAWL_ASSIGN_OR_RETURN(const Tensor rows, WeightRows(weights, axis));
  PAWL_ASSIGN_OR_RETURN(const Scheme scheme, WeightScheme(options));
  QuantizeOptions quantize;
  quantize.range = options.range;
  quantize.percentile = options.percentile;
  PAWL_ASSIGN_OR_RETURN(const QuantizedTensor quantized,
                        Quantize(rows, scheme, quantize, &context));
  return CodesOfRows(weights, axis, {&quantized, 1});
}

absl::StatusOr<Tensor> DecodeWeights(const WeightCodes& codes) {
  PAWL_ASSIGN_OR_RETURN(Tensor out, Tensor::Create(DType::kF32, codes.codes.shape()));
  const ChannelView v = ChannelsOf(codes.codes, codes.axis);
  const int8_t* from = codes.codes.as<int8_t>().data();
  float* to = out.mutable_as<float>().data();
  for (int64_t o = 0; o < v.outer; ++o) {
    for (int64_t c = 0; c < v.channels; ++c) {
      const float scale = codes.scales[codes.scales.size() == 1 ? 0 : static_cast<size_t>(c)];
      for (int64_t i = 0; i < v.inner; ++i) *to++ = static_cast<float>(*from++) * scale;
    }
  }
  return out;
}

absl::Status RaiseForBias(const Tensor& weights, const Tensor& bias, float input_scale,
                          WeightCodes* codes) {
  const ChannelView v = ChannelsOf(weights, codes->axis);
  const auto b = bias.as<float>();
  if (codes->scales.size() == 1) {  // one scale for all: the largest bias decides
    float largest = 0;
    for (const float x : b) largest = std::max(largest, std::fabs(x));
    if (largest <= kBiasCodes * input_scale * codes->scales[0]) return absl::OkStatus();
    codes->scales.assign(static_cast<size_t>(v.channels), codes->scales[0]);
  }
  for (int64_t c = 0; c < v.channels; ++c) {
    float& scale = codes->scales[static_cast<size_t>(c)];
    const double needed = std::fabs(static_cast<double>(b[static_cast<size_t>(c)])) /
                          (kBiasCodes * static_cast<double>(input_scale));
    if (!(needed > scale)) continue;
    scale = std::nextafter(static_cast<float>(needed), INFINITY);
    codes->raised.push_back(c);
    for (int64_t o = 0; o < v.outer; ++o) {
      const int64_t at = (o * v.channels + c) * v.inner;
      for (int64_t i = at; i < at + v.inner; ++i) {
        const double code = std::nearbyint(static_cast<double>(weights.as<float>().data()[i]) /
                                           static_cast<double>(scale));
        codes->codes.mutable_as<int8_t>().data()[i] = static_cast<int8_t>(std::clamp(
            code, -static_cast<double>(codes->max_code), static_cast<double>(codes->max_code)));
      }
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Tensor> QuantizeBias(const Tensor& bias, float input_scale,
                                    const WeightCodes& codes) {
  PAWL_ASSIGN_OR_RETURN(Tensor out, Tensor::Create(DType::kI32, {bias.num_elements()}));
  for (size_t c = 0; c < static_cast<size_t>(bias.num_elements()); ++c) {
    const float scale = input_scale * codes.scales[codes.scales.size() == 1 ? 0 : c];
    const double code =
        std::nearbyint(static_cast<double>(bias.as<float>()[c]) / static_cast<double>(scale));
    if (std::isnan(code)) continue;  // corrected for weights that are NaN: 0, as theirs
    out.mutable_as<int32_t>()[c] =
        static_cast<int32_t>(std::clamp(code, -2.0 * kBiasCodes, 2.0 * kBiasCodes - 1));
  }
  return out;
}

}  // namespace pawl
