// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PAWL_EXAMPLES_PAWL_BENCH_H_
#define PAWL_EXAMPLES_PAWL_BENCH_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "examples/pawl/bench_ceiling.h"
#include "examples/pawl/command.h"
#include "pawl/context.h"
#include "pawl/quantized_tensor.h"
#include "pawl/tensor.h"

namespace pawl::tool {

struct BenchOptions {
  std::vector<std::string> schemes = {"int8"};
  std::vector<int64_t> m = {1};
  std::vector<int64_t> n = {4096};
  std::vector<int64_t> k = {4096};
  std::vector<int> threads = {1};
  std::string target;
  std::string mode = "dynamic_int8";                         // weight_only, ..._bf16
  std::vector<std::string> shapes = {"64x56x56:64:3x3:p1"};  // of convolutions
  std::string layout = "nhwc";
  bool cold = false;
  double seconds = 0.3;
};

// One measured case; its fields are the JSON's.
struct BenchCase {
  std::string scheme;
  int64_t m = 0;
  int64_t n = 0;
  int64_t k = 0;
  std::string shape = {};
};

// Weights [n, k], the same in every run, quantized.
absl::StatusOr<QuantizedTensor> BenchWeights(const BenchCase& c, Context& context);

// More than any last-level cache: what is read in turn from this much comes from memory.
inline constexpr size_t kColdBytes = size_t{256} << 20;

// What the cases share. Uniform in [-1, 1): the same numbers in every run and on every machine.
absl::StatusOr<Tensor> RandomTensor(int64_t rows, int64_t cols, uint64_t seed);
absl::Status CheckDone(const std::vector<Timing>& timings, const absl::Status& status,
                       Context& context);
void AddTimes(const Timing& timing, Json* out);
// Of the ceiling that binds: what both allow at best, by the time that was measured.
Json Share(double operations, double bytes, double peak, double bandwidth, double seconds);

absl::StatusOr<Json> BenchLinear(const BenchCase& c, const BenchOptions& options, Context& context);
absl::StatusOr<Json> BenchGptq(const BenchCase& c, const BenchOptions& options, Context& context);
absl::StatusOr<Json> BenchConv(const BenchCase& c, const BenchOptions& options, Context& context);
absl::StatusOr<Json> BenchQuantize(const BenchCase& c, const BenchOptions& options,
                                   Context& context);
absl::StatusOr<Json> BenchPack(const BenchCase& c, const BenchOptions& options, Context& context);
absl::StatusOr<Json> BenchDequantize(const BenchCase& c, const BenchOptions& options,
                                     Context& context);

// bench_graph.cc: the subcommand for whole models, whose options are its own.
void AddBenchGraph(Arguments& bench, Command& command);

}  // namespace pawl::tool

#endif  // PAWL_EXAMPLES_PAWL_BENCH_H_
