// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// LanguageModel: a decoder of the llama family or a BERT encoder out of a Hugging Face folder or a
// GGUF file, as a Graph that the executor runs.

#ifndef PAWL_INCLUDE_PAWL_LANGUAGE_MODEL_H_
#define PAWL_INCLUDE_PAWL_LANGUAGE_MODEL_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pawl/executor.h"
#include "pawl/graph.h"
#include "pawl/tensor.h"

namespace pawl {

class Context;

struct LanguageModelOptions {
  // Positions that a sequence may have; 0: what the model was made for, 4096 at most.
  int64_t positions = 0;
  ExecutorOptions executor = {};
};

struct LanguageModelInfo {
  std::string architecture;  // "llama", "mistral", "qwen2", "qwen3", "gemma"; "bert"
  bool encoder = false;      // "bert": it has no logits, but Hidden()
  int64_t vocabulary = 0;
  int64_t width = 0;  // of hidden states
  int64_t layers = 0;
  int64_t context = 0;    // positions that the model was made for
  int64_t positions = 0;  // that a sequence may have here
  uint64_t elements = 0;  // of all tensors of the file
  uint64_t bytes = 0;
  // Ids are bytes of text: a vocabulary of 256 without a tokenizer.
  bool byte_level = false;
  // Of an encoder: the id that begins each sequence, [CLS] in the folder's vocab.txt or the GGUF
  // file; -1: not known. Where it stands in a text, a sequence begins.
  int32_t begin_id = -1;
  // How layers with quantized weights run (graph.h, Linear): "weight_only", on floats, or
  // "int8_where_possible", where ExecutorOptions::dynamic_int8 asks for it.
  std::string mode = "weight_only";

  double bits_per_weight() const;
};

// Serves one thread at a time.
class LanguageModel {
 public:
  // `path` is a folder with config.json and the weights (model.pawl, or safetensors, sharded or
  // not), or a GGUF file. Architectures: llama (with smollm), mistral, qwen2, qwen3, gemma; GGUF
  // calls mistral llama. Also bert: what BertModel has, behind "bert." or not; its
  // pooler and heads are left alone.
  // Errors: what reading gives; Unimplemented naming the architecture or setting that Pawl lacks;
  // NotFound and InvalidArgument for tensors that the settings ask for.
  static absl::StatusOr<std::unique_ptr<LanguageModel>> Open(
      const std::string& path, const LanguageModelOptions& options = {});
  // What is known of a model without its weights: names, sizes and settings. Errors: as Open()'s.
  static absl::StatusOr<LanguageModelInfo> ReadInfo(const std::string& path);
  ~LanguageModel();
  LanguageModel(const LanguageModel&) = delete;
  LanguageModel& operator=(const LanguageModel&) = delete;

  const LanguageModelInfo& info() const;

  // The whole model for sequences from their beginning. Inputs: input_ids i64 [n] and position_ids
  // i64 [1, n]; output: logits f32 [n, vocabulary]. An encoder's: input_ids, attention_mask and
  // token_type_ids i64 [batch, n], position_ids i64 [1, n]; last_hidden_state f32 [batch, n,
  // width].
  std::shared_ptr<const Graph> graph() const;
  // The same with keys and values of earlier positions: for each layer i also past_key.i and
  // past_value.i f32 [1, key heads, positions so far, head size] in, present_key.i and
  // present_value.i out. Built in the first call. Errors: as Open(); FailedPrecondition for an
  // encoder.
  absl::StatusOr<std::shared_ptr<const Graph>> cached_graph();

  // Logits f32 [n, vocabulary] of the sequence, from its beginning; row i is about id i + 1. Valid
  // until the next call. Errors: InvalidArgument for an id beyond the vocabulary or more ids than
  // positions; FailedPrecondition for an encoder; those of Executor.
  absl::StatusOr<Tensor> Logits(absl::Span<const int32_t> ids, Context& context);

  // Logits of `ids` after all ids since Restart(), whose keys and values are kept.
  absl::StatusOr<Tensor> Continue(absl::Span<const int32_t> ids, Context& context);
  void Restart();

  // An encoder's last hidden states f32 [n, width] of sequences that stand one after the other in
  // `ids`, `lengths` ids each; without lengths they are one. Up to 32 sequences run
  // together, the shorter ones with padding that nothing looks at, of 4096 ids with it at most. All
  // token types are 0. Valid until the next call. Errors: as Logits(); InvalidArgument for lengths
  // that are not the ids'; FailedPrecondition for a decoder.
  absl::StatusOr<Tensor> Hidden(absl::Span<const int32_t> ids, absl::Span<const int64_t> lengths,
                                Context& context);

  struct Impl;

 private:
  explicit LanguageModel(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_LANGUAGE_MODEL_H_
