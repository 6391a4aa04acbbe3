// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The command's options for language models: texts and ids to calibrate on, methods that want them,
// importances in and out, and the folders of other engines.

#include <filesystem>
#include <string>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "catch2/matchers/catch_matchers_string.hpp"
#include "nlohmann/json.hpp"
#include "pawl/imatrix.h"
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

// A byte-level model with drawn weights as a folder, a text, and the same text as ids.
struct Setup {
  explicit Setup(int vocabulary = 256) {
    TinyDecoder decoder;
    decoder.vocabulary = vocabulary;
    decoder.width = 64;
    decoder.inner = 128;
    decoder.head = 16;
    decoder.context = 64;
    decoder.Fill();
    std::filesystem::create_directory(model);
    decoder.Write(model);
    Spill(model + "/generation_config.json", R"({"eos_token_id": 1})");
    std::string bytes, numbers;
    for (int i = 0; i < 512; ++i) {
      bytes += static_cast<char>("In the beginning "[i * i % 17]);
      numbers += std::to_string(static_cast<int>(bytes.back()) % vocabulary) + (i % 2 ? ", " : " ");
    }
    Spill(text, bytes);
    Spill(ids, "[" + numbers + "]");
  }
  std::vector<std::string> Job(const std::string& output, std::vector<std::string> more) const {
    std::vector<std::string> words = {"quantize",       model,        "-o",
                                      dir.File(output), "--progress", "none"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  std::string Out(const std::vector<std::string>& words) const {
    const ToolResult result = RunTool(words);
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    return result.out;
  }
  // The bytes of the output.
  std::string Made(const std::string& output, const std::vector<std::string>& more) const {
    Out(Job(output, more));
    return Slurp(dir.File(output));
  }
  std::string Error(int exit_code, const std::vector<std::string>& words) const {
    const size_t files = dir.Count();
    const ToolResult result = RunTool(words);
    INFO(result.out << result.err);
    CHECK(result.exit_code == exit_code);
    CHECK(result.out.empty());
    CHECK(dir.Count() == files);
    return result.err;
  }
  json Eval(const std::string& quantized, const std::string& reference) const {
    return json::parse(Out({"eval", quantized, "--reference", reference, "--text", text, "--json",
                            "--progress", "none"}));
  }

  TempDir dir;
  std::string model = dir.File("model");
  std::string text = dir.File("text.txt");
  std::string ids = dir.File("ids.txt");
};

TEST_CASE("command: gptq on a text or on its ids is one thing, and beats rounding") {
  const Setup setup;
  const std::vector<std::string> gptq = {"--scheme", "int3:g32", "--method", "gptq"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), gptq.begin(), gptq.end());
    return more;
  };
  const std::string text = setup.Made("text.pawl", with({"--calibration", setup.text}));
  CHECK(setup.Made("ids.pawl", with({"--calibration-tokens", setup.ids})) == text);
  CHECK(setup.Made("one.pawl", with({"--calibration", setup.text, "--threads", "1"})) == text);
  CHECK(setup.Made("short.pawl",
                   with({"--calibration", setup.text, "--calibration-context", "16"})) != text);
  CHECK(setup.Made("moved.pawl", with({"--calibration", setup.text, "--correction", "1"})) != text);
  for (const std::string kind : {"gptq", "rtn"}) {
    std::vector<std::string> words = {"--scheme", "int3:g32", "--method", kind};
    if (kind == "gptq") words.insert(words.end(), {"--calibration", setup.text});
    if (kind == "rtn") words.insert(words.end(), {"--exclude", "embed_tokens"});
    setup.Out(setup.Job(kind, words));
    CHECK(Slurp(setup.dir.File(kind + "/config.json")) == Slurp(setup.model + "/config.json"));
    CHECK(std::filesystem::exists(setup.dir.File(kind + "/generation_config.json")));
  }
  const json fitted = setup.Eval(setup.dir.File("gptq"), setup.model);
  const json rounded = setup.Eval(setup.dir.File("rtn"), setup.model);
  INFO(fitted.dump() << rounded.dump());
  CHECK(fitted["mean_kl"] > 0.0);
  CHECK(fitted["mean_kl"] < rounded["mean_kl"]);
}

