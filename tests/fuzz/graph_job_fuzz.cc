// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Jobs on whole models in memory: a byte that picks the job, then an ONNX model, which is read,
// calibrated, quantized, written, read back and run.

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fuzz.h"
#include "pawl/byte_sink.h"
#include "pawl/context.h"
#include "pawl/executor.h"
#include "pawl/graph_analysis.h"
#include "pawl/graph_job.h"
#include "pawl/onnx.h"

namespace pawl::fuzz {
namespace {

// Loops of a model's own may be as long as it says; a host cancels them.
bool HasLoop(const Graph& graph) {
  return std::any_of(graph.nodes.begin(), graph.nodes.end(), [](const Node& node) {
    if (node.op == "Loop" || node.op == "Scan") return true;
    for (const Attribute& attribute : node.attributes) {
      for (const auto& subgraph : attribute.graphs) {
        if (HasLoop(*subgraph)) return true;
      }
    }
    return false;
  });
}

// Tensors as the inputs ask for them: 2 where a dimension is open. None where they would be large
// or are no floats or integers.
GraphSample SampleOf(const Graph& graph, int64_t index) {
  GraphSample sample;
  for (const ValueId id : graph.inputs) {
    const ValueType& type = graph.value(id).type;
    std::vector<int64_t> shape;
    int64_t count = 1;
    for (const int64_t dim : type.shape.value_or(Dims{2, 2})) {
      shape.push_back(dim < 0 ? 2 : dim);
      if (shape.back() > 4096 || (count *= shape.back()) > 4096) return {};
    }
    const DType dtype = type.dtype.value_or(DType::kF32);
    std::vector<float> floats(static_cast<size_t>(count));
    for (size_t i = 0; i < floats.size(); ++i) {
      floats[i] = std::sin(0.37f * static_cast<float>(i + 1) * static_cast<float>(index + 1));
    }
    absl::StatusOr<Tensor> tensor = absl::UnimplementedError("");
    if (dtype == DType::kF32) tensor = Tensor::FromValues<float>(shape, floats);
    if (dtype == DType::kI64) {
      tensor = Tensor::FromValues<int64_t>(shape, std::vector<int64_t>(floats.size(), index % 3));
    }
    if (!tensor.ok()) return {};
    sample.push_back(*std::move(tensor));
  }
  return sample;
}

GraphJob JobOf(uint8_t choice) {
  constexpr const char* kSchemes[] = {"", "int8:tensor", "int16", "int4:channel"};
  GraphJob job;
  job.mode = static_cast<GraphMode>(choice & 3);
  job.format = job.mode == GraphMode::kStatic && (choice & 4) != 0 ? GraphFormat::kQOperator
                                                                   : GraphFormat::kQdq;
  job.target = (choice & 8) != 0 ? GraphTarget::kTensorRt : GraphTarget::kOnnxRuntime;
  const std::string scheme = kSchemes[choice >> 4 & 3];
  if (!scheme.empty() && job.mode != GraphMode::kFloat16) job.recipe = Recipe::ForScheme(scheme);
  job.recipe.calibration.bins = 128;
  const auto choice_of_passes = (choice & 64) != 0 ? PassChoice::kOn : PassChoice::kAuto;
  for (PassChoice* pass :
       {&job.passes.range_search, &job.passes.clip_search, &job.passes.bias_correction,
        &job.passes.equalize, &job.passes.smooth_quant, &job.passes.rounding}) {
    *pass = choice_of_passes;
  }
  if (job.mode == GraphMode::kStatic && (choice & 128) != 0) job.max_drop = 0.01;
  job.max_memory = uint64_t{16} << 20;
  return job;
}

std::shared_ptr<MemoryBuffer> Written(const Graph& graph) {
  auto sink = std::make_shared<MemoryBuffer>();
  const absl::Status status = WriteOnnx(graph, sink);
  PAWL_FUZZ_CHECK(status.ok(), status.ToString());
  return sink;
}

}  // namespace
}  // namespace pawl::fuzz

PAWL_FUZZ_TARGET(graph_job) {
  using namespace pawl;
  static const std::unique_ptr<Context> context = *Context::Create({.threads = 1});
  if (bytes.size() < 2) return;
  const auto graph = ReadOnnxMemory(bytes.subspan(1));
  if (!fuzz::Succeeded(graph.status()) || fuzz::HasLoop(**graph)) return;
  GraphJob job = fuzz::JobOf(bytes[0]);
  job.graph = *graph;
  if (!fuzz::SampleOf(**graph, 0).empty()) {
    job.samples.count = 3;
    job.samples.get = [&](int64_t i) -> absl::StatusOr<GraphSample> {
      return fuzz::SampleOf(**graph, i);
    };
  }
  absl::StatusOr<GraphReport> report = absl::UnknownError("");
  {
    // What a layer's statistics and its kernels' packed weights take does not follow from a small
    // file; the values of a run are bounded by the job.
    const fuzz::AllocationLimit limit(bytes.size(), 4096, uint64_t{128} << 20);
    report = RunGraphJob(job, *context);
  }
  if (job.max_drop >= 0) {
    const auto analysis = AnalyzeGraph(job, *context);
    if (fuzz::Succeeded(analysis.status())) {
      PAWL_FUZZ_CHECK(!analysis->ToJson().empty() && !analysis->ToText().empty(), "the analysis");
    }
  }
  if (!fuzz::Succeeded(report.status())) return;
  PAWL_FUZZ_CHECK(!report->ToJson().empty() && !report->ToText().empty(), "the report");
  PAWL_FUZZ_CHECK(report->quantized_count() > 0 || job.mode == GraphMode::kFloat16, "no layer");
  const auto once = fuzz::Written(*report->result);
  PAWL_FUZZ_CHECK(once->bytes().size() == report->file_bytes, "the size");
  const auto again = ReadOnnxMemory(once->bytes());
  PAWL_FUZZ_CHECK(again.ok(), again.status().ToString());
  // A reader numbers values as they come, in which order their types are then written.
  const auto twice = fuzz::Written(**again);
  PAWL_FUZZ_CHECK(twice->bytes().size() == once->bytes().size(), "written twice, another size");
  const auto third = ReadOnnxMemory(twice->bytes());
  PAWL_FUZZ_CHECK(third.ok(), third.status().ToString());
  PAWL_FUZZ_CHECK(fuzz::Written(**third)->bytes() == twice->bytes(), "written again, differs");
}
