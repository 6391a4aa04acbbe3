// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Convolutions of each channel by itself.

#include <algorithm>
#include <vector>

#include "kernels/depthwise.h"
#include "kernels/depthwise_quads.h"
#include "lib/core/conv_impl.h"
#include "lib/core/status_macros.h"

namespace pawl {
namespace {

using Impl = QuantizedConv::Impl;

// With more taps nobody waits for instructions.
constexpr int64_t kMaxQuadTaps = 256;

// Positions whose results are finished together; never a single one at the end of a row, which has
// at least two.
int64_t PositionsHere(int64_t left, int64_t planes) {
  const int64_t most = std::max<int64_t>(kConvValues / planes, kDepthwisePositions);
  return left == most + 1 ? most - 1 : std::min(most, left);
}

kernels::DepthwiseShape DepthwiseShapeOf(const ConvCall& call, int64_t count) {
  const ConvGeometry& g = call.impl.geometry;
  const int64_t planes = call.impl.planes();
  return {.channels = static_cast<size_t>(planes),
          .kernel_h = static_cast<size_t>(g.kernel_h),
          .kernel_w = static_cast<size_t>(g.kernel_w),
          .row_step = static_cast<size_t>(g.dilation_h * call.size.padded_width * planes),
          .tap_step = static_cast<size_t>(g.dilation_w * planes),
          .positions = static_cast<size_t>(count),
          .position_step = static_cast<size_t>(g.stride_w * planes)};
}

void MultiplyTaps(const ConvCall& call, int64_t at, int64_t count, int32_t* sums) {
  const Impl& impl = call.impl;
  const ConvGeometry& g = impl.geometry;
  const int64_t planes = impl.planes();
  if (call.quads) {
    kernels::DepthwiseQuads(
        call.target,
        {.channels = static_cast<size_t>(planes),
         .quads = impl.quads,
         .offsets = reinterpret_cast<const int64_t*>(call.shared + call.space.offsets),
         .weights = static_cast<const int8_t*>(impl.quad_weights.data()),
         .start = call.starts != nullptr ? call.starts : impl.quad_start.data(),
         .positions = static_cast<size_t>(count),
         .position_step = static_cast<size_t>(g.stride_w * planes)},
        static_cast<const uint8_t*>(call.image) + at, sums);
    return;
  }
  kernels::DepthwiseI8(call.target, DepthwiseShapeOf(call, count),
                       static_cast<const int8_t*>(call.image) + at, impl.tap_codes.data(),
                       call.starts != nullptr ? call.starts : impl.tap_start.data(), sums);
}

}  // namespace

absl::Status SetDepthwiseQuads(Impl* impl) {
  const ConvGeometry& g = impl->geometry;
  const auto is_byte = [](int16_t weight) { return weight == static_cast<int8_t>(weight); };
  if (impl->taps > kMaxQuadTaps ||
      !std::all_of(impl->tap_codes.begin(), impl->tap_codes.end(), is_byte)) {
    return absl::OkStatus();
  }
  std::vector<int64_t>& columns = impl->quad_columns;
  for (int64_t kx = 0; kx < g.kernel_w; ++kx) {
    columns.push_back(kx * g.dilation_w);
    columns.push_back(kx * g.dilation_w + g.stride_w);
  }
  std::sort(columns.begin(), columns.end());
  columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
  const auto pixels = static_cast<size_t>(g.kernel_h) * columns.size();
  const size_t quads = (pixels + 3) / 4, out = static_cast<size_t>(impl->out);
  const size_t padded =
      (out + kernels::kDepthwiseBlock - 1) / kernels::kDepthwiseBlock * kernels::kDepthwiseBlock;
  PAWL_ASSIGN_OR_RETURN(impl->quad_weights,
                        Tensor::Create(DType::kI8, {static_cast<int64_t>(8 * quads * padded)}));
  auto* weights = static_cast<int8_t*>(impl->quad_weights.mutable_data());
  std::fill_n(weights, 8 * quads * padded, int8_t{0});
  for (size_t pixel = 0; pixel < pixels; ++pixel) {
    const auto ky = static_cast<int64_t>(pixel / columns.size());
    for (size_t o = 0; o < 2; ++o) {
      const int64_t from = columns[pixel % columns.size()] - (o == 1 ? g.stride_w : 0);
      if (from < 0 || from % g.dilation_w != 0 || from / g.dilation_w >= g.kernel_w) continue;
      const int64_t tap = ky * g.kernel_w + from / g.dilation_w;
      for (size_t c = 0; c < out; ++c) {
        weights[kernels::DepthwiseQuadsWeightAt(quads, pixel / 4, o, pixel % 4, c)] =
            static_cast<int8_t>(impl->tap_codes[static_cast<size_t>(tap) * out + c]);
      }
    }
  }
  impl->quad_start.resize(padded);
  for (size_t c = 0; c < out; ++c) {  // the image is unsigned
    impl->quad_start[kernels::DepthwiseQuadsStartAt(c)] =
        -impl->row_sums[c] * (impl->layer.panels.zero_point + 128);
  }
  impl->quads = quads;
  return absl::OkStatus();
}

bool UsesDepthwiseQuads(const Impl& impl, kernels::Target target, const ConvSize& size) {
  return impl.quads > 0 && size.out_width >= 2 && kernels::HasDepthwiseQuads(target);
}

void SetQuadOffsets(const ConvCall& call) {
  const Impl& impl = call.impl;
  const int64_t planes = impl.planes();
  auto* offsets = reinterpret_cast<int64_t*>(call.shared + call.space.offsets);
  std::fill_n(offsets, 4 * impl.quads, int64_t{0});
  for (int64_t ky = 0; ky < impl.geometry.kernel_h; ++ky) {
    const int64_t row = ky * impl.geometry.dilation_h * call.size.padded_width;
    for (const int64_t column : impl.quad_columns) *offsets++ = (row + column) * planes;
  }
}

void RunDepthwiseRow(const ConvCall& call, int64_t out_y, char* worker) {
  const Impl& impl = call.impl;
  const ConvGeometry& g = impl.geometry;
  const int64_t planes = impl.planes(), width = call.size.out_width;
  auto* values = reinterpret_cast<float*>(worker + call.space.values);
  for (int64_t x = 0, count = 0; x < width; x += count) {
    count = PositionsHere(width - x, planes);
    const int64_t pixel = out_y * g.stride_h * call.size.padded_width + x * g.stride_w;
    const ConvResults r{.position = out_y * width + x,
                        .count = count,
                        .channel = 0,
                        .width = planes,
                        .row = 0,
                        .stride = planes};
    if (impl.weight_only()) {
      kernels::DepthwiseF32(call.target, DepthwiseShapeOf(call, count),
                            static_cast<const float*>(call.image) + pixel * planes,
                            impl.filters.data(), values);
      FinishFloats(call, r, values);
      continue;
    }
    auto* sums = reinterpret_cast<int32_t*>(values);
    MultiplyTaps(call, pixel * planes, count, sums);
    FinishSums(call, r, sums, worker);
  }
}

}  // namespace pawl