TEST_CASE("command: awq and GGUF's blocks take a text, too") {
  const Setup setup;
  const std::string plain = setup.Made("plain.gguf", {"--scheme", "q4_0"});
  const std::string fitted = setup.Made(
      "fitted.gguf", {"--scheme", "q4_0", "--method", "gptq", "--calibration", setup.text});
  CHECK(fitted.size() == plain.size());
  CHECK(fitted != plain);
  const std::string scaled = setup.Made(
      "awq.pawl", {"--scheme", "uint4:asym:g32", "--method", "awq", "--calibration", setup.text});
  CHECK(scaled != setup.Made("rtn.pawl", {"--scheme", "uint4:asym:g32"}));
}

TEST_CASE("command: importances go out of one job and into another") {
  const Setup setup;
  for (const std::string name : {"i.dat", "i.gguf"}) {
    CAPTURE(name);
    const std::string file = setup.dir.File(name);
    setup.Out(setup.Job(
        "a.pawl", {"--scheme", "int8", "--calibration", setup.text, "--imatrix-output", file}));
    const auto imatrix = ReadImatrix(file);
    REQUIRE(imatrix.ok());
    CHECK(imatrix->entries.size() == 2 * 7);  // matrices of each layer
    const std::string alone = setup.dir.File("alone-" + name);
    const json said = json::parse(setup.Out({"imatrix", setup.model, "--text", setup.text, "-o",
                                             alone, "--json", "--progress", "none"}));
    CHECK(said["ids"] == 512);
    CHECK(said["context"] == 64);
    const auto collected = ReadImatrix(alone);
    REQUIRE(collected.ok());
    CHECK(collected->entries.size() >= imatrix->entries.size());
    for (const ImatrixEntry& entry : imatrix->entries) {
      INFO(entry.name);
      const ImatrixEntry* const same = collected->Find(entry.name);
      REQUIRE(same != nullptr);
      CHECK(same->sums.size() == entry.sums.size());
    }
    // Importances weigh what a search minimises, and nothing where the largest weight decides.
    const std::vector<std::string> search = {"--scheme", "int4:g32", "--range", "mse"};
    const std::string without = setup.Made("without.pawl", search);
    std::vector<std::string> weighed = search;
    weighed.insert(weighed.end(), {"--imatrix", file});
    CHECK(setup.Made("with.pawl", weighed) != without);
    const json unused = json::parse(
        setup.Out(setup.Job("max.pawl", {"--scheme", "int4:g32", "--imatrix", file, "--json"})));
    CHECK_THAT(unused["notes"].dump(), ContainsSubstring("calibration is not used"));
  }
}

TEST_CASE("command: folders of other engines hold the codes that a .pawl file holds") {
  const Setup setup;
  struct Case {
    std::string format, scheme, method;
  };
  for (const auto& [format, scheme, method] :
       {Case{"gptq", "int4:g32", "gptq"}, Case{"gptq_v2", "uint4:asym:g32", "gptq"},
        Case{"awq", "uint4:asym:g32", "awq"},
        Case{"compressed-tensors", "int4:g32", "compressed-tensors"},
        Case{"compressed-tensors", "int8", "compressed-tensors"},
        Case{"bitsandbytes", "nf4", "bitsandbytes"}}) {
    CAPTURE(format, scheme);
    const std::string name = format + "-" + scheme.substr(0, 4);
    setup.Out(setup.Job(name, {"--scheme", scheme, "--format", format}));
    const std::string folder = setup.dir.File(name);
    CHECK(std::filesystem::exists(folder + "/model.safetensors"));
    CHECK_FALSE(std::filesystem::exists(folder + "/quantized.pawl"));
    CHECK(Slurp(folder + "/generation_config.json") ==
          Slurp(setup.model + "/generation_config.json"));
    CHECK(std::filesystem::exists(folder + "/quantize_config.json") == (method == "gptq"));
    const json config = json::parse(Slurp(folder + "/config.json"));
    CHECK(config["quantization_config"]["quant_method"] == method);
    const std::string plain = setup.dir.File(name + "-pawl");
    setup.Out(setup.Job(name + "-pawl", {"--scheme", scheme, "--exclude", "embed_tokens"}));
    const json same = setup.Eval(folder, plain);
    const json far = setup.Eval(folder, setup.model);
    INFO(same.dump() << far.dump());
    CHECK(far["mean_kl"] > 0.0);
    CHECK(same["mean_kl"] < 0.05 * far["mean_kl"].get<double>());  // engines round to f16
  }
  const std::string fitted = "fitted";
  setup.Out(setup.Job(fitted, {"--scheme", "int4:g32", "--format", "gptq", "--method", "gptq",
                               "--calibration", setup.text}));
  CHECK(Slurp(setup.dir.File("fitted/model.safetensors")) !=
        Slurp(setup.dir.File("gptq-int4/model.safetensors")));
}

