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
#include "lib/pipeline/gguf_source.h"
#include "lib/pipeline/job_plan.h"
#include "pawl/block_formats.h"
#include "pawl/dtype.h"
#include "pawl/recipe.h"
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

// A tensor of a job that writes GGUF.
struct GgufTensor {
  const GgufSourceTensor* source = nullptr;
  PlannedTensor planned;
  const BlockFormat* format = nullptr;  // null: written plain, or as it is
  DType plain = DType::kF32;            // of one that is written plain
  bool as_is = false;                   // its bytes are copied
};

struct GgufChoice {
  const Recipe& given;
  const Recipe& recipe;     // as the plan was made from it
  const std::string& head;  // the tensor that makes logits
};

// Format or plain type of a tensor that is planned. Errors: InvalidArgument for a scheme that is
// none of GGUF's.
absl::Status ChooseType(const GgufChoice& choice, GgufTensor* tensor);
// The same for one that is not quantized after all.
void ChoosePlain(GgufTensor* tensor);

}  // namespace pawl

#endif  // PAWL_LIB_PIPELINE_GGUF_CHOICE_H_
