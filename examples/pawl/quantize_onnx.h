// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PAWL_EXAMPLES_PAWL_QUANTIZE_ONNX_H_
#define PAWL_EXAMPLES_PAWL_QUANTIZE_ONNX_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "examples/pawl/command.h"
#include "pawl/graph_job.h"

namespace pawl::tool {

// What `pawl quantize` knows of ONNX models beyond its other options.
struct OnnxOptions {
  std::string mode;
  bool analysis = false;  // of `pawl analyze`
  std::string format;     // empty: qdq
  std::string activation_range = "auto";
  std::string equalize = "auto", smooth_quant = "auto", bias_correction = "auto",
              clip_search = "auto", rounding = "auto";
  double smooth_alpha = 0.5;
  double max_drop = -1.0;
  std::string metric = "sqnr";
  int64_t samples = 0;
  int64_t check_samples = 16;

  void Add(Arguments& app);
  // The options that Add() adds.
  static absl::Span<const char* const> Names();
  // A usage error for what changes nothing in this mode, or without samples.
  absl::Status Check(const Arguments& app, bool has_samples) const;
};

// The rest of the command line.
struct OnnxFiles {
  std::string input, output, scheme, recipe, calibration, report;
  std::vector<std::string> exclude;
  uint64_t max_memory = 0;
  bool dry_run = false, quiet = false;
};

// Whether --target names an engine and not an instruction set.
bool IsEngineTarget(const std::string& target);

// A job as the options say. Errors: usage.
absl::StatusOr<GraphJob> MakeGraphJob(const OnnxOptions& options, const OnnxFiles& files,
                                      const std::string& target);

// `pawl quantize` of an ONNX file. Returns the exit code. `target` may name an instruction set, as
// in other commands, or the engine that the file is for.
absl::StatusOr<int> QuantizeOnnx(const OnnxOptions& options, const OnnxFiles& files,
                                 CommonOptions common);

}  // namespace pawl::tool

#endif  // PAWL_EXAMPLES_PAWL_QUANTIZE_ONNX_H_
