// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// .pawl files from C, in both profiles: written, mapped, run, damaged.

#include <cstring>

#include "capi_test_util.h"
#include "folder.h"

namespace pawl_test {
namespace {

constexpr size_t kRows = 8, kColumns = 64;

std::vector<float> Run(const Context& c, const pawl_linear* linear) {
  const std::vector<float> x = Weights(3 * kColumns);
  std::vector<float> y(3 * kRows);
  REQUIRE(pawl_linear_run(c, linear, 3, x.data(), PAWL_DTYPE_F32, 0, y.data(), PAWL_DTYPE_F32, 0) ==
          PAWL_OK);
  return y;
}

void MakeLinear(const Context& c, const pawl_quantized_tensor* weights, Linear* linear) {
  Options options;
  REQUIRE(pawl_options_create(PAWL_OPTIONS_LINEAR, options.out()) == PAWL_OK);
  REQUIRE(pawl_options_set_int(options, PAWL_OPT_LINEAR_MODE, PAWL_LINEAR_DYNAMIC_INT8) == PAWL_OK);
  REQUIRE(pawl_linear_create(c, weights, options, linear->out()) == PAWL_OK);
}

// Weights, a plain tensor, and where the profile has them the weights as a packed layer.
struct Small {
  Quantized weights;
  Linear linear;
  Tensor plain;

