// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/pipeline/job_plan.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/methods/source.h"
#include "lib/pipeline/job_method.h"
#include "lib/pipeline/patterns.h"
#include "pawl/job.h"

namespace pawl {
namespace {

struct CompiledRule {
  const RecipeRule* rule = nullptr;
  Pattern pattern;
  Scheme scheme;
  Scheme fallback;
  bool has_fallback_scheme = false;
  bool pattern_matched = false;
  int64_t decided = 0;
  int64_t quantized = 0;
  std::string first_refusal;  // "name: reason"
};

absl::Status NoMatch(absl::string_view where, const std::string& pattern,
                     absl::Span<const SafetensorsEntry> entries) {
  std::vector<std::string> names;
  for (const SafetensorsEntry& entry : entries) names.push_back(entry.name);
  return absl::InvalidArgumentError(
      absl::StrCat(where, " '", pattern, "' matches no tensor", DidYouMeanName(pattern, names)));
}

absl::StatusOr<std::vector<CompiledRule>> CompileRules(const Recipe& recipe) {
  std::vector<CompiledRule> rules(recipe.rules.size());
  PatternSizes sizes;
  for (size_t i = 0; i < rules.size(); ++i) {
    const RecipeRule& rule = recipe.rules[i];
    CompiledRule& compiled = rules[i];
    compiled.rule = &rule;
    PAWL_ASSIGN_OR_RETURN(compiled.pattern, Pattern::Compile(rule.pattern, "pattern"));
    PAWL_RETURN_IF_ERROR(sizes.Add(compiled.pattern));
    if (rule.skip) continue;
    PAWL_ASSIGN_OR_RETURN(compiled.scheme, ParseScheme(rule.scheme));
    if (!rule.fallback.empty() && rule.fallback != "keep") {
      PAWL_ASSIGN_OR_RETURN(compiled.fallback, ParseScheme(rule.fallback));
      compiled.has_fallback_scheme = true;
    }
  }
  return rules;
}

bool OperatorMatches(const RecipeRule& rule, OperatorType op) {
  if (rule.op != OperatorType::kAny) return rule.op == op;
  return !rule.pattern.empty() || op != OperatorType::kOther;
}

// Why this tensor can have no scheme at all; empty where it can.
std::string Unquantizable(const SafetensorsEntry& entry) {
  if (!Source::Accepts(*entry.dtype)) {
    return absl::StrCat("its type ", DTypeName(*entry.dtype), " is not float");
  }
  if (entry.shape.size() < 2) return "it has fewer than two dimensions";
  if (std::find(entry.shape.begin(), entry.shape.end(), 0) != entry.shape.end()) {
    return "it has no elements";
  }
  return "";
}

std::string TooSmall(const SafetensorsEntry& entry, uint64_t bytes_after) {
  const uint64_t elements = entry.size / DTypeSize(*entry.dtype);
  if (elements < static_cast<uint64_t>(kMinElements)) {
    return absl::StrCat("it has fewer than ", kMinElements, " elements");
  }
  return bytes_after >= entry.size ? "it would not become smaller" : "";
}

uint64_t WorkBytes(const SafetensorsEntry& entry, const Scheme& scheme, uint64_t bytes_after,
                   int threads) {
  const uint64_t elements = entry.size / DTypeSize(*entry.dtype);
  const auto groups = static_cast<uint64_t>(NumGroups(scheme, entry.shape).value_or(0));
  const auto cols = static_cast<uint64_t>(entry.shape.back());
  uint64_t work = entry.size + bytes_after + 8 * groups;
  work += static_cast<uint64_t>(threads) * (16 * cols + (uint64_t{1} << 19));
  const bool copies = scheme.table == TableKind::kCodebook || scheme.input_scale ||
                      scheme.rotation.block > 0 || scheme.outliers.kind != ParamKind::kNone;
  return copies ? work + 4 * elements : work;
}

// Takes the rule's scheme, or its fallback, for the tensor.
absl::Status ChooseScheme(const CompiledRule& rule, PlannedTensor* planned) {
  const SafetensorsEntry& entry = *planned->entry;
  planned->scheme = rule.scheme;
  const absl::Status fits = CheckFits(rule.scheme, entry.shape);
  if (fits.ok()) {
    planned->quantize = true;
    return absl::OkStatus();
  }
  if (rule.rule->fallback.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "tensor '", entry.name, "': scheme '", rule.rule->scheme, "': ", fits.message(),
        "; or exclude the tensor, or give the rule a fallback"));
  }
  planned->reason = absl::StrCat("'", rule.rule->scheme, "' does not fit its shape");
  if (!rule.has_fallback_scheme) return absl::OkStatus();
  if (const absl::Status status = CheckFits(rule.fallback, entry.shape); !status.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("tensor '", entry.name, "': fallback '",
                                                   rule.rule->fallback, "': ", status.message()));
  }
  planned->scheme = rule.fallback;
  planned->quantize = true;
  absl::StrAppend(&planned->reason, ", so it became '", rule.rule->fallback, "'");
  return absl::OkStatus();
}

