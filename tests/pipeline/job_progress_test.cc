// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Progress and cancellation within one large tensor.

#include <algorithm>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "pawl/context.h"
#include "tests/pipeline/job_test_model.h"

namespace pawl {
namespace {

struct Event {
  std::string stage;
  std::string item;
  uint64_t done = 0;
  uint64_t total = 0;
};

std::vector<NamedTensor> OneTensor(int64_t rows, int64_t cols) {
  Tensor tensor = *Tensor::Create(DType::kF32, {rows, cols});
  uint32_t state = 1;
  for (float& value : tensor.mutable_as<float>()) {
    state = state * 1664525u + 1013904223u;
    value = static_cast<float>(static_cast<int32_t>(state)) / 2147483648.0f;
  }
  return {{"large.weight", tensor}};
}

// What a job tells; every call must come on the thread that runs the job.
struct Listener {
  std::vector<Event> events;
  std::function<void(const Progress&)> then;
  std::thread::id caller = std::this_thread::get_id();

  std::unique_ptr<Context> Make(int threads) {
    ContextOptions options;
    options.threads = threads;
    options.progress = [this](const Progress& progress) {
      if (std::this_thread::get_id() != caller) FAIL("a callback on a worker");
      events.push_back(
          {std::string(progress.stage), std::string(progress.item), progress.done, progress.total});
      if (then) then(progress);
    };
    return *Context::Create(options);
  }
};

// The number of steps within the tensor, which are checked: they rise, between 0 and the total,
// which the end has.
int StepsWithin(const std::vector<Event>& events, uint64_t total) {
  REQUIRE(events.size() > 2);
  CHECK(events.front().done == 0);
  CHECK(events.back().stage == "done");
  CHECK(events.back().done == total);
  int steps = 0;
  for (size_t i = 0; i < events.size(); ++i) {
    CHECK(events[i].total == total);
    if (events[i].stage != "quantize") continue;
    CHECK(events[i].item == "large.weight");
    CHECK(events[i].done < total);
    if (i == 0) continue;
    CHECK(events[i].done > events[i - 1].done);
    ++steps;
  }
  return steps;
}

int StepsOf(JobSetup& setup, int threads) {
  Listener listener;
  const auto context = listener.Make(threads);
  const absl::StatusOr<Report> report = RunJob(setup.job, *context);
  INFO(report.status().ToString());
  REQUIRE(report.ok());
  uint64_t done = 0, total = 0;
  context->LatestProgress(&done, &total);
  CHECK(done == total);
  return StepsWithin(listener.events, report->bytes_before);
}

}  // namespace

TEST_CASE("progress moves within a tensor, for every number of threads, and changes no byte") {
  std::string bytes;
  for (const int threads : {1, 3}) {
    INFO(threads << " threads");
    JobSetup setup("int8", OneTensor(1500, 1024));
    // 6 MB in steps of at least 256 KiB.
    const int steps = StepsOf(setup, threads);
    CHECK(steps >= (threads == 1 ? 15 : 4));
    CHECK(steps <= 24);
    if (bytes.empty()) bytes = ReadAll(setup.job.output);
    CHECK(ReadAll(setup.job.output) == bytes);
  }
  JobSetup small("int8", OneTensor(64, 1024));
  CHECK(StepsOf(small, 2) == 0);
}

TEST_CASE("progress moves within a tensor by every method, and where it is kept as it is") {
  const std::vector<NamedTensor> model = OneTensor(2048, 512);  // 4 MB
  struct Way {
    const char* scheme;
    const char* method;
    RangeMethod range;
  };
  const Way ways[] = {
      {"uint4:g32", "rtn", RangeMethod::kMse},         {"codebook4", "rtn", RangeMethod::kMax},
      {"codebook4:channel", "rtn", RangeMethod::kMax}, {"f16", "rtn", RangeMethod::kMax},
      {"uint4:g32:hqq", "hqq", RangeMethod::kMax},     {"q4_k", "blocks", RangeMethod::kMax},
      {"uint4:g32", "gptq", RangeMethod::kMax},        {"uint4:g32", "awq", RangeMethod::kMax}};
  for (const Way& way : ways) {
    INFO(way.scheme << " by " << way.method);
    JobSetup setup(way.scheme, model);
    setup.rule().method.name = way.method;
    setup.rule().method.range = way.range;
    setup.job.calibration = setup.folder.Path("calibration.safetensors");
    WriteSafetensors(setup.job.calibration,
                     {{"large.weight.input", GaussianTensor(DType::kF32, {64, 512}, 3)}});
    CHECK(StepsOf(setup, 1) >= 8);
  }
  std::vector<NamedTensor> odd = model;
  odd[0].tensor = *odd[0].tensor.Clone();
  odd[0].tensor.mutable_as<float>()[77] = std::numeric_limits<float>::infinity();
  JobSetup kept("int8", odd);
  CHECK(StepsOf(kept, 1) >= 8);
}

TEST_CASE("cancelling takes effect within a tensor, wherever the job is") {
  for (const char* scheme : {"int8", "codebook4"}) {
    JobSetup setup(scheme, OneTensor(1500, 1024));
    Listener all;
    REQUIRE(RunJob(setup.job, *all.Make(1)).ok());
    std::filesystem::remove(setup.job.output);
    for (size_t stop = 0; stop + 2 < all.events.size(); ++stop) {
      INFO(scheme << " stopped at event " << stop);
      Listener listener;
      const auto context = listener.Make(1);
      listener.then = [&](const Progress&) {
        if (listener.events.size() == stop + 1) context->Cancel();
      };
      const absl::StatusOr<Report> report = RunJob(setup.job, *context);
      CHECK(report.status().code() == absl::StatusCode::kCancelled);
      // Nothing was told after it; at most a piece or a task was finished.
      CHECK(listener.events.size() == stop + 1);
      uint64_t done = 0, total = 0;
      context->LatestProgress(&done, &total);
      CHECK(done - listener.events.back().done <= uint64_t{1} << 20);
      CHECK(setup.folder.NumFiles() == 1);
    }
  }
}

TEST_CASE("whoever polls sees a tensor move, also on a host's threads") {
  JobSetup setup("int8", OneTensor(1500, 1024));
  Context* running = nullptr;
  std::vector<uint64_t> seen;
  ContextOptions options;
  options.threads = 2;
  // None of the tasks on the calling thread.
  options.parallel_for = [&](int64_t count, const std::function<void(int64_t, int)>& task) {
    std::thread([&] {
      for (int64_t i = 0; i < count; ++i) {
        task(i, static_cast<int>(i % 2));
        uint64_t done = 0, total = 0;
        running->LatestProgress(&done, &total);
        seen.push_back(done);
      }
    }).join();
  };
  const auto context = *Context::Create(options);
  running = context.get();
  REQUIRE(RunJob(setup.job, *context).ok());
  REQUIRE(seen.size() > 50);
  CHECK(std::is_sorted(seen.begin(), seen.end()));
  seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
  CHECK(seen.size() > 50);
}

TEST_CASE("what a callback throws within a tensor ends the job and reaches the caller") {
  for (const int threads : {1, 3}) {
    JobSetup setup("int8", OneTensor(1500, 1024));
    Listener listener;
    const auto context = listener.Make(threads);
    listener.then = [](const Progress& progress) {
      if (progress.done > progress.total / 2) throw std::runtime_error("from the callback");
    };
    CHECK_THROWS_AS(RunJob(setup.job, *context), std::runtime_error);
    CHECK(setup.folder.NumFiles() == 1);
    listener.then = nullptr;
    CHECK(RunJob(setup.job, *context).ok());
  }
}

}  // namespace pawl
