// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The C ABI over bytes in memory: model and .pawl readers, recipes, calibration caches and schemes,
// asked everything that a binding would ask.

#include <cstring>
#include <string>
#include <vector>

#include "capi/pawl.h"
#include "fuzz.h"

namespace pawl::fuzz {
namespace {

// True where the call went well; else it must have left its reason.
bool Good(pawl_context* context, int32_t status) {
  PAWL_FUZZ_CHECK(status == PAWL_OK || std::strlen(pawl_context_last_error(context)) > 0,
                  "status " + std::to_string(status) + " without a message");
  PAWL_FUZZ_CHECK(status == PAWL_OK || pawl_context_last_status(context) == status, "last status");
  PAWL_FUZZ_CHECK(status != PAWL_INTERNAL, pawl_context_last_error(context));
  return status == PAWL_OK;
}

void ReadModel(pawl_context* context, absl::Span<const uint8_t> bytes) {
  pawl_model_reader* reader = nullptr;
  if (!Good(context, pawl_model_reader_open_memory(context, bytes.data(), bytes.size(), nullptr,
                                                   nullptr, nullptr, &reader))) {
    PAWL_FUZZ_CHECK(reader == nullptr, "a reader beside an error");
    return;
  }
  const size_t count = pawl_model_reader_count(reader);
  for (size_t i = 0; i <= count; ++i) {  // one too many
    const char* name = pawl_model_reader_name(reader, i);
    PAWL_FUZZ_CHECK((name != nullptr) == (i < count), "names");
    size_t found = count;
    if (name != nullptr && std::strlen(name) > 0) {
      Good(context, pawl_model_reader_find(context, reader, name, &found));
    }
    pawl_model_reader_dtype_name(reader, i);
    const size_t rank = pawl_model_reader_rank(reader, i);
    const int64_t* shape = pawl_model_reader_shape(reader, i);
    int64_t sum = 0;
    for (size_t d = 0; d < rank; ++d) sum ^= shape[d];
    uint8_t piece[16];
    Good(context, pawl_model_reader_read_bytes(context, reader, i, static_cast<uint64_t>(sum & 31),
                                               piece, sizeof(piece)));
    pawl_tensor* tensor = nullptr;
    Good(context, pawl_model_reader_get(context, reader, i, &tensor));
    pawl_tensor_destroy(tensor);
    tensor = nullptr;
    Good(context, pawl_model_reader_read(context, reader, i, &tensor));
    pawl_tensor_destroy(tensor);
    pawl_model_reader_release_pages(reader, i);
  }
  for (size_t i = 0; i <= pawl_model_reader_metadata_count(reader); ++i) {
    const char* key = pawl_model_reader_metadata_key(reader, i);
    if (key != nullptr) pawl_model_reader_metadata(reader, key);
  }
  pawl_model_reader_destroy(reader);
}

void ReadFile(pawl_context* context, absl::Span<const uint8_t> bytes) {
  pawl_file_reader* reader = nullptr;
  if (!Good(context, pawl_file_reader_open_memory(context, bytes.data(), bytes.size(), nullptr,
                                                  nullptr, "fuzz", &reader))) {
    return;
  }
  const size_t count = pawl_file_reader_count(reader);
  for (size_t i = 0; i <= count; ++i) {
    pawl_file_reader_name(reader, i);
    pawl_file_reader_is_quantized(reader, i);
    pawl_file_reader_dtype(reader, i);
    pawl_file_reader_size_bytes(reader, i);
    const size_t rank = pawl_file_reader_rank(reader, i);
    const int64_t* shape = pawl_file_reader_shape(reader, i);
    PAWL_FUZZ_CHECK(rank == 0 || shape != nullptr, "no shape");
    pawl_scheme* scheme = nullptr;
    Good(context, pawl_file_reader_scheme(context, reader, i, &scheme));
    pawl_scheme_destroy(scheme);
    pawl_quantized_tensor* quantized = nullptr;
    Good(context, pawl_file_reader_get(context, reader, i, &quantized));
    pawl_quantized_tensor_destroy(quantized);
    pawl_tensor* tensor = nullptr;
    Good(context, pawl_file_reader_get_plain(context, reader, i, &tensor));
    pawl_tensor_destroy(tensor);
  }
  Good(context, pawl_file_reader_verify(context, reader));
  pawl_file_reader_recipe(reader);
  pawl_file_reader_source_hash(reader);
  pawl_file_reader_destroy(reader);
}

void ReadTexts(pawl_context* context, absl::Span<const uint8_t> bytes) {
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  pawl_recipe* recipe = nullptr;
  Good(context, pawl_recipe_from_json(context, text, bytes.size(), nullptr, &recipe));
  pawl_recipe_destroy(recipe);
  pawl_calibrator* calibrator = nullptr;
  Good(context, pawl_calibrator_from_json(context, text, bytes.size(), "m", &calibrator));
  pawl_calibrator_destroy(calibrator);
  pawl_tensorrt_cache* cache = nullptr;
  if (Good(context, pawl_tensorrt_cache_parse(context, text, bytes.size(), &cache))) {
    for (size_t i = 0; i <= pawl_tensorrt_cache_count(cache); ++i) {
      pawl_tensorrt_cache_name(cache, i);
      pawl_tensorrt_cache_scale(cache, i);
    }
  }
  pawl_tensorrt_cache_destroy(cache);
  const std::string whole(bytes.begin(), bytes.end());
  pawl_scheme* scheme = nullptr;
  Good(context, pawl_scheme_parse(context, whole.c_str(), &scheme));
  pawl_scheme_destroy(scheme);
}

pawl_context* MakeContext() {
  pawl_context* context = nullptr;
  PAWL_FUZZ_CHECK(pawl_context_create(nullptr, &context) == PAWL_OK, "no context");
  return context;
}

}  // namespace
}  // namespace pawl::fuzz

PAWL_FUZZ_TARGET(capi_memory) {
  using namespace pawl::fuzz;
  pawl_context* context = MakeContext();
  int32_t format = 0;
  Good(context, pawl_detect_format_memory(context, bytes.data(), bytes.size(), nullptr, &format));
  ReadModel(context, bytes);
  ReadFile(context, bytes);
  ReadTexts(context, bytes);
  pawl_context_destroy(context);
}
