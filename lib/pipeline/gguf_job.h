// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PAWL_LIB_PIPELINE_GGUF_JOB_H_
#define PAWL_LIB_PIPELINE_GGUF_JOB_H_

#include "absl/status/statusor.h"
#include "pawl/job.h"
#include "pawl/report.h"

namespace pawl {

// RunJob where the output is a GGUF file: what it says of GGUF in pawl/job.h.
absl::StatusOr<Report> RunGgufJob(const Job& job, Context& context);

}  // namespace pawl

#endif  // PAWL_LIB_PIPELINE_GGUF_JOB_H_
