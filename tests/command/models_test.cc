// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The command on language models and GGUF: examples/models/kjv quantized in every way that it can
// be, and measured.

#include <filesystem>
#include <string>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "catch2/matchers/catch_matchers_string.hpp"
#include "nlohmann/json.hpp"
#include "tests/command/run_tool.h"
#include "tests/formats/file_io_test_util.h"
#include "tests/models/tiny_decoder.h"

namespace pawl {
namespace {

using Catch::Matchers::ContainsSubstring;
using nlohmann::json;
using testing::Slurp;
using testing::Spill;
using testing::TempDir;
using testing::TinyDecoder;

// The folder of a byte-level model with drawn weights, and a text.
struct ByteModel {
  ByteModel() {
    TinyDecoder decoder;
    decoder.vocabulary = 256;
    decoder.width = 256;
    decoder.inner = 320;  // no multiple of 256: Q4_K falls back
    decoder.head = 64;
    decoder.context = 256;
    decoder.Fill();
    std::filesystem::create_directory(path);
    decoder.Write(path);
    std::string bytes;
    for (int i = 0; i < 2048; ++i) bytes += static_cast<char>("In the beginning "[i * i % 17]);
    Spill(text, bytes);
  }
  TempDir dir;
  std::string path = dir.File("model");
  std::string text = dir.File("text.txt");
};

std::string Out(std::vector<std::string> words) {
  const ToolResult result = RunTool(words);
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  return result.out;
}

std::string Error(int exit_code, std::vector<std::string> words) {
  const ToolResult result = RunTool(words);
  INFO(result.out << result.err);
  CHECK(result.exit_code == exit_code);
  CHECK(result.out.empty());
  return result.err;
}

json Eval(const std::string& model, std::vector<std::string> more) {
  std::vector<std::string> words = {"eval", model, "--json", "--progress", "none"};
  words.insert(words.end(), more.begin(), more.end());
  return json::parse(Out(words));
}

TEST_CASE("command: eval of the float model, of text and of ids alike") {
  const ByteModel model;
  const TempDir dir;
  const json text = Eval(model.path, {"--text", model.text});
  CHECK(text["context"] == 256);
  CHECK(text["windows"] == 8);
  CHECK(text["counted"] == 8 * 255);
  CHECK(text["bits_per_byte"] < 20.0);
  CHECK(text["bits_per_byte"] > 5.0);  // it has learnt nothing
  CHECK(text["bits_per_weight"] == 32.0);
  CHECK_FALSE(text.contains("mean_kl"));
  std::string ids;
  for (const char c : Slurp(model.text)) {
    ids += std::to_string(static_cast<int>(static_cast<unsigned char>(c))) + " ";
  }
  Spill(dir.File("ids.txt"), ids);
  const json numbers = Eval(model.path, {"--tokens", dir.File("ids.txt")});
  CHECK(numbers["nats"] == text["nats"]);
  CHECK_THAT(
      Out({"eval", model.path, "--text", model.text, "--max-tokens", "300", "--progress", "none"}),
      ContainsSubstring("bits per byte"));
}

TEST_CASE("command: quantized GGUF files and folders, measured against the float model") {
  const ByteModel model;
  const TempDir dir;
  double last = -1.0;
  for (const std::string scheme : {"q8_0", "q4_k", "q2_k"}) {
    CAPTURE(scheme);
    const std::string file = dir.File(scheme + ".gguf");
    Out({"quantize", model.path, "-o", file, "--scheme", scheme, "--progress", "none"});
    CHECK_THAT(Out({"verify", file}), ContainsSubstring("ok"));
    const json seen = json::parse(Out({"inspect", file, "--json"}));
    CHECK(seen["metadata"]["general.architecture"] == "llama");
    CHECK(seen["metadata"]["llama.block_count"] == "2");
    const json measured = Eval(file, {"--text", model.text, "--reference", model.path});
    CHECK(measured["mean_kl"] > last);  // fewer bits, farther away
    CHECK(measured["mean_kl"] < 20.0);
    CHECK(measured["bits_per_weight"] < 9.0);
    last = measured["mean_kl"];
  }
  const std::string folder = dir.File("int8");
  Out({"quantize", model.path, "-o", folder, "--scheme", "int8", "--progress", "none"});
  CHECK(Slurp(folder + "/config.json") == Slurp(model.path + "/config.json"));
  CHECK_FALSE(std::filesystem::exists(folder + "/model.safetensors"));
  const json measured =
      Eval(folder, {"--text", model.text, "--max-tokens", "1024", "--reference", model.path});
  CHECK(measured["mean_kl"] < 1.0);
}

TEST_CASE("command: GGUF decodes, compares and quantizes again") {
  const ByteModel model;
  const TempDir dir;
  const std::string first = dir.File("a.gguf"), decoded = dir.File("a.safetensors");
  const std::string again = dir.File("b.gguf");
  Out({"quantize", model.path, "-o", first, "--scheme", "q8_0", "--progress", "none"});
  Out({"dequantize", first, "-o", decoded, "--progress", "none"});
  Out({"compare", first, decoded, "--max-error", "0", "--progress", "none"});
  // What the blocks decode to lies on their grid.
  Out({"quantize", decoded, "-o", again, "--scheme", "q8_0", "--progress", "none"});
  Out({"compare", first, again, "--max-error", "0.02", "--progress", "none"});
  CHECK_THAT(Error(1, {"quantize", first, "-o", again, "--scheme", "q4_0", "--progress", "none"}),
             ContainsSubstring("quantized"));
  CHECK_THAT(Error(1, {"quantize", first, "-o", dir.File("c.pawl"), "--scheme", "int8"}),
             ContainsSubstring("GGUF"));
}

TEST_CASE("command: eval says what it needs") {
  const ByteModel model;
  const TempDir dir;
  CHECK_THAT(Error(2, {"eval", model.path}), ContainsSubstring("--text"));
  CHECK_THAT(Error(1, {"eval", dir.path(), "--text", model.text}),
             ContainsSubstring("config.json"));
  CHECK_THAT(Error(1, {"eval", model.path, "--text", dir.File("none")}), ContainsSubstring("none"));
  CHECK_THAT(Error(1, {"eval", model.text, "--text", model.text}), ContainsSubstring("GGUF"));
}

}  // namespace
}  // namespace pawl
