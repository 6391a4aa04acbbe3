// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What commands say and where: results that cannot be written, errors as JSON, values that are not
// finite.

#include <limits>
#include <string>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "catch2/matchers/catch_matchers_string.hpp"
#include "nlohmann/json.hpp"
#include "tests/command/run_tool.h"
#include "tests/pipeline/job_test_model.h"
#include "tests/trust/shell.h"

namespace pawl {
namespace {

using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

const char kDigits[] = "../examples/models/digits/digits.onnx";
const char kSamples[] = "../examples/models/digits/digits_calibration.npz";
const char kDecoder[] = "../examples/models/kjv";

std::string Command(const std::vector<std::string>& words) {
  std::string line = Quoted(PAWL_TOOL);
  for (const std::string& word : words) line += " " + Quoted(word);
  return line;
}

Tensor Row(std::vector<float> values) {
  const auto count = static_cast<int64_t>(values.size());
  return *Tensor::FromValues<float>({1, count}, values);
}

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

}  // namespace

TEST_CASE("Every command fails where stdout is full or closed") {
  const TestFolder folder;
  const std::string model = folder.Path("m.safetensors"), coded = folder.Path("m.pawl");
  const std::string text = folder.Path("text");
  WriteSafetensors(model, SmallModel());
  WriteAll(text, ReadAll("../LICENSE").substr(0, 2048));
  REQUIRE(RunTool({"quantize", model, "-o", coded, "--scheme", "int8"}).exit_code == 0);
  const std::vector<std::vector<std::string>> commands = {
      {"--help"},
      {"--version"},
      {"quantize", "--help"},
      {"list"},
      {"list", "--json"},
      {"inspect", coded},
      {"inspect", kDigits},
      {"verify", coded},
      {"compare", model, coded, "--progress", "none"},
      {"dequantize", coded, "-o", folder.Path("d.safetensors"), "--progress", "none"},
      {"pack", coded, "-o", folder.Path("p.pawl")},
      {"quantize", model, "-o", folder.Path("q.pawl"), "--scheme", "int8", "--progress", "none"},
      {"quantize", model, "--dry-run", "--scheme", "int8", "--json", "--progress", "none"},
      {"quantize", kDigits, "-o", folder.Path("q.onnx"), "--mode", "dynamic", "--progress", "none"},
      {"analyze", kDigits, "--calibration", kSamples, "--progress", "none", "--check-samples", "1",
       "--samples", "4"},
      {"run", kDigits, "--inputs", kSamples},
      {"eval", kDecoder, "--text", text, "--max-tokens", "64", "--progress", "none"},
      {"imatrix", kDecoder, "--text", text, "-o", folder.Path("i.dat"), "--progress", "none"},
      {"bench", "dequantize", "--n", "16", "--k", "64", "--seconds", "0.001"},
      {"bench", "graph", kDigits, "--inputs", kSamples, "--seconds", "0.001"}};
  for (const std::vector<std::string>& words : commands) {
    const std::string command = Command(words);
    INFO(command);
    const ShellResult full = Shell(command + " > /dev/full");
    CHECK(full.exit_code == 1);
    CHECK_THAT(full.out, ContainsSubstring("stdout") && ContainsSubstring("No space left"));
  }
  const ShellResult closed = Shell(Command({"list"}) + " >&-");
  CHECK(closed.exit_code == 1);
  CHECK_THAT(closed.out, ContainsSubstring("stdout"));
  // What it would have printed does not go into a file that it opens instead.
  const std::string copy = folder.Path("closed.pawl");
  CHECK(Shell(Command({"quantize", model, "-o", copy, "--scheme", "int8"}) + " >&-").exit_code ==
        1);
  CHECK(ReadAll(copy) == ReadAll(coded));
  const ShellResult as_json = Shell(Command({"list", "--json"}) + " > /dev/full");
  CHECK(json::parse(as_json.out)["event"] == "error");
  // Nothing to print is nothing to lose.
  CHECK(Shell(Command({"quantize", model, "-o", copy, "--scheme", "int8", "-q"}) + " > /dev/full")
            .exit_code == 0);
}

TEST_CASE("Usage errors are one JSON object with --json, wherever it stands") {
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"quantize", "--json"},
           {"quantize", "x", "--shceme", "int8", "--json"},
           {"quantize", "x", "--json", "--threads", "many"},
           {"quantize", "x", "--scheme", "int8", "--recipe", "r.json", "--json"},
           {"quantise", "--json"},
           {"--json"},
           {"list", "shemes", "--json"},
           {"bench", "--json"}}) {
    const ToolResult result = RunTool(words);
    INFO(result.err);
    CHECK(result.exit_code == 2);
    CHECK(result.out.empty());
    const json error = json::parse(result.err);
    CHECK(error["event"] == "error");
    CHECK(error["code"] == "INVALID_ARGUMENT");
    CHECK(error["exit_code"] == 2);
    CHECK_THAT(error["message"].get<std::string>(),
               ContainsSubstring("--help") || ContainsSubstring("'schemes'"));
  }
  // A file of that name.
  const ToolResult file = RunTool({"verify", "--", "--json"});
  CHECK_THAT(file.out, ContainsSubstring("--json: FAILED"));
}