absl::Status Apply(CompiledRule& rule, int threads, PlannedTensor* planned) {
  const SafetensorsEntry& entry = *planned->entry;
  ++rule.decided;
  planned->by_name = !rule.rule->pattern.empty();
  if (rule.rule->skip) {
    planned->reason = "a rule skips it";
    return absl::OkStatus();
  }
  planned->reason = Unquantizable(entry);
  if (planned->reason.empty()) {
    PAWL_RETURN_IF_ERROR(ChooseScheme(rule, planned));
    if (planned->quantize) {
      PAWL_ASSIGN_OR_RETURN(const int64_t bytes, StorageBytes(planned->scheme, entry.shape));
      planned->bytes_after = static_cast<uint64_t>(bytes);
      const std::string small =
          planned->by_name ? std::string() : TooSmall(entry, planned->bytes_after);
      if (!small.empty()) {
        planned->quantize = false;
        planned->reason = small;
      }
    }
  }
  if (planned->quantize) {
    ++rule.quantized;
    planned->work_bytes = WorkBytes(entry, planned->scheme, planned->bytes_after, threads);
    const auto cols = static_cast<uint64_t>(entry.shape.back());
    const uint64_t elements = entry.size / DTypeSize(*entry.dtype);
    if (planned->op == OperatorType::kLinear || !NeedsInputs(rule.rule->method)) {
      planned->work_bytes += MethodBytes(rule.rule->method, planned->scheme, elements / cols, cols);
    }
  } else if (rule.first_refusal.empty()) {
    rule.first_refusal =
        absl::StrCat("'", entry.name, "' ", ShapeString(entry.shape), ": ", planned->reason);
  }
  return absl::OkStatus();
}

// After all tensors: what the rules did not do.
absl::Status CheckRules(const std::vector<CompiledRule>& rules,
                        absl::Span<const SafetensorsEntry> entries, JobPlan* plan) {
  int64_t quantized = 0;
  std::string refusal;
  for (size_t i = 0; i < rules.size(); ++i) {
    const CompiledRule& rule = rules[i];
    const std::string where = absl::StrCat("rules[", i, "]");
    quantized += rule.quantized;
    if (refusal.empty()) refusal = rule.first_refusal;
    if (!rule.rule->pattern.empty() && !rule.pattern_matched) {
      return NoMatch(absl::StrCat(where, ": pattern"), rule.rule->pattern, entries);
    }
    if (rule.decided == 0) {
      plan->notes.push_back(
          absl::StrCat(where,
                       " decided about no tensor: earlier rules or exclusions took those that it "
                       "matches, or none is of its operator type"));
      continue;
    }
    if (!rule.rule->pattern.empty() && !rule.rule->skip && rule.quantized == 0) {
      return absl::InvalidArgumentError(
          absl::StrCat(where, ": pattern '", rule.rule->pattern,
                       "' matches only tensors that cannot be quantized: ", rule.first_refusal));
    }
  }
  if (quantized == 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "no tensor would be quantized", refusal.empty() ? "" : "; the first refused: ", refusal));
  }
  return absl::OkStatus();
}

absl::Status PlanTensor(std::vector<CompiledRule>& rules, int threads, PlannedTensor* planned) {
  const SafetensorsEntry& entry = *planned->entry;
  CompiledRule* decides = nullptr;
  for (CompiledRule& rule : rules) {
    const bool name_matches = rule.pattern.Matches(entry.name);
    rule.pattern_matched |= name_matches;
    if (decides == nullptr && name_matches && OperatorMatches(*rule.rule, planned->op)) {
      decides = &rule;
      planned->rule = static_cast<int>(&rule - rules.data());
    }
  }
  if (!planned->reason.empty()) {  // excluded
    planned->rule = -1;
    return absl::OkStatus();
  }
  if (decides != nullptr) return Apply(*decides, threads, planned);
  planned->reason = Unquantizable(entry);
  if (planned->reason.empty()) {
    planned->reason =
        planned->op == OperatorType::kOther
            ? "its name is that of a norm, a bias or the like, and no pattern names it"
            : "no rule matches it";
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<JobPlan> PlanJob(absl::Span<const SafetensorsEntry> entries, const Recipe& recipe,
                                int threads) {
  PAWL_ASSIGN_OR_RETURN(std::vector<CompiledRule> rules, CompileRules(recipe));
  JobPlan plan;
  for (const SafetensorsEntry& entry : entries) {
    if (!entry.dtype.has_value()) {
      return absl::UnimplementedError(absl::StrCat("tensor '", entry.name, "' has the type ",
                                                   entry.dtype_name,
                                                   ", which Pawl can neither quantize nor keep"));
    }
    PlannedTensor planned;
    planned.entry = &entry;
    planned.op = ClassifyTensor(entry.name, entry.shape);
    plan.tensors.push_back(std::move(planned));
  }
  for (size_t i = 0; i < recipe.exclude.size(); ++i) {
    const std::string where = absl::StrCat("exclude[", i, "]");
    PAWL_ASSIGN_OR_RETURN(const Pattern pattern, Pattern::Compile(recipe.exclude[i], where));
    bool any = false;
    for (PlannedTensor& planned : plan.tensors) {
      if (!pattern.Matches(planned.entry->name)) continue;
      any = true;
      planned.reason = absl::StrCat("excluded by '", recipe.exclude[i], "'");
    }
    if (!any) return NoMatch("exclude", recipe.exclude[i], entries);
  }
  for (PlannedTensor& planned : plan.tensors) {
    PAWL_RETURN_IF_ERROR(PlanTensor(rules, threads, &planned));
    if (!planned.quantize) planned.bytes_after = planned.entry->size;
    plan.bytes_before += planned.entry->size;
    plan.bytes_after += planned.bytes_after;
    plan.peak_bytes = std::max(plan.peak_bytes, planned.work_bytes);
  }
  PAWL_RETURN_IF_ERROR(CheckRules(rules, entries, &plan));
  for (const std::string& key : recipe.ignored_keys) {
    plan.notes.push_back(absl::StrCat(key, " was ignored: this version does not know the key"));
  }
  // The program's own code and the file's directory, measured at some megabytes.
  plan.peak_bytes += uint64_t{8} << 20;
  return plan;
}

}  // namespace pawl
