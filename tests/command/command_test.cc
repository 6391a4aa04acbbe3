// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Every subcommand: what it does, and what it says of bad input.

#include <signal.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "catch2/matchers/catch_matchers_string.hpp"
#include "nlohmann/json.hpp"
#include "pawl/container.h"
#include "tests/command/run_tool.h"
#include "tests/pipeline/job_test_model.h"

namespace pawl {
namespace {

using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

// A folder with model.safetensors; a word such as "@out.pawl" stands for a file in it.
struct Bench {
  Bench() { WriteSafetensors(folder.Path("model.safetensors"), SmallModel()); }

  std::vector<std::string> Words(std::vector<std::string> words) const {
    for (std::string& word : words) {
      if (!word.empty() && word[0] == '@') word = folder.Path(word.substr(1));
    }
    return words;
  }
  ToolResult Run(const std::vector<std::string>& words) const { return RunTool(Words(words)); }
  // Must succeed without a word on stderr but progress.
  std::string Out(const std::vector<std::string>& words) const {
    const ToolResult result = Run(words);
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    return result.out;
  }
  // Must fail with this code, say nothing on stdout, and leave no file.
  std::string Error(int exit_code, const std::vector<std::string>& words) const {
    const int files = folder.NumFiles();
    const ToolResult result = Run(words);
    INFO(result.out << result.err);
    CHECK(result.exit_code == exit_code);
    CHECK(result.out.empty());
    CHECK(folder.NumFiles() == files);
    return result.err;
  }

