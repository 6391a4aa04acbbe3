// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What jobs on graphs give, as the shim keeps it. Full profile only.

#ifndef PAWL_CAPI_GRAPH_JOB_H_
#define PAWL_CAPI_GRAPH_JOB_H_

#include <string>

#include "capi/shim.h"
#include "pawl/graph_analysis.h"
#include "pawl/graph_report.h"

struct pawl_graph_report {
  pawl::GraphReport report;
  std::string json;
  std::string text;
};

struct pawl_graph_analysis {
  pawl::GraphAnalysis analysis;
  std::string json;
  std::string text;
};

#endif  // PAWL_CAPI_GRAPH_JOB_H_
