// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Windows, and their products with the weights.

#include <algorithm>
#include <cstring>

#include "kernels/matmul.h"
#include "lib/core/conv_impl.h"

namespace pawl {
namespace {

using Impl = QuantizedConv::Impl;

// Channels from which on the sums of a window's pixels are added sooner than its codes.
constexpr int64_t kSummedPixel = 16;

// Goes from position to position: where the first element of the window is in the image, in pixels.
class Pixel {
 public:
  Pixel(const ConvCall& call, int64_t position)
      : width_(call.size.out_width),
        step_(call.impl.geometry.stride_w),
        row_step_(call.impl.geometry.stride_h * call.size.padded_width),
        x_(position % width_),
        row_(position / width_ * row_step_) {}

  int64_t at() const { return row_ + x_ * step_; }
  void Next() {
    if (++x_ < width_) return;
    x_ = 0;
    row_ += row_step_;
  }

 private:
  int64_t width_, step_, row_step_, x_, row_;
};

// Elements (ky, kx, c) of one group's window; taps of a row lie side by side where they can.
template <typename T>
void CopyWindow(const ConvCall& call, const T* from, T* to) {
  const Impl& impl = call.impl;
  const ConvGeometry& g = impl.geometry;
  const int64_t planes = impl.planes();
  const int64_t runs = impl.joined() ? 1 : g.kernel_w;
  const int64_t length = impl.joined() ? impl.in_group * g.kernel_w : impl.in_group;
  const int64_t step = impl.weight_only() ? length : impl.run_step;
  for (int64_t ky = 0; ky < g.kernel_h; ++ky) {
    const T* row = from + ky * g.dilation_h * call.size.padded_width * planes;
    for (int64_t run = 0; run < runs; ++run, to += step) {
      std::memcpy(to, row + run * g.dilation_w * planes, static_cast<size_t>(length) * sizeof(T));
      if (step > length) std::fill_n(to + length, step - length, T{});
    }
  }
}

int32_t WindowSum(const ConvCall& call, int64_t pixel, int64_t group) {
  const ConvGeometry& g = call.impl.geometry;
  const int64_t step = g.dilation_w * g.groups, end = g.kernel_w * step;
  const int64_t row_step = g.dilation_h * call.size.padded_width * g.groups;
  const auto* row =
      reinterpret_cast<const int32_t*>(call.shared + call.space.sums) + pixel * g.groups + group;
  int32_t sum = 0;
  for (int64_t ky = 0; ky < g.kernel_h; ++ky, row += row_step) {
    for (int64_t at = 0; at < end; at += step) sum += row[at];
  }
  return sum;
}

// A window in the order of W's columns, as panels in groups of columns have them.
void CopyOriginalWindow(const ConvCall& call, const int8_t* from, int8_t* to) {
  const Impl& impl = call.impl;
  const ConvGeometry& g = impl.geometry;
  const PackedWeights& p = impl.layer.packed;
  const PanelWeights& panels = impl.layer.panels;
  std::memset(to, 0, panels.cols());
  for (int64_t i = 0, group = 0; i < p.cols; ++i) {
    while (i >= p.run_begin[static_cast<size_t>(group) + 1]) ++group;
    const int64_t column = p.columns.empty() ? i : p.columns[static_cast<size_t>(i)];
    const int64_t c = column / impl.taps, tap = column % impl.taps;
    const int64_t pixel =
        tap / g.kernel_w * g.dilation_h * call.size.padded_width + tap % g.kernel_w * g.dilation_w;
    const int64_t begin = p.run_begin[static_cast<size_t>(group)];
    const int64_t at = panels.spread ? group * panels.group_cols + i - begin : i;
    to[at] = from[pixel * impl.planes() + c];
  }
}

// Sums of a window's groups of columns, padding included as zeros.
void SumGroups(const ConvCall& call, const int8_t* window, int32_t* sums) {
  const PanelWeights& panels = call.impl.layer.panels;
  const auto length = static_cast<size_t>(panels.group_cols);
  for (size_t g = 0; g < panels.matrix.groups; ++g) {
    const size_t here = std::min(length, panels.cols() - g * length);
    kernels::RowSumI8(call.target, window + g * length, 1, here, here, sums + g);
  }
}

// Rows of a product: positions [begin, end) of one group, gathered or as the image has them.
kernels::PanelInput GatherCodes(const ConvCall& call, int64_t begin, int64_t end, int64_t group,
                                char* worker) {
  const Impl& impl = call.impl;
  const PanelWeights& panels = impl.layer.panels;
  const size_t cols = panels.cols(), groups = panels.matrix.groups;
  auto* codes = reinterpret_cast<int8_t*>(worker + call.space.window);
  auto* wide = reinterpret_cast<int16_t*>(worker + call.space.window_wide);
  auto* sums = reinterpret_cast<int32_t*>(worker + call.space.window_sums);
  auto* shifted = reinterpret_cast<float*>(worker + call.space.shifted);
  const auto* image = static_cast<const int8_t*>(call.image) + group * impl.in_group;
  const auto* wide_image =
      reinterpret_cast<const int16_t*>(call.shared + call.space.wide) + group * impl.in_group;
  const bool wants_wide = kernels::PanelWantsWide(call.target, panels.matrix.code_bits());
  Pixel place(call, begin);
  for (int64_t m = 0; m < end - begin; ++m, place.Next()) {
    const int64_t pixel = place.at(), at = pixel * impl.planes();
    int8_t* row = codes + static_cast<size_t>(m) * cols;
    int16_t* wide_row = wide + static_cast<size_t>(m) * cols;
    int32_t* row_sums = sums + static_cast<size_t>(m) * groups;
    if (impl.original_columns) {
      CopyOriginalWindow(call, image + at, row);
      SumGroups(call, row, row_sums);
    } else {
      const auto used = static_cast<size_t>(impl.runs() * impl.run_step);
      if (call.wide) {
        CopyWindow(call, wide_image + at, wide_row);
        std::memset(wide_row + used, 0, (cols - used) * sizeof(int16_t));
      } else {
        CopyWindow(call, image + at, row);
        std::memset(row + used, 0, cols - used);
      }
      if (call.wide || impl.in_group >= kSummedPixel) {
        row_sums[0] = WindowSum(call, pixel, group);
      } else {
        SumGroups(call, row, row_sums);
      }
    }
    if (wants_wide && !call.wide) kernels::WidenPanelInput(call.target, row, cols, wide_row);
    for (size_t g = 0; panels.matrix.minimums != nullptr && g < groups; ++g) {
      shifted[static_cast<size_t>(m) * groups + g] =
          static_cast<float>(row_sums[g] - panels.zero_sums[g]);
    }
  }
  return {.rows = static_cast<size_t>(end - begin),
          .codes = codes,
          .stride = cols,
          .wide = wide,
          .sums = sums,
          .shifted = shifted};
}

// Whether the image's pixels are the rows of the product as they are.
bool PixelsAreRows(const ConvCall& call) {
  const Impl& impl = call.impl;
  return impl.taps == 1 && impl.geometry.groups == 1 && !impl.original_columns &&
         call.size.positions() == call.size.padded_height * call.size.padded_width &&
         impl.layer.panels.matrix.minimums == nullptr && impl.window() == impl.cols();
}

kernels::PanelInput PixelRows(const ConvCall& call, int64_t begin, int64_t end) {
  const int64_t at = begin * call.impl.planes();
  return {.rows = static_cast<size_t>(end - begin),
          .codes = static_cast<const int8_t*>(call.image) + at,
          .stride = static_cast<size_t>(call.impl.planes()),
          .wide = reinterpret_cast<const int16_t*>(call.shared + call.space.wide) + at,
          .sums = reinterpret_cast<const int32_t*>(call.shared + call.space.sums) + begin};
}

// Units [unit, unit + count) of a group against its rows; their results are finished.
void MultiplyPanels(const ConvCall& call, const kernels::PanelInput& input, int64_t unit,
                    int64_t count, const ConvResults& r, char* worker) {
  auto* values = reinterpret_cast<float*>(worker + call.space.values);
  kernels::PanelMatrix matrix = call.impl.layer.panels.matrix;
  if (call.starts != nullptr) matrix.offsets = call.starts;
  kernels::MatMulPanels(call.target, matrix, static_cast<size_t>(unit),
                        static_cast<size_t>(unit + count), input, values,
                        static_cast<size_t>(r.stride));
  if (call.impl.integer_only()) {  // the values are sums
    FinishSums(call, r, reinterpret_cast<int32_t*>(values), worker);
  } else {
    FinishFloats(call, r, values);
  }
}

// Windows of floats: where they are and how far apart.
struct FloatRows {
  const float* data;
  int64_t stride;
};

FloatRows GatherFloats(const ConvCall& call, int64_t begin, int64_t end, int64_t group,
                       char* worker) {
  const Impl& impl = call.impl;
  const auto* image = static_cast<const float*>(call.image) + group * impl.in_group;
  if (impl.taps == 1 && call.size.positions() == call.size.padded_height * call.size.padded_width) {
    return {image + begin * impl.planes(), impl.planes()};
  }
  auto* rows = reinterpret_cast<float*>(worker + call.space.window);
  Pixel place(call, begin);
  for (int64_t m = 0; m < end - begin; ++m, place.Next()) {
    CopyWindow(call, image + place.at() * impl.planes(), rows + m * impl.window());
  }
  return {rows, impl.window()};
}

void MultiplyFloats(const ConvCall& call, const FloatRows& rows, const ConvResults& r,
                    char* worker) {
  const Impl& impl = call.impl;
  auto* values = reinterpret_cast<float*>(worker + call.space.values);
  const auto cols = static_cast<size_t>(impl.cols());
  kernels::MatMulF32(call.target, rows.data,
                     impl.filters.data() + static_cast<size_t>(r.channel) * cols,
                     {.m = static_cast<size_t>(r.count),
                      .n = static_cast<size_t>(r.width),
                      .k = cols,
                      .a_stride = static_cast<size_t>(rows.stride),
                      .w_stride = cols,
                      .out_stride = static_cast<size_t>(r.stride)},
                     values);
  FinishFloats(call, r, values);
}

}  // namespace

void RunConvBlock(const ConvCall& call, int64_t begin, int64_t end, int64_t unit_begin,
                  int64_t unit_end, char* worker) {
  const Impl& impl = call.impl;
  const bool floats = impl.weight_only();
  const int64_t units = impl.group_units();
  const int64_t most = std::max<int64_t>(kConvValues / ((end - begin) * kConvUnit), 1);
  const bool direct = !floats && PixelsAreRows(call);
  for (int64_t unit = unit_begin; unit < unit_end;) {
    const int64_t group = unit / units, group_end = std::min(unit_end, (group + 1) * units);
    if (call.windows) {
      const auto multiply = floats ? MultiplyFloatWindows : MultiplyWindows;
      multiply(call, begin, end, unit, group_end, worker);
      unit = group_end;
      continue;
    }
    kernels::PanelInput input;
    FloatRows rows{};
    if (floats) {
      rows = GatherFloats(call, begin, end, group, worker);
    } else {
      input = direct ? PixelRows(call, begin, end) : GatherCodes(call, begin, end, group, worker);
      input.scratch = reinterpret_cast<uint8_t*>(worker + call.space.decode);
    }
    while (unit < group_end) {
      const int64_t count = std::min(most, group_end - unit);
      const int64_t first = (unit - group * units) * kConvUnit;  // channel within the group
      const ConvResults r{.position = begin,
                          .count = end - begin,
                          .channel = group * impl.out_group + first,
                          .width = std::min(count * kConvUnit, impl.out_group - first),
                          .row = floats ? group * impl.out_group + first : unit * kConvUnit,
                          .stride = count * kConvUnit};
      if (floats) {
        MultiplyFloats(call, rows, r, worker);
      } else {
        MultiplyPanels(call, input, unit, count, r, worker);
      }
      unit += count;
    }
  }
}

}  // namespace pawl
