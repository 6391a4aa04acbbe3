// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// No command writes over a file that it reads, nor one output over another, whatever names or links
// lead to them; and what cannot be written is said before the work.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "catch2/matchers/catch_matchers_string.hpp"
#include "pawl/onnx.h"
#include "tests/command/run_tool.h"
#include "tests/models/tiny_decoder.h"
#include "tests/pipeline/job_test_model.h"

namespace pawl {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::ContainsSubstring;

const char kDigits[] = "../examples/models/digits/digits.onnx";
const char kSamples[] = "../examples/models/digits/digits_calibration.npz";

std::map<std::string, std::string> Contents(const fs::path& folder) {
  std::map<std::string, std::string> contents;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = fs::relative(entry.path(), folder).string();
    contents[name] = entry.is_regular_file() ? ReadAll(entry.path().string()) : "";
  }
  return contents;
}

// A folder in which each of these commands must fail, name what it says, and change nothing.
struct Ground {
  std::string At(const std::string& name) const { return folder.Path(name); }
  void Refuses(std::vector<std::string> words, const std::vector<std::string>& named) const {
    for (std::string& word : words) {
      if (!word.empty() && word[0] == '@') word = At(word.substr(1));
    }
    const auto before = Contents(At(""));
    const ToolResult result = RunTool(words);
    std::string line;
    for (const std::string& word : words) line += word + " ";
    INFO(line << "\n" << result.out << result.err);
    CHECK(result.exit_code == 1);
    CHECK(result.out.empty());
    for (const std::string& name : named) {
      const bool file = name[0] == '@';
      CHECK_THAT(result.err, ContainsSubstring(file ? At(name.substr(1)) : name));
    }
    CHECK(Contents(At("")) == before);
  }
  std::string Out(std::vector<std::string> words) const {
    for (std::string& word : words) {
      if (!word.empty() && word[0] == '@') word = At(word.substr(1));
    }
    const ToolResult result = RunTool(words);
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    return result.out;
  }
  TestFolder folder;
};

std::vector<std::string> Words(std::vector<std::string> words,
                               const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

}  // namespace

TEST_CASE("quantize: shards, index, recipe and calibration are not written over") {
  const Ground ground;
  WriteSafetensors(ground.At("a.safetensors"),
                   {{"a.weight", GaussianTensor(DType::kF32, {32, 64}, 1)}});
  WriteSafetensors(ground.At("b.safetensors"),
                   {{"b.weight", GaussianTensor(DType::kF32, {32, 64}, 2)}});
  WriteAll(ground.At("i.index.json"),
           R"({"weight_map": {"a.weight": "a.safetensors", "b.weight": "b.safetensors"}})");
  WriteAll(ground.At("r.json"), R"({"pawl_recipe": "1.0", "rules": [{"scheme": "int8"}]})");
  WriteSafetensors(ground.At("c.safetensors"),
                   {{"a.weight.input", GaussianTensor(DType::kF32, {8, 64}, 3)}});
  fs::create_symlink(ground.At("b.safetensors"), ground.At("soft"));
  fs::create_hard_link(ground.At("b.safetensors"), ground.At("hard"));
  const std::vector<std::string> job = {"quantize",      "@i.index.json",  "--recipe",   "@r.json",
                                        "--calibration", "@c.safetensors", "--progress", "none"};
  const auto with = [&](const std::vector<std::string>& more) { return Words(job, more); };
  for (const std::string input : {"@a.safetensors", "@b.safetensors", "@i.index.json"}) {
    ground.Refuses(with({"-o", "@m.pawl", "--report", input}), {"--report", input, "model"});
    ground.Refuses(with({"-o", input}), {"the output", input});
    ground.Refuses(with({"--dry-run", "--report", input}), {"--report", input});
  }
  for (const std::string link : {"@soft", "@hard"}) {
    ground.Refuses(with({"-o", "@m.pawl", "--report", link}), {link, "@b.safetensors"});
    ground.Refuses(with({"-o", link}), {link, "@b.safetensors"});
  }
  ground.Refuses(with({"-o", "@r.json"}), {"the output", "--recipe", "@r.json"});
  ground.Refuses(with({"-o", "@m.pawl", "--report", "@r.json"}), {"--report", "--recipe"});
  ground.Refuses(with({"-o", "@c.safetensors"}), {"the output", "the calibration"});
  ground.Refuses(with({"-o", "@m.pawl", "--report", "@c.safetensors"}), {"the calibration"});
  ground.Refuses(with({"-o", "@m.pawl", "--report", "@m.pawl"}), {"--report", "the output"});
  ground.Refuses(with({"-o", "@m.pawl", "--report", "@m.pawl.part"}), {"--report", "@m.pawl.part"});
  ground.Refuses(with({"-o", "@m.pawl", "--report", "@none/r.json"}), {"--report", "@none"});
  ground.Refuses(with({"-o", "@none/m.pawl"}), {"the output", "@none"});
  ground.Out(with({"-o", "@m.pawl", "--report", "@report.json"}));
  ground.Out(with({"-o", "@m.pawl", "--report", "@report.json"}));  // its own outputs
}

