// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Jobs from GGUF to GGUF that go on after a kill, and when they must not.

#include <cmath>
#include <string>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "catch2/matchers/catch_matchers_string.hpp"
#include "lib/formats/journal_file.h"
#include "pawl/gguf.h"
#include "tests/pipeline/job_test_model.h"
#include "tests/trust/kill_loop.h"

namespace pawl {
namespace {

using Catch::Matchers::ContainsSubstring;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kKills = 10;  // what is checked there is memory and threads
#else
constexpr int kKills = 40;
#endif

constexpr int kTensors = 18;

// Keys, matrices of two types, vectors, a tensor without elements, blocks, and a type that Pawl
// does not know.
void WriteModel(const std::string& path, uint32_t seed, bool infinite = false) {
  std::vector<GgufDeclaration> declarations = {{"none", 0, {0}, 0}};
  for (int i = 0; i < 7; ++i) {
    declarations.push_back({absl::StrCat("blk.", i, ".ffn_up.weight"),
                            i % 2 == 0 ? 0u : 1u,
                            {48, i == 3 ? 96 : 256},
                            0});
    declarations.push_back({absl::StrCat("blk.", i, ".norm.weight"), 0, {50}, 0});
  }
  declarations.push_back({"coded", 8, {2, 32}, 0});
  declarations.push_back({"odd", 77, {5}, 64});
  declarations.push_back({"output.weight", 0, {16, 256}, 0});
  REQUIRE(declarations.size() == kTensors);
  auto writer = GgufWriter::Create(
      path,
      {{"general.architecture", GgufValue::String("mystery")}, {"mystery.seed", GgufValue::U32(5)}},
      declarations);
  REQUIRE(writer.ok());
  for (const GgufDeclaration& declared : declarations) {
    if (declared.type > 1) {
      const std::vector<uint8_t> bytes(declared.type == 8 ? 68 : 64, 'c');
      REQUIRE((*writer)->Append(declared.name, bytes).ok());
      continue;
    }
    const DType dtype = declared.type == 0 ? DType::kF32 : DType::kF16;
    Tensor tensor = GaussianTensor(dtype, declared.shape, seed++);
    if (infinite && declared.name == "blk.2.ffn_up.weight") {
      tensor.mutable_as<float>()[7] = INFINITY;
    }
    REQUIRE((*writer)->Add(declared.name, tensor).ok());
  }
  REQUIRE((*writer)->Finish().ok());
}

struct Interrupted {
  explicit Interrupted(bool infinite = false) {
    job.input = folder.Path("in.gguf");
    job.output = folder.Path("out.gguf");
    job.recipe = Recipe::ForScheme("q4_k");
    job.checkpoint_bytes = 0;
    WriteModel(job.input, 1, infinite);
    const absl::StatusOr<Report> report = Run();
    INFO(report.status().message());
    REQUIRE(report.ok());
    plain = *report;
    whole = ReadAll(job.output);
    std::filesystem::remove(job.output);
  }
  absl::StatusOr<Report> Run(int threads = 2, const std::string& target = "") const {
    ContextOptions options;
    options.threads = threads;
    options.target = target;
    return RunJob(job, **Context::Create(options));
  }
  // Cancels a job that keeps what it has in front of this tensor, or of its end.
  void Interrupt(int tensors) {
    job.resume = true;
    Context* running = nullptr;
    int reports = 0;
    std::string last;
    ContextOptions options;
    options.threads = 1;
    options.progress = [&](const Progress& progress) {
      const std::string item(progress.item);
      if (item != last && reports++ == tensors) running->Cancel();
      last = item;
    };
    const auto context = *Context::Create(options);
    running = context.get();
    REQUIRE(absl::IsCancelled(RunJob(job, *context).status()));
    REQUIRE(std::filesystem::exists(Part()));
    REQUIRE(std::filesystem::exists(Journal()));
    REQUIRE_FALSE(std::filesystem::exists(job.output));
  }
  std::string Refused() const {
    const std::string part = ReadAll(Part()), journal = ReadAll(Journal());
    const absl::Status status = Run().status();
    INFO(status.message());
    REQUIRE(absl::IsFailedPrecondition(status));
    CHECK(ReadAll(Part()) == part);
    CHECK(ReadAll(Journal()) == journal);
    CHECK_FALSE(std::filesystem::exists(job.output));
    return std::string(status.message());
  }
  void FinishesWith(const std::string& note) const {
    const absl::StatusOr<Report> report = Run();
    INFO(report.status().message());
    REQUIRE(report.ok());
    CHECK(ReadAll(job.output) == whole);
    CHECK(folder.NumFiles() == 2);
    std::string notes;
    for (const std::string& said : report->notes) absl::StrAppend(&notes, said, "\n");
    CHECK_THAT(notes, ContainsSubstring(note));
  }
  std::string Part() const { return job.output + ".part"; }
  std::string Journal() const { return job.output + ".journal"; }

