// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Running graphs: results, observers, calibration, times.

#include <cstring>
#include <map>

#include "capi_test_util.h"
#include "onnx_bytes.h"

namespace pawl_test {
namespace {

PAWL_TEST_HANDLE(Graph, graph);
PAWL_TEST_HANDLE(Executor, executor);

const std::vector<float> kInput = {1, 2, 3, 4, -1, -2, -3, -4};
const std::vector<float> kSum = {5.5f, 4, 7, -4.5f, -8, -7};
const std::vector<float> kResult = {5.5f, 4, 7, 0, 0, 0};

std::vector<float> ValuesOf(const pawl_tensor* tensor) {
  const auto* values = static_cast<const float*>(pawl_tensor_data(tensor));
  return {values, values + pawl_tensor_num_elements(tensor)};
}

struct Small {
  explicit Small(const char* last = "Relu", const char* domain = "")
      : bytes(SmallModel(last, domain)) {
    REQUIRE(pawl_graph_open_memory(c, bytes.data(), bytes.size(), nullptr, nullptr, "small.onnx",
                                   nullptr, graph.out()) == PAWL_OK);
    MakeTensor(c, {2, 4}, kInput, &x);
  }
  int32_t Make(Executor* executor, const std::vector<const char*>& observe = {},
               const pawl_options* options = nullptr) const {
    return pawl_executor_create(c, graph, options, observe.data(), observe.size(), executor->out());
  }
  int32_t Run(pawl_executor* executor) const {
    const pawl_tensor* inputs[1] = {x};
    return pawl_executor_run(c, executor, inputs, 1);
  }

