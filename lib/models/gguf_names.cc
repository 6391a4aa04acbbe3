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

// Of encoders, without ".weight" or ".bias".
constexpr Pair kEncoderWhole[] = {
    {"embeddings.word_embeddings", "token_embd"},
    {"embeddings.position_embeddings", "position_embd"},
    {"embeddings.token_type_embeddings", "token_types"},
    {"embeddings.LayerNorm", "token_embd_norm"},
};

constexpr Pair kEncoderLayer[] = {
    {"attention.self.query", "attn_q"},
    {"attention.self.key", "attn_k"},
    {"attention.self.value", "attn_v"},
    {"attention.output.dense", "attn_output"},
    {"attention.output.LayerNorm", "attn_output_norm"},
    {"intermediate.dense", "ffn_up"},
    {"output.dense", "ffn_down"},
    {"output.LayerNorm", "layer_output_norm"},
};

constexpr Pair kDecoderPrefix = {"model.layers.", "blk."};
constexpr Pair kEncoderPrefixes = {"encoder.layer.", "blk."};

class Translation {
 public:
  explicit Translation(bool to_gguf) : to_gguf_(to_gguf) {}

  std::optional<std::string> Decoder(absl::string_view name) const {
    const absl::string_view whole = Find(kWhole, name);
    if (!whole.empty()) return std::string(whole);
    return Layer(kDecoderPrefix, kOfLayer, name);
  }

  // TensorFlow's names of norms are taken, too.
  std::optional<std::string> Encoder(absl::string_view name) const {
    if (to_gguf_) absl::ConsumePrefix(&name, kEncoderPrefix);
    const size_t end = name.rfind('.');
    if (end == absl::string_view::npos) return std::nullopt;
    absl::string_view kind = name.substr(end);
    if (to_gguf_ && kind == ".gamma") kind = ".weight";
    if (to_gguf_ && kind == ".beta") kind = ".bias";
    if (kind != ".weight" && kind != ".bias") return std::nullopt;
    const absl::string_view whole = Find(kEncoderWhole, name.substr(0, end));
    if (!whole.empty()) return absl::StrCat(whole, kind);
    return Layer(kEncoderPrefixes, kEncoderLayer, absl::StrCat(name.substr(0, end), kind));
  }

 private:
  absl::string_view From(const Pair& p) const { return to_gguf_ ? p.hugging_face : p.gguf; }
  absl::string_view To(const Pair& p) const { return to_gguf_ ? p.gguf : p.hugging_face; }

  absl::string_view Find(absl::Span<const Pair> pairs, absl::string_view name) const {
    for (const Pair& pair : pairs) {
      if (name == From(pair)) return To(pair);
    }
    return "";
  }

  // "model.layers.3.mlp.up_proj.weight": prefix, number, module and kind.
  std::optional<std::string> Layer(const Pair& prefix, absl::Span<const Pair> pairs,
                                   absl::string_view name) const {
    absl::string_view rest = name;
    if (!absl::ConsumePrefix(&rest, From(prefix))) return std::nullopt;
    const size_t dot = rest.find('.'), end = rest.rfind('.');
    if (dot == absl::string_view::npos || end == dot) return std::nullopt;
    const absl::string_view layer = rest.substr(0, dot), kind = rest.substr(end);
    int64_t number;
    if (!absl::SimpleAtoi(layer, &number) || absl::StrCat(number) != layer) return std::nullopt;
    if (kind != ".weight" && kind != ".bias") return std::nullopt;
    const absl::string_view module = Find(pairs, rest.substr(dot + 1, end - dot - 1));
    if (module.empty()) return std::nullopt;
    return absl::StrCat(To(prefix), layer, ".", module, kind);
  }

  bool to_gguf_;
};

}  // namespace

std::optional<std::string> GgufNameOf(absl::string_view name) {
  const Translation translation(true);
  const std::optional<std::string> decoder = translation.Decoder(name);
  return decoder.has_value() ? decoder : translation.Encoder(name);
}
std::optional<std::string> HuggingFaceNameOf(absl::string_view gguf_name, bool encoder) {
  const Translation translation(false);
  return encoder ? translation.Encoder(gguf_name) : translation.Decoder(gguf_name);
}

std::vector<int64_t> GgufRowOrder(absl::string_view name, const ModelConfig& config) {
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