  TestFolder folder;
};

std::vector<std::string> Quantize(std::vector<std::string> more) {
  std::vector<std::string> words = {"quantize", "@model.safetensors", "--progress", "none"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

}  // namespace

TEST_CASE("quantize, verify, inspect, dequantize and compare work on one another's files") {
  const Bench bench;
  const json report = json::parse(
      bench.Out(Quantize({"-o", "@m.pawl", "--scheme", "int8", "--threads", "2", "--json"})));
  CHECK(report["tensors_quantized"] == 5);
  CHECK(report["threads"] == 2);

  CHECK_THAT(bench.Out({"verify", "@m.pawl", "@model.safetensors"}),
             ContainsSubstring("m.pawl: ok") && ContainsSubstring("model.safetensors: ok"));

  const json listing = json::parse(bench.Out({"inspect", "@m.pawl", "--json"}));
  CHECK(listing["format"] == "pawl");
  CHECK(listing["tensors"].size() == 9);
  CHECK(listing["metadata"]["origin"] == "test");
  CHECK(listing["recipe"]["rules"][0]["scheme"] == "int8");
  CHECK_THAT(bench.Out({"inspect", "@model.safetensors"}),
             ContainsSubstring("layer.1.dense.weight") && ContainsSubstring("f16") &&
                 ContainsSubstring("[33, 96]") && ContainsSubstring("9 tensors"));

  for (const std::string dtype : {"f32", "f16", "bf16"}) {
    const std::string back = "@" + dtype + ".safetensors";
    bench.Out({"dequantize", "@m.pawl", "-o", back, "--dtype", dtype, "--progress", "none"});
    const json compared = json::parse(
        bench.Out({"compare", "@model.safetensors", back, "--min-sqnr", "35", "--json"}));
    CHECK(compared["problems"] == 0);
    for (const json& tensor : compared["tensors"]) {
      INFO(tensor.dump());
      const std::string name = tensor["name"];
      const bool kept = name == "position_ids" || name == "layer.0.query.bias";
      CHECK((tensor["exact"] == true) ==
            (kept || name == "tiny.weight" || name == "layer.0.norm.weight"));
    }
  }
  // What was decoded to f32 is what the file holds.
  const json exact = json::parse(bench.Out({"compare", "@m.pawl", "@f32.safetensors", "--json"}));
  for (const json& tensor : exact["tensors"]) CHECK(tensor["exact"] == true);
  const json same = json::parse(bench.Out({"compare", "@m.pawl", "@m.pawl", "--json"}));
  for (const json& tensor : same["tensors"]) CHECK(tensor["exact"] == true);
}

TEST_CASE("compare fails beyond a limit and for tensors that differ in name or shape") {
  const Bench bench;
  bench.Out(Quantize({"-o", "@m.pawl", "--scheme", "int4:g32"}));
  const ToolResult low =
      bench.Run({"compare", "@model.safetensors", "@m.pawl", "--min-sqnr", "60"});
  CHECK(low.exit_code == 1);
  CHECK_THAT(low.out, ContainsSubstring("SQNR below 60 dB"));
  const ToolResult off =
      bench.Run({"compare", "@model.safetensors", "@m.pawl", "--max-error", "0"});
  CHECK(off.exit_code == 1);
  CHECK_THAT(off.out, ContainsSubstring("max error above 0"));
  CHECK(bench.Run({"compare", "@model.safetensors", "@m.pawl"}).exit_code == 0);

  WriteSafetensors(bench.folder.Path("other.safetensors"),
                   {{"embed.weight", GaussianTensor(DType::kF32, {49, 64}, 1)},
                    {"extra", GaussianTensor(DType::kF32, {2}, 1)}});
  const ToolResult other = bench.Run({"compare", "@model.safetensors", "@other.safetensors"});
  CHECK(other.exit_code == 1);
  CHECK_THAT(other.out, ContainsSubstring("shapes [50, 64] and [49, 64]") &&
                            ContainsSubstring("missing in the first file") &&
                            ContainsSubstring("missing in the second file"));
}

TEST_CASE("verify finds every flipped byte") {
  const Bench bench;
  WriteSafetensors(bench.folder.Path("small.safetensors"),
                   {{"w.weight", GaussianTensor(DType::kF32, {5, 16}, 1)},
                    {"w.bias", GaussianTensor(DType::kF32, {5}, 2)}});
  bench.Out({"quantize", "@small.safetensors", "-o", "@small.pawl", "--scheme", "int8"});
  const std::string good = ReadAll(bench.folder.Path("small.pawl"));
  REQUIRE(good.size() > 200);
  std::vector<std::string> command = {"verify"};
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x10);
    const std::string name = "@" + std::to_string(i) + ".pawl";
    WriteAll(bench.folder.Path(name.substr(1)), bad);
    command.push_back(name);
  }
  const ToolResult result = bench.Run(command);
  CHECK(result.exit_code == 1);
  size_t failed = 0;
  for (size_t at = result.out.find(": FAILED: "); at != std::string::npos;
       at = result.out.find(": FAILED: ", at + 1)) {
    ++failed;
  }
  CHECK(failed == good.size());
  CHECK_THAT(result.out, !ContainsSubstring(": ok"));
}

TEST_CASE("A recipe file, a report file, exclusions and quiet") {
  const Bench bench;
  WriteAll(bench.folder.Path("r.json"),
           R"({"pawl_recipe": "1.0", "rules": [{"operator": "embedding", "scheme": "int8"},
               {"scheme": "q4_k", "fallback": "nf4", "method": {"range": "mse"}}]})");
  const ToolResult result =
      bench.Run(Quantize({"-o", "@m.pawl", "--recipe", "@r.json", "--exclude", "^conv", "--exclude",
                          "layer.2", "--report", "@report.json", "-q"}));
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  CHECK(result.out.empty());
  const json report = json::parse(ReadAll(bench.folder.Path("report.json")));
  for (const json& tensor : report["tensors"]) {
    if (tensor["name"] == "embed.weight") CHECK(tensor["scheme"] == "int8");
    if (tensor["name"] == "layer.0.query.weight") CHECK(tensor["scheme"] == "nf4");
    if (tensor["name"] == "conv.weight") {
      CHECK(tensor["quantized"] == false);
      CHECK(tensor["reason"] == "excluded by '^conv'");
    }
  }
}

