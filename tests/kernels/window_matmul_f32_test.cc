// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/window_matmul_f32.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/float_env.h"
#include "kernels/matmul.h"
#include "test_util.h"

namespace pawl::kernels {

TEST_CASE("MatMulWindowsF32 gives the bits of MatMulF32 on gathered windows") {
  const FloatEnvironment environment;
  Rng rng(41);
  for (const size_t count : {0, 1, 2, 3, 5, 6, 7, 9, 10, 12, 17}) {
    for (const size_t n : {1, 3, 4, 6, 9}) {
      const size_t chunks = 1 + rng() % 6, k = 16 * chunks, row_length = 1 + rng() % 8;
      const WindowPlaces places{rng() % row_length, count, row_length, 60 + rng() % 50,
                                1 + rng() % 20};
      std::vector<int64_t> offsets;
      for (size_t i = 0; i < chunks; ++i) offsets.push_back(static_cast<int64_t>(rng() % 200));
      std::vector<size_t> begins;
      for (size_t p = 0; p < count; ++p) {
        const size_t at = places.first + p;
        begins.push_back(at / row_length * places.row_step + at % row_length * places.step);
      }
      size_t size = 0;
      for (const size_t begin : begins) {
        for (const int64_t offset : offsets) {
          size = std::max(size, begin + static_cast<size_t>(offset) + 16);
        }
      }
      const Buffer<float> image(NastyFloats(rng, size)), w(RandomFloats(rng, n * k));
      std::vector<float> windows(count * k), expected(count * n);
      for (size_t p = 0; p < count; ++p) {
        for (size_t i = 0; i < k; ++i) {
          windows[p * k + i] = image[begins[p] + static_cast<size_t>(offsets[i / 16]) + i % 16];
        }
      }
      reference::MatMulF32(windows.data(), w.data(), {count, n, k, k, k, n}, expected.data());
      INFO("positions " << count << ", rows " << n << ", columns " << k);
      ForEachTarget([&](Target target) {
        const size_t stride = n + 2;
        Buffer<float> out(count == 0 ? 0 : (count - 1) * stride + n);
        MatMulWindowsF32(target, {w.data(), n, chunks, offsets.data()}, image.data(), places,
                         out.data(), stride);
        bool same = true;
        for (size_t p = 0; p < count; ++p) {
          for (size_t i = 0; i < n; ++i) {
            same = same && SameBits(out[p * stride + i], expected[p * n + i]);
          }
        }
        CHECK(same);
        CHECK(out.BorderIntact());
      });
    }
  }
}

}  // namespace pawl::kernels
