// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// GGUF's blocks of e2m1 codes. Layouts from ggml-common.h; how ggml reads the scale bytes is told
// at ParamKind::kE8M0Ggml and kUE4M3Ggml. Unlike OCP's and NVIDIA's own layout, a group's first
// half is in the low nibbles. The per-tensor factor that goes with NVFP4 is a tensor of its own in
// GGUF.

#include <cstdint>

#include "lib/formats/codecs/block_codec.h"

namespace pawl {
namespace {

// value = 2 * e2m1[q] * 2^(e - 128)
struct BlockMXFP4 {
  uint8_t e;
  uint8_t qs[16];

  void Take(BlockFields* f) const {
    f->scales[0] = e;
    TakeNibbles(qs, 16, 0, f->codes);
  }
  void Put(const BlockFields& f) {
    e = static_cast<uint8_t>(f.scales[0]);
    PutNibbles(f.codes, 16, 0, qs);
  }
};
static_assert(sizeof(BlockMXFP4) == 17);

// value = 2 * e2m1[q] * (ue4m3(d[group]) / 2); 4 groups of 16
struct BlockNVFP4 {
  uint8_t d[4];
  uint8_t qs[32];

  void Take(BlockFields* f) const {
    for (int j = 0; j < 4; ++j) {
      f->scales[j] = d[j];
      TakeNibbles(qs + 8 * j, 8, 0, f->codes + 16 * j);
    }
  }
  void Put(const BlockFields& f) {
    for (int j = 0; j < 4; ++j) {
      d[j] = static_cast<uint8_t>(f.scales[j]);
      PutNibbles(f.codes + 16 * j, 8, 0, qs + 8 * j);
    }
  }
};
static_assert(sizeof(BlockNVFP4) == 36);

constexpr Element kE2M1{ElementKind::kE2M1, 4};

}  // namespace

constinit const BlockFormat kBlockFormatMXFP4 = MakeBlockFormat<BlockMXFP4>(
    "MXFP4", 39, 32, BlockScheme(kE2M1, 32, ParamType{ParamKind::kE8M0Ggml, 8}));
constinit const BlockFormat kBlockFormatNVFP4 = MakeBlockFormat<BlockNVFP4>(
    "NVFP4", 40, 64, BlockScheme(kE2M1, 16, ParamType{ParamKind::kUE4M3Ggml, 8}));

}  // namespace pawl
