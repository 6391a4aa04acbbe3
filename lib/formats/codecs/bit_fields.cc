// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/formats/codecs/bit_fields.h"

namespace pawl {
namespace {

// Eight fields fill exactly kBits bytes, which one 64-bit word holds.
template <int kBits>
void Pack(const uint8_t* fields, int64_t count, uint8_t* out) {
  constexpr uint64_t kMask = (1u << kBits) - 1;
  int64_t i = 0;
  for (; i + 8 <= count; i += 8, out += kBits) {
    uint64_t word = 0;
    for (int j = 0; j < 8; ++j) word |= (fields[i + j] & kMask) << (j * kBits);
    for (int j = 0; j < kBits; ++j) out[j] = static_cast<uint8_t>(word >> (8 * j));
  }
  uint64_t word = 0;
  const int64_t bytes = FieldBytes(kBits, count - i);
  for (int j = 0; i < count; ++i, ++j) word |= (fields[i] & kMask) << (j * kBits);
  for (int64_t j = 0; j < bytes; ++j) out[j] = static_cast<uint8_t>(word >> (8 * j));
}

template <int kBits>
void Unpack(const uint8_t* packed, int64_t count, uint8_t* fields) {
  constexpr uint64_t kMask = (1u << kBits) - 1;
  int64_t i = 0;
  for (; i + 8 <= count; i += 8, packed += kBits) {
    uint64_t word = 0;
    for (int j = 0; j < kBits; ++j) word |= static_cast<uint64_t>(packed[j]) << (8 * j);
    for (int j = 0; j < 8; ++j) fields[i + j] = static_cast<uint8_t>(word >> (j * kBits) & kMask);
  }
  uint64_t word = 0;
  const int64_t bytes = FieldBytes(kBits, count - i);
  for (int64_t j = 0; j < bytes; ++j) word |= static_cast<uint64_t>(packed[j]) << (8 * j);
  for (; i < count; ++i, word >>= kBits) fields[i] = static_cast<uint8_t>(word & kMask);
}

using PackFunction = void (*)(const uint8_t*, int64_t, uint8_t*);
constexpr PackFunction kPack[] = {Pack<1>, Pack<2>, Pack<3>, Pack<4>,
                                  Pack<5>, Pack<6>, Pack<7>, Pack<8>};
constexpr PackFunction kUnpack[] = {Unpack<1>, Unpack<2>, Unpack<3>, Unpack<4>,
                                    Unpack<5>, Unpack<6>, Unpack<7>, Unpack<8>};

}  // namespace

void PackFields(int bits, const uint8_t* fields, int64_t count, uint8_t* out) {
  kPack[bits - 1](fields, count, out);
}

void UnpackFields(int bits, const uint8_t* packed, int64_t count, uint8_t* fields) {
  kUnpack[bits - 1](packed, count, fields);
}

}  // namespace pawl
