// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Parts of QuantizedConv, split over conv.cc (entry and checks of a call), conv_setup.cc (options
// and weights), conv_prepare.cc (the image as the kernels want it), conv_tile.cc (products),
// conv_windows.cc (products without gathering), conv_depthwise.cc, conv_finish.cc (epilogues).
// Packing, options and epilogue parameters are a linear layer's, whose rows are output channels and
// whose columns are the elements of a window.

#ifndef PAWL_LIB_CORE_CONV_IMPL_H_
#define PAWL_LIB_CORE_CONV_IMPL_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "kernels/panel_matmul.h"
#include "kernels/target.h"
#include "lib/core/linear_impl.h"
#include "pawl/conv.h"

namespace pawl {

// Output channels go in units of this many: a panel's rows.
inline constexpr auto kConvUnit = static_cast<int64_t>(kernels::kPanelRows);

// Results of one product, in elements: these stay in the first-level cache.
inline constexpr int64_t kConvValues = 4096;

// Elements of an image that one task searches for the largest magnitude.
inline constexpr int64_t kConvChunk = 16384;

struct QuantizedConv::Impl {
  ConvGeometry geometry;
  ImageLayout layout = ImageLayout::kNCHW;
  int64_t out = 0;
  int64_t in_group = 0;   // input channels of a group
  int64_t out_group = 0;  // output channels of a group
  int64_t taps = 0;       // kernel_h * kernel_w
  // groups = in_channels, with a kernel of its own: no panels.
  bool depthwise = false;
  std::optional<QuantizedTensor> weights;

  // Options, bias and multipliers; panels where the mode is an integer one. Rows are output
  // channels, those of a group filled up to whole panels where there are several groups.
  QuantizedLinear::Impl layer;
  // Columns are those of W, else (ky, kx, c) with c innermost, each run of elements that lie side
  // by side in the image filled up to run_step columns by weights of 0.
  bool original_columns = false;
  int64_t run = 0;  // elements
  int64_t run_step = 0;
  // Whether kernels/window_matmul.h (window_matmul_f32.h in weight-only, where runs are whole
  // lanes) takes the weights: then the sums of each row's, and, where no target of this CPU
  // gathers, panels of codes with a sign.
  bool windows = false;
  bool signed_panels = false;
  std::vector<int32_t> row_sums;  // also where zero points may come with calls
  // Weight-only: [out, in_group * taps] with columns (ky, kx, c), or [taps, out] where depthwise.
  std::vector<float> filters;
  // Depthwise in integers: [taps, out] code less zero point, the sums at the start.
  std::vector<int16_t> tap_codes;
  std::vector<int32_t> tap_start;
  // The same for kernels/depthwise_quads.h, where weights are bytes: how many quads, and the
  // columns of pixels that two neighbouring positions see.
  size_t quads = 0;
  std::vector<int64_t> quad_columns;
  Tensor quad_weights;
  std::vector<int32_t> quad_start;
  // Of each row of `layer`, where all columns have one scale.
  std::vector<float> row_scales;
  // Integer-only, for each row of `layer`.
  std::vector<int32_t> bias, multipliers, shifts;
  bool narrow = false;  // RequantizeParams::narrow

  bool weight_only() const { return layer.weight_only(); }
  bool integer_only() const { return layer.integer_only(); }
  bool gives_sums() const { return integer_only() && layer.options.output_dtype == DType::kI32; }
  bool takes_zero_points() const {
    return gives_sums() && !original_columns && layer.integer.bias.empty();
  }
  int64_t cols() const { return in_group * taps; }
  // Taps of a row lie side by side.
  bool joined() const { return geometry.groups == 1 && geometry.dilation_w == 1; }
  int64_t runs() const { return joined() ? geometry.kernel_h : taps; }
  // Channels of the prepared image: input channels repeated for each filter that is theirs.
  int64_t repeats() const { return depthwise ? out_group : 1; }
  int64_t planes() const { return geometry.in_channels * repeats(); }
  int64_t group_units() const { return (out_group + kConvUnit - 1) / kConvUnit; }
  // Elements from row to row of gathered windows.
  int64_t window() const {
    return weight_only() ? (cols() + 15) / 16 * 16 : static_cast<int64_t>(layer.panels.cols());
  }
};

// Sizes of one call's images; `pad_*` included in padded_*.
struct ConvSize {
  int64_t height = 0, width = 0;
  int64_t padded_height = 0, padded_width = 0;
  int64_t out_height = 0, out_width = 0;
  int64_t positions() const { return out_height * out_width; }
};
ConvSize MakeConvSize(const QuantizedConv::Impl& impl, int64_t height, int64_t width);

// Offsets in bytes of what a call keeps in scratch: shared arrays, then one part for each worker.
struct ConvWorkspace {
  size_t image = 0, wide = 0, sums = 0, marks = 0, offsets = 0, starts = 0;
  size_t shared = 0;
  size_t row = 0, window = 0, window_wide = 0, window_sums = 0, shifted = 0, decode = 0;
  size_t values = 0, codes = 0;
  size_t worker = 0;

