// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/depthwise.h"

#include <vector>

#include "kernels/float_env.h"
#include "test_util.h"

namespace pawl::kernels {
namespace {

// An image of just the size that the shape reads.
DepthwiseShape Shape(size_t channels, size_t kernel_h, size_t kernel_w, size_t dilation,
                     size_t stride, size_t positions) {
  const size_t width = (positions - 1) * stride + (kernel_w - 1) * dilation + 1;
  return {channels,  kernel_h,         kernel_w, dilation * width * channels, dilation * channels,
          positions, stride * channels};
}

size_t ReadBy(const DepthwiseShape& s) {
  return (s.positions - 1) * s.position_step + (s.kernel_h - 1) * s.row_step +
         (s.kernel_w - 1) * s.tap_step + s.channels;
}

template <class Check>
void ForEachShape(const Check& check) {
  for (const size_t channels : {1, 3, 4, 7, 8, 15, 16, 17, 31, 33, 64, 70}) {
    for (const size_t kernel : {1, 2, 3, 5}) {
      for (const size_t positions : {1, 2, 4, 5, 8, 13}) {
        const size_t kernel_h = kernel == 5 ? 1 : kernel;
        const DepthwiseShape s =
            Shape(channels, kernel_h, kernel, 1 + kernel % 2, 1 + positions % 2, positions);
        INFO("channels " << channels << ", kernel " << kernel_h << " x " << kernel << ", positions "
                         << positions);
        check(s);
      }
    }
  }
}

}  // namespace

TEST_CASE("DepthwiseI8 is exact on every target") {
  Rng rng(11);
  ForEachShape([&](const DepthwiseShape& s) {
    for (const bool extreme : {false, true}) {
      std::vector<int8_t> codes = RandomIntegers<int8_t>(rng, ReadBy(s));
      std::vector<int16_t> weights(s.kernel_h * s.kernel_w * s.channels);
      for (int16_t& w : weights) w = static_cast<int16_t>(static_cast<int>(rng() % 511) - 255);
      if (extreme) {
        for (int8_t& code : codes) code = -128;
        for (int16_t& w : weights) w = static_cast<int16_t>(rng() % 8 != 0 ? -255 : 255);
      }
      std::vector<int32_t> begin(s.channels);
      for (int32_t& v : begin) v = static_cast<int32_t>(rng() % (1 << 24)) - (1 << 23);
      const Buffer<int8_t> x(codes);
      const Buffer<int16_t> w(weights);
      const Buffer<int32_t> start(begin);
      Buffer<int32_t> expected(s.positions * s.channels);
      for (size_t p = 0; p < s.positions; ++p) {
        for (size_t c = 0; c < s.channels; ++c) {
          int64_t sum = begin[c];
          for (size_t tap = 0; tap < s.kernel_h * s.kernel_w; ++tap) {
            sum += int64_t{codes[p * s.position_step + tap / s.kernel_w * s.row_step +
                                 tap % s.kernel_w * s.tap_step + c]} *
                   weights[tap * s.channels + c];
          }
          expected.data()[p * s.channels + c] = static_cast<int32_t>(sum);
        }
      }
      ForEachTarget([&](Target target) {
        Buffer<int32_t> out(s.positions * s.channels);
        DepthwiseI8(target, s, x.data(), w.data(), start.data(), out.data());
        CHECK(out.FirstDifference(expected) == out.size());
        CHECK(out.BorderIntact());
      });
    }
  });
}

TEST_CASE("DepthwiseF32 adds taps in order on every target") {
  const FloatEnvironment environment;
  Rng rng(12);
  ForEachShape([&](const DepthwiseShape& s) {
    const Buffer<float> x(NastyFloats(rng, ReadBy(s)));
    const Buffer<float> w(RandomFloats(rng, s.kernel_h * s.kernel_w * s.channels));
    Buffer<float> expected(s.positions * s.channels);
    for (size_t p = 0; p < s.positions; ++p) {
      for (size_t c = 0; c < s.channels; ++c) {
        float v = 0.0f;
        for (size_t tap = 0; tap < s.kernel_h * s.kernel_w; ++tap) {
          v = std::fma(x[p * s.position_step + tap / s.kernel_w * s.row_step +
                         tap % s.kernel_w * s.tap_step + c],
                       w[tap * s.channels + c], v);
        }
        expected.data()[p * s.channels + c] = v;
      }
    }
    ForEachTarget([&](Target target) {
      Buffer<float> out(s.positions * s.channels);
      DepthwiseF32(target, s, x.data(), w.data(), out.data());
      CHECK(out.FirstDifference(expected, true) == out.size());
      CHECK(out.BorderIntact());
    });
  });
}

}  // namespace pawl::kernels
