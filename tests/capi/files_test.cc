// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Files, calibration, recipes and jobs.

#include <atomic>
#include <cmath>
#include <cstring>
#include <thread>

#include "capi_test_util.h"
#include "folder.h"

namespace pawl_test {
namespace {

const std::string& Digits() {
  static const std::string path =
      std::string(PAWL_TEST_DATA) + "/../examples/models/digits/digits.safetensors";
  return path;
}

void CountRelease(void* user) { ++*static_cast<int*>(user); }

TEST_CASE("safetensors: from a path and from memory") {
  const Context c;
  const std::string bytes = ReadFile(Digits());
  int released = 0;
  ModelReader memory;
  ModelReader file;
  REQUIRE(pawl_model_reader_open(c, Digits().c_str(), file.out()) == PAWL_OK);
  REQUIRE(pawl_model_reader_open_memory(c, bytes.data(), bytes.size(), CountRelease, &released,
                                        "digits", memory.out()) == PAWL_OK);
  REQUIRE(pawl_model_reader_count(file) == 6);
  CHECK(pawl_model_reader_count(memory) == 6);
  CHECK(pawl_model_reader_file_count(file) == 1);
  CHECK(std::string(pawl_model_reader_file(file, 0)) == Digits());
  size_t index = 99;
  REQUIRE(pawl_model_reader_find(c, file, "fc2.weight", &index) == PAWL_OK);
  CHECK(std::string(pawl_model_reader_name(file, index)) == "fc2.weight");
  CHECK(pawl_model_reader_dtype(file, index) == PAWL_DTYPE_F32);
  CHECK(std::string(pawl_model_reader_dtype_name(file, index)) == "F32");
  CHECK(pawl_model_reader_rank(file, index) == 2);
  CHECK(pawl_model_reader_shape(file, index)[0] == 128);
  CHECK(pawl_model_reader_size_bytes(file, index) == 128 * 256 * 4);
  CHECK(pawl_model_reader_find(c, file, "fc2.wieght", &index) == PAWL_NOT_FOUND);
  CHECK(Contains(c.error(), "'fc2.weight'"));
  CHECK(pawl_model_reader_name(file, 6) == nullptr);
  CHECK(pawl_model_reader_dtype(file, 6) == -1);
  CHECK(pawl_model_reader_metadata(file, "input_scale") != nullptr);
  CHECK(pawl_model_reader_metadata(file, "nothing") == nullptr);
  REQUIRE(pawl_model_reader_metadata_count(file) > 0);
  CHECK(pawl_model_reader_metadata_key(file, 0) != nullptr);
  CHECK(pawl_model_reader_check_unchanged(c, file) == PAWL_OK);

  Tensor view;
  Tensor owned;
  Tensor none;
  REQUIRE(pawl_model_reader_get(c, memory, index, view.out()) == PAWL_OK);
  REQUIRE(pawl_model_reader_read(c, file, index, owned.out()) == PAWL_OK);
  CHECK(pawl_model_reader_get(c, file, 6, none.out()) == PAWL_OUT_OF_RANGE);
  memory.Reset();
  CHECK(released == 0);  // the view keeps the bytes
  CHECK(std::memcmp(pawl_tensor_data(view), pawl_tensor_data(owned), 128 * 256 * 4) == 0);
  uint8_t part[8];
  REQUIRE(pawl_model_reader_read_bytes(c, file, index, 16, part, 8) == PAWL_OK);
  CHECK(std::memcmp(static_cast<const uint8_t*>(pawl_tensor_data(owned)) + 16, part, 8) == 0);
  CHECK(pawl_model_reader_read_bytes(c, file, index, 128 * 256 * 4, part, 8) != PAWL_OK);
  pawl_model_reader_release_pages(file, index);
  pawl_model_reader_release_pages(file, 99);
  view.Reset();
  CHECK(released == 1);

  CHECK(pawl_model_reader_open(c, "/nowhere/at.all", memory.out()) == PAWL_NOT_FOUND);
  CHECK(Contains(c.error(), "/nowhere/at.all"));
  CHECK(pawl_model_reader_open_memory(c, bytes.data(), 100, CountRelease, &released, "short",
                                      memory.out()) != PAWL_OK);
  CHECK(Contains(c.error(), "short"));
  CHECK(released == 1);  // on an error the bytes stay the caller's
}

TEST_CASE("safetensors are written in pieces, whole or not at all") {
  const Context c;
  const Folder folder;
  const std::string path = folder / "out.safetensors";
  const int64_t shape[] = {2, 2};
  const float values[4] = {1, 2, 3, 4};
  {
    ModelWriter writer;
    REQUIRE(pawl_model_writer_create(c, path.c_str(), nullptr, 0, writer.out()) == PAWL_OK);
    REQUIRE(pawl_model_writer_declare(c, writer, "w", PAWL_DTYPE_F32, shape, 2) == PAWL_OK);
    REQUIRE(pawl_model_writer_append(c, writer, "w", values, 8) == PAWL_OK);
    CHECK(pawl_model_writer_finish(c, writer) != PAWL_OK);  // half of it is missing
  }
  CHECK(folder.size() == 0);
  ModelWriter writer;
  REQUIRE(pawl_model_writer_create(c, path.c_str(), nullptr, 0, writer.out()) == PAWL_OK);
  REQUIRE(pawl_model_writer_declare(c, writer, "w", PAWL_DTYPE_F32, shape, 2) == PAWL_OK);
  REQUIRE(pawl_model_writer_set_metadata(c, writer, "by", "test") == PAWL_OK);
  CHECK(pawl_model_writer_append(c, writer, "v", values, 8) == PAWL_NOT_FOUND);
  REQUIRE(pawl_model_writer_append(c, writer, "w", values, 8) == PAWL_OK);
  CHECK(pawl_model_writer_declare(c, writer, "v", PAWL_DTYPE_F32, shape, 2) ==
        PAWL_FAILED_PRECONDITION);
  REQUIRE(pawl_model_writer_append(c, writer, "w", values + 2, 8) == PAWL_OK);
  CHECK(pawl_model_writer_append(c, writer, "w", values, 8) == PAWL_OUT_OF_RANGE);
  REQUIRE(pawl_model_writer_finish(c, writer) == PAWL_OK);
  CHECK(pawl_model_writer_finish(c, writer) == PAWL_FAILED_PRECONDITION);
  CHECK(pawl_model_writer_append(c, writer, "w", values, 8) == PAWL_FAILED_PRECONDITION);
  int32_t format = -1;
  REQUIRE(pawl_detect_format(c, path.c_str(), &format) == PAWL_OK);
  CHECK(format == PAWL_FORMAT_SAFETENSORS);
  ModelReader reader;
  REQUIRE(pawl_model_reader_open(c, path.c_str(), reader.out()) == PAWL_OK);
  CHECK(std::string(pawl_model_reader_metadata(reader, "by")) == "test");

  const char* inputs[] = {path.c_str()};
  ModelWriter over;
  REQUIRE(pawl_model_writer_create(c, path.c_str(), inputs, 1, over.out()) == PAWL_OK);
  REQUIRE(pawl_model_writer_declare(c, over, "w", PAWL_DTYPE_F32, shape, 2) == PAWL_OK);
  CHECK(pawl_model_writer_append(c, over, "w", values, 8) == PAWL_INVALID_ARGUMENT);
}

TEST_CASE(".pawl files: written, read, verified, damaged") {
  const Context c;
  const Folder folder;
  const std::string path = folder / "out.pawl";
  Quantized quantized;
  Tensor plain;
  Recipe recipe;
  MakeQuantized(c, "int4:g32", {4, 64}, Weights(256), &quantized);
  MakeTensor(c, {3}, {1, 2, 3}, &plain);
  REQUIRE(pawl_recipe_for_scheme(c, "int4:g32", recipe.out()) == PAWL_OK);
  FileWriter writer;
  REQUIRE(pawl_file_writer_create(c, path.c_str(), nullptr, 0, writer.out()) == PAWL_OK);
  REQUIRE(pawl_file_writer_add(c, writer, "w", quantized) == PAWL_OK);
  REQUIRE(pawl_file_writer_add_plain(c, writer, "b", plain) == PAWL_OK);
  const int64_t two = 2;
  const float pieces[2] = {5, 6};
  REQUIRE(pawl_file_writer_begin_plain(c, writer, "p", PAWL_DTYPE_F32, &two, 1) == PAWL_OK);
  REQUIRE(pawl_file_writer_append(c, writer, pieces, 4) == PAWL_OK);
  REQUIRE(pawl_file_writer_append(c, writer, pieces + 1, 4) == PAWL_OK);
  REQUIRE(pawl_file_writer_end_plain(c, writer) == PAWL_OK);
  Scheme scheme;
  Tensor codes;
  const int64_t shape[] = {4, 64};
  REQUIRE(pawl_scheme_parse(c, "int4:g32", scheme.out()) == PAWL_OK);
  REQUIRE(pawl_quantized_tensor_part(c, quantized, PAWL_PART_CODES, codes.out()) == PAWL_OK);
  REQUIRE(pawl_file_writer_begin(c, writer, "q", scheme, shape, 2) == PAWL_OK);
  REQUIRE(pawl_file_writer_append(c, writer, pawl_tensor_data(codes),
                                  pawl_tensor_size_bytes(codes)) == PAWL_OK);
  REQUIRE(pawl_file_writer_end(c, writer, quantized) == PAWL_OK);
  REQUIRE(pawl_file_writer_set_metadata(c, writer, "licence", "none") == PAWL_OK);
  REQUIRE(pawl_file_writer_set_recipe(c, writer, recipe) == PAWL_OK);
  REQUIRE(pawl_file_writer_set_source_hash(c, writer, "abc") == PAWL_OK);
  CHECK(folder.size() <= 1);
  REQUIRE(pawl_file_writer_finish(c, writer) == PAWL_OK);
  CHECK(pawl_file_writer_add_plain(c, writer, "late", plain) == PAWL_FAILED_PRECONDITION);

  FileReader reader;
  REQUIRE(pawl_file_reader_open(c, path.c_str(), reader.out()) == PAWL_OK);
  REQUIRE(pawl_file_reader_verify(c, reader) == PAWL_OK);
  REQUIRE(pawl_file_reader_count(reader) == 4);
  CHECK(std::string(pawl_file_reader_name(reader, 1)) == "b");
  CHECK(pawl_file_reader_is_quantized(reader, 0) == 1);
  CHECK(pawl_file_reader_is_quantized(reader, 1) == 0);
  CHECK(pawl_file_reader_dtype(reader, 0) == -1);
  CHECK(pawl_file_reader_dtype(reader, 1) == PAWL_DTYPE_F32);
  CHECK(pawl_file_reader_rank(reader, 0) == 2);
  CHECK(pawl_file_reader_shape(reader, 0)[1] == 64);
  CHECK(pawl_file_reader_size_bytes(reader, 0) == pawl_quantized_tensor_size_bytes(quantized));
  CHECK(std::string(pawl_file_reader_metadata(reader, "licence")) == "none");
  CHECK(pawl_file_reader_metadata_count(reader) == 1);
  CHECK(std::string(pawl_file_reader_metadata_key(reader, 0)) == "licence");
  CHECK(std::string(pawl_file_reader_recipe(reader)) == pawl_recipe_json(recipe));
  CHECK(std::string(pawl_file_reader_source_hash(reader)) == "abc");
  CHECK(pawl_file_reader_major_version(reader) == 1);
  CHECK(pawl_file_reader_file_size(reader) == fs::file_size(path));
  size_t index = 0;
  REQUIRE(pawl_file_reader_find(c, reader, "q", &index) == PAWL_OK);
  CHECK(pawl_file_reader_find(c, reader, "zz", &index) == PAWL_NOT_FOUND);
  Quantized loaded;
  Tensor wrong;
  REQUIRE(pawl_file_reader_get(c, reader, index, loaded.out()) == PAWL_OK);
  CHECK(pawl_file_reader_get_plain(c, reader, 0, wrong.out()) == PAWL_FAILED_PRECONDITION);
  CHECK(pawl_file_reader_get_plain(c, reader, 4, wrong.out()) == PAWL_OUT_OF_RANGE);
  reader.Reset();  // what was loaded keeps the map
  std::vector<float> a(256);
  std::vector<float> b(256);
  REQUIRE(pawl_dequantize(c, loaded, 0, a.data(), 256) == PAWL_OK);
  REQUIRE(pawl_dequantize(c, quantized, 0, b.data(), 256) == PAWL_OK);
  CHECK(a == b);

  std::string bytes = ReadFile(path);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  FileReader damaged;
  int32_t status = pawl_file_reader_open_memory(c, bytes.data(), bytes.size(), nullptr, nullptr,
                                                "damaged", damaged.out());
  if (status == PAWL_OK) status = pawl_file_reader_verify(c, damaged);
  CHECK(status == PAWL_DATA_LOSS);
  CHECK(Contains(c.error(), "damaged"));
}

TEST_CASE("calibrators: rules, batches, caches") {
  const Context c;
  const Folder folder;
  Options minmax;
  Calibrator a;
  Calibrator b;
  REQUIRE(pawl_options_create(PAWL_OPTIONS_OBSERVER, minmax.out()) == PAWL_OK);
  REQUIRE(pawl_calibrator_create(c, nullptr, a.out()) == PAWL_OK);
  CHECK(pawl_calibrator_add_rule(c, a, "(", minmax) == PAWL_INVALID_ARGUMENT);
  REQUIRE(pawl_calibrator_add_rule(c, a, "^in", minmax) == PAWL_OK);
  const float values[3] = {-12.7f, 3, 4};
  REQUIRE(pawl_calibrator_observe_f32(c, a, "hidden", values, 3) == PAWL_OK);
  CHECK(pawl_calibrator_add_rule(c, a, "^x", minmax) == PAWL_FAILED_PRECONDITION);
  CHECK(pawl_calibrator_finish(c, a) == PAWL_NOT_FOUND);  // the rule matched nothing
  Tensor batch;
  MakeTensor(c, {3}, {1, 2, 25.4f}, &batch);
  REQUIRE(pawl_calibrator_observe(c, a, "in", batch) == PAWL_OK);
  CHECK(pawl_calibrator_finish(c, a) == PAWL_OK);
  REQUIRE(pawl_calibrator_count(a) == 2);
  CHECK(std::string(pawl_calibrator_name(a, 0)) == "hidden");
  CHECK(pawl_calibrator_name(a, 2) == nullptr);
  Observer observer;
  CHECK(pawl_calibrator_observer(c, a, "hiden", observer.out()) == PAWL_NOT_FOUND);
  CHECK(Contains(c.error(), "'hidden'"));
  REQUIRE(pawl_calibrator_observer(c, a, "in", observer.out()) == PAWL_OK);
  double min = 0;
  double max = 0;
  REQUIRE(pawl_observer_ranges(c, observer, nullptr, &min, &max, 1) == PAWL_OK);
  CHECK(max == double{25.4f});

  const std::string path = folder / "cache.json";
  REQUIRE(pawl_calibrator_save(c, a, path.c_str(), "model") == PAWL_OK);
  CHECK(pawl_calibrator_load(c, path.c_str(), "other", b.out()) == PAWL_FAILED_PRECONDITION);
  REQUIRE(pawl_calibrator_load(c, path.c_str(), "model", b.out()) == PAWL_OK);
  REQUIRE(pawl_calibrator_merge(c, b, a) == PAWL_OK);
  Text json;
  Calibrator again;
  REQUIRE(pawl_calibrator_to_json(c, b, "model", json.out()) == PAWL_OK);
  REQUIRE(pawl_calibrator_from_json(c, pawl_text_data(json), pawl_text_size(json), "model",
                                    again.out()) == PAWL_OK);
  REQUIRE(pawl_calibrator_observer(c, again, "in", observer.out()) == PAWL_OK);
  CHECK(pawl_observer_count(observer) == 6);

  TensorRtCache cache;
  Text text;
  TensorRtCache parsed;
  REQUIRE(pawl_tensorrt_cache_from_calibrator(c, a, nullptr, cache.out()) == PAWL_OK);
  REQUIRE(pawl_tensorrt_cache_format(c, cache, text.out()) == PAWL_OK);
  REQUIRE(pawl_tensorrt_cache_parse(c, pawl_text_data(text), pawl_text_size(text), parsed.out()) ==
          PAWL_OK);
  REQUIRE(pawl_tensorrt_cache_count(parsed) == 2);
  CHECK(std::string(pawl_tensorrt_cache_name(parsed, 1)) == "in");
  CHECK(std::abs(pawl_tensorrt_cache_scale(parsed, 1) - 0.2f) < 1e-6f);
  const std::string trt = folder / "trt.cache";
  REQUIRE(pawl_tensorrt_cache_save(c, parsed, trt.c_str()) == PAWL_OK);
  REQUIRE(pawl_tensorrt_cache_load(c, trt.c_str(), cache.out()) == PAWL_OK);
  CHECK(pawl_tensorrt_cache_parse(c, "nonsense", 8, parsed.out()) == PAWL_INVALID_ARGUMENT);

  // A cache made by hand.
  REQUIRE(pawl_tensorrt_cache_create(c, "10300", nullptr, cache.out()) == PAWL_OK);
  CHECK(std::string(pawl_tensorrt_cache_version(cache)) == "10300");
  CHECK(std::string(pawl_tensorrt_cache_algorithm(cache)) == "EntropyCalibration2");
  REQUIRE(pawl_tensorrt_cache_add(c, cache, "x", 1.0f) == PAWL_OK);
  REQUIRE(pawl_tensorrt_cache_format(c, cache, text.out()) == PAWL_OK);
  CHECK(std::string(pawl_text_data(text)) == "TRT-10300-EntropyCalibration2\nx: 3f800000\n");
  REQUIRE(pawl_tensorrt_cache_add(c, cache, "x", 2.0f) == PAWL_OK);
  CHECK(pawl_tensorrt_cache_format(c, cache, text.out()) == PAWL_INVALID_ARGUMENT);
  CHECK(pawl_tensorrt_cache_version(nullptr) == nullptr);
}

}  // namespace
}  // namespace pawl_test
