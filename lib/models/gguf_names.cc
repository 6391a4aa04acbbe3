// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/models/gguf_names.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace pawl {
namespace {

struct Pair {
  absl::string_view hugging_face;
  absl::string_view gguf;
};

constexpr Pair kWhole[] = {
    {"model.embed_tokens.weight", "token_embd.weight"},
    {"model.norm.weight", "output_norm.weight"},
    {"lm_head.weight", "output.weight"},
    {"lm_head.bias", "output.bias"},
};

// Within a layer, without ".weight" or ".bias".
constexpr Pair kOfLayer[] = {
    {"input_layernorm", "attn_norm"},    {"self_attn.q_proj", "attn_q"},
    {"self_attn.k_proj", "attn_k"},      {"self_attn.v_proj", "attn_v"},
    {"self_attn.o_proj", "attn_output"}, {"self_attn.q_norm", "attn_q_norm"},
    {"self_attn.k_norm", "attn_k_norm"}, {"post_attention_layernorm", "ffn_norm"},
    {"mlp.gate_proj", "ffn_gate"},       {"mlp.up_proj", "ffn_up"},
    {"mlp.down_proj", "ffn_down"},
};

constexpr absl::string_view kHuggingFacePrefix = "model.layers.";
constexpr absl::string_view kGgufPrefix = "blk.";

std::optional<std::string> Translate(absl::string_view name, bool to_gguf) {
  const auto from = [&](const Pair& p) { return to_gguf ? p.hugging_face : p.gguf; };
  const auto to = [&](const Pair& p) { return to_gguf ? p.gguf : p.hugging_face; };
  for (const Pair& pair : kWhole) {
    if (name == from(pair)) return std::string(to(pair));
  }
  absl::string_view rest = name;
  if (!absl::ConsumePrefix(&rest, to_gguf ? kHuggingFacePrefix : kGgufPrefix)) return std::nullopt;
  const size_t dot = rest.find('.'), end = rest.rfind('.');
  if (dot == absl::string_view::npos || end == dot) return std::nullopt;
  const absl::string_view layer = rest.substr(0, dot), kind = rest.substr(end);
  int64_t number;
  if (!absl::SimpleAtoi(layer, &number) || absl::StrCat(number) != layer) return std::nullopt;
  if (kind != ".weight" && kind != ".bias") return std::nullopt;
  for (const Pair& pair : kOfLayer) {
    if (rest.substr(dot + 1, end - dot - 1) != from(pair)) continue;
    return absl::StrCat(to_gguf ? kGgufPrefix : kHuggingFacePrefix, layer, ".", to(pair), kind);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> GgufNameOf(absl::string_view name) { return Translate(name, true); }
std::optional<std::string> HuggingFaceNameOf(absl::string_view gguf_name) {
  return Translate(gguf_name, false);
}

std::vector<int64_t> GgufRowOrder(absl::string_view name, const DecoderConfig& config) {
  if (config.architecture != "llama" && config.architecture != "mistral") return {};
  const bool queries = absl::StrContains(name, ".self_attn.q_proj.");
  if (!queries && !absl::StrContains(name, ".self_attn.k_proj.")) return {};
  const int64_t heads = queries ? config.heads : config.kv_heads, half = config.head_size / 2;
  std::vector<int64_t> order;
  for (int64_t h = 0; h < heads; ++h) {
    for (int64_t i = 0; i < half; ++i) {
      order.push_back(h * config.head_size + i);
      order.push_back(h * config.head_size + half + i);
    }
  }
  return order;
}

}  // namespace pawl
