// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/model_rotation.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "catch2/catch_test_macros.hpp"
#include "catch2/generators/catch_generators.hpp"
#include "lib/models/hadamard_transform.h"
#include "pawl/context.h"
#include "pawl/eval.h"
#include "pawl/gguf.h"
#include "pawl/job.h"
#include "pawl/language_model.h"
#include "pawl/model_export.h"
#include "pawl/safetensors.h"
#include "tests/formats/file_io_test_util.h"
#include "tests/models/tiny_decoder.h"

namespace pawl {
namespace {

using testing::DecoderCase;
using testing::DecoderCases;
using testing::Difference;
using testing::FailsWith;
using testing::Largest;
using testing::MakeContext;
using testing::Slurp;
using testing::Spill;
using testing::TempDir;
using testing::Text;
using testing::TinyDecoder;

struct Rotated {
  explicit Rotated(TinyDecoder given) : decoder(std::move(given)) {
    if (decoder.weights.empty()) decoder.Fill();
    decoder.Write(in.path());
  }
  absl::StatusOr<RotateReport> Run(const RotateOptions& options = {}, int threads = 2,
                                   const std::string& target = "") const {
    const auto context = MakeContext(threads, target);
    return RotateModel(in.path(), out.path(), options, *context);
  }
  // What is in the output folder.
  TinyDecoder Read() const {
    TinyDecoder read = decoder;
    read.weights.clear();
    const auto reader = SafetensorsReader::Open(out.path());
    REQUIRE(reader.ok());
    for (const SafetensorsEntry& entry : (*reader)->entries()) {
      const Tensor values = *(*reader)->Read(entry)->ToF32();
      const absl::Span<const float> all = values.as<float>();
      read.weights[entry.name].assign(all.begin(), all.end());
      if (entry.name == "lm_head.weight") read.tied = false;
    }
    return read;
  }

