// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// quantization_config of config.json. Sources: AutoGPTQ's and GPTQModel's BaseQuantizeConfig,
// AutoAWQ's AwqConfig, compressed-tensors' QuantizationConfig, transformers' BitsAndBytesConfig.

#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/core/nearest.h"
#include "lib/core/status_macros.h"
#include "lib/models/checkpoint_parts.h"

namespace pawl {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr absl::string_view kNames[] = {"gptq", "gptq_v2", "awq", "compressed-tensors",
                                        "bitsandbytes"};

absl::Status Bad(absl::string_view file, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(file, ": quantization_config: ", what));
}

// The value of a key, or the default where it is absent, null or of another kind.
template <typename T>
T Get(const json& object, const char* key, T otherwise) {
  const auto found = object.find(key);
  if (found == object.end()) return otherwise;
  const auto* value = found->template get_ptr<const T*>();
  return value != nullptr ? *value : otherwise;
}

int64_t GetInt(const json& object, const char* key, int64_t otherwise) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_integer() ? found->get<int64_t>() : otherwise;
}

ordered_json GptqJson(const CheckpointSettings& s) {
  ordered_json out;
  out["quant_method"] = "gptq";
  out["bits"] = s.bits;
  out["group_size"] = s.group_size;
  out["desc_act"] = s.by_index;
  out["sym"] = s.symmetric;
  out["lm_head"] = false;
  out["checkpoint_format"] = s.format == CheckpointFormat::kGptq ? "gptq" : "gptq_v2";
  out["pack_dtype"] = "int32";
  out["true_sequential"] = true;
  out["static_groups"] = !s.by_index;
  return out;
}

ordered_json AwqJson(const CheckpointSettings& s, const std::vector<std::string>& ignore) {
  ordered_json out;
  out["quant_method"] = "awq";
  out["bits"] = s.bits;
  out["group_size"] = s.group_size;
  out["zero_point"] = true;  // stored in any case, 8 where there are none
  out["version"] = "gemm";
  out["modules_to_not_convert"] = ignore;
  return out;
}

ordered_json CompressedJson(const CheckpointSettings& s, const std::vector<std::string>& ignore) {
  ordered_json weights;
  weights["num_bits"] = s.bits;
  weights["type"] = s.packing == "pack-quantized" || s.packing == "int-quantized" ? "int" : "float";
  weights["symmetric"] = s.symmetric;
  weights["strategy"] = s.strategy;
  weights["group_size"] = s.strategy == "group" ? ordered_json(s.group_size) : ordered_json();
  weights["block_structure"] = nullptr;
  weights["dynamic"] = false;
  weights["actorder"] = s.by_index ? ordered_json("group") : ordered_json();
  weights["observer"] = "minmax";
  weights["observer_kwargs"] = ordered_json::object();
  ordered_json group;
  group["targets"] = {"Linear"};
  // Without it loaders infer one, and take integers of 8 bits without activations for packed ones.
  group["format"] = s.packing;
  group["weights"] = std::move(weights);
  group["input_activations"] = nullptr;
  group["output_activations"] = nullptr;
  ordered_json out;
  out["quant_method"] = "compressed-tensors";
  out["format"] = s.packing;
  out["quantization_status"] = "compressed";
  out["global_compression_ratio"] = nullptr;
  out["kv_cache_scheme"] = nullptr;
  out["ignore"] = ignore;
  out["config_groups"]["group_0"] = std::move(group);
  return out;
}

ordered_json BitsAndBytesJson(const CheckpointSettings& s, const std::vector<std::string>& ignore) {
  ordered_json out;
  out["quant_method"] = "bitsandbytes";
  out["load_in_4bit"] = true;
  out["load_in_8bit"] = false;
  out["_load_in_4bit"] = true;
  out["_load_in_8bit"] = false;
  out["bnb_4bit_quant_type"] = s.quant_type;
  out["bnb_4bit_use_double_quant"] = s.nested;
  out["bnb_4bit_compute_dtype"] = "float32";
  out["bnb_4bit_quant_storage"] = "uint8";
  out["llm_int8_threshold"] = 6.0;
  out["llm_int8_enable_fp32_cpu_offload"] = false;
  out["llm_int8_has_fp16_weight"] = false;
  out["llm_int8_skip_modules"] = ignore;
  return out;
}

absl::StatusOr<CheckpointSettings> ReadGptq(const json& config, absl::string_view file) {
  CheckpointSettings s;
  s.bits = static_cast<int>(GetInt(config, "bits", 4));
  s.group_size = GetInt(config, "group_size", -1);
  s.symmetric = Get(config, "sym", true);
  s.by_index = Get(config, "desc_act", false);
  const std::string version = Get<std::string>(config, "checkpoint_format", "gptq");
  if (version != "gptq" && version != "gptq_v2") {
    return absl::UnimplementedError(absl::StrCat(file, ": quantization_config: checkpoint_format '",
                                                 version, "'; Pawl reads gptq and gptq_v2"));
  }
  s.format = version == "gptq" ? CheckpointFormat::kGptq : CheckpointFormat::kGptqV2;
  return s;
}