  size_t total(int threads) const { return shared + worker * static_cast<size_t>(threads); }
};
ConvWorkspace MakeConvWorkspace(const QuantizedConv::Impl& impl, const ConvSize& size);

// One image on its way through the layer.
struct ConvCall {
  const QuantizedConv::Impl& impl;
  const ConvSize& size;
  const ConvWorkspace& space;
  kernels::Target target;
  DType x_dtype;
  DType y_dtype;
  std::optional<int32_t> given_zero = {};  // that of x, in place of the layer's
  const SumsToFloats* floats = nullptr;    // what becomes of sums
  const void* x = nullptr;
  void* y = nullptr;
  char* shared = nullptr;
  const void* image = nullptr;  // the prepared one, or x itself
  bool wide = false;            // it exists in 16 bits too, as panels want it
  bool windows = false;         // products go by kernels/window_matmul.h
  bool quads = false;           // or by kernels/depthwise_quads.h
  uint8_t flip = 0;             // codes of x are in the image xor this
  int32_t zero = 0;             // zero point of the image
  float scale = 0.0f;           // of activations; NaN spoils the image
  // With given_zero: what stands for the layer's tap_start, quad_start or panels' offsets.
  const int32_t* starts = nullptr;

  // Of codes as a linear layer stores them.
  int32_t stored_zero() const {
    const PanelWeights& panels = impl.layer.panels;
    return given_zero.has_value() ? *given_zero - panels.code_flip : panels.zero_point;
  }

  char* worker(int index) const {
    return shared + space.shared + static_cast<size_t>(index) * space.worker;
  }
};

// conv.cc: positions whose windows are gathered together, or go through the weights together where
// nothing is gathered.
int64_t ConvBlock(const QuantizedConv::Impl& impl);
int64_t WindowBlock(const QuantizedConv::Impl& impl, kernels::Target target);
// Results of such a block for as many channels as its kernel takes at once, in elements.
inline constexpr int64_t kWindowValues = 7680;

// conv_setup.cc. One of the two kinds of weights is null.
absl::Status SetUpConv(const QuantizedTensor* weights, const Tensor* floats,
                       const ConvOptions& options, Context* context, QuantizedConv::Impl* impl);

// conv_prepare.cc. How a call goes, whatever its images are: all but x, y, image and scale.
void PrepareCall(ConvCall* call);
// Fills in image and scale.
void PrepareImage(ConvCall* call, Context& context);

// Results at hand: positions [position, position + count) of channels [channel, channel + width).
struct ConvResults {
  int64_t position;
  int64_t count;
  int64_t channel;
  int64_t width;
  int64_t row;     // of impl.layer, for `channel`
  int64_t stride;  // from position to position
};

// conv_finish.cc: results into y. Integer-only takes sums; other modes values, or sums that have
// not been multiplied by the rows' scales. Values and sums are overwritten; `worker` is the
// worker's memory.
void FinishFloats(const ConvCall& call, const ConvResults& r, float* values);
void FinishSums(const ConvCall& call, const ConvResults& r, int32_t* sums, char* worker);

// conv_windows.cc.
// Whether the call's target has products of windows for this layer.
bool UsesWindows(const QuantizedConv::Impl& impl, kernels::Target target);
// Offsets in a window of quads, in weight-only of 16 columns.
void SetWindowOffsets(const ConvCall& call);
// Positions [begin, end) of units [unit, unit_end) of one group.
void MultiplyWindows(const ConvCall& call, int64_t begin, int64_t end, int64_t unit,
                     int64_t unit_end, char* worker);
// The same in floats.
void MultiplyFloatWindows(const ConvCall& call, int64_t begin, int64_t end, int64_t unit,
                          int64_t unit_end, char* worker);

// conv_depthwise.cc.
// At least so many positions have their results in a worker's memory.
inline constexpr int64_t kDepthwisePositions = 4;
// Fills in what begins with quad; tap_codes and row_sums are there.
absl::Status SetDepthwiseQuads(QuantizedConv::Impl* impl);
bool UsesDepthwiseQuads(const QuantizedConv::Impl& impl, kernels::Target target,
                        const ConvSize& size);
void SetQuadOffsets(const ConvCall& call);
void RunDepthwiseRow(const ConvCall& call, int64_t out_y, char* worker);

// conv_tile.cc.
// Positions [begin, end) of channel units [unit_begin, unit_end), counted over all groups.
void RunConvBlock(const ConvCall& call, int64_t begin, int64_t end, int64_t unit_begin,
                  int64_t unit_end, char* worker);

}  // namespace pawl

#endif  // PAWL_LIB_CORE_CONV_IMPL_H_
