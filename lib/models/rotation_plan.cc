// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/models/rotation_plan.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/types/span.h"
#include "lib/core/hadamard.h"
#include "lib/core/status_macros.h"

namespace pawl {
namespace {

// The layer's number and the rest of "model.layers.3.mlp.up_proj.weight".
std::optional<std::pair<int64_t, std::string>> InLayer(absl::string_view name) {
  int64_t layer = 0;
  if (!absl::ConsumePrefix(&name, "model.layers.")) return std::nullopt;
  const size_t dot = name.find('.');
  if (dot == absl::string_view::npos || !absl::SimpleAtoi(name.substr(0, dot), &layer)) {
    return std::nullopt;
  }
  return std::pair(layer, std::string(name.substr(dot + 1)));
}

}  // namespace

std::string RotationNote(absl::string_view description) {
  return absl::StrCat("the model was rotated (", description, "): its weights have that in them");
}

absl::StatusOr<std::unique_ptr<RotationPlan>> RotationPlan::Create(const ModelConfig& config,
                                                                   const std::string& file,
                                                                   const RotateOptions& options) {
  std::unique_ptr<RotationPlan> plan(new RotationPlan(config, options));
  PAWL_RETURN_IF_ERROR(plan->MakeTurns(file));
  return plan;
}

absl::Status RotationPlan::MakeTurns(const std::string& file) {
  const auto named = [&](const char* what, const absl::Status& status) {
    return absl::Status(status.code(), absl::StrCat(file, ": ", what, ": ", status.message()));
  };
  if (options_.stream) {
    auto made = HadamardTransform::Create(config_.width);
    if (!made.ok()) return named("hidden_size", made.status());
    stream_ = *std::move(made);
    stream_turn_ = {&*stream_, std::vector<int8_t>(static_cast<size_t>(config_.width))};
    FillSigns(options_.seed, absl::MakeSpan(stream_turn_.signs));
  }
  if (!options_.heads) return absl::OkStatus();
  auto made = HadamardTransform::Create(config_.head_size);
  if (!made.ok()) return named("head_dim", made.status());
  head_ = *std::move(made);
  const int64_t size = config_.head_size, share = config_.heads / config_.kv_heads;
  for (int64_t layer = 0; layer < config_.layers; ++layer) {
    Turn values{&*head_, std::vector<int8_t>(static_cast<size_t>(config_.kv_heads * size))};
    FillSigns(options_.seed + (static_cast<uint64_t>(layer + 1) << 32),
              absl::MakeSpan(values.signs));
    Turn mix{&*head_, {}};
    for (int64_t c = 0; c < config_.heads * size; ++c) {
      mix.signs.push_back(values.signs[static_cast<size_t>(c / size / share * size + c % size)]);
    }
    value_turns_.push_back(std::move(values));
    mix_turns_.push_back(std::move(mix));
  }
  return absl::OkStatus();
}

absl::StatusOr<RotatedTensor> RotationPlan::Choose(const SafetensorsEntry& entry) const {
  RotatedTensor action;
  action.name = entry.name;
  action.from = &entry;
  const Turn* const stream = stream_turn();
  if (entry.name == kEmbeddingName) {
    action.columns = stream;
  } else if (entry.name == kLastNormName) {
    action.one = options_.stream;
  } else if (entry.name == kHeadName) {
    action.columns = stream;
    if (options_.stream) action.gains = kLastNormName;
  } else if (const auto inside = InLayer(entry.name)) {
    return ChooseInLayer(std::move(action), inside->first, inside->second);
  } else if (entry.name != "lm_head.bias") {
    return absl::InvalidArgumentError(absl::StrCat(
        "tensor '", entry.name, "' is none of this family's, so nobody knows how it turns"));
  }
  return action;
}

absl::StatusOr<RotatedTensor> RotationPlan::ChooseInLayer(RotatedTensor action, int64_t layer,
                                                          const std::string& part) const {
  static constexpr absl::string_view kSame[] = {
      "self_attn.q_proj.bias",        "self_attn.k_proj.bias",
      "mlp.gate_proj.bias",           "mlp.up_proj.bias",
      "self_attn.q_norm.weight",      "self_attn.k_norm.weight",
      "self_attn.rotary_emb.inv_freq"};
  if (layer < 0 || layer >= config_.layers) {
    return absl::InvalidArgumentError(absl::StrCat("tensor '", action.name, "' is of layer ", layer,
                                                   "; the settings have ", config_.layers));
  }
  const Turn* const stream = stream_turn();
  const auto at = static_cast<size_t>(layer);
  const bool attention = absl::StartsWith(part, "self_attn.");
  const std::string norm =
      absl::StrCat("model.layers.", layer,
                   attention ? ".input_layernorm" : ".post_attention_layernorm", ".weight");
  const bool value = absl::StartsWith(part, "self_attn.v_proj.");
  if (part == "input_layernorm.weight" || part == "post_attention_layernorm.weight") {
    action.one = options_.stream;
  } else if (part == "self_attn.q_proj.weight" || part == "self_attn.k_proj.weight" ||
             part == "self_attn.v_proj.weight" || part == "mlp.gate_proj.weight" ||
             part == "mlp.up_proj.weight") {
    action.columns = stream;
    if (options_.stream) action.gains = norm;
    if (value && options_.heads) action.rows = &value_turns_[at];
  } else if (part == "self_attn.v_proj.bias") {
    if (options_.heads) action.columns = &value_turns_[at];
  } else if (part == "self_attn.o_proj.weight" || part == "mlp.down_proj.weight") {
    action.rows = stream;
    if (attention && options_.heads) action.columns = &mix_turns_[at];
  } else if (part == "self_attn.o_proj.bias" || part == "mlp.down_proj.bias") {
    action.columns = stream;
  } else if (std::find(std::begin(kSame), std::end(kSame), part) == std::end(kSame)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "tensor '", action.name, "' is none of this family's, so nobody knows how it turns"));
  }
  return action;
}

std::string RotationPlan::Description() const {
  std::string text;
  const auto add = [&](const char* what, const std::optional<HadamardTransform>& transform) {
    if (!transform.has_value()) return;
    absl::StrAppend(&text, text.empty() ? "" : ", ", what, " ", transform->Size());
  };
  add("stream", stream_);
  add("heads", head_);
  return absl::StrCat(text, ", seed ", options_.seed);
}

}  // namespace pawl
