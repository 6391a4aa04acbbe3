// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/report.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/pipeline/strict_json.h"
#include "pawl/text.h"
#include "pawl/version.h"

namespace pawl {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

int64_t NumElements(const TensorReport& tensor) {
  int64_t elements = 1;
  for (const int64_t dim : tensor.shape) elements *= dim;
  return elements;
}

ordered_json ErrorJson(const QuantizationError& error) {
  ordered_json out;
  out["sqnr_db"] = error.sqnr_db;  // JSON has no infinity: written as null
  out["cosine"] = error.cosine;
  out["max_error"] = error.max_error;
  out["mse"] = error.mse;
  return out;
}

ordered_json ActivationJson(const ActivationReport& activation) {
  ordered_json out;
  out["samples"] = activation.samples;
  out["min"] = activation.min;
  out["max"] = activation.max;
  out["scale"] = activation.scale;
  out["nan_count"] = activation.nan_count;
  out["inf_count"] = activation.inf_count;
  return out;
}

ordered_json TensorJson(const TensorReport& t) {
  ordered_json out;
  out["name"] = t.name;
  out["dtype"] = t.dtype;
  out["shape"] = t.shape;
  out["operator"] = t.op;
  out["quantized"] = t.quantized;
  out["scheme"] = t.scheme;
  out["method"] = t.method;
  out["rule"] = t.rule;
  out["reason"] = t.reason;
  out["bytes_before"] = t.bytes_before;
  out["bytes_after"] = t.bytes_after;
  out["bits_per_weight"] = t.bits_per_weight;
  out["error"] = t.error.has_value() ? ErrorJson(*t.error) : ordered_json();
  out["activation"] = t.activation.has_value() ? ActivationJson(*t.activation) : ordered_json();
  out["nan_count"] = t.stats.nan_count;
  out["inf_count"] = t.stats.inf_count;
  out["zero_groups"] = t.stats.zero_groups;
  out["saturated_scales"] = t.stats.saturated_scales;
  out["underflowed_scales"] = t.stats.underflowed_scales;
  return out;
}

std::vector<std::string> TensorRow(const TensorReport& t, bool with_error) {
  std::vector<std::string> row = {t.name,
                                  t.dtype,
                                  ShapeString(t.shape),
                                  t.quantized ? t.scheme : "kept",
                                  HumanBytes(t.bytes_before),
                                  HumanBytes(t.bytes_after),
                                  absl::StrFormat("%.2f", t.bits_per_weight)};
  if (!with_error) return row;
  if (t.error.has_value()) {
    row.push_back(DecibelText(t.error->sqnr_db));
    row.push_back(absl::StrFormat("%.6f", t.error->cosine));
    row.push_back(absl::StrFormat("%.3g", t.error->max_error));
  } else {
    row.insert(row.end(), {"-", "-", "-"});
  }
  return row;
}

// Tensors by reason, so that a hundred biases are one line.
std::string Reasons(const std::vector<TensorReport>& tensors) {
  std::map<std::string, std::vector<const TensorReport*>> by_reason;
  for (const TensorReport& t : tensors) {
    if (!t.reason.empty()) by_reason[t.reason].push_back(&t);
  }
  std::string text;
  for (const auto& [reason, members] : by_reason) {
    constexpr size_t kNamed = 3;
    absl::StrAppend(&text, "  ", Printable(reason), ": ");
    for (size_t i = 0; i < std::min(kNamed, members.size()); ++i) {
      absl::StrAppend(&text, i > 0 ? ", " : "", Printable(members[i]->name));
    }
    if (members.size() > kNamed) {
      absl::StrAppend(&text, " and ", members.size() - kNamed, " more");
    }
    absl::StrAppend(&text, "\n");
  }
  return text;
}

std::string Warnings(const std::vector<TensorReport>& tensors) {
  std::string text;
  const auto add = [&](const TensorReport& t, int64_t count, absl::string_view what) {
    if (count > 0) absl::StrAppend(&text, "  ", Printable(t.name), ": ", count, " ", what, "\n");
  };
  for (const TensorReport& t : tensors) {
    add(t, t.stats.saturated_scales, "scales too large for their type, values were clipped");
    add(t, t.stats.underflowed_scales, "scales too small for their type, values became 0");
    add(t, t.stats.zero_groups, "groups of zeros only");
    if (!t.activation.has_value()) continue;
    const uint64_t bad = t.activation->nan_count + t.activation->inf_count;
    add(t, static_cast<int64_t>(bad), "recorded activations are NaN or infinite, and not counted");
  }
  return text;
}

}  // namespace

