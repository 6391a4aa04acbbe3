// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// A job's calibration file: importance of columns, and recorded activations.

#ifndef PAWL_LIB_PIPELINE_JOB_CALIBRATION_H_
#define PAWL_LIB_PIPELINE_JOB_CALIBRATION_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/pipeline/job_plan.h"
#include "pawl/observer.h"
#include "pawl/recipe.h"
#include "pawl/report.h"
#include "pawl/safetensors.h"
#include "pawl/tensor.h"

namespace pawl {

// Of what meets one weight.
struct CalibratedInput {
  ActivationReport report;
  std::vector<float> scales;  // one, or one for each column
};

// By the name of the weight.
struct JobCalibration {
  std::map<std::string, Tensor> importance;  // f32 [cols]
  std::map<std::string, CalibratedInput> inputs;
};

// Reads what Job::calibration describes, `path` standing for the file in messages; recorded
// activations piece by piece. Errors: InvalidArgument naming file and tensor for names that no
// tensor of `plan` has, shapes and types that do not fit, and importances that are negative or not
// finite; what reading gives.
absl::StatusOr<JobCalibration> LoadJobCalibration(const SafetensorsReader& reader,
                                                  const std::string& path, const JobPlan& plan,
                                                  const RecipeCalibration& settings);

}  // namespace pawl

#endif  // PAWL_LIB_PIPELINE_JOB_CALIBRATION_H_
