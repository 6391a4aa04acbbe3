// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PAWL_CAPI_CALIBRATOR_H_
#define PAWL_CAPI_CALIBRATOR_H_

#include "capi/shim.h"
#include "pawl/calibrator.h"

struct pawl_calibrator {
  pawl::Calibrator calibrator;
};

#endif  // PAWL_CAPI_CALIBRATOR_H_
