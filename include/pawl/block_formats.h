// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// GGUF's block formats: tensors as rows of fixed-size blocks, each with its scales and codes.

#ifndef PAWL_INCLUDE_PAWL_BLOCK_FORMATS_H_
#define PAWL_INCLUDE_PAWL_BLOCK_FORMATS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "pawl/quantized_tensor.h"
#include "pawl/scheme.h"

namespace pawl {

struct BlockCodec;

// One block format. Blocks never span rows: the last dimension is a multiple of `elements`.
struct BlockFormat {
  absl::string_view name;  // as GGUF writes it: "Q4_0", "Q6_K", "IQ4_XS", "MXFP4" ...
  uint32_t gguf_type = 0;  // tensor type id in GGUF files
  int32_t elements = 0;    // of one block
  int32_t bytes = 0;       // of one block
  Scheme scheme;           // what the blocks are
  const BlockCodec* codec = nullptr;
};

// All formats in the order of their type ids. They live as long as the program.
absl::Span<const BlockFormat* const> BlockFormats();

// Null when there is none. Names are compared without regard to case.
const BlockFormat* FindBlockFormat(absl::string_view name);
const BlockFormat* FindBlockFormatOfGgufType(uint32_t gguf_type);

// Bytes of a tensor of this shape. Errors: InvalidArgument where blocks do not fill the rows.
absl::StatusOr<int64_t> BlockBytes(const BlockFormat& format, absl::Span<const int64_t> shape);

// Blocks -> canonical packing. Dequantize() of the result has the values that ggml decodes, bit for
// bit. `shape` is W[out, in] (GGUF's dimensions reversed).
// Errors: InvalidArgument where bytes and shape do not fit together.
absl::StatusOr<QuantizedTensor> DecodeBlocks(const BlockFormat& format,
                                             absl::Span<const uint8_t> bytes,
                                             absl::Span<const int64_t> shape);

// The same blocks again from the same codes and parameters. `out` has BlockBytes() bytes.
// Errors: InvalidArgument where the tensor's scheme is not the format's (full_range aside; plain
// E8M0 scales below 255 fit MXFP4), naming the part, or `out` has another size.
absl::Status EncodeBlocks(const BlockFormat& format, const QuantizedTensor& tensor,
                          absl::Span<uint8_t> out);

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_BLOCK_FORMATS_H_