  Context c;
  std::string bytes;
  Graph graph;
  Tensor x;
};

TEST_CASE("a model runs through the C ABI, more than once and in more than one executor") {
  Small s;
  Executor executor, shared;
  Tensor y, view;
  REQUIRE(s.Make(&executor) == PAWL_OK);
  CHECK(pawl_executor_output(s.c, executor, 0, y.out()) == PAWL_FAILED_PRECONDITION);
  CHECK(pawl_executor_output_count(executor) == 0);
  REQUIRE(pawl_executor_share(s.c, executor, shared.out()) == PAWL_OK);
  s.graph.Reset();  // what is needed of it is shared
  for (pawl_executor* one :
       {static_cast<pawl_executor*>(executor), static_cast<pawl_executor*>(shared)}) {
    REQUIRE(s.Run(one) == PAWL_OK);
    CHECK(pawl_executor_output_count(one) == 2);
    REQUIRE(pawl_executor_output(s.c, one, 0, y.out()) == PAWL_OK);
    CHECK(pawl_tensor_shape(y)[0] == 2);
    CHECK(pawl_tensor_shape(y)[1] == 3);
    CHECK(ValuesOf(y) == kResult);
    REQUIRE(pawl_executor_output_view(s.c, one, 0, view.out()) == PAWL_OK);
    CHECK(ValuesOf(view) == kResult);
    view.Reset();
  }
  CHECK(pawl_executor_arena_bytes(executor) > 0);
  CHECK(pawl_executor_packed_bytes(executor) == pawl_executor_packed_bytes(shared));
  CHECK(pawl_executor_output(s.c, executor, 2, view.out()) == PAWL_OUT_OF_RANGE);
  executor.Reset();
  CHECK(ValuesOf(y) == kResult);  // a copy
}

TEST_CASE("results that are inputs do not look at the host's memory") {
  Small s;
  Executor executor;
  Tensor lent, z;
  std::vector<float> values = kInput;
  const int64_t shape[2] = {2, 4};
  REQUIRE(pawl_tensor_view(s.c, PAWL_DTYPE_F32, shape, 2, values.data(), 32, nullptr, nullptr,
                           lent.out()) == PAWL_OK);
  const pawl_tensor* inputs[1] = {lent};
  REQUIRE(s.Make(&executor) == PAWL_OK);
  REQUIRE(pawl_executor_run(s.c, executor, inputs, 1) == PAWL_OK);
  lent.Reset();
  values.assign(8, 9.0f);
  REQUIRE(pawl_executor_output_view(s.c, executor, 1, z.out()) == PAWL_OK);
  CHECK(ValuesOf(z) == kInput);
}

TEST_CASE("what does not fit names the input, the node or the value") {
  Small s;
  Executor executor;
  Tensor narrow, y;
  REQUIRE(s.Make(&executor) == PAWL_OK);
  REQUIRE(s.Run(executor) == PAWL_OK);
  MakeTensor(s.c, {1, 2}, {1, 2}, &narrow);
  const pawl_tensor* inputs[2] = {narrow, nullptr};
  CHECK(pawl_executor_run(s.c, executor, inputs, 1) == PAWL_INVALID_ARGUMENT);
  CHECK(Contains(s.c.error(), "'x'"));
  CHECK(pawl_executor_output(s.c, executor, 0, y.out()) == PAWL_FAILED_PRECONDITION);
  CHECK(pawl_executor_run(s.c, executor, inputs, 2) == PAWL_INVALID_ARGUMENT);
  CHECK(Contains(s.c.error(), "NULL"));
  CHECK(pawl_executor_run(s.c, executor, nullptr, 0) == PAWL_INVALID_ARGUMENT);
  CHECK(s.Make(&executor, {"sun"}) == PAWL_INVALID_ARGUMENT);
  CHECK(Contains(s.c.error(), "'sum'"));
  CHECK(executor == nullptr);
  CHECK(s.Make(&executor, {nullptr}) == PAWL_INVALID_ARGUMENT);
  Options linear, limits;
  REQUIRE(pawl_options_create(PAWL_OPTIONS_LINEAR, linear.out()) == PAWL_OK);
  CHECK(s.Make(&executor, {}, linear) == PAWL_INVALID_ARGUMENT);
  REQUIRE(pawl_options_create(PAWL_OPTIONS_EXECUTOR, limits.out()) == PAWL_OK);
  REQUIRE(pawl_options_set_int(limits, PAWL_OPT_RUN_MEMORY, 8) == PAWL_OK);
  REQUIRE(s.Make(&executor, {}, limits) == PAWL_OK);
  CHECK(s.Run(executor) == PAWL_RESOURCE_EXHAUSTED);

  Small unknown("Relax", "org.example");
  CHECK(unknown.Make(&executor) == PAWL_UNIMPLEMENTED);
  CHECK(Contains(unknown.c.error(), "'last'"));
  CHECK(Contains(unknown.c.error(), "Relax"));
}

struct Seen {
  std::map<std::string, std::vector<float>> values;
  int32_t answer = PAWL_OK;
};
int32_t See(void* user, const char* name, const pawl_tensor* tensor) {
  auto* seen = static_cast<Seen*>(user);
  seen->values[name] = ValuesOf(tensor);
  return seen->answer;
}

TEST_CASE("observed values come by callback or are kept, also where operators are merged") {
  Small s;
  Executor executor;
  Options options;
  Tensor kept;
  Seen seen;
  REQUIRE(pawl_options_create(PAWL_OPTIONS_EXECUTOR, options.out()) == PAWL_OK);
  REQUIRE(pawl_options_set_int(options, PAWL_OPT_KEEP_OBSERVED, 1) == PAWL_OK);
  REQUIRE(s.Make(&executor, {"x", "sum", "y"}, options) == PAWL_OK);
  REQUIRE(pawl_executor_set_observer(s.c, executor, See, &seen) == PAWL_OK);
  REQUIRE(s.Run(executor) == PAWL_OK);
  CHECK(seen.values.size() == 3);
  CHECK(seen.values["x"] == kInput);
  CHECK(seen.values["sum"] == kSum);
  CHECK(seen.values["y"] == kResult);
  REQUIRE(pawl_executor_observed(s.c, executor, "sum", kept.out()) == PAWL_OK);
  seen = Seen();
  REQUIRE(pawl_executor_set_observer(s.c, executor, nullptr, nullptr) == PAWL_OK);
  REQUIRE(s.Run(executor) == PAWL_OK);
  CHECK(seen.values.empty());
  executor.Reset();
  CHECK(ValuesOf(kept) == kSum);

  REQUIRE(s.Make(&executor, {"sum"}) == PAWL_OK);
  REQUIRE(pawl_executor_set_observer(s.c, executor, See, &seen) == PAWL_OK);
  seen.answer = PAWL_ABORTED;
  CHECK(s.Run(executor) == PAWL_ABORTED);
  CHECK(Contains(s.c.error(), "'sum'"));
  CHECK(pawl_executor_observed(s.c, executor, "sum", kept.out()) == PAWL_NOT_FOUND);
  CHECK(Contains(s.c.error(), "keep_observed"));
}

TEST_CASE("calibration batch by batch is that of the values") {
  Small s;
  Executor executor;
  Calibrator calibrator;
  Observer observer, expected;
  REQUIRE(s.Make(&executor, {"x", "sum"}) == PAWL_OK);
  REQUIRE(pawl_calibrator_create(s.c, nullptr, calibrator.out()) == PAWL_OK);
  const pawl_tensor* inputs[1] = {s.x};
  for (int batch = 0; batch < 3; ++batch) {
    REQUIRE(pawl_executor_calibrate(s.c, executor, inputs, 1, calibrator) == PAWL_OK);
  }
  REQUIRE(s.Run(executor) == PAWL_OK);  // does not count
  REQUIRE(pawl_calibrator_finish(s.c, calibrator) == PAWL_OK);
  REQUIRE(pawl_calibrator_count(calibrator) == 2);
  CHECK(std::string(pawl_calibrator_name(calibrator, 0)) == "sum");
  REQUIRE(pawl_calibrator_observer(s.c, calibrator, "sum", observer.out()) == PAWL_OK);
  double min = 0, max = 0;
  REQUIRE(pawl_observer_ranges(s.c, observer, nullptr, &min, &max, 1) == PAWL_OK);
  CHECK(min == -8.0);
  CHECK(max == 7.0);
  CHECK(pawl_observer_count(observer) == 18);
  CHECK(pawl_executor_calibrate(s.c, executor, inputs, 1, nullptr) == PAWL_INVALID_ARGUMENT);
}

TEST_CASE("nodes are timed by name") {
  Small s;
  Executor executor;
  Options options;
  REQUIRE(pawl_options_create(PAWL_OPTIONS_EXECUTOR, options.out()) == PAWL_OK);
  REQUIRE(pawl_options_set_int(options, PAWL_OPT_FUSE, 0) == PAWL_OK);
  REQUIRE(s.Make(&executor, {}, options) == PAWL_OK);
  REQUIRE(s.Run(executor) == PAWL_OK);
  CHECK(pawl_executor_time_count(executor) == 0);
  REQUIRE(pawl_executor_time_nodes(s.c, executor, 1) == PAWL_OK);
  for (int run = 0; run < 2; ++run) REQUIRE(s.Run(executor) == PAWL_OK);
  REQUIRE(pawl_executor_time_count(executor) == 3);
  CHECK(std::string(pawl_executor_time_node(executor, 2)) == "last");
  CHECK(std::string(pawl_executor_time_operator(executor, 2)) == "Relu");
  CHECK(pawl_executor_time_runs(executor, 2) == 2);
  CHECK(pawl_executor_time_seconds(executor, 2) > 0.0);
  CHECK(pawl_executor_time_node(executor, 3) == nullptr);
  CHECK(pawl_executor_time_runs(executor, 3) == 0);
  REQUIRE(pawl_executor_time_nodes(s.c, executor, 0) == PAWL_OK);
  REQUIRE(s.Run(executor) == PAWL_OK);
  CHECK(pawl_executor_time_count(executor) == 0);
}

TEST_CASE("a cancelled context runs no model") {
  Small s;
  Executor executor;
  REQUIRE(s.Make(&executor) == PAWL_OK);
  pawl_context_cancel(s.c);
  CHECK(s.Run(executor) == PAWL_CANCELLED);
  pawl_context_reset_cancel(s.c);
  CHECK(s.Run(executor) == PAWL_OK);
  CHECK(pawl_executor_arena_bytes(nullptr) == 0);
  CHECK(pawl_executor_time_count(nullptr) == 0);
  pawl_executor_destroy(nullptr);
}

}  // namespace
}  // namespace pawl_test
