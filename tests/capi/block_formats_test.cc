// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Block formats through the C ABI; that their values are ggml's is shown in tests/formats/codecs.

#include <cstring>

#include "capi_test_util.h"

namespace pawl_test {
namespace {

TEST_CASE("every block format decodes and encodes back to its bytes") {
  const Context c;
  const int64_t shape[] = {3, 512};
  REQUIRE(pawl_block_format_count() == 14);
  CHECK(pawl_block_format_name(14) == nullptr);
  CHECK(pawl_block_format_gguf_type(14) == -1);
  CHECK(pawl_block_format_elements(14) == 0);
  CHECK(pawl_block_format_bytes(14) == 0);
  Scheme none;
  CHECK(pawl_block_format_scheme(c, 14, none.out()) == PAWL_OUT_OF_RANGE);
  for (size_t i = 0; i < pawl_block_format_count(); ++i) {
    const char* name = pawl_block_format_name(i);
    INFO(name);
    CHECK(pawl_block_format_gguf_type(i) > 1);
    REQUIRE(pawl_block_format_elements(i) >= 32);
    size_t size = 0;
    REQUIRE(pawl_blocks_size(c, name, shape, 2, &size) == PAWL_OK);
    CHECK(size == 3 * 512 / pawl_block_format_elements(i) * pawl_block_format_bytes(i));
    std::vector<uint8_t> blocks(size);
    // Small bytes: finite scales in every format.
    for (size_t b = 0; b < size; ++b) blocks[b] = static_cast<uint8_t>(b * 37 % 61);
    Quantized quantized;
    REQUIRE(pawl_blocks_decode(c, name, blocks.data(), size, shape, 2, quantized.out()) == PAWL_OK);
    Scheme listed;
    Scheme decoded;
    REQUIRE(pawl_block_format_scheme(c, i, listed.out()) == PAWL_OK);
    REQUIRE(pawl_quantized_tensor_scheme(c, quantized, decoded.out()) == PAWL_OK);
    CHECK(pawl_scheme_equal(listed, decoded) == 1);
    std::vector<uint8_t> back(size);
    REQUIRE(pawl_blocks_encode(c, name, quantized, back.data(), size) == PAWL_OK);
    CHECK(back == blocks);
  }
}

TEST_CASE("what does not fit is named") {
  const Context c;
  const int64_t shape[] = {2, 64};
  size_t size = 0;
  CHECK(pawl_blocks_size(c, "Q4_00", shape, 2, &size) == PAWL_NOT_FOUND);
  CHECK(Contains(c.error(), "Q4_0"));
  CHECK(pawl_blocks_size(c, "q4_k", shape, 2, &size) == PAWL_INVALID_ARGUMENT);
  CHECK(pawl_blocks_size(c, nullptr, shape, 2, &size) == PAWL_INVALID_ARGUMENT);
  REQUIRE(pawl_blocks_size(c, "q8_0", shape, 2, &size) == PAWL_OK);
  CHECK(size == 4 * 34);
  std::vector<uint8_t> blocks(size);
  Quantized quantized;
  CHECK(pawl_blocks_decode(c, "q8_0", blocks.data(), size - 1, shape, 2, quantized.out()) ==
        PAWL_INVALID_ARGUMENT);
  CHECK(static_cast<pawl_quantized_tensor*>(quantized) == nullptr);
  REQUIRE(pawl_blocks_decode(c, "q8_0", blocks.data(), size, shape, 2, quantized.out()) == PAWL_OK);
  CHECK(pawl_blocks_encode(c, "q4_0", quantized, blocks.data(), size) == PAWL_INVALID_ARGUMENT);
  CHECK(pawl_blocks_encode(c, "q8_0", nullptr, blocks.data(), size) == PAWL_INVALID_ARGUMENT);
}

}  // namespace
}  // namespace pawl_test
