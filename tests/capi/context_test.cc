// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Versions, lists, constants, options, contexts, callbacks, cancellation.

#include <atomic>
#include <cmath>
#include <cstring>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <utility>

#include "capi_test_util.h"

namespace pawl_test {
namespace {

TEST_CASE("versions agree with the header") {
  std::ostringstream text;
  text << PAWL_VERSION_MAJOR << '.' << PAWL_VERSION_MINOR << '.' << PAWL_VERSION_PATCH;
  CHECK(text.str() == pawl_version_string());
  CHECK(text.str() == PAWL_PROJECT_VERSION);
  CHECK(pawl_version_number() == PAWL_VERSION_NUMBER);
  CHECK(pawl_abi_version() == 0);
}

TEST_CASE("lists name what there is, and end") {
  for (const int32_t list :
       {PAWL_LIST_SCHEMES, PAWL_LIST_TARGETS, PAWL_LIST_SUPPORTED_TARGETS, PAWL_LIST_DTYPES}) {
    const size_t count = pawl_list_count(list);
    REQUIRE(count > 0);
    for (size_t i = 0; i < count; ++i) CHECK(std::strlen(pawl_list_name(list, i)) > 0);
    CHECK(pawl_list_name(list, count) == nullptr);
    CHECK(pawl_list_description(list, count) == nullptr);
  }
  CHECK(std::string(pawl_list_name(PAWL_LIST_DTYPES, PAWL_DTYPE_BF16)) == "bf16");
  CHECK((pawl_list_count(PAWL_LIST_METHODS) > 0) == (pawl_has_files() == 1));
  CHECK(pawl_list_count(99) == 0);
  CHECK(pawl_list_count(-1) == 0);
  CHECK(pawl_list_name(99, 0) == nullptr);
  CHECK(std::string(pawl_status_name(PAWL_DATA_LOSS)) == "data_loss");
  CHECK(std::string(pawl_status_name(-1)) == "unknown");
}

TEST_CASE("lists have the words of schemes, each of which can be typed") {
  const Context c;
  const auto numbered = [](std::string word) {
    for (const auto& [name, number] : {std::pair<std::string, std::string>{"<N>", "4"},
                                       {"<R>", "16"},
                                       {"<C>", "32"},
                                       {"<AXIS>", "0"}}) {
      if (const size_t at = word.find(name); at != std::string::npos) {
        word.replace(at, name.size(), number);
      }
    }
    return word;
  };
  const auto parses = [&](const std::string& text) {
    pawl_scheme* scheme = nullptr;
    const int32_t status = pawl_scheme_parse(c, text.c_str(), &scheme);
    pawl_scheme_destroy(scheme);
    return status == PAWL_OK;
  };
  for (int32_t list = PAWL_LIST_ELEMENTS; list <= PAWL_LIST_SCHEME_PARTS; ++list) {
    REQUIRE(pawl_list_count(list) >= 2);
    for (size_t i = 0; i < pawl_list_count(list); ++i) {
      const std::string word = numbered(pawl_list_name(list, i));
      INFO(list << ": " << word);
      CHECK(std::strlen(pawl_list_description(list, i)) > 0);
      // Each goes with one of these elements, if not with all.
      bool any = list == PAWL_LIST_ELEMENTS && parses(word);
      for (const char* element : {"int8", "uint4:g32", "uint4", "nf4", "nf4:flat64", "e2m1:g32"}) {
        any = any || (list != PAWL_LIST_ELEMENTS && parses(std::string(element) + ":" + word));
      }
      CHECK(any);
    }
    CHECK(pawl_list_name(list, pawl_list_count(list)) == nullptr);
  }
}

TEST_CASE("lists have the words of recipes and jobs, in the order of their enums") {
  const struct {
    int32_t list;
    size_t count;
    size_t index;
    const char* word;
  } lists[] = {
      {PAWL_LIST_RANGES, 4, PAWL_RANGE_SCALE_SEARCH, "search"},
      {PAWL_LIST_OBSERVERS, 3, PAWL_OBSERVER_MOVING_AVERAGE, "moving_average"},
      {PAWL_LIST_ACTIVATION_RANGES, 4, PAWL_OBSERVER_RANGE_ENTROPY, "entropy"},
      {PAWL_LIST_OPERATOR_TYPES, 5, PAWL_OPERATOR_CONV, "conv"},
      {PAWL_LIST_GRAPH_MODES, 4, PAWL_GRAPH_WEIGHT_ONLY, "weight-only"},
      {PAWL_LIST_GRAPH_TARGETS, 2, PAWL_GRAPH_FOR_TENSORRT, "tensorrt"},
      {PAWL_LIST_GRAPH_FORMATS, 2, PAWL_GRAPH_QOPERATOR, "qoperator"},
      {PAWL_LIST_PASS_CHOICES, 3, PAWL_PASS_AUTO, "auto"},
      {PAWL_LIST_MODEL_FOLDERS, 5, PAWL_EXPORT_COMPRESSED_TENSORS, "compressed-tensors"},
  };
  for (const auto& [list, count, index, word] : lists) {
    INFO(list);
    if (pawl_has_files() == 0) {
      CHECK(pawl_list_count(list) == 0);
      CHECK(pawl_list_name(list, 0) == nullptr);
      continue;
    }
    REQUIRE(pawl_list_count(list) == count);
    CHECK(std::string(pawl_list_name(list, index)) == word);
    for (size_t i = 0; i < count; ++i) CHECK(std::strlen(pawl_list_description(list, i)) > 0);
    CHECK(pawl_list_description(list, count) == nullptr);
  }
}

// Every `NAME = value` of the header's enums is in the library's list with that value.
TEST_CASE("the list of constants is the header's") {
  std::ifstream file(std::string(PAWL_TEST_DATA) + "/../capi/pawl.h");
  std::stringstream text;
  text << file.rdbuf();
  const std::string header = text.str();
  std::map<std::string, int64_t> declared;
  const std::regex constant(R"(\b(PAWL_[A-Z0-9_]+) = (-?[0-9]+)\b)");
  for (auto it = std::sregex_iterator(header.begin(), header.end(), constant);
       it != std::sregex_iterator(); ++it) {
    declared[(*it)[1]] = std::stoll((*it)[2]);
  }
  REQUIRE(declared.size() > 150);
  std::map<std::string, int64_t> listed;
  for (size_t i = 0; i < pawl_constant_count(); ++i) {
    listed[pawl_constant_name(i)] = pawl_constant_value(i);
  }
  CHECK(listed == declared);
  CHECK(pawl_constant_name(pawl_constant_count()) == nullptr);
}

TEST_CASE("every option has a name, a kind, a type and bounds that hold") {
  std::set<std::string> names;
  size_t options_seen = 0;
  for (size_t i = 0; i < pawl_constant_count(); ++i) {
    const std::string name = pawl_constant_name(i);
    if (name.rfind("PAWL_OPT_", 0) != 0) continue;
    const auto id = static_cast<int32_t>(pawl_constant_value(i));
    INFO(name);
    ++options_seen;
    REQUIRE(pawl_option_name(id) != nullptr);
    names.insert(pawl_option_name(id));
    Options options;
    REQUIRE(pawl_options_create(pawl_option_kind(id), options.out()) == PAWL_OK);
    int64_t min = 0;
    int64_t max = 0;
    if (pawl_option_type(id) == PAWL_OPTION_INT) {
      REQUIRE(pawl_option_int_bounds(id, &min, &max) == PAWL_OK);
      CHECK(pawl_options_set_int(options, id, min) == PAWL_OK);
      CHECK(pawl_options_set_int(options, id, max) == PAWL_OK);
      if (max < INT64_MAX) {
        CHECK(pawl_options_set_int(options, id, max + 1) == PAWL_OUT_OF_RANGE);
        CHECK(Contains(pawl_options_last_error(options), pawl_option_name(id)));
      }
      CHECK(pawl_options_set_int(options, id, min - 1) == PAWL_OUT_OF_RANGE);
      CHECK(pawl_options_set_string(options, id, "1") == PAWL_INVALID_ARGUMENT);
    } else {
      CHECK(pawl_option_int_bounds(id, &min, &max) == PAWL_INVALID_ARGUMENT);
      CHECK(pawl_options_set_int(options, id, 1) == PAWL_INVALID_ARGUMENT);
    }
  }
  CHECK(options_seen == names.size());
  CHECK(options_seen > 30);
}

TEST_CASE("options say what is wrong with them") {
  pawl_options* none = nullptr;
  CHECK(pawl_options_create(99, &none) == PAWL_INVALID_ARGUMENT);
  CHECK(none == nullptr);
  CHECK(pawl_options_set_int(nullptr, PAWL_OPT_THREADS, 1) == PAWL_INVALID_ARGUMENT);
  CHECK(pawl_option_kind(0) == 0);

  Options options;
  REQUIRE(pawl_options_create(PAWL_OPTIONS_QUANTIZE, options.out()) == PAWL_OK);
  CHECK(pawl_options_set_int(options, PAWL_OPT_THREADS, 1) == PAWL_INVALID_ARGUMENT);
  CHECK(std::string(pawl_options_last_error(options)) ==
        "option threads is one of 'context', these are of 'quantize'");
  CHECK(pawl_options_set_int(options, 12345, 1) == PAWL_INVALID_ARGUMENT);
  CHECK(Contains(pawl_options_last_error(options), "12345"));
  CHECK(pawl_options_set_double(options, PAWL_OPT_PERCENTILE, 101.0) == PAWL_OUT_OF_RANGE);
  CHECK(pawl_options_set_double(options, PAWL_OPT_PERCENTILE, std::nan("")) == PAWL_OUT_OF_RANGE);
  CHECK(pawl_options_set_floats(options, PAWL_OPT_IMPORTANCE, nullptr, 3) == PAWL_INVALID_ARGUMENT);
  CHECK(pawl_options_set_log(options, nullptr, nullptr) == PAWL_INVALID_ARGUMENT);
  CHECK(pawl_options_set_double(options, PAWL_OPT_PERCENTILE, 99.0) == PAWL_OK);
  CHECK(std::string(pawl_options_last_error(options)).empty());
}

TEST_CASE("contexts: threads, targets, and errors told by the options") {
  CHECK(pawl_context_create(nullptr, nullptr) == PAWL_INVALID_ARGUMENT);
  Options options;
  REQUIRE(pawl_options_create(PAWL_OPTIONS_CONTEXT, options.out()) == PAWL_OK);
  for (size_t i = 0; i < pawl_list_count(PAWL_LIST_SUPPORTED_TARGETS); ++i) {
    const char* target = pawl_list_name(PAWL_LIST_SUPPORTED_TARGETS, i);
    REQUIRE(pawl_options_set_string(options, PAWL_OPT_TARGET, target) == PAWL_OK);
    REQUIRE(pawl_options_set_int(options, PAWL_OPT_THREADS, 3) == PAWL_OK);
    RawContext context;
    REQUIRE(pawl_context_create(options, context.out()) == PAWL_OK);
    CHECK(std::string(pawl_context_target(context)) == target);
    CHECK(pawl_context_threads(context) == 3);
  }
  REQUIRE(pawl_options_set_string(options, PAWL_OPT_TARGET, "scalr") == PAWL_OK);
  RawContext context;
  CHECK(pawl_context_create(options, context.out()) == PAWL_INVALID_ARGUMENT);
  CHECK(context == nullptr);
  CHECK(Contains(pawl_options_last_error(options), "'scalar'"));

  Options wrong;
  REQUIRE(pawl_options_create(PAWL_OPTIONS_LINEAR, wrong.out()) == PAWL_OK);
  CHECK(pawl_context_create(wrong, context.out()) == PAWL_INVALID_ARGUMENT);
  CHECK(Contains(pawl_options_last_error(wrong), "'linear'"));
}

TEST_CASE("the last error is that of the last call") {
  const Context c;
  Scheme scheme;
  CHECK(pawl_scheme_parse(c, "int9", scheme.out()) == PAWL_INVALID_ARGUMENT);
  CHECK(pawl_context_last_status(c) == PAWL_INVALID_ARGUMENT);
  CHECK(Contains(c.error(), "int9"));
  CHECK(pawl_scheme_parse(c, nullptr, scheme.out()) == PAWL_INVALID_ARGUMENT);
  CHECK(c.error() == "text is NULL");
  CHECK(pawl_scheme_parse(c, "int8", nullptr) == PAWL_INVALID_ARGUMENT);
  CHECK(pawl_scheme_parse(c, "int8", scheme.out()) == PAWL_OK);
  CHECK(c.error().empty());
  CHECK(pawl_context_last_status(c) == PAWL_OK);
  CHECK(pawl_scheme_parse(nullptr, "int8", scheme.out()) == PAWL_INVALID_ARGUMENT);
}

TEST_CASE("a cancelled context cancels until the reset") {
  const Context c;
  Quantized quantized;
  MakeQuantized(c, "int8", {16, 32}, Weights(512), &quantized);
  std::vector<float> out(512);
  pawl_context_cancel(c);
  CHECK(pawl_context_is_cancelled(c) == 1);
  CHECK(pawl_dequantize(c, quantized, 0, out.data(), out.size()) == PAWL_CANCELLED);
  pawl_context_reset_cancel(c);
  CHECK(pawl_context_is_cancelled(c) == 0);
  CHECK(pawl_dequantize(c, quantized, 0, out.data(), out.size()) == PAWL_OK);
}

TEST_CASE("cancel comes from another thread") {
  const Context c;
  Quantized quantized;
  MakeQuantized(c, "int8", {64, 64}, Weights(4096), &quantized);
  std::vector<float> out(4096);
  std::atomic<bool> started{false};
  std::thread other([&] {
    while (!started.load()) std::this_thread::yield();
    pawl_context_cancel(c);
  });
  int32_t status = PAWL_OK;
  // Ends by the cancellation alone; were it lost, the test would run into its time limit.
  while (status == PAWL_OK) {
    status = pawl_dequantize(c, quantized, 0, out.data(), out.size());
    started.store(true);
  }
  other.join();
  CHECK(status == PAWL_CANCELLED);
}

// The host's threads: tasks in reverse order, on workers in turn.
struct Host {
  int calls = 0;
  int32_t workers = 1;
  int32_t first_worker = 0;
  bool lose_one = false;