TEST_CASE("pack writes layers as they run, and the other commands know them") {
  const Bench bench;
  bench.Out(Quantize({"-o", "@m.pawl", "--scheme", "int4:g32", "--json"}));
  const json model = json::parse(bench.Out({"inspect", "@m.pawl", "--json"}));
  std::string matrix;
  for (const json& tensor : model["tensors"]) {
    if (matrix.empty() && tensor["quantized"] && tensor["shape"].size() == 2) {
      matrix = tensor["name"];
    }
  }
  REQUIRE(!matrix.empty());
  const json report = json::parse(
      bench.Out({"pack", "@m.pawl", "-o", "@packed.pawl", "--json", "--embedding", matrix}));
  CHECK(report["packed"] >= 2);
  CHECK(report["tensors"].size() == model["tensors"].size());
  CHECK(report["layout"] == 1);
  CHECK_THAT(bench.Out({"verify", "@packed.pawl"}), ContainsSubstring("packed.pawl: ok"));
  CHECK_THAT(bench.Out({"inspect", "@packed.pawl"}),
             ContainsSubstring("linear dynamic_int8 int4 ") &&
                 ContainsSubstring("embedding int4 ") && ContainsSubstring("version 1.1"));
  CHECK_THAT(bench.Out({"pack", "@m.pawl", "-o", "@w.pawl", "--mode", "weight_only"}),
             ContainsSubstring("linear weight_only"));
  CHECK_THAT(bench.Error(1, {"dequantize", "@packed.pawl", "-o", "@d.safetensors"}),
             ContainsSubstring("packed layers"));
  CHECK_THAT(bench.Error(2, {"pack", "@m.pawl", "-o", "@x.pawl", "--keep", matrix + "x"}),
             ContainsSubstring("no tensor") && ContainsSubstring(matrix));
  CHECK_THAT(bench.Error(1, {"pack", "@packed.pawl", "-o", "@x.pawl"}),
             ContainsSubstring("packed already"));
  CHECK_THAT(bench.Error(1, {"pack", "@m.pawl", "-o", "@m.pawl"}), ContainsSubstring("input"));
}

TEST_CASE("A dry run prints sizes and peak memory and writes no file") {
  const Bench bench;
  const std::string text = bench.Out(Quantize({"--scheme", "int4:g32", "--dry-run"}));
  CHECK_THAT(text, ContainsSubstring("Peak memory") && ContainsSubstring("would be quantized") &&
                       ContainsSubstring("layer.0.query.weight"));
  CHECK(bench.folder.NumFiles() == 1);
}

TEST_CASE("quantize names what is wrong, the nearest word, and leaves no file") {
  const Bench bench;
  const std::vector<std::string> out = {"-o", "@m.pawl"};
  const auto error = [&](int code, std::vector<std::string> more) {
    more.insert(more.begin(), out.begin(), out.end());
    return bench.Error(code, Quantize(more));
  };
  CHECK_THAT(error(2, {"--scheme", "itn8"}),
             ContainsSubstring("'itn8'") && ContainsSubstring("'int8'"));
  CHECK_THAT(error(2, {"--scheme", "int8:chanel"}),
             ContainsSubstring("'chanel'") && ContainsSubstring("'channel'"));
  CHECK_THAT(error(2, {}), ContainsSubstring("--scheme"));
  CHECK_THAT(error(2, {"--shceme", "int8"}),
             ContainsSubstring("'--shceme'") && ContainsSubstring("'--scheme'"));
  CHECK_THAT(error(2, {"--scheme", "int8", "--exclude", "a["}), ContainsSubstring("'a['"));
  CHECK_THAT(error(2, {"--scheme", "int8", "--range", "mxa"}),
             ContainsSubstring("mxa") && ContainsSubstring("max"));
  CHECK_THAT(error(2, {"--scheme", "int8", "--threads", "x"}), ContainsSubstring("--threads"));
  CHECK_THAT(error(2, {"--scheme", "int8", "--max-memory", "lots"}), ContainsSubstring("'lots'"));
  CHECK_THAT(error(2, {"--scheme", "int8", "--target", "avx9"}),
             ContainsSubstring("'avx9'") && ContainsSubstring("avx"));
  CHECK_THAT(error(1, {"--scheme", "int8", "--report", "@m.pawl"}), ContainsSubstring("--report"));
  CHECK_THAT(error(1, {"--scheme", "int8", "--exclude", "layer.0.qurey"}),
             ContainsSubstring("layer.0.qurey") && ContainsSubstring("layer.0.query"));
  CHECK_THAT(error(1, {"--scheme", "q4_k"}),
             ContainsSubstring("tensor '") && ContainsSubstring("multiple of 256"));
  CHECK_THAT(error(1, {"--scheme", "int8", "--max-memory", "1K"}), ContainsSubstring("1024"));
  CHECK_THAT(error(1, {"--recipe", "@absent.json"}), ContainsSubstring("absent.json"));
  CHECK_THAT(bench.Error(2, Quantize({"--scheme", "int8"})), ContainsSubstring("-o"));
  CHECK_THAT(bench.Error(1, Quantize({"--scheme", "int8", "-o", "@model.safetensors"})),
             ContainsSubstring("model.safetensors"));
  CHECK_THAT(
      bench.Error(1, {"quantize", "@absent.safetensors", "-o", "@m.pawl", "--scheme", "int8"}),
      ContainsSubstring("absent.safetensors"));
}

