// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Jobs that go on after a kill, and when they must not.

#include <unistd.h>

#include <string>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "catch2/matchers/catch_matchers_string.hpp"
#include "lib/pipeline/job_identity.h"
#include "tests/pipeline/job_test_model.h"
#include "tests/trust/kill_loop.h"

namespace pawl {
namespace {

using Catch::Matchers::ContainsSubstring;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kKills = 20, kGgufKills = 10;  // what is checked there is memory and threads
#else
constexpr int kKills = 200, kGgufKills = 40;
#endif

std::vector<NamedTensor> Layers(int count) {
  std::vector<NamedTensor> model;
  for (int i = 0; i < count; ++i) {
    const auto seed = static_cast<uint32_t>(i);
    const std::string name = absl::StrCat("layers.", 10 + i);
    model.push_back({name + ".weight", GaussianTensor(DType::kF32, {64, 256}, seed)});
    model.push_back({name + ".bias", GaussianTensor(DType::kF32, {64}, seed)});
  }
  return model;
}

struct Interrupted : JobSetup {
  Interrupted() : JobSetup("int4:g32", Layers(8)) {
    rule().method.range = RangeMethod::kMse;
    job.checkpoint_bytes = 0;
    REQUIRE(Run().ok());
    whole = ReadAll(job.output);
    std::filesystem::remove(job.output);
  }

  // Cancels a job that keeps what it has after this many tensors.
  void Interrupt(int tensors) {
    job.resume = true;
    Context* running = nullptr;
    int reports = 0;
    ContextOptions options;
    options.threads = 1;
    options.progress = [&](const Progress&) {
      if (reports++ == tensors) running->Cancel();
    };
    const auto context = *Context::Create(options);
    running = context.get();
    REQUIRE(absl::IsCancelled(RunJob(job, *context).status()));
    REQUIRE(std::filesystem::exists(Part()));
    REQUIRE(std::filesystem::exists(Journal()));
    REQUIRE_FALSE(std::filesystem::exists(job.output));
  }
  // The job must be refused, and everything must stay: then, with everything as it was, resume.
  std::string Refused() {
    const std::string part = ReadAll(Part());
    const std::string journal = ReadAll(Journal());
    const absl::StatusOr<Report> report = Run();
    REQUIRE(absl::IsFailedPrecondition(report.status()));
    CHECK(ReadAll(Part()) == part);
    CHECK(ReadAll(Journal()) == journal);
    CHECK_FALSE(std::filesystem::exists(job.output));
    return std::string(report.status().message());
  }
  void FinishesWith(const std::string& note) {
    const absl::StatusOr<Report> report = Run();
    INFO(report.status().message());
    REQUIRE(report.ok());
    CHECK(ReadAll(job.output) == whole);
    CHECK_FALSE(std::filesystem::exists(Part()));
    CHECK_FALSE(std::filesystem::exists(Journal()));
    CHECK_THAT(absl::StrCat(report->notes.size(), report->notes.empty() ? "" : report->notes[0]),
               ContainsSubstring(note));
  }
  std::string Part() const { return job.output + ".part"; }
  std::string Journal() const { return job.output + ".journal"; }

