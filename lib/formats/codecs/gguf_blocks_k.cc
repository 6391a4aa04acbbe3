// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// GGUF's K blocks: 256 elements in groups of 16 or 32, whose integer scales stand under an f16.
// Layouts from ggml-common.h and the scale packing from ggml-quants.c (get_scale_min_k4 and the
// q3_K rows).

#include <cstdint>

#include "lib/formats/codecs/block_codec.h"

namespace pawl {
namespace {

// Two-bit fields of 256 elements: element 128*n + 32*j + l has bits 2j of byte 32*n + l.
void TakePairs(const uint8_t* qs, uint8_t* codes) {
  for (int e = 0; e < 256; ++e) {
    codes[e] = qs[e / 128 * 32 + e % 32] >> (e / 32 % 4 * 2) & 3;
  }
}

void PutPairs(const uint8_t* codes, uint8_t flip, uint8_t* qs) {
  for (int e = 0; e < 256; ++e) {
    const int pair = ((codes[e] ^ flip) & 3) << (e / 32 % 4 * 2);
    uint8_t& byte = qs[e / 128 * 32 + e % 32];
    byte = static_cast<uint8_t>(byte | pair);
  }
}

// Eight 6-bit scales and minima in 12 bytes: the first four whole in bytes 0..7, the others as low
// nibbles in bytes 8..11 and top pairs above those of bytes 0..7.
void TakeScalesAndMinima(const uint8_t* packed, BlockFields* f) {
  for (int j = 0; j < 4; ++j) {
    f->scales[j] = packed[j] & 63;
    f->offsets[j] = packed[j + 4] & 63;
    f->scales[j + 4] = static_cast<uint16_t>((packed[j + 8] & 15) | packed[j] >> 6 << 4);
    f->offsets[j + 4] = static_cast<uint16_t>(packed[j + 8] >> 4 | packed[j + 4] >> 6 << 4);
  }
}

void PutScalesAndMinima(const BlockFields& f, uint8_t* packed) {
  for (int j = 0; j < 4; ++j) {
    const int scale = f.scales[j + 4];
    const int minimum = f.offsets[j + 4];
    packed[j] = static_cast<uint8_t>((f.scales[j] & 63) | scale >> 4 << 6);
    packed[j + 4] = static_cast<uint8_t>((f.offsets[j] & 63) | minimum >> 4 << 6);
    packed[j + 8] = static_cast<uint8_t>((scale & 15) | (minimum & 15) << 4);
  }
}

// value = (d * scale) * q - (dmin * minimum); scale in the low nibble, minimum in the high one
struct BlockQ2_K {
  uint8_t scales[16];
  uint8_t qs[64];
  uint16_t d;
  uint16_t dmin;

  void Take(BlockFields* f) const {
    for (int j = 0; j < 16; ++j) {
      f->scales[j] = scales[j] & 15;
      f->offsets[j] = scales[j] >> 4;
    }
    f->super_scale = d;
    f->super_offset = dmin;
    TakePairs(qs, f->codes);
  }
  void Put(const BlockFields& f) {
    for (int j = 0; j < 16; ++j) {
      scales[j] = static_cast<uint8_t>((f.scales[j] & 15) | (f.offsets[j] & 15) << 4);
    }
    d = f.super_scale;
    dmin = f.super_offset;
    PutPairs(f.codes, 0, qs);
  }
};
static_assert(sizeof(BlockQ2_K) == 84);

// value = (d * (scale - 32)) * (q - 4), q's third bit in hmask: element e has bit e / 32 of byte
// e % 32. Scale j: low nibbles of bytes 0..7, then their high nibbles; top pair j / 4 of byte
// 8 + j % 4.
struct BlockQ3_K {
  uint8_t hmask[32];
  uint8_t qs[64];
  uint8_t scales[12];
  uint16_t d;

  void Take(BlockFields* f) const {
    TakePairs(qs, f->codes);
    for (int e = 0; e < 256; ++e) {
      const int high = hmask[e % 32] >> (e / 32) & 1;
      f->codes[e] = static_cast<uint8_t>((f->codes[e] | high << 2) ^ 4);
    }
    for (int j = 0; j < 16; ++j) {
      const int low = scales[j % 8] >> (j / 8 * 4) & 15;
      const int high = scales[8 + j % 4] >> (j / 4 * 2) & 3;
      f->scales[j] = static_cast<uint16_t>((low | high << 4) ^ 32);
    }
    f->super_scale = d;
  }
  void Put(const BlockFields& f) {
    PutPairs(f.codes, 0, qs);
    for (int e = 0; e < 256; ++e) {
      const int high = (f.codes[e] ^ 4) >> 2 & 1;
      hmask[e % 32] = static_cast<uint8_t>(hmask[e % 32] | high << (e / 32));
    }
    for (int j = 0; j < 16; ++j) {
      const int scale = f.scales[j] ^ 32;
      uint8_t& low = scales[j % 8];
      uint8_t& high = scales[8 + j % 4];
      low = static_cast<uint8_t>(low | (scale & 15) << (j / 8 * 4));
      high = static_cast<uint8_t>(high | (scale >> 4 & 3) << (j / 4 * 2));
    }
    d = f.super_scale;
  }
};
static_assert(sizeof(BlockQ3_K) == 110);

// value = (d * scale) * q - (dmin * minimum); 32 bytes hold 32 low nibbles, then 32 high ones
struct BlockQ4_K {
  uint16_t d;
  uint16_t dmin;
  uint8_t scales[12];
  uint8_t qs[128];