TEST_CASE("ONNX: the model, its external data, samples and the recipe are not written over") {
  const Ground ground;
  const auto graph = ReadOnnx(kDigits);
  REQUIRE(graph.ok());
  const OnnxWriteOptions external{.external_from = 0, .external_tensor_bytes = 16};
  REQUIRE(WriteOnnx(**graph, ground.At("m.onnx"), external).ok());
  REQUIRE(fs::exists(ground.At("m.onnx.data")));
  fs::copy(kSamples, ground.At("s.npz"));
  fs::create_directory(ground.At("samples"));
  fs::copy(kSamples, ground.At("samples/1.npz"));
  WriteAll(ground.At("r.json"), R"({"pawl_recipe": "1.0", "rules": [{"scheme": "int8"}]})");
  const std::vector<std::string> job = {"quantize",   "@m.onnx", "--mode",        "dynamic",
                                        "--recipe",   "@r.json", "--calibration", "@s.npz",
                                        "--progress", "none"};
  for (const std::string input : {"@m.onnx", "@m.onnx.data", "@s.npz", "@r.json"}) {
    ground.Refuses(Words(job, {"-o", input}), {"the output", input});
    ground.Refuses(Words(job, {"-o", "@q.onnx", "--report", input}), {"--report", input});
    ground.Refuses({"analyze", "@m.onnx", "--calibration", "@s.npz", "--recipe", "@r.json",
                    "--progress", "none", "--write-recipe", input},
                   {"--write-recipe", input});
  }
  ground.Refuses(Words(job, {"-o", "@q.onnx", "--report", "@q.onnx"}), {"--report", "the output"});
  ground.Refuses(Words(job, {"-o", "@q.onnx", "--report", "@q.onnx.data"}), {"external data"});
  ground.Refuses(Words(job, {"-o", "@q.onnx", "--report", "@none/r"}), {"--report", "@none"});
  ground.Refuses({"quantize", "@m.onnx", "--mode", "dynamic", "--calibration", "@samples", "-o",
                  "@samples/1.npz", "--progress", "none"},
                 {"the output", "@samples/1.npz"});
  // Data that the output may need, and that is another model's.
  fs::rename(ground.At("m.onnx"), ground.At("n.onnx"));
  ground.Refuses(
      {"quantize", "@n.onnx", "--mode", "dynamic", "-o", "@m.onnx", "--progress", "none"},
      {"@m.onnx.data"});
  for (const std::string input : {"@n.onnx", "@m.onnx.data", "@s.npz"}) {
    ground.Refuses({"run", "@n.onnx", "--inputs", "@s.npz", "-o", input}, {"the output", input});
  }
  ground.Refuses({"run", "@n.onnx", "--inputs", "@s.npz", "-o", "@none/y.npz"}, {"@none"});
}

TEST_CASE("dequantize and pack do not write over their model") {
  const Ground ground;
  WriteSafetensors(ground.At("m.safetensors"), SmallModel());
  ground.Out({"quantize", "@m.safetensors", "-o", "@m.pawl", "--scheme", "int8"});
  fs::create_hard_link(ground.At("m.pawl"), ground.At("hard"));
  for (const std::string command : {"dequantize", "pack"}) {
    ground.Refuses({command, "@m.pawl", "-o", "@m.pawl"}, {"the output", "the model", "@m.pawl"});
    ground.Refuses({command, "@m.pawl", "-o", "@hard"}, {"@hard", "@m.pawl"});
    ground.Refuses({command, "@m.pawl", "-o", "@none/x"}, {"@none"});
  }
}

