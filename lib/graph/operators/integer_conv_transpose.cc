// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// QLinearConvTranspose, an executor's own: ConvTranspose of 8-bit codes in exact int32, with the
// inputs of QLinearConv (weights [in, out / groups, taps..], scales and zero points one or one for
// each of all outputs). Phases (transposed_window.h) run as ordinary convolutions by QuantizedConv;
// what they give is then put where it lies in the result.

#include "lib/graph/operators/integer_conv_transpose.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "lib/graph/operators/integer_layer.h"
#include "lib/graph/operators/quantized_params.h"
#include "lib/graph/operators/transposed_window.h"
#include "lib/graph/own_operators.h"

namespace pawl {
namespace {

// What phases without taps, which are matrices of zeros, may make of the weights' size: a kernel of
// 1 x 1 with strides of 1024 has a million of them.
constexpr int64_t kMostTimesTaps = 16;

struct Part {
  TransposedClass height, width;
  QuantizedConv conv;
};

struct TransposedLayer : OpState {
  int64_t outputs = 0;
  TransposedDimension height, width;  // without classes
  std::vector<Part> parts;
  size_t size_bytes() const override {
    size_t bytes = 0;
    for (const Part& part : parts) bytes += part.conv.size_bytes();
    return bytes;
  }
};

Dims ChannelsFirst(const Node& node, Dims dims) {
  if (node.Int(kChannelsLast, 0) != 0 && dims.size() > 2) {
    std::rotate(dims.begin() + 1, dims.end() - 1, dims.end());
  }
  return dims;
}

absl::Status QLinearConvTransposeShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 8, 9));
  const Dims x = ChannelsFirst(c.node(), c.dims(0));
  const Dims& w = c.dims(3);
  PAWL_ASSIGN_OR_RETURN(const Window window, TransposedWindow(c.node(), x, w));
  const int64_t groups = c.node().Int("group", 1);
  if (x[1] >= 0 && x[1] != w[0]) {
    return absl::InvalidArgumentError(
        absl::StrCat("has images of ", x[1], " channels and weights for ", w[0]));
  }
  Dims out = {x[0], w[1] * groups};
  out.insert(out.end(), window.in.begin(), window.in.end());
  if (c.node().Int(kChannelsLast, 0) != 0) {
    std::rotate(out.begin() + 1, out.begin() + 2, out.end());
  }
  c.Set(0, c.dtype(7), std::move(out));
  return absl::OkStatus();
}

// Of a part before there is a layer.
struct Classes {
  const TransposedClass &height, &width;
};

// What all parts share.
struct Weights {
  const Tensor* codes = nullptr;  // [in, out / groups, taps_h, taps_w], perhaps without taps_h
  int64_t groups = 1;
  std::vector<float> scales = {};  // one, or one for each output
  std::vector<int32_t> zeros = {};
  std::vector<int32_t> bias = {};  // one for each output, or none

  int64_t in_group() const { return codes->dim(0) / groups; }
  int64_t out_group() const { return codes->dim(1); }
  int64_t outputs() const { return out_group() * groups; }
  int64_t taps_w() const { return codes->shape().back(); }
  int64_t taps_h() const { return codes->rank() == 3 ? 1 : codes->dim(2); }
};

template <typename T>
std::vector<T> Repeated(const std::vector<T>& values, size_t times) {
  std::vector<T> all;
  for (size_t i = 0; i < times; ++i) all.insert(all.end(), values.begin(), values.end());
  return all;
}

// Codes of the taps of one phase of a part, [outputs, in / groups, kernel_h, kernel_w]; a tap that
// the phase lacks is the zero point.
void PhaseCodes(const Weights& w, const TransposedLayer& layer, const Classes& part,
                const TransposedPhase& h, const TransposedPhase& v, uint8_t* to) {
  const auto* from = static_cast<const uint8_t*>(w.codes->data());
  const int64_t taps = w.taps_h() * w.taps_w();
  for (int64_t o = 0; o < w.outputs(); ++o) {
    const int64_t group = o / w.out_group(), own = o % w.out_group();
    const auto zero =
        static_cast<uint8_t>(w.zeros[w.zeros.size() == 1 ? 0 : static_cast<size_t>(o)]);
    for (int64_t c = 0; c < w.in_group(); ++c) {
      const int64_t matrix = ((group * w.in_group() + c) * w.out_group() + own) * taps;
      for (int64_t y = 0; y < part.height.kernel; ++y) {
        const int64_t tap_y = layer.height.TapOf(part.height, h, y);
        for (int64_t x = 0; x < part.width.kernel; ++x) {
          const int64_t tap_x = layer.width.TapOf(part.width, v, x);
          *to++ = tap_y < 0 || tap_x < 0 ? zero : from[matrix + tap_y * w.taps_w() + tap_x];
        }
      }
    }
  }
}

