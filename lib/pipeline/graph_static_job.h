// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PAWL_LIB_PIPELINE_GRAPH_STATIC_JOB_H_
#define PAWL_LIB_PIPELINE_GRAPH_STATIC_JOB_H_

#include <memory>

#include "absl/status/statusor.h"
#include "lib/pipeline/graph_search.h"
#include "pawl/graph_job.h"

namespace pawl {

// The quantized graph of a static job, and the report's layers and passes. `input` comes with
// graph, decisions, samples, calibration and reference.
absl::StatusOr<std::shared_ptr<Graph>> RunStaticJob(const GraphJob& job, StaticInput input,
                                                    GraphReport* report, Context& context);

TargetRules RulesOf(GraphTarget target);

}  // namespace pawl

#endif  // PAWL_LIB_PIPELINE_GRAPH_STATIC_JOB_H_
