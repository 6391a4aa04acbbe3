// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/recipe.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "catch2/catch_test_macros.hpp"
#include "catch2/matchers/catch_matchers_string.hpp"
#include "lib/pipeline/recipe_words.h"
#include "pawl/graph_job.h"
#include "pawl/model_export.h"
#include "pawl/recipe_lists.h"

namespace pawl {
namespace {

using Catch::Matchers::ContainsSubstring;

constexpr absl::string_view kFull = R"({
  "pawl_recipe": "1.0",
  "description": "int4 body, float head",
  "rules": [
    {"operator": "embedding", "scheme": "int8"},
    {"pattern": "^head\\.", "skip": true},
    {"pattern": "mlp", "scheme": "codebook4", "method": {"kmeans_iterations": 7}},
    {"scheme": "int4:g128", "fallback": "int8",
     "method": {"name": "rtn", "range": "percentile", "percentile": 99.5}}
  ],
  "exclude": ["pooler", "lm_head$"],
  "calibration": {"observer": "minmax", "range": "minmax", "percentile": 99.9, "bins": 2048,
                  "momentum": 0.5, "per_channel": true, "max_samples": 128}
})";

std::string Error(absl::string_view text) {
  const absl::StatusOr<Recipe> recipe = Recipe::FromJson(text, "r.json");
  REQUIRE_FALSE(recipe.ok());
  return std::string(recipe.status().message());
}

// A recipe with one rule, given as the text of its fields.
std::string WithRule(absl::string_view fields) {
  return absl::StrCat(R"({"pawl_recipe": "1.0", "rules": [{)", fields, "}]}");
}

std::string WithCalibration(absl::string_view fields) {
  return absl::StrCat(R"({"pawl_recipe": "1.0", "rules": [{"scheme": "int8"}], "calibration": {)",
                      fields, "}}");
}

}  // namespace

TEST_CASE("A recipe with every field is read as written") {
  const absl::StatusOr<Recipe> recipe = Recipe::FromJson(kFull);
  INFO(recipe.status().ToString());
  REQUIRE(recipe.ok());
  CHECK(recipe->description == "int4 body, float head");
  REQUIRE(recipe->rules.size() == 4);
  CHECK(recipe->rules[0].op == OperatorType::kEmbedding);
  CHECK(recipe->rules[0].scheme == "int8");
  CHECK(recipe->rules[1].pattern == "^head\\.");
  CHECK(recipe->rules[1].skip);
  CHECK(recipe->rules[2].method.kmeans_iterations == 7);
  CHECK(recipe->rules[3].method.range == RangeMethod::kPercentile);
  CHECK(recipe->rules[3].method.percentile == 99.5);
  CHECK(recipe->rules[3].fallback == "int8");
  CHECK(recipe->exclude == std::vector<std::string>{"pooler", "lm_head$"});
  CHECK(recipe->calibration.observer == "minmax");
  CHECK(recipe->calibration.bins == 2048);
  CHECK(recipe->calibration.momentum == 0.5);
  CHECK(recipe->calibration.per_channel);
  CHECK(recipe->calibration.max_samples == 128);
}

TEST_CASE("A written recipe reads back equal, and is the same text again") {
  for (const std::string& text : {std::string(kFull), WithRule(R"("scheme": "nf4:dq")")}) {
    const absl::StatusOr<Recipe> recipe = Recipe::FromJson(text);
    REQUIRE(recipe.ok());
    const std::string written = recipe->ToJson();
    const absl::StatusOr<Recipe> again = Recipe::FromJson(written);
    INFO(written);
    REQUIRE(again.ok());
    CHECK(*again == *recipe);
    CHECK(again->ToJson() == written);
  }
}

TEST_CASE("A method may be given by its name alone") {
  const auto recipe = Recipe::FromJson(WithRule(R"("scheme": "int8", "method": "rtn")"));
  REQUIRE(recipe.ok());
  CHECK(recipe->rules[0].method == RecipeMethod());
}

TEST_CASE("ForScheme takes every tensor and checks its scheme in Validate") {
  CHECK(Recipe::ForScheme("int4:g128").Validate().ok());
  const absl::Status status = Recipe::ForScheme("itn4").Validate();
  REQUIRE_FALSE(status.ok());
  CHECK_THAT(std::string(status.message()), ContainsSubstring("'int4'"));
}

