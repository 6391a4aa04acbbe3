// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What a decoder of the llama family is, as config.json or GGUF's keys say it.

#ifndef PAWL_LIB_MODELS_DECODER_CONFIG_H_
#define PAWL_LIB_MODELS_DECODER_CONFIG_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "pawl/gguf.h"

namespace pawl {

// Biases, norms of heads and a head of its own (not tied to the embedding) are there if their
// tensors are.
struct DecoderConfig {
  std::string architecture;  // "llama", "mistral", "qwen2", "qwen3", "gemma"
  int64_t vocabulary = 0;
  int64_t width = 0;  // of the residual stream
  int64_t inner = 0;  // of the feed-forward layers
  int64_t layers = 0;
  int64_t heads = 0, kv_heads = 0;
  int64_t head_size = 0;
  int64_t context = 0;  // positions that it was made for
  int64_t window = 0;   // positions that a query looks back on, itself included; 0: all
  double epsilon = 1e-5;
  double rotary_base = 10000.0;
  double rotary_divisor = 1.0;         // of all positions ("linear" scaling)
  std::vector<double> rotary_factors;  // divisors of the head_size / 2 frequencies; empty: ones
  bool tanh_gelu = false;              // instead of SiLU
  bool norms_add_one = false;          // norms multiply by 1 + weight
  double embedding_factor = 1.0;
  bool tied = false;  // engines take the embedding for the head, whatever tensors there are

  // InvalidArgument or Unimplemented for sizes that no such model has; `file` in front.
  absl::Status Check(absl::string_view file) const;
};

// Of a config.json's text. `file` stands in messages. Errors: InvalidArgument; Unimplemented naming
// the architecture or the setting that Pawl lacks.
absl::StatusOr<DecoderConfig> ConfigFromJson(absl::string_view text, absl::string_view file);

// Of a GGUF file's keys and, for rope_freqs.weight and the vocabulary, its tensors.
absl::StatusOr<DecoderConfig> ConfigFromGguf(const GgufReader& reader);

// The keys that say the same in a GGUF file. `tied` models have no head tensor.
GgufMetadata ConfigToGguf(const DecoderConfig& config);

}  // namespace pawl

#endif  // PAWL_LIB_MODELS_DECODER_CONFIG_H_
