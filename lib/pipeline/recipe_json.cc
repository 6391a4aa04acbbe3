// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Recipes as JSON text: version 1.0, described in pawl/recipe.h.

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/core/status_macros.h"
#include "lib/formats/file_io.h"
#include "lib/pipeline/recipe_words.h"
#include "lib/pipeline/strict_json.h"
#include "pawl/recipe.h"

namespace pawl {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr int kMajor = 1;
constexpr int kMinor = 0;

// Where unknown keys go: null for an error, else what a newer minor version may add.
using Ignored = std::vector<std::string>*;

absl::StatusOr<bool> IsNewerMinor(const std::string& version, absl::string_view name) {
  const std::vector<std::string> parts = absl::StrSplit(version, '.');
  int major = 0;
  int minor = 0;
  if (parts.size() != 2 || !absl::SimpleAtoi(parts[0], &major) ||
      !absl::SimpleAtoi(parts[1], &minor) || major < 1 || minor < 0) {
    return absl::InvalidArgumentError(absl::StrCat(name, ".pawl_recipe is '", version,
                                                   "'; it must be a version such as \"1.0\""));
  }
  if (major > kMajor) {
    return absl::UnimplementedError(absl::StrCat(name, " is of version ", version,
                                                 "; this Pawl reads version ", kMajor,
                                                 ".x, so a newer Pawl is needed"));
  }
  return minor > kMinor;
}

void ReadMethod(JsonFields& rule, RecipeMethod* method, Ignored ignored) {
  const json* value = rule.Find("method");
  if (value == nullptr) return;
  if (const std::string* name = value->get_ptr<const std::string*>()) {
    method->name = *name;
    return;
  }
  JsonFields fields(*value, rule.Path("method"));
  size_t range = static_cast<size_t>(method->range);
  fields.String("name", &method->name);
  fields.Word("range", WeightRangeWords(), &range);
  fields.Number("percentile", 0.0, 100.0, &method->percentile);
  fields.Int("kmeans_iterations", 1, kMaxKmeansIterations, &method->kmeans_iterations);
  fields.Number("damping", 0.0, kMaxDamping, &method->damping);
  fields.Bool("act_order", &method->act_order);
  fields.Bool("static_groups", &method->static_groups);
  fields.Number("correction", 0.0, 1.0, &method->correction);
  fields.Number("alpha", 0.0, 1.0, &method->alpha);
  method->range = static_cast<RangeMethod>(range);
  rule.Fail(fields.Finish(ignored));
}

absl::StatusOr<RecipeRule> ReadRule(const json& value, const std::string& where, Ignored ignored) {
  RecipeRule rule;
  JsonFields fields(value, where);
  size_t op = 0;
  fields.String("pattern", &rule.pattern);
  fields.Word("operator", OperatorWords(), &op);
  fields.String("scheme", &rule.scheme);
  fields.Bool("skip", &rule.skip);
  ReadMethod(fields, &rule.method, ignored);
  fields.String("fallback", &rule.fallback);
  rule.op = static_cast<OperatorType>(op);
  PAWL_RETURN_IF_ERROR(fields.Finish(ignored));
  return rule;
}

void ReadCalibration(JsonFields& recipe, RecipeCalibration* c, Ignored ignored) {
  const json* value = recipe.Find("calibration");
  if (value == nullptr) return;
  JsonFields fields(*value, recipe.Path("calibration"));
  fields.String("observer", &c->observer);
  fields.String("range", &c->range);
  fields.Number("percentile", 0.0, 100.0, &c->percentile);
  fields.Int("bins", kMinObserverBins, kMaxObserverBins, &c->bins);
  fields.Number("momentum", 0.0, 1.0, &c->momentum);
  fields.Bool("per_channel", &c->per_channel);
  fields.Int("max_samples", 0, INT64_MAX, &c->max_samples);
  recipe.Fail(fields.Finish(ignored));
}

void ReadRules(JsonFields& recipe, std::vector<RecipeRule>* rules, Ignored ignored) {
  const json* value = recipe.Find("rules");
  if (value == nullptr) return;
  if (!value->is_array()) return recipe.Fail("rules", "must be a list of objects");
  for (size_t i = 0; i < value->size(); ++i) {
    absl::StatusOr<RecipeRule> rule =
        ReadRule((*value)[i], recipe.Path(absl::StrCat("rules[", i, "]")), ignored);
    if (!rule.ok()) return recipe.Fail(rule.status());
    rules->push_back(*std::move(rule));
  }
}

ordered_json MethodJson(const RecipeMethod& method) {
  const RecipeMethod defaults;
  ordered_json out;
  out["name"] = method.name;
  if (method.range != defaults.range) {
    const absl::string_view word = WeightRangeWords()[static_cast<size_t>(method.range)];
    out["range"] = std::string(word);
  }
  if (method.percentile != defaults.percentile) out["percentile"] = method.percentile;
  if (method.kmeans_iterations != defaults.kmeans_iterations) {
    out["kmeans_iterations"] = method.kmeans_iterations;
  }
  if (method.damping != defaults.damping) out["damping"] = method.damping;
  if (method.act_order != defaults.act_order) out["act_order"] = method.act_order;
  if (method.static_groups != defaults.static_groups) out["static_groups"] = method.static_groups;
  if (method.correction != defaults.correction) out["correction"] = method.correction;
  if (method.alpha != defaults.alpha) out["alpha"] = method.alpha;
  return out;
}

ordered_json RuleJson(const RecipeRule& rule) {
  ordered_json out = ordered_json::object();
  if (!rule.pattern.empty()) out["pattern"] = rule.pattern;
  if (rule.op != OperatorType::kAny) out["operator"] = std::string(OperatorTypeName(rule.op));
  if (!rule.scheme.empty()) out["scheme"] = rule.scheme;
  if (rule.skip) out["skip"] = true;
  if (!(rule.method == RecipeMethod())) out["method"] = MethodJson(rule.method);
  if (!rule.fallback.empty()) out["fallback"] = rule.fallback;
  return out;
}

ordered_json CalibrationJson(const RecipeCalibration& c) {
  const RecipeCalibration defaults;
  ordered_json out = ordered_json::object();
  if (c.observer != defaults.observer) out["observer"] = c.observer;
  if (c.range != defaults.range) out["range"] = c.range;
  if (c.percentile != defaults.percentile) out["percentile"] = c.percentile;
  if (c.bins != defaults.bins) out["bins"] = c.bins;
  if (c.momentum != defaults.momentum) out["momentum"] = c.momentum;
  if (c.per_channel) out["per_channel"] = true;
  if (c.max_samples != 0) out["max_samples"] = c.max_samples;
  return out;
}

}  // namespace

