// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/pipeline/graph_sensitivity.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/core/status_macros.h"

namespace pawl {
namespace {

// The outcome with other decisions. Statistics are moved along and back: they are large.
absl::Status EvaluateWith(const StaticInput& input, std::vector<bool> quantize,
                          StaticOutcome* outcome, StaticOutcome* other, Context& context) {
  other->float_graph = outcome->float_graph;
  other->decisions = outcome->decisions;
  other->settings = outcome->settings;
  for (size_t i = 0; i < quantize.size(); ++i) other->decisions[i].quantize = quantize[i];
  other->statistics = std::move(outcome->statistics);
  const absl::Status status = EvaluateStatic(input, other, context);
  outcome->statistics = std::move(other->statistics);
  return status;
}

std::vector<bool> Quantized(const StaticOutcome& outcome) {
  std::vector<bool> quantize;
  quantize.reserve(outcome.decisions.size());
  for (const LayerDecision& d : outcome.decisions) quantize.push_back(d.quantize);
  return quantize;
}

}  // namespace

absl::StatusOr<double> DropOf(const std::vector<OutputError>& errors, const std::string& metric) {
  if (metric == "sqnr") {
    double sum = 0;
    for (const OutputError& e : errors) {
      sum += e.noise == 0 ? 0 : std::min(1.0, e.noise / std::max(e.signal, 1e-300));
    }
    return errors.empty() ? 0.0 : sum / static_cast<double>(errors.size());
  }
  if (metric != "top1") {
    return absl::InvalidArgumentError(
        absl::StrCat("metric '", metric, "' is neither sqnr nor top1"));
  }
  double agreeing = 0, decisions = 0;
  for (const OutputError& e : errors) {
    agreeing += e.agreeing;
    decisions += e.decisions;
  }
  if (decisions == 0) {
    return absl::InvalidArgumentError(
        "metric top1 wants an output with several elements in its last dimension");
  }
  return 1.0 - agreeing / decisions;
}

absl::StatusOr<std::vector<LayerCost>> CostOfLayers(const StaticInput& input,
                                                    const std::string& metric,
                                                    StaticOutcome* outcome, Context& context) {
  std::vector<LayerCost> costs(outcome->decisions.size());
  const std::vector<bool> quantized = Quantized(*outcome);
  for (size_t i = 0; i < quantized.size(); ++i) {
    if (!quantized[i]) continue;
    context.Report(Progress{"analyze", outcome->decisions[i].name, i, quantized.size(), "layers"});
    std::vector<bool> alone(quantized.size(), false);
    alone[i] = true;
    StaticOutcome other;
    PAWL_RETURN_IF_ERROR(EvaluateWith(input, alone, outcome, &other, context));
    PAWL_ASSIGN_OR_RETURN(costs[i].drop, DropOf(other.errors, metric));
    costs[i].sqnr_db = MeanSqnr(other.errors);
  }
  return costs;
}

absl::Status KeepWorst(const StaticInput& input, const std::string& metric, double max_drop,
                       StaticOutcome* outcome, Context& context) {
  PAWL_ASSIGN_OR_RETURN(const double full, DropOf(outcome->errors, metric));
  if (full <= max_drop) return absl::OkStatus();
  PAWL_ASSIGN_OR_RETURN(const std::vector<LayerCost> costs,
                        CostOfLayers(input, metric, outcome, context));
  const std::vector<bool> quantized = Quantized(*outcome);
  std::vector<size_t> order;
  for (size_t i = 0; i < quantized.size(); ++i) {
    if (quantized[i]) order.push_back(i);
  }
  // Decisions are few and often tie: the error tells such layers apart.
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    if (costs[a].drop != costs[b].drop) return costs[a].drop > costs[b].drop;
    return costs[a].sqnr_db < costs[b].sqnr_db;
  });
  StaticOutcome best;
  double best_drop = 0;
  size_t low = 1, high = order.size();  // how many to keep; all of them leaves nothing to do
  while (low < high) {
    const size_t middle = (low + high) / 2;
    std::vector<bool> quantize = quantized;
    for (size_t k = 0; k < middle; ++k) quantize[order[k]] = false;
    StaticOutcome other;
    PAWL_RETURN_IF_ERROR(EvaluateWith(input, quantize, outcome, &other, context));
    PAWL_ASSIGN_OR_RETURN(const double drop, DropOf(other.errors, metric));
    if (drop <= max_drop) {
      best = std::move(other);
      best_drop = drop;
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  if (best.float_graph == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrFormat("even with one layer quantized the %s drop is more than %g; allow more, or "
                        "quantize weights "
                        "alone",
                        metric, max_drop));
  }
  best.statistics = std::move(outcome->statistics);
  best.passes = std::move(outcome->passes);
  for (size_t k = 0; k < high; ++k) {
    best.decisions[order[k]].reason =
        absl::StrFormat("kept in float for the bound of %g on %s", max_drop, metric);
  }
  best.passes.push_back(
      absl::StrFormat("%d layers of highest cost in float: the %s drop is %.4g, and was %.4g", high,
                      metric, best_drop, full));
  *outcome = std::move(best);
  return absl::OkStatus();
}

}  // namespace pawl
