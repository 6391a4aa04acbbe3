// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Jobs that run their language model on a text go on after a kill: the model runs again on the
// weights that were quantized before.

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "catch2/catch_test_macros.hpp"
#include "catch2/generators/catch_generators.hpp"
#include "catch2/matchers/catch_matchers_string.hpp"
#include "pawl/context.h"
#include "pawl/imatrix.h"
#include "pawl/job.h"
#include "tests/formats/file_io_test_util.h"
#include "tests/models/tiny_decoder.h"
#include "tests/trust/kill_loop.h"

namespace pawl {
namespace {

using Catch::Matchers::ContainsSubstring;
using testing::FailsWith;
using testing::Slurp;
using testing::Spill;
using testing::TempDir;
using testing::TinyDecoder;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kKills = 4;  // what is checked there is memory and threads
#else
constexpr int kKills = 12;
#endif

constexpr int kTensors = 15;  // of Interrupted's: two layers of seven, and the head

struct Interrupted {
  // Weights whose names match `kept` are excluded.
  explicit Interrupted(const std::string& method = "gptq", double correction = 0.0,
                       bool gguf = false, const std::string& kept = "") {
    TinyDecoder decoder;
    decoder.tied = false;
    decoder.Fill();
    std::filesystem::create_directory(model);
    decoder.Write(model);
    job.input = model;
    job.output = dir.File(gguf ? "out.gguf" : "out.pawl");
    job.imatrix_output = dir.File("imatrix.dat");
    job.recipe = Recipe::ForScheme(gguf ? "q4_1" : "uint4:asym:g32");
    job.recipe.rules[0].method.name = method;
    job.recipe.rules[0].method.correction = correction;
    job.recipe.rules[0].pattern = "proj|lm_head|embed";
    // Less than there are columns: the report notes a damping that rose.
    job.recipe.rules[0].method.damping = 0.0;
    if (!kept.empty()) {
      RecipeRule rule;
      rule.pattern = kept;
      rule.skip = true;
      job.recipe.rules.insert(job.recipe.rules.begin(), rule);
    }
    for (int i = 0; i < 48; ++i) job.calibration_ids.push_back(i * i % 37);
    job.checkpoint_bytes = 0;
    const absl::StatusOr<Report> report = Run();
    INFO(report.status().ToString());
    REQUIRE(report.ok());
    plain = *report;
    whole = Slurp(job.output);
    importances = Slurp(job.imatrix_output);
    Restart();
  }
  absl::StatusOr<Report> Run(int threads = 2, const std::string& target = "") const {
    ContextOptions options;
    options.threads = threads;
    options.target = target;
    return RunJob(job, **Context::Create(options));
  }
  void Restart() const {
    std::filesystem::remove(job.output);
    std::filesystem::remove(job.imatrix_output);
  }
  // Cancels a job in front of its quantized weight number `weights`, or of its end; with `norms`
  // of its weight or norm of that number.
  void Interrupt(int weights, bool norms = false) {
    job.resume = true;
    Context* running = nullptr;
    int reports = 0;
    ContextOptions options;
    options.threads = 1;
    options.progress = [&](const Progress& progress) {
      if (progress.stage != "quantize") return;
      const bool counts = norms || !absl::StrContains(progress.item, "norm");
      if (counts && reports++ == weights) running->Cancel();
    };
    const auto context = *Context::Create(options);
    running = context.get();
    REQUIRE(absl::IsCancelled(RunJob(job, *context).status()));
    REQUIRE(std::filesystem::exists(job.output + ".journal"));
    REQUIRE_FALSE(std::filesystem::exists(job.output));
  }
  void Refused(const std::vector<std::string>& words) const {
    const std::string part = Slurp(job.output + ".part"), journal = Slurp(job.output + ".journal");
    const absl::Status status = Run().status();
    INFO(status.ToString());
    CHECK(absl::IsFailedPrecondition(status));
    CHECK(FailsWith(status, words));
    CHECK(Slurp(job.output + ".part") == part);
    CHECK(Slurp(job.output + ".journal") == journal);
  }
  void Finishes(int threads = 2, const std::string& target = "") const {
    const absl::StatusOr<Report> report = Run(threads, target);
    INFO(report.status().ToString());
    REQUIRE(report.ok());
    CHECK(Slurp(job.output) == whole);
    CHECK(Slurp(job.imatrix_output) == importances);
    CHECK_FALSE(std::filesystem::exists(job.output + ".journal"));
    CHECK_FALSE(std::filesystem::exists(job.output + ".part"));
  }