absl::StatusOr<QuantizedConv> MakeConv(const Weights& w, const TransposedLayer& layer,
                                       const Classes& part, LinearOptions options,
                                       ImageLayout layout, Context* context) {
  const size_t phases = part.height.phases.size() * part.width.phases.size();
  const int64_t columns = w.in_group() * part.height.kernel * part.width.kernel;
  const int64_t rows = w.outputs() * static_cast<int64_t>(phases);
  PAWL_ASSIGN_OR_RETURN(Tensor codes, Tensor::Create(w.codes->dtype(), {rows, columns}));
  auto* to = static_cast<uint8_t*>(codes.mutable_data());
  for (const TransposedPhase& h : part.height.phases) {
    for (const TransposedPhase& v : part.width.phases) {
      PhaseCodes(w, layer, part, h, v, to);
      to += w.outputs() * columns;
    }
  }
  const CodeWeights of_rows{.codes = &codes,
                            .scales = w.scales.size() == 1 ? w.scales : Repeated(w.scales, phases),
                            .zeros = w.zeros.size() == 1 ? w.zeros : Repeated(w.zeros, phases)};
  PAWL_ASSIGN_OR_RETURN(QuantizedTensor tensor, QuantizedWeights(of_rows));
  if (!w.bias.empty()) {
    PAWL_ASSIGN_OR_RETURN(options.bias,
                          Tensor::FromValues<int32_t>({rows}, Repeated(w.bias, phases)));
  }
  ConvOptions conv;
  conv.geometry = {.in_channels = w.codes->dim(0),
                   .groups = w.groups,
                   .kernel_h = part.height.kernel,
                   .kernel_w = part.width.kernel,
                   .dilation_h = layer.height.dilation,
                   .dilation_w = layer.width.dilation,
                   .pad_top = part.height.pad_begin,
                   .pad_bottom = part.height.pad_end,
                   .pad_left = part.width.pad_begin,
                   .pad_right = part.width.pad_end};
  conv.layout = layout;
  conv.layer = std::move(options);
  return QuantizedConv::Create(std::move(tensor), conv, context);
}

std::optional<Weights> WeightsOfNode(const PrepareContext& c) {
  const Tensor *scales = c.Constant(4), *zeros = c.Constant(5);
  Weights w{.codes = c.Constant(3), .groups = c.node().Int("group", 1)};
  if (w.codes == nullptr || scales == nullptr || zeros == nullptr) return std::nullopt;
  w.scales.assign(scales->as<float>().begin(), scales->as<float>().end());
  auto points = ZeroPointsOf(*zeros);
  if (!points.ok()) return std::nullopt;
  w.zeros = *std::move(points);
  const auto outputs = static_cast<size_t>(w.outputs());
  if ((w.scales.size() != 1 && w.scales.size() != outputs) ||
      (w.zeros.size() != 1 && w.zeros.size() != outputs)) {
    return std::nullopt;
  }
  if (!c.Has(8)) return w;
  const Tensor* bias = c.Constant(8);
  if (bias == nullptr || bias->dtype() != DType::kI32) return std::nullopt;
  w.bias.assign(bias->as<int32_t>().begin(), bias->as<int32_t>().end());
  return w;
}

