// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Quantized models as Hugging Face folders: weights of any scheme under the names of a decoder or
// others, settings that may be any text. What is written opens and parses, and is read as a
// language model or refused; an export that fails leaves the folder as it was.

#include <filesystem>
#include <string>
#include <vector>

#include "fuzz.h"
#include "hostile_scheme.h"
#include "nlohmann/json.hpp"
#include "pawl/container.h"
#include "pawl/language_model.h"
#include "pawl/model_export.h"
#include "pawl/safetensors.h"
#include "scratch_folder.h"

namespace pawl::fuzz {
namespace {

constexpr const char* kOld = "what was there";
constexpr const char* kConfig =
    R"({"architectures":["LlamaForCausalLM"],"model_type":"llama","hidden_size":64,)"
    R"("intermediate_size":64,"num_hidden_layers":1,"num_attention_heads":4,)"
    R"("num_key_value_heads":2,"vocab_size":64,"max_position_embeddings":16,)"
    R"("rms_norm_eps":1e-5,"tie_word_embeddings":true})";

absl::Span<const uint8_t> AsBytes(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

std::string Name(Input& input) {
  constexpr const char* kNames[] = {"model.layers.0.self_attn.q_proj.weight",
                                    "model.layers.0.mlp.down_proj.weight",
                                    "model.layers.0.self_attn.k_proj.weight",
                                    "model.layers.0.input_layernorm.weight",
                                    "model.embed_tokens.weight",
                                    "model.norm.weight",
                                    "lm_head.weight",
                                    "q_proj",
                                    ".weight"};
  if (input.Rarely()) return input.Text(12);
  return input.Pick(kNames);
}

// False where the input gives no file.
bool WriteModel(Input& input, const std::string& path) {
  const auto writer = PawlWriter::Create(path);
  PAWL_FUZZ_CHECK(writer.ok(), writer.status().ToString());
  const int64_t count = input.Int(1, 4);
  const Scheme common = TextScheme(input);
  for (int64_t i = 0; i < count; ++i) {
    const std::string name = Name(input);
    const std::vector<int64_t> shape = {input.Bool() ? 64 : input.Int(1, 65),
                                        input.Bool() ? 64 : input.Int(1, 130)};
    absl::Status added;
    if (input.Byte() % 4 == 3) {
      auto plain = Tensor::Create(input.Bool() ? DType::kF32 : DType::kF16, shape);
      PAWL_FUZZ_CHECK(plain.ok(), plain.status().ToString());
      added = (*writer)->AddPlain(name, *plain);
    } else {
      const auto tensor = RandomTensor(input, input.Rarely() ? TextScheme(input) : common, shape);
      if (!tensor.ok()) continue;
      added = (*writer)->Add(name, *tensor);
    }
    if (!Succeeded(added)) return false;
  }
  return Succeeded((*writer)->Finish());
}

void CheckFolder(const ScratchFolder& folder, const ExportReport& report) {
  const auto reader = SafetensorsReader::Open(folder.Path("out/model.safetensors"));
  PAWL_FUZZ_CHECK(reader.ok(), reader.status().ToString());
  PAWL_FUZZ_CHECK(report.quantized > 0, "nothing is quantized");
  const auto config = nlohmann::json::parse(folder.Read("out/config.json"), nullptr, false);
  PAWL_FUZZ_CHECK(config.is_object() && config.contains("quantization_config"), "no settings");
  Succeeded(LanguageModel::ReadInfo(folder.Path("out")).status());
}

}  // namespace
}  // namespace pawl::fuzz

PAWL_FUZZ_TARGET(model_export) {
  using namespace pawl;
  using namespace pawl::fuzz;
  Input input(bytes);
  const auto format = static_cast<CheckpointFormat>(
      input.Int(0, static_cast<int64_t>(CheckpointFormatNames().size()) - 1));
  const std::string config = input.Rarely() ? input.Text(input.Byte()) : kConfig;
  const ScratchFolder folder;
  const std::string model = folder.Path("model.pawl");
  if (!WriteModel(input, model)) return;
  folder.Write("config.json", AsBytes(config));
  std::filesystem::create_directory(folder.Path("out"));
  folder.Write("out/config.json", AsBytes(kOld));
  const auto report = ExportModel(model, folder.Path("config.json"), folder.Path("out"), format);
  if (Succeeded(report.status())) return CheckFolder(folder, *report);
  PAWL_FUZZ_CHECK(folder.Read("out/config.json") == kOld, "an error, and another file");
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.Path("out"))) {
    files += entry.exists() ? 1 : 0;
  }
  PAWL_FUZZ_CHECK(files == 1, "an error left files over");
}
