// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/models/model_config.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/pipeline/strict_json.h"

namespace pawl {
namespace {

using Json = nlohmann::json;

constexpr int64_t kMaxSize = int64_t{1} << 24;
constexpr int64_t kMaxLayers = 1024;
constexpr int64_t kMaxContext = int64_t{1} << 26;

// Reads what is there and of the right type; everything else is as if it were absent, since
// config.json has many keys of many versions.
class Fields {
 public:
  Fields(const Json& object, absl::string_view file) : object_(object), file_(file) {}

  const Json* Find(absl::string_view key) const {
    const auto it = object_.find(std::string(key));
    return it == object_.end() || it->is_null() ? nullptr : &*it;
  }
  int64_t Int(absl::string_view key, int64_t otherwise) const {
    const Json* value = Find(key);
    return value != nullptr && value->is_number_integer() ? value->get<int64_t>() : otherwise;
  }
  double Number(absl::string_view key, double otherwise) const {
    const Json* value = Find(key);
    return value != nullptr && value->is_number() ? value->get<double>() : otherwise;
  }
  bool Bool(absl::string_view key, bool otherwise) const {
    const Json* value = Find(key);
    return value != nullptr && value->is_boolean() ? value->get<bool>() : otherwise;
  }
  std::string Text(absl::string_view key, const std::string& otherwise) const {
    const Json* value = Find(key);
    return value != nullptr && value->is_string() ? value->get<std::string>() : otherwise;
  }
  absl::Status Lacks(absl::string_view what) const {
    return absl::UnimplementedError(absl::StrCat(file_, ": ", what));
  }

