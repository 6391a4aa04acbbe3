// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/core/conv_impl.h"
#include "lib/core/linear_pack.h"
#include "lib/core/params.h"
#include "lib/core/status_macros.h"

namespace pawl {
namespace {

using Impl = QuantizedConv::Impl;

absl::Status Bad(const Impl& impl, absl::string_view why) {
  return absl::InvalidArgumentError(LinearMessage(impl.layer, why));
}

// Beyond this no image fits into memory; products of three of them fit into 64 bits.
constexpr int64_t kMaxExtent = int64_t{1} << 20;

absl::Status CheckGeometry(const Impl& impl) {
  const ConvGeometry& g = impl.geometry;
  struct Field {
    const char* name;
    int64_t value;
    int64_t least;
  };
  for (const Field& f : {Field{"in_channels", g.in_channels, 1}, Field{"groups", g.groups, 1},
                         Field{"kernel_h", g.kernel_h, 1}, Field{"kernel_w", g.kernel_w, 1},
                         Field{"stride_h", g.stride_h, 1}, Field{"stride_w", g.stride_w, 1},
                         Field{"dilation_h", g.dilation_h, 1}, Field{"dilation_w", g.dilation_w, 1},
                         Field{"pad_top", g.pad_top, 0}, Field{"pad_bottom", g.pad_bottom, 0},
                         Field{"pad_left", g.pad_left, 0}, Field{"pad_right", g.pad_right, 0}}) {
    if (f.value < f.least || f.value > kMaxExtent) {
      return Bad(impl, absl::StrCat(f.name, " is ", f.value, "; it must be ", f.least, " to ",
                                    kMaxExtent));
    }
  }
  if (g.in_channels % g.groups != 0) {
    return Bad(impl, absl::StrCat("in_channels ", g.in_channels, " is not a multiple of groups ",
                                  g.groups));
  }
  return absl::OkStatus();
}

absl::Status SetSizes(int64_t rows, int64_t cols, Impl* impl) {
  const ConvGeometry& g = impl->geometry;
  impl->out = rows;
  impl->in_group = g.in_channels / g.groups;
  impl->out_group = rows / g.groups;
  impl->taps = g.kernel_h * g.kernel_w;
  if (rows == 0 || rows % g.groups != 0) {
    return Bad(*impl, absl::StrCat("the weights have ", rows, " rows, not a multiple of groups ",
                                   g.groups));
  }
  if (cols != impl->cols()) {
    return Bad(*impl, absl::StrCat("the weights have ", cols,
                                   " columns; in_channels / groups * kernel_h "
                                   "* kernel_w is ",
                                   impl->in_group, " * ", g.kernel_h, " * ", g.kernel_w));
  }
  impl->depthwise = g.groups == g.in_channels && g.groups > 1;
  impl->run = impl->run_step = impl->joined() ? impl->in_group * g.kernel_w : impl->in_group;
  return absl::OkStatus();
}

// Where column `tap * in_group + c` is in W.
int64_t OriginalColumn(const Impl& impl, int64_t column) {
  return column % impl.in_group * impl.taps + column / impl.in_group;
}

absl::Status SetFilters(absl::Span<const float> w, const Tensor& bias, Context* context,
                        Impl* impl) {
  const int64_t cols = impl->cols();
  impl->windows = !impl->depthwise && impl->run % 16 == 0;
  impl->filters.resize(w.size());
  for (int64_t o = 0; o < impl->out; ++o) {
    for (int64_t i = 0; i < cols; ++i) {
      const int64_t at = impl->depthwise ? i * impl->out + o : o * cols + i;
      impl->filters[static_cast<size_t>(at)] =
          w[static_cast<size_t>(o * cols + OriginalColumn(*impl, i))];
    }
  }
  // Options and bias are checked with weights of one column in place of those.
  PAWL_ASSIGN_OR_RETURN(QuantizedTensor one, QuantizedTensor::Create(Scheme{}, {impl->out, 1}));
  PAWL_RETURN_IF_ERROR(SetUpLinear(std::move(one), bias, context, &impl->layer));
  impl->layer.decoder.reset();
  impl->layer.weights.reset();
  return absl::OkStatus();
}

// Rows of `layer` for the output channels of one group.
int64_t LayerGroupRows(const Impl& impl) {
  const bool filled = impl.geometry.groups > 1 && !impl.depthwise;
  return filled ? impl.group_units() * kConvUnit : impl.out_group;
}
int64_t LayerRows(const Impl& impl) { return LayerGroupRows(impl) * impl.geometry.groups; }

// The output channel of a row of `layer`; the first one for a row that fills up.
int64_t ChannelOf(const Impl& impl, int64_t row) {
  const int64_t rows = LayerGroupRows(impl);
  return row % rows < impl.out_group ? row / rows * impl.out_group + row % rows : 0;
}

// Columns from run to run of the layer's tensor: whole quads where a weight of 0 can fill them up.
int64_t RunStep(const QuantizedTensor& t, const Impl& impl) {
  const int64_t step = (impl.run + 3) / 4 * 4;
  const OffsetKind offset = t.scheme.offset.kind;
  const bool fills = t.scheme.element.kind != ElementKind::kBinary &&
                     (offset == OffsetKind::kNone || offset == OffsetKind::kZeroPoint) &&
                     impl.runs() * step <= static_cast<int64_t>(kernels::kMaxPanelGroup);
  return fills && !impl.depthwise ? step : impl.run;
}

// The tensor of `layer`: one group a row with f32 parameters, rows and columns in its order.
absl::StatusOr<QuantizedTensor> LayerWeights(const QuantizedTensor& t, const RowGroups& groups,
                                             const Impl& impl) {
  PAWL_ASSIGN_OR_RETURN(const GroupParams params, DecodeParams(t, groups.layout.num_groups()));
  Scheme scheme;
  scheme.element = t.scheme.element;
  scheme.post_scale = t.scheme.post_scale;
  scheme.grouping.kind = GroupKind::kChannel;
  scheme.offset.kind = t.scheme.offset.kind;
  const bool zeros = scheme.offset.kind == OffsetKind::kZeroPoint;
  if (scheme.offset.kind != OffsetKind::kNone) scheme.offset.type = zeros ? kParamI32 : kParamF32;
  const int64_t rows = LayerRows(impl), cols = impl.cols(), step = impl.run_step;
  const int64_t layer_cols = impl.runs() * step;
  PAWL_ASSIGN_OR_RETURN(QuantizedTensor result,
                        QuantizedTensor::Create(scheme, {rows, layer_cols}));
  std::vector<int16_t> from(static_cast<size_t>(t.num_elements()));
  PAWL_RETURN_IF_ERROR(UnpackCodes(t, 0, absl::MakeSpan(from)));
  std::vector<int16_t> codes(static_cast<size_t>(rows * layer_cols));
  for (int64_t row = 0; row < rows; ++row) {
    const int64_t channel = ChannelOf(impl, row);
    const auto group = static_cast<size_t>(groups.GroupOf(channel, 0));
    const auto to = codes.begin() + row * layer_cols;
    if (zeros) std::fill_n(to, layer_cols, static_cast<int16_t>(params.offsets[group]));
    for (int64_t i = 0; i < cols; ++i) {
      to[i / impl.run * step + i % impl.run] =
          from[static_cast<size_t>(channel * cols + OriginalColumn(impl, i))];
    }
    WriteParam(scheme.scale.type, result.scales, row,
               EncodeParam(scheme.scale.type, params.scales[group]));
    if (scheme.offset.kind == OffsetKind::kNone) continue;
    WriteParam(scheme.offset.type, result.offsets, row,
               EncodeParam(scheme.offset.type, params.offsets[group]));
  }
  PAWL_RETURN_IF_ERROR(PackCodes(result, 0, codes));
  return result;
}

absl::StatusOr<Tensor> LayerBias(const Tensor& bias, const Impl& impl) {
  if (bias.empty()) return bias;
  if (bias.num_elements() != impl.out) {
    return Bad(impl, absl::StrCat("bias has ", bias.num_elements(), " elements, the weights have ",
                                  impl.out, " rows"));
  }
  const bool integer = bias.dtype() == DType::kI32 && impl.integer_only();
  if (!integer && !IsActivation(bias.dtype())) {
    return Bad(impl, absl::StrCat("bias is ", DTypeName(bias.dtype()), ", not f32, f16 or bf16",
                                  impl.integer_only() ? ", or i32" : ""));
  }
  const int64_t rows = LayerRows(impl);
  if (rows == impl.out) return bias;
  const auto spread = [&](auto values) -> absl::StatusOr<Tensor> {
    std::vector<std::decay_t<decltype(values[0])>> spread_values;
    spread_values.reserve(static_cast<size_t>(rows));
    for (int64_t row = 0; row < rows; ++row) {
      spread_values.push_back(values[static_cast<size_t>(ChannelOf(impl, row))]);
    }
    return Tensor::FromValues({rows}, absl::MakeConstSpan(spread_values));
  };
  if (integer) return spread(bias.as<int32_t>());
  PAWL_ASSIGN_OR_RETURN(const Tensor floats, bias.ToF32());
  return spread(floats.as<float>());
}

absl::Status SpreadMultipliers(Impl* impl) {
  std::vector<FixedPointMultiplier>& given = impl->layer.options.multipliers;
  if (given.size() <= 1) return absl::OkStatus();
  if (static_cast<int64_t>(given.size()) != impl->out) {
    return Bad(*impl, absl::StrCat("there are ", given.size(), " multipliers for ", impl->out,
                                   " output channels"));
  }
  const std::vector<FixedPointMultiplier> old = given;
  given.resize(static_cast<size_t>(LayerRows(*impl)));
  for (size_t row = 0; row < given.size(); ++row) {
    given[row] = old[static_cast<size_t>(ChannelOf(*impl, static_cast<int64_t>(row)))];
  }
  return absl::OkStatus();
}

// Weights of the layer's tensor as integers, less zero points: for products that know only those.
// The depthwise kernel takes them as they are, others their sums.
absl::Status SetWholeRows(const QuantizedTensor& t, Impl* impl) {
  std::vector<int16_t> codes(static_cast<size_t>(t.num_elements()));
  PAWL_RETURN_IF_ERROR(UnpackCodes(t, 0, absl::MakeSpan(codes)));
  PAWL_ASSIGN_OR_RETURN(const GroupParams params, DecodeParams(t, t.rows()));
  const bool binary = t.scheme.element.kind == ElementKind::kBinary;
  const bool zeros = t.scheme.offset.kind == OffsetKind::kZeroPoint;
  if (impl->depthwise) impl->tap_codes.resize(codes.size());
  for (int64_t o = 0; o < t.rows(); ++o) {
    const auto row = static_cast<size_t>(o);
    const int32_t zero = zeros ? static_cast<int32_t>(params.offsets[row]) : 0;
    int32_t sum = 0;
    for (int64_t i = 0; i < t.cols(); ++i) {
      const int32_t code = codes[static_cast<size_t>(o * t.cols() + i)];
      const int32_t weight = (binary ? 2 * code - 1 : code) - zero;
      if (impl->depthwise) {
        impl->tap_codes[static_cast<size_t>(i * impl->out + o)] = static_cast<int16_t>(weight);
      }
      sum += weight;
    }
    impl->row_scales.push_back(WeightScale(t.scheme, params.scales[row]));
    impl->row_sums.push_back(sum);
  }
  return absl::OkStatus();
}

// AMX tiles take panels without a sign, narrow codes are decoded before they are used.
void SignPanels(Impl* impl) {
  PanelWeights& panels = impl->layer.panels;
  impl->signed_panels = panels.matrix.bits == 8 && panels.matrix.zero == 128 &&
                        kernels::BestTarget() != kernels::Target::kAMX;
  if (!impl->signed_panels) return;
  auto* codes = static_cast<uint8_t*>(panels.codes.mutable_data());
  for (size_t i = 0; i < panels.codes.size_bytes(); ++i) codes[i] ^= 128;
}

// The products of windows, or of taps, in place of the layer's own.
absl::Status SetProducts(const QuantizedTensor& t, Impl* impl) {
  PanelWeights& panels = impl->layer.panels;
  const bool plain = panels.matrix.minimums == nullptr && panels.matrix.zeros == nullptr;
  impl->windows = !impl->depthwise && !impl->original_columns && plain && impl->run_step % 4 == 0;
  const bool zeros_come = impl->takes_zero_points();
  if (!impl->depthwise && !impl->windows && !zeros_come) return absl::OkStatus();
  PAWL_RETURN_IF_ERROR(SetWholeRows(t, impl));
  if (!impl->depthwise) {  // panels end in rows of nothing
    impl->row_sums.resize((impl->row_sums.size() + kernels::kPanelRows - 1) / kernels::kPanelRows *
                          kernels::kPanelRows);
    if (impl->windows) SignPanels(impl);
    return absl::OkStatus();
  }
  for (const int32_t sum : impl->row_sums) impl->tap_start.push_back(-sum * panels.zero_point);
  PAWL_RETURN_IF_ERROR(SetDepthwiseQuads(impl));
  if (!zeros_come) impl->row_sums.clear();
  panels.codes = Tensor();
  return absl::OkStatus();
}

void SetRequantization(Impl* impl) {
  const IntegerOutput& integer = impl->layer.integer;
  int64_t largest = 0;  // bias
  for (size_t row = 0; row < static_cast<size_t>(impl->layer.rows); ++row) {
    const FixedPointMultiplier m = integer.multipliers[integer.multipliers.size() > 1 ? row : 0];
    impl->multipliers.push_back(m.multiplier);
    impl->shifts.push_back(m.shift);
    const int64_t bias = integer.bias.empty() ? 0 : integer.bias[row];
    impl->bias.push_back(static_cast<int32_t>(std::clamp<int64_t>(bias, INT32_MIN, INT32_MAX)));
    largest = std::max(largest, std::abs(int64_t{impl->bias.back()}));
  }
  const auto [least, most] = std::minmax_element(impl->shifts.begin(), impl->shifts.end());
  // Codes less their zero points are at most 255.
  impl->narrow =
      *least >= -20 && *most < 0 && impl->cols() * 255 * 255 + largest < int64_t{1} << 30;
}

absl::Status SetIntegers(const QuantizedTensor& t, const Tensor& bias, Context* context,
                         Impl* impl) {
  if (!t.outlier_columns.empty() || !t.input_scale.empty() || t.scheme.rotation.block > 0) {
    return Bad(*impl,
               "the weights have outlier columns, an input_scale or a rotation; mode weight_only "
               "takes them");
  }
  if (!t.scheme.element.is_integer()) {
    return Bad(*impl, absl::StrCat("weights of scheme ", SchemeString(t.scheme),
                                   " are not integers; mode weight_only takes them"));
  }
  PackedWeights cut;
  const auto groups = CutRows(t, /*integer_levels=*/false, &cut);
  if (!groups.ok()) return Bad(*impl, groups.status().message());
  const OffsetKind offset = t.scheme.offset.kind;
  // The depthwise kernel knows no minimum: such weights go through panels, a group at a time.
  if (offset == OffsetKind::kMinimum || offset == OffsetKind::kFloatZero) impl->depthwise = false;
  impl->original_columns = groups->per_row > 1;
  if (impl->original_columns && impl->out_group % kConvUnit != 0 && impl->geometry.groups > 1) {
    return Bad(*impl,
               absl::StrCat("the weights of scheme ", SchemeString(t.scheme),
                            " have groups of columns, and 16 does not divide the ", impl->out_group,
                            " output channels of a group; mode weight_only takes them"));
  }
  PAWL_RETURN_IF_ERROR(SpreadMultipliers(impl));
  PAWL_ASSIGN_OR_RETURN(const Tensor layer_bias, LayerBias(bias, *impl));
  impl->run_step = impl->original_columns ? impl->run : RunStep(t, *impl);
  QuantizedTensor layer_weights = t;
  if (!impl->original_columns) {
    PAWL_ASSIGN_OR_RETURN(layer_weights, LayerWeights(t, *groups, *impl));
  }
  impl->layer.options.release_canonical = true;
  PAWL_RETURN_IF_ERROR(SetUpLinear(layer_weights, layer_bias, context, &impl->layer));
  if (impl->layer.panels.empty()) {
    return Bad(*impl, absl::StrCat("the integer modes take zero points that are codes and at most ",
                                   kernels::kMaxPanelGroup, " columns, these have ", impl->cols(),
                                   "; mode weight_only takes them"));
  }
  if (impl->integer_only()) SetRequantization(impl);
  return SetProducts(layer_weights, impl);
}

absl::Status CheckCodeTypes(const Impl& impl) {
  const LinearOptions& o = impl.layer.options;
  if (o.mode == LinearMode::kWeightOnly || o.mode == LinearMode::kDynamicInt8) {
    return absl::OkStatus();
  }
  if (o.activation_dtype == DType::kI16 || (impl.integer_only() && o.output_dtype == DType::kI16)) {
    return Bad(impl, "codes of convolutions are i8 or u8, not i16");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status SetUpConv(const QuantizedTensor* weights, const Tensor* floats,
                       const ConvOptions& options, Context* context, Impl* impl) {
  impl->geometry = options.geometry;
  impl->layout = options.layout;
  impl->layer.kind = "convolution";
  impl->layer.gives_sums = true;
  impl->layer.options = options.layer;
  impl->layer.options.bias = Tensor();
  impl->layer.options.activation_groups = ActivationScale::kPerToken;
  if (options.layer.compute != LinearCompute::kF32) {
    return Bad(*impl, "compute bf16 is for linear layers; convolutions compute in f32");
  }
  PAWL_RETURN_IF_ERROR(CheckGeometry(*impl));
  if (options.layout > ImageLayout::kNHWC) return Bad(*impl, "unknown layout");
  PAWL_RETURN_IF_ERROR(CheckCodeTypes(*impl));
  if (floats != nullptr) {
    if (!impl->weight_only()) return Bad(*impl, "weights of floats need mode weight_only");
    if (floats->rank() < 1 || !IsActivation(floats->dtype())) {
      return Bad(*impl, absl::StrCat("weights are ", DTypeName(floats->dtype()), " ",
                                     ShapeString(floats->shape()), ", not f32, f16 or bf16"));
    }
    const int64_t rows = floats->dim(0);
    PAWL_RETURN_IF_ERROR(SetSizes(rows, rows > 0 ? floats->num_elements() / rows : 0, impl));
    PAWL_ASSIGN_OR_RETURN(const Tensor wide, floats->ToF32());
    return SetFilters(wide.as<float>(), options.layer.bias, context, impl);
  }
  if (const absl::Status valid = weights->Validate(); !valid.ok()) {
    return Bad(*impl, valid.message());
  }
  PAWL_RETURN_IF_ERROR(SetSizes(weights->rows(), weights->cols(), impl));
  if (!impl->weight_only()) {
    PAWL_RETURN_IF_ERROR(SetIntegers(*weights, options.layer.bias, context, impl));
  } else {
    std::vector<float> decoded(static_cast<size_t>(weights->num_elements()));
    PAWL_RETURN_IF_ERROR(Dequantize(*weights, absl::MakeSpan(decoded), context));
    PAWL_RETURN_IF_ERROR(SetFilters(decoded, options.layer.bias, context, impl));
  }
  if (!options.layer.release_canonical) impl->weights = *weights;
  return absl::OkStatus();
}

}  // namespace pawl
