// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Jobs on graphs.

#include "pawl/graph_job.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "capi/files.h"
#include "capi/graph.h"
#include "capi/graph_job.h"
#include "capi/model_handles.h"
#include "capi/options.h"

using pawl::Context;
using pawl::GraphJob;
using pawl::GraphSample;
using pawl::capi::Call;
using pawl::capi::TakeDouble;
using pawl::capi::TakeInt;

namespace {

// Samples of the host's: the ones that were added, or a function that makes them.
struct HostSamples {
  absl::StatusOr<GraphSample> Get(int64_t index) const;

  std::vector<GraphSample> kept;
  pawl_sample_fn function = nullptr;
  void* user = nullptr;
  size_t num_inputs = 0;
};

absl::StatusOr<GraphSample> HostSamples::Get(int64_t index) const {
  const auto at = static_cast<size_t>(index);
  if (function == nullptr) return kept[at];
  std::vector<pawl_tensor*> handles(num_inputs, nullptr);
  const int32_t status = function(user, at, handles.data(), num_inputs);
  GraphSample sample;
  size_t missing = 0;
  for (pawl_tensor* handle : handles) {
    if (handle == nullptr) {
      ++missing;
      continue;
    }
    sample.push_back(handle->tensor);
    pawl_tensor_destroy(handle);
  }
  if (status != PAWL_OK) {
    return pawl::capi::HostError(status, "the host's function for samples",
                                 absl::StrCat("sample ", at));
  }
  if (missing > 0) {
    return absl::InvalidArgumentError(absl::StrCat("the host's function for samples left ", missing,
                                                   " of ", num_inputs, " inputs of sample ", at,
                                                   " NULL"));
  }
  return sample;
}

}  // namespace

struct pawl_graph_job {
  // With samples, which look at this job.
  GraphJob Ready() const {
    GraphJob ready = job;
    ready.samples.count = count;
    ready.samples.get = [this](int64_t index) { return samples.Get(index); };
    return ready;
  }

  GraphJob job;
  HostSamples samples;
  int64_t count = 0;
};

namespace {

PAWL_SAME(PAWL_GRAPH_STATIC, pawl::GraphMode::kStatic);
PAWL_SAME(PAWL_GRAPH_DYNAMIC, pawl::GraphMode::kDynamic);
PAWL_SAME(PAWL_GRAPH_WEIGHT_ONLY, pawl::GraphMode::kWeightOnly);
PAWL_SAME(PAWL_GRAPH_FLOAT16, pawl::GraphMode::kFloat16);
PAWL_SAME(PAWL_GRAPH_FOR_ONNXRUNTIME, pawl::GraphTarget::kOnnxRuntime);
PAWL_SAME(PAWL_GRAPH_FOR_TENSORRT, pawl::GraphTarget::kTensorRt);
PAWL_SAME(PAWL_GRAPH_QDQ, pawl::GraphFormat::kQdq);
PAWL_SAME(PAWL_GRAPH_QOPERATOR, pawl::GraphFormat::kQOperator);
PAWL_SAME(PAWL_PASS_OFF, pawl::PassChoice::kOff);
PAWL_SAME(PAWL_PASS_ON, pawl::PassChoice::kOn);
PAWL_SAME(PAWL_PASS_AUTO, pawl::PassChoice::kAuto);

void TakeString(const pawl_options* options, int32_t option, std::string* field) {
  pawl::capi::Take<std::string>(options, option, field);
}

GraphJob ToGraphJob(const pawl_options* options) {
  GraphJob job;
  TakeString(options, PAWL_OPT_GRAPH_INPUT, &job.input);
  TakeString(options, PAWL_OPT_GRAPH_OUTPUT, &job.output);
  TakeString(options, PAWL_OPT_GRAPH_CALIBRATION, &job.calibration);
  TakeString(options, PAWL_OPT_GRAPH_METRIC, &job.metric);
  TakeInt(options, PAWL_OPT_GRAPH_MODE, &job.mode);
  TakeInt(options, PAWL_OPT_GRAPH_TARGET, &job.target);
  TakeInt(options, PAWL_OPT_GRAPH_FORMAT, &job.format);
  TakeInt(options, PAWL_OPT_GRAPH_CHECK_SAMPLES, &job.check_samples);
  TakeInt(options, PAWL_OPT_GRAPH_DRY_RUN, &job.dry_run);
  TakeInt(options, PAWL_OPT_GRAPH_RUN_MEMORY, &job.max_memory);
  TakeDouble(options, PAWL_OPT_GRAPH_MAX_DROP, &job.max_drop);
  TakeInt(options, PAWL_OPT_RANGE_SEARCH, &job.passes.range_search);
  TakeInt(options, PAWL_OPT_CLIP_SEARCH, &job.passes.clip_search);
  TakeInt(options, PAWL_OPT_BIAS_CORRECTION, &job.passes.bias_correction);
  TakeInt(options, PAWL_OPT_EQUALIZE, &job.passes.equalize);
  TakeInt(options, PAWL_OPT_SMOOTH_QUANT, &job.passes.smooth_quant);
  TakeDouble(options, PAWL_OPT_SMOOTH_ALPHA, &job.passes.smooth_alpha);
  TakeInt(options, PAWL_OPT_FITTED_ROUNDING, &job.passes.rounding);
  return job;
}

}  // namespace