  static void Run(void* user, int64_t count, pawl_task_fn run, void* task) {
    auto* host = static_cast<Host*>(user);
    ++host->calls;
    std::vector<std::thread> threads;
    for (int32_t worker = 0; worker < host->workers; ++worker) {
      threads.emplace_back([=] {
        const int64_t last = host->lose_one ? 1 : 0;
        for (int64_t i = count - 1 - worker; i >= last; i -= host->workers)
          run(task, i, host->first_worker + worker);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
};

TEST_CASE("the host's parallel-for gives the same bits, and its faults are told") {
  const Context own;
  Quantized quantized;
  MakeQuantized(own, "int4:g32", {257, 96}, Weights(257 * 96), &quantized);
  std::vector<float> expected(257 * 96);
  REQUIRE(pawl_dequantize(own, quantized, 0, expected.data(), expected.size()) == PAWL_OK);

  Host host;
  host.workers = 2;
  Options options;
  REQUIRE(pawl_options_create(PAWL_OPTIONS_CONTEXT, options.out()) == PAWL_OK);
  REQUIRE(pawl_options_set_int(options, PAWL_OPT_THREADS, 2) == PAWL_OK);
  REQUIRE(pawl_options_set_parallel_for(options, Host::Run, &host) == PAWL_OK);
  RawContext context;
  REQUIRE(pawl_context_create(options, context.out()) == PAWL_OK);
  CHECK(pawl_context_threads(context) == 2);
  std::vector<float> out(expected.size());
  REQUIRE(pawl_dequantize(context, quantized, 0, out.data(), out.size()) == PAWL_OK);
  CHECK(host.calls > 0);
  CHECK(out == expected);

  host.lose_one = true;
  CHECK(pawl_dequantize(context, quantized, 0, out.data(), out.size()) == PAWL_FAILED_PRECONDITION);
  CHECK(Contains(pawl_context_last_error(context), "parallel-for"));
  host.lose_one = false;
  host.first_worker = 2;  // the context knows of 0 and 1
  CHECK(pawl_dequantize(context, quantized, 0, out.data(), out.size()) == PAWL_FAILED_PRECONDITION);
  host.first_worker = 0;
  CHECK(pawl_dequantize(context, quantized, 0, out.data(), out.size()) == PAWL_OK);
}

TEST_CASE("null handles are harmless") {
  pawl_context_destroy(nullptr);
  pawl_options_destroy(nullptr);
  pawl_context_cancel(nullptr);
  pawl_context_reset_cancel(nullptr);
  uint64_t done = 1;
  uint64_t total = 1;
  pawl_context_progress(nullptr, &done, &total);
  CHECK(done == 0);
  CHECK(total == 0);
  CHECK(pawl_context_threads(nullptr) == 0);
  CHECK(pawl_context_target(nullptr) == nullptr);
  CHECK(pawl_context_last_status(nullptr) == PAWL_INVALID_ARGUMENT);
  CHECK(std::string(pawl_options_last_error(nullptr)).empty());
}

}  // namespace
}  // namespace pawl_test
