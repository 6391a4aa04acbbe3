// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/models/model_config.h"

namespace pawl {
namespace {

// Keys under the architecture's name: "llama.block_count".
class Keys {
 public:
  Keys(const GgufReader& reader, const std::string& architecture)
      : reader_(reader), prefix_(architecture + ".") {}

  int64_t Int(absl::string_view key, int64_t otherwise) const {
    const GgufValue* value = reader_.Value(absl::StrCat(prefix_, key));
    const std::optional<uint64_t> number = value == nullptr ? std::nullopt : value->Unsigned();
    // Absurd ones stay absurd for Check().
    return number.has_value() ? static_cast<int64_t>(std::min<uint64_t>(*number, uint64_t{1} << 62))
                              : otherwise;
  }
  double Number(absl::string_view key, double otherwise) const {
    const GgufValue* value = reader_.Value(absl::StrCat(prefix_, key));
    return value == nullptr ? otherwise : value->Float().value_or(otherwise);
  }
  bool True(absl::string_view key) const {
    const GgufValue* value = reader_.Value(absl::StrCat(prefix_, key));
    return value != nullptr && value->AsBool().value_or(false);
  }

  std::string Text(absl::string_view key) const {
    const GgufValue* value = reader_.Value(absl::StrCat(prefix_, key));
    return value == nullptr ? "" : std::string(value->Text().value_or(""));
  }

 private:
  const GgufReader& reader_;
  std::string prefix_;
};

int64_t RowsOf(const GgufReader& reader, absl::string_view name) {
  const GgufEntry* entry = reader.Find(name);
  return entry != nullptr && entry->shape.size() == 2 ? entry->shape[0] : 0;
}

// The file does not say which GELU it is; llama.cpp takes the approximation by tanh.
void ReadEncoder(const GgufReader& reader, const Keys& keys, ModelConfig* config) {
  config->epsilon = keys.Number("attention.layer_norm_epsilon", 1e-12);
  config->activation = HiddenActivation::kGelu;
  config->context = RowsOf(reader, "position_embd.weight");
  config->token_types = RowsOf(reader, "token_types.weight");
  config->kv_heads = config->heads;
}

absl::Status ReadRotary(const GgufReader& reader, const Keys& keys, ModelConfig* config) {
  config->rotary_base = keys.Number("rope.freq_base", 10000.0);
  const std::string type = keys.Text("rope.scaling.type");
  if (type == "linear") {
    config->rotary_divisor = keys.Number("rope.scaling.factor", 1.0);
  } else if (!type.empty() && type != "none") {
    return absl::UnimplementedError(absl::StrCat(reader.path(), ": rotary scaling '", type,
                                                 "'; Pawl has linear and rope_freqs.weight"));
  }
  const GgufEntry* factors = reader.Find("rope_freqs.weight");
  if (factors == nullptr) return absl::OkStatus();
  PAWL_ASSIGN_OR_RETURN(const Tensor tensor, reader.Get(*factors));
  PAWL_ASSIGN_OR_RETURN(const Tensor wide, tensor.ToF32());
  for (const float factor : wide.as<float>()) config->rotary_factors.push_back(double{factor});
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ModelConfig> ConfigFromGguf(const GgufReader& reader) {
  const GgufValue* architecture = reader.Value("general.architecture");
  ModelConfig config;
  if (architecture != nullptr) config.architecture = std::string(architecture->Text().value_or(""));
  static constexpr absl::string_view kKnown[] = {"llama", "qwen2", "qwen3", "gemma", "bert"};
  if (std::find(std::begin(kKnown), std::end(kKnown), config.architecture) == std::end(kKnown)) {
    return absl::UnimplementedError(
        absl::StrCat(reader.path(), ": general.architecture '", config.architecture,
                     "'; Pawl builds llama (mistral, smollm), qwen2, qwen3, gemma and bert"));
  }
  const Keys keys(reader, config.architecture);
  config.width = keys.Int("embedding_length", 0);
  config.inner = keys.Int("feed_forward_length", 0);
  config.layers = keys.Int("block_count", 0);
  config.heads = keys.Int("attention.head_count", 0);
  config.kv_heads = keys.Int("attention.head_count_kv", config.heads);
  config.head_size =
      keys.Int("attention.key_length", config.heads > 0 ? config.width / config.heads : 0);
  config.context = keys.Int("context_length", 2048);
  config.window = keys.Int("attention.sliding_window", 0);
  config.epsilon = keys.Number("attention.layer_norm_rms_epsilon", 1e-5);
  config.vocabulary = RowsOf(reader, "token_embd.weight");
  if (keys.Int("expert_count", 0) > 0) {
    return absl::UnimplementedError(absl::StrCat(reader.path(), ": a mixture of experts"));
  }
  if (config.encoder()) {
    if (keys.True("attention.causal")) {
      return absl::UnimplementedError(absl::StrCat(reader.path(), ": a BERT that is a decoder"));
    }
    ReadEncoder(reader, keys, &config);
    PAWL_RETURN_IF_ERROR(config.Check(reader.path()));
    return config;
  }
  if (config.architecture == "gemma") {  // its norms have the one added already
    config.activation = HiddenActivation::kGeluTanh;
    config.embedding_factor = std::sqrt(static_cast<double>(std::max<int64_t>(config.width, 0)));
  }
  PAWL_RETURN_IF_ERROR(ReadRotary(reader, keys, &config));
  PAWL_RETURN_IF_ERROR(config.Check(reader.path()));
  return config;
}

GgufMetadata ConfigToGguf(const ModelConfig& config) {
  const std::string architecture = config.architecture == "mistral" ? "llama" : config.architecture;
  GgufMetadata keys = {{"general.architecture", GgufValue::String(architecture)}};
  const auto set = [&](absl::string_view key, int64_t value) {
    keys.emplace_back(absl::StrCat(architecture, ".", key),
                      GgufValue::U32(static_cast<uint32_t>(value)));
  };
  set("vocab_size", config.vocabulary);
  set("context_length", config.context);
  set("embedding_length", config.width);
  set("block_count", config.layers);
  set("feed_forward_length", config.inner);
  if (config.encoder()) {
    set("attention.head_count", config.heads);
    keys.emplace_back("bert.attention.layer_norm_epsilon",
                      GgufValue::F32(static_cast<float>(config.epsilon)));
    keys.emplace_back("bert.attention.causal", GgufValue::Bool(false));
    keys.emplace_back("tokenizer.ggml.token_type_count",
                      GgufValue::U32(static_cast<uint32_t>(config.token_types)));
    return keys;
  }
  set("rope.dimension_count", config.head_size);
  set("attention.head_count", config.heads);
  set("attention.head_count_kv", config.kv_heads);
  set("attention.key_length", config.head_size);
  set("attention.value_length", config.head_size);
  if (config.window > 0) set("attention.sliding_window", config.window);
  keys.emplace_back(absl::StrCat(architecture, ".attention.layer_norm_rms_epsilon"),
                    GgufValue::F32(static_cast<float>(config.epsilon)));
  keys.emplace_back(absl::StrCat(architecture, ".rope.freq_base"),
                    GgufValue::F32(static_cast<float>(config.rotary_base)));
  if (config.rotary_divisor != 1.0) {
    keys.emplace_back(absl::StrCat(architecture, ".rope.scaling.type"),
                      GgufValue::String("linear"));
    keys.emplace_back(absl::StrCat(architecture, ".rope.scaling.factor"),
                      GgufValue::F32(static_cast<float>(config.rotary_divisor)));
  }
  return keys;
}

}  // namespace pawl
