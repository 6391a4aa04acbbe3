// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Which rotation goes into which tensor of a decoder (pawl/model_rotation.h).

#ifndef PAWL_LIB_MODELS_ROTATION_PLAN_H_
#define PAWL_LIB_MODELS_ROTATION_PLAN_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/models/hadamard_transform.h"
#include "lib/models/model_config.h"
#include "pawl/model_rotation.h"
#include "pawl/safetensors.h"

namespace pawl {

// Of safetensors' and GGUF's metadata, and what a report says of a model that has it.
inline constexpr absl::string_view kRotationKey = "pawl.rotation";
std::string RotationNote(absl::string_view description);

inline constexpr const char* kEmbeddingName = "model.embed_tokens.weight";
inline constexpr const char* kHeadName = "lm_head.weight";
inline constexpr const char* kLastNormName = "model.norm.weight";

// Values as they stand in a row become those of the row times signs, times a transform of each
// block.
struct Turn {
  const HadamardTransform* transform = nullptr;
  std::vector<int8_t> signs;

  int64_t size() const { return static_cast<int64_t>(signs.size()); }
  size_t scratch() const { return static_cast<size_t>(transform->order()); }
  void Apply(double* x, double* scratch) const {
    for (size_t i = 0; i < signs.size(); ++i) {
      if (signs[i] < 0) x[i] = -x[i];
    }
    for (int64_t at = 0; at < size(); at += transform->size()) transform->Apply(x + at, scratch);
  }
};

// What becomes of a tensor of the output.
struct RotatedTensor {
  std::string name;
  const SafetensorsEntry* from = nullptr;
  bool one = false;   // a norm's weight, which becomes 1
  std::string gains;  // the norm that is multiplied into the columns
  const Turn* columns = nullptr;
  const Turn* rows = nullptr;

  bool turned() const { return columns != nullptr || rows != nullptr || !gains.empty(); }
};

class RotationPlan {
 public:
  // `file` stands in messages. Errors: InvalidArgument for sizes that no Hadamard matrix has.
  static absl::StatusOr<std::unique_ptr<RotationPlan>> Create(const ModelConfig& config,
                                                              const std::string& file,
                                                              const RotateOptions& options);
  RotationPlan(const RotationPlan&) = delete;
  RotationPlan& operator=(const RotationPlan&) = delete;

  // The result points into this and at the entry. Errors: InvalidArgument naming a tensor that such
  // models do not have.
  absl::StatusOr<RotatedTensor> Choose(const SafetensorsEntry& entry) const;

  const std::optional<HadamardTransform>& stream() const { return stream_; }
  const std::optional<HadamardTransform>& head() const { return head_; }
  const Turn* stream_turn() const { return options_.stream ? &stream_turn_ : nullptr; }
  // For the metadata of files.
  std::string Description() const;

 private:
  RotationPlan(const ModelConfig& config, const RotateOptions& options)
      : config_(config), options_(options) {}
  absl::Status MakeTurns(const std::string& file);
  absl::StatusOr<RotatedTensor> ChooseInLayer(RotatedTensor action, int64_t layer,
                                              const std::string& part) const;

  ModelConfig config_;
  RotateOptions options_;
  std::optional<HadamardTransform> stream_, head_;
  Turn stream_turn_;
  std::vector<Turn> value_turns_, mix_turns_;  // of each layer's values, and of what they mix to
};

}  // namespace pawl

#endif  // PAWL_LIB_MODELS_ROTATION_PLAN_H_
