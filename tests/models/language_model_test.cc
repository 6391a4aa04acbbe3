// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/language_model.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "pawl/context.h"
#include "pawl/gguf.h"
#include "pawl/job.h"
#include "tests/formats/file_io_test_util.h"
#include "tests/models/tiny_decoder.h"

namespace pawl {
namespace {

using testing::FailsWith;
using testing::Slurp;
using testing::Spill;
using testing::TempDir;
using testing::TinyDecoder;

const std::vector<int32_t> kIds = {3, 17, 0, 39, 17, 5, 28, 11, 6, 6, 21};

std::unique_ptr<Context> MakeContext(int threads = 2) {
  ContextOptions options;
  options.threads = threads;
  return *Context::Create(options);
}

double Largest(const Tensor& logits, const std::vector<double>& expected) {
  REQUIRE(static_cast<size_t>(logits.num_elements()) == expected.size());
  double largest = 0.0;
  for (size_t i = 0; i < expected.size(); ++i) {
    largest = std::max(largest, std::abs(double{logits.as<float>()[i]} - expected[i]));
  }
  return largest;
}

void CheckLogits(const std::string& path, const TinyDecoder& decoder, double tolerance) {
  const auto model = LanguageModel::Open(path);
  INFO(model.status().ToString());
  REQUIRE(model.ok());
  const auto context = MakeContext();
  const auto logits = (*model)->Logits(kIds, *context);
  INFO(logits.status().ToString());
  REQUIRE(logits.ok());
  CHECK(logits->shape() == std::vector<int64_t>{11, decoder.vocabulary});
  CHECK(Largest(*logits, decoder.Logits(kIds)) < tolerance);
}

std::vector<TinyDecoder> Decoders() {
  std::vector<TinyDecoder> decoders(5);
  decoders[1].type = "mistral";
  decoders[1].window = 4;
  decoders[1].more = ",\"sliding_window\":4";
  decoders[1].tied = false;
  decoders[2].type = "qwen2";
  decoders[2].biases = true;
  decoders[2].base = 1000000.0;
  decoders[3].type = "qwen3";
  decoders[3].head_norms = true;
  decoders[3].head = 32;
  decoders[4].kv_heads = 4;
  decoders[4].more = ",\"torch_dtype\":\"float32\",\"rope_scaling\":null,\"unknown\":[{}]";
  for (TinyDecoder& decoder : decoders) decoder.Fill();
  return decoders;
}

TEST_CASE("language model: logits of each architecture are those of plain loops") {
  for (const TinyDecoder& decoder : Decoders()) {
    CAPTURE(decoder.type);
    const TempDir dir;
    decoder.Write(dir.path());
    CheckLogits(dir.path(), decoder, 2e-5);
  }
}

TEST_CASE("language model: the same out of GGUF, rows of queries and keys put back") {
  for (TinyDecoder decoder : Decoders()) {
    if (decoder.window > 0) continue;  // llama.cpp's llama has no window
    CAPTURE(decoder.type);
    const TempDir dir;
    decoder.Write(dir.path());
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
    CHECK((*reader)->Find("blk.1.ffn_down.weight")->type_name == "Q8_0");
    CHECK((*reader)->Find("blk.1.attn_norm.weight")->type_name == "F32");
    CHECK((*reader)->Value("general.architecture")->Text() == decoder.type);
    // 8 bits: near, and wrong by far if rows or names were mixed up.
    CheckLogits(job.output, decoder, 0.1);
  }
}

TEST_CASE("language model: what is run in pieces is what is run whole, on any threads") {
  TinyDecoder decoder;
  decoder.Fill();
  const TempDir dir;
  decoder.Write(dir.path());
  const auto model = LanguageModel::Open(dir.path());
  REQUIRE(model.ok());
  const auto two = MakeContext(2), one = MakeContext(1);
  const auto whole = (*model)->Logits(kIds, *two);
  REQUIRE(whole.ok());
  const Tensor kept = *whole->Clone();
  const auto again = (*model)->Logits(kIds, *one);
  REQUIRE(again.ok());
  CHECK(std::equal(kept.as<float>().begin(), kept.as<float>().end(), again->as<float>().begin()));
  for (int round = 0; round < 2; ++round) {
    size_t at = 0;
    for (const size_t count : {size_t{4}, size_t{1}, size_t{1}, size_t{5}}) {
      const auto piece = absl::MakeConstSpan(kIds).subspan(at, count);
      const auto logits = (*model)->Continue(piece, *two);
      INFO(logits.status().ToString());
      REQUIRE(logits.ok());
      const auto expected = kept.as<float>().subspan(at * 40, count * 40);
      double largest = 0.0;
      for (size_t i = 0; i < expected.size(); ++i) {
        largest = std::max(largest, std::abs(double{expected[i]} - logits->as<float>()[i]));
      }
      CHECK(largest < 1e-5);
      at += count;
    }
    (*model)->Restart();
  }
  std::vector<int32_t> many(33, 1);
  CHECK(FailsWith((*model)->Logits(many, *one).status(), {"33 ids", "32 positions"}));
  CHECK(FailsWith((*model)->Logits(std::vector<int32_t>{40}, *one).status(), {"id 40"}));
  CHECK(FailsWith((*model)->Logits({}, *one).status(), {"no ids"}));
}

TEST_CASE("language model: settings that do not fit are errors that name them") {
  TinyDecoder decoder;
  decoder.Fill();
  const TempDir dir;
  const auto open = [&](const std::string& config) {
    Spill(dir.path() + "/config.json", config);
    return LanguageModel::Open(dir.path()).status();
  };
  decoder.Write(dir.path());
  const std::string good = Slurp(dir.path() + "/config.json");
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return open(text);
  };
  REQUIRE(open(good).ok());
  CHECK(FailsWith(open("{"), {"config.json"}));
  CHECK(FailsWith(open("[]"), {"config.json", "object"}));
  CHECK(FailsWith(with("llama", "mamba"), {"'mamba'", "llama"}));
  CHECK(FailsWith(with("silu", "relu"), {"'relu'"}));
  CHECK(FailsWith(with("\"num_hidden_layers\":2", "\"num_hidden_layers\":3"),
                  {"model.layers.2.", "no tensor"}));
  CHECK(FailsWith(with("\"hidden_size\":64", "\"hidden_size\":65"), {"[40, 64]", "[40, 65]"}));
  for (const char* absurd : {"0", "-1", "9223372036854775807", "1.5", "null"}) {
    CAPTURE(absurd);
    CHECK_FALSE(with("\"hidden_size\":64", std::string("\"hidden_size\":") + absurd).ok());
    CHECK_FALSE(
        with("\"num_attention_heads\":4", std::string("\"num_attention_heads\":") + absurd).ok());
  }
  std::string huge = good;
  for (const auto& [from, to] : {std::pair{"size\":64,", "size\":16777216,"},
                                 {"heads\":4,", "heads\":16777216,"},
                                 {"head_dim\":16,", "head_dim\":16777216,"}}) {
    huge.replace(huge.find(from), std::string(from).size(), to);
  }
  CHECK(FailsWith(open(huge), {"config.json", "num_attention_heads", "head_dim", "columns"}));
  CHECK(FailsWith(with("}", ",\"rope_scaling\":{\"rope_type\":\"yarn\",\"factor\":4.0}}"),
                  {"'yarn'"}));
  CHECK(absl::IsNotFound(LanguageModel::Open(dir.path() + "/none").status()));
}

}  // namespace
}  // namespace pawl