uint64_t Report::quantized_count() const {
  return static_cast<uint64_t>(std::count_if(tensors.begin(), tensors.end(),
                                             [](const TensorReport& t) { return t.quantized; }));
}

double Report::mean_bits_per_weight() const {
  double bits = 0.0;
  double elements = 0.0;
  for (const TensorReport& t : tensors) {
    if (!t.quantized) continue;
    bits += 8.0 * static_cast<double>(t.bytes_after);
    elements += static_cast<double>(NumElements(t));
  }
  return elements > 0.0 ? bits / elements : 0.0;
}

std::string Report::ToJson() const {
  ordered_json out;
  out["pawl_report"] = "1.0";
  out["pawl_version"] = VersionString();
  out["input"] = input;
  out["output"] = output;
  out["dry_run"] = dry_run;
  ordered_json recipe_json = ordered_json::parse(recipe, nullptr, /*allow_exceptions=*/false);
  out["recipe"] = recipe_json.is_discarded() ? ordered_json() : std::move(recipe_json);
  out["threads"] = threads;
  out["target"] = target;
  out["seconds"] = seconds;
  out["bytes_before"] = bytes_before;
  out["bytes_after"] = bytes_after;
  out["file_bytes"] = file_bytes;
  out["peak_memory_bytes"] = peak_memory_bytes;
  out["input_hash"] = input_hash;
  out["tensors_quantized"] = quantized_count();
  out["tensors_kept"] = tensors.size() - quantized_count();
  out["bits_per_weight"] = mean_bits_per_weight();
  out["notes"] = notes;
  out["tensors"] = ordered_json::array();
  for (const TensorReport& t : tensors) out["tensors"].push_back(TensorJson(t));
  return DumpJson(out);
}

std::string Report::ToText() const {
  std::vector<std::string> header = {"tensor", "type",  "shape", "scheme",
                                     "before", "after", "bits"};
  if (!dry_run) header.insert(header.end(), {"SQNR dB", "cosine", "max error"});
  TextTable table(header, /*left_columns=*/4);
  for (const TensorReport& t : tensors) table.AddRow(TensorRow(t, !dry_run));
  std::string text = table.ToString();
  const auto section = [&](absl::string_view title, const std::string& body) {
    if (!body.empty()) absl::StrAppend(&text, "\n", title, ":\n", body);
  };
  section("Kept, or changed otherwise than asked, and why", Reasons(tensors));
  section("Warnings", Warnings(tensors));
  std::string note_lines;
  for (const std::string& note : notes) absl::StrAppend(&note_lines, "  ", Printable(note), "\n");
  section("Notes", note_lines);
  absl::StrAppend(&text, "\n", quantized_count(), " of ", tensors.size(), " tensors ",
                  dry_run ? "would be quantized" : "quantized", ", ",
                  absl::StrFormat("%.2f", mean_bits_per_weight()), " bits per weight; ",
                  HumanBytes(bytes_before), " -> ", HumanBytes(bytes_after), "\n");
  if (dry_run) {
    absl::StrAppend(&text, "Peak memory beyond the mapped input: about ",
                    HumanBytes(peak_memory_bytes), "\n");
  } else {
    absl::StrAppend(&text,
                    absl::StrFormat("%.2f s on %d thread%s (%s)", seconds, threads,
                                    threads == 1 ? "" : "s", target),
                    output.empty() ? "" : "; wrote ", output, "\n");
  }
  return text;
}

}  // namespace pawl
