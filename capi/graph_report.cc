// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What jobs on graphs report, and analyses of them.

#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "capi/files.h"
#include "capi/graph.h"
#include "capi/graph_job.h"
#include "capi/model_handles.h"

using pawl::Context;
using pawl::capi::Call;
using pawl::capi::Make;

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

template <typename T>
const T* At(const std::vector<T>& values, size_t index) {
  return index < values.size() ? &values[index] : nullptr;
}

const pawl::GraphLayerReport* LayerAt(const pawl_graph_report* report, size_t index) {
  return report == nullptr ? nullptr : At(report->report.layers, index);
}

const char* LayerText(const pawl_graph_report* report, size_t index,
                      std::string pawl::GraphLayerReport::*text) {
  const auto* layer = LayerAt(report, index);
  return layer == nullptr ? nullptr : (layer->*text).c_str();
}

const char* TextAt(const std::vector<std::string>& texts, size_t index) {
  const std::string* text = At(texts, index);
  return text == nullptr ? nullptr : text->c_str();
}

double Total(const pawl::GraphReport& report, int32_t figure) {
  switch (figure) {
    case PAWL_GRAPH_FIGURE_QUANTIZED:
      return static_cast<double>(report.quantized_count());
    case PAWL_GRAPH_FIGURE_BYTES_BEFORE:
      return static_cast<double>(report.bytes_before);
    case PAWL_GRAPH_FIGURE_BYTES_AFTER:
      return static_cast<double>(report.bytes_after);
    case PAWL_GRAPH_FIGURE_FILE_BYTES:
      return static_cast<double>(report.file_bytes);
    case PAWL_GRAPH_FIGURE_SECONDS:
      return report.seconds;
    case PAWL_GRAPH_FIGURE_SAMPLES:
      return static_cast<double>(report.samples);
    case PAWL_GRAPH_FIGURE_SAMPLES_COMPARED:
      return static_cast<double>(report.samples_compared);
    default:
      return kNone;
  }
}

double OfLayer(const pawl::GraphLayerReport& layer, int32_t figure) {
  const bool ranged = layer.input_min.has_value();
  switch (figure) {
    case PAWL_GRAPH_FIGURE_QUANTIZED:
      return layer.quantized ? 1.0 : 0.0;
    case PAWL_GRAPH_FIGURE_BYTES_BEFORE:
      return static_cast<double>(layer.bytes_before);
    case PAWL_GRAPH_FIGURE_BYTES_AFTER:
      return static_cast<double>(layer.bytes_after);
    case PAWL_GRAPH_FIGURE_SQNR_DB:
      return layer.weight_sqnr_db.value_or(kNone);
    case PAWL_GRAPH_FIGURE_RULE:
      return layer.rule;
    case PAWL_GRAPH_FIGURE_INPUT_MIN:
      return layer.input_min.value_or(kNone);
    case PAWL_GRAPH_FIGURE_INPUT_MAX:
      return layer.input_max.value_or(kNone);
    case PAWL_GRAPH_FIGURE_INPUT_SCALE:
      return ranged ? double{layer.input_scale} : kNone;
    case PAWL_GRAPH_FIGURE_INPUT_ZERO_POINT:
      return ranged ? static_cast<double>(layer.input_zero_point) : kNone;
    case PAWL_GRAPH_FIGURE_RAISED_CHANNELS:
      return static_cast<double>(layer.raised_channels.size());
    case PAWL_GRAPH_FIGURE_COULD_SATURATE:
      return layer.could_saturate ? 1.0 : 0.0;
    default:
      return kNone;
  }
}

double OfOutput(const pawl::GraphOutputReport& output, int32_t figure) {
  switch (figure) {
    case PAWL_GRAPH_FIGURE_SQNR_DB:
      return output.sqnr_db;
    case PAWL_GRAPH_FIGURE_MAX_ERROR:
      return output.max_error;
    case PAWL_GRAPH_FIGURE_SAME_DECISION:
      return output.same_decision.value_or(kNone);
    default:
      return kNone;
  }
}

}  // namespace

