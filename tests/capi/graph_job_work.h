// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// A small model on the disk and a job on it, for tests.

#ifndef PAWL_TESTS_CAPI_GRAPH_JOB_WORK_H_
#define PAWL_TESTS_CAPI_GRAPH_JOB_WORK_H_

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "capi_test_util.h"
#include "onnx_bytes.h"

namespace pawl_test {

PAWL_TEST_HANDLE(Graph, graph);
PAWL_TEST_HANDLE(Executor, executor);
PAWL_TEST_HANDLE(GraphJob, graph_job);
PAWL_TEST_HANDLE(GraphReport, graph_report);
PAWL_TEST_HANDLE(GraphAnalysis, graph_analysis);

// y = relu(x W + b) V with x [batch, 4], W [4, 3], V [3, 2]: layers "first" and "second".
inline std::string TwoLayers() {
  Message graph;
  graph.Add(1, OnnxNode("MatMul", "first", {"x", "W"}, "xW"));
  graph.Add(1, OnnxNode("Add", "bias", {"xW", "b"}, "sum"));
  graph.Add(1, OnnxNode("Relu", "relu", {"sum"}, "h"));
  graph.Add(1, OnnxNode("MatMul", "second", {"h", "V"}, "y"));
  graph.Text(2, "two");
  graph.Add(5, OnnxTensor("W", {4, 3}, Weights(12)));
  graph.Add(5, OnnxTensor("b", {3}, {0.5f, -0.25f, 0}));
  graph.Add(5, OnnxTensor("V", {3, 2}, {1, -0.7f, 0.01f, 2, 0.3f, 0.6f}));
  graph.Add(11, OnnxPort("x", 4));
  graph.Add(12, OnnxPort("y", 2));
  return Message().Int(1, 8).Add(7, graph).Add(8, Message().Int(2, 17)).bytes();
}

struct GraphWork {
  explicit GraphWork(const std::string& model = SmallModel()) {
    std::string name = (std::filesystem::temp_directory_path() / "pawl_graph_job_XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    folder = name;
    input = Path("in.onnx");
    output = Path("out.onnx");
    Save(input, model);
    REQUIRE(pawl_options_create(PAWL_OPTIONS_GRAPH_JOB, options.out()) == PAWL_OK);
    Set(PAWL_OPT_GRAPH_INPUT, input);
    Set(PAWL_OPT_GRAPH_OUTPUT, output);
  }
  GraphWork(const GraphWork&) = delete;
  GraphWork& operator=(const GraphWork&) = delete;
  ~GraphWork() { std::filesystem::remove_all(folder); }

  std::string Path(const char* name) const { return (folder / name).string(); }
  static void Save(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
  }
  static std::string Load(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  bool written() const { return std::filesystem::exists(output); }

  void Set(int32_t option, const std::string& value) const {
    REQUIRE(pawl_options_set_string(options, option, value.c_str()) == PAWL_OK);
  }
  void Set(int32_t option, int64_t value) const {
    REQUIRE(pawl_options_set_int(options, option, value) == PAWL_OK);
  }
  void Make(const pawl_recipe* recipe = nullptr) {
    REQUIRE(pawl_graph_job_create(c, options, recipe, job.out()) == PAWL_OK);
  }

  // Sample `index`: two rows.
  static std::vector<float> Rows(size_t index) {
    std::vector<float> values = Weights(8);
    for (float& value : values) value *= static_cast<float>(index % 4 + 1);
    return values;
  }
  void AddSamples(size_t count = 4) const {
    for (size_t i = 0; i < count; ++i) {
      Tensor x;
      MakeTensor(c, {2, 4}, Rows(i), &x);
      const pawl_tensor* inputs[1] = {x};
      REQUIRE(pawl_graph_job_add_sample(c, job, inputs, 1) == PAWL_OK);
    }
  }
  int32_t Run() { return pawl_graph_job_run(c, job, report.out()); }
  double Total(int32_t figure) const { return pawl_graph_report_total(report, figure); }

  std::filesystem::path folder;
  std::string input, output;
  Context c;
  Options options;
  GraphJob job;
  GraphReport report;
};

}  // namespace pawl_test

#endif  // PAWL_TESTS_CAPI_GRAPH_JOB_WORK_H_
