// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Jobs on graphs: modes, reports, bounds, progress, cancellation, errors.

#include <cmath>
#include <string>
#include <vector>

#include "graph_job_work.h"

namespace pawl_test {
namespace {

TEST_CASE("a model is quantized statically on the host's samples") {
  GraphWork w;
  w.Make();
  w.AddSamples();
  const int32_t status = w.Run();
  INFO(w.c.error());
  REQUIRE(status == PAWL_OK);
  CHECK(w.Total(PAWL_GRAPH_FIGURE_QUANTIZED) == 1.0);
  CHECK(w.Total(PAWL_GRAPH_FIGURE_SAMPLES) == 4.0);
  CHECK(w.Total(PAWL_GRAPH_FIGURE_SAMPLES_COMPARED) == 4.0);
  CHECK(w.Total(PAWL_GRAPH_FIGURE_FILE_BYTES) ==
        static_cast<double>(std::filesystem::file_size(w.output)));
  CHECK(w.Total(PAWL_GRAPH_FIGURE_SECONDS) > 0.0);
  CHECK(std::isnan(w.Total(PAWL_GRAPH_FIGURE_SQNR_DB)));
  CHECK(Contains(pawl_graph_report_text(w.report), "product"));
  CHECK(Contains(pawl_graph_report_json(w.report), "\"pawl_graph_report\""));
  size_t quantized = 0;
  for (size_t i = 0; i < pawl_graph_report_layer_count(w.report); ++i) {
    if (pawl_graph_report_layer(w.report, i, PAWL_GRAPH_FIGURE_QUANTIZED) != 1.0) {
      CHECK(std::string(pawl_graph_report_layer_reason(w.report, i)) != "");
      continue;
    }
    ++quantized;
    CHECK(std::string(pawl_graph_report_layer_name(w.report, i)) == "product");
    CHECK(std::string(pawl_graph_report_layer_weights(w.report, i)) == "W");
    CHECK(Contains(pawl_graph_report_layer_scheme(w.report, i), "int8"));
    CHECK(Contains(pawl_graph_report_layer_activations(w.report, i), "int8"));
    CHECK(pawl_graph_report_layer_operator(w.report, i) != nullptr);
    CHECK(pawl_graph_report_layer(w.report, i, PAWL_GRAPH_FIGURE_INPUT_SCALE) > 0.0);
  }
  CHECK(quantized == 1);
  REQUIRE(pawl_graph_report_output_count(w.report) == 2);
  CHECK(std::string(pawl_graph_report_output_name(w.report, 0)) == "y");
  CHECK(pawl_graph_report_output(w.report, 0, PAWL_GRAPH_FIGURE_SQNR_DB) > 20.0);
  CHECK(pawl_graph_report_output(w.report, 0, PAWL_GRAPH_FIGURE_MAX_ERROR) < 0.1);
  CHECK(std::isnan(pawl_graph_report_output(w.report, 5, PAWL_GRAPH_FIGURE_SQNR_DB)));
  CHECK(pawl_graph_report_layer_name(w.report, 99) == nullptr);
  CHECK(pawl_graph_report_note(w.report, 99) == nullptr);
  CHECK(pawl_graph_report_pass(w.report, 99) == nullptr);
  CHECK(pawl_graph_report_pass_count(w.report) > 0);
}

TEST_CASE("what was written runs, near to what it was") {
  GraphWork w;
  for (const int32_t format : {PAWL_GRAPH_QDQ, PAWL_GRAPH_QOPERATOR}) {
    w.Set(PAWL_OPT_GRAPH_FORMAT, format);
    w.Make();
    w.AddSamples();
    REQUIRE(w.Run() == PAWL_OK);
    Graph graph;
    Executor executor;
    Tensor x, y;
    REQUIRE(pawl_graph_open(w.c, w.output.c_str(), graph.out()) == PAWL_OK);
    REQUIRE(pawl_executor_create(w.c, graph, nullptr, nullptr, 0, executor.out()) == PAWL_OK);
    MakeTensor(w.c, {1, 4}, {0.5f, 0.25f, -0.5f, 1.0f}, &x);
    const pawl_tensor* inputs[1] = {x};
    REQUIRE(pawl_executor_run(w.c, executor, inputs, 1) == PAWL_OK);
    REQUIRE(pawl_executor_output(w.c, executor, 0, y.out()) == PAWL_OK);
    const auto* got = static_cast<const float*>(pawl_tensor_data(y));
    CHECK(std::abs(got[0] - 2.0f) < 0.1f);  // x0 + x3 + 0.5
    CHECK(got[1] == 0.0f);
    CHECK(std::abs(got[2] - 0.5f) < 0.1f);
  }
}

TEST_CASE("the other modes need no samples") {
  for (const int32_t mode : {PAWL_GRAPH_DYNAMIC, PAWL_GRAPH_WEIGHT_ONLY, PAWL_GRAPH_FLOAT16}) {
    GraphWork w;
    w.Set(PAWL_OPT_GRAPH_MODE, mode);
    Recipe recipe;
    const char* scheme = mode == PAWL_GRAPH_FLOAT16 ? "f16" : "int8";
    REQUIRE(pawl_recipe_for_scheme(w.c, scheme, recipe.out()) == PAWL_OK);
    w.Make(recipe);
    recipe.Reset();  // it was copied
    const int32_t status = w.Run();
    INFO(w.c.error());
    REQUIRE(status == PAWL_OK);
    CHECK(w.Total(PAWL_GRAPH_FIGURE_QUANTIZED) == 1.0);
    CHECK(pawl_graph_report_output_count(w.report) == 0);
    CHECK(w.written());
  }
}

TEST_CASE("jobs on graphs that cannot be done leave no file, and say why") {
  GraphWork w;
  w.Make();
  CHECK(w.Run() == PAWL_INVALID_ARGUMENT);  // without samples
  CHECK(Contains(w.c.error(), "samples"));
  CHECK(w.report == nullptr);
  Tensor narrow;
  MakeTensor(w.c, {1, 2}, {1, 2}, &narrow);
  const pawl_tensor* inputs[2] = {narrow, nullptr};
  CHECK(pawl_graph_job_add_sample(w.c, w.job, inputs, 2) == PAWL_INVALID_ARGUMENT);
  w.AddSamples();
  REQUIRE(pawl_graph_job_add_sample(w.c, w.job, inputs, 1) == PAWL_OK);
  CHECK(w.Run() == PAWL_INVALID_ARGUMENT);
  CHECK_FALSE(w.written());
  w.Set(PAWL_OPT_GRAPH_INPUT, w.Path("none.onnx"));
  w.Make();
  w.AddSamples();
  CHECK(w.Run() == PAWL_NOT_FOUND);
  CHECK(Contains(w.c.error(), "none.onnx"));
  w.Set(PAWL_OPT_GRAPH_INPUT, w.input);
  w.Set(PAWL_OPT_GRAPH_OUTPUT, w.input);
  w.Make();
  w.AddSamples();
  CHECK(w.Run() == PAWL_INVALID_ARGUMENT);  // it would overwrite its input
  CHECK(GraphWork::Load(w.input) == SmallModel());
  w.Set(PAWL_OPT_GRAPH_OUTPUT, w.output);
  Recipe recipe;
  REQUIRE(pawl_recipe_for_scheme(w.c, "int8", recipe.out()) == PAWL_OK);
  REQUIRE(pawl_recipe_exclude(w.c, recipe, "prodct") == PAWL_OK);
  w.Make(recipe);
  w.AddSamples();
  CHECK(w.Run() == PAWL_INVALID_ARGUMENT);
  CHECK(Contains(w.c.error(), "product"));  // the nearest name
}

TEST_CASE("arguments of jobs on graphs are checked") {
  GraphWork w;
  Options linear;
  GraphJob job;
  REQUIRE(pawl_options_create(PAWL_OPTIONS_LINEAR, linear.out()) == PAWL_OK);
  CHECK(pawl_graph_job_create(w.c, linear, nullptr, job.out()) == PAWL_INVALID_ARGUMENT);
  CHECK(Contains(w.c.error(), "'linear', not of 'graph job'"));
  CHECK(pawl_options_set_int(w.options, PAWL_OPT_RUN_MEMORY, 1) == PAWL_INVALID_ARGUMENT);
  CHECK(pawl_graph_job_create(w.c, w.options, nullptr, nullptr) == PAWL_INVALID_ARGUMENT);
  CHECK(pawl_options_set_int(w.options, PAWL_OPT_GRAPH_MODE, 4) == PAWL_OUT_OF_RANGE);
  CHECK(pawl_options_set_double(w.options, PAWL_OPT_SMOOTH_ALPHA, 1.5) == PAWL_OUT_OF_RANGE);
  CHECK(pawl_graph_job_run(w.c, nullptr, w.report.out()) == PAWL_INVALID_ARGUMENT);
  CHECK(pawl_graph_job_run(nullptr, nullptr, nullptr) == PAWL_INVALID_ARGUMENT);
  CHECK(pawl_graph_job_set_graph(w.c, job, nullptr) == PAWL_INVALID_ARGUMENT);
  CHECK(pawl_graph_report_layer_count(nullptr) == 0);
  CHECK(std::isnan(pawl_graph_report_total(nullptr, PAWL_GRAPH_FIGURE_QUANTIZED)));
  CHECK(pawl_graph_report_text(nullptr) == nullptr);
  CHECK(pawl_graph_analysis_json(nullptr) == nullptr);
}

TEST_CASE("a dry run of a job on a graph writes nothing") {
  GraphWork w;
  w.Set(PAWL_OPT_GRAPH_DRY_RUN, 1);
  w.Make();
  const int32_t status = w.Run();
  INFO(w.c.error());
  REQUIRE(status == PAWL_OK);
  CHECK(pawl_graph_report_layer_count(w.report) >= 1);
  CHECK_FALSE(w.written());
  Graph graph;
  CHECK(pawl_graph_report_graph(w.c, w.report, graph.out()) == PAWL_FAILED_PRECONDITION);
}

TEST_CASE("a bound keeps the layer that costs most in float, and an analysis says which") {
  GraphWork w(TwoLayers());
  Recipe recipe, found;
  REQUIRE(pawl_recipe_for_scheme(w.c, "int4:channel", recipe.out()) == PAWL_OK);
  w.Make(recipe);
  w.AddSamples();
  REQUIRE(w.Run() == PAWL_OK);
  CHECK(w.Total(PAWL_GRAPH_FIGURE_QUANTIZED) == 2.0);
  const double db = pawl_graph_report_output(w.report, 0, PAWL_GRAPH_FIGURE_SQNR_DB);

  GraphAnalysis analysis;
  const double bound = std::pow(10.0, -(db + 1.0) / 10.0);  // one dB more than there is
  REQUIRE(pawl_options_set_double(w.options, PAWL_OPT_GRAPH_MAX_DROP, bound) == PAWL_OK);
  w.Make(recipe);
  CHECK(pawl_graph_job_analyze(w.c, w.job, analysis.out()) == PAWL_INVALID_ARGUMENT);  // no samples
  w.AddSamples();
  const int32_t status = pawl_graph_job_analyze(w.c, w.job, analysis.out());
  INFO(w.c.error());
  REQUIRE(status == PAWL_OK);
  CHECK(Contains(pawl_graph_analysis_json(analysis), "\"recipe_kept\": 1"));
  CHECK(Contains(pawl_graph_analysis_text(analysis), "second"));
  REQUIRE(pawl_graph_analysis_recipe(w.c, analysis, found.out()) == PAWL_OK);
  REQUIRE(w.Run() == PAWL_OK);
  CHECK(w.Total(PAWL_GRAPH_FIGURE_QUANTIZED) == 1.0);
  CHECK(pawl_graph_report_output(w.report, 0, PAWL_GRAPH_FIGURE_SQNR_DB) > db + 1.0);
  const auto in_float = [&w] {
    std::vector<std::string> names;
    for (size_t i = 0; i < pawl_graph_report_layer_count(w.report); ++i) {
      if (pawl_graph_report_layer(w.report, i, PAWL_GRAPH_FIGURE_QUANTIZED) != 1.0) {
        names.emplace_back(pawl_graph_report_layer_name(w.report, i));
      }
    }
    return names;
  };
  const std::vector<std::string> kept = in_float();
  CHECK(kept == std::vector<std::string>{"second"});
  const size_t bounded = GraphWork::Load(w.output).size();

  // The recipe by itself keeps the same layer; passes are searched anew, so that bytes may differ.
  REQUIRE(pawl_options_set_double(w.options, PAWL_OPT_GRAPH_MAX_DROP, -1.0) == PAWL_OK);
  w.Make(found);
  w.AddSamples();
  REQUIRE(w.Run() == PAWL_OK);
  CHECK(w.Total(PAWL_GRAPH_FIGURE_QUANTIZED) == 1.0);
  CHECK(in_float() == kept);
  CHECK(GraphWork::Load(w.output).size() == bounded);
}

struct Watch {
  static void Run(void* user, const char* stage, const char*, uint64_t done, uint64_t,
                  const char*) {
    auto* watch = static_cast<Watch*>(user);
    watch->stages += stage;
    if (watch->cancel && done == 2) pawl_context_cancel(watch->context);
  }

  pawl_context* context = nullptr;
  bool cancel = true;
  std::string stages;
};

TEST_CASE("progress of a job on a graph is told, and the callback may cancel") {
  Watch watch;
  Options options;
  RawContext context;
  REQUIRE(pawl_options_create(PAWL_OPTIONS_CONTEXT, options.out()) == PAWL_OK);
  REQUIRE(pawl_options_set_progress(options, Watch::Run, &watch) == PAWL_OK);
  REQUIRE(pawl_context_create(options, context.out()) == PAWL_OK);
  watch.context = context;
  GraphWork w;
  w.Make();
  w.AddSamples();
  CHECK(pawl_graph_job_run(context, w.job, w.report.out()) == PAWL_CANCELLED);
  CHECK(w.report == nullptr);
  CHECK_FALSE(w.written());
  CHECK(Contains(watch.stages, "calibrate"));
  CHECK_FALSE(Contains(watch.stages, "check"));
  pawl_context_reset_cancel(context);
  watch.cancel = false;
  CHECK(pawl_graph_job_run(context, w.job, w.report.out()) == PAWL_OK);
  CHECK(Contains(watch.stages, "check"));
  CHECK(w.written());
}

}  // namespace
}  // namespace pawl_test
