// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// ONNX models where disks fill up, calls fail, a process dies or an input is cut: also those of two
// files, whose old weights must not be lost to a model that never came.

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "catch2/matchers/catch_matchers_string.hpp"
#include "pawl/graph_job.h"
#include "pawl/npz.h"
#include "pawl/onnx.h"
#include "tests/graph/graph_builder.h"
#include "tests/pipeline/job_test_model.h"
#include "tests/trust/faults.h"

namespace pawl {
namespace {

using Catch::Matchers::ContainsSubstring;
using testing::GraphBuilder;

constexpr int64_t kWidth = 32;

std::shared_ptr<Graph> Net(uint32_t seed) {
  GraphBuilder b(17);
  b.graph().symbols = {"batch"};
  const ValueId x = b.Input("x", {SymbolDim(0), kWidth});
  const ValueId a =
      b.Node("MatMul", "a", {x, b.Constant<float>("w1", {kWidth, kWidth}, Gaussian(1024, seed))});
  const ValueId r = b.Node("Relu", "r", {a});
  const ValueId y = b.Node(
      "MatMul", "y", {r, b.Constant<float>("w2", {kWidth, kWidth}, Gaussian(1024, seed + 1))});
  return b.Build({y});
}

// A model and its data beside it.
struct Pair {
  explicit Pair(const TestFolder& folder) : path(folder.Path("net.onnx")) {}

  absl::Status Write(uint32_t seed, OnnxWriteOptions options = {}) const {
    options.external_from = 1000;
    options.external_tensor_bytes = 100;
    return WriteOnnx(*Net(seed), path, options);
  }
  std::vector<std::string> Files() const { return {ReadAll(path), ReadAll(path + ".data")}; }

  std::string path;
};

}  // namespace

TEST_CASE("A check that fails leaves an old model its external data") {
  const TestFolder folder;
  const Pair pair(folder);
  REQUIRE(pair.Write(1).ok());
  const std::vector<std::string> old = pair.Files();
  REQUIRE(old[1].size() == 2 * 4 * kWidth * kWidth);
  int checked = 0;
  const auto refuse = [&](const std::string& path) -> absl::Status {
    const auto read = ReadOnnx(path);  // whole, with its data
    if (!read.ok()) return read.status();
    const Tensor* const w1 = (*read)->ConstantTensor((*read)->FindValue("w1"));
    checked += w1 != nullptr && w1->as<float>()[0] == Gaussian(1, 5)[0] ? 1 : 0;
    return absl::DataLossError("refused");
  };
  CHECK(pair.Write(5, {.check = refuse}).message() == "refused");
  CHECK(checked == 1);
  CHECK(pair.Files() == old);
  CHECK(folder.NumFiles() == 2);
  const auto accept = [](const std::string&) { return absl::OkStatus(); };
  REQUIRE(pair.Write(5, {.check = accept}).ok());
  CHECK(pair.Files()[1] != old[1]);
  CHECK(folder.NumFiles() == 2);
}

TEST_CASE("A call that fails leaves both files of a model, or both are new") {
  const TestFolder folder;
  const Pair pair(folder);
  REQUIRE(pair.Write(2).ok());
  const std::vector<std::string> whole = pair.Files();
  REQUIRE(pair.Write(1).ok());
  const std::vector<std::string> old = pair.Files();
  int failed = 0;
  for (int64_t call = 0;; ++call) {
    REQUIRE(pair.Write(1).ok());
    faults::FailAt(call, ENOSPC);
    const absl::Status status = pair.Write(2);
    const int64_t calls = faults::Disarm();
    INFO("call " << call << " of " << calls << ": " << status.message());
    REQUIRE(pair.Files() == (status.ok() ? whole : old));
    REQUIRE(folder.NumFiles() == 2);
    if (!status.ok()) {
      ++failed;
      REQUIRE_THAT(std::string(status.message()),
                   ContainsSubstring(pair.path) && ContainsSubstring("No space left"));
    }
    if (call > calls) break;
  }
  CHECK(failed > 5);
}

TEST_CASE("A kill leaves each file of a model whole, the old one or the new one") {
  const TestFolder folder;
  const Pair pair(folder);
  REQUIRE(pair.Write(2).ok());
  const std::vector<std::string> whole = pair.Files();
  REQUIRE(pair.Write(1).ok());
  const std::vector<std::string> old = pair.Files();
  int killed = 0;
  for (int64_t call = 0;; ++call) {
    INFO("call " << call);
    REQUIRE(pair.Write(1).ok());
    const int end = faults::KilledAt(call, [&] { return pair.Write(2); });
    const std::vector<std::string> files = pair.Files();
    for (size_t i = 0; i < 2; ++i) REQUIRE((files[i] == old[i] || files[i] == whole[i]));
    if (end == 0) break;
    REQUIRE(end == SIGKILL);
    ++killed;
  }
  CHECK(killed > 5);
}

namespace {

struct JobOnNet {
  JobOnNet() {
    REQUIRE(Pair(folder).Write(1).ok());
    const Tensor x = *Tensor::FromValues<float>({8, kWidth}, Gaussian(8 * kWidth, 3));
    REQUIRE(WriteNpz(folder.Path("x.npz"), {{"x", x}}).ok());
    job.input = folder.Path("net.onnx");
    job.output = folder.Path("out.onnx");
    job.calibration = folder.Path("x.npz");
  }

  TestFolder folder;
  GraphJob job;
};

}  // namespace

TEST_CASE("A graph job whose disk is full says so, and the old model stays") {
  JobOnNet setup;
  WriteAll(setup.job.output, "old");
  const int files = setup.folder.NumFiles();
  for (int64_t call = 0;; ++call) {
    faults::FailFrom(call, ENOSPC);
    const absl::Status status = RunGraphJob(setup.job, *MakeContext(1)).status();
    const int64_t calls = faults::Disarm();
    INFO("call " << call << " of " << calls << ": " << status.message());
    REQUIRE(setup.folder.NumFiles() == files);
    if (status.ok()) break;
    REQUIRE(ReadAll(setup.job.output) == "old");
    REQUIRE_THAT(std::string(status.message()),
                 ContainsSubstring(setup.job.output) && ContainsSubstring("No space left"));
  }
  CHECK(ReadAll(setup.job.output) != "old");
}

TEST_CASE("A graph job whose inputs shrink at any step is an error or done, never a signal") {
  for (const char* const file : {"net.onnx", "net.onnx.data", "x.npz"}) {
    bool told = false;
    for (int step = 0; step < 100; ++step) {
      INFO(file << ", step " << step);
      JobOnNet setup;
      const std::string cut = setup.folder.Path(file);
      ContextOptions options;
      int reports = 0;
      options.progress = [&](const Progress&) {
        if (reports++ == step) REQUIRE(truncate(cut.c_str(), 100) == 0);
      };
      const absl::Status status = RunGraphJob(setup.job, **Context::Create(options)).status();
      if (reports <= step) break;
      told = true;
      if (status.ok()) continue;  // what was needed of it was in memory
      CHECK_THAT(std::string(status.message()), ContainsSubstring(cut));
      CHECK(setup.folder.NumFiles() == 3);
    }
    CHECK(told);
  }
}

}  // namespace pawl
