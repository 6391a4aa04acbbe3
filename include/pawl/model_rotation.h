// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Rotated language models (QuaRot: Ashkboos et al. 2024, arXiv 2404.00456): orthogonal matrices are
// multiplied into a decoder's weights where they cancel, so that in exact arithmetic the model
// computes what it did, while large values of few channels are spread over all of them before
// anything is quantized.
//
//   the stream   what layers add to and read from, as x Q: with the norms' weights multiplied into
//                the layers behind them (the norms' own are ones then), W <- W Q for queries, keys,
//                values, gate, up and the head, W <- Q^T W for the attention's output and down,
//                and E <- E Q for the embedding
//   the heads    the values of each key head as v R: rows of v_proj, columns of o_proj
//
// Q and R are random signs before a Hadamard matrix over its square root. Rotations of the inputs
// of down_proj cannot be multiplied into a layer before it (the product of two layers stands
// between); a scheme with the part "rot" (scheme.h) rotates them while the model runs.

#ifndef PAWL_INCLUDE_PAWL_MODEL_ROTATION_H_
#define PAWL_INCLUDE_PAWL_MODEL_ROTATION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace pawl {

class Context;

struct RotateOptions {
  uint64_t seed = 0;   // of all signs
  bool stream = true;  // Q
  bool heads = true;   // R
};

struct RotateReport {
  int64_t rotated = 0;             // tensors that a rotation was multiplied into
  int64_t norms = 0;               // whose weights went into the layers behind them
  int64_t plain = 0;               // tensors as they were
  uint64_t bytes = 0;              // of all tensors
  std::vector<std::string> notes;  // what was multiplied into what, by which matrices

  std::string ToJson() const;
  std::string ToText() const;
};

// Reads the folder `input` (config.json, safetensors; not quantized) of the llama, mistral, qwen2
// or qwen3 family and writes model.safetensors and config.json into the folder `output`, which must
// exist: a model of the same family, which every engine of it runs. Tensors that change are
// computed in f64 and written as f32. A head that is the embedding (tie_word_embeddings) becomes a
// tensor of its own, since the last norm's weight goes into the head alone. The safetensors
// metadata has "pawl.rotation", which jobs and exports pass on. Files of `input` with the names
// `beside` (a tokenizer's, say) are copied. All or nothing is written. One tensor at a time is in
// memory, with 16 bytes an element. The same bytes for every target and thread count. Errors:
// Unimplemented naming the architecture or the setting; InvalidArgument for a width or head size
// that no Hadamard matrix at hand has, a tensor that is not finite, is quantized or that such
// models do not have, an output that is the input; those of reading and writing; Cancelled.
absl::StatusOr<RotateReport> RotateModel(const std::string& input, const std::string& output,
                                         const RotateOptions& options, Context& context,
                                         absl::Span<const std::string> beside = {});

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_MODEL_ROTATION_H_
