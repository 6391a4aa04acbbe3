// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/recipe.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/core/nearest.h"
#include "lib/core/status_macros.h"
#include "lib/pipeline/patterns.h"
#include "lib/pipeline/recipe_words.h"
#include "pawl/scheme.h"

namespace pawl {
namespace {

// The list of methods: a new one is a line here and a case where the job runs it.
constexpr NamedMethod kMethods[] = {
    {"rtn",
     "round to nearest; settings range (max, percentile, mse, search), percentile, "
     "kmeans_iterations"},
    {"gptq",
     "columns one after another, later ones making up for errors so far; needs recorded inputs or "
     "a text; settings range, percentile, kmeans_iterations, damping, act_order, static_groups, "
     "correction"},
    {"awq",
     "scales of input columns, folded into the layers before where a language model runs on a "
     "text, and clipped ranges; needs recorded inputs or a text; setting range"},
    {"smoothquant",
     "scales of input columns that even out large inputs, for layers that also quantize those; "
     "folded as awq's are, then weights are rounded to nearest; needs recorded inputs or a text; "
     "settings alpha, range, percentile, kmeans_iterations"},
    {"hqq",
     "float zero points that make many small errors of few large ones; for schemes with hqq"},
    {"blocks", "all parameters of a block searched for together, GGUF's formats above all"},
};

// Words that tell a table that is looked up from a matrix that is multiplied.
constexpr absl::string_view kEmbeddingWords[] = {"embed", "wte.", "wpe.", "wte_", "lookup"};

constexpr absl::string_view kOtherWords[] = {"norm",         "bias",     "running_",
                                             "position_ids", "inv_freq", "rotary_emb"};

template <typename Words>
bool ContainsAny(absl::string_view text, const Words& words) {
  return std::any_of(std::begin(words), std::end(words),
                     [&](absl::string_view word) { return absl::StrContains(text, word); });
}

absl::Status At(absl::string_view where, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat(where, ": ", status.message()));
}

absl::Status CheckWord(absl::string_view where, absl::string_view word,
                       absl::Span<const absl::string_view> words) {
  if (std::find(words.begin(), words.end(), word) != words.end()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(where, " is '", word, "', which is not known",
                   DidYouMean(word, std::vector<std::string>(words.begin(), words.end()))));
}

absl::Status CheckPercentile(absl::string_view where, double percentile) {
  if (percentile > 0.0 && percentile <= 100.0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(where, " is ", percentile, "; it must be above 0 and at most 100"));
}

absl::Status ValidateRule(const RecipeRule& rule, absl::string_view where) {
  PAWL_RETURN_IF_ERROR(Pattern::Compile(rule.pattern, absl::StrCat(where, ".pattern")).status());
  if (static_cast<int>(rule.op) >= kNumOperatorTypes) {
    return absl::InvalidArgumentError(absl::StrCat(where, ".operator is not a known type"));
  }
  PAWL_RETURN_IF_ERROR(
      CheckWord(absl::StrCat(where, ".method.name"), rule.method.name, MethodWords()));
  PAWL_RETURN_IF_ERROR(
      CheckPercentile(absl::StrCat(where, ".method.percentile"), rule.method.percentile));
  if (rule.method.kmeans_iterations < 1 || rule.method.kmeans_iterations > kMaxKmeansIterations) {
    return absl::InvalidArgumentError(
        absl::StrCat(where, ".method.kmeans_iterations is ", rule.method.kmeans_iterations,
                     "; it must be a whole number from 1 to ", kMaxKmeansIterations));
  }
  if (!(rule.method.damping >= 0.0 && rule.method.damping <= kMaxDamping)) {
    return absl::InvalidArgumentError(absl::StrCat(
        where, ".method.damping is ", rule.method.damping, "; it must be from 0 to ", kMaxDamping));
  }
  if (!(rule.method.correction >= 0.0 && rule.method.correction <= 1.0)) {
    return absl::InvalidArgumentError(absl::StrCat(
        where, ".method.correction is ", rule.method.correction, "; it must be from 0 to 1"));
  }
  if (!(rule.method.alpha >= 0.0 && rule.method.alpha <= 1.0)) {
    return absl::InvalidArgumentError(
        absl::StrCat(where, ".method.alpha is ", rule.method.alpha, "; it must be from 0 to 1"));
  }
  if (rule.skip) {
    if (rule.scheme.empty() && rule.fallback.empty()) return absl::OkStatus();
    return absl::InvalidArgumentError(
        absl::StrCat(where, " skips its tensors and yet has a scheme or a fallback; drop one"));
  }
  if (rule.scheme.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(where, " has no scheme (such as \"int4:g128\") and no \"skip\": true"));
  }
  if (const auto scheme = ParseScheme(rule.scheme); !scheme.ok()) {
    return At(absl::StrCat(where, ".scheme"), scheme.status());
  }
  if (!rule.fallback.empty() && rule.fallback != "keep") {
    if (const auto scheme = ParseScheme(rule.fallback); !scheme.ok()) {
      const absl::Status status =
          EditDistance(rule.fallback, "keep") < 3
              ? absl::InvalidArgumentError(
                    absl::StrCat("unknown word '", rule.fallback, "'; did you mean 'keep'?"))
              : scheme.status();
      return At(absl::StrCat(where, ".fallback (\"keep\" or a scheme)"), status);
    }
  }
  return absl::OkStatus();
}