 private:
  const Json& object_;
  absl::string_view file_;
};

// Llama 3.1's scaling: long waves are divided, short ones are not, in between is interpolated
// (transformers, modeling_rope_utils, "llama3").
std::vector<double> Llama3Factors(const ModelConfig& config, const Fields& fields) {
  const double factor = fields.Number("factor", 8.0);
  const double low = fields.Number("low_freq_factor", 1.0);
  const double high = fields.Number("high_freq_factor", 4.0);
  const auto original = fields.Number("original_max_position_embeddings", 8192.0);
  std::vector<double> factors;
  for (int64_t i = 0; i < config.head_size / 2; ++i) {
    const double frequency = std::pow(
        config.rotary_base, -2.0 * static_cast<double>(i) / static_cast<double>(config.head_size));
    const double length = 2.0 * std::numbers::pi / frequency;
    if (length < original / high) {
      factors.push_back(1.0);
    } else if (length > original / low) {
      factors.push_back(factor);
    } else {
      const double smooth = (original / length - low) / (high - low);
      factors.push_back(1.0 / ((1.0 - smooth) / factor + smooth));
    }
  }
  return factors;
}

absl::Status ReadRotary(const Fields& fields, absl::string_view file, ModelConfig* config) {
  config->rotary_base = fields.Number("rope_theta", 10000.0);
  const Json* scaling = fields.Find("rope_parameters");
  if (scaling == nullptr) scaling = fields.Find("rope_scaling");
  if (scaling == nullptr || !scaling->is_object()) return absl::OkStatus();
  const Fields inside(*scaling, file);
  config->rotary_base = inside.Number("rope_theta", config->rotary_base);
  const std::string type = inside.Text("rope_type", inside.Text("type", "default"));
  if (type == "default") return absl::OkStatus();
  if (type == "linear") {
    config->rotary_divisor = inside.Number("factor", 1.0);
    return absl::OkStatus();
  }
  if (type != "llama3")
    return fields.Lacks(absl::StrCat("rotary scaling '", type, "'; Pawl has linear and llama3"));
  config->rotary_factors = Llama3Factors(*config, inside);
  return absl::OkStatus();
}

absl::Status ReadActivation(const Fields& fields, ModelConfig* config) {
  const std::string name = fields.Text("hidden_activation", fields.Text("hidden_act", "silu"));
  if (config->architecture == "gemma") {
    // Its early files say "gelu" and mean the approximation.
    config->activation = HiddenActivation::kGeluTanh;
    config->norms_add_one = true;
    config->embedding_factor = std::sqrt(static_cast<double>(config->width));
    return absl::OkStatus();
  }
  if (name != "silu" && name != "swish") {
    return fields.Lacks(absl::StrCat("the activation '", name, "'; Pawl has silu"));
  }
  return absl::OkStatus();
}

// Post-norm, learned positions, all of them seen from each: a BertModel.
absl::Status ReadEncoder(const Fields& fields, ModelConfig* config) {
  config->epsilon = fields.Number("layer_norm_eps", 1e-12);
  config->token_types = fields.Int("type_vocab_size", 2);
  config->kv_heads = config->heads;
  const std::string positions = fields.Text("position_embedding_type", "absolute");
  if (positions != "absolute") {
    return fields.Lacks(
        absl::StrCat("position_embedding_type '", positions, "'; Pawl has absolute"));
  }
  if (fields.Bool("is_decoder", false) || fields.Bool("add_cross_attention", false)) {
    return fields.Lacks("bert as a decoder (is_decoder, add_cross_attention)");
  }
  static constexpr std::pair<absl::string_view, HiddenActivation> kKnown[] = {
      {"gelu", HiddenActivation::kGelu},
      {"gelu_python", HiddenActivation::kGelu},
      {"gelu_new", HiddenActivation::kGeluTanh},
      {"gelu_fast", HiddenActivation::kGeluTanh},
      {"gelu_pytorch_tanh", HiddenActivation::kGeluTanh},
      {"relu", HiddenActivation::kRelu},
  };
  const std::string name = fields.Text("hidden_act", "gelu");
  for (const auto& [word, activation] : kKnown) {
    if (name != word) continue;
    config->activation = activation;
    return absl::OkStatus();
  }
  return fields.Lacks(absl::StrCat("the activation '", name,
                                   "'; Pawl has gelu, gelu_new, gelu_pytorch_tanh and relu"));
}

}  // namespace

const char* HiddenActivationName(HiddenActivation activation) {
  constexpr const char* kNames[] = {"silu", "gelu", "gelu_tanh", "relu"};
  return kNames[static_cast<size_t>(activation)];
}

absl::Status ModelConfig::Check(absl::string_view file) const {
  const auto in = [](int64_t value, int64_t most) { return value > 0 && value <= most; };
  if (!in(vocabulary, kMaxSize) || !in(width, kMaxSize) || !in(inner, kMaxSize) ||
      !in(layers, kMaxLayers) || !in(heads, width) || !in(kv_heads, heads) ||
      !in(head_size, width) || !in(context, kMaxContext) || window < 0 ||
      (encoder() ? !in(token_types, kMaxSize) || heads * head_size != width
                 : head_size % 2 != 0 || heads % kv_heads != 0)) {
    return absl::InvalidArgumentError(
        absl::StrCat(file, ": no model has these sizes: vocabulary ", vocabulary, ", width ", width,
                     ", inner ", inner, ", layers ", layers, ", heads ", heads, " of ", head_size,
                     ", key heads ", kv_heads, ", context ", context, ", window ", window,
                     encoder() ? absl::StrCat(", token types ", token_types) : ""));
  }
  if (heads > kMaxSize / head_size) {  // and with it the key heads
    return absl::InvalidArgumentError(absl::StrCat(
        file, ": ", heads, " heads (num_attention_heads, attention.head_count) of ", head_size,
        " (head_dim, attention.key_length) are more than ", kMaxSize, " columns"));
  }
  if (!(epsilon >= 0.0 && epsilon < 1.0) || !(rotary_base > 0.0) || !(rotary_divisor > 0.0) ||
      !std::isfinite(rotary_base) || !std::isfinite(rotary_divisor)) {
    return absl::InvalidArgumentError(absl::StrCat(file, ": epsilon ", epsilon, ", rotary base ",
                                                   rotary_base, " or scaling ", rotary_divisor,
                                                   " is out of range"));
  }
  if (!rotary_factors.empty() && static_cast<int64_t>(rotary_factors.size()) != head_size / 2) {
    return absl::InvalidArgumentError(absl::StrCat(file, ": ", rotary_factors.size(),
                                                   " rotary factors for heads of ", head_size));
  }
  const bool good = std::all_of(rotary_factors.begin(), rotary_factors.end(),
                                [](double f) { return f > 0.0 && std::isfinite(f); });
  if (!good) return absl::InvalidArgumentError(absl::StrCat(file, ": a rotary factor is not > 0"));
  return absl::OkStatus();
}

absl::StatusOr<ModelConfig> ConfigFromJson(absl::string_view text, absl::string_view file) {
  PAWL_ASSIGN_OR_RETURN(const Json json, ParseStrictJson(text, file));
  if (!json.is_object()) {
    return absl::InvalidArgumentError(absl::StrCat(file, ": is not a JSON object"));
  }
  const Fields fields(json, file);
  ModelConfig config;
  config.architecture = fields.Text("model_type", "");
  static constexpr absl::string_view kKnown[] = {"llama", "mistral", "qwen2",
                                                 "qwen3", "gemma",   "bert"};
  if (std::find(std::begin(kKnown), std::end(kKnown), config.architecture) == std::end(kKnown)) {
    return fields.Lacks(absl::StrCat("model_type '", config.architecture,
                                     "'; Pawl builds the decoders llama, mistral, qwen2, qwen3 and "
                                     "gemma, and of encoders bert"));
  }
  config.vocabulary = fields.Int("vocab_size", 0);
  config.width = fields.Int("hidden_size", 0);
  config.inner = fields.Int("intermediate_size", 0);
  config.layers = fields.Int("num_hidden_layers", 0);
  config.heads = fields.Int("num_attention_heads", 0);
  config.kv_heads = fields.Int("num_key_value_heads", config.heads);
  config.head_size = fields.Int("head_dim", config.heads > 0 ? config.width / config.heads : 0);
  config.context = fields.Int("max_position_embeddings", 2048);
  config.epsilon = fields.Number("rms_norm_eps", 1e-6);
  config.tied = fields.Bool("tie_word_embeddings", config.architecture == "gemma");
  if (fields.Bool("use_sliding_window", config.architecture == "mistral")) {
    config.window = fields.Int("sliding_window", 0);
  }
  if (config.encoder()) {
    PAWL_RETURN_IF_ERROR(ReadEncoder(fields, &config));
    PAWL_RETURN_IF_ERROR(config.Check(file));
    return config;
  }
  PAWL_RETURN_IF_ERROR(config.Check(file));  // before sizes are used
  PAWL_RETURN_IF_ERROR(ReadRotary(fields, file, &config));
  PAWL_RETURN_IF_ERROR(ReadActivation(fields, &config));
  PAWL_RETURN_IF_ERROR(config.Check(file));
  return config;
}

}  // namespace pawl
