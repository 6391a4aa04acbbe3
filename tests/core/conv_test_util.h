// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Convolutions written out from the definition in conv.h, an output at a time.

#ifndef PAWL_TESTS_CORE_CONV_TEST_UTIL_H_
#define PAWL_TESTS_CORE_CONV_TEST_UTIL_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "lib/core/group_layout.h"
#include "lib/core/linear_activation.h"
#include "linear_test_util.h"
#include "pawl/conv.h"

namespace pawl::testing {

// One call: images [batch, in, height, width] in either layout, as codes or floats.
struct ConvCase {
  ConvGeometry geometry;
  int64_t out = 1;
  int64_t batch = 1, height = 1, width = 1;
  ImageLayout layout = ImageLayout::kNCHW;

  int64_t in_group() const { return geometry.in_channels / geometry.groups; }
  int64_t out_group() const { return out / geometry.groups; }
  int64_t taps() const { return geometry.kernel_h * geometry.kernel_w; }
  int64_t cols() const { return in_group() * taps(); }
  int64_t out_height() const {
    const ConvGeometry& g = geometry;
    return (height + g.pad_top + g.pad_bottom - (g.kernel_h - 1) * g.dilation_h - 1) / g.stride_h +
           1;
  }
  int64_t out_width() const {
    const ConvGeometry& g = geometry;
    return (width + g.pad_left + g.pad_right - (g.kernel_w - 1) * g.dilation_w - 1) / g.stride_w +
           1;
  }
  int64_t inputs() const { return batch * geometry.in_channels * height * width; }
  int64_t outputs() const { return batch * out * out_height() * out_width(); }

  size_t InputAt(int64_t n, int64_t c, int64_t y, int64_t x) const {
    const int64_t channels = geometry.in_channels;
    return static_cast<size_t>(layout == ImageLayout::kNCHW
                                   ? ((n * channels + c) * height + y) * width + x
                                   : ((n * height + y) * width + x) * channels + c);
  }
  size_t OutputAt(int64_t n, int64_t o, int64_t y, int64_t x) const {
    return static_cast<size_t>(layout == ImageLayout::kNCHW
                                   ? ((n * out + o) * out_height() + y) * out_width() + x
                                   : ((n * out_height() + y) * out_width() + x) * out + o);
  }
};

// The window of one output in the order of W's columns; `padding` outside of the image.
template <typename T>
std::vector<T> Window(const ConvCase& c, const std::vector<T>& x, T padding, int64_t n, int64_t o,
                      int64_t oy, int64_t ox) {
  const ConvGeometry& g = c.geometry;
  std::vector<T> window;
  for (int64_t i = 0; i < c.in_group(); ++i) {
    for (int64_t ky = 0; ky < g.kernel_h; ++ky) {
      for (int64_t kx = 0; kx < g.kernel_w; ++kx) {
        const int64_t y = oy * g.stride_h - g.pad_top + ky * g.dilation_h;
        const int64_t at = ox * g.stride_w - g.pad_left + kx * g.dilation_w;
        const bool inside = y >= 0 && y < c.height && at >= 0 && at < c.width;
        window.push_back(inside ? x[c.InputAt(n, o / c.out_group() * c.in_group() + i, y, at)]
                                : padding);
      }
    }
  }
  return window;
}

// result(n, o, y, x) for all outputs, in their places.
template <typename T, typename Result>
std::vector<T> ForEachOutput(const ConvCase& c, const Result& result) {
  std::vector<T> all(static_cast<size_t>(c.outputs()));
  for (int64_t n = 0; n < c.batch; ++n) {
    for (int64_t o = 0; o < c.out; ++o) {
      for (int64_t y = 0; y < c.out_height(); ++y) {
        for (int64_t x = 0; x < c.out_width(); ++x) {
          all[c.OutputAt(n, o, y, x)] = static_cast<T>(result(n, o, y, x));
        }
      }
    }
  }
  return all;
}

inline float Activated(FusedActivation activation, float value) {
  ApplyActivation(activation, &value, 1);
  return value;
}

// Weight-only: w [out, cols] in the order of W's columns.
inline std::vector<float> ReferenceFloat(const ConvCase& c, const std::vector<float>& x,
                                         const std::vector<float>& w,
                                         const std::vector<float>& bias,
                                         FusedActivation activation) {
  const bool depthwise = c.geometry.groups == c.geometry.in_channels && c.geometry.groups > 1;
  return ForEachOutput<float>(c, [&](int64_t n, int64_t o, int64_t oy, int64_t ox) {
    const std::vector<float> window = Window(c, x, 0.0f, n, o, oy, ox);
    float lanes[16] = {};
    for (int64_t tap = 0, k = 0; tap < c.taps(); ++tap) {
      for (int64_t i = 0; i < c.in_group(); ++i, ++k) {
        const auto at = static_cast<size_t>(i * c.taps() + tap);
        float& lane = lanes[depthwise ? 0 : k % 16];
        lane = std::fma(window[at], w[static_cast<size_t>(o * c.cols()) + at], lane);
      }
    }
    for (size_t half = 8; half > 0; half /= 2) {
      for (size_t l = 0; l < half; ++l) lanes[l] += lanes[l + half];
    }
    const float v = bias.empty() ? lanes[0] : lanes[0] + bias[static_cast<size_t>(o)];
    return Activated(activation, v);
  });
}

// Weights as the integer modes see them.
struct IntegerWeights {
  explicit IntegerWeights(const QuantizedTensor& w) : kind(w.scheme.offset.kind), cols(w.cols()) {
    const auto layout = *GroupLayout::Create(w.scheme, w.shape, w.group_index.as<int32_t>());
    scales.resize(static_cast<size_t>(layout.num_groups()));
    offsets.resize(scales.size());
    DecodeScales(w, 0, absl::MakeSpan(scales));
    DecodeOffsets(w, 0, absl::MakeSpan(offsets));
    codes.resize(static_cast<size_t>(w.num_elements()));
    REQUIRE(UnpackCodes(w, 0, absl::MakeSpan(codes)).ok());
    for (int64_t row = 0; row < w.rows(); ++row) {
      for (int64_t i = 0; i < cols; ++i) groups.push_back(layout.GroupOf(row, i));
    }
  }
  int64_t ZeroOf(int64_t group) const {
    return kind == OffsetKind::kZeroPoint
               ? static_cast<int64_t>(offsets[static_cast<size_t>(group)])
               : 0;
  }
  // The exact sum of products of one group's columns; `sum` gets that of the codes.
  int64_t Sum(const std::vector<int32_t>& window, int64_t row, int64_t group, int64_t* sum) const {
    int64_t a = 0;
    *sum = 0;
    for (int64_t i = 0; i < cols; ++i) {
      const auto at = static_cast<size_t>(row * cols + i);
      if (groups[at] != group) continue;
      a += window[static_cast<size_t>(i)] * (codes[at] - ZeroOf(group));
      *sum += window[static_cast<size_t>(i)];
    }
    return a;
  }
  // v of linear.h, before the activations' scale.
  float Value(const std::vector<int32_t>& window, int64_t row) const {
    std::vector<int64_t> order(groups.begin() + row * cols, groups.begin() + (row + 1) * cols);
    std::sort(order.begin(), order.end());
    order.erase(std::unique(order.begin(), order.end()), order.end());
    float v = 0.0f;
    for (const int64_t group : order) {
      int64_t sum = 0;
      const int64_t a = Sum(window, row, group, &sum);
      const float s = scales[static_cast<size_t>(group)];
      const float offset = offsets[static_cast<size_t>(group)];
      v = std::fma(s, static_cast<float>(a), v);
      if (kind != OffsetKind::kMinimum && kind != OffsetKind::kFloatZero) continue;
      v = std::fma(-(kind == OffsetKind::kMinimum ? offset : offset * s), static_cast<float>(sum),
                   v);
    }
    return v;
  }

