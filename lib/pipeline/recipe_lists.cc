// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/recipe_lists.h"

// tests/pipeline/recipe_test.cc holds these lists against recipe_words.h, by which recipes are
// read, and against the words of graph_job.h and model_export.h.

namespace pawl {
namespace {

constexpr NamedMethod kOperatorTypes[] = {
    {"any", "every tensor"},
    {"linear", "matrices that inputs are multiplied with"},
    {"embedding", "tables whose rows are looked up"},
    {"conv", "weights of convolutions"},
    {"other", "what is none of these"},
};
constexpr NamedMethod kRanges[] = {
    {"max", "the largest weight"},
    {"percentile", "a percentile of the weights' sizes"},
    {"mse", "the clip of least squared error"},
    {"search", "the scale of least squared error"},
};
constexpr NamedMethod kObservers[] = {
    {"minmax", "least and largest value"},
    {"moving_average", "their moving averages over batches"},
    {"histogram", "a histogram, for ranges by percentile, entropy or error"},
};
constexpr NamedMethod kCalibrationRanges[] = {
    {"minmax", "all that was seen"},
    {"percentile", "a percentile of what was seen"},
    {"entropy", "the clip of least Kullback-Leibler divergence"},
    {"mse", "the clip of least squared error"},
};

constexpr NamedMethod kGraphModes[] = {
    {"static", "weights and activations are codes, ranges from samples"},
    {"dynamic", "activations become codes at run time"},
    {"weight-only", "arithmetic is float"},
    {"float16", "weights and arithmetic are f16"},
};
constexpr NamedMethod kGraphTargets[] = {
    {"onnxruntime", "ONNX Runtime's kernels"},
    {"tensorrt", "TensorRT's: symmetric int8"},
};
constexpr NamedMethod kGraphFormats[] = {
    {"qdq", "QuantizeLinear and DequantizeLinear around operators"},
    {"qoperator", "QLinearConv, QLinearMatMul, MatMulInteger"},
};
constexpr NamedMethod kPassChoices[] = {
    {"off", "not done"},
    {"on", "done"},
    {"auto", "done where outputs gain"},
};
constexpr NamedMethod kModelFolders[] = {
    {"gptq", "GPTQ v1: AutoGPTQ, vLLM"},
    {"gptq_v2", "GPTQ v2: GPTQModel"},
    {"awq", "AWQ, version gemm: AutoAWQ"},
    {"compressed-tensors", "compressed-tensors: llm-compressor, vLLM"},
    {"bitsandbytes", "nf4 and fp4 of bitsandbytes"},
};

}  // namespace

absl::Span<const NamedMethod> OperatorTypeWords() { return kOperatorTypes; }
absl::Span<const NamedMethod> RangeWords() { return kRanges; }
absl::Span<const NamedMethod> CalibrationObserverWords() { return kObservers; }
absl::Span<const NamedMethod> CalibrationRangeWords() { return kCalibrationRanges; }
absl::Span<const NamedMethod> GraphModeList() { return kGraphModes; }
absl::Span<const NamedMethod> GraphTargetList() { return kGraphTargets; }
absl::Span<const NamedMethod> GraphFormatList() { return kGraphFormats; }
absl::Span<const NamedMethod> PassChoiceList() { return kPassChoices; }
absl::Span<const NamedMethod> ModelFolderList() { return kModelFolders; }

}  // namespace pawl