  std::string whole;
};

}  // namespace

TEST_CASE("The command, killed at random points, resumes to the identical file") {
  const TestFolder folder;
  const std::string input = folder.Path("model.safetensors");
  WriteSafetensors(input, Layers(12));
  struct Case {
    const char* output;
    const char* scheme;
    std::vector<std::string> more;
    int kills;
  };
  for (const auto& [name, scheme, more, kills] :
       {Case{"out.pawl", "int4:g32", {"--range", "mse"}, kKills},
        Case{"out.gguf", "q4_k", {}, kGgufKills}}) {
    CAPTURE(name);
    const std::string output = folder.Path(name);
    std::vector<std::string> words = {"quantize",     input, "-o", output,       "--scheme", scheme,
                                      "--checkpoint", "1",   "-q", "--progress", "none"};
    words.insert(words.end(), more.begin(), more.end());
    KillAndResume({words, output, [&] { WriteAll(output, "old"); }, kills});
  }
}

TEST_CASE("A resumed job has the report of one that was not interrupted") {
  Interrupted work;
  const absl::StatusOr<Report> plain = work.Run();
  REQUIRE(plain.ok());
  std::filesystem::remove(work.job.output);
  work.Interrupt(9);
  const absl::StatusOr<Report> resumed = work.Run();
  REQUIRE(resumed.ok());
  REQUIRE(resumed->notes.size() == 1);
  CHECK_THAT(resumed->notes[0], ContainsSubstring("resumed: 9 of 16 tensors"));
  Report same = *resumed;
  same.notes = plain->notes;
  same.seconds = plain->seconds;
  CHECK(same.ToJson() == plain->ToJson());
}

TEST_CASE("Other threads and another target resume to the identical file") {
  for (const absl::string_view target : SupportedTargets()) {
    Interrupted work;
    work.Interrupt(5);
    ContextOptions options;
    options.threads = 3;
    options.target = std::string(target);
    REQUIRE(RunJob(work.job, **Context::Create(options)).ok());
    CHECK(ReadAll(work.job.output) == work.whole);
  }
}

TEST_CASE("Weights that are not finite stay as they are in a resumed job, too") {
  std::vector<NamedTensor> model = Layers(3);
  model[0].tensor.mutable_as<float>()[7] = INFINITY;
  JobSetup setup("int8", model);
  setup.job.checkpoint_bytes = 0;
  const absl::StatusOr<Report> plain = setup.Run();
  REQUIRE(plain.ok());
  const std::string whole = ReadAll(setup.job.output);
  setup.job.resume = true;
  Context* running = nullptr;
  int reports = 0;
  ContextOptions options;
  options.progress = [&](const Progress&) {
    if (reports++ == 4) running->Cancel();
  };
  const auto context = *Context::Create(options);
  running = context.get();
  REQUIRE(absl::IsCancelled(RunJob(setup.job, *context).status()));
  const absl::StatusOr<Report> resumed = setup.Run();
  REQUIRE(resumed.ok());
  CHECK(ReadAll(setup.job.output) == whole);
  CHECK(Of(*resumed, "layers.10.weight").reason == Of(*plain, "layers.10.weight").reason);
  CHECK_FALSE(Of(*resumed, "layers.10.weight").quantized);
}

TEST_CASE("What changed since the kill is said, and nothing is touched") {
  Interrupted work;
  work.Interrupt(6);
  SECTION("a recipe") {
    work.rule().method.range = RangeMethod::kMax;
    CHECK_THAT(work.Refused(), ContainsSubstring("the recipe changed") &&
                                   ContainsSubstring("/rules/0/method") &&
                                   ContainsSubstring(work.Journal()));
    work.rule().method.range = RangeMethod::kMse;
  }
  SECTION("an input") {
    const std::string model = ReadAll(work.job.input);
    std::string changed = model;
    changed.back() ^= 1;
    WriteAll(work.job.input, changed);
    CHECK_THAT(work.Refused(),
               ContainsSubstring("the content of the input changed: '" + work.job.input + "'"));
    WriteAll(work.job.input, model);
  }
  SECTION("a calibration that was not there") {
    work.job.calibration = work.folder.Path("c.safetensors");
    WriteSafetensors(
        work.job.calibration,
        {{"layers.10.weight", *Tensor::FromValues<float>({256}, std::vector<float>(256, 1.0f))}});
    CHECK_THAT(work.Refused(), ContainsSubstring("there was no calibration"));
    work.job.calibration.clear();
  }
  SECTION("no word of resuming") {
    work.job.resume = false;
    CHECK_THAT(work.Refused(),
               ContainsSubstring("an interrupted job left work") && ContainsSubstring("--resume"));
    work.job.resume = true;
  }
  work.FinishesWith("resumed: 6 of 16");
}

TEST_CASE("A journal of another Pawl is refused by name") {
  JobIdentity now;
  now.version = "0.2.0";
  now.inputs = {{"a", "1"}, {"b", "2"}};
  now.recipe = "{}";
  const absl::StatusOr<JobIdentity> then = JobIdentity::FromJson(now.ToJson(), "j");
  REQUIRE(then.ok());
  CHECK(Differences(*then, now).empty());
  now.version = "0.3.0";
  now.inputs[1].hash = "3";
  const std::vector<std::string> changes = Differences(*then, now);
  REQUIRE(changes.size() == 2);
  CHECK(changes[0] == "it was of Pawl 0.2.0, this is 0.3.0");
  CHECK(changes[1] == "the content of the input changed: 'b'");
  now.inputs.pop_back();
  CHECK_THAT(Differences(*then, now)[1], ContainsSubstring("had 2 files, now it has 1"));
  const absl::Status newer =
      JobIdentity::FromJson(R"({"pawl_journal": "2.0"})", "m.pawl.journal").status();
  CHECK(absl::IsUnimplemented(newer));
  CHECK_THAT(std::string(newer.message()),
             ContainsSubstring("m.pawl.journal") && ContainsSubstring("2.0"));
  CHECK_FALSE(JobIdentity::FromJson("[]", "j").ok());
  CHECK_FALSE(JobIdentity::FromJson(R"({"pawl_journal": "1.0", "input": 3})", "j").ok());
}

TEST_CASE("A changed calibration refuses to resume") {
  Interrupted work;
  work.job.calibration = work.folder.Path("c.safetensors");
  const auto calibrate = [&](float value) {
    WriteSafetensors(
        work.job.calibration,
        {{"layers.10.weight", *Tensor::FromValues<float>({256}, std::vector<float>(256, value))}});
  };
  calibrate(2.0f);
  work.Interrupt(3);
  calibrate(3.0f);
  CHECK_THAT(work.Refused(), ContainsSubstring("the content of the calibration changed"));
  work.job.calibration.clear();
  CHECK_THAT(work.Refused(),
             ContainsSubstring("the calibration was '") && ContainsSubstring("now there is none"));
}

TEST_CASE("A journal that is torn at any byte is taken up to its last whole entry") {
  Interrupted work;
  work.Interrupt(10);
  const std::string part = ReadAll(work.Part());
  const std::string journal = ReadAll(work.Journal());
  for (size_t size = 0; size < journal.size(); size += 97) {
    INFO(size << " of " << journal.size() << " bytes");
    WriteAll(work.Journal(), journal.substr(0, size));
    WriteAll(work.Part(), part);
    work.FinishesWith("resum");  // or "nothing to resume"
  }
  for (size_t at = 100; at < journal.size(); at += 131) {
    std::string damaged = journal;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x20);
    WriteAll(work.Journal(), damaged);
    WriteAll(work.Part(), part);
    work.FinishesWith("resum");
  }
}

