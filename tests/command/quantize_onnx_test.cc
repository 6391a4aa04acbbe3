// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// pawl quantize and pawl analyze on the digits net as an ONNX file.

#include <filesystem>
#include <string>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "catch2/matchers/catch_matchers_string.hpp"
#include "nlohmann/json.hpp"
#include "tests/command/run_tool.h"
#include "tests/pipeline/job_test_model.h"

namespace pawl {
namespace {

using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

const char kModel[] = "../examples/models/digits/digits.onnx";
const char kSamples[] = "../examples/models/digits/digits_calibration.npz";

ToolResult Quantize(const std::string& output, std::vector<std::string> more) {
  std::vector<std::string> words = {"quantize", kModel, "-o", output, "--progress", "none"};
  words.insert(words.end(), more.begin(), more.end());
  return RunTool(words);
}

}  // namespace

TEST_CASE("quantize writes an ONNX file in each mode, and run runs it") {
  const TestFolder folder;
  const std::string out = folder.Path("out.onnx");
  for (const std::string mode : {"static", "dynamic", "weight-only"}) {
    INFO(mode);
    const ToolResult result = Quantize(out, {"--mode", mode, "--calibration", kSamples, "--json"});
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    const json report = json::parse(result.out);
    CHECK(report["mode"] == mode);
    CHECK(report["layers_quantized"] == 3);
    CHECK(report["outputs"][0]["sqnr_db"] > (mode == "weight-only" ? 15.0 : 35.0));
    CHECK(std::filesystem::file_size(out) < 80000);
    const ToolResult run = RunTool({"run", out, "--inputs", kSamples});
    INFO(run.err);
    CHECK(run.exit_code == 0);
  }
}

TEST_CASE("what the command line must say for an ONNX file") {
  const TestFolder folder;
  const std::string out = folder.Path("out.onnx");
  ToolResult result = Quantize(out, {"--calibration", kSamples});
  CHECK(result.exit_code == 2);
  CHECK_THAT(result.err, ContainsSubstring("--mode static"));
  result = Quantize(out, {"--mode", "statik", "--calibration", kSamples});
  CHECK(result.exit_code == 2);
  CHECK_THAT(result.err, ContainsSubstring("'statik' is none of static, dynamic"));
  result = Quantize(out, {"--mode", "static"});
  CHECK(result.exit_code == 1);
  CHECK_THAT(result.err, ContainsSubstring("needs samples"));
  result = Quantize(out, {"--mode", "static", "--calibration", kSamples, "--exclude", "fc9"});
  CHECK(result.exit_code == 1);
  CHECK_THAT(result.err, ContainsSubstring("fc9") && ContainsSubstring("fc1"));
  result = Quantize(out, {"--mode", "dynamic", "--imatrix", "none.dat"});
  CHECK(result.exit_code == 2);
  CHECK_THAT(result.err, ContainsSubstring("--imatrix"));
  CHECK_FALSE(std::filesystem::exists(out));
}

TEST_CASE("analyze ranks layers and writes a recipe that quantize takes") {
  const TestFolder folder;
  const std::string recipe = folder.Path("recipe.json"), out = folder.Path("out.onnx");
  const ToolResult result =
      RunTool({"analyze", kModel, "--calibration", kSamples, "--scheme", "int4", "--max-drop",
               "0.0005", "--write-recipe", recipe, "--json", "--progress", "none"});
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  const json analysis = json::parse(result.out);
  CHECK(analysis["layers"].size() == 3);
  CHECK(analysis["recipe_drop"] <= 0.0005);
  CHECK(analysis["recipe_kept"] > 0);
  const ToolResult quantized = Quantize(out, {"--mode", "static", "--calibration", kSamples,
                                              "--recipe", recipe, "--target", "onnxruntime"});
  INFO(quantized.err);
  CHECK(quantized.exit_code == 0);
  CHECK_THAT(quantized.out, ContainsSubstring("excluded by"));
}

}  // namespace pawl