TEST_CASE("Other subcommands name bad files and words") {
  const Bench bench;
  WriteAll(bench.folder.Path("text.txt"), "neither of these");
  CHECK_THAT(bench.Error(1, {"inspect", "@text.txt"}),
             ContainsSubstring("text.txt") && ContainsSubstring("safetensors, pawl"));
  CHECK_THAT(bench.Error(1, {"dequantize", "@model.safetensors", "-o", "@x.safetensors"}),
             ContainsSubstring("neither .pawl nor GGUF"));
  CHECK_THAT(bench.Error(2, {"dequantize", "@model.safetensors", "-o", "@x", "--dtype", "f8"}),
             ContainsSubstring("f8"));
  CHECK_THAT(bench.Error(1, {"compare", "@model.safetensors", "@absent.pawl"}),
             ContainsSubstring("absent.pawl"));
  CHECK_THAT(bench.Error(2, {"quantise"}), ContainsSubstring("'quantize'"));
  CHECK_THAT(bench.Error(2, {}), ContainsSubstring("subcommand"));
  CHECK_THAT(bench.Error(2, {"list", "shemes"}), ContainsSubstring("'schemes'"));
  CHECK_THAT(bench.Error(2, {"bench", "linear", "--scheme", "int99"}),
             ContainsSubstring("'int99'"));
  CHECK_THAT(bench.Error(1, {"bench", "conv", "--shape", "8x6:4"}), ContainsSubstring("'8x6:4'"));
  const ToolResult verify = bench.Run({"verify", "@absent.pawl"});
  CHECK(verify.exit_code == 1);
  CHECK_THAT(verify.out, ContainsSubstring("absent.pawl: FAILED"));
}

TEST_CASE("Errors are JSON on stderr with --json") {
  const Bench bench;
  const json error =
      json::parse(bench.Error(2, Quantize({"--scheme", "itn8", "--json", "-o", "@m.pawl"})));
  CHECK(error["event"] == "error");
  CHECK(error["exit_code"] == 2);
  CHECK_THAT(error["message"].get<std::string>(), ContainsSubstring("'int8'"));
}

TEST_CASE("Progress is JSON lines where stderr is no terminal, a bar where asked, or nothing") {
  const Bench bench;
  const std::vector<std::string> words = {
      "quantize", "@model.safetensors", "-o", "@m.pawl", "--scheme", "int8", "--progress"};
  const auto with = [&](const char* mode) {
    std::vector<std::string> all = words;
    all.push_back(mode);
    const ToolResult result = bench.Run(all);
    CHECK(result.exit_code == 0);
    return result.err;
  };
  const std::string lines = with("auto");
  size_t begin = 0;
  json last;
  while (begin < lines.size()) {
    const size_t end = lines.find('\n', begin);
    REQUIRE(end != std::string::npos);
    last = json::parse(lines.substr(begin, end - begin));
    CHECK(last["event"] == "progress");
    CHECK(last["done"] <= last["total"]);
    begin = end + 1;
  }
  CHECK(last["stage"] == "done");
  CHECK(last["done"] == last["total"]);
  CHECK_THAT(with("bar"), ContainsSubstring("\r") && ContainsSubstring("[#"));
  CHECK(with("none").empty());
}

