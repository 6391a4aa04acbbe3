// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PAWL_EXAMPLES_PAWL_INSPECT_ONNX_H_
#define PAWL_EXAMPLES_PAWL_INSPECT_ONNX_H_

#include <string>

#include "absl/status/statusor.h"
#include "examples/pawl/command.h"

namespace pawl::tool {

// `pawl inspect` of a graph. Returns the exit code.
absl::StatusOr<int> InspectOnnx(const std::string& path, bool json);

}  // namespace pawl::tool

#endif  // PAWL_EXAMPLES_PAWL_INSPECT_ONNX_H_
