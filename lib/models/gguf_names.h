// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Names of a model's tensors in Hugging Face folders and in GGUF, and the order of rows that GGUF
// gives the queries and keys of its "llama" architecture.

#ifndef PAWL_LIB_MODELS_GGUF_NAMES_H_
#define PAWL_LIB_MODELS_GGUF_NAMES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "lib/models/model_config.h"

namespace pawl {

// What checkpoints of models with a head put in front of an encoder's names.
inline constexpr absl::string_view kEncoderPrefix = "bert.";

// "model.layers.3.mlp.up_proj.weight" <-> "blk.3.ffn_up.weight", and an encoder's
// "encoder.layer.3.output.dense.weight" (or behind kEncoderPrefix) <-> "blk.3.ffn_down.weight".
// None for a name that is not such a model's.
std::optional<std::string> GgufNameOf(absl::string_view name);
std::optional<std::string> HuggingFaceNameOf(absl::string_view gguf_name, bool encoder);

// Rows of this tensor as GGUF has them: row i of the file is row `result[i]` of W[out, in]. Empty
// where the order is the same. Only "llama" permutes, queries and keys: it turns neighbouring
// pairs of a head, so the rows i and i + half of a head stand at 2i and 2i + 1.
std::vector<int64_t> GgufRowOrder(absl::string_view name, const ModelConfig& config);

}  // namespace pawl

#endif  // PAWL_LIB_MODELS_GGUF_NAMES_H_
