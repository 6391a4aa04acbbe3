// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The entries of graphs where the core profile lacks them.

#include <limits>

#include "capi/core_profile.h"

using pawl::capi::Missing;

namespace {
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
}  // namespace

extern "C" {

int32_t pawl_graph_open(pawl_context* context, const char*, pawl_graph** graph) noexcept {
  return Missing(context, graph);
}
int32_t pawl_graph_open_memory(pawl_context* context, const void*, size_t, pawl_release_fn, void*,
                               const char*, const char*, pawl_graph** graph) noexcept {
  return Missing(context, graph);
}
void pawl_graph_destroy(pawl_graph*) noexcept {}
size_t pawl_graph_value_count(const pawl_graph*) noexcept { return 0; }
const char* pawl_graph_value_name(const pawl_graph*, size_t) noexcept { return nullptr; }
int32_t pawl_graph_value_kind(const pawl_graph*, size_t) noexcept { return -1; }
int32_t pawl_graph_value_dtype(const pawl_graph*, size_t) noexcept { return -1; }
int32_t pawl_graph_value_file_type(const pawl_graph*, size_t) noexcept { return 0; }
int32_t pawl_graph_value_rank(const pawl_graph*, size_t) noexcept { return -1; }
const int64_t* pawl_graph_value_shape(const pawl_graph*, size_t) noexcept { return nullptr; }
const char* pawl_graph_symbol(const pawl_graph*, int64_t) noexcept { return nullptr; }
int32_t pawl_graph_value_tensor(pawl_context* context, const pawl_graph*, size_t,
                                pawl_tensor** tensor) noexcept {
  return Missing(context, tensor);
}
int32_t pawl_graph_value_quantized(pawl_context* context, const pawl_graph*, size_t,
                                   pawl_quantized_tensor** quantized) noexcept {
  return Missing(context, quantized);
}
int32_t pawl_graph_find(pawl_context* context, const pawl_graph*, const char*, size_t*) noexcept {
  return Missing(context);
}
size_t pawl_graph_input_count(const pawl_graph*) noexcept { return 0; }
int64_t pawl_graph_input(const pawl_graph*, size_t) noexcept { return -1; }
size_t pawl_graph_output_count(const pawl_graph*) noexcept { return 0; }
int64_t pawl_graph_output(const pawl_graph*, size_t) noexcept { return -1; }
size_t pawl_graph_node_count(const pawl_graph*) noexcept { return 0; }
const char* pawl_graph_node_name(const pawl_graph*, size_t) noexcept { return nullptr; }
const char* pawl_graph_node_operator(const pawl_graph*, size_t) noexcept { return nullptr; }
const char* pawl_graph_node_domain(const pawl_graph*, size_t) noexcept { return nullptr; }
int32_t pawl_graph_node_opset(const pawl_graph*, size_t) noexcept { return 0; }
int32_t pawl_graph_node_runs(const pawl_graph*, size_t) noexcept { return 0; }
size_t pawl_graph_node_input_count(const pawl_graph*, size_t) noexcept { return 0; }
int64_t pawl_graph_node_input(const pawl_graph*, size_t, size_t) noexcept { return -1; }
size_t pawl_graph_node_output_count(const pawl_graph*, size_t) noexcept { return 0; }
int64_t pawl_graph_node_output(const pawl_graph*, size_t, size_t) noexcept { return -1; }
int32_t pawl_graph_opset(const pawl_graph*, const char*) noexcept { return 0; }
const char* pawl_graph_metadata(const pawl_graph*, const char*) noexcept { return nullptr; }
size_t pawl_graph_metadata_count(const pawl_graph*) noexcept { return 0; }
const char* pawl_graph_metadata_key(const pawl_graph*, size_t) noexcept { return nullptr; }
int32_t pawl_graph_save(pawl_context* context, const pawl_graph*, const char*, const char* const*,
                        size_t) noexcept {
  return Missing(context);
}
int32_t pawl_graph_save_buffer(pawl_context* context, const pawl_graph*, pawl_buffer*) noexcept {
  return Missing(context);
}
int32_t pawl_graph_save_callback(pawl_context* context, const pawl_graph*, pawl_write_fn, void*,
                                 const char*) noexcept {
  return Missing(context);
}
size_t pawl_graph_operator_count() noexcept { return 0; }
const char* pawl_graph_operator_name(size_t) noexcept { return nullptr; }
const char* pawl_graph_operator_domain(size_t) noexcept { return nullptr; }
int32_t pawl_graph_operator_first_opset(size_t) noexcept { return 0; }
int32_t pawl_graph_operator_last_opset(size_t) noexcept { return 0; }
const char* pawl_graph_operator_quantization(size_t) noexcept { return nullptr; }
int32_t pawl_executor_create(pawl_context* context, const pawl_graph*, const pawl_options*,
                             const char* const*, size_t, pawl_executor** executor) noexcept {
  return Missing(context, executor);
}
void pawl_executor_destroy(pawl_executor*) noexcept {}
int32_t pawl_executor_share(pawl_context* context, const pawl_executor*,
                            pawl_executor** shared) noexcept {
  return Missing(context, shared);
}
int32_t pawl_executor_run(pawl_context* context, pawl_executor*, const pawl_tensor* const*,
                          size_t) noexcept {
  return Missing(context);
}
int32_t pawl_executor_calibrate(pawl_context* context, pawl_executor*, const pawl_tensor* const*,
                                size_t, pawl_calibrator*) noexcept {
  return Missing(context);
}
size_t pawl_executor_output_count(const pawl_executor*) noexcept { return 0; }
int32_t pawl_executor_output(pawl_context* context, const pawl_executor*, size_t,
                             pawl_tensor** tensor) noexcept {
  return Missing(context, tensor);
}
int32_t pawl_executor_output_view(pawl_context* context, const pawl_executor*, size_t,
                                  pawl_tensor** tensor) noexcept {
  return Missing(context, tensor);
}
int32_t pawl_executor_set_observer(pawl_context* context, pawl_executor*, pawl_observe_fn,
                                   void*) noexcept {
  return Missing(context);
}
int32_t pawl_executor_observed(pawl_context* context, const pawl_executor*, const char*,
                               pawl_tensor** tensor) noexcept {
  return Missing(context, tensor);
}
int32_t pawl_executor_time_nodes(pawl_context* context, pawl_executor*, int32_t) noexcept {
  return Missing(context);
}
size_t pawl_executor_time_count(const pawl_executor*) noexcept { return 0; }
const char* pawl_executor_time_node(const pawl_executor*, size_t) noexcept { return nullptr; }
const char* pawl_executor_time_operator(const pawl_executor*, size_t) noexcept { return nullptr; }
uint64_t pawl_executor_time_runs(const pawl_executor*, size_t) noexcept { return 0; }
double pawl_executor_time_seconds(const pawl_executor*, size_t) noexcept { return 0.0; }
size_t pawl_executor_arena_bytes(const pawl_executor*) noexcept { return 0; }
size_t pawl_executor_packed_bytes(const pawl_executor*) noexcept { return 0; }

int32_t pawl_graph_job_create(pawl_context* context, const pawl_options*, const pawl_recipe*,
                              pawl_graph_job** job) noexcept {
  return Missing(context, job);
}
void pawl_graph_job_destroy(pawl_graph_job*) noexcept {}
int32_t pawl_graph_job_set_graph(pawl_context* context, pawl_graph_job*,
                                 const pawl_graph*) noexcept {
  return Missing(context);
}
int32_t pawl_graph_job_add_sample(pawl_context* context, pawl_graph_job*, const pawl_tensor* const*,
                                  size_t) noexcept {
  return Missing(context);
}
int32_t pawl_graph_job_set_samples(pawl_context* context, pawl_graph_job*, size_t, size_t,
                                   pawl_sample_fn, void*) noexcept {
  return Missing(context);
}
int32_t pawl_graph_job_run(pawl_context* context, const pawl_graph_job*,
                           pawl_graph_report** report) noexcept {
  return Missing(context, report);
}
int32_t pawl_graph_job_analyze(pawl_context* context, const pawl_graph_job*,
                               pawl_graph_analysis** analysis) noexcept {
  return Missing(context, analysis);
}
const char* pawl_graph_analysis_json(const pawl_graph_analysis*) noexcept { return nullptr; }
const char* pawl_graph_analysis_text(const pawl_graph_analysis*) noexcept { return nullptr; }
int32_t pawl_graph_analysis_recipe(pawl_context* context, const pawl_graph_analysis*,
                                   pawl_recipe** recipe) noexcept {
  return Missing(context, recipe);
}
void pawl_graph_analysis_destroy(pawl_graph_analysis*) noexcept {}
const char* pawl_graph_report_json(const pawl_graph_report*) noexcept { return nullptr; }
const char* pawl_graph_report_text(const pawl_graph_report*) noexcept { return nullptr; }
int32_t pawl_graph_report_graph(pawl_context* context, const pawl_graph_report*,
                                pawl_graph** graph) noexcept {
  return Missing(context, graph);
}
void pawl_graph_report_destroy(pawl_graph_report*) noexcept {}
double pawl_graph_report_total(const pawl_graph_report*, int32_t) noexcept { return kNone; }
size_t pawl_graph_report_layer_count(const pawl_graph_report*) noexcept { return 0; }
double pawl_graph_report_layer(const pawl_graph_report*, size_t, int32_t) noexcept { return kNone; }
const char* pawl_graph_report_layer_name(const pawl_graph_report*, size_t) noexcept {
  return nullptr;
}
const char* pawl_graph_report_layer_operator(const pawl_graph_report*, size_t) noexcept {
  return nullptr;
}
const char* pawl_graph_report_layer_weights(const pawl_graph_report*, size_t) noexcept {
  return nullptr;
}
const char* pawl_graph_report_layer_scheme(const pawl_graph_report*, size_t) noexcept {
  return nullptr;
}
const char* pawl_graph_report_layer_activations(const pawl_graph_report*, size_t) noexcept {
  return nullptr;
}
const char* pawl_graph_report_layer_reason(const pawl_graph_report*, size_t) noexcept {
  return nullptr;
}
size_t pawl_graph_report_output_count(const pawl_graph_report*) noexcept { return 0; }
double pawl_graph_report_output(const pawl_graph_report*, size_t, int32_t) noexcept {
  return kNone;
}
const char* pawl_graph_report_output_name(const pawl_graph_report*, size_t) noexcept {
  return nullptr;
}
size_t pawl_graph_report_pass_count(const pawl_graph_report*) noexcept { return 0; }
const char* pawl_graph_report_pass(const pawl_graph_report*, size_t) noexcept { return nullptr; }
size_t pawl_graph_report_note_count(const pawl_graph_report*) noexcept { return 0; }
const char* pawl_graph_report_note(const pawl_graph_report*, size_t) noexcept { return nullptr; }

}  // extern "C"
