// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Quantized models as Hugging Face folders, and read back.

#include "pawl/model_export.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "catch2/catch_test_macros.hpp"
#include "lib/models/weights.h"
#include "nlohmann/json.hpp"
#include "pawl/container.h"
#include "pawl/context.h"
#include "pawl/job.h"
#include "pawl/language_model.h"
#include "pawl/safetensors.h"
#include "tests/formats/file_io_test_util.h"
#include "tests/models/tiny_decoder.h"

namespace pawl {
namespace {

using testing::FailsWith;
using testing::Slurp;
using testing::Spill;
using testing::TempDir;
using testing::TinyDecoder;

const char* const kEnds = "embed_tokens|lm_head";

struct Setup {
  Setup() {
    decoder.Fill();
    decoder.Write(dir.path());
    std::filesystem::create_directory(out);
  }
  // The model quantized, as a .pawl file.
  std::string Quantize(const std::string& scheme, const std::string& exclude = kEnds) {
    Job job;
    job.input = dir.path();
    job.output = dir.File("quantized.pawl");
    job.recipe = Recipe::ForScheme(scheme);
    if (!exclude.empty()) job.recipe.exclude = {exclude};
    const auto context = *Context::Create();
    const auto report = RunJob(job, *context);
    INFO(report.status().ToString());
    REQUIRE(report.ok());
    return job.output;
  }
  absl::StatusOr<ExportReport> Export(const std::string& file, const std::string& format) {
    const auto parsed = ParseCheckpointFormat(format);
    REQUIRE(parsed.ok());
    return ExportModel(file, dir.File("config.json"), out, *parsed);
  }
  nlohmann::json Settings() {
    return nlohmann::json::parse(Slurp(out + "/config.json"))["quantization_config"];
  }