  TempDir dir;
  std::string model = dir.File("model");
  Job job;
  Report plain;
  std::string whole, importances;
};

}  // namespace

TEST_CASE("model resume: from every weight on, with every method, the identical file") {
  struct Case {
    const char* method;
    double correction;
    bool gguf;
  };
  for (const auto& [method, correction, gguf] :
       {Case{"gptq", 0.0, false}, Case{"gptq", 0.5, false}, Case{"awq", 0.0, false},
        Case{"rtn", 0.0, false}, Case{"gptq", 0.0, true}, Case{"gptq", 0.5, true},
        Case{"blocks", 0.0, true}, Case{"rtn", 0.0, true}}) {
    CAPTURE(method, correction, gguf);
    Interrupted work(method, correction, gguf);
    const int step = correction == 0.0 && std::string(method) == "gptq" ? 2 : 5;
    for (int weights = 1; weights < kTensors; weights += step) {
      CAPTURE(weights);
      work.Interrupt(weights);
      work.Finishes();
      work.Restart();
    }
  }
}

TEST_CASE("model resume: awq's scales, from every norm and weight on") {
  const bool gguf = GENERATE(false, true);
  for (const bool gathers : {true, false}) {
    CAPTURE(gguf, gathers);
    Interrupted work("awq", 0.0, gguf);
    if (!gathers) {
      std::filesystem::remove(work.job.imatrix_output);
      work.job.imatrix_output.clear();
      work.importances.clear();
    }
    for (int tensors = 1; tensors < kTensors + 5; ++tensors) {
      CAPTURE(tensors);
      work.Interrupt(tensors, true);
      const absl::StatusOr<Report> resumed = work.Run();
      INFO(resumed.status().ToString());
      REQUIRE(resumed.ok());
      CHECK(Slurp(work.job.output) == work.whole);
      std::vector<std::string> notes = resumed->notes;
      std::erase_if(notes, [](const std::string& n) { return n.rfind("resumed: ", 0) == 0; });
      std::sort(notes.begin(), notes.end());
      std::vector<std::string> expected = work.plain.notes;
      std::sort(expected.begin(), expected.end());
      CHECK(notes == expected);
      if (gathers) CHECK(Slurp(work.job.imatrix_output) == work.importances);
      work.Restart();
    }
  }
}

TEST_CASE("model resume: awq's scales are noted once where a block begins with a plain weight") {
  Interrupted work("awq", 0.0, GENERATE(false, true), "q_proj");
  REQUIRE(absl::StrContains(work.plain.ToJson(), "awq's scales in layer 1, attention"));
  for (int tensors = 1; tensors < kTensors + 5; ++tensors) {
    CAPTURE(tensors);
    work.Interrupt(tensors, true);
    const absl::StatusOr<Report> resumed = work.Run();
    INFO(resumed.status().ToString());
    REQUIRE(resumed.ok());
    CHECK(Slurp(work.job.output) == work.whole);
    CHECK(Slurp(work.job.imatrix_output) == work.importances);
    Report same = *resumed;
    std::erase_if(same.notes, [](const std::string& n) { return n.rfind("resumed: ", 0) == 0; });
    same.threads = work.plain.threads;
    same.seconds = work.plain.seconds;
    CHECK(same.ToJson() == work.plain.ToJson());
    work.Restart();
  }
}

TEST_CASE("model resume: other threads and another target, interrupted twice") {
  Interrupted work("gptq", 1.0, GENERATE(false, true));
  for (const absl::string_view target : SupportedTargets()) {
    CAPTURE(target);
    work.Interrupt(3);
    work.Interrupt(9 - 4);  // counted from where it goes on
    work.Finishes(3, std::string(target));
    work.Restart();
  }
}

TEST_CASE("model resume: the report is that of a job that was not interrupted") {
  Interrupted work("gptq", 0.0, GENERATE(false, true));
  work.Interrupt(10);
  const absl::StatusOr<Report> resumed = work.Run();
  REQUIRE(resumed.ok());
  Report same = *resumed;
  int damped = 0, told = 0;
  std::erase_if(same.notes, [&](const std::string& note) {
    const bool resumed_note = note.rfind("resumed: ", 0) == 0;
    told += resumed_note;
    damped += note.find("damping rose") != std::string::npos;
    return resumed_note;
  });
  CHECK(told == 1);
  CHECK(damped >= 10);
  same.seconds = work.plain.seconds;
  CHECK(same.ToJson() == work.plain.ToJson());
}

TEST_CASE("model resume: what changed is said, and nothing is touched") {
  const bool gguf = GENERATE(false, true);
  Interrupted work("gptq", 0.0, gguf);
  work.Interrupt(6);
  Job& job = work.job;
  SECTION("the text") {
    job.calibration_ids[7] ^= 1;
    work.Refused({"the content of the calibration changed", "48 ids"});
    job.calibration_ids[7] ^= 1;
  }
  SECTION("its windows") {
    job.calibration_context = 16;
    work.Refused({"the content of the calibration changed", "windows of 16 ids"});
    job.calibration_context = 0;
  }
  SECTION("the settings of the model") {
    const std::string file = work.model + "/config.json", before = Slurp(file);
    std::string after = before;
    after.replace(after.find("10000", after.find("rope_theta")), 5, "20000");
    Spill(file, after);
    work.Refused({"the content of the model's settings changed", file});
    Spill(file, before);
  }
  SECTION("the tokenizer, which goes into GGUF files") {
    const std::string file = work.model + "/tokenizer.json";
    Spill(file, "{}");
    if (gguf) work.Refused({"the model's settings had 1 files, now it has 2"});
    std::filesystem::remove(file);
  }
  SECTION("a weight") {
    const std::string file = work.model + "/model.safetensors", before = Slurp(file);
    std::string after = before;
    after.back() ^= 1;
    Spill(file, after);
    work.Refused({"the content of the input changed", file});
    Spill(file, before);
  }
  SECTION("importances") {
    Imatrix imatrix;
    imatrix.entries = {{"blk.0.attn_q.weight", 1, std::vector<float>(64, 1.0f)}};
    job.imatrix = work.dir.File("other.dat");
    REQUIRE(WriteImatrix(job.imatrix, imatrix).ok());
    work.Refused({"there was no imatrix", "other.dat"});
    job.imatrix.clear();
  }
  SECTION("the method") {
    job.recipe.rules[0].method.correction = 0.5;
    work.Refused({"the recipe changed", "/rules/0/method"});
    job.recipe.rules[0].method.correction = 0.0;
  }
  work.Finishes();
}

TEST_CASE("model resume: the command, killed at random points, makes the identical file") {
  const TempDir dir;
  TinyDecoder decoder;
  decoder.vocabulary = 256;
  decoder.layers = 4;
  decoder.Fill();
  const std::string model = dir.File("model"), text = dir.File("text.txt");
  std::filesystem::create_directory(model);
  decoder.Write(model);
  std::string bytes;
  for (int i = 0; i < 512; ++i) bytes += static_cast<char>("In the beginning "[i * i % 17]);
  Spill(text, bytes);
  std::vector<std::string> words = {
      "quantize", model,          "--scheme", "",   "--method",   "gptq", "--calibration",
      text,       "--checkpoint", "1",        "-q", "--progress", "none", "-o"};
  SECTION("a folder, whose model.pawl has the journal") {
    const std::string out = dir.File("out");
    words[3] = "int4:g32";
    words.push_back(out);
    KillAndResume(
        {words, out + "/model.pawl", [&] { std::filesystem::remove_all(out); }, kKills, true});
  }
  SECTION("GGUF") {
    const std::string out = dir.File("out.gguf");
    words[3] = "q4_0";
    words.push_back(out);
    KillAndResume({words, out, [&] { std::filesystem::remove(out); }, kKills});
  }
}

}  // namespace pawl
