// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// ConvInteger, QLinearConv: convolutions of 8-bit codes in exact int32, any number of spatial
// dimensions. Padding counts as the zero point. With constant weights and parameters, one or two
// spatial dimensions go by QuantizedConv.

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "lib/graph/operators/conv_activation.h"
#include "lib/graph/operators/element_types.h"
#include "lib/graph/operators/integer_layer.h"
#include "lib/graph/operators/quantized_params.h"
#include "lib/graph/operators/window.h"
#include "lib/graph/own_operators.h"

namespace pawl {
namespace {

// Where the operands are among a node's inputs.
struct Operands {
  size_t x, w, x_zero, w_zero;
};
constexpr Operands kInteger = {0, 1, 2, 3};
constexpr Operands kScaled = {0, 3, 2, 5};
constexpr Operands kToFloat = {0, 1, 4, 5};
constexpr int64_t kMostTaps = 32768;  // products of codes that int32 holds: 255 * 255 each

absl::StatusOr<Window> WindowOf(const Node& node, const Dims& x, const Dims& w) {
  if (x.size() < 3 || w.size() != x.size()) {
    return absl::InvalidArgumentError(absl::StrCat("has images of shape ", ShapeString(x),
                                                   " and weights of shape ", ShapeString(w)));
  }
  return ReadWindow(node, absl::MakeConstSpan(x).subspan(2), absl::MakeConstSpan(w).subspan(2),
                    false);
}

bool IsCode(DType dtype) { return dtype == DType::kU8 || dtype == DType::kI8; }

absl::Status CodeConvShape(ShapeContext& c, const Operands& at, DType dtype) {
  if (!IsCode(c.dtype(at.x)) || !IsCode(c.dtype(at.w))) {
    return absl::InvalidArgumentError("images and weights must be u8 or i8");
  }
  Dims x = c.dims(at.x);
  const Dims& w = c.dims(at.w);
  const bool channels_last = c.node().Int(kChannelsLast, 0) != 0;
  if (channels_last && x.size() > 2) std::rotate(x.begin() + 1, x.end() - 1, x.end());
  PAWL_ASSIGN_OR_RETURN(const Window window, WindowOf(c.node(), x, w));
  const int64_t groups = c.node().Int("group", 1);
  if (groups < 1 || (w[0] >= 0 && w[0] % groups != 0) ||
      (x[1] >= 0 && w[1] >= 0 && (w[1] > x[1] || w[1] * groups != x[1]))) {
    return absl::InvalidArgumentError(absl::StrCat("images ", ShapeString(x), " and weights ",
                                                   ShapeString(w), " do not fit ", groups,
                                                   " groups"));
  }
  if (DimProduct(absl::MakeConstSpan(w).subspan(1)) > kMostTaps) {
    return absl::UnimplementedError(
        absl::StrCat("windows of more than ", kMostTaps, " codes may overflow int32"));
  }
  Dims out = {x[0], w[0]};
  out.insert(out.end(), window.out.begin(), window.out.end());
  if (channels_last) std::rotate(out.begin() + 1, out.begin() + 2, out.end());
  c.Set(0, dtype, std::move(out));
  return absl::OkStatus();
}

// --- by QuantizedConv ---

// The window of every image that the node is given; nothing where it depends on their sizes, which
// the file does not tell, or has another number of dimensions.
std::optional<Window> FixedWindow(const PrepareContext& c, const Operands& at) {
  const Node& node = c.node();
  const Dims& w = c.Constant(at.w)->shape();
  if (w.size() != 3 && w.size() != 4) return std::nullopt;
  const ValueType& type = c.graph().value(node.inputs[at.x]).type;
  Dims x(w.size(), kUnknownDim);
  if (PaddingFollowsSize(node)) {
    if (!type.shape.has_value() || type.shape->size() != w.size()) return std::nullopt;
    x = *type.shape;
    if (node.Int(kChannelsLast, 0) != 0) std::rotate(x.begin() + 1, x.end() - 1, x.end());
    if (std::any_of(x.begin() + 2, x.end(), [](int64_t dim) { return dim < 0; })) {
      return std::nullopt;
    }
  }
  auto window = WindowOf(node, x, w);
  if (!window.ok()) return std::nullopt;
  return *std::move(window);
}

absl::StatusOr<std::unique_ptr<IntegerLayer>> MakeLayer(const PrepareContext& c, const Operands& at,
                                                        const CodeWeights& weights,
                                                        LinearOptions options) {
  const std::optional<Window> window = FixedWindow(c, at);
  const int64_t groups = c.node().Int("group", 1);
  if (!window.has_value() || groups < 1 || weights.outputs() % groups != 0) return nullptr;
  PAWL_ASSIGN_OR_RETURN(QuantizedTensor tensor, QuantizedWeights(weights));
  ConvOptions conv;
  conv.geometry = GeometryOf(*window, weights.codes->dim(1) * groups, groups);
  conv.layout = c.node().Int(kChannelsLast, 0) != 0 ? ImageLayout::kNHWC : ImageLayout::kNCHW;
  conv.layer = std::move(options);
  PAWL_ASSIGN_OR_RETURN(QuantizedConv layer,
                        QuantizedConv::Create(std::move(tensor), conv, c.context()));
  return std::make_unique<IntegerLayer>(std::move(layer));
}

// The type of input 0's codes, as far as zero points or the graph say.
std::optional<DType> CodeTypeOf(const PrepareContext& c, const Operands& at) {
  if (const Tensor* zero = c.Constant(at.x_zero); zero != nullptr) return zero->dtype();
  const auto& dtype = c.graph().value(c.node().inputs[at.x]).type.dtype;
  return dtype.has_value() && IsCode(*dtype) ? dtype : std::nullopt;
}

absl::StatusOr<std::unique_ptr<OpState>> PrepareQLinearConv(const PrepareContext& c) {
  const auto x = ConstantScale(c, 1, 2), y = ConstantScale(c, 6, 7);
  const auto weights = ConstantWeights(c, 3, 4, 5, false);
  const auto dtype = CodeTypeOf(c, kScaled);
  if (!x.has_value() || !y.has_value() || !weights.has_value() || !dtype.has_value()) {
    return nullptr;
  }
  LinearOptions options = CodeLayerOptions(c.node(), *dtype, *x);
  SetCodeOutput(*y, c.Constant(7)->dtype(), &options);
  if (c.Has(8)) {
    const Tensor* bias = c.Constant(8);
    if (bias == nullptr || bias->dtype() != DType::kI32) return nullptr;
    options.bias = *bias;
  }
  return MakeLayer(c, kScaled, *weights, std::move(options));
}

// Sums. The zero point of the images comes with each call.
absl::StatusOr<std::unique_ptr<IntegerLayer>> MakeSumLayer(const PrepareContext& c,
                                                           const Operands& at) {
  const auto weights = ConstantWeights(c, at.w, 0, at.w_zero, false);
  const auto dtype = CodeTypeOf(c, at);
  if (!weights.has_value() || !dtype.has_value()) return nullptr;
  LinearOptions options = CodeLayerOptions(c.node(), *dtype, CodeScale{});
  SetSumOutput(&options);
  return MakeLayer(c, at, *weights, std::move(options));
}

absl::StatusOr<std::unique_ptr<OpState>> PrepareConvInteger(const PrepareContext& c) {
  return MakeSumLayer(c, kInteger);
}

absl::StatusOr<std::unique_ptr<OpState>> PrepareToFloat(const PrepareContext& c) {
  const Tensor* weights = c.Constant(kToFloat.w);
  auto state = weights == nullptr ? nullptr : ConstantFloats(c, 3, 6, weights->dim(0));
  if (state != nullptr) {
    PAWL_ASSIGN_OR_RETURN(state->layer, MakeSumLayer(c, kToFloat));
  }
  if (state == nullptr || state->layer == nullptr) {
    return absl::InternalError("a convolution was fused that no layer takes");
  }
  return state;
}

// Whether the layer did it.
absl::StatusOr<bool> RunLayer(OpRun& run, size_t x) {
  const auto* layer = run.state<IntegerLayer>();
  const bool channels_last = run.node().Int(kChannelsLast, 0) != 0;
  if (layer == nullptr) {
    if (!channels_last) return false;
    return absl::InternalError("its channels are last, and there is no layer");
  }
  if (run.output(0).num_elements() > 0) {
    PAWL_RETURN_IF_ERROR(
        RunImages(layer->conv, channels_last, run.input(x), run.output(0), run.context()));
  }
  return true;
}

absl::Status ConvIntegerShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 2, 4));
  return CodeConvShape(c, kInteger, DType::kI32);
}
absl::Status ToFloatShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 4, 7));
  return CodeConvShape(c, kToFloat, DType::kF32);
}
absl::Status QLinearConvShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 8, 9));
  return CodeConvShape(c, kScaled, c.dtype(7));
}

