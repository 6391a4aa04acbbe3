// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Packed layers in files, from C.

#include "capi_test_util.h"
#include "folder.h"

namespace pawl_test {
namespace {

std::vector<float> Run(const Context& c, const pawl_linear* linear) {
  const std::vector<float> x = Weights(2 * 64);
  std::vector<float> y(2 * pawl_linear_out_features(linear));
  REQUIRE(pawl_linear_run(c, linear, 2, x.data(), PAWL_DTYPE_F32, 0, y.data(), PAWL_DTYPE_F32, 0) ==
          PAWL_OK);
  return y;
}

void MakeOptions(int32_t mode, Options* options) {
  REQUIRE(pawl_options_create(PAWL_OPTIONS_LINEAR, options->out()) == PAWL_OK);
  REQUIRE(pawl_options_set_int(*options, PAWL_OPT_LINEAR_MODE, mode) == PAWL_OK);
}

TEST_CASE("packed layers are written to memory and made again from it") {
  const Context c;
  Quantized weights;
  Options options, others;
  Linear linear, mapped;
  Embedding embedding, table;
  Buffer buffer;
  MakeQuantized(c, "int4:g32", {20, 64}, Weights(20 * 64), &weights);
  MakeOptions(PAWL_LINEAR_DYNAMIC_INT8, &options);
  MakeOptions(PAWL_LINEAR_WEIGHT_ONLY, &others);
  REQUIRE(pawl_linear_create(c, weights, options, linear.out()) == PAWL_OK);
  REQUIRE(pawl_embedding_create(c, weights, "table", embedding.out()) == PAWL_OK);
  REQUIRE(pawl_buffer_create(c, buffer.out()) == PAWL_OK);
  {
    FileWriter writer;
    REQUIRE(pawl_file_writer_create_buffer(c, buffer, writer.out()) == PAWL_OK);
    REQUIRE(pawl_file_writer_add_linear(c, writer, "up", linear) == PAWL_OK);
    REQUIRE(pawl_file_writer_add_embedding(c, writer, "table", embedding) == PAWL_OK);
    REQUIRE(pawl_file_writer_add(c, writer, "weights", weights) == PAWL_OK);
    CHECK(pawl_file_writer_add_linear(c, writer, "up", linear) == PAWL_ALREADY_EXISTS);
    CHECK(pawl_file_writer_add_linear(c, writer, "x", nullptr) == PAWL_INVALID_ARGUMENT);
    CHECK(pawl_file_writer_add_embedding(c, writer, nullptr, embedding) == PAWL_INVALID_ARGUMENT);
    REQUIRE(pawl_file_writer_finish(c, writer) == PAWL_OK);
  }
  FileReader reader;
  REQUIRE(pawl_file_reader_open_memory(c, pawl_buffer_data(buffer), pawl_buffer_size(buffer),
                                       nullptr, nullptr, nullptr, reader.out()) == PAWL_OK);
  REQUIRE(pawl_file_reader_verify(c, reader) == PAWL_OK);
  CHECK(pawl_file_reader_packed_kind(reader, 0) == PAWL_PACKED_LINEAR);
  CHECK(pawl_file_reader_packed_kind(reader, 1) == PAWL_PACKED_EMBEDDING);
  CHECK(pawl_file_reader_packed_kind(reader, 2) == -1);
  CHECK(pawl_file_reader_is_quantized(reader, 0) == 0);
  CHECK(pawl_file_reader_dtype(reader, 0) == -1);
  Scheme scheme;
  REQUIRE(pawl_file_reader_scheme(c, reader, 0, scheme.out()) == PAWL_OK);
  CHECK(std::string(pawl_scheme_string(scheme)) == "int4");  // g32 is its default
  REQUIRE(pawl_file_reader_get_linear(c, reader, 0, options, mapped.out()) == PAWL_OK);
  CHECK(Run(c, mapped) == Run(c, linear));
  CHECK(pawl_file_reader_get_linear(c, reader, 0, others, mapped.out()) ==
        PAWL_FAILED_PRECONDITION);
  CHECK(Contains(c.error(), "weight_only is wanted"));
  CHECK(static_cast<pawl_linear*>(mapped) == nullptr);
  CHECK(pawl_file_reader_get_linear(c, reader, 2, nullptr, mapped.out()) ==
        PAWL_FAILED_PRECONDITION);
  CHECK(pawl_file_reader_get_linear(c, reader, 9, nullptr, mapped.out()) == PAWL_OUT_OF_RANGE);
  REQUIRE(pawl_file_reader_get_embedding(c, reader, 1, table.out()) == PAWL_OK);
  CHECK(pawl_embedding_rows(table) == 20);
  CHECK(pawl_packed_layout() == 1);
}

TEST_CASE("a model is packed at its first start") {
  const Context c;
  const Folder folder;
  const std::string model_path = folder / "model.pawl", packed_path = folder / "packed.pawl";
  Quantized weights;
  MakeQuantized(c, "int8", {20, 64}, Weights(20 * 64), &weights);
  {
    FileWriter writer;
    REQUIRE(pawl_file_writer_create(c, model_path.c_str(), nullptr, 0, writer.out()) == PAWL_OK);
    REQUIRE(pawl_file_writer_add(c, writer, "a", weights) == PAWL_OK);
    REQUIRE(pawl_file_writer_add(c, writer, "b", weights) == PAWL_OK);
    REQUIRE(pawl_file_writer_finish(c, writer) == PAWL_OK);
  }
  FileReader model;
  REQUIRE(pawl_file_reader_open(c, model_path.c_str(), model.out()) == PAWL_OK);
  Options options;
  MakeOptions(PAWL_LINEAR_DYNAMIC_INT8, &options);
  const char* const names[2] = {"a", "b"};
  const int32_t kinds[2] = {PAWL_PACKED_LINEAR, PAWL_PACKED_EMBEDDING};
  const pawl_options* const layer_options[2] = {options, nullptr};
  for (int32_t start = 0; start < 3; ++start) {
    FileReader packed;
    int32_t made = -1;
    REQUIRE(pawl_file_reader_open_packed(c, model, names, kinds, layer_options, 2,
                                         packed_path.c_str(), packed.out(), &made) == PAWL_OK);
    CHECK(made == (start == 0 ? 1 : 0));
    Linear direct, mapped;
    REQUIRE(pawl_linear_create(c, weights, options, direct.out()) == PAWL_OK);
    REQUIRE(pawl_file_reader_get_linear(c, packed, 0, options, mapped.out()) == PAWL_OK);
    CHECK(Run(c, mapped) == Run(c, direct));
    CHECK(pawl_file_reader_packed_kind(packed, 1) == PAWL_PACKED_EMBEDDING);
  }
  FileReader packed;
  const int32_t wrong[2] = {0, 7};
  CHECK(pawl_file_reader_open_packed(c, model, names, wrong, nullptr, 2, packed_path.c_str(),
                                     packed.out(), nullptr) == PAWL_INVALID_ARGUMENT);
  const char* const missing[1] = {"c"};
  CHECK(pawl_file_reader_open_packed(c, model, missing, nullptr, nullptr, 1, packed_path.c_str(),
                                     packed.out(), nullptr) == PAWL_NOT_FOUND);
  CHECK(Contains(c.error(), "'c'"));
}

}  // namespace
}  // namespace pawl_test
