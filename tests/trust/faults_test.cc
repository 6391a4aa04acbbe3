// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Writers whose disk fills up, or whose process is killed, at every call that changes a file.

#include "tests/trust/faults.h"

#include <errno.h>
#include <signal.h>

#include <functional>
#include <string>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "catch2/matchers/catch_matchers_string.hpp"
#include "lib/formats/file_io.h"
#include "lib/formats/journal_file.h"
#include "pawl/container.h"
#include "pawl/gguf.h"
#include "pawl/imatrix.h"
#include "tests/pipeline/job_test_model.h"

namespace pawl {
namespace {

using Catch::Matchers::ContainsSubstring;

// Without threads of its own, so that it can be run in the child of a fork.
absl::Status RunAlone(const Job& job) { return RunJob(job, *MakeContext(1)).status(); }

// Lets `write` fail at each of its calls in turn: every time the error must name `target` and
// `cause`, and the folder must be what it was.
void FailEverywhere(const TestFolder& folder, const std::string& target, int error,
                    const std::string& cause, const std::function<absl::Status()>& write) {
  WriteAll(target, "old");
  const int files = folder.NumFiles();
  for (int64_t call = 0;; ++call) {
    faults::FailFrom(call, error);
    const absl::Status status = write();
    const int64_t calls = faults::Disarm();
    INFO("call " << call << ": " << status.message());
    REQUIRE(folder.NumFiles() == files);
    // Syncing the folder, the last call, comes when the file is in place.
    if (status.ok()) {
      CHECK(calls >= 3);
      CHECK(ReadAll(target) != "old");
      return;
    }
    REQUIRE(ReadAll(target) == "old");
    REQUIRE_THAT(std::string(status.message()),
                 ContainsSubstring(target) && ContainsSubstring(cause));
  }
}

}  // namespace

TEST_CASE("A disk that is full from any call on: the job's error says so and nothing changes") {
  JobSetup setup("int4:g32");
  for (const uint64_t checkpoint : {uint64_t{0}, uint64_t{1} << 30}) {
    setup.job.checkpoint_bytes = checkpoint;
    FailEverywhere(setup.folder, setup.job.output, ENOSPC, "No space left",
                   [&] { return RunAlone(setup.job); });
  }
  FailEverywhere(setup.folder, setup.job.output, EIO, "Input/output error",
                 [&] { return RunAlone(setup.job); });
  JobSetup gguf("q4_0");
  gguf.job.output = gguf.folder.Path("out.gguf");
  for (const uint64_t checkpoint : {uint64_t{0}, uint64_t{1} << 30}) {
    gguf.job.checkpoint_bytes = checkpoint;
    FailEverywhere(gguf.folder, gguf.job.output, ENOSPC, "No space left",
                   [&] { return RunAlone(gguf.job); });
  }
}

TEST_CASE("A disk that is full from any call on: other writers") {
  const TestFolder folder;
  const std::string target = folder.Path("out");
  const Tensor tensor = GaussianTensor(DType::kF32, {300, 70}, 1);
  FailEverywhere(folder, target, ENOSPC, "No space left", [&]() -> absl::Status {
    const SafetensorsDeclaration declared{"w", DType::kF32, {300, 70}};
    auto writer = SafetensorsWriter::Create(target, {&declared, 1});
    if (!writer.ok()) return writer.status();
    if (const absl::Status added = (*writer)->Add("w", tensor); !added.ok()) return added;
    return (*writer)->Finish();
  });
  FailEverywhere(folder, target, EDQUOT, "quota", [&]() -> absl::Status {
    auto writer = PawlWriter::Create(target);
    if (!writer.ok()) return writer.status();
    if (const absl::Status added = (*writer)->AddPlain("w", tensor); !added.ok()) return added;
    return (*writer)->Finish();
  });
  FailEverywhere(folder, target, ENOSPC, "No space left", [&]() -> absl::Status {
    const GgufDeclaration declared{"w", 0, {300, 70}, 0};
    auto writer = GgufWriter::Create(target, {}, {&declared, 1});
    if (!writer.ok()) return writer.status();
    if (const absl::Status added = (*writer)->Add("w", tensor); !added.ok()) return added;
    return (*writer)->Finish();
  });
  FailEverywhere(folder, target, ENOSPC, "No space left",
                 [&] { return WriteFileAtomically(target, "{}"); });
  Imatrix imatrix;
  imatrix.entries = {{"w.weight", 4, std::vector<float>(300, 1.0f)}};
  for (const std::string& path : {target, target + ".gguf"}) {
    FailEverywhere(folder, path, EDQUOT, "quota", [&] { return WriteImatrix(path, imatrix); });
  }
}

namespace {

struct Kind {
  const char* output;
  const char* scheme;
};
constexpr Kind kKinds[] = {{"out.pawl", "int4:g32"}, {"out.gguf", "q4_0"}};

}  // namespace

TEST_CASE("A job killed at every call leaves the old file or the new one, and resumes") {
  for (const auto& [output, scheme] : kKinds) {
    for (const uint64_t checkpoint : {uint64_t{0}, uint64_t{1} << 30}) {
      CAPTURE(output, checkpoint);
      JobSetup setup(scheme);
      setup.job.output = setup.folder.Path(output);
      setup.job.checkpoint_bytes = checkpoint;
      REQUIRE(RunAlone(setup.job).ok());
      const std::string whole = ReadAll(setup.job.output);
      Job resumed = setup.job;
      resumed.resume = true;
      int taken_over = 0;
      for (int64_t call = 0;; ++call) {
        INFO("call " << call);
        WriteAll(setup.job.output, "old");
        const int end = faults::KilledAt(call, [&] { return RunAlone(setup.job); });
        if (end == 0) break;
        REQUIRE(end == SIGKILL);
        const std::string left = ReadAll(setup.job.output);
        REQUIRE((left == "old" || left == whole));
        // Killed again, at a call early or late in the second run.
        const int again = faults::KilledAt(call * 7 % 23, [&] { return RunAlone(resumed); });
        REQUIRE((again == SIGKILL || again == 0));
        const absl::StatusOr<Report> report = RunJob(resumed, *MakeContext(2));
        INFO(report.status().message());
        REQUIRE(report.ok());
        for (const std::string& note : report->notes) taken_over += note.rfind("resumed: ", 0) == 0;
        REQUIRE(ReadAll(setup.job.output) == whole);
        REQUIRE(setup.folder.NumFiles() == 2);
      }
      CHECK((checkpoint > 0 || taken_over > 10));
    }
  }
}

TEST_CASE("With resume, a full disk keeps what is done for when there is space") {
  for (const auto& [output, scheme] : kKinds) {
    CAPTURE(output);
    JobSetup setup(scheme);
    setup.job.output = setup.folder.Path(output);
    setup.job.checkpoint_bytes = 0;
    REQUIRE(RunAlone(setup.job).ok());
    const std::string whole = ReadAll(setup.job.output);
    setup.job.resume = true;
    for (int64_t call = 0;; ++call) {
      INFO("call " << call);
      std::filesystem::remove(setup.job.output);
      faults::FailFrom(call, ENOSPC);
      const absl::Status status = RunAlone(setup.job);
      faults::Disarm();
      if (status.ok()) break;
      REQUIRE_FALSE(std::filesystem::exists(setup.job.output));
      REQUIRE(RunAlone(setup.job).ok());
      REQUIRE(ReadAll(setup.job.output) == whole);
      REQUIRE(setup.folder.NumFiles() == 2);
    }
  }
}

TEST_CASE("With resume, one call that fails leaves a journal that begins with its job, or none") {
  for (const auto& [output, scheme] : kKinds) {
    CAPTURE(output);
    JobSetup setup(scheme);
    setup.job.output = setup.folder.Path(output);
    setup.job.checkpoint_bytes = 0;
    REQUIRE(RunAlone(setup.job).ok());
    const std::string whole = ReadAll(setup.job.output);
    setup.job.resume = true;
    for (int64_t call = 0;; ++call) {
      INFO("call " << call);
      std::filesystem::remove(setup.job.output);
      faults::FailAt(call, EIO);
      const absl::Status failed = RunAlone(setup.job);
      if (faults::Disarm() <= call) break;  // nothing failed
      if (failed.ok()) continue;            // the file does not need that call
      const auto journal = JournalFile::Read(setup.job.output + ".journal");
      if (journal.ok() && !journal->entries.empty()) {
        REQUIRE_THAT(journal->entries[0].payload, ContainsSubstring("\"pawl_journal\""));
      }
      const absl::Status status = RunAlone(setup.job);
      INFO(status.message());
      REQUIRE(status.ok());
      REQUIRE(ReadAll(setup.job.output) == whole);
      REQUIRE(setup.folder.NumFiles() == 2);
    }
  }
}

}  // namespace pawl