// Codes less their zero points.
absl::StatusOr<std::vector<int16_t>> Centered(const OpRun& run, size_t input, size_t zero_input,
                                              bool by_row) {
  const Tensor& codes = run.input(input);
  std::vector<int32_t> zeros = {0};
  if (run.Has(zero_input)) {
    PAWL_ASSIGN_OR_RETURN(zeros, ZeroPointsOf(run.input(zero_input)));
  }
  const int64_t rows = by_row ? codes.dim(0) : 1;
  if (zeros.size() == 1) zeros.resize(static_cast<size_t>(rows), zeros[0]);
  if (static_cast<int64_t>(zeros.size()) != rows) {
    return absl::InvalidArgumentError(
        absl::StrCat("input ", zero_input, " has ", zeros.size(), " zero points for ", rows));
  }
  std::vector<int16_t> values(static_cast<size_t>(codes.num_elements()));
  const int64_t row = rows == 0 ? 1 : std::max<int64_t>(1, codes.num_elements() / rows);
  for (int64_t i = 0; i < codes.num_elements(); ++i) {
    const int32_t code =
        codes.dtype() == DType::kI8 ? Data<int8_t>(codes)[i] : Data<uint8_t>(codes)[i];
    values[static_cast<size_t>(i)] =
        static_cast<int16_t>(code - zeros[static_cast<size_t>(i / row)]);
  }
  return values;
}

