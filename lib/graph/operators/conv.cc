// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Conv, and com.microsoft's FusedConv.

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "lib/graph/operators/common.h"
#include "lib/graph/operators/conv_activation.h"
#include "lib/graph/operators/fused_conv.h"
#include "lib/graph/operators/integer_layer.h"
#include "lib/graph/operators/window.h"
#include "lib/graph/own_operators.h"
#include "lib/graph/plane_conv.h"

namespace pawl {
namespace {

absl::Status CheckChannels(const Node& node, const Dims& x, const Dims& w) {
  const int64_t groups = node.Int("group", 1);
  if (x.size() < 3 || w.size() != x.size()) {
    return absl::InvalidArgumentError(absl::StrCat("has images of shape ", ShapeString(x),
                                                   " and weights of shape ", ShapeString(w)));
  }
  if (groups < 1 || (w[0] >= 0 && w[0] % groups != 0)) {
    return absl::InvalidArgumentError(
        absl::StrCat("has ", w[0], " output channels in ", groups, " groups"));
  }
  if (x[1] >= 0 && w[1] >= 0 && (w[1] > x[1] || x[1] != w[1] * groups)) {
    return absl::InvalidArgumentError(absl::StrCat("has images of ", x[1],
                                                   " channels, and weights"
                                                   " for ",
                                                   w[1], " in each of ", groups, " groups"));
  }
  return absl::OkStatus();
}

absl::StatusOr<Window> ConvWindow(const Node& node, const Dims& x, const Dims& w) {
  return ReadWindow(node, absl::MakeConstSpan(x).subspan(2), absl::MakeConstSpan(w).subspan(2),
                    false);
}

absl::Status ConvShapeOf(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckChannels(c.node(), c.dims(0), c.dims(1)));
  PAWL_ASSIGN_OR_RETURN(const Window window, ConvWindow(c.node(), c.dims(0), c.dims(1)));
  if (c.Has(2) && c.dims(2) != Dims{c.dims(1)[0]}) {
    return absl::InvalidArgumentError(absl::StrCat("has a bias of shape ", ShapeString(c.dims(2)),
                                                   " for ", c.dims(1)[0], " channels"));
  }
  Dims out = {c.dims(0)[0], c.dims(1)[0]};
  out.insert(out.end(), window.out.begin(), window.out.end());
  c.Set(0, c.dtype(0), std::move(out));
  return absl::OkStatus();
}

absl::Status ConvShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 2, 3));
  return ConvShapeOf(c);
}

struct ConvState : OpState {
  explicit ConvState(PlaneConv layer) : conv(std::move(layer)) {}
  PlaneConv conv;
  size_t size_bytes() const override { return conv.size_bytes(); }
};

// One or two spatial dimensions, f32.
absl::StatusOr<PlaneConv> MakeLayer(const Node& node, const Tensor& weights, const Tensor* bias,
                                    const Window& window) {
  if (bias != nullptr && (bias->dtype() != DType::kF32 || bias->num_elements() != weights.dim(0))) {
    return absl::InvalidArgumentError(absl::StrCat("has a bias of ", bias->num_elements(), " ",
                                                   DTypeName(bias->dtype()), " for ",
                                                   weights.dim(0), " channels of f32"));
  }
  if (window.taps() == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("has weights of shape ", ShapeString(weights.shape())));
  }
  const auto activation = FusedActivationNamed(node.String(kConvActivation, ""));
  const int64_t groups = node.Int("group", 1);
  const ConvGeometry geometry = GeometryOf(window, weights.dim(1) * groups, groups);
  return PlaneConv(geometry, weights, bias != nullptr ? *bias : Tensor(),
                   activation.value_or(FusedActivation::kNone));
}

bool LayerTakes(DType dtype, size_t rank) {
  return dtype == DType::kF32 && (rank == 3 || rank == 4);
}

absl::StatusOr<std::unique_ptr<OpState>> PrepareConv(const PrepareContext& c) {
  const Tensor* weights = c.Constant(1);
  const Tensor* bias = c.Constant(2);
  if (weights == nullptr || (c.Has(2) && bias == nullptr)) return nullptr;
  if (!LayerTakes(weights->dtype(), weights->shape().size())) return nullptr;
  // With SAME padding the layer follows from the image's size, if the file tells it.
  const ValueType& type = c.graph().value(c.node().inputs[0]).type;
  Dims x(weights->shape().size(), kUnknownDim);
  if (type.shape.has_value() && type.shape->size() == x.size()) x = *type.shape;
  if (PaddingFollowsSize(c.node()) &&
      std::any_of(x.begin() + 2, x.end(), [](int64_t dim) { return dim < 0; })) {
    return nullptr;
  }
  PAWL_RETURN_IF_ERROR(CheckChannels(c.node(), x, weights->shape()));
  PAWL_ASSIGN_OR_RETURN(const Window window, ConvWindow(c.node(), x, weights->shape()));
  PAWL_ASSIGN_OR_RETURN(PlaneConv layer, MakeLayer(c.node(), *weights, bias, window));
  if (layer.CanBeRows() && std::all_of(x.begin() + 2, x.end(), [](int64_t d) { return d == 1; })) {
    PAWL_RETURN_IF_ERROR(layer.MakeRows());
  }
  return std::make_unique<ConvState>(std::move(layer));
}

