// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Which passes bring the outputs of a dynamically or weight-only quantized graph nearest to those
// of the float one.

#ifndef PAWL_LIB_PIPELINE_GRAPH_CONVERT_SEARCH_H_
#define PAWL_LIB_PIPELINE_GRAPH_CONVERT_SEARCH_H_

#include <memory>

#include "absl/status/statusor.h"
#include "lib/pipeline/graph_search.h"
#include "pawl/graph_job.h"
#include "pawl/graph_report.h"

namespace pawl {

// The converted graph of a job that is not static, and the report's layers and passes. Without
// samples to compare on, the conversion alone.
absl::StatusOr<std::shared_ptr<Graph>> RunConvertJob(const GraphJob& job, const StaticInput& input,
                                                     GraphReport* report, Context& context);

}  // namespace pawl

#endif  // PAWL_LIB_PIPELINE_GRAPH_CONVERT_SEARCH_H_