  OffsetKind kind;
  int64_t cols;
  std::vector<float> scales, offsets;
  std::vector<int16_t> codes;
  std::vector<int64_t> groups;  // of each element
};

// codes less their zero point, so that padding is zero; scales of each image.
inline std::vector<float> ReferenceIntegers(const ConvCase& c, const std::vector<int32_t>& codes,
                                            const std::vector<float>& scales,
                                            const IntegerWeights& w, const std::vector<float>& bias,
                                            FusedActivation activation) {
  return ForEachOutput<float>(c, [&](int64_t n, int64_t o, int64_t oy, int64_t ox) {
    float v = w.Value(Window(c, codes, 0, n, o, oy, ox), o) * scales[static_cast<size_t>(n)];
    if (!bias.empty()) v += bias[static_cast<size_t>(o)];
    return Activated(activation, v);
  });
}

inline QuantizedConv MakeConv(const QuantizedTensor& w, const ConvOptions& options) {
  auto conv = QuantizedConv::Create(w, options);
  INFO(conv.status().ToString());
  REQUIRE(conv.ok());
  return *std::move(conv);
}

template <typename Y>
std::vector<Y> RunConv(const QuantizedConv& conv, const ConvCase& c, const void* x, DType x_dtype,
                       DType y_dtype, Context& context) {
  std::vector<Y> y(static_cast<size_t>(c.outputs()));
  const absl::Status status =
      conv.Run({x, x_dtype, c.batch, c.height, c.width},
               {y.data(), y_dtype, c.batch, c.out_height(), c.out_width()}, context);
  INFO(status.ToString());
  REQUIRE(status.ok());
  return y;
}

}  // namespace pawl::testing

#endif  // PAWL_TESTS_CORE_CONV_TEST_UTIL_H_
