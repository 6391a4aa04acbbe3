// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/graph/plane_conv.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "kernels/chain_matmul_f32.h"
#include "kernels/depthwise_plane_f32.h"
#include "lib/core/context_internal.h"
#include "lib/core/linear_activation.h"
#include "lib/core/status_macros.h"
#include "lib/graph/product.h"

namespace pawl {
namespace {

// Positions and output channels of a block whose results stay in the first-level cache.
constexpr int64_t kBlock = 256;
constexpr int64_t kBlockChannels = 24;
// Rows of the result that are shorter go with their neighbours, what lies between them included.
constexpr int64_t kNarrow = 24;
// Elements of all planes: what sizes can be computed for.
constexpr int64_t kMaxElements = int64_t{1} << 40;

// The remainders of taps by the stride: a part for each.
struct Remainders {
  std::vector<int64_t> part;        // by remainder, -1 where no tap has it
  std::vector<int64_t> remainders;  // by part
  int64_t most = 0;                 // the largest quotient

  int64_t parts() const { return static_cast<int64_t>(remainders.size()); }
  int64_t PartOf(int64_t remainder) const { return part[static_cast<size_t>(remainder)]; }
};
Remainders RemaindersOf(int64_t kernel, int64_t dilation, int64_t stride) {
  Remainders r;
  r.part.assign(static_cast<size_t>(stride), -1);
  for (int64_t t = 0; t < kernel; ++t) {
    int64_t& part = r.part[static_cast<size_t>(t * dilation % stride)];
    if (part < 0) {
      part = r.parts();
      r.remainders.push_back(t * dilation % stride);
    }
    r.most = std::max(r.most, t * dilation / stride);
  }
  return r;
}

int64_t OutputSide(int64_t size, int64_t pads, int64_t kernel, int64_t dilation, int64_t stride) {
  return (size + pads - ((kernel - 1) * dilation + 1)) / stride + 1;
}

size_t Bytes(int64_t floats) {
  return (static_cast<size_t>(floats) * sizeof(float) + 63) / 64 * 64;
}

}  // namespace

PlaneConv::PlaneConv(const ConvGeometry& geometry, Tensor weights, Tensor bias,
                     FusedActivation activation)
    : geometry_(geometry),
      weights_(std::move(weights)),
      bias_(std::move(bias)),
      activation_(activation),
      out_(weights_.dim(0)),
      in_group_(geometry.in_channels / geometry.groups),
      out_group_(out_ / geometry.groups),
      taps_(geometry.kernel_h * geometry.kernel_w),
      low_(-std::numeric_limits<float>::infinity()),
      high_(std::numeric_limits<float>::infinity()) {
  if (activation == FusedActivation::kRelu || activation == FusedActivation::kRelu6) low_ = 0.0f;
  if (activation == FusedActivation::kRelu6) high_ = 6.0f;
}

void PlaneConv::Activate(float* values, int64_t count, const Context& context) const {
  if (activation_ == FusedActivation::kNone || low_ == 0.0f) return;  // clamps are in the products
  ApplyActivation(activation_, values, count, TargetOf(&context));
}

PlaneConv::Layout PlaneConv::OutputOf(int64_t height, int64_t width) const {
  const ConvGeometry& g = geometry_;
  Layout l{.height = height, .width = width};
  l.out_height = OutputSide(height, g.pad_top + g.pad_bottom, g.kernel_h, g.dilation_h, g.stride_h);
  l.out_width = OutputSide(width, g.pad_left + g.pad_right, g.kernel_w, g.dilation_w, g.stride_w);
  return l;
}

PlaneConv::Layout PlaneConv::DenseLayout(int64_t height, int64_t width) const {
  const ConvGeometry& g = geometry_;
  Layout l = OutputOf(height, width);
  const Remainders rows = RemaindersOf(g.kernel_h, g.dilation_h, g.stride_h);
  const Remainders columns = RemaindersOf(g.kernel_w, g.dilation_w, g.stride_w);
  l.given = g.pad_top + g.pad_bottom + g.pad_left + g.pad_right == 0 && g.stride_h == 1 &&
            g.stride_w == 1;
  const int64_t part_height = l.out_height + rows.most;
  l.row = l.given ? width : l.out_width + columns.most;
  l.plane = l.given ? height * width : rows.parts() * columns.parts() * part_height * l.row;
  const auto begin = [&](int64_t y, int64_t x) {
    return (rows.PartOf(y) * columns.parts() + columns.PartOf(x)) * part_height * l.row;
  };
  for (const int64_t y : rows.remainders) {
    for (const int64_t x : columns.remainders) {
      l.parts.push_back({.top = y,
                         .left = x,
                         .row_step = g.stride_h,
                         .height = part_height,
                         .width = l.row,
                         .begin = begin(y, x)});
    }
  }
  for (int64_t i = 0; i < g.kernel_h; ++i) {
    for (int64_t j = 0; j < g.kernel_w; ++j) {
      const int64_t y = i * g.dilation_h, x = j * g.dilation_w;
      l.taps.push_back(begin(y % g.stride_h, x % g.stride_w) + y / g.stride_h * l.row +
                       x / g.stride_w);
    }
  }
  return l;
}

// Parts of a row lie side by side, and rows in their order.
PlaneConv::Layout PlaneConv::DepthwiseLayout(int64_t height, int64_t width) const {
  const ConvGeometry& g = geometry_;
  Layout l = OutputOf(height, width);
  const Remainders columns = RemaindersOf(g.kernel_w, g.dilation_w, g.stride_w);
  l.given = g.pad_top + g.pad_bottom + g.pad_left + g.pad_right == 0 && g.stride_w == 1;
  const int64_t part_width = l.out_width + columns.most;
  const int64_t rows = (l.out_height - 1) * g.stride_h + (g.kernel_h - 1) * g.dilation_h + 1;
  l.row = l.given ? width : columns.parts() * part_width;
  l.plane = l.given ? height * width : rows * l.row;
  for (const int64_t x : columns.remainders) {
    l.parts.push_back({.top = 0,
                       .left = x,
                       .row_step = 1,
                       .height = rows,
                       .width = part_width,
                       .begin = columns.PartOf(x) * part_width});
  }
  for (int64_t j = 0; j < g.kernel_w; ++j) {
    const int64_t x = j * g.dilation_w;
    l.taps.push_back(columns.PartOf(x % g.stride_w) * part_width + x / g.stride_w);
  }
  return l;
}

void PlaneConv::FillPlane(const Layout& l, kernels::Target target, const float* from,
                          float* to) const {
  const ConvGeometry& g = geometry_;
  const int64_t stride = g.stride_w;
  for (const Part& part : l.parts) {
    // Columns of the part that are inside the image, and the first one's there.
    const int64_t outside = std::max<int64_t>(0, g.pad_left - part.left);
    const int64_t first = std::min((outside + stride - 1) / stride, part.width);
    const int64_t left = first * stride + part.left - g.pad_left;
    const int64_t inside = std::max<int64_t>(0, (l.width - left + stride - 1) / stride);
    const int64_t count = std::min(inside, part.width - first);
    // And its rows.
    const int64_t above = std::max<int64_t>(0, g.pad_top - part.top);
    const int64_t first_row = std::min((above + part.row_step - 1) / part.row_step, part.height);
    const int64_t top = first_row * part.row_step + part.top - g.pad_top;
    const int64_t below =
        std::max<int64_t>(0, (l.height - top + part.row_step - 1) / part.row_step);
    const int64_t rows = std::min(below, part.height - first_row);
    float* part_to = to + part.begin;
    for (int64_t y = 0; y < first_row; ++y) std::fill_n(part_to + y * l.row, part.width, 0.0f);
    kernels::PadRowsF32(target, from + top * l.width + left,
                        {.rows = static_cast<size_t>(rows),
                         .before = static_cast<size_t>(first),
                         .count = static_cast<size_t>(count),
                         .after = static_cast<size_t>(part.width - first - count),
                         .step = static_cast<size_t>(stride),
                         .from_stride = static_cast<size_t>(part.row_step * l.width),
                         .to_stride = static_cast<size_t>(l.row)},
                        part_to + first_row * l.row);
    for (int64_t y = first_row + rows; y < part.height; ++y) {
      std::fill_n(part_to + y * l.row, part.width, 0.0f);
    }
  }
}

// Positions [begin, end) of the run, output channels [channel, channel_end) of a group.
void PlaneConv::RunBlock(const Call& call, int64_t group, int64_t begin, int64_t end,
                         int64_t channel, int64_t channel_end, float* scratch) const {
  const Layout& l = call.layout;
  const int64_t cols = in_group_ * taps_, count = end - begin;
  const bool straight = l.row == l.out_width;  // positions lie side by side
  const float* b = call.planes + group * in_group_ * l.plane + begin;
  for (int64_t c = channel; c < channel_end; c += kBlockChannels) {
    const int64_t rows = std::min(kBlockChannels, channel_end - c), o = group * out_group_ + c;
    float* y = call.y + o * l.positions();
    float* out = straight ? y + begin : scratch;
    const int64_t out_stride = straight ? l.positions() : kBlock;
    kernels::ChainMatMulF32(TargetOf(&call.context), weights_.as<float>().data() + o * cols, b,
                            {.m = static_cast<size_t>(rows),
                             .n = static_cast<size_t>(count),
                             .channels = static_cast<size_t>(in_group_),
                             .taps = static_cast<size_t>(taps_),
                             .offsets = l.taps.data(),
                             .a_stride = static_cast<size_t>(cols),
                             .b_stride = static_cast<size_t>(l.plane),
                             .out_stride = static_cast<size_t>(out_stride)},
                            {.row_bias = bias_.empty() ? nullptr : bias_.as<float>().data() + o,
                             .low = low_,
                             .high = high_},
                            out);
    for (int64_t i = 0; i < rows; ++i, out += out_stride, y += l.positions()) {
      Activate(out, count, call.context);
      for (int64_t at = begin; !straight && at < end;) {  // what lies between rows is left out
        const int64_t row = at / l.row, column = at % l.row;
        const int64_t row_end = std::min(end, (row + 1) * l.row);
        const int64_t here = std::min(row_end - at, l.out_width - column);
        if (here > 0) {
          std::memcpy(y + row * l.out_width + column, out + (at - begin),
                      static_cast<size_t>(here) * sizeof(float));
        }
        at = row_end;
      }
    }
  }
}

void PlaneConv::RunDense(const Call& call, float* planes, char* workers,
                         size_t worker_bytes) const {
  const Layout& l = call.layout;
  const int64_t groups = geometry_.groups;
  if (!l.given) {
    call.context.ParallelFor(geometry_.in_channels, [&](int64_t c, int) {
      FillPlane(l, TargetOf(&call.context), call.x + c * l.height * l.width, planes + c * l.plane);
    });
  }
  const int64_t blocks = (l.run() + kBlock - 1) / kBlock;
  // Small images are cut by channels, too, so that there is work for every thread.
  const int64_t wanted = call.context.threads() > 1 ? 4 * call.context.threads() : 1;
  const int64_t pieces = (out_group_ + kBlockChannels - 1) / kBlockChannels;
  const int64_t parts = std::clamp<int64_t>(wanted / (blocks * groups), 1, pieces);
  call.context.ParallelFor(blocks * groups * parts, [&](int64_t task, int worker) {
    const int64_t part = task % parts, group = task / parts / blocks;
    const int64_t begin = task / parts % blocks * kBlock;
    RunBlock(call, group, begin, std::min(l.run(), begin + kBlock),
             pieces * part / parts * kBlockChannels,
             std::min(out_group_, pieces * (part + 1) / parts * kBlockChannels),
             reinterpret_cast<float*>(workers + static_cast<size_t>(worker) * worker_bytes));
  });
}

void PlaneConv::RunChannel(const Call& call, int64_t channel, float* scratch) const {
  const ConvGeometry& g = geometry_;
  const Layout& l = call.layout;
  const float* plane = call.x + channel / out_group_ * l.height * l.width;
  if (!l.given) {
    FillPlane(l, TargetOf(&call.context), plane, scratch);
    plane = scratch;
    scratch += l.plane;
  }
  float* y = call.y + channel * l.positions();
  const bool joined = l.out_width < kNarrow && l.out_height > 1 && g.stride_h == 1;
  float* out = joined ? scratch : y;
  kernels::DepthwisePlaneF32(
      TargetOf(&call.context), plane, weights_.as<float>().data() + channel * taps_,
      {.height = static_cast<size_t>(joined ? 1 : l.out_height),
       .width = static_cast<size_t>(joined ? l.run() : l.out_width),
       .kernel_h = static_cast<size_t>(g.kernel_h),
       .kernel_w = static_cast<size_t>(g.kernel_w),
       .stride_h = static_cast<size_t>(g.stride_h),
       .dilation_h = static_cast<size_t>(g.dilation_h),
       .row = static_cast<size_t>(l.row),
       .columns = l.taps.data(),
       .out_stride = static_cast<size_t>(l.out_width),
       .bias = bias_.empty() ? 0.0f : bias_.as<float>()[static_cast<size_t>(channel)],
       .low = low_,
       .high = high_},
      out);
  for (int64_t row = 0; joined && row < l.out_height; ++row) {
    std::memcpy(y + row * l.out_width, out + row * l.row,
                static_cast<size_t>(l.out_width) * sizeof(float));
  }
  Activate(y, l.positions(), call.context);
}

absl::Status PlaneConv::Run(const float* x, int64_t batch, int64_t height, int64_t width, float* y,
                            Context& context) const {
  if (!rows_.empty() && height * width == 1) return RunRows(x, batch, y, context);
  const Layout l = depthwise() ? DepthwiseLayout(height, width) : DenseLayout(height, width);
  const int64_t of_worker =
      depthwise() ? (l.given ? 0 : l.plane) + l.run() : kBlock * kBlockChannels;
  if (l.plane > kMaxElements / std::max<int64_t>(geometry_.in_channels, 1)) {
    return absl::InvalidArgumentError(
        absl::StrCat("images of ", height, " x ", width, " with their padding are too large"));
  }
  const size_t worker_bytes = Bytes(of_worker);
  const size_t shared = depthwise() || l.given ? 0 : Bytes(geometry_.in_channels * l.plane);
  auto* scratch = static_cast<char*>(
      context.Scratch(0, shared + worker_bytes * static_cast<size_t>(context.threads())));
  if (scratch == nullptr) {
    return absl::ResourceExhaustedError(
        absl::StrCat("no memory for ", shared, " bytes of scratch"));
  }
  auto* planes = reinterpret_cast<float*>(scratch);
  for (int64_t n = 0; n < batch; ++n) {
    if (context.cancelled()) return absl::CancelledError("cancelled");
    const float* image = x + n * geometry_.in_channels * height * width;
    const Call call{l, context, image, l.given ? image : planes, y + n * out_ * l.positions()};
    if (!depthwise()) {
      RunDense(call, planes, scratch + shared, worker_bytes);
      continue;
    }
    context.ParallelFor(out_, [&](int64_t channel, int worker) {
      RunChannel(call, channel,
                 reinterpret_cast<float*>(scratch + static_cast<size_t>(worker) * worker_bytes));
    });
  }
  return absl::OkStatus();
}

bool PlaneConv::CanBeRows() const {
  const ConvGeometry& g = geometry_;
  return taps_ == 1 && g.groups == 1 && g.pad_top + g.pad_bottom + g.pad_left + g.pad_right == 0;
}

absl::Status PlaneConv::MakeRows() {
  PAWL_ASSIGN_OR_RETURN(rows_, Tensor::Create(DType::kF32, {in_group_, out_}));
  TransposeMatrix(weights_.data(), out_, in_group_, sizeof(float), rows_.mutable_data());
  return absl::OkStatus();
}

absl::Status PlaneConv::RunRows(const float* x, int64_t batch, float* y, Context& context) const {
  kernels::ChainMatMulF32(TargetOf(&context), x, rows_.as<float>().data(),
                          {.m = static_cast<size_t>(batch),
                           .n = static_cast<size_t>(out_),
                           .channels = static_cast<size_t>(in_group_),
                           .a_stride = static_cast<size_t>(in_group_),
                           .b_stride = static_cast<size_t>(out_),
                           .out_stride = static_cast<size_t>(out_)},
                          {.column_bias = bias_.empty() ? nullptr : bias_.as<float>().data(),
                           .low = low_,
                           .high = high_},
                          y);
  Activate(y, batch * out_, context);
  return absl::OkStatus();
}

}  // namespace pawl
