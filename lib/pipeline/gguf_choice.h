// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Which of GGUF's blocks a tensor gets.

#ifndef PAWL_LIB_PIPELINE_GGUF_CHOICE_H_
#define PAWL_LIB_PIPELINE_GGUF_CHOICE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "pawl/block_formats.h"
#include "pawl/scheme.h"

namespace pawl {

std::string LowerName(const BlockFormat& format);

// The blocks that hold tensors of this scheme; null where none do. MXFP4's scales are OCP's but for
// 255, which no quantizer of Pawl's writes.
const BlockFormat* FormatOf(const Scheme& scheme);

// InvalidArgument that names those that there are.
absl::Status NoFormat(absl::string_view scheme);

// What llama.cpp's quantizer takes for rows that are not whole blocks of 256 (its
// src/llama-quant.cpp): blocks of 32 with about as many bits. Null: none.
const BlockFormat* FallbackOf(const BlockFormat& format);

bool Fits(const BlockFormat& format, absl::Span<const int64_t> shape);

}  // namespace pawl

#endif  // PAWL_LIB_PIPELINE_GGUF_CHOICE_H_