absl::StatusOr<std::unique_ptr<OpState>> PrepareQLinearConvTranspose(const PrepareContext& c) {
  const auto x = ConstantScale(c, 1, 2), y = ConstantScale(c, 6, 7);
  const auto weights = WeightsOfNode(c);
  const Dims image =
      ChannelsFirst(c.node(), c.graph().value(c.node().inputs[0]).type.shape.value_or(Dims{}));
  auto plan = weights.has_value()
                  ? PlanTransposed(c.node(), image, weights->codes->shape(), weights->groups == 1)
                  : std::nullopt;
  if (!x.has_value() || !y.has_value() || !plan.has_value()) {
    return absl::InternalError("a transposed convolution was fused that no layer takes");
  }
  LinearOptions options = CodeLayerOptions(c.node(), c.Constant(2)->dtype(), *x);
  SetCodeOutput(*y, c.Constant(7)->dtype(), &options);
  const bool last = c.node().Int(kChannelsLast, 0) != 0;
  auto layer = std::make_unique<TransposedLayer>();
  layer->outputs = weights->outputs();
  const auto heights = std::exchange(plan->height.classes, {});
  const auto widths = std::exchange(plan->width.classes, {});
  layer->height = plan->height;
  layer->width = plan->width;
  for (const TransposedClass& height : heights) {
    for (const TransposedClass& width : widths) {
      PAWL_ASSIGN_OR_RETURN(QuantizedConv conv,
                            MakeConv(*weights, *layer, {height, width}, options,
                                     last ? ImageLayout::kNHWC : ImageLayout::kNCHW, c.context()));
      layer->parts.push_back({height, width, std::move(conv)});
    }
  }
  return layer;
}

// Images of codes, one byte each.
struct Image {
  int64_t height = 1, width = 0;

  Image(const Dims& dims, bool channels_last) {
    const size_t first = channels_last ? 1 : 2;
    if (dims.size() == 4) height = dims[first];
    width = dims[dims.size() == 4 ? first + 1 : first];
  }
};

size_t TransposeWorkspace(const WorkspaceContext& c) {
  const auto* layer = static_cast<const TransposedLayer*>(c.state);
  const Dims& x = *c.inputs[0]->shape;
  const Image image(x, c.node.Int(kChannelsLast, 0) != 0);
  int64_t largest = 0;
  for (const Part& part : layer->parts) {
    const QuantizedConv& conv = part.conv;
    largest = std::max(largest, conv.out_channels() * conv.OutputHeight(image.height) *
                                    conv.OutputWidth(image.width));
  }
  return static_cast<size_t>(largest * x[0]);
}

// One phase of a part: from the convolution's results to their places.
struct Placement {
  const uint8_t* from;
  Image from_size;
  int64_t from_channels, first_channel;
  const TransposedPhase &h, &v;
  uint8_t* to;
  Image to_size;
  int64_t stride_h, stride_w, channels;

  // Row `row` of the phase in image n, `count` positions.
  void RowOfLast(int64_t n, int64_t row, int64_t count) const {
    const uint8_t* in =
        from + ((n * from_size.height + row + h.skip) * from_size.width + v.skip) * from_channels +
        first_channel;
    uint8_t* out =
        to + ((n * to_size.height + h.first + row * stride_h) * to_size.width + v.first) * channels;
    for (int64_t i = 0; i < count; ++i) {
      if (channels == 1) {
        *out = *in;
      } else {
        std::memcpy(out, in, static_cast<size_t>(channels));
      }
      in += from_channels;
      out += stride_w * channels;
    }
  }
  void RowOfFirst(int64_t n, int64_t row, int64_t count) const {
    for (int64_t c = 0; c < channels; ++c) {
      const uint8_t* in =
          from +
          ((n * from_channels + first_channel + c) * from_size.height + row + h.skip) *
              from_size.width +
          v.skip;
      uint8_t* out =
          to + ((n * channels + c) * to_size.height + h.first + row * stride_h) * to_size.width +
          v.first;
      for (int64_t i = 0; i < count; ++i) out[i * stride_w] = in[i];
    }
  }
};

bool HasPositions(const TransposedClass& of, int64_t size) {
  return std::any_of(of.phases.begin(), of.phases.end(),
                     [&](const TransposedPhase& phase) { return size + phase.more >= 1; });
}