  TestFolder folder;
  Job job;
  Report plain;
  std::string whole;
};

}  // namespace

TEST_CASE("gguf resume: the command, killed at random points, makes the identical file") {
  const TestFolder folder;
  const std::string input = folder.Path("in.gguf"), output = folder.Path("out.gguf");
  WriteModel(input, 1);
  KillAndResume({{"quantize", input, "-o", output, "--scheme", "q3_k", "--checkpoint", "1", "-q",
                  "--progress", "none"},
                 output,
                 [&] { WriteAll(output, "old"); },
                 kKills});
}

TEST_CASE("gguf resume: from every tensor on, on every target, the identical file and report") {
  Interrupted work;
  const std::vector<absl::string_view> targets = SupportedTargets();
  for (int tensors = 1; tensors < kTensors; ++tensors) {
    CAPTURE(tensors);
    work.Interrupt(tensors);
    const absl::string_view target = targets[static_cast<size_t>(tensors) % targets.size()];
    const absl::StatusOr<Report> report = work.Run(1 + tensors % 3, std::string(target));
    INFO(report.status().message());
    REQUIRE(report.ok());
    CHECK(ReadAll(work.job.output) == work.whole);
    REQUIRE(report->notes.size() == work.plain.notes.size() + 1);
    CHECK_THAT(report->notes.back(),
               ContainsSubstring(absl::StrCat("resumed: ", tensors, " of ", kTensors)));
    Report same = *report;
    same.notes = work.plain.notes;
    same.seconds = work.plain.seconds;
    same.threads = work.plain.threads;
    same.target = work.plain.target;
    same.peak_memory_bytes = work.plain.peak_memory_bytes;  // of another number of threads
    CHECK(same.ToJson() == work.plain.ToJson());
    std::filesystem::remove(work.job.output);
  }
  work.job.resume = false;
  REQUIRE(work.Run().ok());
}

TEST_CASE("gguf resume: weights that are not finite stay as they are") {
  Interrupted work(true);
  REQUIRE_FALSE(Of(work.plain, "blk.2.ffn_up.weight").quantized);
  work.Interrupt(9);
  work.FinishesWith("resumed: 9 of 18");
}

TEST_CASE("gguf resume: what changed is said, and nothing is touched") {
  Interrupted work;
  work.Interrupt(6);
  SECTION("the input") {
    WriteModel(work.job.input, 2);
    CHECK_THAT(work.Refused(),
               ContainsSubstring("the content of the input changed: '" + work.job.input + "'"));
    WriteModel(work.job.input, 1);
  }
  SECTION("the recipe") {
    work.job.recipe.rules[0].scheme = "q8_0";
    CHECK_THAT(work.Refused(), ContainsSubstring("the recipe changed") &&
                                   ContainsSubstring("q4_k") && ContainsSubstring("q8_0"));
    work.job.recipe.rules[0].scheme = "q4_k";
  }
  SECTION("no word of resuming") {
    work.job.resume = false;
    CHECK_THAT(work.Refused(),
               ContainsSubstring("an interrupted job left work") && ContainsSubstring("--resume"));
    work.job.resume = true;
  }
  work.FinishesWith("resumed: 6 of 18");
}

TEST_CASE("gguf resume: a journal that is cut or damaged is taken up to its last whole entry") {
  Interrupted work;
  work.Interrupt(12);
  const std::string part = ReadAll(work.Part()), journal = ReadAll(work.Journal());
  for (size_t size = 0; size < journal.size(); size += 197) {
    INFO(size << " of " << journal.size() << " bytes");
    WriteAll(work.Journal(), journal.substr(0, size));
    WriteAll(work.Part(), part);
    work.FinishesWith("resum");  // or "nothing to resume"
    std::filesystem::remove(work.job.output);
  }
  for (size_t at = 100; at < journal.size(); at += 231) {
    std::string damaged = journal;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x20);
    WriteAll(work.Journal(), damaged);
    WriteAll(work.Part(), part);
    work.FinishesWith("resum");
    std::filesystem::remove(work.job.output);
  }
}

