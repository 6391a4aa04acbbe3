// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The core profile has no files but .pawl, no jobs, convolutions and packed layers. Its library has
// the same entries, so that hosts and bindings link against either; these say what is missing.

#include "capi/core_profile.h"

#include "capi/lists.h"

namespace pawl::capi {

size_t MethodCount() { return 0; }
ListEntry MethodAt(size_t) { return {}; }
size_t FormatCount() { return 0; }
ListEntry FormatAt(size_t) { return {}; }
size_t CheckpointCount() { return 0; }
ListEntry CheckpointAt(size_t) { return {}; }
size_t WordCount(int32_t) { return 0; }
ListEntry WordAt(int32_t, size_t) { return {}; }

}  // namespace pawl::capi

using pawl::capi::Missing;

extern "C" {

int32_t pawl_has_files(void) noexcept { return 0; }

const char* pawl_text_data(const pawl_text*) noexcept { return nullptr; }
size_t pawl_text_size(const pawl_text*) noexcept { return 0; }
void pawl_text_destroy(pawl_text*) noexcept {}
int32_t pawl_detect_format(pawl_context* context, const char*, int32_t*) noexcept {
  return Missing(context);
}
int32_t pawl_model_reader_open(pawl_context* context, const char*,
                               pawl_model_reader** reader) noexcept {
  return Missing(context, reader);
}
int32_t pawl_model_reader_open_memory(pawl_context* context, const void*, size_t, pawl_release_fn,
                                      void*, const char*, pawl_model_reader** reader) noexcept {
  return Missing(context, reader);
}
void pawl_model_reader_destroy(pawl_model_reader*) noexcept {}
size_t pawl_model_reader_count(const pawl_model_reader*) noexcept { return 0; }
const char* pawl_model_reader_name(const pawl_model_reader*, size_t) noexcept { return nullptr; }
int32_t pawl_model_reader_dtype(const pawl_model_reader*, size_t) noexcept { return -1; }
const char* pawl_model_reader_dtype_name(const pawl_model_reader*, size_t) noexcept {
  return nullptr;
}
size_t pawl_model_reader_rank(const pawl_model_reader*, size_t) noexcept { return 0; }
const int64_t* pawl_model_reader_shape(const pawl_model_reader*, size_t) noexcept {
  return nullptr;
}
uint64_t pawl_model_reader_size_bytes(const pawl_model_reader*, size_t) noexcept { return 0; }
size_t pawl_model_reader_file_index(const pawl_model_reader*, size_t) noexcept { return 0; }
uint64_t pawl_model_reader_file_offset(const pawl_model_reader*, size_t) noexcept { return 0; }
int32_t pawl_model_reader_find(pawl_context* context, const pawl_model_reader*, const char*,
                               size_t*) noexcept {
  return Missing(context);
}
int32_t pawl_model_reader_get(pawl_context* context, const pawl_model_reader*, size_t,
                              pawl_tensor** tensor) noexcept {
  return Missing(context, tensor);
}
int32_t pawl_model_reader_read(pawl_context* context, const pawl_model_reader*, size_t,
                               pawl_tensor** tensor) noexcept {
  return Missing(context, tensor);
}
int32_t pawl_model_reader_read_bytes(pawl_context* context, const pawl_model_reader*, size_t,
                                     uint64_t, void*, size_t) noexcept {
  return Missing(context);
}
void pawl_model_reader_release_pages(const pawl_model_reader*, size_t) noexcept {}
int32_t pawl_model_reader_check_unchanged(pawl_context* context,
                                          const pawl_model_reader*) noexcept {
  return Missing(context);
}
const char* pawl_model_reader_metadata(const pawl_model_reader*, const char*) noexcept {
  return nullptr;
}
size_t pawl_model_reader_metadata_count(const pawl_model_reader*) noexcept { return 0; }
const char* pawl_model_reader_metadata_key(const pawl_model_reader*, size_t) noexcept {
  return nullptr;
}
size_t pawl_model_reader_file_count(const pawl_model_reader*) noexcept { return 0; }
const char* pawl_model_reader_file(const pawl_model_reader*, size_t) noexcept { return nullptr; }
int32_t pawl_model_writer_create(pawl_context* context, const char*, const char* const*, size_t,
                                 pawl_model_writer** writer) noexcept {
  return Missing(context, writer);
}
void pawl_model_writer_destroy(pawl_model_writer*) noexcept {}
int32_t pawl_model_writer_declare(pawl_context* context, pawl_model_writer*, const char*, int32_t,
                                  const int64_t*, size_t) noexcept {
  return Missing(context);
}
int32_t pawl_model_writer_set_metadata(pawl_context* context, pawl_model_writer*, const char*,
                                       const char*) noexcept {
  return Missing(context);
}
int32_t pawl_model_writer_append(pawl_context* context, pawl_model_writer*, const char*,
                                 const void*, size_t) noexcept {
  return Missing(context);
}
int32_t pawl_model_writer_add(pawl_context* context, pawl_model_writer*, const char*,
                              const pawl_tensor*) noexcept {
  return Missing(context);
}
int32_t pawl_model_writer_finish(pawl_context* context, pawl_model_writer*) noexcept {
  return Missing(context);
}
uint32_t pawl_packed_layout(void) noexcept { return 0; }
int32_t pawl_file_reader_get_linear(pawl_context* context, const pawl_file_reader*, size_t,
                                    const pawl_options*, pawl_linear** linear) noexcept {
  return Missing(context, linear);
}
int32_t pawl_file_reader_get_embedding(pawl_context* context, const pawl_file_reader*, size_t,
                                       pawl_embedding** embedding) noexcept {
  return Missing(context, embedding);
}
int32_t pawl_file_reader_open_packed(pawl_context* context, const pawl_file_reader*,
                                     const char* const*, const int32_t*, const pawl_options* const*,
                                     size_t, const char*, pawl_file_reader** reader,
                                     int32_t* packed) noexcept {
  if (packed != nullptr) *packed = 0;
  return Missing(context, reader);
}
int32_t pawl_file_writer_add_linear(pawl_context* context, pawl_file_writer*, const char*,
                                    const pawl_linear*) noexcept {
  return Missing(context);
}
int32_t pawl_file_writer_add_embedding(pawl_context* context, pawl_file_writer*, const char*,
                                       const pawl_embedding*) noexcept {
  return Missing(context);
}
int32_t pawl_file_writer_set_recipe(pawl_context* context, pawl_file_writer*,
                                    const pawl_recipe*) noexcept {
  return Missing(context);
}
int32_t pawl_calibrator_create(pawl_context* context, const pawl_options*,
                               pawl_calibrator** calibrator) noexcept {
  return Missing(context, calibrator);
}
int32_t pawl_calibrator_add_rule(pawl_context* context, pawl_calibrator*, const char*,
                                 const pawl_options*) noexcept {
  return Missing(context);
}
void pawl_calibrator_destroy(pawl_calibrator*) noexcept {}
int32_t pawl_calibrator_observe(pawl_context* context, pawl_calibrator*, const char*,
                                const pawl_tensor*) noexcept {
  return Missing(context);
}
int32_t pawl_calibrator_observe_f32(pawl_context* context, pawl_calibrator*, const char*,
                                    const float*, size_t) noexcept {
  return Missing(context);
}
int32_t pawl_calibrator_finish(pawl_context* context, const pawl_calibrator*) noexcept {
  return Missing(context);
}
int32_t pawl_calibrator_merge(pawl_context* context, pawl_calibrator*,
                              const pawl_calibrator*) noexcept {
  return Missing(context);
}
size_t pawl_calibrator_count(const pawl_calibrator*) noexcept { return 0; }
const char* pawl_calibrator_name(const pawl_calibrator*, size_t) noexcept { return nullptr; }
int32_t pawl_calibrator_observer(pawl_context* context, const pawl_calibrator*, const char*,
                                 pawl_observer** observer) noexcept {
  return Missing(context, observer);
}
int32_t pawl_calibrator_save(pawl_context* context, const pawl_calibrator*, const char*,
                             const char*) noexcept {
  return Missing(context);
}
int32_t pawl_calibrator_load(pawl_context* context, const char*, const char*,
                             pawl_calibrator** calibrator) noexcept {
  return Missing(context, calibrator);
}
int32_t pawl_calibrator_to_json(pawl_context* context, const pawl_calibrator*, const char*,
                                pawl_text** json) noexcept {
  return Missing(context, json);
}
int32_t pawl_calibrator_from_json(pawl_context* context, const char*, size_t, const char*,
                                  pawl_calibrator** calibrator) noexcept {
  return Missing(context, calibrator);
}
int32_t pawl_tensorrt_cache_from_calibrator(pawl_context* context, const pawl_calibrator*,
                                            const pawl_options*,
                                            pawl_tensorrt_cache** cache) noexcept {
  return Missing(context, cache);
}
int32_t pawl_tensorrt_cache_load(pawl_context* context, const char*,
                                 pawl_tensorrt_cache** cache) noexcept {
  return Missing(context, cache);
}
int32_t pawl_tensorrt_cache_parse(pawl_context* context, const char*, size_t,
                                  pawl_tensorrt_cache** cache) noexcept {
  return Missing(context, cache);
}
int32_t pawl_tensorrt_cache_save(pawl_context* context, const pawl_tensorrt_cache*,
                                 const char*) noexcept {
  return Missing(context);
}
int32_t pawl_tensorrt_cache_format(pawl_context* context, const pawl_tensorrt_cache*,
                                   pawl_text** text) noexcept {
  return Missing(context, text);
}
int32_t pawl_tensorrt_cache_create(pawl_context* context, const char*, const char*,
                                   pawl_tensorrt_cache** cache) noexcept {
  return Missing(context, cache);
}
int32_t pawl_tensorrt_cache_add(pawl_context* context, pawl_tensorrt_cache*, const char*,
                                float) noexcept {
  return Missing(context);
}
const char* pawl_tensorrt_cache_version(const pawl_tensorrt_cache*) noexcept { return nullptr; }
const char* pawl_tensorrt_cache_algorithm(const pawl_tensorrt_cache*) noexcept { return nullptr; }
void pawl_tensorrt_cache_destroy(pawl_tensorrt_cache*) noexcept {}
size_t pawl_tensorrt_cache_count(const pawl_tensorrt_cache*) noexcept { return 0; }
const char* pawl_tensorrt_cache_name(const pawl_tensorrt_cache*, size_t) noexcept {
  return nullptr;
}
float pawl_tensorrt_cache_scale(const pawl_tensorrt_cache*, size_t) noexcept { return 0.0f; }
int32_t pawl_recipe_from_json(pawl_context* context, const char*, size_t, const char*,
                              pawl_recipe** recipe) noexcept {
  return Missing(context, recipe);
}
int32_t pawl_recipe_load(pawl_context* context, const char*, pawl_recipe** recipe) noexcept {
  return Missing(context, recipe);
}
int32_t pawl_recipe_for_scheme(pawl_context* context, const char*, pawl_recipe** recipe) noexcept {
  return Missing(context, recipe);
}
void pawl_recipe_destroy(pawl_recipe*) noexcept {}
int32_t pawl_recipe_exclude(pawl_context* context, pawl_recipe*, const char*) noexcept {
  return Missing(context);
}
int32_t pawl_classify_tensor(pawl_context* context, const char*, const int64_t*, size_t,
                             int32_t*) noexcept {
  return Missing(context);
}
const char* pawl_operator_name(int32_t) noexcept { return nullptr; }
const char* pawl_recipe_json(const pawl_recipe*) noexcept { return nullptr; }
int32_t pawl_job_create(pawl_context* context, const pawl_options*, const pawl_recipe*,
                        pawl_job** job) noexcept {
  return Missing(context, job);
}
void pawl_job_destroy(pawl_job*) noexcept {}
int32_t pawl_job_set_input_memory(pawl_context* context, pawl_job*, const void*, size_t) noexcept {
  return Missing(context);
}
int32_t pawl_job_run(pawl_context* context, const pawl_job*, pawl_report** report) noexcept {
  return Missing(context, report);
}

}  // extern "C"
