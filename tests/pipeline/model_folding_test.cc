// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Jobs whose method is awq or smoothquant, over language models: scales are folded into what makes
// the inputs.

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "catch2/catch_test_macros.hpp"
#include "lib/models/gguf_names.h"
#include "pawl/container.h"
#include "pawl/context.h"
#include "pawl/eval.h"
#include "pawl/gguf.h"
#include "pawl/imatrix.h"
#include "pawl/job.h"
#include "pawl/language_model.h"
#include "pawl/model_export.h"
#include "tests/formats/file_io_test_util.h"
#include "tests/models/tiny_decoder.h"

namespace pawl {
namespace {

using testing::FailsWith;
using testing::MakeContext;
using testing::Slurp;
using testing::TempDir;
using testing::Text;
using testing::TinyDecoder;

struct Setup {
  explicit Setup(const std::string& output, const std::string& scheme = "uint4:asym:g32") {
    decoder.bf16 = true;
    decoder.Fill();
    for (auto& [name, values] : decoder.weights) {  // some inputs are much larger than others
      if (!absl::StrContains(name, "layernorm")) continue;
      for (size_t i = 3; i < values.size(); i += 7) values[i] *= 8.0;
    }
    decoder.Write(dir.path());
    job.input = dir.path();
    job.output = dir.File(output);
    job.recipe = Recipe::ForScheme(scheme);
    job.recipe.rules[0].method.name = "awq";
    job.calibration_ids = Text(160);
  }
  Report Run(int threads = 2, const std::string& target = "") const {
    const auto context = MakeContext(threads, target);
    auto report = RunJob(job, *context);
    INFO(report.status().ToString());
    REQUIRE(report.ok());
    return *std::move(report);
  }
  double KL(const std::string& path) const {
    LanguageModelOptions options;
    options.executor.dynamic_int8 = int8;
    const auto model = LanguageModel::Open(path, options);
    const auto reference = LanguageModel::Open(dir.path());
    INFO(model.status().ToString());
    REQUIRE(model.ok());
    const auto context = MakeContext();
    const auto result = Evaluate(**model, reference->get(), Text(320), {}, *context);
    REQUIRE(result.ok());
    return result->mean_kl;
  }
  double KL() const {
    if (absl::EndsWith(job.output, ".gguf")) return KL(job.output);
    const TempDir folder;
    testing::Spill(folder.File("config.json"), Slurp(dir.File("config.json")));
    testing::Spill(folder.File("model.pawl"), Slurp(job.output));
    return KL(folder.path());
  }

