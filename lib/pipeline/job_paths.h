// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What jobs read and write, with the caller's own files, checked before anything is written.

#ifndef PAWL_LIB_PIPELINE_JOB_PATHS_H_
#define PAWL_LIB_PIPELINE_JOB_PATHS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "pawl/graph.h"
#include "pawl/graph_job.h"
#include "pawl/job.h"

namespace pawl {

// `weights`: the files that the weights are read from.
absl::Status CheckFiles(const Job& job, absl::Span<const std::string> weights);

// `samples`: the files of job.calibration.
absl::Status CheckFiles(const GraphJob& job, const Graph& model,
                        absl::Span<const std::string> samples);

}  // namespace pawl

#endif  // PAWL_LIB_PIPELINE_JOB_PATHS_H_
