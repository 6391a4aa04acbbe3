// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/graph/plane_conv.h"

#include <bit>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "kernels/float_env.h"
#include "lib/graph/operators/pool_box.h"

namespace pawl {
namespace {

using Rng = std::mt19937;

int64_t Pick(Rng& rng, int64_t least, int64_t most) {
  return least + static_cast<int64_t>(rng() % static_cast<uint64_t>(most - least + 1));
}

Tensor RandomTensor(Rng& rng, const std::vector<int64_t>& dims) {
  Tensor tensor = Tensor::Create(DType::kF32, dims).value();
  for (float& v : tensor.mutable_as<float>()) v = std::normal_distribution<float>()(rng);
  return tensor;
}

struct Case {
  ConvGeometry g;
  int64_t out, batch, height, width;
  FusedActivation activation;

  int64_t out_height() const {
    return (height + g.pad_top + g.pad_bottom - (g.kernel_h - 1) * g.dilation_h - 1) / g.stride_h +
           1;
  }
  int64_t out_width() const {
    return (width + g.pad_left + g.pad_right - (g.kernel_w - 1) * g.dilation_w - 1) / g.stride_w +
           1;
  }
};

Case RandomCase(Rng& rng) {
  const int64_t kind =
      Pick(rng, 0, 3);  // one group, groups, depthwise, depthwise with a multiplier
  const int64_t groups = kind == 0 ? 1 : Pick(rng, 2, 4);
  Case c{};
  c.g = {.in_channels = kind >= 2 ? groups : groups * Pick(rng, 1, 5),
         .groups = groups,
         .kernel_h = Pick(rng, 1, 5),
         .kernel_w = Pick(rng, 1, 5),
         .stride_h = Pick(rng, 1, 3),
         .stride_w = Pick(rng, 1, 3),
         .dilation_h = Pick(rng, 1, 2),
         .dilation_w = Pick(rng, 1, 2),
         .pad_top = Pick(rng, 0, 3),
         .pad_bottom = Pick(rng, 0, 3),
         .pad_left = Pick(rng, 0, 3),
         .pad_right = Pick(rng, 0, 3)};
  c.out = kind == 2 ? groups : groups * Pick(rng, 1, kind == 3 ? 3 : 30);
  c.batch = Pick(rng, 1, 2);
  c.height = c.g.kernel_h * c.g.dilation_h + Pick(rng, 0, 12);
  c.width = c.g.kernel_w * c.g.dilation_w + Pick(rng, 0, 50);
  c.activation = static_cast<FusedActivation>(Pick(rng, 0, 2));  // none, ReLU, ReLU6
  return c;
}

float Activated(FusedActivation activation, float v) {
  if (activation == FusedActivation::kRelu || activation == FusedActivation::kRelu6) {
    if (v < 0.0f) v = 0.0f;
    if (activation == FusedActivation::kRelu6 && v > 6.0f) v = 6.0f;
  }
  return v;
}

float One(const Case& c, const Tensor& x, const Tensor& w, const Tensor& bias, int64_t n, int64_t o,
          int64_t y, int64_t x_at) {
  const ConvGeometry& g = c.g;
  const int64_t in_group = g.in_channels / g.groups, group = o / (c.out / g.groups);
  float sum = 0.0f;
  for (int64_t i = 0; i < in_group; ++i) {
    for (int64_t ky = 0; ky < g.kernel_h; ++ky) {
      for (int64_t kx = 0; kx < g.kernel_w; ++kx) {
        const int64_t row = y * g.stride_h + ky * g.dilation_h - g.pad_top;
        const int64_t column = x_at * g.stride_w + kx * g.dilation_w - g.pad_left;
        const bool inside = row >= 0 && row < c.height && column >= 0 && column < c.width;
        const int64_t channel = n * g.in_channels + group * in_group + i;
        const float value =
            inside
                ? x.as<float>()[static_cast<size_t>((channel * c.height + row) * c.width + column)]
                : 0.0f;
        const int64_t tap = ((o * in_group + i) * g.kernel_h + ky) * g.kernel_w + kx;
        sum = std::fma(w.as<float>()[static_cast<size_t>(tap)], value, sum);
      }
    }
  }
  if (!bias.empty()) sum += bias.as<float>()[static_cast<size_t>(o)];
  return Activated(c.activation, sum);
}

std::vector<float> Expected(const Case& c, const Tensor& x, const Tensor& w, const Tensor& bias) {
  std::vector<float> out;
  for (int64_t n = 0; n < c.batch; ++n) {
    for (int64_t o = 0; o < c.out; ++o) {
      for (int64_t y = 0; y < c.out_height(); ++y) {
        for (int64_t i = 0; i < c.out_width(); ++i) out.push_back(One(c, x, w, bias, n, o, y, i));
      }
    }
  }
  return out;
}

bool SameBits(const std::vector<float>& a, const std::vector<float>& b) {
  for (size_t i = 0; i < a.size(); ++i) {
    if (std::bit_cast<uint32_t>(a[i]) != std::bit_cast<uint32_t>(b[i])) return false;
  }
  return a.size() == b.size();
}

}  // namespace

TEST_CASE("Convolutions of planes are chains in the order of the weights, on every target") {
  const kernels::FloatEnvironment environment;
  Rng rng(61);
  std::vector<std::unique_ptr<Context>> contexts;
  for (const absl::string_view target : SupportedTargets()) {
    contexts.push_back(Context::Create({.threads = 1, .target = std::string(target)}).value());
  }
  contexts.push_back(Context::Create({.threads = 3}).value());
  for (int i = 0; i < 300; ++i) {
    const Case c = RandomCase(rng);
    const Tensor x = RandomTensor(rng, {c.batch, c.g.in_channels, c.height, c.width});
    const Tensor w =
        RandomTensor(rng, {c.out, c.g.in_channels / c.g.groups, c.g.kernel_h, c.g.kernel_w});
    const Tensor bias = i % 2 == 0 ? RandomTensor(rng, {c.out}) : Tensor();
    const std::vector<float> want = Expected(c, x, w, bias);
    const PlaneConv conv(c.g, w, bias, c.activation);
    INFO("case " << i << ": " << c.g.in_channels << " x " << c.height << " x " << c.width << " to "
                 << c.out << ", groups " << c.g.groups << ", kernel " << c.g.kernel_h << " x "
                 << c.g.kernel_w << ", stride " << c.g.stride_h << " x " << c.g.stride_w);
    for (const auto& context : contexts) {
      std::vector<float> y(want.size(), -1.0f);
      REQUIRE(conv.Run(x.as<float>().data(), c.batch, c.height, c.width, y.data(), *context).ok());
      INFO("target " << std::string(context->target()) << ", threads " << context->threads());
      CHECK(SameBits(y, want));
    }
  }
}

TEST_CASE("Convolutions of single pixels as rows of a product give the same bits") {
  const kernels::FloatEnvironment environment;
  Rng rng(62);
  const auto context = Context::Create({.threads = 1}).value();
  const Tensor x = RandomTensor(rng, {3, 70, 1, 1}), w = RandomTensor(rng, {37, 70, 1, 1});
  const Tensor bias = RandomTensor(rng, {37});
  const ConvGeometry geometry = {.in_channels = 70};
  PlaneConv conv(geometry, w, bias, FusedActivation::kHardSwish);
  std::vector<float> plain(3 * 37), rows(3 * 37);
  REQUIRE(conv.Run(x.as<float>().data(), 3, 1, 1, plain.data(), *context).ok());
  REQUIRE(conv.CanBeRows());
  REQUIRE(conv.MakeRows().ok());
  REQUIRE(conv.Run(x.as<float>().data(), 3, 1, 1, rows.data(), *context).ok());
  CHECK(SameBits(plain, rows));
}

namespace {

float MaxOfWindow(const Box& b, const Taps& taps, const float* in) {
  float best = -3.4028234663852886e38f;
  bool any = false;
  taps.ForEach(b, [&](int64_t i) {
    if (!any || in[i] > best || (in[i] != in[i] && best == best)) best = in[i];
    any = true;
  });
  return best;
}

}  // namespace

TEST_CASE("Pooling by rows gives what windows give one by one") {
  Rng rng(63);
  for (int i = 0; i < 300; ++i) {
    Window w;
    for (int d = 0; d < 2; ++d) {
      w.kernel.push_back(Pick(rng, 1, 4));
      w.stride.push_back(Pick(rng, 1, 3));
      w.dilation.push_back(Pick(rng, 1, 2));
      w.pad_begin.push_back(Pick(rng, 0, 4));
      w.pad_end.push_back(Pick(rng, 0, 4));
      const int64_t extent = (w.kernel.back() - 1) * w.dilation.back() + 1;
      w.in.push_back(extent + Pick(rng, 0, 300 / (d == 0 ? 40 : 1)));
      w.out.push_back(
          (w.in.back() + w.pad_begin.back() + w.pad_end.back() - extent) / w.stride.back() + 1);
    }
    const Box box(w);
    const Tensor x = RandomTensor(rng, {box.in_size()});
    const float* in = x.as<float>().data();
    const bool include_pad = i % 2 == 0;
    std::vector<float> largest, mean, got(static_cast<size_t>(box.out_size()));
    ForEachOutput(box, [&](const Taps& taps, int64_t) {
      largest.push_back(MaxOfWindow(box, taps, in));
      double sum = 0.0;
      taps.ForEach(box, [&](int64_t at) { sum += double{in[at]}; });
      const int64_t count = include_pad ? taps.with_padding() : taps.inside();
      mean.push_back(static_cast<float>(sum / static_cast<double>(std::max<int64_t>(count, 1))));
    });
    INFO("case " << i << ": " << w.in[0] << " x " << w.in[1] << ", kernel " << w.kernel[0] << " x "
                 << w.kernel[1]);
    MaxPoolPlane(box, in, got.data());
    CHECK(SameBits(got, largest));
    AveragePoolPlane(box, include_pad, in, got.data());
    CHECK(SameBits(got, mean));
  }
}

}  // namespace pawl
