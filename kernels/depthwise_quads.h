// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Depthwise convolution of codes by instructions that multiply four bytes a lane, two neighbouring
// positions at a time: the pixels that either of them sees are interleaved once, in quads, and
// multiplied by the weights of both.
//
//   out[p, c] = start[c] + sum over q < quads and j < 4 of
//               x[(p - o) * position_step + offsets[4 * q + j] + c] * w[q, o, j, c]
//
// with o = 0 and 1 in turn; of an odd number of positions the last two are a pair, too, and what
// they give is the result for both. Weights of 0 stand for pixels that a position does not
// see. Exact while there are at most 32768 taps. Every target gives the same bits. Pure,
// thread-safe.

#ifndef PAWL_KERNELS_DEPTHWISE_QUADS_H_
#define PAWL_KERNELS_DEPTHWISE_QUADS_H_

#include <cstddef>
#include <cstdint>

#include "kernels/target.h"

namespace pawl::kernels {

// Channels go in blocks of so many; the last one is filled up, in weights and starts only.
inline constexpr size_t kDepthwiseBlock = 64;

struct DepthwiseQuadsShape {
  size_t channels = 0;
  size_t quads = 0;
  const int64_t* offsets = nullptr;  // [quads][4] elements
  const int8_t* weights = nullptr;   // as DepthwiseQuadsWeightAt has them, 64-byte aligned
  const int32_t* start = nullptr;    // as DepthwiseQuadsStartAt has them
  size_t positions = 0;              // not 1
  size_t position_step = 0;
};

// Place of start[c], in elements: vectors hold four channels of each 16, as interleaving leaves
// them.
constexpr size_t DepthwiseQuadsStartAt(size_t c) {
  const size_t in_block = c % kDepthwiseBlock;
  return c / kDepthwiseBlock * kDepthwiseBlock + in_block % 16 / 4 * 16 + in_block / 16 * 4 + c % 4;
}

// Place of w[q, o, j, c].
constexpr size_t DepthwiseQuadsWeightAt(size_t quads, size_t q, size_t o, size_t j, size_t c) {
  const size_t block = c / kDepthwiseBlock;
  const size_t of_channel = DepthwiseQuadsStartAt(c) % kDepthwiseBlock;
  return ((block * quads + q) * 2 + o) * 4 * kDepthwiseBlock + 4 * of_channel + j;
}

// Whether the target has such instructions; to others this is no gain.
bool HasDepthwiseQuads(Target target);

void DepthwiseQuads(Target target, const DepthwiseQuadsShape& shape, const uint8_t* x,
                    int32_t* out);

namespace reference {
void DepthwiseQuads(const DepthwiseQuadsShape& shape, const uint8_t* x, int32_t* out);
}  // namespace reference

}  // namespace pawl::kernels

#endif  // PAWL_KERNELS_DEPTHWISE_QUADS_H_