absl::StatusOr<CheckpointSettings> ReadAwq(const json& config, absl::string_view file) {
  CheckpointSettings s;
  s.format = CheckpointFormat::kAwq;
  s.group_size = GetInt(config, "group_size", GetInt(config, "q_group_size", 128));
  const std::string version = Get<std::string>(config, "version", "gemm");
  const int64_t bits = GetInt(config, "bits", GetInt(config, "w_bit", 4));
  if ((version != "gemm" && version != "GEMM") || bits != 4) {
    return absl::UnimplementedError(absl::StrCat(file, ": quantization_config: AWQ of version '",
                                                 version, "' and ", bits,
                                                 " bits; Pawl reads gemm of 4"));
  }
  return s;
}

absl::StatusOr<CheckpointSettings> ReadCompressed(const json& config, absl::string_view file) {
  CheckpointSettings s;
  s.format = CheckpointFormat::kCompressedTensors;
  s.packing = Get<std::string>(config, "format", "");
  const auto groups = config.find("config_groups");
  if (groups == config.end() || !groups->is_object() || groups->empty()) {
    return Bad(file, "has no config_groups");
  }
  if (groups->size() > 1) {
    return absl::UnimplementedError(absl::StrCat(file, ": quantization_config has ", groups->size(),
                                                 " config_groups; Pawl reads one"));
  }
  const json& group = *groups->begin();
  const auto weights = group.is_object() ? group.find("weights") : group.end();
  if (!group.is_object() || weights == group.end() || !weights->is_object()) {
    return Bad(file, "a config_group has no weights");
  }
  s.packing = Get<std::string>(group, "format", s.packing);
  s.bits = static_cast<int>(GetInt(*weights, "num_bits", 8));
  s.symmetric = Get(*weights, "symmetric", true);
  s.strategy = Get<std::string>(*weights, "strategy", "channel");
  s.group_size = GetInt(*weights, "group_size", -1);
  s.by_index = Get<std::string>(*weights, "actorder", "") == "group";
  return s;
}

absl::StatusOr<CheckpointSettings> ReadBitsAndBytes(const json& config, absl::string_view file) {
  CheckpointSettings s;
  s.format = CheckpointFormat::kBitsAndBytes;
  s.quant_type = Get<std::string>(config, "bnb_4bit_quant_type", "fp4");
  s.nested = Get(config, "bnb_4bit_use_double_quant", false);
  if (!Get(config, "load_in_4bit", false) && !Get(config, "_load_in_4bit", false)) {
    return absl::UnimplementedError(
        absl::StrCat(file, ": quantization_config: bitsandbytes without load_in_4bit"));
  }
  return s;
}

}  // namespace

absl::Span<const absl::string_view> CheckpointFormatNames() { return kNames; }

absl::StatusOr<CheckpointFormat> ParseCheckpointFormat(absl::string_view name) {
  for (size_t i = 0; i < std::size(kNames); ++i) {
    if (kNames[i] == name) return static_cast<CheckpointFormat>(i);
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "'", name, "' is no checkpoint format",
      DidYouMean(name, std::vector<std::string>(std::begin(kNames), std::end(kNames)))));
}

ordered_json SettingsToJson(const CheckpointSettings& settings,
                            const std::vector<std::string>& ignore) {
  switch (settings.format) {
    case CheckpointFormat::kGptq:
    case CheckpointFormat::kGptqV2:
      return GptqJson(settings);
    case CheckpointFormat::kAwq:
      return AwqJson(settings, ignore);
    case CheckpointFormat::kCompressedTensors:
      return CompressedJson(settings, ignore);
    case CheckpointFormat::kBitsAndBytes:
      return BitsAndBytesJson(settings, ignore);
  }
  return {};
}

absl::StatusOr<CheckpointSettings> SettingsFromJson(const json& config, absl::string_view file) {
  if (!config.is_object()) return Bad(file, "is no object");
  const std::string method = Get<std::string>(config, "quant_method", "");
  if (method == "gptq") return ReadGptq(config, file);
  if (method == "awq") return ReadAwq(config, file);
  if (method == "compressed-tensors") return ReadCompressed(config, file);
  if (method == "bitsandbytes") return ReadBitsAndBytes(config, file);
  return absl::UnimplementedError(
      absl::StrCat(file, ": quantization_config: quant_method '", method,
                   "'; Pawl reads gptq, awq, compressed-tensors and bitsandbytes"));
}

}  // namespace pawl
