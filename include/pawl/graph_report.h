// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What a job on a whole model did, or would do, as data before it is text.

#ifndef PAWL_INCLUDE_PAWL_GRAPH_REPORT_H_
#define PAWL_INCLUDE_PAWL_GRAPH_REPORT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pawl {

struct Graph;

// One layer: a node with weights, or a product of two activations.
struct GraphLayerReport {
  std::string name;
  std::string op;       // "Conv"
  std::string weights;  // name of the initialiser; empty for a product
  std::vector<int64_t> shape;
  bool quantized = false;
  std::string scheme;                          // of the weights
  std::string activations;                     // "uint8", "int8", "uint16", "int16", "float"
  int32_t rule = -1;                           // index of the recipe's rule that decided
  std::string reason;                          // why it is not quantized, or not as asked
  uint64_t bytes_before = 0, bytes_after = 0;  // of the weights
  std::optional<double> weight_sqnr_db;        // none where there are no codes
  // The range of its input, where calibrated, and what that became.
  std::optional<double> input_min, input_max;
  float input_scale = 0;
  int32_t input_zero_point = 0;
  // Output channels whose weight scale was raised so that the bias fits int32.
  std::vector<int64_t> raised_channels;
  // Two products of 8-bit codes can exceed int16, as engines add them on x86 CPUs without VNNI.
  bool could_saturate = false;
};

// One output of the written file against the float model, over the samples compared.
struct GraphOutputReport {
  std::string name;
  double sqnr_db = 0;
  double max_error = 0;
  std::optional<double> same_decision;  // share of rows with the same largest element
};

struct GraphReport {
  std::string input, output, mode, target, format;
  bool dry_run = false;
  std::string recipe;  // its JSON, as it was used
  std::vector<GraphLayerReport> layers;
  std::vector<GraphOutputReport> outputs;  // empty without samples
  std::vector<std::string> passes;         // what was done to the graph, and what it brought
  std::vector<std::string> notes;
  int64_t samples = 0;  // observed
  int64_t samples_compared = 0;
  uint64_t bytes_before = 0, bytes_after = 0;  // of all initialisers
  uint64_t file_bytes = 0;
  double seconds = 0;
  int threads = 0;
  std::string cpu_target;
  // The quantized model; null in a dry run. Its tensors may be views of the one that came in.
  std::shared_ptr<const Graph> result;

  int64_t quantized_count() const;
  std::string ToJson() const;
  std::string ToText() const;
};

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_GRAPH_REPORT_H_
