// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The image as the kernels want it: channels innermost, padding around it, and in the integer modes
// as codes with the sum of each pixel's.

#include <algorithm>
#include <cstring>
#include <limits>

#include "kernels/depthwise_quads.h"
#include "kernels/image_rows.h"
#include "kernels/matmul.h"
#include "kernels/min_max.h"
#include "kernels/quantize.h"
#include "kernels/window_matmul.h"
#include "lib/core/conv_impl.h"
#include "lib/core/workspace.h"
#include "pawl/context.h"

namespace pawl {
namespace {

using Impl = QuantizedConv::Impl;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kSmallestAbsMax = 0x1p-100f;  // as in a linear layer
constexpr size_t kQuadsEnd = 8;               // bytes that a last quad may take too many

// Whether 16-bit codes of the image serve, and windows are not widened one by one.
bool WidensImage(const Impl& impl) {
  return !impl.depthwise && !impl.original_columns && impl.in_group % 4 == 0;
}

bool HasPadding(const ConvGeometry& g) {
  return g.pad_top + g.pad_bottom + g.pad_left + g.pad_right > 0;
}

// Elements of one channel after another, `stride` apart, into pixels of `planes` elements.
template <typename T>
void PutChannels(const ConvCall& call, const T* from, int64_t stride, T* to) {
  const Impl& impl = call.impl;
  const kernels::TransposeShape shape{.rows = static_cast<size_t>(impl.geometry.in_channels),
                                      .cols = static_cast<size_t>(call.size.width),
                                      .from_stride = static_cast<size_t>(stride),
                                      .to_stride = static_cast<size_t>(impl.planes())};
  if (impl.repeats() > 1) {
    for (size_t c = 0; c < shape.rows; ++c) {
      for (size_t x = 0; x < shape.cols; ++x) {
        std::fill_n(to + x * shape.to_stride + c * static_cast<size_t>(impl.repeats()),
                    impl.repeats(), from[c * shape.from_stride + x]);
      }
    }
  } else if constexpr (sizeof(T) == 1) {
    kernels::TransposeU8(call.target, reinterpret_cast<const uint8_t*>(from), shape,
                         reinterpret_cast<uint8_t*>(to));
  } else {
    kernels::TransposeF32(call.target, from, shape, to);
  }
}

// Pixels of the input's channels into those of the image.
template <typename T>
void PutPixels(const ConvCall& call, const T* from, T* to) {
  const int64_t count = call.size.width * call.impl.geometry.in_channels;
  const int64_t repeats = call.impl.repeats();
  if (repeats == 1) {
    if (to != from) std::memcpy(to, from, static_cast<size_t>(count) * sizeof(T));
    return;
  }
  for (int64_t i = 0; i < count; ++i) std::fill_n(to + i * repeats, repeats, from[i]);
}

// Row y of x, in x's own arithmetic, into the pixels of a row of the image.
template <typename T>
void PutRow(const ConvCall& call, int64_t y, T* to) {
  const auto* x = static_cast<const T*>(call.x);
  const int64_t height = call.size.height, width = call.size.width;
  if (call.impl.layout == ImageLayout::kNCHW) {
    PutChannels(call, x + y * width, height * width, to);
  } else {
    PutPixels(call, x + y * width * call.impl.geometry.in_channels, to);
  }
}

// The same, quantized with the call's scale. Returns whether there is a NaN.
bool QuantizeRow(const ConvCall& call, int64_t y, char* worker, int8_t* to) {
  const Impl& impl = call.impl;
  const int64_t width = call.size.width, channels = impl.geometry.in_channels;
  const bool dynamic = impl.layer.dynamic();
  const bool by_channel = impl.layout == ImageLayout::kNCHW;
  const int64_t runs = by_channel ? channels : 1;
  const auto length = static_cast<size_t>(by_channel ? width : width * channels);
  const auto* x = static_cast<const float*>(call.x);
  const bool in_place = !by_channel && impl.repeats() == 1;
  int8_t* codes = in_place ? to : reinterpret_cast<int8_t*>(worker + call.space.row);
  const auto flip = static_cast<uint8_t>(call.flip ^ impl.layer.panels.code_flip);
  // Codes of u8 are those of i8, moved: the image's zero point is too.
  const kernels::QuantizeParams params{.scale = call.scale,
                                       .zero = impl.layer.panels.zero_point,
                                       .lo = dynamic ? -127 : -128,
                                       .hi = 127};
  bool nan = false;
  for (int64_t run = 0; run < runs; ++run) {
    const float* from =
        by_channel ? x + (run * call.size.height + y) * width : x + y * width * channels;
    if (!dynamic) nan = nan || kernels::MinMax(call.target, from, length).nan_count > 0;
    kernels::QuantizeI8(call.target, from, length, params, codes + run * width);
  }
  if (by_channel) {
    PutChannels(call, codes, width, to);
  } else {
    PutPixels(call, codes, to);
  }
  if (flip != 0) {
    auto* bytes = reinterpret_cast<uint8_t*>(to);
    kernels::CopyXor(call.target, bytes, static_cast<size_t>(width * impl.planes()), flip, bytes);
  }
  return nan;
}

// Row y of the padded image, as T. Returns whether there is a NaN.
template <typename T>
bool PrepareRow(const ConvCall& call, int64_t y, T padding, char* worker, T* row) {
  const Impl& impl = call.impl;
  const ConvGeometry& g = impl.geometry;
  const int64_t planes = impl.planes(), all = call.size.padded_width * planes;
  const int64_t from = y - g.pad_top;
  if (from < 0 || from >= call.size.height) {
    std::fill(row, row + all, padding);
    return false;
  }
  std::fill(row, row + g.pad_left * planes, padding);
  std::fill(row + all - g.pad_right * planes, row + all, padding);
  T* inner = row + g.pad_left * planes;
  if constexpr (sizeof(T) == 1) {
    if (call.x_dtype == DType::kF32) {
      if (call.scale > 0.0f) return QuantizeRow(call, from, worker, inner);
      std::fill(inner, inner + call.size.width * planes, padding);
      return false;
    }
    PutRow(call, from, inner);
    auto* bytes = reinterpret_cast<uint8_t*>(inner);
    const auto count = static_cast<size_t>(call.size.width * planes);
    if (call.flip != 0) kernels::CopyXor(call.target, bytes, count, call.flip, bytes);
  } else {
    PutRow(call, from, inner);
  }
  return false;
}

// What each row's weights make of a zero point that came with the call, where the layer has it
// beforehand otherwise.
void SetStarts(ConvCall* call) {
  const Impl& impl = call->impl;
  auto* starts = reinterpret_cast<int32_t*>(call->shared + call->space.starts);
  if (call->quads) std::fill_n(starts, impl.quad_start.size(), 0);  // channels that fill up
  const int32_t zero = call->quads || impl.depthwise ? -call->zero : call->stored_zero();
  for (size_t row = 0; row < impl.row_sums.size(); ++row) {
    starts[call->quads ? kernels::DepthwiseQuadsStartAt(row) : row] = zero * impl.row_sums[row];
  }
  call->starts = starts;
}

// Sums of each pixel's codes, a group of channels at a time, and the codes in 16 bits.
void FinishRow(const ConvCall& call, int64_t y, const int8_t* row) {
  const Impl& impl = call.impl;
  if (impl.depthwise) return;
  if (call.windows) {
    const int64_t all = call.size.padded_width * impl.planes();
    if (kernels::WindowCodesOf(call.target) != kernels::WindowCodes::kWide) return;
    kernels::WidenCodes(call.target, row, static_cast<size_t>(all), call.zero,
                        reinterpret_cast<int16_t*>(call.shared + call.space.wide) + y * all);
    return;
  }
  const int64_t width = call.size.padded_width, groups = impl.geometry.groups;
  const auto in_group = static_cast<size_t>(impl.in_group);
  if (!impl.original_columns) {
    kernels::RowSumI8(
        call.target, row, static_cast<size_t>(width * groups), in_group, in_group,
        reinterpret_cast<int32_t*>(call.shared + call.space.sums) + y * width * groups);
  }
  if (!call.wide) return;
  const int64_t all = width * impl.planes();
  kernels::WidenPanelInput(call.target, row, static_cast<size_t>(all),
                           reinterpret_cast<int16_t*>(call.shared + call.space.wide) + y * all);
}

// The scale of an image, from its largest magnitude: 0 for an image of zeros, NaN where an element
// is not finite.
float DynamicScale(const ConvCall& call, Context& context) {
  const int64_t count = call.impl.geometry.in_channels * call.size.height * call.size.width;
  const int64_t chunks = (count + kConvChunk - 1) / kConvChunk;
  auto* largest = reinterpret_cast<float*>(call.shared + call.space.marks);
  const auto* x = static_cast<const float*>(call.x);
  context.ParallelFor(chunks, [&](int64_t chunk, int) {
    const int64_t begin = chunk * kConvChunk;
    const auto n = static_cast<size_t>(std::min(count - begin, kConvChunk));
    if (kernels::AbsMaxGroups(call.target, x + begin, n, n, largest + chunk) > 0) {
      largest[chunk] = kNaN;
    }
  });
  float abs_max = 0.0f;
  for (int64_t chunk = 0; chunk < chunks; ++chunk) {
    if (largest[chunk] != largest[chunk]) return kNaN;
    abs_max = std::max(abs_max, largest[chunk]);
  }
  return abs_max < kSmallestAbsMax ? 0.0f : abs_max / 127.0f;
}

}  // namespace

ConvWorkspace MakeConvWorkspace(const Impl& impl, const ConvSize& size) {
  const bool floats = impl.weight_only();
  const int64_t planes = impl.planes();
  const auto pixels = static_cast<size_t>(size.padded_height * size.padded_width);
  const auto elements = pixels * static_cast<size_t>(planes);
  const auto block = static_cast<size_t>(ConvBlock(impl));
  const auto window = impl.depthwise ? 0 : static_cast<size_t>(impl.window());
  const size_t groups = floats ? 0 : impl.layer.panels.matrix.groups;
  const int64_t source = impl.geometry.in_channels * size.height * size.width;
  ConvWorkspace space;
  Take(&space.image, &space.shared, elements * (floats ? sizeof(float) : 1) + kQuadsEnd);
  const size_t offsets = impl.windows ? window / 4 : 4 * impl.quads;
  Take(&space.offsets, &space.shared, offsets * sizeof(int64_t));
  if (!floats) {
    const bool wide = impl.windows || WidensImage(impl);
    Take(&space.wide, &space.shared, wide ? elements * sizeof(int16_t) + kQuadsEnd : 0);
    Take(&space.sums, &space.shared,
         impl.depthwise ? 0 : pixels * static_cast<size_t>(impl.geometry.groups) * sizeof(int32_t));
    const int64_t marks = std::max((source + kConvChunk - 1) / kConvChunk, size.padded_height);
    const size_t starts = std::max(impl.row_sums.size(), impl.quad_start.size());
    Take(&space.starts, &space.shared, impl.takes_zero_points() ? starts * sizeof(int32_t) : 0);
    Take(&space.marks, &space.shared, static_cast<size_t>(marks) * sizeof(float));
    Take(&space.row, &space.worker, static_cast<size_t>(size.width * impl.geometry.in_channels));
    Take(&space.window_wide, &space.worker, block * window * sizeof(int16_t));
    Take(&space.window_sums, &space.worker, block * groups * sizeof(int32_t));
    Take(&space.shifted, &space.worker, block * groups * sizeof(float));
    const size_t decoded = kernels::PanelScratchBytes(impl.layer.panels.matrix.chunks);
    Take(&space.decode, &space.worker, impl.windows ? 2 * decoded : decoded);
  }
  Take(&space.window, &space.worker, block * window * (floats ? sizeof(float) : 1));
  auto values = std::max(static_cast<size_t>(kConvValues),
                         impl.depthwise ? static_cast<size_t>(kDepthwisePositions * planes)
                                        : block * static_cast<size_t>(kConvUnit));
  if (impl.windows) {
    values = std::max(values, static_cast<size_t>(kWindowValues));
  }
  Take(&space.values, &space.worker, values * sizeof(float));
  Take(&space.codes, &space.worker, values);
  return space;
}

void PrepareCall(ConvCall* call) {
  const Impl& impl = call->impl;
  if (impl.weight_only()) {
    call->windows = UsesWindows(impl, call->target);
    if (call->windows) SetWindowOffsets(*call);
    return;
  }
  call->windows = UsesWindows(impl, call->target);
  call->wide = !call->windows && WidensImage(impl) &&
               kernels::PanelWantsWide(call->target, impl.layer.panels.matrix.code_bits());
  call->quads = UsesDepthwiseQuads(impl, call->target, call->size);
  const bool is_unsigned = call->quads || (call->windows && kernels::WindowCodesOf(call->target) ==
                                                                kernels::WindowCodes::kUnsigned);
  call->flip = static_cast<uint8_t>(impl.layer.panels.code_flip ^ (is_unsigned ? 128 : 0));
  call->zero = call->stored_zero() + (is_unsigned ? 128 : 0);
  if (call->given_zero.has_value()) SetStarts(call);
  if (call->windows) SetWindowOffsets(*call);
  if (call->quads) SetQuadOffsets(*call);
}

void PrepareImage(ConvCall* call, Context& context) {
  const Impl& impl = call->impl;
  const ConvSize& size = call->size;
  const bool floats = impl.weight_only();
  const bool as_is =
      impl.layout == ImageLayout::kNHWC && !HasPadding(impl.geometry) && impl.repeats() == 1;
  call->scale = impl.layer.options.activation_scale;
  if (floats) {
    call->image = as_is ? call->x : call->shared + call->space.image;
    if (as_is) return;
  } else {
    const bool codes = call->x_dtype != DType::kF32;
    if (impl.layer.dynamic()) call->scale = DynamicScale(*call, context);
    // Quads may end beyond a run, and thereby beyond the image.
    const bool ends = !call->windows || impl.run_step == impl.run;
    const bool given = codes && as_is && call->flip == 0 && ends;
    call->image = given ? call->x : call->shared + call->space.image;
  }
  auto* nans = reinterpret_cast<uint8_t*>(call->shared + call->space.marks);
  const int64_t row = size.padded_width * impl.planes();
  context.ParallelFor(size.padded_height, [&](int64_t y, int worker) {
    if (floats) {
      PrepareRow(*call, y, 0.0f, call->worker(worker),
                 reinterpret_cast<float*>(call->shared + call->space.image) + y * row);
      return;
    }
    const auto* codes = static_cast<const int8_t*>(call->image) + y * row;
    nans[y] = 0;
    if (call->image != call->x) {
      const auto padding = static_cast<int8_t>(call->zero);
      const bool nan =
          PrepareRow(*call, y, padding, call->worker(worker), const_cast<int8_t*>(codes));
      nans[y] = nan ? 1 : 0;
    }
    FinishRow(*call, y, codes);
  });
  if (floats || impl.layer.dynamic()) return;
  if (std::any_of(nans, nans + size.padded_height, [](uint8_t nan) { return nan != 0; })) {
    call->scale = kNaN;
  }
}

}  // namespace pawl
