// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/pipeline/strict_json.h"
#include "pawl/graph_analysis.h"
#include "pawl/tensor.h"
#include "pawl/text.h"
#include "pawl/version.h"

namespace pawl {
namespace {

using nlohmann::ordered_json;

ordered_json LayerJson(const LayerAnalysis& layer) {
  ordered_json out;
  out["name"] = layer.name;
  out["operator"] = layer.op;
  out["weights"] = layer.weights;
  out["shape"] = layer.shape;
  out["input_type"] = layer.input_type;
  out["quantizable"] = layer.quantizable;
  out["reason"] = layer.reason;
  out["sqnr_db"] = layer.quantizable ? ordered_json(layer.sqnr_db) : ordered_json();
  out["drop"] = layer.quantizable ? ordered_json(layer.drop) : ordered_json();
  out["input_min"] = layer.input_min;
  out["input_max"] = layer.input_max;
  out["outlier_ratio"] = layer.outlier_ratio;
  out["channel_spread"] = layer.channel_spread;
  return out;
}

ordered_json CoverageJson(const CoverageAnalysis& entry) {
  ordered_json out;
  out["value"] = entry.value;
  out["min"] = entry.min;
  out["max"] = entry.max;
  out["growth"] = entry.growth;
  out["nan_count"] = entry.nan_count;
  out["inf_count"] = entry.inf_count;
  return out;
}

}  // namespace

std::string GraphAnalysis::ToJson() const {
  ordered_json out;
  out["pawl_graph_analysis"] = "1.0";
  out["pawl_version"] = VersionString();
  out["model"] = model;
  out["metric"] = metric;
  out["samples"] = samples;
  out["samples_compared"] = samples_compared;
  out["sqnr_db"] = sqnr_db;
  out["drop"] = drop;
  out["layers"] = ordered_json::array();
  for (const LayerAnalysis& layer : layers) out["layers"].push_back(LayerJson(layer));
  out["coverage"] = ordered_json::array();
  for (const CoverageAnalysis& entry : coverage) out["coverage"].push_back(CoverageJson(entry));
  out["notes"] = notes;
  ordered_json recipe_json =
      ordered_json::parse(recipe.ToJson(), nullptr, /*allow_exceptions=*/false);
  out["recipe"] = recipe_json.is_discarded() ? ordered_json() : std::move(recipe_json);
  out["recipe_kept"] = kept;
  out["recipe_sqnr_db"] = recipe_sqnr_db;
  out["recipe_drop"] = recipe_drop;
  return DumpJson(out);
}

std::string GraphAnalysis::ToText() const {
  TextTable table({"layer", "operator", "shape", "alone dB", "drop", "input min", "input max",
                   "outliers", "channels"},
                  3);
  std::vector<const LayerAnalysis*> sorted;
  for (const LayerAnalysis& layer : layers) {
    if (layer.quantizable) sorted.push_back(&layer);
  }
  std::stable_sort(
      sorted.begin(), sorted.end(),
      [](const LayerAnalysis* a, const LayerAnalysis* b) { return a->sqnr_db < b->sqnr_db; });
  for (const LayerAnalysis* layer : sorted) {
    table.AddRow({layer->name, layer->op, ShapeString(layer->shape), DecibelText(layer->sqnr_db),
                  absl::StrFormat("%.3g", layer->drop), absl::StrFormat("%.3g", layer->input_min),
                  absl::StrFormat("%.3g", layer->input_max),
                  absl::StrFormat("%.1f", layer->outlier_ratio),
                  absl::StrFormat("%.1f", layer->channel_spread)});
  }
  std::string text =
      absl::StrCat("Each layer alone quantized, the costliest first:\n", table.ToString());
  std::string kept_text;
  for (const LayerAnalysis& layer : layers) {
    if (layer.quantizable) continue;
    absl::StrAppend(&kept_text, "  ", Printable(layer.name), " (", layer.op,
                    "): ", Printable(layer.reason), "\n");
  }
  if (!kept_text.empty()) absl::StrAppend(&text, "\nNot quantized, and why:\n", kept_text);
  std::string growing;
  constexpr double kGrowing = 1.05;
  for (const CoverageAnalysis& entry : coverage) {
    if (entry.growth < kGrowing) break;
    absl::StrAppend(&growing, "  ", Printable(entry.value),
                    absl::StrFormat(": %.2f times\n", entry.growth));
  }
  if (!growing.empty()) {
    absl::StrAppend(&text,
                    "\nRanges that the second half of the samples made wider (more samples "
                    "would likely change them):\n",
                    growing);
  }
  for (const std::string& note : notes) absl::StrAppend(&text, "\n", Printable(note));
  absl::StrAppend(&text, "\n\n", samples, " samples observed, ", samples_compared,
                  absl::StrFormat(" compared; every layer quantized: %s dB, drop %.4g (%s)\n",
                                  DecibelText(sqnr_db), drop, metric));
  if (kept > 0) {
    absl::StrAppend(
        &text,
        absl::StrFormat("With %d layer%s in float: %s dB, drop %.4g; the recipe:\n", kept,
                        kept == 1 ? "" : "s", DecibelText(recipe_sqnr_db), recipe_drop),
        recipe.ToJson());
  }
  return text;
}

}  // namespace pawl
