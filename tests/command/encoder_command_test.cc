// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The command on a BERT encoder's folder: looked at, quantized on ids, resumed, and measured.

#include <string>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "catch2/matchers/catch_matchers_string.hpp"
#include "nlohmann/json.hpp"
#include "tests/command/run_tool.h"
#include "tests/formats/file_io_test_util.h"
#include "tests/models/tiny_encoder.h"

namespace pawl {
namespace {

using Catch::Matchers::ContainsSubstring;
using nlohmann::json;
using testing::Slurp;
using testing::Spill;
using testing::TempDir;
using testing::TinyEncoder;

struct EncoderFolder {
  EncoderFolder() {
    TinyEncoder encoder;
    encoder.begin_id = 7;
    encoder.Fill();
    encoder.Write(path);
    std::string lines;
    for (int i = 0; i < 400; ++i) {
      lines += i % 9 == 0 ? "\n7" : " " + std::to_string(8 + (i * i + i / 3) % 31);
    }
    Spill(ids, lines);
  }
  ToolResult Run(std::vector<std::string> words) const {
    words.insert(words.end(), {"--progress", "none"});
    return RunTool(words);
  }
  std::string Out(const std::vector<std::string>& words) const {
    const ToolResult result = Run(words);
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    return result.out;
  }
  json Eval(const std::string& folder) const {
    return json::parse(Out({"eval", folder, "--tokens", ids, "--reference", path, "--json"}));
  }

  TempDir dir, out;
  std::string path = dir.path();
  std::string ids = out.File("ids.txt");
};

TEST_CASE("command: an encoder is looked at, quantized on ids, and compared with itself") {
  const EncoderFolder encoder;
  const ToolResult seen = RunTool({"inspect", encoder.path});
  CHECK_THAT(seen.out, ContainsSubstring("bert, an encoder: 2 layers of 64, 40 ids, context 32"));
  const json known = json::parse(RunTool({"inspect", encoder.path, "--json"}).out);
  CHECK(known["language_model"]["encoder"] == true);
  double nearest = 0.0;
  for (const std::string method : {"rtn", "gptq"}) {
    CAPTURE(method);
    const std::string folder = encoder.out.File(method);
    const json report = json::parse(
        encoder.Out({"quantize", encoder.path, "-o", folder, "--scheme", "int4:g32", "--method",
                     method, "--calibration-tokens", encoder.ids, "--json"}));
    bool kept = false;
    for (const json& tensor : report["tensors"]) {
      kept |= tensor["name"] == "embeddings.word_embeddings.weight" && !tensor["quantized"] &&
              tensor["reason"].get<std::string>().find("embedding") != std::string::npos;
    }
    CHECK(kept);
    CHECK(Slurp(folder + "/vocab.txt") == Slurp(encoder.path + "/vocab.txt"));
    const json found = encoder.Eval(folder);
    CHECK(found["sequences"] == 45);
    CHECK(found["embedding_sqnr_db"] > nearest);
    CHECK(found["embedding_cosine"] > 0.98);
    CHECK(found["bits_per_weight"] < 20.0);
    nearest = found["embedding_sqnr_db"];
  }
  const std::string text = encoder.Out(
      {"eval", encoder.out.File("gptq"), "--tokens", encoder.ids, "--mode", "int8_where_possible"});
  CHECK_THAT(text, ContainsSubstring("45 sequences of 400 ids"));
  CHECK_THAT(text, !ContainsSubstring("perplexity"));
}

TEST_CASE("command: what an encoder has not is said") {
  const EncoderFolder encoder;
  const ToolResult text = encoder.Run({"eval", encoder.path, "--text", encoder.ids});
  CHECK(text.exit_code == 1);
  CHECK_THAT(text.err, ContainsSubstring("--tokens"));
  const ToolResult stride =
      encoder.Run({"eval", encoder.path, "--tokens", encoder.ids, "--stride", "4"});
  CHECK(stride.exit_code == 1);
  CHECK_THAT(stride.err, ContainsSubstring("stride"));
}

}  // namespace
}  // namespace pawl
