// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Options that would change nothing in what was asked are refused by name, with the reason.

#include <string>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "catch2/matchers/catch_matchers_string.hpp"
#include "tests/command/run_tool.h"
#include "tests/pipeline/job_test_model.h"

namespace pawl {
namespace {

using Catch::Matchers::ContainsSubstring;

const char kDigits[] = "../examples/models/digits/digits.onnx";
const char kSamples[] = "../examples/models/digits/digits_calibration.npz";

struct Case {
  std::vector<std::string> words;
  std::string option;
  std::string reason;
};

// Each must fail for the option, write nothing, and must not fail so without it.
void Refuse(const std::vector<std::string>& job, const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    std::vector<std::string> words = job;
    words.insert(words.end(), c.words.begin(), c.words.end());
    const ToolResult result = RunTool(words);
    INFO(c.option << " " << c.reason << "\n" << result.err);
    CHECK(result.exit_code == 2);
    CHECK(result.out.empty());
    CHECK_THAT(result.err,
               ContainsSubstring(c.option + " has no effect") && ContainsSubstring(c.reason));
  }
}

}  // namespace

TEST_CASE("quantize of tensors refuses options of ONNX models, and those that lack their other") {
  const TestFolder folder;
  const std::string model = folder.Path("m.safetensors"), out = folder.Path("m.pawl");
  WriteSafetensors(model, SmallModel());
  std::vector<Case> cases;
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"--mode", "static"},
                                             {"--activation-range", "minmax"},
                                             {"--equalize", "on"},
                                             {"--smooth-quant", "off"},
                                             {"--bias-correction", "auto"},
                                             {"--clip-search", "on"},
                                             {"--rounding", "on"},
                                             {"--smooth-alpha", "0.5"},
                                             {"--max-drop", "0.1"},
                                             {"--metric", "top1"},
                                             {"--samples", "3"},
                                             {"--check-samples", "3"}}) {
    cases.push_back({words, words[0], "ONNX models"});
  }
  cases.push_back({{"--percentile", "99"}, "--percentile", "--range percentile"});
  cases.push_back({{"--range", "max", "--percentile", "99"}, "--percentile", "--range percentile"});
  cases.push_back({{"--correction", "0.5"}, "--correction", "gptq"});
  cases.push_back({{"--alpha", "0.5"}, "--alpha", "smoothquant"});
  cases.push_back({{"--method", "hqq", "--range", "mse"}, "--range", "hqq"});
  cases.push_back({{"--calibration-context", "8"}, "--calibration-context", "text"});
  cases.push_back({{"--dry-run", "--checkpoint", "1M"}, "--checkpoint", "dry run"});
  Refuse({"quantize", model, "-o", out, "--scheme", "int8", "--progress", "none"}, cases);
  Refuse({"quantize", model, "-o", out, "--progress", "none"},
         {{{"--scheme", "codebook2", "--range", "mse"}, "--range", "codebook"}});
  const ToolResult format =
      RunTool({"quantize", model, "-o", out, "--scheme", "int8", "--format", "qdq"});
  CHECK(format.exit_code == 2);
  CHECK_THAT(format.err, ContainsSubstring("--format") && ContainsSubstring("ONNX models"));
  CHECK(folder.NumFiles() == 1);
  CHECK(RunTool({"quantize", model, "-o", out, "--scheme", "int8", "--range", "percentile",
                 "--percentile", "99", "--checkpoint", "1M"})
            .exit_code == 0);
}

TEST_CASE("quantize of ONNX models refuses what the mode does not do, or not without samples") {
  const TestFolder folder;
  const auto job = [&](const std::string& mode) {
    return std::vector<std::string>{"quantize", kDigits, "-o",         folder.Path("q.onnx"),
                                    "--mode",   mode,    "--progress", "none"};
  };
  for (const std::string mode : {"static", "dynamic", "weight-only", "float16"}) {
    Refuse(job(mode), {{{"--percentile", "99"}, "--percentile", "ONNX"},
                       {{"--fallback", "int8"}, "--fallback", "ONNX"},
                       {{"--resume"}, "--resume", "ONNX"},
                       {{"--calibration-tokens", "x"}, "--calibration-tokens", "language"},
                       {{"--metric", "top1"}, "--metric", "--max-drop"},
                       {{"--check-samples", "3"}, "--check-samples", "--calibration"}});
    if (mode == "static") continue;
    Refuse(job(mode), {{{"--format", "qdq"}, "--format", "static"},
                       {{"--max-drop", "0.1"}, "--max-drop", "static"},
                       {{"--activation-range", "mse"}, "--activation-range", "static"},
                       {{"--clip-search", "on"}, "--clip-search", "static"},
                       {{"--bias-correction", "on"}, "--bias-correction", "static"},
                       {{"--target", "tensorrt"}, "--target tensorrt", "static"}});
  }
  for (const std::string mode : {"weight-only", "float16"}) {
    Refuse(job(mode),
           {{{"--calibration", kSamples, "--equalize", "on"}, "--equalize", "dynamic"},
            {{"--calibration", kSamples, "--smooth-alpha", "0.2"}, "--smooth-alpha", ""}});
  }
  Refuse(job("dynamic"), {{{"--equalize", "on"}, "--equalize", "--calibration"},
                          {{"--rounding", "on"}, "--rounding", "--calibration"},
                          {{"--samples", "3"}, "--samples", "--calibration"}});
  Refuse(job("float16"),
         {{{"--calibration", kSamples, "--rounding", "on"}, "--rounding", "float16"},
          {{"--calibration", kSamples, "--samples", "3"}, "--samples", "float16"}});
  CHECK(folder.NumFiles() == 0);
  std::vector<std::string> words = job("dynamic");  // off is off everywhere
  words.insert(words.end(), {"--clip-search", "off", "--equalize", "off", "--rounding", "off"});
  CHECK(RunTool(words).exit_code == 0);
}

TEST_CASE("analyze and pack refuse what they do not do") {
  const TestFolder folder;
  Refuse({"analyze", kDigits, "--calibration", kSamples, "--progress", "none"},
         {{{"--mode", "dynamic"}, "--mode dynamic", "static"},
          {{"--format", "qdq"}, "--format", "no model"}});
  const std::string model = folder.Path("m.safetensors"), coded = folder.Path("m.pawl");
  WriteSafetensors(model, SmallModel());
  REQUIRE(RunTool({"quantize", model, "-o", coded, "--scheme", "int8"}).exit_code == 0);
  Refuse({"pack", coded, "-o", folder.Path("p.pawl"), "--mode", "weight_only"},
         {{{"--round-levels"}, "--round-levels", "dynamic_int8"},
          {{"--activation-groups", "per_token"}, "--activation-groups", "dynamic_int8"},
          {{"--weight-only", "embed.weight"}, "--weight-only", "all layers"}});
  CHECK(folder.NumFiles() == 2);
}

}  // namespace pawl
