// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Jobs on graphs: models and samples from memory, from files, and from a function.

#include "graph_job_work.h"

namespace pawl_test {
namespace {

// Makes samples with a context of its own.
struct Source {
  static int32_t Get(void* user, size_t index, pawl_tensor** inputs, size_t num_inputs) {
    auto* source = static_cast<Source*>(user);
    ++source->calls;
    if (index == source->fail_at) return PAWL_UNAVAILABLE;
    if (index == source->leave_at) return PAWL_OK;
    const int64_t shape[2] = {2, 4};
    const std::vector<float> rows = GraphWork::Rows(index);
    return num_inputs != 1 ? PAWL_INTERNAL
                           : pawl_tensor_copy(source->context, PAWL_DTYPE_F32, shape, 2,
                                              rows.data(), rows.size() * sizeof(float), inputs);
  }

  Context context;
  size_t calls = 0;
  size_t fail_at = 1000, leave_at = 1000;
};

TEST_CASE("kept samples, samples on call and samples in a file give the same bytes") {
  GraphWork w;
  w.Make();
  w.AddSamples();
  REQUIRE(w.Run() == PAWL_OK);
  const std::string kept = GraphWork::Load(w.output);
  CHECK(kept.size() > 100);

  Source source;
  w.Make();
  REQUIRE(pawl_graph_job_set_samples(w.c, w.job, 4, 1, Source::Get, &source) == PAWL_OK);
  const int32_t status = w.Run();
  INFO(w.c.error());
  REQUIRE(status == PAWL_OK);
  CHECK(source.calls >= 4);
  CHECK(w.Total(PAWL_GRAPH_FIGURE_SAMPLES) == 4.0);
  CHECK(GraphWork::Load(w.output) == kept);

  // .npy: f32 [4, 2, 4], one dimension more than the input has.
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (4, 2, 4), }";
  header.resize(117, ' ');
  std::string bytes = "\x93NUMPY";
  bytes += {'\1', '\0', static_cast<char>(header.size() + 1), '\0'};
  bytes += header + "\n";
  for (size_t i = 0; i < 4; ++i) {
    const std::vector<float> rows = GraphWork::Rows(i);
    bytes.append(reinterpret_cast<const char*>(rows.data()), rows.size() * sizeof(float));
  }
  GraphWork::Save(w.Path("x.npy"), bytes);
  w.Set(PAWL_OPT_GRAPH_CALIBRATION, w.Path("x.npy"));
  w.Make();
  REQUIRE(w.Run() == PAWL_OK);
  CHECK(GraphWork::Load(w.output) == kept);

  w.AddSamples();  // both
  CHECK(w.Run() == PAWL_INVALID_ARGUMENT);
}

TEST_CASE("a model goes from memory to memory, and is what a file would have") {
  GraphWork w;
  w.Make();
  w.AddSamples();
  REQUIRE(w.Run() == PAWL_OK);

  const std::string bytes = SmallModel();
  Graph graph, result;
  Options options;
  Buffer buffer;
  REQUIRE(pawl_graph_open_memory(w.c, bytes.data(), bytes.size(), nullptr, nullptr, "bytes",
                                 nullptr, graph.out()) == PAWL_OK);
  REQUIRE(pawl_options_create(PAWL_OPTIONS_GRAPH_JOB, options.out()) == PAWL_OK);
  REQUIRE(pawl_graph_job_create(w.c, options, nullptr, w.job.out()) == PAWL_OK);
  w.AddSamples();
  CHECK(w.Run() == PAWL_INVALID_ARGUMENT);  // no model
  REQUIRE(pawl_graph_job_set_graph(w.c, w.job, graph) == PAWL_OK);
  graph.Reset();  // shared
  const int32_t status = w.Run();
  INFO(w.c.error());
  REQUIRE(status == PAWL_OK);
  w.job.Reset();
  CHECK(pawl_graph_report_output(w.report, 0, PAWL_GRAPH_FIGURE_SQNR_DB) > 20.0);
  REQUIRE(pawl_graph_report_graph(w.c, w.report, result.out()) == PAWL_OK);
  w.report.Reset();
  REQUIRE(pawl_buffer_create(w.c, buffer.out()) == PAWL_OK);
  REQUIRE(pawl_graph_save_buffer(w.c, result, buffer) == PAWL_OK);
  const std::string saved(static_cast<const char*>(pawl_buffer_data(buffer)),
                          pawl_buffer_size(buffer));
  CHECK(saved == GraphWork::Load(w.output));

  w.Make();  // a path
  REQUIRE(pawl_graph_job_set_graph(w.c, w.job, result) == PAWL_OK);
  w.AddSamples();
  CHECK(w.Run() == PAWL_INVALID_ARGUMENT);  // and a graph
}

TEST_CASE("a function for samples may fail, and nothing is written") {
  GraphWork w;
  Source source;
  w.Make();
  REQUIRE(pawl_graph_job_set_samples(w.c, w.job, 8, 1, Source::Get, &source) == PAWL_OK);
  source.fail_at = 5;
  CHECK(w.Run() == PAWL_UNAVAILABLE);
  CHECK(Contains(w.c.error(), "sample 5"));
  source.fail_at = 1000;
  source.leave_at = 3;
  CHECK(w.Run() == PAWL_INVALID_ARGUMENT);
  CHECK(Contains(w.c.error(), "sample 3"));
  CHECK_FALSE(w.written());
  Tensor x;
  MakeTensor(w.c, {2, 4}, GraphWork::Rows(0), &x);
  const pawl_tensor* inputs[1] = {x};
  CHECK(pawl_graph_job_add_sample(w.c, w.job, inputs, 1) == PAWL_FAILED_PRECONDITION);
  CHECK(pawl_graph_job_set_samples(w.c, w.job, 8, 1, nullptr, nullptr) == PAWL_INVALID_ARGUMENT);
  source.leave_at = 1000;
  CHECK(w.Run() == PAWL_OK);  // a job may run again
}

}  // namespace
}  // namespace pawl_test
