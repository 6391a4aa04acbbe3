// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What a job that writes GGUF reads: safetensors, a Hugging Face folder of a decoder, or GGUF, as
// tensors with the names and rows that the GGUF file will have.

#ifndef PAWL_LIB_PIPELINE_GGUF_SOURCE_H_
#define PAWL_LIB_PIPELINE_GGUF_SOURCE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/models/model_config.h"
#include "pawl/gguf.h"
#include "pawl/safetensors.h"

namespace pawl {

struct GgufSourceTensor {
  SafetensorsEntry entry;      // with the input's name; its dtype is none for blocks
  std::string name;            // in the output
  std::vector<int64_t> order;  // output row i is input row order[i]; empty: the same
  bool add_one = false;        // to each value: a norm of Gemma's
  bool stays = false;          // engines want it in float: positions and token types of an encoder
  const GgufEntry* gguf = nullptr;
  Tensor made;  // of one that is in no input
};

class GgufSource {
 public:
  static absl::StatusOr<std::unique_ptr<GgufSource>> Open(const std::string& path);

  std::vector<GgufSourceTensor>& tensors() { return tensors_; }
  const GgufMetadata& metadata() const { return metadata_; }
  // Files that must not be overwritten.
  std::vector<std::string> files() const;
  // Those beside the weights that keys were made of.
  const std::vector<std::string>& settings() const { return settings_; }
  const std::vector<std::string>& notes() const { return notes_; }
  // The tensor that makes logits, which engines keep at more bits: its input name; empty: none.
  const std::string& head() const { return head_; }

  // The tensor's bytes, rows in the output's order.
  absl::Status Read(const GgufSourceTensor& tensor, absl::Span<uint8_t> out) const;
  absl::Status CheckUnchanged() const;

 private:
  GgufSource() = default;
  absl::Status OpenGguf(const std::string& path);
  absl::Status OpenSafetensors(const std::string& path);
  absl::Status AddSafetensors(const SafetensorsEntry& entry);
  absl::Status ReadConfig(const std::string& folder);
  void AddTokenizer(const std::string& folder);
  bool AddWordPieces(const std::string& folder);
  void AddPooling(const std::string& folder);
  absl::Status AddRotaryFactors();
  void FindHead();

  std::unique_ptr<SafetensorsReader> safetensors_;
  std::unique_ptr<GgufReader> gguf_;
  std::optional<ModelConfig> config_;
  std::vector<GgufSourceTensor> tensors_;
  GgufMetadata metadata_;
  std::vector<std::string> settings_;
  std::vector<std::string> notes_;
  std::string head_;
};

}  // namespace pawl

#endif  // PAWL_LIB_PIPELINE_GGUF_SOURCE_H_
