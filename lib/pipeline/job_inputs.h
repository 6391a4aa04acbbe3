// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What a job knows of each weight's inputs: recorded activations and importances from a file,
// importances from an imatrix, or the model itself that runs on a text.

#ifndef PAWL_LIB_PIPELINE_JOB_INPUTS_H_
#define PAWL_LIB_PIPELINE_JOB_INPUTS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lib/pipeline/job_calibration.h"
#include "lib/pipeline/job_method.h"
#include "lib/pipeline/job_plan.h"
#include "lib/pipeline/model_calibration.h"
#include "pawl/context.h"
#include "pawl/imatrix.h"
#include "pawl/job.h"
#include "pawl/safetensors.h"

namespace pawl {

class JobInputs {
 public:
  // `job` and `context` must outlive this. Errors: InvalidArgument for two sources of inputs, a
  // method with a correction without calibration_ids, an imatrix_output without them; those of
  // reading.
  static absl::StatusOr<std::unique_ptr<JobInputs>> Open(const Job& job, bool gguf,
                                                         Context& context);

  // Null without calibration_ids.
  ModelCalibration* model() { return model_.get(); }
  // Where a job needs more than its limit (`*peak_bytes`), moves to the disk what can be there.
  // What the report should say of that; empty where nothing moved.
  std::string Spill(uint64_t* peak_bytes);
  // Checks recordings and the imatrix against the plan, which must outlive this.
  absl::Status CheckAgainst(const JobPlan& plan);
  const JobCalibration& recorded() const { return recorded_; }
  // Whether importance of the weight comes from a file of its own, not from inputs.
  bool HasImportance(const std::string& name) const;
  // Whether Prepare() gives inputs.
  bool Has(const std::string& name) const;
  // Memory that inputs of the weight take; 0 for a walk's, which the job counts once.
  uint64_t BytesOf(const RecipeMethod& method, const SafetensorsEntry& entry) const;

  // Before a tensor of any kind: finds what ModelCalibration::Enter() does.
  absl::StatusOr<std::string> Enter(const std::string& name) {
    return model_ != nullptr ? model_->Enter(name) : std::string();
  }
  // Goes on to a weight. inputs() is null where there are none; importance() may be empty. Both are
  // valid until the next call.
  absl::Status Prepare(const std::string& name);
  MethodInputs* inputs();
  absl::Span<const float> importance() const { return importance_; }
  absl::Status Done(const std::string& name, const QuantizedTensor& tensor);
  // Goes past a weight that an earlier run has quantized: as Prepare() and then, unless it stayed
  // as it was, Done().
  absl::Status Pass(const std::string& name);
  // Whether Pass() needs a block's scales although all of it is done.
  bool gathers() const { return !job_.imatrix_output.empty(); }

  // Writes imatrix_output.
  absl::Status Finish() const;

 private:
  JobInputs(const Job& job, Context& context) : job_(job), context_(context) {}
  absl::Status OpenRecordings();
  absl::StatusOr<Tensor> ReadRows() const;
  const ImatrixEntry* ImatrixOf(const std::string& name) const;

  const Job& job_;
  Context& context_;
  std::unique_ptr<SafetensorsReader> recordings_;
  JobCalibration recorded_;
  std::optional<Imatrix> imatrix_;
  std::unique_ptr<ModelCalibration> model_;

  std::string name_;  // of the weight at hand
  std::optional<RecordedInputs> rows_;
  bool walked_ = false;
  std::vector<float> own_importance_;
  absl::Span<const float> importance_;
};

// The embedding and the layer that makes logits stay as they are, unless a rule names them or their
// operator. Tells the model which weights become codes by awq, and puts tensors into its order
// (ModelCalibration::OrderOf). Returns notes on scales.
absl::StatusOr<std::vector<std::string>> ArrangeForModel(const Recipe& recipe,
                                                         ModelCalibration* model, JobPlan* plan);

// Adds the weight to those that become codes by awq, if it does.
void AddFolded(const RecipeMethod& method, const Scheme& scheme, const std::string& name,
               const ModelCalibration& model, std::map<std::string, FoldedWeight>* folded);

}  // namespace pawl

#endif  // PAWL_LIB_PIPELINE_JOB_INPUTS_H_
