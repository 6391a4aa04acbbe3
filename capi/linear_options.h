// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PAWL_CAPI_LINEAR_OPTIONS_H_
#define PAWL_CAPI_LINEAR_OPTIONS_H_

#include "absl/status/statusor.h"
#include "capi/pawl.h"
#include "pawl/linear.h"

namespace pawl::capi {

// Options of kind PAWL_OPTIONS_LINEAR, which may be absent. In linear.cc.
absl::StatusOr<LinearOptions> ToLinearOptions(const pawl_options* options);

}  // namespace pawl::capi

#endif  // PAWL_CAPI_LINEAR_OPTIONS_H_
