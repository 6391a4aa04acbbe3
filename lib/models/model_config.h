// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What a decoder of the llama family or a BERT encoder is, as config.json or GGUF's keys say it.

#ifndef PAWL_LIB_MODELS_MODEL_CONFIG_H_
#define PAWL_LIB_MODELS_MODEL_CONFIG_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "pawl/gguf.h"

namespace pawl {

enum class HiddenActivation : uint8_t { kSilu, kGelu, kGeluTanh, kRelu };
// As Linear in pawl/graph.h names it.
const char* HiddenActivationName(HiddenActivation activation);

// Biases, norms of heads and a head of its own (not tied to the embedding) are there if their
// tensors are. What is rotary, of key heads, or of a window is a decoder's.
struct ModelConfig {
  std::string architecture;  // "llama", "mistral", "qwen2", "qwen3", "gemma"; "bert"
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
  HiddenActivation activation = HiddenActivation::kSilu;
  bool norms_add_one = false;  // norms multiply by 1 + weight
  double embedding_factor = 1.0;
  bool tied = false;        // engines take the embedding for the head, whatever tensors there are
  int64_t token_types = 0;  // an encoder's

  bool encoder() const { return architecture == "bert"; }
  // InvalidArgument or Unimplemented for sizes that no such model has; `file` in front.
  absl::Status Check(absl::string_view file) const;
};

// Of a config.json's text. `file` stands in messages. Errors: InvalidArgument; Unimplemented naming
// the architecture or the setting that Pawl lacks.
absl::StatusOr<ModelConfig> ConfigFromJson(absl::string_view text, absl::string_view file);

// Of a GGUF file's keys and, for rope_freqs.weight and the vocabulary, its tensors.
absl::StatusOr<ModelConfig> ConfigFromGguf(const GgufReader& reader);

// The keys that say the same in a GGUF file. `tied` models have no head tensor.
GgufMetadata ConfigToGguf(const ModelConfig& config);

}  // namespace pawl

#endif  // PAWL_LIB_MODELS_MODEL_CONFIG_H_
