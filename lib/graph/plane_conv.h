// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Float convolution of images as graphs have them, channel after channel (NCHW): nothing is
// transposed, weights are taken as the file has them. Sums run in the order of
// kernels/chain_matmul_f32.h: input channel by input channel, taps inside, padding as zeros.

#ifndef PAWL_LIB_GRAPH_PLANE_CONV_H_
#define PAWL_LIB_GRAPH_PLANE_CONV_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kernels/target.h"
#include "pawl/context.h"
#include "pawl/conv.h"
#include "pawl/tensor.h"

namespace pawl {

// Immutable; may be shared between contexts.
class PlaneConv {
 public:
  // `weights` [out, in / groups, kernel_h, kernel_w] (or one spatial dimension), f32, which are
  // shared, not copied; `bias` [out], f32, or empty. Geometry must be consistent (every size and
  // stride at least 1, pads at least 0).
  PlaneConv(const ConvGeometry& geometry, Tensor weights, Tensor bias, FusedActivation activation);

  // x [batch, in, height, width] into y, both dense; the window fits into the padded image.
  // Errors: ResourceExhausted, Cancelled.
  absl::Status Run(const float* x, int64_t batch, int64_t height, int64_t width, float* y,
                   Context& context) const;

  // One pixel to one pixel: rows of a product with a matrix [in, out], which is made here.
  // For images that are known to be 1 x 1, and kernels of one tap.
  bool CanBeRows() const;
  absl::Status MakeRows();

  size_t size_bytes() const { return rows_.size_bytes(); }

 private:
  // Planes of the prepared image, one for each channel: padded, and where strides are above 1 taken
  // apart, a part for each remainder that a tap has, so that what neighbouring positions see lies
  // side by side.
  struct Part {
    int64_t top, left;  // of the padded image: rows y * row_step + top, columns x * stride_w + left
    int64_t row_step;
    int64_t height, width;
    int64_t begin;
  };
  struct Layout {
    int64_t height = 0, width = 0;  // of the input
    int64_t out_height = 0, out_width = 0;
    int64_t row = 0;     // elements from row to row
    int64_t plane = 0;   // and from channel to channel
    bool given = false;  // the input as it is
    std::vector<Part> parts = {};
    std::vector<int64_t> taps = {};  // where each begins; in depthwise planes each column of taps

    int64_t positions() const { return out_height * out_width; }
    // From the first position to the last, those between rows included.
    int64_t run() const { return (out_height - 1) * row + out_width; }
  };
  struct Call {
    const Layout& layout;
    Context& context;
    const float* x;
    const float* planes;
    float* y;
  };
  bool depthwise() const { return in_group_ == 1 && geometry_.groups > 1; }
  Layout OutputOf(int64_t height, int64_t width) const;
  Layout DenseLayout(int64_t height, int64_t width) const;
  Layout DepthwiseLayout(int64_t height, int64_t width) const;
  void FillPlane(const Layout& layout, kernels::Target target, const float* from, float* to) const;
  void RunDense(const Call& call, float* planes, char* workers, size_t worker_bytes) const;
  void RunBlock(const Call& call, int64_t group, int64_t begin, int64_t end, int64_t channel,
                int64_t channel_end, float* scratch) const;
  void RunChannel(const Call& call, int64_t channel, float* scratch) const;
  absl::Status RunRows(const float* x, int64_t batch, float* y, Context& context) const;
  void Activate(float* values, int64_t count, const Context& context) const;

  ConvGeometry geometry_;
  Tensor weights_, bias_;
  Tensor rows_;  // [in, out]
  FusedActivation activation_;
  int64_t out_, in_group_, out_group_, taps_;
  float low_, high_;  // where the activation is a clamp
};

}  // namespace pawl

#endif  // PAWL_LIB_GRAPH_PLANE_CONV_H_