absl::Status ValidateCalibration(const RecipeCalibration& c) {
  PAWL_RETURN_IF_ERROR(CheckWord("calibration.observer", c.observer, ObserverWords()));
  PAWL_RETURN_IF_ERROR(CheckWord("calibration.range", c.range, ActivationRangeWords()));
  PAWL_RETURN_IF_ERROR(CheckPercentile("calibration.percentile", c.percentile));
  if (c.bins < kMinObserverBins || c.bins > kMaxObserverBins || (c.bins & (c.bins - 1)) != 0) {
    return absl::InvalidArgumentError(absl::StrCat("calibration.bins is ", c.bins,
                                                   "; it must be a power of two from ",
                                                   kMinObserverBins, " to ", kMaxObserverBins));
  }
  if (!(c.momentum > 0.0 && c.momentum <= 1.0)) {
    return absl::InvalidArgumentError(
        absl::StrCat("calibration.momentum is ", c.momentum, "; it must be above 0 and at most 1"));
  }
  if (c.max_samples < 0) {
    return absl::InvalidArgumentError("calibration.max_samples is negative; 0 means all");
  }
  return absl::OkStatus();
}

}  // namespace

absl::string_view OperatorTypeName(OperatorType type) {
  const auto index = static_cast<size_t>(type);
  return index < OperatorWords().size() ? OperatorWords()[index] : "invalid";
}

OperatorType ClassifyTensor(absl::string_view name, absl::Span<const int64_t> shape) {
  const std::string lower = absl::AsciiStrToLower(name);
  if (shape.size() < 2 || shape.size() > 5 || ContainsAny(lower, kOtherWords)) {
    return OperatorType::kOther;
  }
  if (shape.size() > 2) return OperatorType::kConv;
  return ContainsAny(lower, kEmbeddingWords) ? OperatorType::kEmbedding : OperatorType::kLinear;
}

absl::Span<const NamedMethod> Methods() { return kMethods; }

absl::Span<const absl::string_view> MethodWords() {
  static constexpr absl::string_view kWords[] = {kMethods[0].name, kMethods[1].name,
                                                 kMethods[2].name, kMethods[3].name,
                                                 kMethods[4].name, kMethods[5].name};
  static_assert(std::size(kWords) == std::size(kMethods));
  return kWords;
}

Recipe Recipe::ForScheme(absl::string_view scheme) {
  Recipe recipe;
  recipe.rules.emplace_back();
  recipe.rules.back().scheme = std::string(scheme);
  return recipe;
}

absl::Status Recipe::Validate() const {
  if (rules.empty()) {
    return absl::InvalidArgumentError(
        "the recipe has no rules; a rule such as {\"scheme\": \"int8\"} says what to do");
  }
  for (size_t i = 0; i < rules.size(); ++i) {
    PAWL_RETURN_IF_ERROR(ValidateRule(rules[i], absl::StrCat("rules[", i, "]")));
  }
  for (size_t i = 0; i < exclude.size(); ++i) {
    const std::string where = absl::StrCat("exclude[", i, "]");
    if (exclude[i].empty()) {
      return absl::InvalidArgumentError(absl::StrCat(where, " is empty; it would exclude all"));
    }
    PAWL_RETURN_IF_ERROR(Pattern::Compile(exclude[i], where).status());
  }
  return ValidateCalibration(calibration);
}

}  // namespace pawl
