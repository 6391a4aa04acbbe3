// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Calibration of a job by running the model that it quantizes.

#ifndef PAWL_LIB_PIPELINE_MODEL_CALIBRATION_H_
#define PAWL_LIB_PIPELINE_MODEL_CALIBRATION_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lib/models/layer_walk.h"
#include "lib/models/scale_folding.h"
#include "lib/pipeline/job_method.h"
#include "pawl/context.h"
#include "pawl/imatrix.h"
#include "pawl/job.h"
#include "pawl/quantized_tensor.h"

namespace pawl {

class ModelCalibration final : public MethodInputs {
 public:
  // Of a job with calibration_ids. `rows_permuted`: the job's tensors have their rows as GGUF has
  // them. Errors: those of reading the model's settings and of LayerWalk; InvalidArgument where the
  // input is no such model.
  static absl::StatusOr<std::unique_ptr<ModelCalibration>> Open(const Job& job, bool rows_permuted,
                                                                Context& context);

  // Place of a weight in the order in which the job must take them; -1 for tensors whose inputs are
  // not known.
  int64_t RankOf(const std::string& name) const;
  // Sorted by this, tensors stand in that order; those that the run does not meet come first, and
  // norms and biases that take scales in front of their block.
  int64_t OrderOf(const std::string& name) const;
  // Whether the tensor is an embedding, makes the logits, or stands behind an encoder's last layer:
  // rules for all tensors leave those.
  bool IsEnd(const std::string& name) const;

  // Before the walk begins: the weights that become codes by awq or smoothquant, by their names in
  // the job. Notes say what becomes of their scales. Errors: those of ScaleFolding.
  absl::StatusOr<std::vector<std::string>> FoldScales(
      const std::map<std::string, FoldedWeight>& weights);
  // Goes on to the block of a tensor and finds its scales; a note, or nothing.
  absl::StatusOr<std::string> Enter(const std::string& name);
  // Whether scales for both are found at once.
  bool SameBlock(const std::string& a, const std::string& b) const;
  // Whether the tensor is a norm or bias that takes scales, and what the report says of it.
  bool Folds(const std::string& name) const;
  std::string TakenBy(const std::string& name) const;
  // After Enter(): the weight, norm or bias with what was folded into it.
  absl::StatusOr<Tensor> Fold(const std::string& name, const Tensor& weights) const;
  absl::StatusOr<Tensor> FoldedPlain(const std::string& name) const;
  // By what the weight's columns were multiplied; empty: nothing.
  absl::Span<const float> ScalesOf(const std::string& name) const;
  bool folded() const override { return folding_.has_value(); }

  // Walks on to the weight, which the functions of MethodInputs then speak of.
  absl::Status WalkTo(const std::string& name);
  absl::Span<const float> importance() const { return inputs_->importance; }
  absl::StatusOr<Tensor> Rows() override { return inputs_->rows; }
  absl::StatusOr<const InputMoments*> Moments() override;
  absl::StatusOr<const InputFactor*> Factor(const FactorOptions& options) override;

  // The same for a weight that an earlier run has quantized; the functions of MethodInputs then
  // speak of nothing. With `gather` the imatrix gets its importance.
  absl::Status Pass(const std::string& name, bool gather);

  // What the tensor has become.
  absl::Status Done(const std::string& name, const QuantizedTensor& tensor);
  absl::Status DonePlain(const std::string& name, const Tensor& tensor);

  // What was gathered so far, with GGUF's names.
  const Imatrix& imatrix() const { return imatrix_; }
  const LayerWalk& walk() const { return *walk_; }
  uint64_t memory_bytes() const {
    return walk_->memory_bytes() + (folding_.has_value() ? folding_->memory_bytes() : 0);
  }
  // Where a job beyond its limit would keep what is large elsewhere: the activations of the text go
  // into a file beside `output`. Before the walk begins; returns the bytes that this saves.
  uint64_t Spill(const std::string& output);
  // The model's config.json; empty where its file has the settings as well.
  const std::string& settings() const { return settings_; }

 private:
  ModelCalibration(bool rows_permuted, Context& context)
      : rows_permuted_(rows_permuted), context_(context) {}
  // As Hugging Face folders have it, of an encoder without what stands in front of its names.
  std::string PlainName(const std::string& name) const;
  void Gather(const std::string& name, absl::Span<const float> importance);

  bool rows_permuted_;
  Context& context_;
  std::string settings_;
  std::unique_ptr<LayerWalk> walk_;
  std::optional<ScaleFolding> folding_;
  const LayerInputs* inputs_ = nullptr;
  int64_t stage_ = -1;
  // One for each setting that the stage's layers have.
  std::optional<InputFactor> factor_;
  FactorOptions factor_options_;
  Imatrix imatrix_;
};

}  // namespace pawl

#endif  // PAWL_LIB_PIPELINE_MODEL_CALIBRATION_H_