TEST_CASE("compare counts NaN and infinities and never passes over values that are unlike") {
  const TestFolder folder;
  const std::string a = folder.Path("a.safetensors"), b = folder.Path("b.safetensors");
  WriteSafetensors(a, {{"same", Row({1, kNan, kInf, -kInf, 2})},
                       {"nan", Row({1, 2, 3, 4, 5})},
                       {"sign", Row({1, kInf, 3, 4, 5})},
                       {"all", Row({kNan, kNan})},
                       {"fine", Row({1, 2})}});
  WriteSafetensors(b, {{"same", Row({1, kNan, kInf, -kInf, 2.5f})},
                       {"nan", Row({1, kNan, kNan, 4, 5})},
                       {"sign", Row({1, -kInf, 3, 4, 5})},
                       {"all", Row({kNan, kNan})},
                       {"fine", Row({1, 2})}});
  const ToolResult result = RunTool({"compare", a, b, "--json", "--progress", "none"});
  CHECK(result.exit_code == 1);
  const json found = json::parse(result.out);
  CHECK(found["problems"] == 2);
  for (const json& t : found["tensors"]) {
    INFO(t.dump());
    const std::string name = t["name"];
    const json& odd = t.contains("not_finite") ? t["not_finite"] : json();
    CHECK(odd.is_null() == (name == "fine"));
    CHECK(t["exact"] == (name == "fine" || name == "all"));
    CHECK(t["problem"].get<std::string>().empty() == (name != "nan" && name != "sign"));
    if (name == "same") {
      CHECK(odd["original_nan"] == 1);
      CHECK(odd["original_infinite"] == 2);
      CHECK(odd["other_nan"] == 1);
      CHECK(odd["other_infinite"] == 2);
      CHECK(odd["unlike"] == 0);
      CHECK(t["max_error"] == 0.5);
      CHECK(t["sqnr_db"] > 13.0);  // 5 / 0.25
      CHECK(t["sqnr_db"] < 13.1);
    }
    if (name == "nan") {
      CHECK(odd["other_nan"] == 2);
      CHECK(odd["unlike"] == 2);
      CHECK_THAT(t["problem"].get<std::string>(),
                 ContainsSubstring("2 values are NaN or infinite, and not the same in both"));
    }
    if (name == "sign") CHECK(odd["unlike"] == 1);
    if (name == "all") {
      CHECK(t["sqnr_db"].is_null());
      CHECK(t["cosine"].is_null());
      CHECK(t["max_error"].is_null());
    }
  }
  const ToolResult text = RunTool({"compare", a, b, "--progress", "none"});
  CHECK(text.exit_code == 1);
  CHECK_THAT(text.out, ContainsSubstring("same: 1 NaN and 2 infinite values in the first file, 1 "
                                         "and 2 in the second, left out of the figures; the same"));
  CHECK_THAT(text.out, !ContainsSubstring(" nan"));
  // The same holds for a quantized side.
  const std::string coded = folder.Path("c.pawl"), wide = folder.Path("w.safetensors");
  WriteSafetensors(wide, {{"w.weight", GaussianTensor(DType::kF32, {16, 64}, 1)}});
  REQUIRE(RunTool({"quantize", wide, "-o", coded, "--scheme", "int8"}).exit_code == 0);
  Tensor damaged = GaussianTensor(DType::kF32, {16, 64}, 1);
  damaged.mutable_as<float>()[77] = kNan;
  WriteSafetensors(wide, {{"w.weight", damaged}});
  const ToolResult mixed = RunTool({"compare", wide, coded, "--json", "--progress", "none"});
  CHECK(mixed.exit_code == 1);
  const json tensor = json::parse(mixed.out)["tensors"][0];
  CHECK(tensor["not_finite"]["original_nan"] == 1);
  CHECK(tensor["not_finite"]["unlike"] == 1);
  CHECK(tensor["sqnr_db"] > 35.0);
}

}  // namespace pawl
