// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Products of windows that are not gathered: kernels/window_matmul.h finds their quads in the
// image.

#include <algorithm>

#include "kernels/window_matmul.h"
#include "kernels/window_matmul_f32.h"
#include "lib/core/conv_impl.h"

namespace pawl {
namespace {

using Impl = QuantizedConv::Impl;

kernels::WindowPlaces Places(const ConvCall& call, int64_t begin, int64_t end) {
  const ConvGeometry& g = call.impl.geometry;
  const int64_t planes = call.impl.planes();
  return {.first = static_cast<size_t>(begin),
          .count = static_cast<size_t>(end - begin),
          .row_length = static_cast<size_t>(call.size.out_width),
          .row_step = static_cast<size_t>(g.stride_h * call.size.padded_width * planes),
          .step = static_cast<size_t>(g.stride_w * planes)};
}

}  // namespace

bool UsesWindows(const Impl& impl, kernels::Target target) {
  if (impl.weight_only()) {
    // With half of the lanes or fewer in a register rows pass by several times: they must be short,
    // and pixels that are rows are no trouble for kernels/matmul.h.
    const bool all_lanes = target >= kernels::Target::kAVX3 && target <= kernels::Target::kAMX;
    return impl.windows && (all_lanes || (impl.taps > 1 && impl.cols() <= 1024));
  }
  if (impl.signed_panels) return true;
  if (!impl.windows || target == kernels::Target::kAMX) return false;
  const kernels::PanelMatrix& w = impl.layer.panels.matrix;
  const kernels::WindowCodes form = kernels::WindowCodesOf(target);
  // Pairs of narrow codes are exact in 16 bits: there gathering for panels is faster.
  if (form == kernels::WindowCodes::kWide && w.bits < 8) return false;
  return kernels::WindowWeightsFit(form, w.bits, w.zero);
}

void SetWindowOffsets(const ConvCall& call) {
  const Impl& impl = call.impl;
  const ConvGeometry& g = impl.geometry;
  const int64_t row = g.dilation_h * call.size.padded_width * impl.planes();
  const int64_t runs_of_row = impl.joined() ? 1 : g.kernel_w;
  const int64_t step = impl.weight_only() ? 16 : 4;
  auto* offset = reinterpret_cast<int64_t*>(call.shared + call.space.offsets);
  for (int64_t run = 0; run < impl.runs(); ++run) {
    const int64_t at = run / runs_of_row * row + run % runs_of_row * g.dilation_w * impl.planes();
    for (int64_t i = 0; i < impl.run_step; i += step) *offset++ = at + i;
  }
}

void MultiplyWindows(const ConvCall& call, int64_t begin, int64_t end, int64_t unit,
                     int64_t unit_end, char* worker) {
  const Impl& impl = call.impl;
  const kernels::PanelMatrix& panels = impl.layer.panels.matrix;
  const kernels::WindowPlaces places = Places(call, begin, end);
  const int64_t units = impl.group_units(), group = unit / units;
  const bool wide = kernels::WindowCodesOf(call.target) == kernels::WindowCodes::kWide;
  const char* image = wide ? call.shared + call.space.wide : static_cast<const char*>(call.image);
  image += group * impl.in_group * static_cast<int64_t>(wide ? sizeof(int16_t) : 1);
  auto* scratch = reinterpret_cast<uint8_t*>(worker + call.space.decode);
  auto* sums = reinterpret_cast<int32_t*>(worker + call.space.values);
  kernels::WindowWeights w{
      .codes = panels.codes,
      .panel_bytes = panels.chunks * kernels::PanelChunkBytes(8),
      .quads = static_cast<size_t>(impl.runs() * impl.run_step / 4),
      .is_signed = impl.signed_panels,
      .code_zero = impl.signed_panels ? 0 : panels.zero,
      .offsets = reinterpret_cast<const int64_t*>(call.shared + call.space.offsets),
      .sums = impl.row_sums.data(),
      .scratch = scratch};
  const int64_t most = kWindowValues / ((end - begin) * kConvUnit);
  while (unit < unit_end) {
    const int64_t count = std::min(panels.bits < 8 ? std::min<int64_t>(most, 4) : most,
                                   unit_end - unit);           // the scratch has room for four
    const int64_t first = (unit - group * units) * kConvUnit;  // channel within the group
    const ConvResults r{.position = begin,
                        .count = end - begin,
                        .channel = group * impl.out_group + first,
                        .width = std::min(count * kConvUnit, impl.out_group - first),
                        .row = unit * kConvUnit,
                        .stride = count * kConvUnit};
    auto from = static_cast<size_t>(unit);
    if (panels.bits < 8) {
      kernels::DecodePanels(call.target, panels, from, static_cast<size_t>(count), scratch);
      w.codes = scratch;
      w.sums = impl.row_sums.data() + r.row;
      from = 0;
    }
    kernels::MatMulWindows(call.target, w, from, from + static_cast<size_t>(count), image,
                           call.zero, places, sums, static_cast<size_t>(r.stride));
    FinishSums(call, r, sums, worker);
    unit += count;
  }
}

void MultiplyFloatWindows(const ConvCall& call, int64_t begin, int64_t end, int64_t unit,
                          int64_t unit_end, char* worker) {
  const Impl& impl = call.impl;
  const kernels::WindowPlaces places = Places(call, begin, end);
  const int64_t units = impl.group_units(), group = unit / units;
  const auto* image = static_cast<const float*>(call.image) + group * impl.in_group;
  auto* values = reinterpret_cast<float*>(worker + call.space.values);
  const int64_t most = kWindowValues / ((end - begin) * kConvUnit);
  while (unit < unit_end) {
    const int64_t count = std::min(most, unit_end - unit);
    const int64_t first = (unit - group * units) * kConvUnit;  // channel within the group
    const int64_t channel = group * impl.out_group + first;
    const ConvResults r{.position = begin,
                        .count = end - begin,
                        .channel = channel,
                        .width = std::min(count * kConvUnit, impl.out_group - first),
                        .row = channel,
                        .stride = count * kConvUnit};
    kernels::MatMulWindowsF32(
        call.target,
        {.rows = impl.filters.data() + channel * impl.cols(),
         .n = static_cast<size_t>(r.width),
         .chunks = static_cast<size_t>(impl.cols() / 16),
         .offsets = reinterpret_cast<const int64_t*>(call.shared + call.space.offsets)},
        image, places, values, static_cast<size_t>(r.stride));
    FinishFloats(call, r, values);
    unit += count;
  }
}

}  // namespace pawl
