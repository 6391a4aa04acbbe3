// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// QuantizedConv: y = activation(convolution of x with W + bias) in two dimensions or one, in float
// or in integer arithmetic: QuantizedLinear applied to the window of each output position.

#ifndef PAWL_INCLUDE_PAWL_CONV_H_
#define PAWL_INCLUDE_PAWL_CONV_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pawl/dtype.h"
#include "pawl/linear.h"
#include "pawl/quantized_tensor.h"
#include "pawl/tensor.h"

namespace pawl {

class Context;

// Order of an image's elements. Values are part of the C ABI: never renumber.
enum class ImageLayout : uint8_t {
  kNCHW = 0,  // [batch, channels, height, width]
  kNHWC = 1,  // [batch, height, width, channels]: needs no transposition, so it is faster
};

// Output (n, o, y, x) sees the inputs (n, c, y * stride_h - pad_top + ky * dilation_h,
// x * stride_w - pad_left + kx * dilation_w), 0 <= ky < kernel_h, 0 <= kx < kernel_w, of its
// group's channels c. In one dimension height, kernel_h and the like stay 1 (pads 0).
struct ConvGeometry {
  int64_t in_channels = 0;
  int64_t groups = 1;  // of channels; divides those of input and output
  int64_t kernel_h = 1, kernel_w = 1;
  int64_t stride_h = 1, stride_w = 1;
  int64_t dilation_h = 1, dilation_w = 1;
  int64_t pad_top = 0, pad_bottom = 0, pad_left = 0, pad_right = 0;
};

struct ConvOptions {
  ConvGeometry geometry = {};
  ImageLayout layout = ImageLayout::kNCHW;  // of x and y
  // Name, mode, activation, bias, types and scales of codes, multipliers: as QuantizedLinear has
  // them, a row of the weights being an output channel. activation_groups counts for nothing, codes
  // have 8 bits, an i64 bias is not taken. kIntegerOnly also gives sums: output_dtype i32 with the
  // output scale and zero point left alone, one multiplier (which counts for nothing) and no
  // activation; y is then saturate32(sum of (code - zx) * (q - z) + bias).
  LinearOptions layer = {};
};

// `batch` images of the layer's channels, dense; image i begins batch_stride elements after image
// i-1, 0 meaning that there is nothing between them.
struct InputImages {
  const void* data = nullptr;
  DType dtype = DType::kF32;
  int64_t batch = 0;
  int64_t height = 1;
  int64_t width = 0;
  int64_t batch_stride = 0;
};

// The same for results; must not overlap the input.
struct OutputImages {
  void* data = nullptr;
  DType dtype = DType::kF32;
  int64_t batch = 0;
  int64_t height = 1;
  int64_t width = 0;
  int64_t batch_stride = 0;
};

// What sums become: y = activation(float(sum) * scales[o] + bias[o]), each step rounded to f32.
struct SumsToFloats {
  const float* scales = nullptr;  // [out]
  const float* bias = nullptr;    // [out], or null: none
  FusedActivation activation = FusedActivation::kNone;
};

// Weights are W[out, in/groups * kernel_h * kernel_w], columns in the order (c, ky, kx) of ONNX and
// PyTorch. Numbers: every bit of y is the same for every target, thread count, batch and run; an
// image's results depend on that image alone. Padding counts as x = 0, in codes as the zero point.
//
//   weight-only   f32, w = the row that DequantizeRows gives. Sums run over (ky, kx, c) with c
//                 innermost, in the fixed order of kernels/matmul.h; where groups = in_channels
//                 instead v = 0; v = fma(x, w, v) for (ky, kx) ascending.
//   the others    as linear.h has them, with one activation scale for each image in dynamic_int8
//                 and groups of weights in the order of W's columns.
//
// The integer modes take integer elements of up to 8 bits, one scale (zero point, minimum) for a
// row or for the tensor; in groups of columns (or an index map) where groups = 1 or 16 divides the
// output channels of a group. No outlier columns, input_scale or rotation, at most 32768 columns.
//
// In the static and dynamic modes a NaN anywhere in an image makes all of its results NaN; an
// infinity does so in the dynamic one.
//
// Immutable: threads may share one, each with a context of its own.
class QuantizedConv {
 public:
  // Takes the weights (a shallow copy) and packs them, on the context's threads if there is one.
  // Weight-only keeps them as f32. Errors: InvalidArgument naming the layer and the option or part
  // that does not fit. ResourceExhausted.
  static absl::StatusOr<QuantizedConv> Create(QuantizedTensor weights, const ConvOptions& options,
                                              Context* context = nullptr);

  // Weights that are not quantized: [out, in/groups * kernel_h * kernel_w] (or with more
  // dimensions), f32, f16 or bf16; mode weight_only. The tensor is not kept.
  static absl::StatusOr<QuantizedConv> CreateFloat(const Tensor& weights,
                                                   const ConvOptions& options);

  // x: f32; kStaticInt8 also takes codes (activation_dtype), kIntegerOnly takes nothing else. y:
  // f32, or output_dtype for kIntegerOnly, [batch, out, OutputHeight, OutputWidth]. batch may be 0.
  // After the first call of a shape nothing is allocated. Errors: InvalidArgument (shapes and types
  // that do not fit, both named), Cancelled, ResourceExhausted (scratch).
  absl::Status Run(const InputImages& x, const OutputImages& y, Context& context) const;

  // Codes whose zero point comes with them, in place of the layer's: what is quantized while
  // running. For layers that give sums (TakesZeroPoints); y: the sums, i32, or with `floats` f32.
  // Otherwise as Run.
  absl::Status RunCodes(const InputImages& x, int32_t zero_point, const SumsToFloats* floats,
                        const OutputImages& y, Context& context) const;
  // kIntegerOnly with output_dtype i32, no bias, and one scale for each row of the weights.
  bool TakesZeroPoints() const;

  // Scratch that Run takes from a context of `threads` threads for images of this size, in bytes.
  size_t WorkspaceBytes(int64_t height, int64_t width, int threads) const;

  // Size of the results for an input of that size; 0 where the kernel does not fit into it.
  int64_t OutputHeight(int64_t height) const;
  int64_t OutputWidth(int64_t width) const;

  int64_t in_channels() const;
  int64_t out_channels() const;
  LinearMode mode() const;
  const std::string& name() const;
  // Bytes that the layer itself keeps, canonical weights included.
  size_t size_bytes() const;
  // The weights in canonical form; null once released, or made of floats.
  const QuantizedTensor* canonical() const;

  struct Impl;

 private:
  explicit QuantizedConv(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_CONV_H_
