// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/conv.h"

#include <algorithm>
#include <new>

#include "absl/strings/str_cat.h"
#include "kernels/float_env.h"
#include "kernels/window_matmul.h"
#include "lib/core/context_internal.h"
#include "lib/core/conv_impl.h"
#include "lib/core/status_macros.h"
#include "pawl/context.h"

namespace pawl {
namespace {

using Impl = QuantizedConv::Impl;

// Elements of an image with its padding: what offsets can be computed for.
constexpr int64_t kMaxSide = int64_t{1} << 24;
constexpr int64_t kMaxElements = int64_t{1} << 40;

absl::Status Bad(const Impl& impl, absl::string_view why) {
  return absl::InvalidArgumentError(LinearMessage(impl.layer, why));
}

// Positions along one side.
int64_t OutputSide(int64_t size, int64_t pads, int64_t kernel, int64_t dilation, int64_t stride) {
  const int64_t room = size + pads - ((kernel - 1) * dilation + 1);
  return size <= 0 || size > kMaxSide || room < 0 ? 0 : room / stride + 1;
}

absl::Status CheckTypes(const Impl& impl, DType x, DType y, bool floats) {
  const LinearOptions& o = impl.layer.options;
  const bool codes =
      (impl.integer_only() || o.mode == LinearMode::kStaticInt8) && x == impl.layer.code_type();
  if (!codes && (impl.integer_only() || x != DType::kF32)) {
    const absl::string_view type = DTypeName(impl.layer.code_type());
    const std::string takes = impl.integer_only() ? absl::StrCat(type, " codes")
                              : o.mode == LinearMode::kStaticInt8
                                  ? absl::StrCat("f32, or ", type, " codes")
                                  : std::string("f32");
    return Bad(impl, absl::StrCat("x is ", DTypeName(x), "; mode ", LinearModeName(o.mode),
                                  " takes ", takes));
  }
  const DType gives = impl.integer_only() && !floats ? o.output_dtype : DType::kF32;
  if (y != gives) {
    return Bad(impl, absl::StrCat("y is ", DTypeName(y), "; mode ", LinearModeName(o.mode),
                                  " gives ", DTypeName(gives)));
  }
  return absl::OkStatus();
}

absl::Status CheckCall(const Impl& impl, const InputImages& x, const OutputImages& y,
                       const ConvSize& size, bool floats) {
  PAWL_RETURN_IF_ERROR(CheckTypes(impl, x.dtype, y.dtype, floats));
  if (x.batch < 0 || size.positions() == 0) {
    return Bad(impl, absl::StrCat("x is ", x.batch, " images of ", x.height, " x ", x.width,
                                  ", which the kernel with its dilation does not fit into"));
  }
  if (size.padded_height * size.padded_width > kMaxElements / impl.planes() ||
      size.positions() > kMaxElements / impl.out) {
    return Bad(impl, absl::StrCat("images of ", x.height, " x ", x.width, " are too large"));
  }
  if (y.batch != x.batch || y.height != size.out_height || y.width != size.out_width) {
    return Bad(impl, absl::StrCat("y is ", y.batch, " images of ", y.height, " x ", y.width,
                                  ", the result is ", x.batch, " of ", size.out_height, " x ",
                                  size.out_width));
  }
  const int64_t x_image = impl.geometry.in_channels * x.height * x.width;
  const int64_t y_image = impl.out * size.positions();
  if (x.batch > 1 && ((x.batch_stride != 0 && x.batch_stride < x_image) ||
                      (y.batch_stride != 0 && y.batch_stride < y_image))) {
    return Bad(impl, absl::StrCat("images are ", x.batch_stride, " (x) and ", y.batch_stride,
                                  " (y) elements apart, below their ", x_image, " and ", y_image));
  }
  if (x.batch > 0 && (x.data == nullptr || y.data == nullptr)) {
    return Bad(impl, x.data == nullptr ? "x has no data" : "y has no data");
  }
  return absl::OkStatus();
}

void RunImage(ConvCall call, Context& context) {
  const Impl& impl = call.impl;
  PrepareImage(&call, context);
  if (impl.depthwise) {
    context.ParallelFor(call.size.out_height, [&](int64_t y, int worker) {
      RunDepthwiseRow(call, y, call.worker(worker));
    });
    return;
  }
  const int64_t units = impl.group_units() * impl.geometry.groups;
  const int64_t positions = call.size.positions();
  const int64_t step = call.windows ? WindowBlock(impl, call.target) : ConvBlock(impl);
  const int64_t blocks = (positions + step - 1) / step;
  // Small images are also cut by output channels, so that there is work for every thread.
  const int64_t threads = context.threads();
  const int64_t wanted = threads > 1 ? (4 * threads + blocks - 1) / blocks : 1;
  const int64_t parts = std::clamp<int64_t>(wanted, 1, units);
  context.ParallelFor(blocks * parts, [&](int64_t task, int worker) {
    const int64_t block = task / parts, part = task % parts;
    RunConvBlock(call, block * step, std::min(positions, (block + 1) * step), units * part / parts,
                 units * (part + 1) / parts, call.worker(worker));
  });
}

// The zero point, and what becomes of sums, come with the call where they are there.
absl::Status RunBatch(const Impl& impl, const InputImages& x, std::optional<int32_t> zero,
                      const SumsToFloats* floats, const OutputImages& y, Context& context) {
  const ConvSize size = MakeConvSize(impl, x.height, x.width);
  PAWL_RETURN_IF_ERROR(CheckCall(impl, x, y, size, floats != nullptr));
  if (x.batch == 0) return absl::OkStatus();
  const ConvWorkspace space = MakeConvWorkspace(impl, size);
  const size_t bytes = space.total(context.threads());
  char* scratch = static_cast<char*>(context.Scratch(0, bytes));
  if (scratch == nullptr) {
    return absl::ResourceExhaustedError(
        LinearMessage(impl.layer, absl::StrCat("no memory for ", bytes, " bytes of scratch")));
  }
  const int64_t x_image = impl.geometry.in_channels * x.height * x.width;
  const int64_t x_stride = x.batch_stride != 0 ? x.batch_stride : x_image;
  const int64_t y_stride = y.batch_stride != 0 ? y.batch_stride : impl.out * size.positions();
  ConvCall call{impl, size, space, TargetOf(&context), x.dtype, y.dtype, zero, floats};
  call.shared = scratch;
  PrepareCall(&call);
  for (int64_t n = 0; n < x.batch; ++n) {
    if (context.cancelled()) return absl::CancelledError(LinearMessage(impl.layer, "cancelled"));
    call.x =
        static_cast<const char*>(x.data) + static_cast<size_t>(n * x_stride) * DTypeSize(x.dtype);
    call.y = static_cast<char*>(y.data) + static_cast<size_t>(n * y_stride) * DTypeSize(y.dtype);
    RunImage(call, context);
  }
  return absl::OkStatus();
}

template <typename Set>
absl::StatusOr<std::shared_ptr<const Impl>> MakeImpl(const std::string& name, const Set& set) {
  const kernels::FloatEnvironment environment;
  try {
    auto impl = std::make_shared<Impl>();
    PAWL_RETURN_IF_ERROR(set(impl.get()));
    return impl;
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError(
        absl::StrCat("convolution '", name, "': no memory for its packed weights"));
  }
}

}  // namespace

ConvSize MakeConvSize(const Impl& impl, int64_t height, int64_t width) {
  const ConvGeometry& g = impl.geometry;
  ConvSize size{.height = height, .width = width};
  size.padded_height = height + g.pad_top + g.pad_bottom;
  size.padded_width = width + g.pad_left + g.pad_right;
  size.out_height =
      OutputSide(height, g.pad_top + g.pad_bottom, g.kernel_h, g.dilation_h, g.stride_h);
  size.out_width =
      OutputSide(width, g.pad_left + g.pad_right, g.kernel_w, g.dilation_w, g.stride_w);
  return size;
}

int64_t ConvBlock(const Impl& impl) {
  // Of windows: codes stay in the second-level cache; with floats, where weights are as large, it
  // is those that should not pass by too often.
  const int64_t bytes = impl.weight_only() ? 393216 : 98304;
  const int64_t width = impl.weight_only() ? 4 : 2;
  return std::clamp<int64_t>(bytes / (impl.window() * width) / 16 * 16, 16, 128);
}

int64_t WindowBlock(const Impl& impl, kernels::Target target) {
  // Whole tiles of six. Where a block widens its panels, more positions share that.
  const bool wide = kernels::WindowCodesOf(target) == kernels::WindowCodes::kWide;
  return wide && impl.window() > 1024 ? 240 : 120;
}

absl::StatusOr<QuantizedConv> QuantizedConv::Create(QuantizedTensor weights,
                                                    const ConvOptions& options, Context* context) {
  PAWL_ASSIGN_OR_RETURN(auto impl, MakeImpl(options.layer.name, [&](Impl* made) {
                          return SetUpConv(&weights, nullptr, options, context, made);
                        }));
  return QuantizedConv(std::move(impl));
}

absl::StatusOr<QuantizedConv> QuantizedConv::CreateFloat(const Tensor& weights,
                                                         const ConvOptions& options) {
  PAWL_ASSIGN_OR_RETURN(auto impl, MakeImpl(options.layer.name, [&](Impl* made) {
                          return SetUpConv(nullptr, &weights, options, nullptr, made);
                        }));
  return QuantizedConv(std::move(impl));
}

absl::Status QuantizedConv::Run(const InputImages& x, const OutputImages& y,
                                Context& context) const {
  return RunBatch(*impl_, x, std::nullopt, nullptr, y, context);
}

absl::Status QuantizedConv::RunCodes(const InputImages& x, int32_t zero_point,
                                     const SumsToFloats* floats, const OutputImages& y,
                                     Context& context) const {
  if (!TakesZeroPoints()) {
    return Bad(*impl_,
               "its zero point is fixed: only layers that give sums without a bias, one "
               "scale a row, take one with each call");
  }
  const bool is_unsigned = x.dtype == DType::kU8;
  if (zero_point < (is_unsigned ? 0 : -128) || zero_point > (is_unsigned ? 255 : 127)) {
    return Bad(*impl_, absl::StrCat("the zero point ", zero_point, " is no ", DTypeName(x.dtype)));
  }
  if (floats != nullptr && floats->scales == nullptr) return Bad(*impl_, "there are no scales");
  return RunBatch(*impl_, x, zero_point, floats, y, context);
}

bool QuantizedConv::TakesZeroPoints() const { return impl_->takes_zero_points(); }

size_t QuantizedConv::WorkspaceBytes(int64_t height, int64_t width, int threads) const {
  const ConvSize size = MakeConvSize(*impl_, height, width);
  return size.positions() == 0 ? 0 : MakeConvWorkspace(*impl_, size).total(std::max(threads, 1));
}

int64_t QuantizedConv::OutputHeight(int64_t height) const {
  return MakeConvSize(*impl_, height, 1).out_height;
}
int64_t QuantizedConv::OutputWidth(int64_t width) const {
  return MakeConvSize(*impl_, 1, width).out_width;
}
int64_t QuantizedConv::in_channels() const { return impl_->geometry.in_channels; }
int64_t QuantizedConv::out_channels() const { return impl_->out; }
LinearMode QuantizedConv::mode() const { return impl_->layer.options.mode; }
const std::string& QuantizedConv::name() const { return impl_->layer.options.name; }

size_t QuantizedConv::size_bytes() const {
  const Impl& i = *impl_;
  const size_t canonical = i.weights.has_value() ? i.weights->size_bytes() : 0;
  const size_t words = i.filters.size() + i.layer.bias.size() + i.tap_start.size() +
                       i.row_scales.size() + i.row_sums.size() + i.quad_start.size() +
                       i.bias.size() + i.multipliers.size() + i.shifts.size();
  return canonical + i.layer.panels.size_bytes() + i.layer.packed.size_bytes() + 4 * words +
         i.tap_codes.size() * sizeof(int16_t) + i.quad_weights.size_bytes() +
         i.quad_columns.size() * sizeof(int64_t) + i.layer.integer.bias.size() * sizeof(int64_t) +
         i.layer.integer.multipliers.size() * sizeof(FixedPointMultiplier);
}

const QuantizedTensor* QuantizedConv::canonical() const {
  return impl_->weights.has_value() ? &*impl_->weights : nullptr;
}

}  // namespace pawl