absl::Status RunPart(OpRun& run, const TransposedLayer& layer, const Part& part) {
  const Tensor& x = run.input(0);
  Tensor& y = run.output(0);
  const bool last = run.node().Int(kChannelsLast, 0) != 0;
  const Image in(x.shape(), last), out(y.shape(), last);
  const QuantizedConv& conv = part.conv;
  Image size = in;
  size.height = conv.OutputHeight(in.height);
  size.width = conv.OutputWidth(in.width);
  auto* codes = run.workspace<uint8_t>();
  if (!HasPositions(part.height, in.height) || !HasPositions(part.width, in.width)) {
    return absl::OkStatus();
  }
  if (size.height < 1 || size.width < 1) {
    return absl::InvalidArgumentError(absl::StrCat("has images of ", in.height, " x ", in.width,
                                                   ", which are empty or too large"));
  }
  PAWL_RETURN_IF_ERROR(conv.Run({.data = x.data(),
                                 .dtype = x.dtype(),
                                 .batch = x.dim(0),
                                 .height = in.height,
                                 .width = in.width},
                                {.data = codes,
                                 .dtype = y.dtype(),
                                 .batch = x.dim(0),
                                 .height = size.height,
                                 .width = size.width},
                                run.context()));
  int64_t first = 0;
  for (const TransposedPhase& h : part.height.phases) {
    for (const TransposedPhase& v : part.width.phases) {
      const Placement place{codes,
                            size,
                            conv.out_channels(),
                            first,
                            h,
                            v,
                            static_cast<uint8_t*>(y.mutable_data()),
                            out,
                            layer.height.stride,
                            layer.width.stride,
                            layer.outputs};
      first += layer.outputs;
      const int64_t rows = in.height + h.more, count = in.width + v.more;
      if (rows < 1 || count < 1) continue;
      PAWL_RETURN_IF_ERROR(Ranges(run, x.dim(0) * rows, 16, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          if (last) {
            place.RowOfLast(i / rows, i % rows, count);
          } else {
            place.RowOfFirst(i / rows, i % rows, count);
          }
        }
      }));
    }
  }
  return absl::OkStatus();
}

absl::Status RunQLinearConvTranspose(OpRun& run) {
  const auto* layer = run.state<TransposedLayer>();
  if (run.output(0).empty()) return absl::OkStatus();
  const bool last = run.node().Int(kChannelsLast, 0) != 0;
  const Image in(run.input(0).shape(), last), out(run.output(0).shape(), last);
  if (out.height != (in.height - 1) * layer->height.stride + layer->height.more ||
      out.width != (in.width - 1) * layer->width.stride + layer->width.more) {
    return absl::InternalError("its images have another size than the graph says");
  }
  for (const Part& part : layer->parts) PAWL_RETURN_IF_ERROR(RunPart(run, *layer, part));
  return absl::OkStatus();
}

// Taps along a dimension, those that classes add to the weights' own included.
int64_t TapsOfPhases(const TransposedDimension& dim) {
  int64_t taps = 0;
  for (const TransposedClass& of : dim.classes) {
    taps += of.kernel * static_cast<int64_t>(of.phases.size());
  }
  return taps;
}

constexpr Operator kTable[] = {
    {.name = "QLinearConvTranspose",
     .domain = kPawlDomain,
     .shape = QLinearConvTransposeShape,
     .run = RunQLinearConvTranspose,
     .quantize = QuantKind::kQuantized,
     .flags = 0,
     .prepare = PrepareQLinearConvTranspose,
     .workspace = TransposeWorkspace},
};

}  // namespace

bool TakesTransposedLayer(const Node& node, const Dims& x, const Tensor& weights,
                          const Tensor& scales) {
  const int64_t groups = node.Int("group", 1);
  if (weights.rank() < 3 || weights.empty() || groups < 1 || weights.dim(0) % groups != 0) {
    return false;
  }
  const auto values = scales.as<float>();
  if (!std::all_of(values.begin(), values.end(), WeightScaleFits)) return false;
  const auto plan = PlanTransposed(node, x, weights.shape(), groups == 1);
  if (!plan.has_value()) return false;
  const int64_t own = weights.num_elements() / (weights.dim(0) * weights.dim(1));
  if (TapsOfPhases(plan->height) * TapsOfPhases(plan->width) > kMostTimesTaps * own) return false;
  const auto taps = [](const TransposedDimension& dim) {
    int64_t most = 1;
    for (const TransposedClass& of : dim.classes) most = std::max(most, of.kernel);
    return most;
  };
  return weights.dim(0) / groups * taps(plan->height) * taps(plan->width) <= kMostCodeColumns;
}

absl::Span<const Operator> IntegerConvTransposeOperators() { return kTable; }

}  // namespace pawl