  TinyDecoder decoder;
  TempDir dir;
  Job job;
  bool int8 = false;  // inputs of layers become int8, too
};

bool Said(const Report& report, const std::vector<std::string>& words) {
  return std::any_of(report.notes.begin(), report.notes.end(), [&](const std::string& note) {
    return std::all_of(words.begin(), words.end(),
                       [&](const std::string& word) { return absl::StrContains(note, word); });
  });
}

}  // namespace

TEST_CASE("model folding: the file has no scales of inputs, norms have them, in their type") {
  const Setup setup("out.pawl");
  const Report report = setup.Run();
  const auto reader = PawlReader::Open(setup.job.output);
  REQUIRE(reader.ok());
  int quantized = 0, changed = 0;
  for (const std::string& name : (*reader)->names()) {
    CAPTURE(name);
    if ((*reader)->Entry(name)->quantized) {
      const auto tensor = (*reader)->Get(name);
      REQUIRE(tensor.ok());
      CHECK_FALSE(tensor->scheme.input_scale);
      ++quantized;
    } else if (absl::StrContains(name, "layernorm")) {
      const Tensor norm = *(*reader)->GetPlain(name);
      CHECK(norm.dtype() == DType::kBF16);
      const std::vector<double>& before = setup.decoder.weights.at(name);
      const Tensor wide = *norm.ToF32();
      changed += !std::equal(before.begin(), before.end(), wide.as<float>().begin());
    }
  }
  CHECK(quantized == 14);
  CHECK(changed == 4);
  CHECK(Said(report, {"q_proj, k_proj and v_proj", "input_layernorm", "in 2 layers"}));
  CHECK(Said(report, {"o_proj", "v_proj", "one for the 2 heads"}));
  CHECK(Said(report, {"layer 1, attention", "ratio", "of the error without"}));
  CHECK(std::any_of(report.tensors.begin(), report.tensors.end(), [](const TensorReport& tensor) {
    return tensor.name == "model.layers.1.input_layernorm.weight" &&
           absl::StrContains(tensor.reason, "awq's scales");
  }));
}

TEST_CASE("model folding: nearer to the float model than rounding to nearest") {
  for (const std::string output : {"out.pawl", "out.gguf"}) {
    CAPTURE(output);
    Setup setup(output, absl::EndsWith(output, ".gguf") ? "q4_0" : "uint4:asym:g32");
    setup.Run();
    const double folded = setup.KL();
    setup.job.recipe.rules[0].method.name = "rtn";
    setup.Run();
    const double nearest = setup.KL();
    CAPTURE(folded, nearest);
    CHECK(folded > 0.0);
    CHECK(folded < 0.9 * nearest);
  }
}

TEST_CASE("model folding: the same bytes for every number of threads and target") {
  for (const std::string output : {"out.pawl", "out.gguf"}) {
    CAPTURE(output);
    const Setup setup(output, absl::EndsWith(output, ".gguf") ? "q4_0" : "uint3:asym:g32");
    setup.Run(1);
    const std::string once = Slurp(setup.job.output);
    setup.Run(3);
    CHECK(Slurp(setup.job.output) == once);
    for (const absl::string_view target : SupportedTargets()) {
      CAPTURE(target);
      setup.Run(2, std::string(target));
      CHECK(Slurp(setup.job.output) == once);
    }
  }
}

TEST_CASE("model folding: smoothquant takes outliers out of inputs that become int8") {
  // Of weights in 4 bits most of the loss is their own.
  for (const auto& [scheme, most] : {std::pair{"int8", 0.8}, {"int4:g32", 0.95}}) {
    CAPTURE(scheme);
    Setup setup("out.pawl", scheme);
    // A few columns of the norms' outputs far above all others, as in large models.
    for (auto& [name, values] : setup.decoder.weights) {
      if (!absl::StrContains(name, "layernorm")) continue;
      for (size_t i = 5; i < values.size(); i += 31) values[i] *= 40.0;
    }
    setup.decoder.Write(setup.dir.path());
    setup.int8 = true;
    setup.job.recipe.rules[0].method.name = "smoothquant";
    const Report report = setup.Run();
    CHECK(Said(report, {"smoothquant's scales for the inputs of q_proj, k_proj and v_proj are",
                        "input_layernorm", "in 2 layers"}));
    CHECK(Said(report, {"smoothquant's scales in layer 1, feed-forward", "alpha 0.5"}));
    CHECK(std::any_of(report.tensors.begin(), report.tensors.end(), [](const TensorReport& tensor) {
      return tensor.name == "model.layers.1.input_layernorm.weight" &&
             absl::StrContains(tensor.reason, "smoothquant's scales");
    }));
    const auto reader = PawlReader::Open(setup.job.output);
    for (const std::string& name : (*reader)->names()) {
      if ((*reader)->Entry(name)->quantized) CHECK_FALSE((*reader)->Get(name)->scheme.input_scale);
    }
    const double smooth = setup.KL();
    setup.job.recipe.rules[0].method.name = "rtn";
    setup.Run();
    const double nearest = setup.KL();
    CAPTURE(smooth, nearest);
    CHECK(smooth > 0.0);
    CHECK(smooth < most * nearest);
  }
}

TEST_CASE(
    "model folding: smoothquant's bytes are the same for every number of threads and target") {
  for (const std::string output : {"out.pawl", "out.gguf"}) {
    CAPTURE(output);
    Setup setup(output, absl::EndsWith(output, ".gguf") ? "q8_0" : "int8");
    setup.job.recipe.rules[0].method.name = "smoothquant";
    setup.job.recipe.rules[0].method.alpha = 0.8;
    setup.Run(1);
    const std::string once = Slurp(setup.job.output);
    CHECK(setup.KL() < 0.01);
    for (const absl::string_view target : SupportedTargets()) {
      CAPTURE(target);
      setup.Run(3, std::string(target));
      CHECK(Slurp(setup.job.output) == once);
    }
  }
}

TEST_CASE("model folding: folders for engines hold what the job made") {
  for (const std::string format : {"awq", "gptq_v2", "compressed-tensors"}) {
    CAPTURE(format);
    const Setup setup("out.pawl", format == "awq" ? "uint4:g32" : "int4:g32");
    setup.Run();
    const std::string out = setup.dir.File("folder");
    std::filesystem::create_directory(out);
    const auto report = ExportModel(setup.job.output, setup.dir.File("config.json"), out,
                                    *ParseCheckpointFormat(format));
    INFO(report.status().ToString());
    REQUIRE(report.ok());
    const double here = setup.KL(), there = setup.KL(out);
    CAPTURE(here, there);
    CHECK(std::abs(here - there) < 0.05 * here);  // scales of f16
  }
}

TEST_CASE("model folding: GGUF in, whose norms are f32, and its names") {
  Setup setup("out.gguf", "q4_0");
  const Report report = setup.Run();
  CHECK(Said(report, {"q_proj, k_proj and v_proj", "input_layernorm"}));
  const double folder = setup.KL();
  Job plain = setup.job;  // all layers stay in bf16
  plain.calibration_ids.clear();
  plain.output = setup.dir.File("plain.gguf");
  plain.recipe = Recipe::ForScheme("q8_0");
  plain.recipe.rules[0].pattern = "embed_tokens";
  const auto context = MakeContext();
  REQUIRE(RunJob(plain, *context).ok());
  setup.job.input = plain.output;
  CHECK(Said(setup.Run(), {"q_proj, k_proj and v_proj", "input_layernorm"}));
  const double file = setup.KL();
  CAPTURE(folder, file);
  CHECK(file < 1.3 * folder);
  CHECK(folder < 1.3 * file);
}

TEST_CASE("model folding: an imatrix speaks of the inputs without scales") {
  Setup setup("out.pawl");
  setup.job.imatrix_output = setup.dir.File("out.dat");
  setup.Run();
  const auto context = MakeContext();
  const Imatrix gathered = *ReadImatrix(setup.job.imatrix_output);
  const Imatrix exact = *CollectImatrix(setup.dir.path(), setup.job.calibration_ids, 0, *context);
  REQUIRE(gathered.entries.size() == 14);
  for (const auto& [name, bound] :
       {std::pair{"blk.0.attn_q.weight", 1e-5}, {"blk.0.attn_output.weight", 0.3}}) {
    CAPTURE(name);
    const auto& a = gathered.Find(name)->sums;
    const auto& b = exact.Find(name)->sums;
    REQUIRE(a.size() == b.size());
    for (size_t i = 0; i < a.size(); ++i) CHECK(std::abs(a[i] - b[i]) <= bound * b[i]);
  }
  // And goes in as such: what the walk finds itself, but for roundings.
  setup.job.recipe.rules[0].method.range = RangeMethod::kMse;
  setup.Run();
  const std::string walked = Slurp(setup.job.output);
  setup.job.imatrix = setup.job.imatrix_output;
  setup.job.imatrix_output.clear();
  setup.Run();
  const std::string given = Slurp(setup.job.output);
  REQUIRE(given.size() == walked.size());
  int differ = 0;
  for (size_t i = 0; i < given.size(); ++i) differ += given[i] != walked[i];
  CHECK(differ < static_cast<int>(given.size() / 500));
}

TEST_CASE("model folding: beside other methods only what is whole folds") {
  Setup setup("out.pawl");
  RecipeRule rule = setup.job.recipe.rules[0];
  rule.pattern = "layers\\.0\\.self_attn\\.v_proj";
  rule.method.name = "gptq";
  setup.job.recipe.rules.insert(setup.job.recipe.rules.begin(), rule);
  const Report report = setup.Run();
  CHECK(Said(report, {"no scales for the inputs of q_proj, k_proj and v_proj", "v_proj does not"}));
  CHECK(Said(report, {"no scales for the inputs of o_proj", "v_proj, whose rows"}));
  CHECK(Said(report, {"folded into input_layernorm"}));
  const auto reader = PawlReader::Open(setup.job.output);
  for (const std::string& name : (*reader)->names()) {
    if ((*reader)->Entry(name)->quantized) CHECK_FALSE((*reader)->Get(name)->scheme.input_scale);
  }
  const double mixed = setup.KL();
  for (RecipeRule& each : setup.job.recipe.rules) each.method.name = "rtn";
  setup.Run();
  CHECK(mixed < setup.KL());
}

TEST_CASE("model folding: a limit of memory counts what the search needs") {
  Setup setup("out.pawl");
  const uint64_t folded = setup.Run().peak_memory_bytes;
  setup.job.recipe.rules[0].method.name = "rtn";
  CHECK(setup.Run().peak_memory_bytes < folded);
  setup.job.recipe.rules[0].method.name = "awq";
  setup.job.max_memory = folded - 1;  // activations go to the disk
  const uint64_t least = setup.Run().peak_memory_bytes;
  CHECK(least < folded);
  setup.job.max_memory = least;
  CHECK(setup.Run().peak_memory_bytes == least);
  setup.job.max_memory = least - 1;
  const auto context = MakeContext();
  CHECK(absl::IsResourceExhausted(RunJob(setup.job, *context).status()));
}

}  // namespace pawl
