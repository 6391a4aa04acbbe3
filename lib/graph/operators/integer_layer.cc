// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/graph/operators/integer_layer.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "lib/graph/operators/conv_activation.h"
#include "lib/graph/operators/quantized_params.h"
#include "lib/graph/product.h"

namespace pawl {
namespace {

bool IsCode(DType dtype) { return dtype == DType::kI8 || dtype == DType::kU8; }

// [in, out] as [out, in].
absl::StatusOr<Tensor> Transposed(const Tensor& codes) {
  const int64_t out = codes.shape().back();
  const int64_t in = out == 0 ? 0 : codes.num_elements() / out;
  PAWL_ASSIGN_OR_RETURN(Tensor result, Tensor::Create(codes.dtype(), {out, in}));
  TransposeMatrix(codes.data(), in, out, 1, result.mutable_data());
  return result;
}

}  // namespace

bool ScaleFits(float scale) { return scale >= 0x1p-100f && scale <= 0x1p100f; }
bool WeightScaleFits(float scale) { return scale > 0.0f && scale <= 0x1p100f; }

std::optional<CodeScale> ConstantScale(const PrepareContext& c, size_t scale, size_t zero) {
  const Tensor* s = c.Constant(scale);
  if (s == nullptr || s->dtype() != DType::kF32 || s->num_elements() != 1) return std::nullopt;
  CodeScale result{.scale = s->as<float>()[0]};
  if (!ScaleFits(result.scale)) return std::nullopt;
  if (!c.Has(zero)) return result;
  const Tensor* z = c.Constant(zero);
  if (z == nullptr || z->num_elements() != 1) return std::nullopt;
  const auto zeros = ZeroPointsOf(*z);
  if (!zeros.ok()) return std::nullopt;
  result.zero = (*zeros)[0];
  return result;
}

std::optional<CodeWeights> ConstantWeights(const PrepareContext& c, size_t codes, size_t scale,
                                           size_t zero, bool by_column) {
  CodeWeights w{.codes = c.Constant(codes), .by_column = by_column};
  if (w.codes == nullptr || !IsCode(w.codes->dtype()) || w.codes->rank() < 2) return std::nullopt;
  const int64_t outputs = w.outputs();
  if (outputs == 0 || w.codes->num_elements() / outputs == 0 ||
      w.codes->num_elements() / outputs > kMostCodeColumns) {
    return std::nullopt;
  }
  if (scale == 0) {
    w.scales = {1.0f};
  } else {
    const Tensor* s = c.Constant(scale);
    if (s == nullptr || s->dtype() != DType::kF32) return std::nullopt;
    w.scales.assign(s->as<float>().begin(), s->as<float>().end());
  }
  w.zeros = {0};
  if (c.Has(zero)) {
    const Tensor* z = c.Constant(zero);
    if (z == nullptr) return std::nullopt;
    auto zeros = ZeroPointsOf(*z);
    if (!zeros.ok()) return std::nullopt;
    w.zeros = *std::move(zeros);
  }
  const auto fits = [&](size_t count) {
    return count == 1 || static_cast<int64_t>(count) == outputs;
  };
  if (!fits(w.scales.size()) || !fits(w.zeros.size())) return std::nullopt;
  if (!std::all_of(w.scales.begin(), w.scales.end(), WeightScaleFits)) return std::nullopt;
  return w;
}

absl::StatusOr<QuantizedTensor> QuantizedWeights(const CodeWeights& w) {
  Tensor codes = *w.codes;
  if (w.by_column) {
    PAWL_ASSIGN_OR_RETURN(codes, Transposed(codes));
  }
  const int64_t rows = w.outputs(), cols = codes.num_elements() / rows;
  Scheme scheme;
  scheme.element = {codes.dtype() == DType::kI8 ? ElementKind::kInt : ElementKind::kUint, 8};
  scheme.full_range = scheme.element.kind == ElementKind::kInt;
  scheme.grouping.kind = GroupKind::kChannel;
  if (std::any_of(w.zeros.begin(), w.zeros.end(), [](int32_t zero) { return zero != 0; })) {
    scheme.offset = {OffsetKind::kZeroPoint, kParamI32, kParamNone};
  }
  PAWL_ASSIGN_OR_RETURN(QuantizedTensor result, QuantizedTensor::Create(scheme, {rows, cols}));
  std::memcpy(result.codes.mutable_data(), codes.data(), codes.size_bytes());
  float* scales = result.scales.mutable_as<float>().data();
  for (size_t o = 0; o < static_cast<size_t>(rows); ++o) {
    scales[o] = w.scales[w.scales.size() == 1 ? 0 : o];
    if (scheme.offset.kind == OffsetKind::kNone) continue;
    const int32_t zero = w.zeros[w.zeros.size() == 1 ? 0 : o];
    std::memcpy(static_cast<char*>(result.offsets.mutable_data()) + o * sizeof(zero), &zero,
                sizeof(zero));
  }
  return result;
}

SumsToFloats FloatLayer::Floats(float x_scale, float* factors) const {
  for (size_t o = 0; o < scales.size(); ++o) factors[o] = x_scale * scales[o];
  return {
      .scales = factors, .bias = bias.empty() ? nullptr : bias.data(), .activation = activation};
}

std::unique_ptr<FloatLayer> ConstantFloats(const PrepareContext& c, size_t scale, size_t bias,
                                           int64_t outputs) {
  const Tensor* s = c.Constant(scale);
  if (s == nullptr || s->dtype() != DType::kF32) return nullptr;
  auto state = std::make_unique<FloatLayer>();
  state->scales.assign(s->as<float>().begin(), s->as<float>().end());
  if (state->scales.size() == 1) {
    state->scales.resize(static_cast<size_t>(outputs), state->scales[0]);
  }
  if (static_cast<int64_t>(state->scales.size()) != outputs) return nullptr;
  if (c.Has(bias)) {
    const Tensor* b = c.Constant(bias);
    if (b == nullptr || b->dtype() != DType::kF32 || b->num_elements() != outputs) return nullptr;
    state->bias.assign(b->as<float>().begin(), b->as<float>().end());
  }
  state->activation =
      FusedActivationNamed(c.node().String(kConvActivation, "")).value_or(FusedActivation::kNone);
  return state;
}

std::optional<int32_t> ZeroPointOfCall(const OpRun& run, size_t input) {
  if (!run.Has(input)) return 0;
  const Tensor& zero = run.input(input);
  if (zero.num_elements() != 1) return std::nullopt;
  switch (zero.dtype()) {
    case DType::kI8:
      return zero.as<int8_t>()[0];
    case DType::kU8:
      return zero.as<uint8_t>()[0];
    default:
      return std::nullopt;
  }
}

ConvGeometry GeometryOf(const Window& window, int64_t in_channels, int64_t groups) {
  const size_t last = window.rank() - 1;
  const auto at = [&](const Dims& dims, int64_t otherwise) {
    return window.rank() == 2 ? dims[0] : otherwise;
  };
  return {.in_channels = in_channels,
          .groups = groups,
          .kernel_h = at(window.kernel, 1),
          .kernel_w = window.kernel[last],
          .stride_h = at(window.stride, 1),
          .stride_w = window.stride[last],
          .dilation_h = at(window.dilation, 1),
          .dilation_w = window.dilation[last],
          .pad_top = at(window.pad_begin, 0),
          .pad_bottom = at(window.pad_end, 0),
          .pad_left = window.pad_begin[last],
          .pad_right = window.pad_end[last]};
}

LinearOptions CodeLayerOptions(const Node& node, DType x_dtype, const CodeScale& x) {
  LinearOptions options;
  options.name = node.name;
  options.mode = LinearMode::kIntegerOnly;
  options.activation =
      FusedActivationNamed(node.String(kConvActivation, "")).value_or(FusedActivation::kNone);
  options.activation_dtype = x_dtype;
  options.activation_scale = x.scale;
  options.activation_zero_point = x.zero;
  options.release_canonical = true;
  return options;
}

void SetCodeOutput(const CodeScale& y, DType dtype, LinearOptions* options) {
  options->output_dtype = dtype;
  options->output_scale = y.scale;
  options->output_zero_point = y.zero;
  options->rounding = RequantizeRounding::kSingle;
}

void SetSumOutput(LinearOptions* options) {
  options->output_dtype = DType::kI32;
  options->activation = FusedActivation::kNone;
  options->multipliers = {{1 << 30, 1}};
}

absl::StatusOr<std::unique_ptr<IntegerLayer>> MakeProductLayer(const CodeWeights& weights,
                                                               LinearOptions options,
                                                               Context* context) {
  PAWL_ASSIGN_OR_RETURN(QuantizedTensor tensor, QuantizedWeights(weights));
  ConvOptions conv;
  conv.geometry.in_channels = tensor.cols();
  conv.layout = ImageLayout::kNHWC;
  conv.layer = std::move(options);
  PAWL_ASSIGN_OR_RETURN(QuantizedConv layer,
                        QuantizedConv::Create(std::move(tensor), conv, context));
  return std::make_unique<IntegerLayer>(std::move(layer));
}

absl::Status RunProduct(const QuantizedConv& conv, const Tensor& x, Tensor& y, int64_t rows,
                        Context& context) {
  if (rows == 0) return absl::OkStatus();
  return conv.Run({.data = x.data(), .dtype = x.dtype(), .batch = 1, .width = rows},
                  {.data = y.mutable_data(), .dtype = y.dtype(), .batch = 1, .width = rows},
                  context);
}

absl::Status RunDynamicProduct(const QuantizedConv& conv, const void* codes, DType dtype,
                               const CallCodes& call, Tensor& y, int64_t rows, Context& context) {
  if (rows == 0) return absl::OkStatus();
  return conv.RunCodes(
      {.data = codes, .dtype = dtype, .batch = 1, .width = rows}, call.zero, call.floats,
      {.data = y.mutable_data(), .dtype = y.dtype(), .batch = 1, .width = rows}, context);
}

namespace {

// Images of rank 3 or 4 and their results.
struct Images {
  InputImages x;
  OutputImages y;

  Images(const Tensor& from, Tensor& to, bool channels_last)
      : x{.data = from.data(), .dtype = from.dtype(), .batch = from.dim(0)},
        y{.data = to.mutable_data(), .dtype = to.dtype(), .batch = to.dim(0)} {
    const int height = channels_last ? 1 : 2, width = from.rank() == 3 ? height : height + 1;
    x.height = from.rank() == 3 ? 1 : from.dim(height);
    x.width = from.dim(width);
    y.height = to.rank() == 3 ? 1 : to.dim(height);
    y.width = to.dim(width);
  }
};

}  // namespace

absl::Status RunImages(const QuantizedConv& conv, bool channels_last, const Tensor& x, Tensor& y,
                       Context& context) {
  const Images images(x, y, channels_last);
  return conv.Run(images.x, images.y, context);
}

absl::Status RunDynamicImages(const QuantizedConv& conv, const Tensor& x, const CallCodes& call,
                              Tensor& y, Context& context) {
  const Images images(x, y, false);
  return conv.RunCodes(images.x, call.zero, call.floats, images.y, context);
}

}  // namespace pawl