TEST_CASE("command: what is wrong with options of language models is said by name") {
  const Setup setup;
  const auto error = [&](int code, const std::string& output, std::vector<std::string> more) {
    return setup.Error(code, setup.Job(output, std::move(more)));
  };
  CHECK_THAT(error(1, "m.gguf", {"--scheme", "q4_0", "--method", "gptq"}),
             ContainsSubstring("gptq") && ContainsSubstring("--calibration"));
  CHECK_THAT(error(1, "m.pawl", {"--scheme", "int4:g32", "--method", "gptq"}),
             ContainsSubstring("gptq") && ContainsSubstring("--calibration"));
  CHECK_THAT(
      error(2, "m.pawl",
            {"--scheme", "int8", "--calibration", setup.text, "--calibration-tokens", setup.ids}),
      ContainsSubstring("--calibration-tokens"));
  CHECK_THAT(error(1, "m.pawl", {"--scheme", "int8", "--imatrix-output", setup.dir.File("i.dat")}),
             ContainsSubstring("i.dat") && ContainsSubstring("text"));
  CHECK_THAT(error(1, "m.pawl", {"--scheme", "int8", "--imatrix", setup.text}),
             ContainsSubstring("text.txt"));
  CHECK_THAT(error(1, "m.pawl", {"--scheme", "int8", "--calibration-tokens", setup.text}),
             ContainsSubstring("text.txt"));
  CHECK_THAT(error(1, "m.pawl", {"--scheme", "int8", "--calibration", setup.dir.File("absent")}),
             ContainsSubstring("absent"));
  CHECK_THAT(error(2, "folder", {"--scheme", "int4:g32", "--format", "gtpq"}),
             ContainsSubstring("'gtpq'") && ContainsSubstring("'gptq'"));
  CHECK_THAT(error(2, "m.gguf", {"--scheme", "q4_0", "--format", "gptq"}),
             ContainsSubstring("--format"));
  const ToolResult unfit =  // by the engine's format, once there are codes
      RunTool(setup.Job("folder", {"--scheme", "int8", "--format", "bitsandbytes"}));
  CHECK(unfit.exit_code == 1);
  CHECK_THAT(unfit.err, ContainsSubstring("tensor '") && ContainsSubstring(".weight"));
  CHECK_FALSE(std::filesystem::exists(setup.dir.File("folder/model.safetensors")));
  // A model with a tokenizer takes ids, not texts; another model's importances are none of its.
  const Setup words(40);
  CHECK_THAT(words.Error(1, words.Job("m.pawl", {"--scheme", "int8", "--calibration", words.text})),
             ContainsSubstring("tokenizer") && ContainsSubstring("--calibration-tokens"));
  words.Out(words.Job("m.pawl", {"--scheme", "int8", "--calibration-tokens", words.ids}));
  TinyDecoder small;
  small.Fill();
  std::filesystem::create_directory(words.dir.File("small"));
  small.Write(words.dir.File("small"));
  words.Out({"imatrix", words.dir.File("small"), "--tokens", words.ids, "-o",
             words.dir.File("i.dat"), "--progress", "none"});
  CHECK_THAT(words.Error(1, words.Job("n.pawl",
                                      {"--scheme", "int8", "--imatrix", words.dir.File("i.dat")})),
             ContainsSubstring("i.dat") && ContainsSubstring("columns"));
}

}  // namespace
}  // namespace pawl
