// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Encoders: language_model.h, Hidden().

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "catch2/catch_test_macros.hpp"
#include "pawl/context.h"
#include "pawl/gguf.h"
#include "pawl/job.h"
#include "pawl/language_model.h"
#include "tests/formats/file_io_test_util.h"
#include "tests/models/tiny_decoder.h"
#include "tests/models/tiny_encoder.h"

namespace pawl {
namespace {

using testing::FailsWith;
using testing::MakeContext;
using testing::Slurp;
using testing::Spill;
using testing::TempDir;
using testing::TinyDecoder;
using testing::TinyEncoder;

const std::vector<int32_t> kIds = {3, 17, 0, 39, 17, 5, 28, 11, 6, 6, 21};

double Largest(absl::Span<const float> found, absl::Span<const double> expected) {
  REQUIRE(found.size() == expected.size());
  double largest = 0.0;
  for (size_t i = 0; i < found.size(); ++i) {
    largest = std::max(largest, std::abs(double{found[i]} - expected[i]));
  }
  return largest;
}

std::vector<TinyEncoder> Encoders() {
  std::vector<TinyEncoder> encoders(4);
  encoders[1].activation = "gelu_new";
  encoders[1].prefix = "bert.";
  encoders[1].pooler = false;
  encoders[2].activation = "relu";
  encoders[2].old_names = true;
  encoders[2].heads = 8;
  encoders[3].bf16 = true;
  encoders[3].heads = 1;
  encoders[3].types = 1;
  for (TinyEncoder& encoder : encoders) encoder.Fill();
  return encoders;
}

TEST_CASE("encoder: hidden states are those of plain loops, whatever its tensors are called") {
  for (const TinyEncoder& encoder : Encoders()) {
    CAPTURE(encoder.activation, encoder.prefix, encoder.old_names);
    const TempDir dir;
    encoder.Write(dir.path());
    const auto model = LanguageModel::Open(dir.path());
    INFO(model.status().ToString());
    REQUIRE(model.ok());
    CHECK((*model)->info().encoder);
    CHECK((*model)->info().architecture == "bert");
    CHECK((*model)->info().width == 64);
    CHECK((*model)->info().begin_id == -1);
    const auto context = MakeContext();
    const auto states = (*model)->Hidden(kIds, {}, *context);
    INFO(states.status().ToString());
    REQUIRE(states.ok());
    CHECK(states->shape() == std::vector<int64_t>{11, 64});
    CHECK(Largest(states->as<float>(), encoder.Hidden(kIds)) < 2e-5);
  }
}

TEST_CASE("encoder: sequences that run together are what each is alone, on any threads") {
  TinyEncoder encoder;
  encoder.Fill();
  const TempDir dir;
  encoder.Write(dir.path());
  const auto model = LanguageModel::Open(dir.path());
  REQUIRE(model.ok());
  const auto two = MakeContext(2), one = MakeContext(1);
  const std::vector<int64_t> lengths = {4, 1, 6};
  const auto together = (*model)->Hidden(kIds, lengths, *two);
  INFO(together.status().ToString());
  REQUIRE(together.ok());
  const Tensor kept = *together->Clone();
  const auto again = (*model)->Hidden(kIds, lengths, *one);
  REQUIRE(again.ok());
  CHECK(std::equal(kept.as<float>().begin(), kept.as<float>().end(), again->as<float>().begin()));
  size_t at = 0;
  for (const int64_t length : lengths) {
    const std::vector<int32_t> ids(kIds.begin() + static_cast<int64_t>(at),
                                   kIds.begin() + static_cast<int64_t>(at) + length);
    const auto rows = kept.as<float>().subspan(at * 64, ids.size() * 64);
    CHECK(Largest(rows, encoder.Hidden(ids)) < 2e-5);
    at += ids.size();
  }
  // More than run together.
  std::vector<int32_t> all;
  for (int i = 0; i < 40; ++i) all.insert(all.end(), kIds.begin(), kIds.begin() + 4);
  const auto groups = (*model)->Hidden(all, std::vector<int64_t>(40, 4), *two);
  REQUIRE(groups.ok());
  REQUIRE(groups->num_elements() == 40 * 4 * 64);
  const std::vector<double> alone = encoder.Hidden({kIds.begin(), kIds.begin() + 4});
  for (size_t i = 0; i < 40; ++i) {
    CHECK(Largest(groups->as<float>().subspan(i * 4 * 64, 4 * 64), alone) < 2e-5);
  }
  CHECK(FailsWith((*model)->Hidden(kIds, std::vector<int64_t>{4, 8}, *one).status(),
                  {"2 lengths", "11 ids"}));
  CHECK(FailsWith((*model)->Hidden(kIds, std::vector<int64_t>{4, 0, 7}, *one).status(),
                  {"3 lengths"}));
  CHECK(FailsWith((*model)->Hidden(kIds, std::vector<int64_t>{4}, *one).status(), {"1 lengths"}));
  const std::vector<int32_t> many(33, 1);
  CHECK(FailsWith((*model)->Hidden(many, {}, *one).status(), {"33 ids", "32 positions"}));
  CHECK(FailsWith((*model)->Hidden(std::vector<int32_t>{40}, {}, *one).status(), {"id 40"}));
  CHECK(FailsWith((*model)->Hidden({}, {}, *one).status(), {"no ids"}));
}

TEST_CASE("encoder: quantized by a job, embeddings too") {
  TinyEncoder encoder;
  encoder.prefix = "bert.";
  encoder.begin_id = 7;
  encoder.Fill();
  const TempDir dir;
  encoder.Write(dir.path());
  Job job;
  job.input = dir.path();
  job.output = dir.path() + "/model.pawl";
  job.recipe = Recipe::ForScheme("int8");
  const auto context = MakeContext();
  const auto report = RunJob(job, *context);
  INFO(report.status().ToString());
  REQUIRE(report.ok());
  for (const bool int8 : {false, true}) {
    LanguageModelOptions options;
    options.executor.dynamic_int8 = int8;
    const auto model = LanguageModel::Open(dir.path(), options);
    INFO(model.status().ToString());
    REQUIRE(model.ok());
    CHECK((*model)->info().begin_id == 7);
    CHECK((*model)->info().bits_per_weight() < 12.0);
    const auto states = (*model)->Hidden(kIds, {}, *context);
    INFO(states.status().ToString());
    REQUIRE(states.ok());
    const double largest = Largest(states->as<float>(), encoder.Hidden(kIds));
    CHECK(largest > 1e-4);
    CHECK(largest < 0.1);
  }
}

TEST_CASE("encoder: the same out of GGUF, with llama.cpp's names and word pieces") {
  TinyEncoder encoder;
  encoder.prefix = "bert.";
  encoder.old_names = true;
  encoder.begin_id = 7;
  encoder.Fill();
  const TempDir dir;
  encoder.Write(dir.path());
  std::string words = Slurp(dir.File("vocab.txt"));
  words.replace(words.find("word9\n"), 6, "##ing\r\n");
  Spill(dir.File("vocab.txt"), words);
  std::filesystem::create_directory(dir.File("1_Pooling"));
  Spill(dir.File("1_Pooling/config.json"),
        R"({"pooling_mode_cls_token": false, "pooling_mode_mean_tokens": true})");
  Job job;
  job.input = dir.path();
  job.output = dir.File("model.gguf");
  job.recipe = Recipe::ForScheme("q8_0");
  const auto context = MakeContext();
  const auto report = RunJob(job, *context);
  INFO(report.status().ToString());
  REQUIRE(report.ok());
  const auto reader = GgufReader::Open(job.output);
  REQUIRE(reader.ok());
  const GgufReader& file = **reader;
  CHECK(file.Find("token_embd.weight")->type_name == "Q8_0");
  CHECK(file.Find("blk.1.ffn_down.weight")->type_name == "Q8_0");
  CHECK(file.Find("position_embd.weight")->type_name == "F32");
  CHECK(file.Find("token_types.weight")->type_name == "F32");
  CHECK(file.Find("blk.1.layer_output_norm.bias")->type_name == "F32");
  CHECK(file.Find("pooler.dense.weight") == nullptr);
  CHECK(file.Value("general.architecture")->Text() == "bert");
  CHECK(file.Value("bert.pooling_type")->Unsigned() == 1u);
  CHECK(file.Value("tokenizer.ggml.cls_token_id")->Unsigned() == 7u);
  const auto model = LanguageModel::Open(job.output);
  INFO(model.status().ToString());
  REQUIRE(model.ok());
  CHECK((*model)->info().encoder);
  CHECK((*model)->info().begin_id == 7);
  const auto states = (*model)->Hidden(kIds, {}, *context);
  INFO(states.status().ToString());
  REQUIRE(states.ok());
  CHECK(Largest(states->as<float>(), encoder.Hidden(kIds)) < 0.1);
  // From GGUF to GGUF keys and names stay.
  Job again = job;
  again.input = job.output;
  again.output = dir.File("again.gguf");
  again.recipe = Recipe::ForScheme("q8_0");
  again.recipe.rules[0].pattern = "position_embd";
  again.recipe.rules[0].scheme = "q4_0";
  const auto second = RunJob(again, *context);
  INFO(second.status().ToString());
  REQUIRE(second.ok());
  const auto other = LanguageModel::Open(again.output);
  REQUIRE(other.ok());
  CHECK((*other)->info().begin_id == 7);
}

TEST_CASE("encoder: GGUF has no word for relu, and one for what is no encoder") {
  TinyEncoder encoder;
  const auto context = MakeContext();
  const TempDir dir;
  Job job;
  job.input = dir.path();
  job.output = dir.File("model.gguf");
  job.recipe = Recipe::ForScheme("q8_0");
  const auto written = [&](const std::string& activation) {
    encoder.activation = activation;
    encoder.Fill();
    encoder.Write(dir.path());
    return RunJob(job, *context);
  };
  CHECK(FailsWith(written("relu").status(), {"hidden_act is relu", "GGUF has no key"}));
  CHECK_FALSE(std::filesystem::exists(job.output));
  const auto note = [](const Report& report) { return absl::StrJoin(report.notes, "; "); };
  const auto exact = written("gelu"), near = written("gelu_new");
  REQUIRE(exact.ok());
  REQUIRE(near.ok());
  CHECK_FALSE(absl::StrContains(note(*exact), "which gelu"));
  CHECK(absl::StrContains(note(*near), "which gelu"));
  // A BERT that is a decoder: the key's value, after its name and type, is true.
  std::string bytes = Slurp(job.output);
  const std::string key = "bert.attention.causal";
  const size_t at = bytes.find(key) + key.size() + 4;
  REQUIRE(bytes.at(at) == 0);
  bytes[at] = 1;
  Spill(job.output, bytes);
  CHECK(FailsWith(LanguageModel::Open(job.output).status(), {"a BERT that is a decoder"}));
}

TEST_CASE("encoder: what it has not, and what a decoder has not, are errors") {
  TinyEncoder encoder;
  encoder.Fill();
  TinyDecoder decoder;
  decoder.Fill();
  const TempDir dir, other;
  encoder.Write(dir.path());
  decoder.Write(other.path());
  const auto context = MakeContext();
  const auto model = LanguageModel::Open(dir.path()), causal = LanguageModel::Open(other.path());
  REQUIRE(model.ok());
  REQUIRE(causal.ok());
  CHECK_FALSE((*causal)->info().encoder);
  CHECK(FailsWith((*model)->Logits(kIds, *context).status(), {"'bert'", "no logits"}));
  CHECK(FailsWith((*model)->Continue(kIds, *context).status(), {"'bert'", "no logits"}));
  CHECK(FailsWith((*model)->cached_graph().status(), {"encoder"}));
  CHECK(FailsWith((*causal)->Hidden(kIds, {}, *context).status(), {"'llama'", "no hidden"}));
  LanguageModelOptions options;
  options.positions = 33;
  CHECK(FailsWith(LanguageModel::Open(dir.path(), options).status(), {"33", "32"}));
}

TEST_CASE("encoder: settings that do not fit are errors that name them") {
  TinyEncoder encoder;
  encoder.Fill();
  const TempDir dir;
  encoder.Write(dir.path());
  const std::string good = Slurp(dir.path() + "/config.json");
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    Spill(dir.path() + "/config.json", text);
    return LanguageModel::Open(dir.path()).status();
  };
  CHECK(FailsWith(with("\"bert\"", "\"distilbert\""), {"'distilbert'", "encoders bert"}));
  CHECK(FailsWith(with("\"bert\"", "\"roberta\""), {"'roberta'", "encoders bert"}));
  CHECK(FailsWith(with("\"gelu\"", "\"mish\""), {"'mish'", "gelu_new"}));
  CHECK(FailsWith(with("}", ",\"position_embedding_type\":\"relative_key\"}"),
                  {"'relative_key'", "absolute"}));
  CHECK(FailsWith(with("}", ",\"is_decoder\":true}"), {"is_decoder"}));
  CHECK(FailsWith(with("heads\":4", "heads\":5"), {"heads 5 of 12", "width 64"}));
  CHECK(FailsWith(with("vocab_size\":2", "vocab_size\":0"), {"token types 0"}));
  CHECK(FailsWith(with("vocab_size\":2", "vocab_size\":3"), {"token_type", "[2, 64]", "[3, 64]"}));
  CHECK(FailsWith(with("layers\":2", "layers\":3"), {"encoder.layer.2.", "no tensor"}));
  CHECK(FailsWith(with("embeddings\":32", "embeddings\":33"), {"position", "[33, 64]"}));
  for (const char* absurd : {"0", "-1", "9223372036854775807", "1.5", "null"}) {
    CAPTURE(absurd);
    CHECK_FALSE(with("\"hidden_size\":64", std::string("\"hidden_size\":") + absurd).ok());
    CHECK_FALSE(with("heads\":4", std::string("heads\":") + absurd).ok());
  }
}

}  // namespace
}  // namespace pawl