TEST_CASE("Ctrl-C ends with code 130 and no output file") {
  const Bench bench;
  WriteSafetensors(bench.folder.Path("large.safetensors"),
                   {{"a.weight", GaussianTensor(DType::kF32, {600, 1024}, 1)},
                    {"b.weight", GaussianTensor(DType::kF32, {600, 1024}, 2)}});
  const int files = bench.folder.NumFiles();
  ToolProcess process(bench.Words({"quantize", "@large.safetensors", "-o", "@m.pawl", "--scheme",
                                   "codebook8", "--progress", "json", "--threads", "1"}));
  // The first progress line says that the handler is in place and the work has begun.
  for (int i = 0; i < 3000 && process.ErrorsSoFar().empty(); ++i) usleep(10000);
  REQUIRE(kill(process.pid(), SIGINT) == 0);
  const ToolResult result = process.Wait();
  INFO(result.err);
  CHECK(result.exit_code == 130);
  CHECK(result.out.empty());
  CHECK_THAT(result.err, ContainsSubstring("cancelled"));
  CHECK(bench.folder.NumFiles() == files);
}

TEST_CASE("bench prints measured figures beside measured ceilings") {
  const Bench bench;
  const json linear = json::parse(
      bench.Out({"bench", "linear", "--scheme", "int4:g32,int8", "--m", "1,3", "--n", "64", "--k",
                 "128", "--threads", "1,2", "--seconds", "0.01", "--json"}));
  REQUIRE(linear.size() == 8);
  for (const json& one : linear) {
    for (const char* field :
         {"scheme", "m", "n", "k", "threads", "target", "cold", "median_us", "min_us", "gops",
          "weight_gbps", "ceiling_gops", "ceiling_gbps", "share"}) {
      INFO(field);
      CHECK(one.contains(field));
    }
    CHECK(one["median_us"] >= one["min_us"]);
    CHECK(one["min_us"] > 0.0);
    CHECK(one["ceiling_gbps"] > 0.0);
  }
  const json scalar = json::parse(bench.Out({"bench", "linear", "--n", "8", "--k", "32", "--target",
                                             "scalar", "--seconds", "0.001", "--json"}));
  CHECK(scalar[0]["ceiling_gops"].is_null());  // there is no loop for it, so no figure either
  for (const char* mode : {"integer_only", "static_int8", "dynamic_int8", "weight_only", "float"}) {
    INFO(mode);
    const json conv = json::parse(
        bench.Out({"bench", "conv", "--mode", mode, "--shape", "8x6x7:16:3x3:p1:s2,8x1x20:8:1x3:g8",
                   "--layout", "nchw", "--seconds", "0.001", "--json"}));
    REQUIRE(conv.size() == 2);
    CHECK(conv[1]["shape"] == "8x1x20:8:1x3:g8");
    CHECK(conv[0]["gops"] > 0.0);
    CHECK(conv[0]["gbps"] > 0.0);
  }
  for (const char* operation : {"quantize", "dequantize"}) {
    const json one = json::parse(
        bench.Out({"bench", operation, "--n", "64", "--k", "64", "--seconds", "0.01", "--json"}));
    CHECK(one[0]["gbps"] > 0.0);
  }
}

TEST_CASE("--version and --help go to stdout with code 0") {
  const Bench bench;
  CHECK(bench.Out({"--version"}) == "pawl " PAWL_PROJECT_VERSION "\n");
  const std::string help = bench.Out({"--help"});
  for (const char* name :
       {"inspect", "quantize", "dequantize", "compare", "verify", "list", "bench"}) {
    CHECK_THAT(help, ContainsSubstring(name));
    CHECK_THAT(bench.Out({name, "--help"}), ContainsSubstring("--help"));
  }
}

}  // namespace pawl
