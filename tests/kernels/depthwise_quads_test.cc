// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/depthwise_quads.h"

#include <algorithm>
#include <vector>

#include "test_util.h"

namespace pawl::kernels {
namespace {

// Weights as [quads][o][4][channels], and the kernel's order of them.
struct Case {
  Case(size_t channels_, size_t quads_, size_t positions_, bool extreme, Rng& rng)
      : channels(channels_), quads(quads_), positions(positions_), step(channels + rng() % 9) {
    for (size_t i = 0; i < 4 * quads; ++i) offsets.push_back(static_cast<int64_t>(rng() % 300));
    const auto furthest = static_cast<size_t>(*std::max_element(offsets.begin(), offsets.end()));
    image.resize((positions > 0 ? positions - 2 : 0) * step + furthest + channels);
    for (uint8_t& x : image) x = static_cast<uint8_t>(extreme ? 255 : rng());
    weights.resize(quads * 8 * channels);
    for (int8_t& w : weights) w = static_cast<int8_t>(extreme ? -128 : static_cast<int>(rng()));
    start.resize(channels);
    for (int32_t& s : start) s = static_cast<int32_t>(rng() % 2000001) - 1000000;
  }
  int32_t WeightAt(size_t q, size_t o, size_t j, size_t c) const {
    return weights[((q * 2 + o) * 4 + j) * channels + c];
  }
  // Position p sees its pair's pixels; the last two of an odd number are one.
  int32_t Expected(size_t p, size_t c) const {
    const bool last = positions % 2 == 1 && p + 2 >= positions;
    const size_t o = last ? p + 2 - positions : p % 2;
    int64_t sum = start[c];
    for (size_t i = 0; i < 4 * quads; ++i) {
      const size_t at = (p - o) * step + static_cast<size_t>(offsets[i]) + c;
      sum += int64_t{image[at]} * WeightAt(i / 4, o, i % 4, c);
    }
    return static_cast<int32_t>(sum);
  }

  size_t channels, quads, positions, step;
  std::vector<int64_t> offsets;
  std::vector<uint8_t> image;
  std::vector<int8_t> weights;
  std::vector<int32_t> start;
};

}  // namespace

TEST_CASE("DepthwiseQuads is exact on every target") {
  Rng rng(31);
  for (const size_t channels : {1, 3, 16, 31, 63, 64, 65, 96, 128, 150}) {
    for (const size_t positions : {0, 2, 3, 4, 7}) {
      for (const bool extreme : {false, true}) {
        const Case c(channels, 1 + rng() % 5, positions, extreme, rng);
        const size_t padded = (channels + kDepthwiseBlock - 1) / kDepthwiseBlock * kDepthwiseBlock;
        std::vector<int8_t> memory(8 * c.quads * padded + 64);
        const auto address = reinterpret_cast<uintptr_t>(memory.data());
        int8_t* weights = memory.data() + (64 - address % 64) % 64;
        std::vector<int32_t> start(padded);
        for (size_t i = 0; i < channels; ++i) {
          start[DepthwiseQuadsStartAt(i)] = c.start[i];
          for (size_t q = 0; q < c.quads; ++q) {
            for (size_t o = 0; o < 2; ++o) {
              for (size_t j = 0; j < 4; ++j) {
                weights[DepthwiseQuadsWeightAt(c.quads, q, o, j, i)] =
                    static_cast<int8_t>(c.WeightAt(q, o, j, i));
              }
            }
          }
        }
        const Buffer<uint8_t> image(c.image);
        const DepthwiseQuadsShape shape{channels,  c.quads, c.offsets.data(), weights, start.data(),
                                        positions, c.step};
        INFO("channels " << channels << ", positions " << positions);
        ForEachTarget([&](Target target) {
          Buffer<int32_t> out(positions * channels);
          DepthwiseQuads(target, shape, image.data(), out.data());
          bool same = true;
          for (size_t i = 0; i < out.size(); ++i) {
            same = same && out[i] == c.Expected(i / channels, i % channels);
          }
          CHECK(same);
          CHECK(out.BorderIntact());
        });
      }
    }
  }
}

}  // namespace pawl::kernels