TEST_CASE("Errors name the field and the nearest word") {
  CHECK_THAT(
      Error(WithRule(R"("shceme": "int8")")),
      ContainsSubstring("r.json.rules[0]: unknown key 'shceme'") && ContainsSubstring("'scheme'"));
  CHECK_THAT(Error(WithRule(R"("scheme": "int4:g12x")")),
             ContainsSubstring("rules[0].scheme") && ContainsSubstring("'g12x'"));
  CHECK_THAT(Error(WithRule(R"("scheme": "int8", "operator": "linar")")),
             ContainsSubstring("rules[0].operator") && ContainsSubstring("'linear'"));
  CHECK_THAT(Error(WithRule(R"("scheme": "int8", "method": {"range": "perzentile"})")),
             ContainsSubstring("rules[0].method.range") && ContainsSubstring("'percentile'"));
  CHECK_THAT(Error(WithRule(R"("scheme": "int8", "method": "gtpq")")),
             ContainsSubstring("rules[0].method.name") && ContainsSubstring("'rtn'"));
  CHECK_THAT(
      Error(WithRule(R"("scheme": "int8", "method": {"percentle": 1})")),
      ContainsSubstring("rules[0].method: unknown key") && ContainsSubstring("'percentile'"));
  CHECK_THAT(Error(WithRule(R"("scheme": "int8", "pattern": "a[")")),
             ContainsSubstring("rules[0].pattern") && ContainsSubstring("'a['"));
  CHECK_THAT(Error(WithRule(R"("scheme": "int8", "fallback": "int9")")),
             ContainsSubstring("rules[0].fallback") && ContainsSubstring("'int8'"));
  CHECK_THAT(Error(WithRule(R"("scheme": "int8", "fallback": "kep")")),
             ContainsSubstring("rules[0].fallback") && ContainsSubstring("did you mean 'keep'?"));
  CHECK_THAT(Error(WithRule(R"("pattern": "x")")), ContainsSubstring("has no scheme"));
  CHECK_THAT(Error(WithRule(R"("skip": true, "scheme": "int8")")), ContainsSubstring("drop one"));
  CHECK_THAT(Error(WithCalibration(R"("observer": "histogramm")")),
             ContainsSubstring("calibration.observer") && ContainsSubstring("'histogram'"));
  CHECK_THAT(Error(WithCalibration(R"("bins": 1000)")), ContainsSubstring("power of two"));
  CHECK_THAT(Error(WithCalibration(R"("momentum": 0)")), ContainsSubstring("calibration.momentum"));
  CHECK_THAT(Error(R"({"pawl_recipe": "1.0", "rules": []})"), ContainsSubstring("no rules"));
  CHECK_THAT(Error(R"({"pawl_recipe": "1.0"})"), ContainsSubstring("no rules"));
  CHECK_THAT(Error(R"({"rules": [{"scheme": "int8"}]})"), ContainsSubstring("pawl_recipe"));
  CHECK_THAT(Error(R"({"pawl_recipe": "1.0", "rules": [{"scheme": "int8"}], "exclude": [""]})"),
             ContainsSubstring("exclude[0]"));
}

TEST_CASE("Values of the wrong type are errors that say both types") {
  CHECK_THAT(Error(WithRule(R"("scheme": 8)")),
             ContainsSubstring("rules[0].scheme is a number; it must be a string"));
  CHECK_THAT(Error(WithRule(R"("scheme": "int8", "skip": "yes")")),
             ContainsSubstring("is a string; it must be true or false"));
  CHECK_THAT(Error(WithRule(R"("scheme": "int8", "method": [])")),
             ContainsSubstring("rules[0].method is a list; it must be an object"));
  CHECK_THAT(Error(WithRule(R"("scheme": "int8", "method": {"percentile": 101})")),
             ContainsSubstring("method.percentile is 101"));
  CHECK_THAT(Error(WithRule(R"("scheme": "int8", "method": {"percentile": 0})")),
             ContainsSubstring("above 0"));
  CHECK_THAT(Error(WithRule(R"("scheme": "int8", "method": {"kmeans_iterations": 1.5})")),
             ContainsSubstring("whole number"));
  CHECK_THAT(
      Error(WithRule(R"("scheme": "int8", "method": {"kmeans_iterations": 18446744073709551615})")),
      ContainsSubstring("18446744073709551615"));
  CHECK_THAT(Error(R"({"pawl_recipe": "1.0", "rules": {}})"), ContainsSubstring("r.json.rules"));
  CHECK_THAT(Error(R"({"pawl_recipe": "1.0", "rules": [3]})"), ContainsSubstring("rules[0]"));
  CHECK_THAT(Error(R"({"pawl_recipe": 1, "rules": []})"), ContainsSubstring("pawl_recipe"));
  CHECK_THAT(Error(R"({"pawl_recipe": "1.0", "rules": [{"scheme": "int8"}], "exclude": [1]})"),
             ContainsSubstring("exclude[0]"));
  CHECK_THAT(Error("[]"), ContainsSubstring("must be an object"));
}

TEST_CASE("A newer minor version is read and says what it ignored, a newer major is refused") {
  const std::string newer =
      R"({"pawl_recipe": "1.7", "rules": [{"scheme": "int8", "speed": 1}], "colour": "red"})";
  const absl::StatusOr<Recipe> recipe = Recipe::FromJson(newer, "r");
  REQUIRE(recipe.ok());
  CHECK(recipe->ignored_keys == std::vector<std::string>{"r.rules[0].speed", "r.colour"});
  // The same keys in a file of this version are mistakes.
  CHECK_FALSE(Recipe::FromJson(absl::StrReplaceAll(newer, {{"1.7", "1.0"}})).ok());

  const auto major = Recipe::FromJson(absl::StrReplaceAll(newer, {{"1.7", "2.0"}}), "r");
  REQUIRE(major.status().code() == absl::StatusCode::kUnimplemented);
  CHECK_THAT(std::string(major.status().message()), ContainsSubstring("version 2.0"));
  for (const char* bad : {"", "1", "1.x", "0.1", "1.0.0", "-1.0", "99999999999999.0"}) {
    CHECK_FALSE(Recipe::FromJson(absl::StrReplaceAll(newer, {{"1.7", bad}})).ok());
  }
}

TEST_CASE("Hostile JSON is an error with its place, never a crash") {
  CHECK_THAT(Error("{\n  \"pawl_recipe\": \"1.0\",\n  oops\n}"), ContainsSubstring("line 3"));
  CHECK_THAT(Error(R"({"pawl_recipe": "1.0", "pawl_recipe": "1.0", "rules": []})"),
             ContainsSubstring("twice"));
  CHECK_THAT(Error(std::string(100000, '[')), ContainsSubstring("deep"));
  CHECK_THAT(Error(absl::StrCat(kFull, absl::string_view("\0{}", 3))), ContainsSubstring("NUL"));
  CHECK_THAT(Error(""), ContainsSubstring("line 1"));
  CHECK_THAT(Error("{\"pawl_recipe\": \"\xFF\"}"), ContainsSubstring("not valid JSON"));
  CHECK_THAT(Error(std::string((16 << 20) + 1, ' ')), ContainsSubstring("bytes"));
}

TEST_CASE("Every prefix and every changed byte of a recipe gives a result or an error") {
  int good = 0;
  for (size_t length = 0; length < kFull.size(); ++length) {
    CHECK_FALSE(Recipe::FromJson(kFull.substr(0, length)).ok());
  }
  for (size_t i = 0; i < kFull.size(); ++i) {
    for (const unsigned char mask : {0x01, 0x20, 0x80}) {
      std::string text(kFull);
      text[i] = static_cast<char>(static_cast<unsigned char>(text[i]) ^ mask);
      const absl::StatusOr<Recipe> recipe = Recipe::FromJson(text);
      if (!recipe.ok()) {
        CHECK_FALSE(recipe.status().message().empty());
        continue;
      }
      ++good;
      CHECK(Recipe::FromJson(recipe->ToJson()).ok());
    }
  }
  CHECK(good > 0);  // letters of the description and of patterns may change
}

TEST_CASE("Load names a missing file") {
  const absl::StatusOr<Recipe> recipe = Recipe::Load("/nonexistent/recipe.json");
  REQUIRE_FALSE(recipe.ok());
  CHECK_THAT(std::string(recipe.status().message()), ContainsSubstring("/nonexistent/recipe.json"));
}

TEST_CASE("Tensors are told apart by name and shape") {
  CHECK(ClassifyTensor("encoder.layer.0.attention.self.query.weight", {384, 384}) ==
        OperatorType::kLinear);
  CHECK(ClassifyTensor("embeddings.word_embeddings.weight", {30522, 384}) ==
        OperatorType::kEmbedding);
  CHECK(ClassifyTensor("model.embed_tokens.weight", {32000, 64}) == OperatorType::kEmbedding);
  CHECK(ClassifyTensor("transformer.wte.weight", {50257, 768}) == OperatorType::kEmbedding);
  CHECK(ClassifyTensor("features.0.weight", {32, 3, 3, 3}) == OperatorType::kConv);
  CHECK(ClassifyTensor("encoder.bias", {384}) == OperatorType::kOther);
  CHECK(ClassifyTensor("LayerNorm.weight", {384}) == OperatorType::kOther);
  CHECK(ClassifyTensor("rel_bias_table.bias", {32, 12}) == OperatorType::kOther);
  CHECK(ClassifyTensor("scalar", {}) == OperatorType::kOther);
}

TEST_CASE("Lists of words are those that recipes are read with") {
  const auto same = [](absl::Span<const NamedMethod> list,
                       absl::Span<const absl::string_view> words) {
    REQUIRE(list.size() == words.size());
    for (size_t i = 0; i < words.size(); ++i) {
      CHECK(list[i].name == words[i]);
      CHECK(!list[i].description.empty());
    }
  };
  same(OperatorTypeWords(), OperatorWords());
  same(RangeWords(), WeightRangeWords());
  same(CalibrationObserverWords(), ObserverWords());
  same(CalibrationRangeWords(), ActivationRangeWords());
  same(GraphModeList(), GraphModeWords());
  same(GraphTargetList(), GraphTargetWords());
  same(GraphFormatList(), GraphFormatWords());
  same(PassChoiceList(), PassChoiceWords());
  same(ModelFolderList(), CheckpointFormatNames());
}

}  // namespace pawl
