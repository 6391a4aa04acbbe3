// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Float convolution of one channel by a kernel of its own, over a plane with its padding (NCHW):
//
//   v = sum over i and j of w[i * kernel_w + j]
//                           * in[(y * stride_h + i * dilation_h) * row + columns[j] + x]
//   out[y, x] = v + bias, then low where it is below, high where it is above
//
// one chain of fused multiply-adds from 0 on, i outermost. `columns` lets a stride along the row
// be: the caller has put columns apart by their remainder. Pointers need no alignment. Every target
// gives the same bits. Pure, thread-safe; assumes FloatEnvironment (float_env.h). NaN results have
// unspecified sign and payload.

#ifndef PAWL_KERNELS_DEPTHWISE_PLANE_F32_H_
#define PAWL_KERNELS_DEPTHWISE_PLANE_F32_H_

#include <cstddef>
#include <cstdint>

#include "kernels/target.h"

namespace pawl::kernels {

struct DepthwisePlane {
  size_t height = 0, width = 0;  // of the result
  size_t kernel_h = 1, kernel_w = 1;
  size_t stride_h = 1, dilation_h = 1;
  size_t row = 0;                    // elements from row to row of `in`
  const int64_t* columns = nullptr;  // [kernel_w] elements
  size_t out_stride = 0;             // from row to row
  float bias = 0.0f, low = 0.0f, high = 0.0f;
};

void DepthwisePlaneF32(Target target, const float* in, const float* w, const DepthwisePlane& shape,
                       float* out);

// Rows of such a plane: `before` zeros, then from[step * i] for i below `count`, then `after`
// zeros.
struct PaddedRows {
  size_t rows = 0;
  size_t before = 0, count = 0, after = 0;
  size_t step = 1;
  size_t from_stride = 0, to_stride = 0;  // from row to row
};
void PadRowsF32(Target target, const float* from, const PaddedRows& shape, float* to);

namespace reference {
void PadRowsF32(const float* from, const PaddedRows& shape, float* to);
void DepthwisePlaneF32(const float* in, const float* w, const DepthwisePlane& shape, float* out);
}  // namespace reference

}  // namespace pawl::kernels

#endif  // PAWL_KERNELS_DEPTHWISE_PLANE_F32_H_
