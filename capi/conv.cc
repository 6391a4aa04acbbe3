// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/conv.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "capi/linear_options.h"
#include "capi/options.h"
#include "capi/shim.h"

struct pawl_conv {
  pawl::QuantizedConv conv;
};

using pawl::Context;
using pawl::ConvGeometry;
using pawl::ConvOptions;
using pawl::QuantizedConv;
using pawl::capi::Call;
using pawl::capi::CheckKind;
using pawl::capi::CheckParts;
using pawl::capi::Find;
using pawl::capi::Make;
using pawl::capi::TakeInt;
using pawl::capi::ToDType;
using pawl::capi::ToInt64;
using pawl::capi::ToLinearOptions;

namespace {

using pawl::ImageLayout;

PAWL_SAME(PAWL_IMAGE_NCHW, ImageLayout::kNCHW);
PAWL_SAME(PAWL_IMAGE_NHWC, ImageLayout::kNHWC);

// Height and width, or the width alone.
absl::Status TakeSides(const pawl_options* options, int32_t option, const char* name,
                       int64_t* height, int64_t* width) {
  const auto* sides = Find<std::vector<int32_t>>(options, option);
  if (sides == nullptr) return absl::OkStatus();
  if (sides->empty() || sides->size() > 2) {
    return absl::InvalidArgumentError(absl::StrCat("option ", name, " has ", sides->size(),
                                                   " numbers; it takes height and width, or the "
                                                   "width alone"));
  }
  *height = sides->size() == 2 ? sides->front() : 1;
  *width = sides->back();
  return absl::OkStatus();
}

absl::Status TakePads(const pawl_options* options, ConvGeometry* g) {
  const auto* pads = Find<std::vector<int32_t>>(options, PAWL_OPT_CONV_PADS);
  if (pads == nullptr) return absl::OkStatus();
  if (pads->size() != 2 && pads->size() != 4) {
    return absl::InvalidArgumentError(
        absl::StrCat("option conv_pads has ", pads->size(),
                     " numbers; it takes top, left, bottom and right, or left and right"));
  }
  const bool flat = pads->size() == 2;
  g->pad_top = flat ? 0 : (*pads)[0];
  g->pad_left = flat ? (*pads)[0] : (*pads)[1];
  g->pad_bottom = flat ? 0 : (*pads)[2];
  g->pad_right = pads->back();
  return absl::OkStatus();
}

absl::StatusOr<ConvOptions> ToConvOptions(const pawl_options* options, const pawl_options* layer) {
  ConvOptions result;
  PAWL_RETURN_IF_ERROR(CheckKind(options, PAWL_OPTIONS_CONV));
  PAWL_ASSIGN_OR_RETURN(result.layer, ToLinearOptions(layer));
  ConvGeometry& g = result.geometry;
  TakeInt(options, PAWL_OPT_CONV_CHANNELS, &g.in_channels);
  TakeInt(options, PAWL_OPT_CONV_GROUPS, &g.groups);
  TakeInt(options, PAWL_OPT_IMAGE_LAYOUT, &result.layout);
  PAWL_RETURN_IF_ERROR(
      TakeSides(options, PAWL_OPT_CONV_KERNEL, "conv_kernel", &g.kernel_h, &g.kernel_w));
  PAWL_RETURN_IF_ERROR(
      TakeSides(options, PAWL_OPT_CONV_STRIDES, "conv_strides", &g.stride_h, &g.stride_w));
  PAWL_RETURN_IF_ERROR(
      TakeSides(options, PAWL_OPT_CONV_DILATIONS, "conv_dilations", &g.dilation_h, &g.dilation_w));
  PAWL_RETURN_IF_ERROR(TakePads(options, &g));
  return result;
}

// Sizes that no image has count as none.
int64_t Side(size_t value) {
  constexpr size_t kMax = size_t{1} << 30;
  return value < kMax ? static_cast<int64_t>(value) : 0;
}

}  // namespace

