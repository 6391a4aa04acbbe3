// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// GGUF's blocks: any bytes decode, to the same values on every target, and encode to the same
// bytes.

#include <string>

#include "checkpoint_check.h"
#include "pawl/block_formats.h"

PAWL_FUZZ_TARGET(block_formats) {
  using namespace pawl;
  fuzz::Input input(bytes);
  const absl::Span<const BlockFormat* const> formats = BlockFormats();
  const BlockFormat& format = *formats[input.Byte() % formats.size()];
  std::vector<int64_t> shape;
  const uint8_t how = input.Byte();
  if (how >= 240) {  // shapes that fit nothing, and the sizes of any input
    fuzz::Tensors tensors(input);
    shape.resize(how % 4);
    for (int64_t& dim : shape) dim = tensors.Dim();
    const auto decoded = DecodeBlocks(format, input.rest(), shape);
    if (fuzz::Succeeded(decoded.status())) fuzz::CheckDecoded(*decoded);
    fuzz::Succeeded(BlockBytes(format, shape).status());
    return;
  }
  shape = {1 + how % 3, (1 + how / 3 % 3) * format.elements};
  if (how % 2 == 1) shape.insert(shape.begin(), 2);
  const std::string name(format.name);
  const absl::StatusOr<int64_t> size = BlockBytes(format, shape);
  PAWL_FUZZ_CHECK(size.ok(), name);
  const std::vector<uint8_t> blocks = input.Filled(static_cast<size_t>(*size));
  absl::StatusOr<QuantizedTensor> decoded = absl::UnknownError("");
  {
    const fuzz::AllocationLimit limit(blocks.size(), 8);
    decoded = DecodeBlocks(format, blocks, shape);
  }
  PAWL_FUZZ_CHECK(decoded.ok(), decoded.status().ToString());
  fuzz::CheckDecoded(*decoded);
  std::vector<uint8_t> encoded(blocks.size());
  const absl::Status status = EncodeBlocks(format, *decoded, absl::MakeSpan(encoded));
  PAWL_FUZZ_CHECK(status.ok(), status.ToString());
  PAWL_FUZZ_CHECK(encoded == blocks, name + ": encoded to other bytes");
}
