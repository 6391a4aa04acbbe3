// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Report: what a job did, or would do, to every tensor, as data before it is text.

#ifndef PAWL_INCLUDE_PAWL_REPORT_H_
#define PAWL_INCLUDE_PAWL_REPORT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "pawl/quantized_tensor.h"
#include "pawl/quantizer.h"
#include "pawl/tensor.h"

namespace pawl {

class Context;

// What calibration found in the activations that meet a weight.
struct ActivationReport {
  int64_t samples = 0;  // rows that were observed
  double min = 0.0;     // of the range that the recipe's settings give, over all columns
  double max = 0.0;
  float scale = 0.0f;  // for symmetric int8 codes; the largest where each column has its own
  uint64_t nan_count = 0;
  uint64_t inf_count = 0;
};

struct TensorReport {
  std::string name;
  std::string dtype;  // of the input, as in DTypeName
  std::vector<int64_t> shape;
  std::string op;          // OperatorTypeName of what the tensor was taken for
  bool quantized = false;  // false: copied as it is
  std::string scheme;      // text form; empty where not quantized
  std::string method;      // "rtn(max)"; empty where not quantized
  int32_t rule = -1;       // index of the recipe's rule that decided; -1: none did
  std::string reason;      // why it is not quantized, or why not with the rule's scheme
  uint64_t bytes_before = 0;
  uint64_t bytes_after = 0;
  double bits_per_weight = 0.0;                // after
  std::optional<QuantizationError> error;      // none where not quantized, and in a dry run
  std::optional<ActivationReport> activation;  // none without recorded activations
  QuantizeStats stats;                         // what the scheme could not take as it was
};

struct Report {
  std::string input;
  std::string output;  // empty where nothing is written
  bool dry_run = false;
  std::string recipe;  // its JSON
  std::vector<TensorReport> tensors;
  uint64_t bytes_before = 0;  // of all tensors
  uint64_t bytes_after = 0;
  uint64_t file_bytes = 0;         // of the output file; 0 in a dry run
  uint64_t peak_memory_bytes = 0;  // estimate, beyond the mapped input
  std::string input_hash;          // identifies the input's content; empty in a dry run
  std::vector<std::string> notes;  // what else should be known: ignored keys of a newer recipe ...
  double seconds = 0.0;
  int threads = 0;
  std::string target;

  uint64_t quantized_count() const;
  // Bits for each element of the quantized tensors together; 0 without any.
  double mean_bits_per_weight() const;

  // Stable key names. JSON has no infinity: the SQNR of an exact copy is null.
  std::string ToJson() const;
  // One line a tensor, totals, and every reason: for people.
  std::string ToText() const;
};

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_REPORT_H_