  void Take(BlockFields* f) const {
    f->super_scale = d;
    f->super_offset = dmin;
    TakeScalesAndMinima(scales, f);
    for (int c = 0; c < 4; ++c) TakeNibbles(qs + 32 * c, 32, 0, f->codes + 64 * c);
  }
  void Put(const BlockFields& f) {
    d = f.super_scale;
    dmin = f.super_offset;
    PutScalesAndMinima(f, scales);
    for (int c = 0; c < 4; ++c) PutNibbles(f.codes + 64 * c, 32, 0, qs + 32 * c);
  }
};
static_assert(sizeof(BlockQ4_K) == 144);

// As Q4_K; the fifth bit of element e is bit e / 32 of qh[e % 32].
struct BlockQ5_K {
  uint16_t d;
  uint16_t dmin;
  uint8_t scales[12];
  uint8_t qh[32];
  uint8_t qs[128];

  void Take(BlockFields* f) const {
    f->super_scale = d;
    f->super_offset = dmin;
    TakeScalesAndMinima(scales, f);
    for (int c = 0; c < 4; ++c) TakeNibbles(qs + 32 * c, 32, 0, f->codes + 64 * c);
    for (int e = 0; e < 256; ++e) {
      const int high = qh[e % 32] >> (e / 32) & 1;
      f->codes[e] = static_cast<uint8_t>(f->codes[e] | high << 4);
    }
  }
  void Put(const BlockFields& f) {
    d = f.super_scale;
    dmin = f.super_offset;
    PutScalesAndMinima(f, scales);
    for (int c = 0; c < 4; ++c) PutNibbles(f.codes + 64 * c, 32, 0, qs + 32 * c);
    for (int e = 0; e < 256; ++e) {
      const int high = f.codes[e] >> 4 & 1;
      qh[e % 32] = static_cast<uint8_t>(qh[e % 32] | high << (e / 32));
    }
  }
};
static_assert(sizeof(BlockQ5_K) == 176);

// value = (d * scale) * (q - 32). Of each 128 elements, the low nibbles of 64 bytes are the first
// 64, the high nibbles the others; top pair e / 32 of element e in qh[e % 32].
struct BlockQ6_K {
  uint8_t ql[128];
  uint8_t qh[64];
  int8_t scales[16];
  uint16_t d;

  void Take(BlockFields* f) const {
    for (int n = 0; n < 2; ++n) TakeNibbles(ql + 64 * n, 64, 0, f->codes + 128 * n);
    uint8_t pairs[256];
    TakePairs(qh, pairs);
    for (int e = 0; e < 256; ++e) {
      f->codes[e] = static_cast<uint8_t>((f->codes[e] | pairs[e] << 4) ^ 32);
    }
    for (int j = 0; j < 16; ++j) f->scales[j] = static_cast<uint8_t>(scales[j]);
    f->super_scale = d;
  }
  void Put(const BlockFields& f) {
    for (int n = 0; n < 2; ++n) PutNibbles(f.codes + 128 * n, 64, 0, ql + 64 * n);
    uint8_t pairs[256];
    for (int e = 0; e < 256; ++e) pairs[e] = static_cast<uint8_t>((f.codes[e] ^ 32) >> 4 & 3);
    PutPairs(pairs, 0, qh);
    for (int j = 0; j < 16; ++j) scales[j] = static_cast<int8_t>(f.scales[j]);
    d = f.super_scale;
  }
};
static_assert(sizeof(BlockQ6_K) == 210);

constexpr Scheme KScheme(Element element, int64_t group_size, ParamType scale, bool minimum) {
  Scheme scheme = BlockScheme(element, group_size, scale);
  scheme.scale.super_type = kParamF16;
  scheme.scale.super_size = 256 / group_size;
  if (minimum) scheme.offset = OffsetFormat{OffsetKind::kMinimum, scale, kParamF16};
  return scheme;
}

constexpr ParamType kUint4{ParamKind::kUint, 4};
constexpr ParamType kUint6{ParamKind::kUint, 6};
constexpr ParamType kInt6{ParamKind::kInt, 6};
constexpr ParamType kInt8{ParamKind::kInt, 8};

}  // namespace

constinit const BlockFormat kBlockFormatQ2_K = MakeBlockFormat<BlockQ2_K>(
    "Q2_K", 10, 256, KScheme(Element{ElementKind::kUint, 2}, 16, kUint4, true));
constinit const BlockFormat kBlockFormatQ3_K = MakeBlockFormat<BlockQ3_K>(
    "Q3_K", 11, 256, KScheme(Element{ElementKind::kInt, 3}, 16, kInt6, false));
constinit const BlockFormat kBlockFormatQ4_K = MakeBlockFormat<BlockQ4_K>(
    "Q4_K", 12, 256, KScheme(Element{ElementKind::kUint, 4}, 32, kUint6, true));
constinit const BlockFormat kBlockFormatQ5_K = MakeBlockFormat<BlockQ5_K>(
    "Q5_K", 13, 256, KScheme(Element{ElementKind::kUint, 5}, 32, kUint6, true));
constinit const BlockFormat kBlockFormatQ6_K = MakeBlockFormat<BlockQ6_K>(
    "Q6_K", 14, 256, KScheme(Element{ElementKind::kInt, 6}, 16, kInt8, false));

}  // namespace pawl