// Offsets in an image's plane of a window's taps, -1 where one is in the padding.
void TapOffsets(const Window& window, int64_t position, std::vector<int64_t>& offsets) {
  Dims at(window.rank());
  for (size_t d = window.rank(); d-- > 0;) {
    at[d] = position % window.out[d];
    position /= window.out[d];
  }
  for (size_t t = 0; t < offsets.size(); ++t) {
    auto rest = static_cast<int64_t>(t);
    Dims tap(window.rank());
    for (size_t d = window.rank(); d-- > 0;) {
      tap[d] = rest % window.kernel[d];
      rest /= window.kernel[d];
    }
    int64_t offset = 0;
    for (size_t d = 0; d < window.rank() && offset >= 0; ++d) {
      const int64_t i =
          at[d] * window.stride[d] - window.pad_begin[d] + tap[d] * window.dilation[d];
      offset = i < 0 || i >= window.in[d] ? -1 : offset * window.in[d] + i;
    }
    offsets[t] = offset;
  }
}

// Calls finish(sum, output channel, offset in the output) for every output.
template <typename Finish>
absl::Status Convolve(OpRun& run, const Operands& at, const Finish& finish) {
  const Tensor &x = run.input(at.x), &w = run.input(at.w);
  PAWL_ASSIGN_OR_RETURN(const Window window, WindowOf(run.node(), x.shape(), w.shape()));
  PAWL_ASSIGN_OR_RETURN(const std::vector<int16_t> image, Centered(run, at.x, at.x_zero, false));
  PAWL_ASSIGN_OR_RETURN(const std::vector<int16_t> filter, Centered(run, at.w, at.w_zero, true));
  const int64_t outs = w.dim(0), channels = w.dim(1), taps = window.taps();
  const int64_t per_group = outs / run.node().Int("group", 1);
  const int64_t in_size = DimProduct(window.in), out_size = DimProduct(window.out);
  const int64_t images = x.dim(0), all_channels = x.dim(1);
  return Ranges(run, images * out_size, 16, [&](int64_t begin, int64_t end) {
    std::vector<int64_t> offsets(static_cast<size_t>(taps));
    for (int64_t i = begin; i < end; ++i) {
      const int64_t n = i / out_size, position = i % out_size;
      TapOffsets(window, position, offsets);
      for (int64_t o = 0; o < outs; ++o) {
        const int64_t first = (n * all_channels + o / per_group * channels) * in_size;
        int32_t sum = 0;
        for (int64_t c = 0; c < channels; ++c) {
          const int16_t* row = image.data() + first + c * in_size;
          const int16_t* weights = filter.data() + (o * channels + c) * taps;
          for (int64_t t = 0; t < taps; ++t) {
            const int64_t offset = offsets[static_cast<size_t>(t)];
            if (offset >= 0) sum += row[offset] * weights[t];
          }
        }
        finish(sum, o, (n * outs + o) * out_size + position);
      }
    }
  });
}

absl::Status RunConvInteger(OpRun& run) {
  const auto* layer = run.state<IntegerLayer>();
  const auto zero = ZeroPointOfCall(run, 2);
  if (layer != nullptr && zero.has_value()) {
    if (run.output(0).empty()) return absl::OkStatus();
    return RunDynamicImages(layer->conv, run.input(0), {.zero = *zero}, run.output(0),
                            run.context());
  }
  auto* out = MutableData<int32_t>(run.output(0));
  return Convolve(run, kInteger, [&](int32_t sum, int64_t, int64_t to) { out[to] = sum; });
}

// --- ConvIntegerToFloat, an executor's own: x, w, x_scale, w_scale, x_zero, w_zero, bias ---

size_t ToFloatWorkspace(const WorkspaceContext& c) {
  return static_cast<size_t>((*c.inputs[1]->shape)[0]) * sizeof(float);
}

