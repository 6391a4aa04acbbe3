// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PAWL_LIB_PIPELINE_IMPORTANCE_H_
#define PAWL_LIB_PIPELINE_IMPORTANCE_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "lib/pipeline/job_plan.h"
#include "pawl/safetensors.h"
#include "pawl/tensor.h"

namespace pawl {

// f32 [cols] by the name of the weight that it belongs to.
using ImportanceMap = std::map<std::string, Tensor>;

// Reads a job's calibration (see Job::calibration), `path` standing for it in messages. Errors:
// InvalidArgument naming file and tensor for names that no tensor of `plan` has, other lengths than
// its columns, and values that are negative or not finite.
absl::StatusOr<ImportanceMap> LoadImportance(const SafetensorsReader& reader,
                                             const std::string& path, const JobPlan& plan);

}  // namespace pawl

#endif  // PAWL_LIB_PIPELINE_IMPORTANCE_H_
