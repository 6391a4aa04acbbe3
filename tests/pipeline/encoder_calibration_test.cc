// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Jobs that run an encoder on a text, layer by layer.

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "catch2/catch_approx.hpp"
#include "catch2/catch_test_macros.hpp"
#include "lib/models/gguf_names.h"
#include "pawl/context.h"
#include "pawl/eval.h"
#include "pawl/executor.h"
#include "pawl/imatrix.h"
#include "pawl/job.h"
#include "pawl/language_model.h"
#include "tests/formats/file_io_test_util.h"
#include "tests/models/tiny_decoder.h"
#include "tests/models/tiny_encoder.h"

namespace pawl {
namespace {

using Catch::Approx;
using testing::FailsWith;
using testing::MakeContext;
using testing::Slurp;
using testing::Spill;
using testing::TempDir;
using testing::TinyEncoder;

constexpr int32_t kBegin = 7;

// Sequences of three to twelve ids, each beginning with kBegin.
std::vector<int32_t> Sentences(int count) {
  std::vector<int32_t> ids;
  for (int s = 0; s < count; ++s) {
    ids.push_back(kBegin);
    for (int i = 0; i < 2 + s * 5 % 11; ++i) ids.push_back(8 + (s * s + 3 * i + s * i) % 31);
  }
  return ids;
}

struct Setup {
  explicit Setup(const std::string& scheme, const std::string& method = "gptq") {
    TinyEncoder encoder;
    encoder.begin_id = kBegin;
    encoder.prefix = "bert.";
    encoder.Fill();
    encoder.Write(dir.path());
    job.input = dir.path();
    job.output = dir.File("out.pawl");
    job.recipe = Recipe::ForScheme(scheme);
    job.recipe.rules[0].method.name = method;
    job.calibration_ids = Sentences(60);
  }
  absl::StatusOr<Report> Run(int threads = 2, const std::string& target = "") const {
    return RunJob(job, *MakeContext(threads, target));
  }
  double Decibels() const {
    const TempDir quantized;
    for (const char* name : {"config.json", "vocab.txt"}) {
      Spill(quantized.File(name), Slurp(dir.File(name)));
    }
    Spill(quantized.File("model.pawl"), Slurp(job.output));
    const auto model = LanguageModel::Open(quantized.path());
    const auto reference = LanguageModel::Open(dir.path());
    INFO(model.status().ToString());
    REQUIRE(model.ok());
    const auto result = Evaluate(**model, reference->get(), Sentences(40), {}, *MakeContext());
    REQUIRE(result.ok());
    return result->embedding_sqnr_db;
  }