// Any number of spatial dimensions: one output channel of one image after the other.
void ConvPlain(OpRun& run, const Window& window, int64_t groups, int64_t begin, int64_t end) {
  const Tensor &x = run.input(0), &w = run.input(1);
  const int64_t channels = w.dim(1), outs = w.dim(0), taps = window.taps();
  int64_t in_size = 1, out_size = 1;
  for (size_t i = 0; i < window.rank(); ++i) {
    in_size *= window.in[i];
    out_size *= window.out[i];
  }
  Dims position(window.rank()), tap(window.rank());
  for (int64_t image = begin; image < end; ++image) {
    const int64_t o = image % outs, n = image / outs, group = o / (outs / groups);
    const float* in = x.as<float>().data() + (n * x.dim(1) + group * channels) * in_size;
    const float* filter = w.as<float>().data() + o * channels * taps;
    float* out = run.output(0).mutable_as<float>().data() + image * out_size;
    std::fill(position.begin(), position.end(), 0);
    for (int64_t p = 0; p < out_size; ++p) {
      float sum = run.Has(2) ? run.input(2).as<float>()[static_cast<size_t>(o)] : 0.0f;
      std::fill(tap.begin(), tap.end(), 0);
      for (int64_t t = 0; t < taps; ++t) {
        int64_t at = 0;
        bool inside = true;
        for (size_t d = 0; d < window.rank(); ++d) {
          const int64_t i =
              position[d] * window.stride[d] - window.pad_begin[d] + tap[d] * window.dilation[d];
          inside &= i >= 0 && i < window.in[d];
          at = at * window.in[d] + i;
        }
        for (int64_t c = 0; inside && c < channels; ++c) {
          sum += in[c * in_size + at] * filter[c * taps + t];
        }
        for (size_t d = window.rank(); d-- > 0;) {
          if (++tap[d] < window.kernel[d]) break;
          tap[d] = 0;
        }
      }
      out[p] = sum;
      for (size_t d = window.rank(); d-- > 0;) {
        if (++position[d] < window.out[d]) break;
        position[d] = 0;
      }
    }
  }
}

absl::Status RunConv(OpRun& run) {
  const Tensor &x = run.input(0), &w = run.input(1);
  if (x.dtype() != DType::kF32 || w.dtype() != DType::kF32) {
    return TypeError(0, x.dtype(), "f32");
  }
  if (run.output(0).empty()) return absl::OkStatus();
  PAWL_ASSIGN_OR_RETURN(const Window window, ConvWindow(run.node(), x.shape(), w.shape()));
  if (!LayerTakes(x.dtype(), x.shape().size())) {
    return Ranges(run, x.dim(0) * w.dim(0), 1, [&](int64_t begin, int64_t end) {
      ConvPlain(run, window, run.node().Int("group", 1), begin, end);
    });
  }
  std::optional<ConvState> own;
  const auto* state = run.state<ConvState>();
  if (state == nullptr) {
    PAWL_ASSIGN_OR_RETURN(PlaneConv layer,
                          MakeLayer(run.node(), w, run.Has(2) ? &run.input(2) : nullptr, window));
    own.emplace(std::move(layer));
    state = &*own;
  }
  const bool flat = window.rank() == 1;
  return state->conv.Run(x.as<float>().data(), x.dim(0), flat ? 1 : window.in[0], window.in.back(),
                         run.output(0).mutable_as<float>().data(), run.context());
}

// --- FusedConv: x, w, bias, a tensor of the result's shape that is added; an activation ---

absl::Status FusedConvShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 2, 4));
  PAWL_RETURN_IF_ERROR(NamedActivation::Of(c.node()).status());
  PAWL_RETURN_IF_ERROR(ConvShapeOf(c));
  const Dims& out = *c.outputs()[0].shape;
  for (size_t i = 0; c.Has(3) && i < out.size(); ++i) {
    if (c.rank(3) != static_cast<int64_t>(out.size()) ||
        (out[i] >= 0 && c.dims(3)[i] >= 0 && out[i] != c.dims(3)[i])) {
      return absl::InvalidArgumentError(absl::StrCat("adds a tensor of shape ",
                                                     ShapeString(c.dims(3)),
                                                     " to results of shape ", ShapeString(out)));
    }
  }
  return absl::OkStatus();
}

absl::Status RunFusedConv(OpRun& run) {
  PAWL_ASSIGN_OR_RETURN(const NamedActivation activation, NamedActivation::Of(run.node()));
  PAWL_RETURN_IF_ERROR(RunConv(run));
  float* y = run.output(0).mutable_as<float>().data();
  const int64_t count = run.output(0).num_elements();
  if (run.Has(3)) {
    if (run.input(3).dtype() != DType::kF32) return TypeError(3, run.input(3).dtype(), "f32");
    const float* z = run.input(3).as<float>().data();
    for (int64_t i = 0; i < count; ++i) y[i] += z[i];
  }
  return activation.Apply(run, count, y);
}

constexpr Operator kTable[] = {
    {.name = "Conv",
     .domain = "",
     .shape = ConvShape,
     .run = RunConv,
     .quantize = QuantKind::kConv,
     .flags = kSymbolic,
     .prepare = PrepareConv},
    // An executor that merges takes it apart first (passes/expand_fused.cc).
    {.name = "FusedConv",
     .domain = kMicrosoftDomain,
     .shape = FusedConvShape,
     .run = RunFusedConv,
     .quantize = QuantKind::kConv,
     .flags = kSymbolic,
     .prepare = PrepareConv},
};

}  // namespace

absl::Span<const Operator> ConvOperators() { return kTable; }

}  // namespace pawl