  TinyDecoder decoder;
  TempDir in, out;
};

std::vector<double> LogitsOf(const std::string& path, const std::vector<int32_t>& ids) {
  const auto model = LanguageModel::Open(path);
  INFO(model.status().ToString());
  REQUIRE(model.ok());
  const auto context = MakeContext();
  const Tensor out = *(*model)->Logits(ids, *context);
  return std::vector<double>(out.as<float>().begin(), out.as<float>().end());
}

double KL(const std::string& path, const std::string& reference, bool int8 = false) {
  LanguageModelOptions options;
  options.executor.dynamic_int8 = int8;
  const auto model = LanguageModel::Open(path, options), exact = LanguageModel::Open(reference);
  INFO(model.status().ToString());
  REQUIRE(model.ok());
  REQUIRE(exact.ok());
  const auto context = MakeContext();
  return Evaluate(**model, exact->get(), Text(320), {}, *context)->mean_kl;
}

}  // namespace

TEST_CASE("hadamard transforms: orthogonal, of equal magnitudes, in every size that there is") {
  std::vector<int64_t> sizes = {1, 2, 64, 12, 20, 28, 36, 44, 60, 96, 112, 140, 148, 576, 1536};
  for (const int64_t n : sizes) {
    CAPTURE(n);
    const auto made = HadamardTransform::Create(n);
    INFO(made.status().ToString());
    REQUIRE(made.ok());
    REQUIRE(made->size() == n);
    std::vector<double> scratch(static_cast<size_t>(made->order()));
    std::vector<std::vector<double>> rows;
    const double each = 1.0 / std::sqrt(static_cast<double>(n));
    bool equal = true;
    for (int64_t i = 0; i < n; ++i) {
      std::vector<double> x(static_cast<size_t>(n), 0.0);
      x[static_cast<size_t>(i)] = 1.0;
      made->Apply(x.data(), scratch.data());
      for (const double v : x) equal &= std::abs(std::abs(v) - each) < 1e-12;
      rows.push_back(std::move(x));
    }
    CHECK(equal);
    double worst = 0.0;
    for (size_t i = 0; i<rows.size(); i += n> 200 ? 37 : 1) {
      for (size_t j = 0; j < rows.size(); ++j) {
        double dot = i == j ? -1.0 : 0.0;
        for (size_t k = 0; k < rows[i].size(); ++k) dot += rows[i][k] * rows[j][k];
        worst = std::max(worst, std::abs(dot));
      }
    }
    CHECK(worst < 1e-12);
  }
  for (const int64_t n : {0, -4, 3, 6, 7, 172, 11008, 344, 4 * 2053}) {
    CAPTURE(n);
    CHECK(
        FailsWith(HadamardTransform::Create(n).status(), {"no Hadamard matrix", absl::StrCat(n)}));
  }
}

TEST_CASE("model rotation: the float model computes what it did") {
  std::vector<DecoderCase> cases = DecoderCases();
  cases.resize(7);
  cases[5].what = "a width of 12 x 8";
  cases[5].decoder.width = 96;
  cases[6].what = "a width of 36 x 2, heads of 20";
  cases[6].decoder.width = 72;
  cases[6].decoder.head = 20;
  const int parts = GENERATE(1, 2, 3);
  for (const DecoderCase& c : cases) {
    CAPTURE(c.what, parts);
    const Rotated model(c.decoder);
    const auto report =
        model.Run({.seed = 5, .stream = (parts & 1) != 0, .heads = (parts & 2) != 0});
    INFO(report.status().ToString());
    REQUIRE(report.ok());
    const TinyDecoder after = model.Read();
    const std::vector<int32_t> ids = Text(24);
    const std::vector<double> before = model.decoder.Logits(ids);
    // In f64: what is left are roundings of weights to f32.
    CHECK(Difference(before, after.Logits(ids)) < 4e-6 * Largest(before));
    CHECK(Difference(before, LogitsOf(model.out.path(), ids)) < 2e-5 * Largest(before));
    const bool stream = (parts & 1) != 0, heads = (parts & 2) != 0;
    for (const auto& [name, values] : after.weights) {
      CAPTURE(name);
      const bool norm = absl::StrContains(name, "layernorm") || name == "model.norm.weight";
      if (norm && stream) {
        CHECK(std::all_of(values.begin(), values.end(), [](double v) { return v == 1.0; }));
      }
      const bool v = absl::StrContains(name, "v_proj"), o = absl::StrContains(name, "o_proj");
      const bool changes = (v || o) ? heads || (stream && !absl::EndsWith(name, "v_proj.bias"))
                                    : stream && (norm || absl::EndsWith(name, "_proj.weight") ||
                                                 absl::StrContains(name, "embed"));
      const auto was = model.decoder.weights.find(name);
      if (was != model.decoder.weights.end() && name != "lm_head.weight") {
        CHECK((values != was->second) == changes);
      }
    }
    CHECK(after.tied == (c.decoder.tied && !stream));
    const std::string config = Slurp(model.out.File("config.json"));
    CHECK(absl::StrContains(config, "\"tie_word_embeddings\": false") == stream);
    CHECK(absl::StrContains(config, "\"torch_dtype\": \"float32\""));
    const auto said = [&](const char* word) {
      return std::any_of(report->notes.begin(), report->notes.end(),
                         [&](const std::string& note) { return absl::StrContains(note, word); });
    };
    CHECK(said("lm_head.weight is a tensor of its own now") == (c.decoder.tied && stream));
    CHECK(said("the residual stream is rotated") == stream);
    CHECK(said("v_proj's rows and o_proj's columns") == heads);
    CHECK(report->norms == (stream ? 5 : 0));
    const auto reader = *SafetensorsReader::Open(model.out.path());
    CHECK(absl::StrContains(reader->metadata().at("pawl.rotation"), "seed 5"));
  }
}

TEST_CASE("model rotation: the same bytes for every number of threads and target, by the seed") {
  const Rotated model{TinyDecoder()};
  REQUIRE(model.Run({}, 1).ok());
  const std::string once = Slurp(model.out.File("model.safetensors"));
  const TinyDecoder first = model.Read();
  for (const absl::string_view target : SupportedTargets()) {
    CAPTURE(target);
    REQUIRE(model.Run({}, 3, std::string(target)).ok());
    CHECK(Slurp(model.out.File("model.safetensors")) == once);
  }
  REQUIRE(model.Run({.seed = 1}).ok());
  CHECK(model.Read().weights != first.weights);
  // Each layer's heads have signs of their own.
  const std::string values = ".self_attn.v_proj.weight";
  REQUIRE(model.Run({.stream = false}).ok());
  CHECK(model.Read().weights.at("model.layers.0" + values) !=
        model.Read().weights.at("model.layers.1" + values));
}

TEST_CASE("model rotation: spreads outliers, so that int8 inputs lose less") {
  TinyDecoder decoder;
  decoder.Fill();
  // A few channels of the stream far above all others: the embedding's and the layers' outputs.
  for (auto& [name, values] : decoder.weights) {
    const bool rows = absl::StrContains(name, "o_proj") || absl::StrContains(name, "down_proj");
    if (!rows && !absl::StrContains(name, "embed")) continue;
    const size_t columns = static_cast<size_t>(decoder.Shape(name)[1]);
    for (size_t i = 0; i < values.size(); ++i) {
      if ((rows ? i / columns : i % columns) % 31 == 5) values[i] *= 30.0;
    }
  }
  decoder.tied = false;
  decoder.weights["lm_head.weight"] = TinyDecoder(decoder).weights.at("model.embed_tokens.weight");
  for (size_t i = 0; i < decoder.weights["lm_head.weight"].size(); ++i) {
    if (i % 64 % 31 == 5) decoder.weights["lm_head.weight"][i] /= 30.0;
  }
  const Rotated model(decoder);
  REQUIRE(model.Run().ok());
  const auto context = MakeContext();
  const auto loss = [&](const std::string& folder) {
    const TempDir made;
    Job job;
    job.input = folder;
    job.output = made.File("model.pawl");
    job.recipe = Recipe::ForScheme("int8");
    job.recipe.exclude = {"embed", "lm_head"};
    const auto report = RunJob(job, *context);
    INFO(report.status().ToString());
    REQUIRE(report.ok());
    Spill(made.File("config.json"), Slurp(folder + "/config.json"));
    return KL(made.path(), model.in.path(), true);
  };
  const double plain = loss(model.in.path()), rotated = loss(model.out.path());
  CAPTURE(plain, rotated);
  CHECK(rotated < 0.8 * plain);
}

TEST_CASE("model rotation: GGUF files and folders for engines are made of it as of any model") {
  const Rotated model{TinyDecoder()};
  REQUIRE(model.Run().ok());
  const auto context = MakeContext();
  Job job;
  job.input = model.out.path();
  job.output = model.out.File("q8.gguf");
  job.recipe = Recipe::ForScheme("q8_0");
  const auto gguf = RunJob(job, *context);
  INFO(gguf.status().ToString());
  REQUIRE(gguf.ok());
  CHECK(KL(job.output, model.in.path()) < 1e-3);
  const auto reader = *GgufReader::Open(job.output);
  REQUIRE(reader->Value("pawl.rotation") != nullptr);
  CHECK(std::any_of(gguf->notes.begin(), gguf->notes.end(), [](const std::string& note) {
    return absl::StrContains(note, "rotated (stream 64, heads 16, seed 0)");
  }));
  job.output = model.out.File("q.pawl");
  job.recipe = Recipe::ForScheme("int8:g32");
  job.recipe.exclude = {"embed", "lm_head"};
  REQUIRE(RunJob(job, *context).ok());
  const TempDir folder;
  REQUIRE(ExportModel(job.output, model.out.File("config.json"), folder.path(),
                      CheckpointFormat::kCompressedTensors)
              .ok());
  CHECK(KL(folder.path(), model.in.path()) < 1e-3);
  const auto exported = *SafetensorsReader::Open(folder.path());
  CHECK(exported->metadata().at("pawl.rotation") == "stream 64, heads 16, seed 0");
}

TEST_CASE("model rotation: what cannot be rotated is refused by name, and nothing is written") {
  TinyDecoder decoder;
  const auto refused = [](const Rotated& model, const std::vector<std::string>& words,
                          const RotateOptions& options = {}) {
    const absl::Status status = model.Run(options).status();
    INFO(status.ToString());
    CHECK(FailsWith(status, words));
    CHECK(model.out.Count() == 0);
  };
  refused(Rotated(decoder), {"nothing would be rotated"}, {.stream = false, .heads = false});
  decoder.width = 172;
  refused(Rotated(decoder), {"hidden_size", "172"});
  decoder.width = 64;
  decoder.head = 26;
  refused(Rotated(decoder), {"head_dim", "26"});
  decoder.head = 16;
  decoder.type = "gemma";
  decoder.more = ",\"hidden_activation\":\"gelu_pytorch_tanh\"";
  refused(Rotated(decoder), {"gemma"});
  decoder.type = "llama";
  decoder.more = ",\"quantization_config\":{\"quant_method\":\"gptq\"}";
  refused(Rotated(decoder), {"quantized already"});
  decoder.more.clear();
  const Rotated absurd(decoder);
  std::string config = Slurp(absurd.in.File("config.json"));
  for (const auto& [from, to] : {std::pair("layers\":2", "layers\":1024"),
                                 {"attention_heads\":4", "attention_heads\":64"},
                                 {"value_heads\":2", "value_heads\":64"},
                                 {"head_dim\":16", "head_dim\":64"}}) {
    REQUIRE(config.find(from) != std::string::npos);
    config.replace(config.find(from), std::string(from).size(), to);
  }
  Spill(absurd.in.File("config.json"), config);
  refused(absurd, {"too small", "1024 layers of 64 heads of 64"});
  decoder.Fill();
  TinyDecoder other = decoder;
  other.weights["model.layers.1.adapter.weight"].assign(40 * 64, 1.0);
  refused(Rotated(other), {"model.layers.1.adapter.weight", "none of this family's"});
  other = decoder;
  other.weights["model.layers.1.mlp.up_proj.weight"][3] = INFINITY;
  refused(Rotated(other), {"model.layers.1.mlp.up_proj.weight", "inf"});
  other = decoder;
  other.weights.erase("model.embed_tokens.weight");
  refused(Rotated(other), {"model.embed_tokens.weight"});
  const Rotated model(decoder);
  const auto context = MakeContext();
  CHECK(FailsWith(RotateModel(model.in.path(), model.in.path(), {}, *context).status(),
                  {"the output folder's file", "config.json"}));
  Spill(model.out.File("model.pawl"), "x");
  CHECK(FailsWith(model.Run().status(), {"model.pawl", "remove it"}));
  CHECK(model.out.Count() == 1);
}

}  // namespace pawl
