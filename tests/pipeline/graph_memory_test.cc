// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Calibrating a graph on 10,000 samples takes no more memory than on 10.

#include <malloc.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "pawl/calibrator.h"
#include "pawl/context.h"
#include "pawl/executor.h"
#include "pawl/graph_job.h"
#include "pawl/npz.h"
#include "tests/graph/graph_builder.h"
#include "tests/pipeline/job_test_model.h"

namespace pawl {
namespace {

// Bytes that the program has from malloc, under whatever name.
size_t LiveBytes() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

constexpr int64_t kRows = 4, kColumns = 32;

Tensor Sample(int64_t index) {
  std::vector<float> values(static_cast<size_t>(kRows * kColumns));
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = std::sin(0.1f * static_cast<float>(static_cast<int64_t>(i) + 7 * (index % 10)));
  }
  return *Tensor::FromValues<float>({kRows, kColumns}, values);
}

std::vector<float> Wave(size_t count) {
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = std::sin(0.7f * static_cast<float>(i + 1));
  return values;
}

std::shared_ptr<Graph> Net() {
  testing::GraphBuilder b(17);
  const ValueId x = b.Input("x", {kRows, kColumns});
  const ValueId w1 = b.Constant<float>("w1", {kColumns, 16}, Wave(kColumns * 16));
  const ValueId h = b.Node("MatMul", "first", {x, w1});
  const ValueId r = b.Node("Relu", "relu", {h});
  return b.Build({b.Node("MatMul", "second", {r, b.Constant<float>("w2", {16, 8}, Wave(128))})});
}

// The most that was live beyond what was before, whenever a job tells how far it is.
size_t PeakOf(GraphJob job) {
  job.graph = Net();
  job.check_samples = 10;
  const size_t before = LiveBytes();
  size_t peak = 0;
  const auto look = [&](const Progress&) { peak = std::max(peak, LiveBytes() - before); };
  const auto context = Context::Create({.threads = 1, .progress = look});
  const auto report = RunGraphJob(job, **context);
  INFO(report.status().ToString());
  REQUIRE(report.ok());
  CHECK(report->quantized_count() == 2);
  return peak;
}

// Nets with few outputs are compared on more samples, up to a bound; beyond it nothing is kept.
constexpr size_t kKept = 16 << 10;

TEST_CASE("observing 10,000 samples takes no more memory than observing 10") {
  const auto made = [](int64_t count) {
    GraphJob job;
    job.samples.count = count;
    job.samples.get = [](int64_t i) -> absl::StatusOr<GraphSample> {
      return GraphSample{Sample(i)};
    };
    return PeakOf(job);
  };
  made(10);  // what is allocated once
  const size_t few = made(10), more = made(1000), many = made(10000);
  CHECK(many <= more + 4096);
  INFO(few << " bytes for 10 samples, " << many << " for 10,000");
  CHECK(few > 10000);  // it is counted
  CHECK(many <= few + kKept);
}

TEST_CASE("samples in a file are looked at where they lie") {
  const TestFolder folder;
  const auto in_file = [&](int64_t count) {
    std::vector<float> values;
    for (int64_t i = 0; i < count; ++i) {
      const Tensor sample = Sample(i);
      values.insert(values.end(), sample.as<float>().begin(), sample.as<float>().end());
    }
    GraphJob job;
    job.calibration = folder.Path(std::to_string(count) + ".npz");
    const Tensor x = *Tensor::FromValues<float>({count * kRows, kColumns}, values);
    REQUIRE(WriteNpz(job.calibration, {{"x", x}}).ok());
    return PeakOf(job);
  };
  in_file(10);
  const size_t few = in_file(10), more = in_file(1000), many = in_file(10000);
  CHECK(many <= more + 4096);
  INFO(few << " bytes for 10 samples, " << many << " for 10,000");
  CHECK(many <= few + kKept);
}

TEST_CASE("a calibrator that is given batch after batch does not grow") {
  const auto context = Context::Create({.threads = 1});
  ExecutorOptions options;
  options.observe = {"x", "first", "relu", "second"};
  const auto executor = Executor::Create(Net(), options, context->get());
  REQUIRE(executor.ok());
  auto calibrator = Calibrator::Create();
  REQUIRE(calibrator.ok());
  (*executor)->SetObserver([&](absl::string_view name, const Tensor& value) {
    return calibrator->Observe(std::string(name), value);
  });
  size_t after_ten = 0;
  for (int64_t i = 0; i < 10000; ++i) {
    const Tensor sample = Sample(i);
    REQUIRE((*executor)->Run({&sample, 1}, **context).ok());
    if (i == 9) after_ten = LiveBytes();
  }
  CHECK(LiveBytes() <= after_ten + 1024);
}

}  // namespace
}  // namespace pawl