absl::Status RunToFloat(OpRun& run) {
  const auto* state = run.state<FloatLayer>();
  const auto zero = ZeroPointOfCall(run, kToFloat.x_zero);
  if (!zero.has_value() || run.input(2).num_elements() != 1) {
    return absl::InvalidArgumentError("its images must have one scale and zero point");
  }
  if (run.output(0).empty()) return absl::OkStatus();
  const SumsToFloats floats = state->Floats(Data<float>(run.input(2))[0], run.workspace<float>());
  return RunDynamicImages(state->layer->conv, run.input(0), {.zero = *zero, .floats = &floats},
                          run.output(0), run.context());
}

// The codes that a fused activation leaves.
CodeRange Clamped(const Node& node, CodeRange range, float scale, int32_t zero) {
  const auto activation =
      FusedActivationNamed(node.String(kConvActivation, "")).value_or(FusedActivation::kNone);
  if (activation != FusedActivation::kNone) range.lo = std::max(range.lo, zero);
  if (activation == FusedActivation::kRelu6) {
    const float six = std::nearbyint(6.0f / scale) + static_cast<float>(zero);
    range.hi = static_cast<int32_t>(std::min(six, static_cast<float>(range.hi)));
  }
  return range;
}

absl::Status RunQLinearConv(OpRun& run) {
  PAWL_ASSIGN_OR_RETURN(const bool done, RunLayer(run, 0));
  if (done) return absl::OkStatus();
  const Tensor& w_scales = run.input(4);
  const int64_t outs = run.input(3).dim(0);
  for (const size_t i : {1, 4, 6}) {
    if (run.input(i).dtype() != DType::kF32) return TypeError(i, run.input(i).dtype(), "f32");
  }
  if (run.input(1).num_elements() != 1 || run.input(6).num_elements() != 1 ||
      (w_scales.num_elements() != 1 && w_scales.num_elements() != outs)) {
    return absl::InvalidArgumentError("its scales must be one, for weights one a channel");
  }
  if (run.Has(8) && (run.input(8).dtype() != DType::kI32 || run.input(8).num_elements() != outs)) {
    return absl::InvalidArgumentError("its bias must be one i32 a channel");
  }
  PAWL_ASSIGN_OR_RETURN(const std::vector<int32_t> zero, ZeroPointsOf(run.input(7)));
  PAWL_ASSIGN_OR_RETURN(CodeRange range, CodeRangeOf(run.output(0).dtype(), 0));
  range = Clamped(run.node(), range, Data<float>(run.input(6))[0], zero[0]);
  std::vector<float> multipliers(static_cast<size_t>(outs));
  for (int64_t o = 0; o < outs; ++o) {
    multipliers[static_cast<size_t>(o)] =
        Data<float>(run.input(1))[0] * Data<float>(w_scales)[w_scales.num_elements() == 1 ? 0 : o] /
        Data<float>(run.input(6))[0];
  }
  const int32_t* bias = run.Has(8) ? Data<int32_t>(run.input(8)) : nullptr;
  Tensor& out = run.output(0);
  return Convolve(run, kScaled, [&](int32_t sum, int64_t o, int64_t to) {
    const int64_t total = int64_t{sum} + (bias != nullptr ? bias[o] : 0);
    const float scaled = static_cast<float>(total) * multipliers[static_cast<size_t>(o)];
    const auto rounded = static_cast<int32_t>(std::nearbyint(std::clamp(scaled, -1e6f, 1e6f)));
    const int32_t code = std::clamp(rounded + zero[0], range.lo, range.hi);
    if (out.dtype() == DType::kI8) {
      MutableData<int8_t>(out)[to] = static_cast<int8_t>(code);
    } else {
      MutableData<uint8_t>(out)[to] = static_cast<uint8_t>(code);
    }
  });
}

constexpr Operator kTable[] = {
    {.name = "ConvInteger",
     .domain = "",
     .min_opset = 10,
     .shape = ConvIntegerShape,
     .run = RunConvInteger,
     .quantize = QuantKind::kQuantized,
     .flags = kSymbolic,
     .prepare = PrepareConvInteger},
    {.name = "QLinearConv",
     .domain = "",
     .min_opset = 10,
     .shape = QLinearConvShape,
     .run = RunQLinearConv,
     .quantize = QuantKind::kQuantized,
     .flags = kSymbolic,
     .prepare = PrepareQLinearConv},
    {.name = "ConvIntegerToFloat",
     .domain = kPawlDomain,
     .shape = ToFloatShape,
     .run = RunToFloat,
     .quantize = QuantKind::kQuantized,
     .flags = kSymbolic,
     .prepare = PrepareToFloat,
     .workspace = ToFloatWorkspace},
};

}  // namespace

absl::Span<const Operator> IntegerConvOperators() { return kTable; }

}  // namespace pawl