  explicit Small(const Context& c) {
    MakeQuantized(c, "int4:g32", {kRows, kColumns}, Weights(kRows * kColumns), &weights);
    MakeLinear(c, weights, &linear);
    MakeTensor(c, {3}, {1, 2, 3}, &plain);
  }
  int32_t Add(const Context& c, pawl_file_writer* writer) const {
    int32_t status = pawl_file_writer_add(c, writer, "weights", weights);
    if (status == PAWL_OK) status = pawl_file_writer_add_plain(c, writer, "plain", plain);
    if (status == PAWL_OK && pawl_has_files() == 1) {
      status = pawl_file_writer_add_linear(c, writer, "layer", linear);
    }
    return status;
  }
  void Write(const Context& c, const std::string& path) const {
    FileWriter writer;
    REQUIRE(pawl_file_writer_create(c, path.c_str(), nullptr, 0, writer.out()) == PAWL_OK);
    REQUIRE(Add(c, writer) == PAWL_OK);
    REQUIRE(pawl_file_writer_set_metadata(c, writer, "licence", "none") == PAWL_OK);
    REQUIRE(pawl_file_writer_finish(c, writer) == PAWL_OK);
  }
};

void WriteFile(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

TEST_CASE("a .pawl file is written, mapped and run") {
  const Context c;
  const Folder folder;
  const std::string path = folder / "small.pawl";
  const Small small(c);
  small.Write(c, path);
  CHECK(folder.size() == 1);

  FileReader reader;
  Quantized weights;
  Linear again;
  REQUIRE(pawl_file_reader_open(c, path.c_str(), reader.out()) == PAWL_OK);
  REQUIRE(pawl_file_reader_verify(c, reader) == PAWL_OK);
  CHECK(std::string(pawl_file_reader_metadata(reader, "licence")) == "none");
  size_t index = 9;
  REQUIRE(pawl_file_reader_find(c, reader, "weights", &index) == PAWL_OK);
  CHECK(pawl_file_reader_find(c, reader, "wieghts", &index) == PAWL_NOT_FOUND);
  CHECK(Contains(c.error(), "'weights'"));
  REQUIRE(pawl_file_reader_get(c, reader, index, weights.out()) == PAWL_OK);
  CHECK(pawl_file_reader_packed_kind(reader, index) == -1);
  reader.Reset();  // what came from it keeps the map
  MakeLinear(c, weights, &again);
  CHECK(Run(c, again) == Run(c, small.linear));

  small.Write(c, folder / "twice.pawl");
  CHECK(ReadFile(folder / "twice.pawl") == ReadFile(path));
}

TEST_CASE("every flipped byte of a .pawl file is found, mapped or in memory, and every cut") {
  const Context c;
  const Folder folder;
  const std::string path = folder / "small.pawl", damaged_path = folder / "damaged.pawl";
  Small(c).Write(c, path);
  const std::string bytes = ReadFile(path);
  REQUIRE(bytes.size() > 800);
  for (size_t i = 0; i < bytes.size(); ++i) {
    INFO("byte " << i << " of " << bytes.size());
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 1 << i % 8);
    FileReader reader;
    int32_t status = pawl_file_reader_open_memory(c, damaged.data(), damaged.size(), nullptr,
                                                  nullptr, "small", reader.out());
    if (status == PAWL_OK) status = pawl_file_reader_verify(c, reader);
    REQUIRE(status == (i < 8 ? PAWL_INVALID_ARGUMENT : PAWL_DATA_LOSS));
    REQUIRE(Contains(c.error(), "small"));
    if (i % 61 != 0) continue;
    FileReader file;
    WriteFile(damaged_path, damaged);
    status = pawl_file_reader_open(c, damaged_path.c_str(), file.out());
    if (status == PAWL_OK) status = pawl_file_reader_verify(c, file);
    REQUIRE(status == (i < 8 ? PAWL_INVALID_ARGUMENT : PAWL_DATA_LOSS));
    REQUIRE(Contains(c.error(), damaged_path));
  }
  for (size_t size = 0; size < bytes.size(); size += 13) {
    FileReader reader;
    REQUIRE(pawl_file_reader_open_memory(c, bytes.data(), size, nullptr, nullptr, "cut",
                                         reader.out()) != PAWL_OK);
  }
}

TEST_CASE("a .pawl file that is cut short after it was opened is an error") {
  const Context c;
  const Folder folder;
  const std::string path = folder / "small.pawl";
  Small(c).Write(c, path);
  FileReader reader;
  Quantized weights;
  REQUIRE(pawl_file_reader_open(c, path.c_str(), reader.out()) == PAWL_OK);
  fs::resize_file(path, 200);
  CHECK(pawl_file_reader_verify(c, reader) == PAWL_DATA_LOSS);
  CHECK(pawl_file_reader_get(c, reader, 0, weights.out()) == PAWL_DATA_LOSS);
  CHECK(Contains(c.error(), path));
}

TEST_CASE("a .pawl file is there whole or not at all, and never over its input") {
  const Context c;
  const Folder folder;
  const std::string path = folder / "small.pawl";
  const Small small(c);
  small.Write(c, path);
  const std::string bytes = ReadFile(path);
  const char* inputs[] = {path.c_str()};
  {
    FileWriter over;
    CHECK(pawl_file_writer_create(c, path.c_str(), inputs, 1, over.out()) == PAWL_INVALID_ARGUMENT);
    CHECK(Contains(c.error(), path));
    FileWriter left;
    REQUIRE(pawl_file_writer_create(c, path.c_str(), nullptr, 0, left.out()) == PAWL_OK);
    REQUIRE(small.Add(c, left) == PAWL_OK);
  }
  CHECK(folder.size() == 1);
  CHECK(ReadFile(path) == bytes);
  FileWriter nowhere;
  CHECK(pawl_file_writer_create(c, (folder / "no/where.pawl").c_str(), nullptr, 0, nowhere.out()) ==
        PAWL_NOT_FOUND);
}

TEST_CASE("the core profile says what it lacks") {
  const Context c;
  const bool full = pawl_has_files() == 1;
  ModelReader model;
  CHECK(pawl_model_reader_open(c, "/nowhere", model.out()) ==
        (full ? PAWL_NOT_FOUND : PAWL_UNIMPLEMENTED));
  CHECK(Contains(c.error(), full ? "/nowhere" : "PAWL_PROFILE=full"));
  Buffer buffer;
  FileWriter writer;
  REQUIRE(pawl_buffer_create(c, buffer.out()) == PAWL_OK);
  REQUIRE(pawl_file_writer_create_buffer(c, buffer, writer.out()) == PAWL_OK);
  CHECK(pawl_file_writer_set_recipe(c, writer, nullptr) ==
        (full ? PAWL_INVALID_ARGUMENT : PAWL_UNIMPLEMENTED));
  CHECK(pawl_packed_layout() == (full ? 1u : 0u));
  Linear linear;
  CHECK(pawl_file_writer_add_linear(c, writer, "layer", nullptr) ==
        (full ? PAWL_INVALID_ARGUMENT : PAWL_UNIMPLEMENTED));
  CHECK(pawl_file_reader_get_linear(c, nullptr, 0, nullptr, linear.out()) ==
        (full ? PAWL_INVALID_ARGUMENT : PAWL_UNIMPLEMENTED));
}

}  // namespace
}  // namespace pawl_test
