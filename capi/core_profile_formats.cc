// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The second half of core_profile.cc: formats and reports.

#include <limits>

#include "capi/core_profile.h"

using pawl::capi::Missing;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

}  // namespace

extern "C" {

size_t pawl_block_format_count(void) noexcept { return 0; }
const char* pawl_block_format_name(size_t) noexcept { return nullptr; }
int32_t pawl_block_format_gguf_type(size_t) noexcept { return -1; }
int32_t pawl_blocks_size(pawl_context* context, const char*, const int64_t*, size_t,
                         size_t*) noexcept {
  return Missing(context);
}
int32_t pawl_blocks_decode(pawl_context* context, const char*, const void*, size_t, const int64_t*,
                           size_t, pawl_quantized_tensor** quantized) noexcept {
  return Missing(context, quantized);
}
int32_t pawl_blocks_encode(pawl_context* context, const char*, const pawl_quantized_tensor*, void*,
                           size_t) noexcept {
  return Missing(context);
}
size_t pawl_block_format_elements(size_t) noexcept { return 0; }
size_t pawl_block_format_bytes(size_t) noexcept { return 0; }
int32_t pawl_block_format_scheme(pawl_context* context, size_t, pawl_scheme** scheme) noexcept {
  return Missing(context, scheme);
}

int32_t pawl_checkpoint_create(pawl_context* context, int32_t,
                               pawl_checkpoint** checkpoint) noexcept {
  return Missing(context, checkpoint);
}
void pawl_checkpoint_destroy(pawl_checkpoint*) noexcept {}
int32_t pawl_checkpoint_get_format(const pawl_checkpoint*) noexcept { return -1; }
int32_t pawl_checkpoint_set_tensor(pawl_context* context, pawl_checkpoint*, const char*,
                                   const pawl_tensor*) noexcept {
  return Missing(context);
}
int32_t pawl_checkpoint_take(pawl_context* context, pawl_checkpoint*, const pawl_model_reader*,
                             const char*) noexcept {
  return Missing(context);
}
int32_t pawl_checkpoint_set_int(pawl_context* context, pawl_checkpoint*, int32_t,
                                int64_t) noexcept {
  return Missing(context);
}
int32_t pawl_checkpoint_set_string(pawl_context* context, pawl_checkpoint*, int32_t,
                                   const char*) noexcept {
  return Missing(context);
}
int32_t pawl_checkpoint_set_shape(pawl_context* context, pawl_checkpoint*, const int64_t*,
                                  size_t) noexcept {
  return Missing(context);
}
int32_t pawl_checkpoint_decode(pawl_context* context, const pawl_checkpoint*,
                               pawl_quantized_tensor** quantized) noexcept {
  return Missing(context, quantized);
}
int32_t pawl_checkpoint_encode(pawl_context* context, pawl_checkpoint*,
                               const pawl_quantized_tensor*) noexcept {
  return Missing(context);
}
size_t pawl_checkpoint_tensor_count(const pawl_checkpoint*) noexcept { return 0; }
const char* pawl_checkpoint_tensor_name(const pawl_checkpoint*, size_t) noexcept { return nullptr; }
int32_t pawl_checkpoint_get_tensor(pawl_context* context, const pawl_checkpoint*, const char*,
                                   pawl_tensor** tensor) noexcept {
  return Missing(context, tensor);
}
int32_t pawl_checkpoint_get_int(pawl_context* context, const pawl_checkpoint*, int32_t,
                                int64_t*) noexcept {
  return Missing(context);
}
const char* pawl_checkpoint_get_string(const pawl_checkpoint*, int32_t) noexcept { return nullptr; }
size_t pawl_checkpoint_rank(const pawl_checkpoint*) noexcept { return 0; }
const int64_t* pawl_checkpoint_shape(const pawl_checkpoint*) noexcept { return nullptr; }

int32_t pawl_detect_format_memory(pawl_context* context, const void*, size_t, const char*,
                                  int32_t*) noexcept {
  return Missing(context);
}
int32_t pawl_model_writer_create_buffer(pawl_context* context, pawl_buffer*,
                                        pawl_model_writer** writer) noexcept {
  return Missing(context, writer);
}
int32_t pawl_model_writer_create_callback(pawl_context* context, pawl_write_fn, void*, const char*,
                                          pawl_model_writer** writer) noexcept {
  return Missing(context, writer);
}
int32_t pawl_job_set_calibration_memory(pawl_context* context, pawl_job*, const void*,
                                        size_t) noexcept {
  return Missing(context);
}
int32_t pawl_job_set_output_buffer(pawl_context* context, pawl_job*, pawl_buffer*) noexcept {
  return Missing(context);
}
int32_t pawl_job_set_output_callback(pawl_context* context, pawl_job*, pawl_write_fn,
                                     void*) noexcept {
  return Missing(context);
}

const char* pawl_report_json(const pawl_report*) noexcept { return nullptr; }
const char* pawl_report_text(const pawl_report*) noexcept { return nullptr; }
void pawl_report_destroy(pawl_report*) noexcept {}
double pawl_report_total(const pawl_report*, int32_t) noexcept { return kNaN; }
size_t pawl_report_count(const pawl_report*) noexcept { return 0; }
double pawl_report_tensor(const pawl_report*, size_t, int32_t) noexcept { return kNaN; }
const char* pawl_report_tensor_name(const pawl_report*, size_t) noexcept { return nullptr; }
size_t pawl_report_tensor_rank(const pawl_report*, size_t) noexcept { return 0; }
const int64_t* pawl_report_tensor_shape(const pawl_report*, size_t) noexcept { return nullptr; }
const char* pawl_report_tensor_method(const pawl_report*, size_t) noexcept { return nullptr; }
size_t pawl_report_note_count(const pawl_report*) noexcept { return 0; }
const char* pawl_report_note(const pawl_report*, size_t) noexcept { return nullptr; }
const char* pawl_report_input_hash(const pawl_report*) noexcept { return nullptr; }
const char* pawl_report_tensor_scheme(const pawl_report*, size_t) noexcept { return nullptr; }
const char* pawl_report_tensor_reason(const pawl_report*, size_t) noexcept { return nullptr; }
int32_t pawl_compare_tensors(pawl_context* context, const pawl_tensor*, const pawl_tensor*, double*,
                             size_t) noexcept {
  return Missing(context);
}

}  // extern "C"