TEST_CASE("Tensors that are not there as the journal says are done again") {
  Interrupted work;
  work.Interrupt(10);
  std::string part = ReadAll(work.Part());
  const std::string journal = ReadAll(work.Journal());
  part[part.size() / 2] = static_cast<char>(part[part.size() / 2] ^ 1);
  WriteAll(work.Part(), part);
  work.FinishesWith("resumed: 5 of 16");
  WriteAll(work.Part(), part.substr(0, part.size() / 4));
  WriteAll(work.Journal(), journal);
  work.FinishesWith("resumed: 3 of 16");
  WriteAll(work.Journal(), journal);  // without its .part
  work.FinishesWith("nothing to resume");
}

TEST_CASE("Files of others are not written over, and two jobs do not share an output") {
  Interrupted work;
  SECTION("a .part that is somebody's") {
    WriteAll(work.Part(), "holiday photographs");
    CHECK_THAT(std::string(work.Run().status().message()),
               ContainsSubstring(work.Part()) && ContainsSubstring("something else's"));
    CHECK(ReadAll(work.Part()) == "holiday photographs");
  }
  SECTION("a .journal that is somebody's") {
    WriteAll(work.Journal(), "Dear diary");
    CHECK_THAT(std::string(work.Run().status().message()), ContainsSubstring(work.Journal()));
    CHECK(ReadAll(work.Journal()) == "Dear diary");
    CHECK_FALSE(std::filesystem::exists(work.Part()));
  }
  SECTION("a link in the place of .part") {
    std::filesystem::create_symlink("model.safetensors", work.Part());
    const std::string model = ReadAll(work.job.input);
    CHECK_THAT(std::string(work.Run().status().message()), ContainsSubstring(work.Part()));
    CHECK(ReadAll(work.job.input) == model);
  }
  SECTION("a second job") {
    ContextOptions options;
    int tried = 0;
    options.progress = [&](const Progress&) {
      if (tried++ == 3) {
        CHECK_THAT(std::string(work.Run().status().message()),
                   ContainsSubstring("another job is writing"));
      }
    };
    REQUIRE(RunJob(work.job, **Context::Create(options)).ok());
    CHECK(ReadAll(work.job.output) == work.whole);
    CHECK(tried > 3);
  }
  SECTION("a name without room for more") {
    work.job.output = work.folder.Path(std::string(250, 'n') + ".pawl");
    REQUIRE(work.Run().ok());
    CHECK(ReadAll(work.job.output) == work.whole);
  }
}

}  // namespace pawl