  TinyDecoder decoder;
  TempDir dir;
  std::string out = dir.File("out");
};

Tensor Decoded(const QuantizedTensor& tensor) {
  Tensor out = *Tensor::Create(DType::kF32, tensor.shape);
  REQUIRE(Dequantize(tensor, out.mutable_as<float>()).ok());
  return out;
}

// Values differ at most by the rounding of the engine's type.
void CheckWeights(const std::string& file, const std::string& folder, double rounding) {
  const auto reader = PawlReader::Open(file);
  REQUIRE(reader.ok());
  const auto files = OpenModelFiles(folder);
  INFO(files.status().ToString());
  REQUIRE(files.ok());
  for (const std::string& name : (*reader)->names()) {
    CAPTURE(name);
    const auto entry = (*reader)->Entry(name);
    const auto found = files->weights->Get(name);
    INFO(found.status().ToString());
    REQUIRE(found.ok());
    if (!entry->quantized) {
      REQUIRE(found->quantized == nullptr);
      const Tensor plain = *(*reader)->GetPlain(name);
      CHECK(std::equal(plain.as<float>().begin(), plain.as<float>().end(),
                       found->tensor.as<float>().begin()));
      continue;
    }
    REQUIRE(found->quantized != nullptr);
    const Tensor a = Decoded(*(*reader)->Get(name)), b = Decoded(*found->quantized);
    REQUIRE(a.shape() == b.shape());
    double worst = 0.0;
    for (size_t i = 0; i < a.as<float>().size(); ++i) {
      const double x = a.as<float>()[i], y = b.as<float>()[i];
      worst = std::max(worst, std::abs(x - y) - rounding * std::abs(x));
    }
    CHECK(worst <= 1e-9);
  }
}

}  // namespace

TEST_CASE("model export: every format holds the job's codes, and is read back") {
  const struct {
    const char *format, *scheme;
    double rounding;
  } cases[] = {
      {"gptq", "int4:g32", 0x1p-11},
      {"gptq", "uint4:g32", 0x1p-11},
      {"gptq", "uint3:g32", 0x1p-11},
      {"gptq_v2", "int4:g32", 0x1p-11},
      {"gptq_v2", "uint2:g32", 0x1p-11},
      {"gptq_v2", "int8:g32", 0x1p-11},
      {"awq", "uint4:g32", 0x1p-11},
      {"awq", "int4:g32", 0x1p-11},
      {"compressed-tensors", "int4:g32", 0x1p-11},
      {"compressed-tensors", "int4:asym:g32", 0x1p-11},
      {"compressed-tensors", "int8", 0x1p-11},
      {"bitsandbytes", "nf4", 0.0},
      {"bitsandbytes", "nf4:dq", 0.0},
      {"bitsandbytes", "fp4", 0.0},
  };
  for (const auto& c : cases) {
    CAPTURE(c.format, c.scheme);
    Setup setup;
    const std::string file = setup.Quantize(c.scheme);
    const auto report = setup.Export(file, c.format);
    INFO(report.status().ToString());
    REQUIRE(report.ok());
    CHECK(report->quantized == 14);
    CHECK(report->plain == 6);
    CheckWeights(file, setup.out, c.rounding);
    const std::string once = Slurp(setup.out + "/model.safetensors");
    REQUIRE(setup.Export(file, c.format).ok());
    CHECK(Slurp(setup.out + "/model.safetensors") == once);
    // The weights run, and count as what they are.
    const auto model = LanguageModel::Open(setup.out);
    REQUIRE(model.ok());
    CHECK((*model)->info().elements == LanguageModel::ReadInfo(setup.dir.path())->elements);
    CHECK((*model)->info().bits_per_weight() < 20.0);
    const auto context = *Context::Create();
    CHECK((*model)->Logits({{1, 2, 3, 4}}, *context).ok());
  }
}

TEST_CASE("model export: settings say what the weights are") {
  Setup setup;
  REQUIRE(setup.Export(setup.Quantize("uint4:g32"), "gptq_v2").ok());
  auto json = setup.Settings();
  CHECK(json["quant_method"] == "gptq");
  CHECK(json["checkpoint_format"] == "gptq_v2");
  CHECK(json["bits"] == 4);
  CHECK(json["group_size"] == 32);
  CHECK(json["sym"] == false);
  CHECK(json["desc_act"] == false);
  CHECK(nlohmann::json::parse(Slurp(setup.out + "/quantize_config.json")) == json);
  REQUIRE(setup.Export(setup.Quantize("int4:g32"), "awq").ok());
  json = setup.Settings();
  CHECK(json["version"] == "gemm");
  CHECK(json["zero_point"] == true);
  REQUIRE(setup.Export(setup.Quantize("int4:g32"), "compressed-tensors").ok());
  json = setup.Settings();
  CHECK(json["format"] == "pack-quantized");
  CHECK(json["ignore"] == nlohmann::json({"lm_head"}));
  CHECK(json["config_groups"]["group_0"]["weights"]["group_size"] == 32);
  CHECK(json["config_groups"]["group_0"]["weights"]["symmetric"] == true);
  CHECK(json["config_groups"]["group_0"]["format"] == "pack-quantized");
  // Of integers of 8 bits a loader would guess that they are packed.
  REQUIRE(setup.Export(setup.Quantize("int8"), "compressed-tensors").ok());
  json = setup.Settings();
  CHECK(json["format"] == "int-quantized");
  CHECK(json["config_groups"]["group_0"]["format"] == "int-quantized");
  REQUIRE(setup.Export(setup.Quantize("nf4:dq"), "bitsandbytes").ok());
  json = setup.Settings();
  CHECK(json["bnb_4bit_quant_type"] == "nf4");
  CHECK(json["bnb_4bit_use_double_quant"] == true);
  // The model's own settings stay.
  const auto config = nlohmann::json::parse(Slurp(setup.out + "/config.json"));
  CHECK(config["hidden_size"] == 64);
  const auto reader = SafetensorsReader::Open(setup.out);
  REQUIRE(reader.ok());
  CHECK((*reader)->Find("model.layers.0.mlp.up_proj.weight.quant_state.bitsandbytes__nf4"));
  CHECK((*reader)->metadata().at("format") == "pt");
}

TEST_CASE("model export: what a format cannot hold is refused by name") {
  Setup setup;
  CHECK(FailsWith(setup.Export(setup.Quantize("int4:g32", ""), "gptq").status(),
                  {"embed_tokens", "exclude"}));
  CHECK(
      FailsWith(setup.Export(setup.Quantize("int4:g32", "embed|layers.1.mlp.up"), "gptq").status(),
                {"model.layers.1.mlp.up_proj.weight", "not quantized"}));
  CHECK(setup.Export(setup.Quantize("int4:g32", "embed|layers.1.mlp.up"), "awq").ok());
  CHECK(setup.Settings()["modules_to_not_convert"] ==
        nlohmann::json({"model.layers.1.mlp.up_proj"}));
  CHECK(FailsWith(setup.Export(setup.Quantize("nf4"), "awq").status(), {"AWQ"}));
  CHECK(FailsWith(setup.Export(setup.Quantize("q4_0"), "bitsandbytes").status(), {"nf4"}));
  CHECK(FailsWith(ParseCheckpointFormat("gptg").status(), {"gptg", "gptq"}));
  // The folder of the float model: nothing there is written over.
  const std::string file = setup.Quantize("int4:g32");
  const std::string config = Slurp(setup.dir.File("config.json"));
  const std::string weights = Slurp(setup.dir.File("model.safetensors"));
  const auto format = ParseCheckpointFormat("gptq");
  CHECK(FailsWith(
      ExportModel(file, setup.dir.File("config.json"), setup.dir.path(), *format).status(),
      {setup.dir.path()}));
  CHECK(Slurp(setup.dir.File("config.json")) == config);
  CHECK(Slurp(setup.dir.File("model.safetensors")) == weights);
  Spill(setup.dir.File("config.json"), "[1]");
  CHECK_FALSE(setup.Export(setup.Quantize("int4:g32"), "gptq").ok());
}

TEST_CASE("model export: settings of other tools that Pawl lacks are named") {
  Setup setup;
  REQUIRE(setup.Export(setup.Quantize("int4:g32"), "gptq").ok());
  const std::string config = Slurp(setup.out + "/config.json");
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = config;
    const size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    Spill(setup.out + "/config.json", text.replace(at, from.size(), to));
    return LanguageModel::Open(setup.out).status();
  };
  CHECK(FailsWith(with("\"quant_method\": \"gptq\"", "\"quant_method\": \"spqr\""), {"spqr"}));
  CHECK(FailsWith(with("\"checkpoint_format\": \"gptq\"", "\"checkpoint_format\": \"marlin\""),
                  {"marlin"}));
  CHECK(FailsWith(with("\"bits\": 4", "\"bits\": 3"), {"qweight"}));
  CHECK(FailsWith(with("\"bits\": 4", "\"bits\": 99"), {"bits"}));
  CHECK(FailsWith(with("\"group_size\": 32", "\"group_size\": 0"), {"group_size"}));
}

}  // namespace pawl
