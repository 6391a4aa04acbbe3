// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The command line of pawl quantize.

#ifndef PAWL_EXAMPLES_PAWL_QUANTIZE_OPTIONS_H_
#define PAWL_EXAMPLES_PAWL_QUANTIZE_OPTIONS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "examples/pawl/quantize_onnx.h"

namespace pawl::tool {

struct QuantizeArguments {
  const Arguments* app = nullptr;  // knows what was typed
  std::string input;
  std::string output;
  std::string scheme;
  std::string recipe;
  std::string method = "rtn";
  std::string range;
  double correction = 0.0;
  double alpha = 0.5;
  double percentile = 99.99;
  std::string fallback;
  std::vector<std::string> exclude;
  std::string calibration;
  std::string calibration_tokens;
  int64_t calibration_context = 0;
  std::string imatrix;
  std::string imatrix_output;
  std::string max_memory;
  std::string checkpoint;
  std::string report;
  bool dry_run = false;
  bool resume = false;
  bool quiet = false;
  OnnxOptions onnx;
};

// Options that change nothing for tensors (safetensors or GGUF in). `on_text`: the model is run on
// a text or ids.
absl::Status CheckTensorOptions(const QuantizeArguments& arguments, bool on_text);
// The same for an ONNX model.
absl::Status CheckOnnxOptions(const QuantizeArguments& arguments);

}  // namespace pawl::tool

#endif  // PAWL_EXAMPLES_PAWL_QUANTIZE_OPTIONS_H_