extern "C" {

int32_t pawl_graph_job_create(pawl_context* context, const pawl_options* options,
                              const pawl_recipe* recipe, pawl_graph_job** job) noexcept {
  if (job != nullptr) *job = nullptr;
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(job);
    PAWL_RETURN_IF_ERROR(pawl::capi::CheckKind(options, PAWL_OPTIONS_GRAPH_JOB));
    auto made = std::make_unique<pawl_graph_job>();
    made->job = ToGraphJob(options);
    if (recipe != nullptr) made->job.recipe = recipe->recipe;
    *job = made.release();
    return absl::OkStatus();
  });
}

void pawl_graph_job_destroy(pawl_graph_job* job) noexcept { delete job; }

int32_t pawl_graph_job_add_sample(pawl_context* context, pawl_graph_job* job,
                                  const pawl_tensor* const* inputs, size_t num_inputs) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(job);
    PAWL_NEED_ARRAY(inputs, num_inputs);
    if (job->samples.function != nullptr) {
      return absl::FailedPreconditionError("the job's samples come from a function");
    }
    GraphSample sample;
    for (size_t i = 0; i < num_inputs; ++i) {
      if (inputs[i] == nullptr) {
        return absl::InvalidArgumentError(
            absl::StrCat("input ", i, " of ", num_inputs, " is NULL"));
      }
      sample.push_back(inputs[i]->tensor);
    }
    job->samples.kept.push_back(std::move(sample));
    job->count = static_cast<int64_t>(job->samples.kept.size());
    return absl::OkStatus();
  });
}

int32_t pawl_graph_job_set_samples(pawl_context* context, pawl_graph_job* job, size_t count,
                                   size_t num_inputs, pawl_sample_fn get, void* user) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(job);
    PAWL_NEED(get);
    PAWL_ASSIGN_OR_RETURN(job->count, pawl::capi::ToInt64(count, "the number of samples"));
    job->samples = HostSamples{{}, get, user, num_inputs};
    return absl::OkStatus();
  });
}

int32_t pawl_graph_job_set_graph(pawl_context* context, pawl_graph_job* job,
                                 const pawl_graph* graph) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(job);
    PAWL_NEED(graph);
    job->job.graph = graph->graph;
    return absl::OkStatus();
  });
}

int32_t pawl_graph_job_run(pawl_context* context, const pawl_graph_job* job,
                           pawl_graph_report** report) noexcept {
  if (report != nullptr) *report = nullptr;
  return Call(context, [&](Context& c) -> absl::Status {
    PAWL_NEED(job);
    PAWL_NEED(report);
    auto handle = std::make_unique<pawl_graph_report>();
    PAWL_ASSIGN_OR_RETURN(handle->report, pawl::RunGraphJob(job->Ready(), c));
    handle->json = handle->report.ToJson();
    handle->text = handle->report.ToText();
    *report = handle.release();
    return absl::OkStatus();
  });
}

int32_t pawl_graph_job_analyze(pawl_context* context, const pawl_graph_job* job,
                               pawl_graph_analysis** analysis) noexcept {
  if (analysis != nullptr) *analysis = nullptr;
  return Call(context, [&](Context& c) -> absl::Status {
    PAWL_NEED(job);
    PAWL_NEED(analysis);
    auto handle = std::make_unique<pawl_graph_analysis>();
    PAWL_ASSIGN_OR_RETURN(handle->analysis, pawl::AnalyzeGraph(job->Ready(), c));
    handle->json = handle->analysis.ToJson();
    handle->text = handle->analysis.ToText();
    *analysis = handle.release();
    return absl::OkStatus();
  });
}

}  // extern "C"
