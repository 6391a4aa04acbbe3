// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/graph_report.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/pipeline/strict_json.h"
#include "pawl/tensor.h"
#include "pawl/text.h"
#include "pawl/version.h"

namespace pawl {
namespace {

using nlohmann::ordered_json;

template <typename T>
ordered_json Optional(const std::optional<T>& value) {
  return value.has_value() ? ordered_json(*value) : ordered_json();
}

ordered_json LayerJson(const GraphLayerReport& layer) {
  ordered_json out;
  out["name"] = layer.name;
  out["operator"] = layer.op;
  out["weights"] = layer.weights;
  out["shape"] = layer.shape;
  out["quantized"] = layer.quantized;
  out["scheme"] = layer.scheme;
  out["activations"] = layer.activations;
  out["rule"] = layer.rule;
  out["reason"] = layer.reason;
  out["bytes_before"] = layer.bytes_before;
  out["bytes_after"] = layer.bytes_after;
  out["weight_sqnr_db"] = Optional(layer.weight_sqnr_db);
  out["input_min"] = Optional(layer.input_min);
  out["input_max"] = Optional(layer.input_max);
  out["input_scale"] = layer.input_scale;
  out["input_zero_point"] = layer.input_zero_point;
  out["raised_channels"] = layer.raised_channels;
  out["could_saturate"] = layer.could_saturate;
  return out;
}

std::string OptionalDecibels(const std::optional<double>& value) {
  return value.has_value() ? DecibelText(*value) : "-";
}

// Layers by reason, so that twenty of a kind are one line.
std::string Reasons(const std::vector<GraphLayerReport>& layers) {
  std::map<std::string, std::vector<std::string>> by_reason;
  for (const GraphLayerReport& layer : layers) {
    if (!layer.reason.empty()) by_reason[layer.reason].push_back(layer.name);
  }
  std::string text;
  for (const auto& [reason, names] : by_reason) {
    constexpr size_t kNamed = 3;
    absl::StrAppend(&text, "  ", Printable(reason), ": ");
    for (size_t i = 0; i < std::min(kNamed, names.size()); ++i) {
      absl::StrAppend(&text, i > 0 ? ", " : "", Printable(names[i]));
    }
    if (names.size() > kNamed) {
      absl::StrAppend(&text, " and ", names.size() - kNamed, " more");
    }
    absl::StrAppend(&text, "\n");
  }
  return text;
}

std::string Warnings(const GraphReport& report) {
  std::string text;
  int64_t saturating = 0;
  for (const GraphLayerReport& layer : report.layers) {
    saturating += layer.could_saturate ? 1 : 0;
    if (layer.raised_channels.empty()) continue;
    absl::StrAppend(&text, "  ", Printable(layer.name), ": ", layer.raised_channels.size(),
                    " channels have a larger weight scale, so that their bias fits int32\n");
  }
  if (saturating > 0) {
    absl::StrAppend(&text, "  ", saturating,
                    " layers could saturate in engines that add pairs of 8-bit products in int16, "
                    "on x86 CPUs without VNNI; scheme int7 cannot\n");
  }
  return text;
}

std::string Lines(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) absl::StrAppend(&text, "  ", Printable(line), "\n");
  return text;
}

}  // namespace

int64_t GraphReport::quantized_count() const {
  return std::count_if(layers.begin(), layers.end(),
                       [](const GraphLayerReport& layer) { return layer.quantized; });
}

std::string GraphReport::ToJson() const {
  ordered_json out;
  out["pawl_graph_report"] = "1.0";
  out["pawl_version"] = VersionString();
  out["input"] = input;
  out["output"] = output;
  out["mode"] = mode;
  out["target"] = target;
  out["format"] = format;
  out["dry_run"] = dry_run;
  ordered_json recipe_json = ordered_json::parse(recipe, nullptr, /*allow_exceptions=*/false);
  out["recipe"] = recipe_json.is_discarded() ? ordered_json() : std::move(recipe_json);
  out["threads"] = threads;
  out["cpu_target"] = cpu_target;
  out["seconds"] = seconds;
  out["samples"] = samples;
  out["samples_compared"] = samples_compared;
  out["bytes_before"] = bytes_before;
  out["bytes_after"] = bytes_after;
  out["file_bytes"] = file_bytes;
  out["layers_quantized"] = quantized_count();
  out["layers_kept"] = static_cast<int64_t>(layers.size()) - quantized_count();
  out["outputs"] = ordered_json::array();
  for (const GraphOutputReport& o : outputs) {
    ordered_json entry;
    entry["name"] = o.name;
    entry["sqnr_db"] = o.sqnr_db;  // JSON has no infinity: written as null
    entry["max_error"] = o.max_error;
    entry["same_decision"] = Optional(o.same_decision);
    out["outputs"].push_back(std::move(entry));
  }
  out["passes"] = passes;
  out["notes"] = notes;
  out["layers"] = ordered_json::array();
  for (const GraphLayerReport& layer : layers) out["layers"].push_back(LayerJson(layer));
  return DumpJson(out);
}

std::string GraphReport::ToText() const {
  TextTable table({"layer", "operator", "shape", "scheme", "activations", "weights dB"}, 5);
  for (const GraphLayerReport& layer : layers) {
    table.AddRow(
        {layer.name, layer.op, ShapeString(layer.shape), layer.quantized ? layer.scheme : "float",
         layer.quantized ? layer.activations : "float", OptionalDecibels(layer.weight_sqnr_db)});
  }
  std::string text = table.ToString();
  const auto section = [&](absl::string_view title, const std::string& body) {
    if (!body.empty()) absl::StrAppend(&text, "\n", title, ":\n", body);
  };
  section("In float, or otherwise than asked, and why", Reasons(layers));
  section("Passes", Lines(passes));
  section("Warnings", Warnings(*this));
  section("Notes", Lines(notes));
  if (!outputs.empty()) {
    TextTable errors({"output", "SQNR dB", "largest error", "same decision"}, 1);
    for (const GraphOutputReport& o : outputs) {
      errors.AddRow(
          {o.name, DecibelText(o.sqnr_db), absl::StrFormat("%.3g", o.max_error),
           o.same_decision.has_value() ? absl::StrFormat("%.2f %%", 100 * *o.same_decision) : "-"});
    }
    absl::StrAppend(&text, "\nAgainst the float model, on ", samples_compared, " samples:\n",
                    errors.ToString());
  }
  absl::StrAppend(&text, "\n", quantized_count(), " of ", layers.size(), " layers ",
                  dry_run ? "would be quantized" : "quantized", "; initialisers ",
                  HumanBytes(bytes_before));
  if (!dry_run) {
    absl::StrAppend(&text, " -> ", HumanBytes(bytes_after), "\n",
                    absl::StrFormat("%.2f s on %d thread%s (%s)", seconds, threads,
                                    threads == 1 ? "" : "s", cpu_target),
                    output.empty() ? "" : "; wrote ", output);
  }
  return absl::StrCat(text, "\n");
}

}  // namespace pawl
