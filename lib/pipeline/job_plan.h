// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What a recipe decides about each tensor of a file, from names, types and shapes alone.

#ifndef PAWL_LIB_PIPELINE_JOB_PLAN_H_
#define PAWL_LIB_PIPELINE_JOB_PLAN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pawl/recipe.h"
#include "pawl/safetensors.h"
#include "pawl/scheme.h"

namespace pawl {

struct PlannedTensor {
  const SafetensorsEntry* entry = nullptr;
  OperatorType op = OperatorType::kOther;
  int rule = -1;
  bool quantize = false;
  bool by_name = false;  // the rule has a pattern
  Scheme scheme;
  std::string reason;        // why not, or why with another scheme
  uint64_t bytes_after = 0;  // estimate where quantized
  uint64_t work_bytes = 0;   // memory while it is being done, beyond the mapped input
};

struct JobPlan {
  std::vector<PlannedTensor> tensors;  // in the reader's order
  std::vector<std::string> notes;
  uint64_t bytes_before = 0;
  uint64_t bytes_after = 0;
  uint64_t peak_bytes = 0;
};

// `recipe` must be valid. Errors: InvalidArgument naming pattern or tensor.
absl::StatusOr<JobPlan> PlanJob(absl::Span<const SafetensorsEntry> entries, const Recipe& recipe,
                                int threads);

// InvalidArgument where tensors of this shape cannot take the scheme, saying why and naming the
// nearest scheme that fits.
absl::Status CheckFits(const Scheme& scheme, absl::Span<const int64_t> shape);

}  // namespace pawl

#endif  // PAWL_LIB_PIPELINE_JOB_PLAN_H_
