// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PAWL_CAPI_REPORT_H_
#define PAWL_CAPI_REPORT_H_

#include <string>

#include "capi/pawl.h"
#include "pawl/report.h"

struct pawl_report {
  pawl::Report report;
  std::string json;
  std::string text;
};

#endif  // PAWL_CAPI_REPORT_H_