TEST_CASE("Folders of language models: nothing of the input's is written over") {
  const Ground ground;
  testing::TinyDecoder decoder;
  decoder.vocabulary = 256;
  decoder.Fill();
  fs::create_directory(ground.At("model"));
  decoder.Write(ground.At("model"));
  WriteAll(ground.At("model/generation_config.json"), "{}");
  WriteAll(ground.At("text"), std::string(512, 'a'));
  WriteAll(ground.At("ids"),
           "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 "
           "26 27 28 29 30 31 32 33 34 35 36 37 38 39 40");
  const std::vector<std::string> job = {"quantize", "@model",     "--scheme",
                                        "int8:g32", "--progress", "none"};
  for (const std::string input :
       {"@model/config.json", "@model/generation_config.json", "@model/model.safetensors"}) {
    for (const std::string output : {"@m.pawl", "@m.gguf", "@out"}) {
      const bool gguf = output == "@m.gguf";
      const std::vector<std::string> words = {
          "quantize", "@model", "--scheme", gguf ? "q8_0" : "int8:g32", "--progress", "none"};
      ground.Refuses(Words(words, {"-o", output, "--report", input}), {"--report", input});
    }
    ground.Refuses({"imatrix", "@model", "--text", "@text", "-o", input, "--progress", "none"},
                   {"the output", input});
  }
  ground.Refuses(Words(job, {"-o", "@model"}), {"the output folder", "@model"});
  ground.Refuses(Words(job, {"-o", "@model/../model", "--format", "gptq"}), {"the output folder"});
  for (const auto& [option, file] : {std::pair<std::string, std::string>{"--calibration", "@text"},
                                     {"--calibration-tokens", "@ids"}}) {
    const auto with = [&](const std::vector<std::string>& more) {
      return Words(Words(job, {option, file}), more);
    };
    ground.Refuses(with({"-o", "@m.pawl", "--report", file}), {"--report", option, file});
    ground.Refuses(with({"-o", "@m.pawl", "--imatrix-output", file}), {option, file});
    ground.Refuses(with({"-o", "@m.pawl", "--imatrix-output", "@m.pawl"}), {"@m.pawl", "imatrix"});
    ground.Refuses(with({"-o", "@m.pawl", "--imatrix-output", "@none/i.dat"}), {"@none"});
  }
  ground.Refuses({"imatrix", "@model", "--text", "@text", "-o", "@text", "--progress", "none"},
                 {"--text", "@text"});
  ground.Refuses({"imatrix", "@model", "--tokens", "@ids", "-o", "@ids", "--progress", "none"},
                 {"--tokens", "@ids"});
  ground.Out({"imatrix", "@model", "--text", "@text", "-o", "@i.pawl", "--progress", "none"});
  for (const std::string output : {"@i.pawl"}) {
    ground.Refuses(Words(job, {"--imatrix", "@i.pawl", "-o", output}), {"the imatrix", "@i.pawl"});
    ground.Refuses(Words(job, {"--imatrix", "@i.pawl", "-o", "@m.pawl", "--report", output}),
                   {"--report", "the imatrix"});
  }
  // A folder whose files are the input's by links.
  fs::create_directory(ground.At("links"));
  fs::create_hard_link(ground.At("model/model.safetensors"), ground.At("links/model.safetensors"));
  ground.Refuses(Words(job, {"-o", "@links", "--format", "gptq"}),
                 {"@links/model.safetensors", "@model/model.safetensors"});
  fs::remove(ground.At("links/model.safetensors"));
  fs::create_symlink(ground.At("model/config.json"), ground.At("links/config.json"));
  ground.Refuses(Words(job, {"-o", "@links"}), {"@links/config.json", "@model/config.json"});
  // A folder that a job made goes again with it; one that works may be written twice.
  ground.Refuses(Words(job, {"-o", "@new", "--exclude", "nothing has this name"}), {"exclude"});
  ground.Out(Words(job, {"-o", "@new", "--report", "@new/report.json"}));
  ground.Out(Words(job, {"-o", "@new", "--report", "@new/report.json"}));
}

}  // namespace pawl
