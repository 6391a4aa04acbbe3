// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What a GGUF block format is made of. A new format is a struct with its layout and formula in one
// of the gguf_blocks_*.cc files (or a file of its own) and a line in block_format_list.h.

#ifndef PAWL_LIB_FORMATS_CODECS_BLOCK_CODEC_H_
#define PAWL_LIB_FORMATS_CODECS_BLOCK_CODEC_H_

#include <cstdint>
#include <cstring>

#include "lib/formats/codecs/block_format_list.h"
#include "pawl/block_formats.h"
#include "pawl/scheme.h"

namespace pawl {

// A block taken apart: fields as canonical packing has them (signed ones in two's complement of
// their width), in the order of elements and groups.
struct BlockFields {
  uint8_t codes[256];
  uint16_t scales[16];
  uint16_t offsets[16];
  uint16_t super_scale;
  uint16_t super_offset;
};

struct BlockCodec {
  void (*take)(const uint8_t* block, BlockFields* fields);
  void (*put)(const BlockFields& fields, uint8_t* block);
};

// Through a copy: blocks in a file have no alignment.
template <typename Block>
constexpr BlockCodec kBlockCodec = {[](const uint8_t* bytes, BlockFields* fields) {
                                      Block block;
                                      std::memcpy(&block, bytes, sizeof(block));
                                      block.Take(fields);
                                    },
                                    [](const BlockFields& fields, uint8_t* bytes) {
                                      Block block{};
                                      block.Put(fields);
                                      std::memcpy(bytes, &block, sizeof(block));
                                    }};

template <typename Block>
constexpr BlockFormat MakeBlockFormat(absl::string_view name, uint32_t gguf_type, int32_t elements,
                                      const Scheme& scheme) {
  return BlockFormat{name,   gguf_type,          elements, static_cast<int32_t>(sizeof(Block)),
                     scheme, &kBlockCodec<Block>};
}

#define PAWL_DECLARE_BLOCK_FORMAT(name) extern const BlockFormat kBlockFormat##name;
PAWL_BLOCK_FORMATS(PAWL_DECLARE_BLOCK_FORMAT)
#undef PAWL_DECLARE_BLOCK_FORMAT

constexpr Scheme BlockScheme(Element element, int64_t group_size, ParamType scale) {
  Scheme scheme;
  scheme.element = element;
  scheme.grouping = Grouping{GroupKind::kAlongRow, 0, 1, group_size};
  scheme.scale.type = scale;
  scheme.full_range = element.kind == ElementKind::kInt;
  return scheme;
}

// 4-bit codes of 2*half elements: element j in the low nibble of byte j, j + half in the high one.
inline void TakeNibbles(const uint8_t* bytes, int half, uint8_t flip, uint8_t* codes) {
  for (int j = 0; j < half; ++j) {
    codes[j] = static_cast<uint8_t>((bytes[j] & 15) ^ flip);
    codes[j + half] = static_cast<uint8_t>((bytes[j] >> 4) ^ flip);
  }
}

inline void PutNibbles(const uint8_t* codes, int half, uint8_t flip, uint8_t* bytes) {
  for (int j = 0; j < half; ++j) {
    bytes[j] =
        static_cast<uint8_t>(((codes[j] ^ flip) & 15) | ((codes[j + half] ^ flip) & 15) << 4);
  }
}

}  // namespace pawl

#endif  // PAWL_LIB_FORMATS_CODECS_BLOCK_CODEC_H_