extern "C" {

const char* pawl_graph_report_json(const pawl_graph_report* report) noexcept {
  return report == nullptr ? nullptr : report->json.c_str();
}
const char* pawl_graph_report_text(const pawl_graph_report* report) noexcept {
  return report == nullptr ? nullptr : report->text.c_str();
}
void pawl_graph_report_destroy(pawl_graph_report* report) noexcept { delete report; }

int32_t pawl_graph_report_graph(pawl_context* context, const pawl_graph_report* report,
                                pawl_graph** graph) noexcept {
  return Make(context, graph, [&](Context&) -> absl::StatusOr<std::shared_ptr<const pawl::Graph>> {
    PAWL_NEED(report);
    if (report->report.result == nullptr) {
      return absl::FailedPreconditionError("a dry run makes no model");
    }
    return report->report.result;
  });
}

const char* pawl_graph_analysis_json(const pawl_graph_analysis* analysis) noexcept {
  return analysis == nullptr ? nullptr : analysis->json.c_str();
}
const char* pawl_graph_analysis_text(const pawl_graph_analysis* analysis) noexcept {
  return analysis == nullptr ? nullptr : analysis->text.c_str();
}
void pawl_graph_analysis_destroy(pawl_graph_analysis* analysis) noexcept { delete analysis; }

int32_t pawl_graph_analysis_recipe(pawl_context* context, const pawl_graph_analysis* analysis,
                                   pawl_recipe** recipe) noexcept {
  if (recipe != nullptr) *recipe = nullptr;
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(analysis);
    PAWL_NEED(recipe);
    const pawl::Recipe& found = analysis->analysis.recipe;
    *recipe = new pawl_recipe{found, found.ToJson()};
    return absl::OkStatus();
  });
}

double pawl_graph_report_total(const pawl_graph_report* report, int32_t figure) noexcept {
  return report == nullptr ? kNone : Total(report->report, figure);
}

size_t pawl_graph_report_layer_count(const pawl_graph_report* report) noexcept {
  return report == nullptr ? 0 : report->report.layers.size();
}
double pawl_graph_report_layer(const pawl_graph_report* report, size_t index,
                               int32_t figure) noexcept {
  const auto* layer = LayerAt(report, index);
  return layer == nullptr ? kNone : OfLayer(*layer, figure);
}
const char* pawl_graph_report_layer_name(const pawl_graph_report* report, size_t index) noexcept {
  return LayerText(report, index, &pawl::GraphLayerReport::name);
}
const char* pawl_graph_report_layer_operator(const pawl_graph_report* report,
                                             size_t index) noexcept {
  return LayerText(report, index, &pawl::GraphLayerReport::op);
}
const char* pawl_graph_report_layer_weights(const pawl_graph_report* report,
                                            size_t index) noexcept {
  return LayerText(report, index, &pawl::GraphLayerReport::weights);
}
const char* pawl_graph_report_layer_scheme(const pawl_graph_report* report, size_t index) noexcept {
  return LayerText(report, index, &pawl::GraphLayerReport::scheme);
}
const char* pawl_graph_report_layer_activations(const pawl_graph_report* report,
                                                size_t index) noexcept {
  return LayerText(report, index, &pawl::GraphLayerReport::activations);
}
const char* pawl_graph_report_layer_reason(const pawl_graph_report* report, size_t index) noexcept {
  return LayerText(report, index, &pawl::GraphLayerReport::reason);
}

size_t pawl_graph_report_output_count(const pawl_graph_report* report) noexcept {
  return report == nullptr ? 0 : report->report.outputs.size();
}
double pawl_graph_report_output(const pawl_graph_report* report, size_t index,
                                int32_t figure) noexcept {
  const auto* output = report == nullptr ? nullptr : At(report->report.outputs, index);
  return output == nullptr ? kNone : OfOutput(*output, figure);
}
const char* pawl_graph_report_output_name(const pawl_graph_report* report, size_t index) noexcept {
  const auto* output = report == nullptr ? nullptr : At(report->report.outputs, index);
  return output == nullptr ? nullptr : output->name.c_str();
}

size_t pawl_graph_report_pass_count(const pawl_graph_report* report) noexcept {
  return report == nullptr ? 0 : report->report.passes.size();
}
const char* pawl_graph_report_pass(const pawl_graph_report* report, size_t index) noexcept {
  return report == nullptr ? nullptr : TextAt(report->report.passes, index);
}
size_t pawl_graph_report_note_count(const pawl_graph_report* report) noexcept {
  return report == nullptr ? 0 : report->report.notes.size();
}
const char* pawl_graph_report_note(const pawl_graph_report* report, size_t index) noexcept {
  return report == nullptr ? nullptr : TextAt(report->report.notes, index);
}

}  // extern "C"
