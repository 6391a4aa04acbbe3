// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Calibration of a job by running the decoder that it quantizes.

#ifndef PAWL_LIB_PIPELINE_MODEL_CALIBRATION_H_
#define PAWL_LIB_PIPELINE_MODEL_CALIBRATION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lib/models/layer_walk.h"
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
  // input is no decoder.
  static absl::StatusOr<std::unique_ptr<ModelCalibration>> Open(const Job& job, bool rows_permuted,
                                                                Context& context);

  // Place of a weight in the order in which the job must take them; -1 for tensors whose inputs are
  // not known, which come before.
  int64_t RankOf(const std::string& name) const;
  // Whether the tensor is the embedding or makes the logits, which rules for all tensors leave.
  bool IsEnd(const std::string& name) const;

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

  // What was gathered so far, with GGUF's names.
  const Imatrix& imatrix() const { return imatrix_; }
  const LayerWalk& walk() const { return *walk_; }
  // Where a job beyond its limit would keep what is large elsewhere: the activations of the text go
  // into a file beside `output`. Before the walk begins; returns the bytes that this saves.
  uint64_t Spill(const std::string& output);
  // The model's config.json; empty where its file has the settings as well.
  const std::string& settings() const { return settings_; }

 private:
  ModelCalibration(bool rows_permuted, Context& context)
      : rows_permuted_(rows_permuted), context_(context) {}
  void Gather(const std::string& name, absl::Span<const float> importance);

  bool rows_permuted_;
  Context& context_;
  std::string settings_;
  std::unique_ptr<LayerWalk> walk_;
  const LayerInputs* inputs_ = nullptr;
  int64_t stage_ = -1;
  // One for each setting that the stage's layers have.
  std::optional<InputFactor> factor_;
  FactorOptions factor_options_;
  Imatrix imatrix_;
};

}  // namespace pawl

#endif  // PAWL_LIB_PIPELINE_MODEL_CALIBRATION_H_
