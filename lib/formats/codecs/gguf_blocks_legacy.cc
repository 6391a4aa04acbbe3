// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// GGUF's first block formats: 32 elements under one f16 scale. Layouts from ggml-common.h.

#include <cstdint>
#include <cstring>

#include "lib/formats/codecs/block_codec.h"

namespace pawl {
namespace {

constexpr uint16_t kSign = 0x8000;  // of an f16: a minimum is stored as what is added

// The fifth bits of 32 codes: bit j of qh belongs to element j.
void TakeFifthBits(const uint8_t* qh, uint8_t* codes) {
  for (int j = 0; j < 32; ++j) {
    codes[j] = static_cast<uint8_t>(codes[j] | (qh[j / 8] >> (j % 8) & 1) << 4);
  }
}

void PutFifthBits(const uint8_t* codes, uint8_t flip, uint8_t* qh) {
  for (int j = 0; j < 32; ++j) {
    const int bit = (codes[j] ^ flip) >> 4 & 1;
    qh[j / 8] = static_cast<uint8_t>(qh[j / 8] | bit << (j % 8));
  }
}

// value = (q - 8) * d
struct BlockQ4_0 {
  uint16_t d;
  uint8_t qs[16];

  void Take(BlockFields* f) const {
    f->scales[0] = d;
    TakeNibbles(qs, 16, 8, f->codes);
  }
  void Put(const BlockFields& f) {
    d = f.scales[0];
    PutNibbles(f.codes, 16, 8, qs);
  }
};
static_assert(sizeof(BlockQ4_0) == 18);

// value = q * d + m
struct BlockQ4_1 {
  uint16_t d;
  uint16_t m;
  uint8_t qs[16];

  void Take(BlockFields* f) const {
    f->scales[0] = d;
    f->offsets[0] = m ^ kSign;
    TakeNibbles(qs, 16, 0, f->codes);
  }
  void Put(const BlockFields& f) {
    d = f.scales[0];
    m = f.offsets[0] ^ kSign;
    PutNibbles(f.codes, 16, 0, qs);
  }
};
static_assert(sizeof(BlockQ4_1) == 20);

// value = (q - 16) * d
struct BlockQ5_0 {
  uint16_t d;
  uint8_t qh[4];
  uint8_t qs[16];

  void Take(BlockFields* f) const {
    f->scales[0] = d;
    TakeNibbles(qs, 16, 0, f->codes);
    TakeFifthBits(qh, f->codes);
    for (int j = 0; j < 32; ++j) f->codes[j] ^= 16;
  }
  void Put(const BlockFields& f) {
    d = f.scales[0];
    PutNibbles(f.codes, 16, 0, qs);
    PutFifthBits(f.codes, 16, qh);
  }
};
static_assert(sizeof(BlockQ5_0) == 22);

// value = q * d + m
struct BlockQ5_1 {
  uint16_t d;
  uint16_t m;
  uint8_t qh[4];
  uint8_t qs[16];

  void Take(BlockFields* f) const {
    f->scales[0] = d;
    f->offsets[0] = m ^ kSign;
    TakeNibbles(qs, 16, 0, f->codes);
    TakeFifthBits(qh, f->codes);
  }
  void Put(const BlockFields& f) {
    d = f.scales[0];
    m = f.offsets[0] ^ kSign;
    PutNibbles(f.codes, 16, 0, qs);
    PutFifthBits(f.codes, 0, qh);
  }
};
static_assert(sizeof(BlockQ5_1) == 24);

// value = q * d
struct BlockQ8_0 {
  uint16_t d;
  uint8_t qs[32];

  void Take(BlockFields* f) const {
    f->scales[0] = d;
    std::memcpy(f->codes, qs, sizeof(qs));
  }
  void Put(const BlockFields& f) {
    d = f.scales[0];
    std::memcpy(qs, f.codes, sizeof(qs));
  }
};
static_assert(sizeof(BlockQ8_0) == 34);

constexpr Scheme Symmetric(uint8_t bits) {
  return BlockScheme(Element{ElementKind::kInt, bits}, 32, kParamF16);
}

constexpr Scheme WithMinimum(uint8_t bits) {
  Scheme scheme = BlockScheme(Element{ElementKind::kUint, bits}, 32, kParamF16);
  scheme.offset = OffsetFormat{OffsetKind::kMinimum, kParamF16, kParamNone};
  return scheme;
}

}  // namespace

constinit const BlockFormat kBlockFormatQ4_0 =
    MakeBlockFormat<BlockQ4_0>("Q4_0", 2, 32, Symmetric(4));
constinit const BlockFormat kBlockFormatQ4_1 =
    MakeBlockFormat<BlockQ4_1>("Q4_1", 3, 32, WithMinimum(4));
constinit const BlockFormat kBlockFormatQ5_0 =
    MakeBlockFormat<BlockQ5_0>("Q5_0", 6, 32, Symmetric(5));
constinit const BlockFormat kBlockFormatQ5_1 =
    MakeBlockFormat<BlockQ5_1>("Q5_1", 7, 32, WithMinimum(5));
constinit const BlockFormat kBlockFormatQ8_0 =
    MakeBlockFormat<BlockQ8_0>("Q8_0", 8, 32, Symmetric(8));

}  // namespace pawl
