// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Files without paths: buffers and functions of the host's.

#include <cstring>
#include <fstream>
#include <iterator>

#include "capi_test_util.h"

namespace pawl_test {
namespace {

std::string Digits() {
  std::ifstream file(std::string(PAWL_TEST_DATA) + "/../examples/models/digits/digits.safetensors",
                     std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

std::string Text(const Buffer& buffer) {
  return std::string(static_cast<const char*>(pawl_buffer_data(buffer)), pawl_buffer_size(buffer));
}

// A host's store: how often each byte came, and a limit.
struct Store {
  std::string bytes;
  std::vector<int> times;
  size_t limit = SIZE_MAX;
  int32_t failure = PAWL_RESOURCE_EXHAUSTED;

  static int32_t Write(void* user, uint64_t offset, const void* bytes, size_t size) {
    auto* store = static_cast<Store*>(user);
    if (offset + size > store->limit) return store->failure;
    if (store->bytes.size() < offset + size) {
      store->bytes.resize(offset + size);
      store->times.resize(offset + size);
    }
    std::memcpy(store->bytes.data() + offset, bytes, size);
    for (size_t i = 0; i < size; ++i) ++store->times[offset + i];
    return PAWL_OK;
  }
  bool each_once() const { return times == std::vector<int>(bytes.size(), 1); }
};

int32_t WriteModel(const Context& c, const ModelWriter& writer) {
  const int64_t shape[] = {2, 2};
  Tensor tensor;
  MakeTensor(c, {2, 2}, {1, 2, 3, 4}, &tensor);
  REQUIRE(pawl_model_writer_declare(c, writer, "b", PAWL_DTYPE_F32, shape, 2) == PAWL_OK);
  REQUIRE(pawl_model_writer_declare(c, writer, "a", PAWL_DTYPE_I8, shape, 2) == PAWL_OK);
  REQUIRE(pawl_model_writer_set_metadata(c, writer, "made", "here") == PAWL_OK);
  if (const int32_t status = pawl_model_writer_append(c, writer, "a", "wxyz", 4)) return status;
  if (const int32_t status = pawl_model_writer_add(c, writer, "b", tensor)) return status;
  return pawl_model_writer_finish(c, writer);
}

int32_t WritePawl(const Context& c, const FileWriter& writer) {
  Quantized quantized;
  Tensor tensor;
  MakeQuantized(c, "int4:g32", {4, 64}, Weights(4 * 64), &quantized);
  MakeTensor(c, {2, 2}, {1, 2, 3, 4}, &tensor);
  if (const int32_t status = pawl_file_writer_add(c, writer, "w", quantized)) return status;
  if (const int32_t status = pawl_file_writer_add_plain(c, writer, "b", tensor)) return status;
  CHECK(pawl_file_writer_file_size(writer) == 0);
  return pawl_file_writer_finish(c, writer);
}

TEST_CASE("safetensors are written to a buffer and to a host's function") {
  const Context c;
  Buffer buffer;
  ModelWriter writer;
  REQUIRE(pawl_buffer_create(c, buffer.out()) == PAWL_OK);
  CHECK(pawl_buffer_data(buffer) == nullptr);
  REQUIRE(pawl_model_writer_create_buffer(c, buffer, writer.out()) == PAWL_OK);
  REQUIRE(WriteModel(c, writer) == PAWL_OK);
  CHECK(pawl_model_writer_finish(c, writer) == PAWL_FAILED_PRECONDITION);
  Store store;
  REQUIRE(pawl_model_writer_create_callback(c, Store::Write, &store, "net", writer.out()) ==
          PAWL_OK);
  REQUIRE(WriteModel(c, writer) == PAWL_OK);
  CHECK(store.bytes == Text(buffer));
  CHECK(store.each_once());

  ModelReader reader;
  REQUIRE(pawl_model_reader_open_memory(c, pawl_buffer_data(buffer), pawl_buffer_size(buffer),
                                        nullptr, nullptr, nullptr, reader.out()) == PAWL_OK);
  CHECK(std::string(pawl_model_reader_metadata(reader, "made")) == "here");
  size_t index = 0;
  REQUIRE(pawl_model_reader_find(c, reader, "a", &index) == PAWL_OK);
  CHECK(pawl_model_reader_file_index(reader, index) == 0);
  const uint64_t offset = pawl_model_reader_file_offset(reader, index);
  REQUIRE(offset + 4 <= store.bytes.size());
  CHECK(store.bytes.substr(offset, 4) == "wxyz");
  CHECK(pawl_model_reader_file_offset(reader, 99) == 0);

  // A buffer must be empty, and no other argument may lack.
  REQUIRE(pawl_model_writer_create_buffer(c, buffer, writer.out()) == PAWL_OK);
  CHECK(WriteModel(c, writer) == PAWL_INVALID_ARGUMENT);
  CHECK(Contains(c.error(), "not empty"));
  CHECK(pawl_model_writer_create_buffer(c, nullptr, writer.out()) == PAWL_INVALID_ARGUMENT);
  CHECK(pawl_model_writer_create_callback(c, nullptr, nullptr, "net", writer.out()) ==
        PAWL_INVALID_ARGUMENT);
  CHECK(writer == nullptr);
  pawl_buffer_clear(buffer);
  CHECK(pawl_buffer_size(buffer) == 0);
  CHECK(pawl_buffer_size(nullptr) == 0);
}

TEST_CASE(".pawl files are written to a buffer, which may go before its writer") {
  const Context c;
  Buffer buffer;
  FileWriter writer;
  REQUIRE(pawl_buffer_create(c, buffer.out()) == PAWL_OK);
  REQUIRE(pawl_file_writer_create_buffer(c, buffer, writer.out()) == PAWL_OK);
  REQUIRE(WritePawl(c, writer) == PAWL_OK);
  CHECK(pawl_file_writer_file_size(writer) == pawl_buffer_size(buffer));
  CHECK(reinterpret_cast<uintptr_t>(pawl_buffer_data(buffer)) % 64 == 0);
  Store store;
  REQUIRE(pawl_file_writer_create_callback(c, Store::Write, &store, nullptr, writer.out()) ==
          PAWL_OK);
  REQUIRE(WritePawl(c, writer) == PAWL_OK);
  CHECK(store.bytes == Text(buffer));
  CHECK(store.each_once());

  int32_t format = -1;
  REQUIRE(pawl_detect_format_memory(c, store.bytes.data(), 9, nullptr, &format) == PAWL_OK);
  CHECK(format == PAWL_FORMAT_PAWL);
  REQUIRE(pawl_detect_format_memory(c, Digits().data(), 9, nullptr, &format) == PAWL_OK);
  CHECK(format == PAWL_FORMAT_SAFETENSORS);
  CHECK(pawl_detect_format_memory(c, "unknown..", 9, "thing", &format) == PAWL_INVALID_ARGUMENT);
  CHECK(Contains(c.error(), "'thing'"));

  FileReader reader;
  REQUIRE(pawl_file_reader_open_memory(c, store.bytes.data(), store.bytes.size(), nullptr, nullptr,
                                       nullptr, reader.out()) == PAWL_OK);
  CHECK(pawl_file_reader_verify(c, reader) == PAWL_OK);
  Scheme scheme;
  REQUIRE(pawl_file_reader_scheme(c, reader, 0, scheme.out()) == PAWL_OK);
  CHECK(std::string(pawl_scheme_string(scheme)) == "int4");  // g32 is its default
  CHECK(pawl_file_reader_scheme(c, reader, 1, scheme.out()) == PAWL_FAILED_PRECONDITION);
  CHECK(Contains(c.error(), "'b'"));
  CHECK(pawl_file_reader_scheme(c, reader, 2, scheme.out()) == PAWL_OUT_OF_RANGE);

  CHECK(pawl_file_writer_create_buffer(c, buffer, writer.out()) == PAWL_INVALID_ARGUMENT);
  pawl_buffer_clear(buffer);
  REQUIRE(pawl_file_writer_create_buffer(c, buffer, writer.out()) == PAWL_OK);
  buffer.Reset();
  CHECK(WritePawl(c, writer) == PAWL_OK);
}

TEST_CASE("what a host's function returns is what the call returns") {
  const Context c;
  for (const int32_t failure : {int32_t{PAWL_RESOURCE_EXHAUSTED}, int32_t{PAWL_CANCELLED}}) {
    Store store;
    store.limit = 300;
    store.failure = failure;
    FileWriter writer;
    REQUIRE(pawl_file_writer_create_callback(c, Store::Write, &store, "cloud", writer.out()) ==
            PAWL_OK);
    CHECK(WritePawl(c, writer) == failure);
    CHECK(Contains(c.error(), "cloud"));
    CHECK(Contains(c.error(), pawl_status_name(failure)));
    CHECK(pawl_file_writer_finish(c, writer) == failure);
  }
  Store odd;
  odd.limit = 0;
  odd.failure = -1;
  ModelWriter writer;
  REQUIRE(pawl_model_writer_create_callback(c, Store::Write, &odd, "cloud", writer.out()) ==
          PAWL_OK);
  CHECK(WriteModel(c, writer) == PAWL_UNKNOWN);
  CHECK(Contains(c.error(), "-1"));
}

TEST_CASE("a job runs from memory to memory") {
  const Context c;
  const std::string input = Digits();
  Recipe recipe;
  Buffer buffer;
  Job job;
  Report report;
  REQUIRE(pawl_recipe_for_scheme(c, "int4:g32", recipe.out()) == PAWL_OK);
  REQUIRE(pawl_buffer_create(c, buffer.out()) == PAWL_OK);
  REQUIRE(pawl_job_create(c, nullptr, recipe, job.out()) == PAWL_OK);
  REQUIRE(pawl_job_set_input_memory(c, job, input.data(), input.size()) == PAWL_OK);
  REQUIRE(pawl_job_set_output_buffer(c, job, buffer) == PAWL_OK);
  REQUIRE(pawl_job_run(c, job, report.out()) == PAWL_OK);
  CHECK(pawl_report_total(report, PAWL_REPORT_FILE_BYTES) ==
        static_cast<double>(pawl_buffer_size(buffer)));
  CHECK(pawl_report_note_count(report) == 0);
  CHECK(pawl_report_note(report, 0) == nullptr);
  FileReader reader;
  REQUIRE(pawl_file_reader_open_memory(c, pawl_buffer_data(buffer), pawl_buffer_size(buffer),
                                       nullptr, nullptr, nullptr, reader.out()) == PAWL_OK);
  CHECK(pawl_file_reader_verify(c, reader) == PAWL_OK);
  CHECK(std::string(pawl_file_reader_source_hash(reader)) == pawl_report_input_hash(report));

  Store store;
  REQUIRE(pawl_job_set_output_callback(c, job, Store::Write, &store) == PAWL_OK);
  REQUIRE(pawl_job_run(c, job, report.out()) == PAWL_OK);
  CHECK(store.bytes == Text(buffer));

  // Importances in memory: with the range by maximum they are not used, which is a note.
  Buffer importances;
  ModelWriter writer;
  const std::vector<float> ones(256, 1.0f);
  const int64_t cols = 256;
  Tensor tensor;
  MakeTensor(c, {cols}, ones, &tensor);
  REQUIRE(pawl_buffer_create(c, importances.out()) == PAWL_OK);
  REQUIRE(pawl_model_writer_create_buffer(c, importances, writer.out()) == PAWL_OK);
  REQUIRE(pawl_model_writer_declare(c, writer, "fc2.weight", PAWL_DTYPE_F32, &cols, 1) == PAWL_OK);
  REQUIRE(pawl_model_writer_add(c, writer, "fc2.weight", tensor) == PAWL_OK);
  REQUIRE(pawl_model_writer_finish(c, writer) == PAWL_OK);
  REQUIRE(pawl_job_set_calibration_memory(c, job, pawl_buffer_data(importances),
                                          pawl_buffer_size(importances)) == PAWL_OK);
  REQUIRE(pawl_job_run(c, job, report.out()) == PAWL_OK);
  REQUIRE(pawl_report_note_count(report) == 1);
  CHECK(Contains(pawl_report_note(report, 0), "calibration is not used"));
  CHECK(pawl_job_set_output_buffer(c, job, nullptr) == PAWL_INVALID_ARGUMENT);
  CHECK(pawl_job_set_output_callback(c, job, nullptr, nullptr) == PAWL_INVALID_ARGUMENT);
  CHECK(pawl_job_set_calibration_memory(c, nullptr, "x", 1) == PAWL_INVALID_ARGUMENT);
}

}  // namespace
}  // namespace pawl_test
