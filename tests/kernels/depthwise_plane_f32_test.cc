// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/depthwise_plane_f32.h"

#include <algorithm>
#include <vector>

#include "kernels/float_env.h"
#include "test_util.h"

namespace pawl::kernels {
namespace {

void Check(Rng& rng, size_t kernel_h, size_t stride_h, size_t height, size_t width) {
  const size_t kernel_w = 1 + rng() % 5, dilation_h = rng() % 4 == 0 ? 2 : 1;
  std::vector<int64_t> columns;
  for (size_t j = 0; j < kernel_w; ++j) columns.push_back(static_cast<int64_t>(rng() % 20));
  const auto most = static_cast<size_t>(*std::max_element(columns.begin(), columns.end()));
  const size_t row = width + most + rng() % 3;
  const size_t last_row = (height - 1) * stride_h + (kernel_h - 1) * dilation_h;
  const Buffer<float> in(NastyFloats(rng, last_row * row + most + width));
  const Buffer<float> w(RandomFloats(rng, kernel_h * kernel_w));
  DepthwisePlane shape{height, width,          kernel_h,          kernel_w, stride_h, dilation_h,
                       row,    columns.data(), width + rng() % 2, 0.3f,     -kInf,    kInf};
  if (rng() % 2 == 0) shape.low = 0.0f;
  if (rng() % 2 == 0) shape.high = 1.5f;
  const size_t size = (height - 1) * shape.out_stride + width;
  Buffer<float> want(size);
  reference::DepthwisePlaneF32(in.data(), w.data(), shape, want.data());
  INFO("kernel " << kernel_h << " x " << kernel_w << ", stride " << stride_h << ", " << height
                 << " x " << width);
  ForEachTarget([&](Target target) {
    Buffer<float> out(size);
    DepthwisePlaneF32(target, in.data(), w.data(), shape, out.data());
    bool same = true;
    for (size_t y = 0; y < height; ++y) {
      for (size_t x = 0; x < width; ++x) {
        const size_t at = y * shape.out_stride + x;
        same = same && SameBits(out[at], want[at]);
      }
    }
    CHECK(same);
    CHECK(out.BorderIntact());
  });
}

}  // namespace

TEST_CASE("DepthwisePlaneF32 gives the bits of the reference") {
  const FloatEnvironment environment;
  Rng rng(53);
  for (const size_t kernel_h : {1, 2, 3, 5, 7}) {
    for (const size_t stride_h : {1, 2, 3}) {
      for (const size_t height : {1, 2, 4, 5, 9}) {
        for (const size_t width : {1, 3, 8, 15, 16, 17, 32, 40, 67}) {
          Check(rng, kernel_h, stride_h, height, width);
        }
      }
    }
  }
}

TEST_CASE("PadRowsF32 gives the bits of the reference") {
  Rng rng(56);
  for (const size_t step : {1, 2, 3}) {
    for (const size_t count : {0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 40, 70}) {
      const size_t rows = 1 + rng() % 3, before = rng() % 20, after = rng() % 20;
      const size_t used = count == 0 ? 0 : step * (count - 1) + 1, from_stride = used + rng() % 3;
      PaddedRows shape{rows, before, count, after, step, from_stride, before + count + after};
      shape.to_stride += rng() % 2;
      const Buffer<float> from(NastyFloats(rng, (rows - 1) * from_stride + used));
      const size_t size = (rows - 1) * shape.to_stride + before + count + after;
      Buffer<float> want(size);
      reference::PadRowsF32(from.data(), shape, want.data());
      INFO("step " << step << ", " << before << " + " << count << " + " << after);
      ForEachTarget([&](Target target) {
        Buffer<float> out(size);
        PadRowsF32(target, from.data(), shape, out.data());
        CHECK(out.FirstDifference(want) == size);
        CHECK(out.BorderIntact());
      });
    }
  }
}

}  // namespace pawl::kernels
