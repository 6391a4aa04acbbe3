// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The digits net as a whole model: ONNX in, calibrated, quantized, ONNX out, run.

#ifndef PAWL_EXAMPLES_QUICKSTART_ONNX_H_
#define PAWL_EXAMPLES_QUICKSTART_ONNX_H_

#include <string>

#include "absl/status/status.h"
#include "net.h"
#include "pawl/context.h"

namespace quickstart {

// Prints a table; the files go to `out`. `folder` is examples/models/digits.
absl::Status ShowOnnx(const std::string& folder, const std::string& out, const Images& test,
                      pawl::Context& context);

}  // namespace quickstart

#endif  // PAWL_EXAMPLES_QUICKSTART_ONNX_H_