absl::StatusOr<Recipe> Recipe::FromJson(absl::string_view text, absl::string_view name) {
  PAWL_ASSIGN_OR_RETURN(const json document, ParseStrictJson(text, name));
  JsonFields fields(document, std::string(name));
  std::string version;
  fields.String("pawl_recipe", &version);
  PAWL_RETURN_IF_ERROR(fields.status());
  if (version.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        name, " has no \"pawl_recipe\": \"1.0\", which tells a recipe from other JSON"));
  }
  PAWL_ASSIGN_OR_RETURN(const bool newer, IsNewerMinor(version, name));
  Recipe recipe;
  const Ignored ignored = newer ? &recipe.ignored_keys : nullptr;
  fields.String("description", &recipe.description);
  ReadRules(fields, &recipe.rules, ignored);
  fields.Strings("exclude", &recipe.exclude);
  ReadCalibration(fields, &recipe.calibration, ignored);
  PAWL_RETURN_IF_ERROR(fields.Finish(ignored));
  if (const absl::Status status = recipe.Validate(); !status.ok()) {
    return absl::Status(status.code(), absl::StrCat(name, ": ", status.message()));
  }
  return recipe;
}

absl::StatusOr<Recipe> Recipe::Load(const std::string& path) {
  PAWL_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxJsonBytes));
  return FromJson(text, path);
}

std::string Recipe::ToJson() const {
  ordered_json out;
  out["pawl_recipe"] = absl::StrCat(kMajor, ".", kMinor);
  if (!description.empty()) out["description"] = description;
  out["rules"] = ordered_json::array();
  for (const RecipeRule& rule : rules) out["rules"].push_back(RuleJson(rule));
  if (!exclude.empty()) out["exclude"] = exclude;
  if (!(calibration == RecipeCalibration())) out["calibration"] = CalibrationJson(calibration);
  return DumpJson(out);
}

}  // namespace pawl
