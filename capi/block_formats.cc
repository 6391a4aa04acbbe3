// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/block_formats.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "capi/shim.h"
#include "lib/core/nearest.h"

using pawl::BlockFormat;
using pawl::BlockFormats;
using pawl::Context;
using pawl::capi::Call;
using pawl::capi::CheckParts;
using pawl::capi::Make;
using pawl::capi::MakeScheme;
using pawl::capi::ShapeOf;

namespace {

// Names of the list are literals, so they end with NUL.
const BlockFormat* At(size_t index) {
  const auto formats = BlockFormats();
  return index < formats.size() ? formats[index] : nullptr;
}

absl::StatusOr<const BlockFormat*> FindFormat(const char* name) {
  PAWL_NEED(name);
  if (const BlockFormat* format = pawl::FindBlockFormat(name); format != nullptr) return format;
  std::vector<std::string> names;
  for (const BlockFormat* format : BlockFormats()) names.emplace_back(format->name);
  return absl::NotFoundError(
      absl::StrCat("no block format '", name, "'", pawl::DidYouMean(name, names)));
}

}  // namespace

extern "C" {

size_t pawl_block_format_count(void) noexcept { return BlockFormats().size(); }

const char* pawl_block_format_name(size_t index) noexcept {
  const BlockFormat* format = At(index);
  return format != nullptr ? format->name.data() : nullptr;
}

int32_t pawl_block_format_gguf_type(size_t index) noexcept {
  const BlockFormat* format = At(index);
  return format != nullptr ? static_cast<int32_t>(format->gguf_type) : -1;
}

size_t pawl_block_format_elements(size_t index) noexcept {
  const BlockFormat* format = At(index);
  return format != nullptr ? static_cast<size_t>(format->elements) : 0;
}

size_t pawl_block_format_bytes(size_t index) noexcept {
  const BlockFormat* format = At(index);
  return format != nullptr ? static_cast<size_t>(format->bytes) : 0;
}

int32_t pawl_block_format_scheme(pawl_context* context, size_t index,
                                 pawl_scheme** scheme) noexcept {
  return MakeScheme(context, scheme, [&]() -> absl::StatusOr<pawl::Scheme> {
    const BlockFormat* format = At(index);
    if (format != nullptr) return format->scheme;
    return absl::OutOfRangeError(
        absl::StrCat("block format ", index, " of ", BlockFormats().size()));
  });
}

int32_t pawl_blocks_size(pawl_context* context, const char* format, const int64_t* shape,
                         size_t rank, size_t* size) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(size);
    PAWL_ASSIGN_OR_RETURN(const BlockFormat* found, FindFormat(format));
    PAWL_ASSIGN_OR_RETURN(const auto dims, ShapeOf(shape, rank));
    PAWL_ASSIGN_OR_RETURN(const int64_t bytes, pawl::BlockBytes(*found, dims));
    *size = static_cast<size_t>(bytes);
    return absl::OkStatus();
  });
}

int32_t pawl_blocks_decode(pawl_context* context, const char* format, const void* blocks,
                           size_t size, const int64_t* shape, size_t rank,
                           pawl_quantized_tensor** quantized) noexcept {
  return Make(context, quantized, [&](Context&) -> absl::StatusOr<pawl::QuantizedTensor> {
    PAWL_NEED_ARRAY(blocks, size);
    PAWL_ASSIGN_OR_RETURN(const BlockFormat* found, FindFormat(format));
    PAWL_ASSIGN_OR_RETURN(const auto dims, ShapeOf(shape, rank));
    return pawl::DecodeBlocks(*found,
                              absl::MakeConstSpan(static_cast<const uint8_t*>(blocks), size), dims);
  });
}

int32_t pawl_blocks_encode(pawl_context* context, const char* format,
                           const pawl_quantized_tensor* quantized, void* blocks,
                           size_t size) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(quantized);
    PAWL_NEED_ARRAY(blocks, size);
    PAWL_ASSIGN_OR_RETURN(const BlockFormat* found, FindFormat(format));
    PAWL_RETURN_IF_ERROR(CheckParts(quantized));
    return pawl::EncodeBlocks(*found, quantized->tensor,
                              absl::MakeSpan(static_cast<uint8_t*>(blocks), size));
  });
}

}  // extern "C"
