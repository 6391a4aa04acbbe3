// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Recipes, jobs, reports; progress called and polled; cancellation.

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "capi_test_util.h"

namespace pawl_test {
namespace {

namespace fs = std::filesystem;

std::string Digits() {
  return std::string(PAWL_TEST_DATA) + "/../examples/models/digits/digits.safetensors";
}

class Output {
 public:
  Output() {
    std::string pattern = (fs::temp_directory_path() / "pawl_job_XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
  }
  ~Output() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  std::string path() const { return (folder_ / "out.pawl").string(); }
  bool exists() const { return fs::exists(path()); }
  bool clean() const { return fs::is_empty(folder_); }

 private:
  fs::path folder_;
};

void MakeJob(const Context& c, const std::string& input, const std::string& output,
             const Recipe& recipe, Job* job, bool resume = false) {
  Options options;
  REQUIRE(pawl_options_create(PAWL_OPTIONS_JOB, options.out()) == PAWL_OK);
  if (!input.empty()) {
    REQUIRE(pawl_options_set_string(options, PAWL_OPT_INPUT, input.c_str()) == PAWL_OK);
  }
  REQUIRE(pawl_options_set_string(options, PAWL_OPT_OUTPUT, output.c_str()) == PAWL_OK);
  if (resume) {
    REQUIRE(pawl_options_set_int(options, PAWL_OPT_RESUME, 1) == PAWL_OK);
    REQUIRE(pawl_options_set_int(options, PAWL_OPT_CHECKPOINT_BYTES, 0) == PAWL_OK);
  }
  REQUIRE(pawl_job_create(c, options, recipe, job->out()) == PAWL_OK);
}

TEST_CASE("recipes: JSON in and out, exclusions, errors with a suggestion") {
  const Context c;
  Recipe recipe;
  const std::string json =
      R"({"pawl_recipe": "1.0", "rules": [{"pattern": "fc", "scheme": "int4:g32"}]})";
  REQUIRE(pawl_recipe_from_json(c, json.data(), json.size(), nullptr, recipe.out()) == PAWL_OK);
  REQUIRE(pawl_recipe_exclude(c, recipe, "fc3") == PAWL_OK);
  CHECK(Contains(pawl_recipe_json(recipe), "fc3"));
  CHECK(pawl_recipe_exclude(c, recipe, "(") == PAWL_INVALID_ARGUMENT);
  CHECK_FALSE(Contains(pawl_recipe_json(recipe), "\"(\""));
  Recipe again;
  const std::string text = pawl_recipe_json(recipe);
  REQUIRE(pawl_recipe_from_json(c, text.data(), text.size(), "again", again.out()) == PAWL_OK);
  CHECK(text == pawl_recipe_json(again));
  Recipe bad;
  CHECK(pawl_recipe_for_scheme(c, "imt4", bad.out()) == PAWL_INVALID_ARGUMENT);
  CHECK(Contains(c.error(), "int4"));
  CHECK(pawl_recipe_from_json(c, "{", 1, "my recipe", bad.out()) == PAWL_INVALID_ARGUMENT);
  CHECK(Contains(c.error(), "my recipe"));
  CHECK(pawl_recipe_load(c, "/nowhere.json", bad.out()) == PAWL_NOT_FOUND);
  CHECK(bad == nullptr);
}

TEST_CASE("a job writes a file and a report; memory input gives the same file") {
  const Context c;
  const Output out;
  Recipe recipe;
  Job job;
  Report report;
  REQUIRE(pawl_recipe_for_scheme(c, "int4:g32", recipe.out()) == PAWL_OK);
  REQUIRE(pawl_recipe_exclude(c, recipe, "fc3.weight") == PAWL_OK);
  MakeJob(c, Digits(), out.path(), recipe, &job);
  REQUIRE(pawl_job_run(c, job, report.out()) == PAWL_OK);
  REQUIRE(out.exists());
  CHECK(pawl_report_total(report, PAWL_REPORT_QUANTIZED) == 2);
  CHECK(pawl_report_total(report, PAWL_REPORT_FILE_BYTES) ==
        static_cast<double>(fs::file_size(out.path())));
  CHECK(pawl_report_total(report, PAWL_REPORT_BYTES_AFTER) <
        pawl_report_total(report, PAWL_REPORT_BYTES_BEFORE));
  CHECK(std::isnan(pawl_report_total(report, PAWL_REPORT_SQNR_DB)));
  REQUIRE(pawl_report_count(report) == 6);
  for (size_t i = 0; i < 6; ++i) {
    const bool quantized = pawl_report_tensor(report, i, PAWL_REPORT_QUANTIZED) == 1;
    INFO(pawl_report_tensor_name(report, i));
    CHECK(std::isnan(pawl_report_tensor(report, i, PAWL_REPORT_SQNR_DB)) == !quantized);
    CHECK(std::string(pawl_report_tensor_scheme(report, i)).empty() == !quantized);
    CHECK(std::string(pawl_report_tensor_reason(report, i)).empty() == quantized);
    CHECK(std::string(pawl_report_tensor_method(report, i)) == (quantized ? "rtn(max)" : ""));
    CHECK(pawl_report_tensor(report, i, PAWL_REPORT_DTYPE) == int32_t{PAWL_DTYPE_F32});
    // The operator is what the name and shape are taken for.
    const size_t rank = pawl_report_tensor_rank(report, i);
    int32_t op = -1;
    REQUIRE(pawl_classify_tensor(c, pawl_report_tensor_name(report, i),
                                 pawl_report_tensor_shape(report, i), rank, &op) == PAWL_OK);
    CHECK(pawl_report_tensor(report, i, PAWL_REPORT_OPERATOR) == op);
    CHECK(op == (rank == 2 ? PAWL_OPERATOR_LINEAR : PAWL_OPERATOR_OTHER));
    CHECK(pawl_report_tensor(report, i, PAWL_REPORT_NAN) == 0);
    CHECK(std::isnan(pawl_report_tensor(report, i, 99)));
  }
  CHECK(pawl_report_total(report, PAWL_REPORT_INF) == 0);
  CHECK(std::isnan(pawl_report_total(report, 99)));
  CHECK(Contains(pawl_report_json(report), "\"tensors\""));
  CHECK(Contains(pawl_report_text(report), "fc1.weight"));
  CHECK(pawl_report_tensor_name(report, 6) == nullptr);
  CHECK(pawl_report_tensor_rank(report, 6) == 0);
  CHECK(std::string(pawl_operator_name(PAWL_OPERATOR_EMBEDDING)) == "embedding");
  CHECK(pawl_operator_name(PAWL_OPERATOR_OTHER + 1) == nullptr);

  const Output second;
  std::ifstream file(Digits(), std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  Job memory_job;
  MakeJob(c, "", second.path(), recipe, &memory_job);
  REQUIRE(pawl_job_set_input_memory(c, memory_job, bytes.data(), bytes.size()) == PAWL_OK);
  REQUIRE(pawl_job_run(c, memory_job, report.out()) == PAWL_OK);
  std::ifstream first_file(out.path(), std::ios::binary);
  std::ifstream second_file(second.path(), std::ios::binary);
  CHECK(std::equal(std::istreambuf_iterator<char>(first_file), {},
                   std::istreambuf_iterator<char>(second_file), {}));

  Tensor a;
  Tensor b;
  double figures[PAWL_ERROR_COUNT] = {0};
  MakeTensor(c, {4}, {1, 2, 3, 4}, &a);
  MakeTensor(c, {4}, {1, 2, 3, 5}, &b);
  REQUIRE(pawl_compare_tensors(c, a, b, figures, PAWL_ERROR_COUNT) == PAWL_OK);
  CHECK(figures[PAWL_ERROR_MAX] == 1.0);
  CHECK(figures[PAWL_ERROR_COMPARED] == 4);
  Tensor odd;
  MakeTensor(c, {4}, {1, NAN, INFINITY, 4}, &odd);
  REQUIRE(pawl_compare_tensors(c, a, odd, figures, PAWL_ERROR_COUNT) == PAWL_OK);
  CHECK(figures[PAWL_ERROR_SQNR_DB] == INFINITY);
  CHECK(figures[PAWL_ERROR_COMPARED] == 2);
  CHECK(figures[PAWL_ERROR_DECODED_NAN] == 1);
  CHECK(figures[PAWL_ERROR_DECODED_INF] == 1);
  CHECK(figures[PAWL_ERROR_UNLIKE] == 2);
}

TEST_CASE("a report counts the values that a scheme could not take") {
  const Context c;
  std::vector<float> values = Weights(4 * 64);
  for (size_t i = 0; i < 64; ++i) values[i] = 0.0f;
  values[100] = NAN;
  values[200] = INFINITY;
  values[201] = -INFINITY;
  Tensor tensor;
  Buffer input;
  ModelWriter writer;
  const int64_t shape[] = {4, 64};
  MakeTensor(c, {4, 64}, values, &tensor);
  REQUIRE(pawl_buffer_create(c, input.out()) == PAWL_OK);
  REQUIRE(pawl_model_writer_create_buffer(c, input, writer.out()) == PAWL_OK);
  REQUIRE(pawl_model_writer_declare(c, writer, "bad.weight", PAWL_DTYPE_F32, shape, 2) == PAWL_OK);
  REQUIRE(pawl_model_writer_add(c, writer, "bad.weight", tensor) == PAWL_OK);
  REQUIRE(pawl_model_writer_finish(c, writer) == PAWL_OK);
  Recipe recipe;
  Job job;
  Buffer output;
  Report report;
  REQUIRE(pawl_recipe_for_scheme(c, "int8", recipe.out()) == PAWL_OK);
  REQUIRE(pawl_buffer_create(c, output.out()) == PAWL_OK);
  REQUIRE(pawl_job_create(c, nullptr, recipe, job.out()) == PAWL_OK);
  REQUIRE(pawl_job_set_input_memory(c, job, pawl_buffer_data(input), pawl_buffer_size(input)) ==
          PAWL_OK);
  REQUIRE(pawl_job_set_output_buffer(c, job, output) == PAWL_OK);
  REQUIRE(pawl_job_run(c, job, report.out()) == PAWL_OK);
  CHECK(pawl_report_total(report, PAWL_REPORT_NAN) == 1);
  CHECK(pawl_report_tensor(report, 0, PAWL_REPORT_INF) == 2);
  CHECK(pawl_report_tensor(report, 0, PAWL_REPORT_ZERO_GROUPS) == 1);
  CHECK(pawl_report_total(report, PAWL_REPORT_SATURATED_SCALES) == 0);
  CHECK(pawl_report_total(report, PAWL_REPORT_UNDERFLOWED_SCALES) == 0);
}

TEST_CASE("jobs that cannot run say why and write nothing") {
  const Context c;
  const Output out;
  Job job;
  Report report;
  Recipe recipe;
  const std::string json =
      R"({"pawl_recipe": "1.0", "rules": [{"pattern": "fc9", "scheme": "int8"}]})";
  REQUIRE(pawl_recipe_from_json(c, json.data(), json.size(), nullptr, recipe.out()) == PAWL_OK);
  MakeJob(c, Digits(), out.path(), recipe, &job);
  CHECK(pawl_job_run(c, job, report.out()) == PAWL_INVALID_ARGUMENT);
  CHECK(Contains(c.error(), "fc9"));
  CHECK(report == nullptr);
  CHECK(out.clean());
  CHECK(pawl_job_create(c, nullptr, nullptr, job.out()) == PAWL_INVALID_ARGUMENT);
  CHECK(pawl_job_run(c, nullptr, report.out()) == PAWL_INVALID_ARGUMENT);
  CHECK(std::isnan(pawl_report_total(nullptr, PAWL_REPORT_SECONDS)));
}

// What a progress callback saw; cancels after `cancel_after` calls.
struct Watch {
  pawl_context* context = nullptr;
  int calls = 0;
  int cancel_after = -1;
  bool polled_the_same = true;
  uint64_t last_done = 0;
  uint64_t last_total = 0;

  static void Run(void* user, const char* stage, const char* item, uint64_t done, uint64_t total,
                  const char* unit) {
    auto* watch = static_cast<Watch*>(user);
    ++watch->calls;
    CHECK(std::string(stage).size() > 0);
    CHECK(std::string(unit) == "bytes");
    CHECK(item != nullptr);
    uint64_t polled_done = 0;
    uint64_t polled_total = 0;
    pawl_context_progress(watch->context, &polled_done, &polled_total);
    watch->polled_the_same &= polled_done == done && polled_total == total;
    watch->last_done = done;
    watch->last_total = total;
    if (watch->calls == watch->cancel_after) pawl_context_cancel(watch->context);
  }
};

TEST_CASE("progress is called and polled, and the callback may cancel") {
  Watch watch;
  Options options;
  RawContext context;
  REQUIRE(pawl_options_create(PAWL_OPTIONS_CONTEXT, options.out()) == PAWL_OK);
  REQUIRE(pawl_options_set_progress(options, Watch::Run, &watch) == PAWL_OK);
  REQUIRE(pawl_context_create(options, context.out()) == PAWL_OK);
  watch.context = context;
  const Context c;
  const Output out;
  Recipe recipe;
  Job job;
  Report report;
  REQUIRE(pawl_recipe_for_scheme(c, "int8", recipe.out()) == PAWL_OK);
  MakeJob(c, Digits(), out.path(), recipe, &job);
  watch.cancel_after = 2;
  CHECK(pawl_job_run(context, job, report.out()) == PAWL_CANCELLED);
  CHECK(report == nullptr);
  CHECK(out.clean());
  pawl_context_reset_cancel(context);
  watch.cancel_after = -1;
  watch.calls = 0;
  REQUIRE(pawl_job_run(context, job, report.out()) == PAWL_OK);
  CHECK(out.exists());
  CHECK(watch.calls > 2);
  CHECK(watch.polled_the_same);
  CHECK(watch.last_done == watch.last_total);
  uint64_t done = 0;
  pawl_context_progress(context, &done, nullptr);
  CHECK(done == watch.last_done);
}

TEST_CASE("progress moves within one large tensor, called and polled, and cancelling works there") {
  const Context c;
  std::vector<float> values(1200 * 1024);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 1009) - 504.0f;
  Tensor tensor;
  MakeTensor(c, {1200, 1024}, values, &tensor);
  Buffer input;
  ModelWriter writer;
  const int64_t shape[] = {1200, 1024};
  REQUIRE(pawl_buffer_create(c, input.out()) == PAWL_OK);
  REQUIRE(pawl_model_writer_create_buffer(c, input, writer.out()) == PAWL_OK);
  REQUIRE(pawl_model_writer_declare(c, writer, "large.weight", PAWL_DTYPE_F32, shape, 2) ==
          PAWL_OK);
  REQUIRE(pawl_model_writer_add(c, writer, "large.weight", tensor) == PAWL_OK);
  REQUIRE(pawl_model_writer_finish(c, writer) == PAWL_OK);

  struct Steps {
    pawl_context* context = nullptr;
    std::vector<uint64_t> done;
    size_t cancel_at = 0;
    bool polled = true;
    static void Run(void* user, const char*, const char*, uint64_t done, uint64_t total,
                    const char*) {
      auto* steps = static_cast<Steps*>(user);
      uint64_t seen = 0, seen_total = 0;
      pawl_context_progress(steps->context, &seen, &seen_total);
      steps->polled = steps->polled && seen >= done && seen_total == total;
      steps->done.push_back(done);
      if (steps->done.size() == steps->cancel_at) pawl_context_cancel(steps->context);
    }
  };
  for (const int64_t threads : {1, 3}) {
    Steps steps;
    Options options;
    RawContext context;
    REQUIRE(pawl_options_create(PAWL_OPTIONS_CONTEXT, options.out()) == PAWL_OK);
    REQUIRE(pawl_options_set_int(options, PAWL_OPT_THREADS, threads) == PAWL_OK);
    REQUIRE(pawl_options_set_progress(options, Steps::Run, &steps) == PAWL_OK);
    REQUIRE(pawl_context_create(options, context.out()) == PAWL_OK);
    steps.context = context;
    Recipe recipe;
    Job job;
    Buffer output;
    Report report;
    REQUIRE(pawl_recipe_for_scheme(c, "int8", recipe.out()) == PAWL_OK);
    REQUIRE(pawl_buffer_create(c, output.out()) == PAWL_OK);
    REQUIRE(pawl_job_create(c, nullptr, recipe, job.out()) == PAWL_OK);
    REQUIRE(pawl_job_set_input_memory(c, job, pawl_buffer_data(input), pawl_buffer_size(input)) ==
            PAWL_OK);
    REQUIRE(pawl_job_set_output_buffer(c, job, output) == PAWL_OK);
    steps.cancel_at = 4;  // within the tensor
    CHECK(pawl_job_run(context, job, report.out()) == PAWL_CANCELLED);
    CHECK(steps.done.size() == 4);
    pawl_context_reset_cancel(context);
    steps.cancel_at = 0;
    steps.done.clear();
    REQUIRE(pawl_job_run(context, job, report.out()) == PAWL_OK);
    const uint64_t total = values.size() * sizeof(float);
    CHECK(steps.polled);
    CHECK(steps.done.back() == total);
    CHECK(std::is_sorted(steps.done.begin(), steps.done.end()));
    steps.done.erase(std::unique(steps.done.begin(), steps.done.end()), steps.done.end());
    CHECK(steps.done.size() >= 6);
  }
}

TEST_CASE("a cancelled job resumes, unless its recipe is another") {
  const auto slurp = [](const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  Watch watch;
  Options options;
  RawContext context;
  REQUIRE(pawl_options_create(PAWL_OPTIONS_CONTEXT, options.out()) == PAWL_OK);
  REQUIRE(pawl_options_set_progress(options, Watch::Run, &watch) == PAWL_OK);
  REQUIRE(pawl_context_create(options, context.out()) == PAWL_OK);
  watch.context = context;
  const Context c;
  const Output whole;
  const Output out;
  Recipe recipe;
  Recipe other;
  Report report;
  REQUIRE(pawl_recipe_for_scheme(c, "int8", recipe.out()) == PAWL_OK);
  REQUIRE(pawl_recipe_for_scheme(c, "int4", other.out()) == PAWL_OK);
  {
    Job plain;
    MakeJob(c, Digits(), whole.path(), recipe, &plain);
    REQUIRE(pawl_job_run(c, plain, report.out()) == PAWL_OK);
  }
  Job job;
  MakeJob(c, Digits(), out.path(), recipe, &job, /*resume=*/true);
  watch.cancel_after = 4;
  Report none;
  REQUIRE(pawl_job_run(context, job, none.out()) == PAWL_CANCELLED);
  CHECK_FALSE(out.exists());
  CHECK(fs::exists(out.path() + ".part"));
  CHECK(fs::exists(out.path() + ".journal"));
  Job changed;
  MakeJob(c, Digits(), out.path(), other, &changed, /*resume=*/true);
  CHECK(pawl_job_run(c, changed, none.out()) == PAWL_FAILED_PRECONDITION);
  CHECK(std::string(pawl_context_last_error(c)).find("recipe changed") != std::string::npos);
  REQUIRE(pawl_job_run(c, job, none.out()) == PAWL_OK);
  CHECK(slurp(out.path()) == slurp(whole.path()));
  CHECK_FALSE(fs::exists(out.path() + ".part"));
  CHECK_FALSE(fs::exists(out.path() + ".journal"));
}

}  // namespace
}  // namespace pawl_test
