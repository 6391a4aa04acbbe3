// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Packing of panels. Plain words of four columns: a layer is packed once, and this is as fast as
// its codes are unpacked.

#include <cstring>

#include "kernels/panel_matmul.h"

namespace pawl::kernels {
namespace {

uint32_t LoadQuad(const uint8_t* from) {
  uint32_t quad;
  std::memcpy(&quad, from, sizeof(quad));
  return quad;
}

// One plane of kWidth bits that stand at `place` in each code.
template <int kWidth>
uint8_t* PackPlane(const uint8_t* rows, size_t stride, int place, uint8_t* out) {
  constexpr size_t kPerBlock = 8 / kWidth;
  constexpr uint32_t kMask = 0x01010101u * ((1u << kWidth) - 1);
  for (size_t block = 0; block < 8 / kPerBlock; ++block, out += 64) {
    for (size_t r = 0; r < kPanelRows; ++r) {
      const uint8_t* from = rows + r * stride + 4 * block * kPerBlock;
      uint32_t word = 0;
      for (size_t i = 0; i < kPerBlock; ++i) {
        word |= (LoadQuad(from + 4 * i) >> place & kMask) << (i * kWidth);
      }
      std::memcpy(out + 4 * r, &word, sizeof(word));
    }
  }
  return out;
}

}  // namespace

void PackPanel(Target target, const uint8_t* rows, size_t stride, size_t chunks, int bits,
               uint8_t* panel) {
  if (target == Target::kScalar) return reference::PackPanel(rows, stride, chunks, bits, panel);
  for (size_t c = 0; c < chunks; ++c) {
    const uint8_t* from = rows + c * kPanelChunk;
    int place = 0;
    if (bits == 8) {
      for (size_t i = 0; i < 8 * kPanelRows; ++i) {
        std::memcpy(panel + 4 * i, from + i % kPanelRows * stride + i / kPanelRows * 4, 4);
      }
      panel += PanelChunkBytes(8);
      continue;
    }
    if ((bits & 4) != 0) {
      panel = PackPlane<4>(from, stride, place, panel);
      place += 4;
    }
    if ((bits & 2) != 0) {
      panel = PackPlane<2>(from, stride, place, panel);
      place += 2;
    }
    if ((bits & 1) != 0) panel = PackPlane<1>(from, stride, place, panel);
  }
}

}  // namespace pawl::kernels