  TempDir dir;
  Job job;
};

std::string Name(int layer, const char* part) {
  return absl::StrCat("encoder.layer.", layer, ".", part);
}

// Mean squares of a value's columns in the float model, over all sequences.
std::vector<double> MeanSquares(const LanguageModel& model, const std::vector<int32_t>& ids,
                                const std::string& value, size_t columns) {
  ExecutorOptions options;
  options.observe = {value};
  const auto context = MakeContext();
  const auto executor = Executor::Create(model.graph(), options, context.get());
  REQUIRE(executor.ok());
  std::vector<double> sums(columns);
  (*executor)->SetObserver([&](absl::string_view, const Tensor& tensor) {
    for (int64_t i = 0; i < tensor.num_elements(); ++i) {
      const double x = tensor.as<float>()[i];
      sums[static_cast<size_t>(i) % columns] += x * x / static_cast<double>(ids.size());
    }
    return absl::OkStatus();
  });
  for (auto at = ids.begin(); at != ids.end();) {
    const auto end = std::find(at + 1, ids.end(), kBegin);
    std::vector<int64_t> wide(at, end), ones(wide.size(), 1), zeros(wide.size(), 0);
    std::vector<int64_t> positions(wide.size());
    for (size_t i = 0; i < positions.size(); ++i) positions[i] = static_cast<int64_t>(i);
    std::vector<Tensor> inputs;
    for (const auto* row : {&wide, &ones, &zeros, &positions}) {
      inputs.push_back(*Tensor::FromValues<int64_t>({1, static_cast<int64_t>(row->size())}, *row));
    }
    REQUIRE((*executor)->Run(inputs, *context).ok());
    at = end;
  }
  return sums;
}

TEST_CASE("encoder calibration: what meets each layer is what the whole model has there") {
  const Setup setup("int4:g32");
  const auto model = LanguageModel::Open(setup.dir.path());
  REQUIRE(model.ok());
  const std::vector<int32_t> ids = Sentences(20);
  const auto imatrix = CollectImatrix(setup.dir.path(), ids, 0, *MakeContext());
  INFO(imatrix.status().ToString());
  REQUIRE(imatrix.ok());
  CHECK(imatrix->entries.size() == 12);
  CHECK(imatrix->chunks == 20);
  const struct {
    std::string weight, value;
    size_t columns;
  } cases[] = {
      {Name(0, "attention.self.key.weight"), "embeddings.LayerNorm.out", 64},
      {Name(1, "attention.self.query.weight"), Name(0, "output.LayerNorm.out"), 64},
      {Name(1, "attention.output.dense.weight"), Name(1, "attention.self.mix.out"), 64},
      {Name(1, "intermediate.dense.weight"), Name(1, "attention.output.LayerNorm.out"), 64},
      {Name(1, "output.dense.weight"), Name(1, "intermediate.dense.out"), 96},
  };
  for (const auto& c : cases) {
    CAPTURE(c.weight);
    const ImatrixEntry* const entry = imatrix->Find(*GgufNameOf(c.weight));
    REQUIRE(entry != nullptr);
    const std::vector<double> expected = MeanSquares(**model, ids, c.value, c.columns);
    const std::vector<float> found = entry->Importance();
    REQUIRE(found.size() == c.columns);
    for (size_t i = 0; i < c.columns; ++i) CHECK(found[i] == Approx(expected[i]).epsilon(1e-4));
  }
}

TEST_CASE("encoder calibration: gptq is nearer to the float model than rounding to nearest") {
  for (const char* scheme : {"int3:g32", "int4:g32"}) {
    CAPTURE(scheme);
    Setup nearest(scheme, "rtn"), gptq(scheme), corrected(scheme), scaled(scheme, "awq");
    corrected.job.recipe.rules[0].method.correction = 1.0;
    for (Setup* setup : {&nearest, &gptq, &corrected, &scaled}) {
      const auto report = setup->Run();
      INFO(report.status().ToString());
      REQUIRE(report.ok());
    }
    const double base = nearest.Decibels();
    CHECK(gptq.Decibels() > base + 0.5);
    CHECK(corrected.Decibels() > base + 0.5);
    CHECK(scaled.Decibels() > base);
  }
}

TEST_CASE("encoder calibration: embeddings, norms and the pooler stay unless a rule names them") {
  Setup setup("int4:g32");
  auto report = setup.Run();
  INFO(report.status().ToString());
  REQUIRE(report.ok());
  int64_t quantized = 0;
  for (const TensorReport& tensor : report->tensors) {
    CAPTURE(tensor.name);
    quantized += tensor.quantized ? 1 : 0;
    CHECK(tensor.quantized ==
          (absl::StrContains(tensor.name, ".layer.") &&
           !absl::StrContains(tensor.name, "LayerNorm") && !absl::EndsWith(tensor.name, ".bias")));
    if (absl::StrContains(tensor.name, "word_") ||
        absl::StrContains(tensor.name, "pooler.dense.w")) {
      CHECK(absl::StrContains(tensor.reason, "unless a rule names"));
    }
  }
  CHECK(quantized == 12);
  RecipeRule rule;
  rule.pattern = "word_embeddings";
  rule.scheme = "int8";
  setup.job.recipe.rules.insert(setup.job.recipe.rules.begin(), rule);
  report = setup.Run();
  INFO(report.status().ToString());
  REQUIRE(report.ok());
  for (const TensorReport& tensor : report->tensors) {
    if (absl::StrContains(tensor.name, "word_")) CHECK(tensor.quantized);
  }
  CHECK(setup.Decibels() > 10.0);
}

TEST_CASE("encoder calibration: the same bytes for every number of threads and target") {
  Setup setup("int4:g32");
  setup.job.recipe.rules[0].method.correction = 0.5;
  REQUIRE(setup.Run(2).ok());
  const std::string expected = Slurp(setup.job.output);
  REQUIRE(setup.Run(1).ok());
  CHECK(Slurp(setup.job.output) == expected);
  for (const absl::string_view target : SupportedTargets()) {
    CAPTURE(target);
    REQUIRE(setup.Run(2, std::string(target)).ok());
    CHECK(Slurp(setup.job.output) == expected);
  }
}

// Cancels the job in front of the tensor of that number; false where it has fewer.
bool Interrupted(const Job& job, int tensors) {
  Context* running = nullptr;
  std::string last;
  int seen = 0;
  ContextOptions options;
  options.progress = [&](const Progress& progress) {
    if (progress.stage != "quantize" || progress.item == last) return;
    last = std::string(progress.item);
    if (seen++ == tensors) running->Cancel();
  };
  const auto context = *Context::Create(options);
  running = context.get();
  const absl::Status status = RunJob(job, *context).status();
  CHECK((status.ok() || absl::IsCancelled(status)));
  return !status.ok();
}

TEST_CASE("encoder calibration: resumed from any tensor on, the identical file") {
  Setup setup("int4:g32");
  setup.job.checkpoint_bytes = 0;
  const auto report = setup.Run();
  REQUIRE(report.ok());
  const std::string expected = Slurp(setup.job.output);
  setup.job.resume = true;
  for (int tensors = 1; tensors < static_cast<int>(report->tensors.size()); tensors += 3) {
    CAPTURE(tensors);
    std::filesystem::remove(setup.job.output);
    REQUIRE(Interrupted(setup.job, tensors));
    const auto resumed = setup.Run();
    INFO(resumed.status().ToString());
    REQUIRE(resumed.ok());
    CHECK(Slurp(setup.job.output) == expected);
  }
  std::filesystem::remove(setup.job.output);
  REQUIRE(Interrupted(setup.job, 20));
  std::filesystem::remove(setup.dir.File("vocab.txt"));  // the same ids in other sequences
  CHECK(FailsWith(setup.Run().status(), {"calibration", "windows"}));
}

}  // namespace
}  // namespace pawl
