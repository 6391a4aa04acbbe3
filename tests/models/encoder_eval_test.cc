// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Evaluate() of encoders: eval.h.

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "catch2/catch_approx.hpp"
#include "catch2/catch_test_macros.hpp"
#include "nlohmann/json.hpp"
#include "pawl/context.h"
#include "pawl/eval.h"
#include "pawl/job.h"
#include "tests/formats/file_io_test_util.h"
#include "tests/models/tiny_decoder.h"
#include "tests/models/tiny_encoder.h"

namespace pawl {
namespace {

using Catch::Approx;
using testing::FailsWith;
using testing::MakeContext;
using testing::TempDir;
using testing::TinyDecoder;
using testing::TinyEncoder;

// Sequences that begin with 7; the second is longer than a context of 8.
const std::vector<std::vector<int32_t>> kSequences = {
    {7, 3, 17, 0}, {7, 39, 17, 5, 28, 11, 6, 6}, {21, 4, 9}, {7}, {7, 2, 30}};

std::vector<int32_t> Ids() {
  std::vector<int32_t> ids;
  for (const auto& sequence : kSequences) ids.insert(ids.end(), sequence.begin(), sequence.end());
  return ids;
}

// A float folder, and one with codes.
struct Folders {
  TempDir floats, codes;
  Folders() {
    TinyEncoder encoder;
    encoder.begin_id = 7;
    encoder.Fill();
    encoder.Write(floats.path());
    encoder.Write(codes.path());
    Job job;
    job.input = codes.path();
    job.output = codes.path() + "/model.pawl";
    job.recipe = Recipe::ForScheme("int4");
    REQUIRE(RunJob(job, *MakeContext()).ok());
  }
};

double Decibels(double signal, double noise) { return 10.0 * std::log10(signal / noise); }

TEST_CASE("encoder eval: figures are those of each sequence run alone") {
  const Folders folders;
  const auto floats = LanguageModel::Open(folders.floats.path());
  const auto codes = LanguageModel::Open(folders.codes.path());
  REQUIRE(floats.ok());
  REQUIRE(codes.ok());
  const auto context = MakeContext();
  double signal = 0.0, noise = 0.0, mean_signal = 0.0, mean_noise = 0.0, cosines = 0.0, least = 1.0;
  for (const auto& sequence : kSequences) {
    const auto exact = (*floats)->Hidden(sequence, {}, *context);
    const auto found = (*codes)->Hidden(sequence, {}, *context);
    REQUIRE(exact.ok());
    REQUIRE(found.ok());
    std::vector<double> r(64), x(64);
    for (int64_t i = 0; i < exact->num_elements(); ++i) {
      const double a = exact->as<float>()[i], b = found->as<float>()[i];
      signal += a * a;
      noise += (a - b) * (a - b);
      r[i % 64] += a / static_cast<double>(sequence.size());
      x[i % 64] += b / static_cast<double>(sequence.size());
    }
    double dot = 0.0, rr = 0.0, xx = 0.0;
    for (int j = 0; j < 64; ++j) {
      dot += r[j] * x[j];
      rr += r[j] * r[j];
      xx += x[j] * x[j];
      mean_noise += (r[j] - x[j]) * (r[j] - x[j]);
    }
    mean_signal += rr;
    cosines += dot / std::sqrt(rr * xx);
    least = std::min(least, dot / std::sqrt(rr * xx));
  }
  EvalOptions options;
  options.context = 8;
  const auto result = Evaluate(**codes, floats->get(), Ids(), options, *context);
  INFO(result.status().ToString());
  REQUIRE(result.ok());
  CHECK(result->encoder);
  CHECK(result->windows == 5);
  CHECK(result->ids == static_cast<int64_t>(Ids().size()));
  CHECK(result->hidden_sqnr_db == Approx(Decibels(signal, noise)).margin(1e-3));
  CHECK(result->embedding_sqnr_db == Approx(Decibels(mean_signal, mean_noise)).margin(1e-3));
  CHECK(result->embedding_cosine == Approx(cosines / 5.0).margin(1e-6));
  CHECK(result->embedding_cosine_min == Approx(least).margin(1e-6));
  CHECK(result->hidden_sqnr_db > 5.0);
  CHECK(result->hidden_sqnr_db < 40.0);
  CHECK(result->bits_per_weight < 10.0);
  CHECK(result->ids_per_second > 0.0);
}

TEST_CASE("encoder eval: texts have no word of predictions") {
  const Folders folders;
  const auto model = LanguageModel::Open(folders.floats.path());
  const auto same = LanguageModel::Open(folders.floats.path());
  REQUIRE(model.ok());
  REQUIRE(same.ok());
  const auto result = Evaluate(**model, same->get(), Ids(), {}, *MakeContext());
  INFO(result.status().ToString());
  REQUIRE(result.ok());
  CHECK(std::isinf(result->hidden_sqnr_db));
  CHECK(result->embedding_cosine == Approx(1.0));
  CHECK(result->windows == 4);
  for (const std::string& text : {result->ToText(), result->ToJson()}) {
    CAPTURE(text);
    for (const char* word : {"perplexity", "nats", "byte\"", "bits per byte", "kl", "KL", "top",
                             "first choice", "stride", "counted"}) {
      CAPTURE(word);
      CHECK(text.find(word) == std::string::npos);
    }
  }
  const auto json = nlohmann::json::parse(result->ToJson());
  CHECK(json["sequences"] == 4);
  CHECK(json["hidden_sqnr_db"].is_null());
  CHECK(json["embedding_cosine"].get<double>() == Approx(1.0));
  const auto alone = Evaluate(**model, nullptr, Ids(), {}, *MakeContext());
  REQUIRE(alone.ok());
  CHECK(alone->ToJson().find("cosine") == std::string::npos);
  CHECK(alone->ToText().find("reference") == std::string::npos);
}

TEST_CASE("encoder eval: what cannot be compared is an error") {
  const Folders folders;
  TinyDecoder decoder;
  decoder.Fill();
  const TempDir causal, narrow;
  decoder.Write(causal.path());
  TinyEncoder small;
  small.width = 32;
  small.Fill();
  small.Write(narrow.path());
  const auto model = LanguageModel::Open(folders.floats.path());
  const auto other = LanguageModel::Open(causal.path()), third = LanguageModel::Open(narrow.path());
  REQUIRE(model.ok());
  REQUIRE(other.ok());
  REQUIRE(third.ok());
  const auto context = MakeContext();
  CHECK(FailsWith(Evaluate(**model, other->get(), Ids(), {}, *context).status(),
                  {"'llama'", "'bert'"}));
  CHECK(FailsWith(Evaluate(**other, model->get(), Ids(), {}, *context).status(),
                  {"'llama'", "'bert'"}));
  CHECK(FailsWith(Evaluate(**model, third->get(), Ids(), {}, *context).status(), {"32", "64"}));
  EvalOptions options;
  options.stride = 4;
  CHECK(FailsWith(Evaluate(**model, nullptr, Ids(), options, *context).status(), {"stride"}));
  options = {};
  options.context = 33;
  CHECK(FailsWith(Evaluate(**model, nullptr, Ids(), options, *context).status(), {"33", "32"}));
}

}  // namespace
}  // namespace pawl
