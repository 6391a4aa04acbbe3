// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// GGUF's blocks over the 16 uneven levels of IQ4_NL. Layouts from ggml-common.h.

#include <cstdint>

#include "lib/formats/codecs/block_codec.h"

namespace pawl {
namespace {

// value = level[q] * d
struct BlockIQ4_NL {
  uint16_t d;
  uint8_t qs[16];

  void Take(BlockFields* f) const {
    f->scales[0] = d;
    TakeNibbles(qs, 16, 0, f->codes);
  }
  void Put(const BlockFields& f) {
    d = f.scales[0];
    PutNibbles(f.codes, 16, 0, qs);
  }
};
static_assert(sizeof(BlockIQ4_NL) == 18);

// value = (d * (scale - 32)) * level[q]; 8 groups of 32, scale j: nibble j of scales_l, top pair j
// of scales_h
struct BlockIQ4_XS {
  uint16_t d;
  uint16_t scales_h;
  uint8_t scales_l[4];
  uint8_t qs[128];

  void Take(BlockFields* f) const {
    f->super_scale = d;
    for (int j = 0; j < 8; ++j) {
      const int low = scales_l[j / 2] >> (j % 2 * 4) & 15;
      const int high = scales_h >> (2 * j) & 3;
      f->scales[j] = static_cast<uint16_t>((low | high << 4) ^ 32);
      TakeNibbles(qs + 16 * j, 16, 0, f->codes + 32 * j);
    }
  }
  void Put(const BlockFields& f) {
    d = f.super_scale;
    for (int j = 0; j < 8; ++j) {
      const int scale = f.scales[j] ^ 32;
      uint8_t& low = scales_l[j / 2];
      low = static_cast<uint8_t>(low | (scale & 15) << (j % 2 * 4));
      scales_h = static_cast<uint16_t>(scales_h | (scale >> 4 & 3) << (2 * j));
      PutNibbles(f.codes + 32 * j, 16, 0, qs + 16 * j);
    }
  }
};
static_assert(sizeof(BlockIQ4_XS) == 136);

constexpr Scheme IqScheme(ParamType scale) {
  Scheme scheme = BlockScheme(Element{ElementKind::kTable, 4}, 32, scale);
  scheme.table = TableKind::kIQ4NL;
  return scheme;
}

constexpr Scheme IqXsScheme() {
  Scheme scheme = IqScheme(ParamType{ParamKind::kInt, 6});
  scheme.scale.super_type = kParamF16;
  scheme.scale.super_size = 8;
  return scheme;
}

}  // namespace

constinit const BlockFormat kBlockFormatIQ4_NL =
    MakeBlockFormat<BlockIQ4_NL>("IQ4_NL", 20, 32, IqScheme(kParamF16));
constinit const BlockFormat kBlockFormatIQ4_XS =
    MakeBlockFormat<BlockIQ4_XS>("IQ4_XS", 23, 256, IqXsScheme());

}  // namespace pawl