extern "C" {

int32_t pawl_conv_create(pawl_context* context, const pawl_quantized_tensor* weights,
                         const pawl_options* conv_options, const pawl_options* layer_options,
                         pawl_conv** conv) noexcept {
  return Make(context, conv, [&](Context& c) -> absl::StatusOr<QuantizedConv> {
    PAWL_NEED(weights);
    PAWL_RETURN_IF_ERROR(CheckParts(weights));
    PAWL_ASSIGN_OR_RETURN(const ConvOptions options, ToConvOptions(conv_options, layer_options));
    return QuantizedConv::Create(weights->tensor, options, &c);
  });
}

int32_t pawl_conv_create_float(pawl_context* context, const pawl_tensor* weights,
                               const pawl_options* conv_options, const pawl_options* layer_options,
                               pawl_conv** conv) noexcept {
  return Make(context, conv, [&](Context&) -> absl::StatusOr<QuantizedConv> {
    PAWL_NEED(weights);
    PAWL_ASSIGN_OR_RETURN(const ConvOptions options, ToConvOptions(conv_options, layer_options));
    return QuantizedConv::CreateFloat(weights->tensor, options);
  });
}

void pawl_conv_destroy(pawl_conv* conv) noexcept { delete conv; }

int32_t pawl_conv_run(pawl_context* context, const pawl_conv* conv, size_t batch, size_t height,
                      size_t width, const void* x, int32_t x_dtype, size_t x_stride, void* y,
                      int32_t y_dtype, size_t y_stride) noexcept {
  return Call(context, [&](Context& c) -> absl::Status {
    PAWL_NEED(conv);
    PAWL_NEED_ARRAY(x, batch);
    PAWL_NEED_ARRAY(y, batch);
    pawl::InputImages in;
    pawl::OutputImages out;
    PAWL_ASSIGN_OR_RETURN(in.dtype, ToDType(x_dtype));
    PAWL_ASSIGN_OR_RETURN(out.dtype, ToDType(y_dtype));
    PAWL_ASSIGN_OR_RETURN(in.batch, ToInt64(batch, "batch"));
    PAWL_ASSIGN_OR_RETURN(in.height, ToInt64(height, "height"));
    PAWL_ASSIGN_OR_RETURN(in.width, ToInt64(width, "width"));
    PAWL_ASSIGN_OR_RETURN(in.batch_stride, ToInt64(x_stride, "x_stride"));
    PAWL_ASSIGN_OR_RETURN(out.batch_stride, ToInt64(y_stride, "y_stride"));
    in.data = x;
    out.data = y;
    out.batch = in.batch;
    out.height = conv->conv.OutputHeight(in.height);
    out.width = conv->conv.OutputWidth(in.width);
    return conv->conv.Run(in, out, c);
  });
}

size_t pawl_conv_in_channels(const pawl_conv* conv) noexcept {
  return conv == nullptr ? 0 : static_cast<size_t>(conv->conv.in_channels());
}
size_t pawl_conv_out_channels(const pawl_conv* conv) noexcept {
  return conv == nullptr ? 0 : static_cast<size_t>(conv->conv.out_channels());
}
size_t pawl_conv_output_height(const pawl_conv* conv, size_t height) noexcept {
  return conv == nullptr ? 0 : static_cast<size_t>(conv->conv.OutputHeight(Side(height)));
}
size_t pawl_conv_output_width(const pawl_conv* conv, size_t width) noexcept {
  return conv == nullptr ? 0 : static_cast<size_t>(conv->conv.OutputWidth(Side(width)));
}
int32_t pawl_conv_get_mode(const pawl_conv* conv) noexcept {
  return conv == nullptr ? -1 : static_cast<int32_t>(conv->conv.mode());
}
const char* pawl_conv_name(const pawl_conv* conv) noexcept {
  return conv == nullptr ? nullptr : conv->conv.name().c_str();
}
size_t pawl_conv_size_bytes(const pawl_conv* conv) noexcept {
  return conv == nullptr ? 0 : conv->conv.size_bytes();
}
size_t pawl_conv_workspace_bytes(const pawl_conv* conv, size_t height, size_t width,
                                 size_t threads) noexcept {
  constexpr size_t kMaxThreads = 1024;
  return conv == nullptr ? 0
                         : conv->conv.WorkspaceBytes(
                               Side(height), Side(width),
                               static_cast<int>(threads < kMaxThreads ? threads : kMaxThreads));
}

int32_t pawl_conv_weights(pawl_context* context, const pawl_conv* conv,
                          pawl_quantized_tensor** weights) noexcept {
  return Make(context, weights, [&](Context&) -> absl::StatusOr<pawl::QuantizedTensor> {
    PAWL_NEED(conv);
    const pawl::QuantizedTensor* canonical = conv->conv.canonical();
    if (canonical == nullptr) {
      return absl::FailedPreconditionError(
          absl::StrCat("convolution '", conv->conv.name(),
                       "' keeps no canonical weights: it was made with release_canonical, or of "
                       "floats"));
    }
    return *canonical;
  });
}

}  // extern "C"
