// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// A job on a whole model: an ONNX file, a recipe and samples in, a quantized ONNX file and a report
// out.

#ifndef PAWL_INCLUDE_PAWL_GRAPH_JOB_H_
#define PAWL_INCLUDE_PAWL_GRAPH_JOB_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "pawl/graph_data.h"
#include "pawl/graph_report.h"
#include "pawl/job_files.h"
#include "pawl/recipe.h"

namespace pawl {

class Context;

enum class GraphMode : uint8_t {
  kStatic = 0,      // weights and activations are codes, ranges of activations from calibration
  kDynamic = 1,     // activations become codes at run time, with the range they have then
  kWeightOnly = 2,  // weights are codes, arithmetic is float
  kFloat16 = 3,     // weights and arithmetic are f16, inputs and outputs stay f32
};
enum class GraphTarget : uint8_t { kOnnxRuntime = 0, kTensorRt = 1 };
enum class GraphFormat : uint8_t {
  kQdq = 0,        // QuantizeLinear and DequantizeLinear around float operators
  kQOperator = 1,  // QLinearConv, QLinearMatMul, MatMulInteger
};
// Words in the order of the values: "static", "dynamic", "weight-only", "float16"; "onnxruntime",
// "tensorrt"; "qdq", "qoperator"; "off", "on", "auto".
absl::Span<const absl::string_view> GraphModeWords();
absl::Span<const absl::string_view> GraphTargetWords();
absl::Span<const absl::string_view> GraphFormatWords();
absl::Span<const absl::string_view> PassChoiceWords();

// kAuto: done where it brings outputs nearer to those of the float model, on the samples that the
// job compares on.
enum class PassChoice : uint8_t { kOff = 0, kOn = 1, kAuto = 2 };

struct GraphPasses {
  // Ranges of activations by more than the recipe's way: minimum and maximum, percentiles, mean
  // squared error, entropy. kOn is kAuto.
  PassChoice range_search = PassChoice::kAuto;
  // Weight ranges that minimise the squared error, in place of the largest weight's.
  PassChoice clip_search = PassChoice::kAuto;
  // The mean error that rounded weights cause, on mean activations, is taken out of the bias.
  PassChoice bias_correction = PassChoice::kAuto;
  // Cross-layer equalization, with bias absorption.
  PassChoice equalize = PassChoice::kAuto;
  // SmoothQuant between a norm and the products that read it.
  PassChoice smooth_quant = PassChoice::kAuto;
  // Weights are rounded for the inputs that the samples give them (GPTQ, gptq.h), a layer's where
  // that lessens the error of its outputs on samples it was not fitted to.
  PassChoice rounding = PassChoice::kAuto;
  // In [0, 1]: how much of the activations' range goes to weights. kAuto tries 0.25 and 0.75 too.
  double smooth_alpha = 0.5;
};

// Recipes decide for each node with weights and each product of activations ("layers"). A rule's
// pattern is searched for in the node's name, its operator ("Conv") and the names of its weights
// and first output; in a subgraph also in the name with where it is before it, as in
// "choice/then_branch/conv" for a branch of the If "choice". Operator types: conv; linear (MatMul,
// Gemm); embedding (Gather of a table); other. Rules for any operator are for recurrent layers
// (LSTM, GRU, RNN), too. Schemes:
//   static       int2 to int8 (int7 for CPUs that add pairs of products with saturation), with
//                channel or tensor; int16: 16-bit activations over 8-bit weights
//   dynamic      int2 to int8, with channel or tensor; of GRU, RNN and ConvTranspose the weights
//                alone
//   weight-only  int4, uint4, int8 or uint8 in groups (g32 ...) for linear layers, which become
//                MatMulNBits; int2 to int8 with channel or tensor for any layer
//   float16      f16 (what is skipped stays f32)
// A rule's method gives the range of weights (max, percentile, mse, search). The recipe's
// calibration says how activations are observed. Without rules, the first of these that fits:
// int8; for weight-only, int4:g32 for linear layers and int8 for others.
struct GraphJob {
  std::string input;                   // an ONNX file; or
  std::shared_ptr<const Graph> graph;  // a model in memory
  // The ONNX file to write. Without one the model is in the report alone, checked in the same way.
  std::string output;
  GraphMode mode = GraphMode::kStatic;
  GraphTarget target = GraphTarget::kOnnxRuntime;
  GraphFormat format = GraphFormat::kQdq;
  Recipe recipe;
  GraphPasses passes;

  // Samples to calibrate and check with: a path for OpenGraphSamples, or (count > 0) the caller's.
  // Static jobs need them; others are checked on them if there are any.
  std::string calibration;
  GraphSamples samples;
  // How many of them, spread evenly, the file is compared with the float model on. More cost time;
  // where they have few output values between them (one score each, say), more are taken.
  int64_t check_samples = 16;

  // Keep the layers that cost most in float until the drop is at most this; negative: no bound.
  double max_drop = -1.0;
  // "sqnr": noise over signal of the outputs (0.01 is 20 dB); "top1": share of the outputs' rows
  // whose largest element is another.
  std::string metric = "sqnr";

  // The caller's own files around the job, such as the recipe's and where the report will go. They
  // are checked with the job's (job_files.h), so that none is lost to another.
  JobFiles files;

  bool dry_run = false;     // decide, but observe and write nothing
  uint64_t max_memory = 0;  // bytes for values in a run; 0: no limit
};

// Operators that Pawl lacks stay as they are in every mode, and the report says so. What follows
// from them cannot be run: static jobs leave its layers in float and quantize and compare those
// before.
//
// Runs the job on the context's threads. The output's bytes are the same for every number of
// threads and target. What is written is read back and run before it takes its name; after an error
// or a cancellation the output is what it was.
//
// Errors: InvalidArgument naming pattern, node or file (a pattern that matches nothing, a scheme
// that the mode lacks, nothing to quantize, samples that do not fit, a bound that no recipe
// meets); those of CheckJobFiles, before anything is written; Unimplemented for a node that has to
// run and cannot; what reading, running and writing give; Cancelled.
absl::StatusOr<GraphReport> RunGraphJob(const GraphJob& job, Context& context);

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_GRAPH_JOB_H_