TEST_CASE("gguf resume: tensors that are not there as the journal says are done again") {
  Interrupted work;
  work.Interrupt(12);
  std::string part = ReadAll(work.Part());
  const std::string journal = ReadAll(work.Journal());
  const GgufEntry broken = [&] {
    WriteAll(work.folder.Path("whole"), work.whole);
    const auto reader = GgufReader::Open(work.folder.Path("whole"));
    REQUIRE(reader.ok());
    std::filesystem::remove(work.folder.Path("whole"));
    return (*reader)->entries()[7];
  }();
  part[broken.offset + broken.size / 2] = static_cast<char>(part[broken.offset + 1] ^ 1);
  WriteAll(work.Part(), part);
  work.FinishesWith("resumed: 7 of 18");
  std::filesystem::remove(work.job.output);
  WriteAll(work.Part(), part.substr(0, broken.offset + broken.size - 1));
  WriteAll(work.Journal(), journal);
  work.FinishesWith("resumed: 7 of 18");
  std::filesystem::remove(work.job.output);
  WriteAll(work.Journal(), journal);  // without its .part
  work.FinishesWith("nothing to resume");
}

TEST_CASE("gguf resume: a GGUF file in the way is somebody's, unless a journal is beside it") {
  Interrupted work;
  SECTION("somebody's download") {
    WriteAll(work.Part(), work.whole.substr(0, 4000));
    for (const bool resume : {false, true}) {
      work.job.resume = resume;
      CHECK_THAT(std::string(work.Run().status().message()),
                 ContainsSubstring(work.Part()) && ContainsSubstring("something else's"));
      CHECK(ReadAll(work.Part()) == work.whole.substr(0, 4000));
    }
  }
  SECTION("beside a journal without its first entry") {
    work.Interrupt(12);
    const std::string journal = ReadAll(work.Journal());
    for (const size_t size : {0, 8, 60}) {
      CAPTURE(size);
      WriteAll(work.Journal(), journal.substr(0, size));
      WriteAll(work.Part(), work.whole.substr(0, 4000));
      CHECK_THAT(work.Refused(), ContainsSubstring("something else's"));
    }
  }
  SECTION("beside a journal that begins with another entry") {
    work.Interrupt(12);
    const JournalContent journal = *JournalFile::Read(work.Journal());
    std::filesystem::remove(work.Journal());
    REQUIRE((*JournalFile::Open(work.Journal(), 0))
                ->Append(journal.entries[1].kind, journal.entries[1].payload)
                .ok());
    WriteAll(work.Part(), work.whole.substr(0, 4000));
    CHECK_THAT(work.Refused(), ContainsSubstring("something else's"));
  }
  SECTION("a file of zeros, which no job leaves: its mark comes first") {
    const std::string zeros(4000, '\0');
    WriteAll(work.Part(), zeros);
    CHECK_THAT(std::string(work.Run().status().message()), ContainsSubstring("something else's"));
    CHECK(ReadAll(work.Part()) == zeros);
  }
  SECTION("a job that was killed in front of its last step") {
    work.Interrupt(12);
    std::string part = ReadAll(work.Part());
    part.replace(0, 8, work.whole.substr(0, 8));
    WriteAll(work.Part(), part);
    work.FinishesWith("resumed: 12 of 18");
  }
}

}  // namespace pawl
