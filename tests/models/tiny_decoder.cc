// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "tests/models/tiny_decoder.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "tests/formats/file_io_test_util.h"

namespace pawl::testing {
namespace {

using Values = PlainValues;

Values Normalize(const Values& x, const Values& w) {
  Values y(x.size());
  for (size_t r = 0; r < x.size(); r += w.size()) {
    double square = 0.0;
    for (size_t i = 0; i < w.size(); ++i) square += x[r + i] * x[r + i];
    const double factor = 1.0 / std::sqrt(square / static_cast<double>(w.size()) + 1e-5);
    for (size_t i = 0; i < w.size(); ++i) y[r + i] = x[r + i] * factor * w[i];
  }
  return y;
}

void Turn(Values& x, int heads, int head, double base) {
  const size_t row = static_cast<size_t>(heads * head);
  for (size_t p = 0; p < x.size() / row; ++p) {
    for (int h = 0; h < heads; ++h) {
      double* v = &x[p * row + h * head];
      for (int i = 0; i < head / 2; ++i) {
        const double angle = static_cast<double>(p) * std::pow(base, -2.0 * i / head);
        const double low = v[i], high = v[i + head / 2];
        v[i] = low * std::cos(angle) - high * std::sin(angle);
        v[i + head / 2] = high * std::cos(angle) + low * std::sin(angle);
      }
    }
  }
}

Values Attend(const TinyDecoder& d, const Values& q, const Values& k, const Values& v) {
  const int n = static_cast<int>(q.size()) / (d.heads * d.head), group = d.heads / d.kv_heads;
  Values out(q.size());
  for (int i = 0; i < n; ++i) {
    for (int h = 0; h < d.heads; ++h) {
      const double* query = &q[(i * d.heads + h) * d.head];
      const int first = d.window > 0 ? std::max(0, i - d.window + 1) : 0;
      Values p(i + 1);
      double sum = 0.0;
      for (int j = first; j <= i; ++j) {
        const double* key = &k[(j * d.kv_heads + h / group) * d.head];
        double dot = 0.0;
        for (int c = 0; c < d.head; ++c) dot += query[c] * key[c];
        sum += p[j] = std::exp(dot / std::sqrt(static_cast<double>(d.head)));
      }
      for (int j = first; j <= i; ++j) {
        const double* value = &v[(j * d.kv_heads + h / group) * d.head];
        for (int c = 0; c < d.head; ++c) {
          out[(i * d.heads + h) * d.head + c] += p[j] / sum * value[c];
        }
      }
    }
  }
  return out;
}

std::string Layer(int i) { return "model.layers." + std::to_string(i) + "."; }

}  // namespace

std::vector<int64_t> TinyDecoder::Shape(const std::string& name) const {
  const auto has = [&](const char* part) { return name.find(part) != std::string::npos; };
  const bool vector = has("bias") || has("norm");
  const int64_t q = heads * head, k = kv_heads * head;
  if (has("q_norm") || has("k_norm")) return {head};
  if (has("q_proj")) return vector ? std::vector<int64_t>{q} : std::vector<int64_t>{q, width};
  if (has("k_proj") || has("v_proj")) {
    return vector ? std::vector<int64_t>{k} : std::vector<int64_t>{k, width};
  }
  if (vector) return {width};
  if (has("o_proj")) return {width, q};
  if (has("gate") || has("up_")) return {inner, width};
  if (has("down")) return {width, inner};
  return {vocabulary, width};
}

void TinyDecoder::Fill() {
  std::vector<std::string> names = {"model.embed_tokens.weight", "model.norm.weight"};
  if (!tied) names.push_back("lm_head.weight");
  for (int i = 0; i < layers; ++i) {
    for (const char* part : {"input_layernorm", "post_attention_layernorm", "self_attn.q_proj",
                             "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj",
                             "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"}) {
      names.push_back(Layer(i) + part + ".weight");
    }
    for (const char* part : {"q", "k", "v"}) {
      if (biases) names.push_back(Layer(i) + "self_attn." + part + "_proj.bias");
    }
    for (const char* part : {"q", "k"}) {
      if (head_norms) names.push_back(Layer(i) + "self_attn." + part + "_norm.weight");
    }
  }
  std::mt19937 random(7);
  for (const std::string& name : names) {
    weights[name] = Draw(random, Shape(name), name.find("norm") != std::string::npos, bf16);
  }
}

void TinyDecoder::Write(const std::string& folder) const {
  std::string config = "{\"model_type\":\"" + type + "\",\"hidden_act\":\"silu\"";
  const auto set = [&](const char* key, int value) {
    config += ",\"" + std::string(key) + "\":" + std::to_string(value);
  };
  set("vocab_size", vocabulary);
  set("hidden_size", width);
  set("intermediate_size", inner);
  set("num_hidden_layers", layers);
  set("num_attention_heads", heads);
  set("num_key_value_heads", kv_heads);
  set("head_dim", head);
  set("max_position_embeddings", context);
  config += ",\"rms_norm_eps\":1e-5,\"rope_theta\":" + std::to_string(base);
  config += more + "}";
  Spill(folder + "/config.json", config);
  const auto shape = [this](const std::string& name) { return Shape(name); };
  WriteWeights(folder, weights, shape, bf16);
}

std::vector<double> TinyDecoder::Logits(const std::vector<int32_t>& ids) const {
  const auto w = [&](const std::string& name) -> const Values& { return weights.at(name); };
  Values x;
  for (const int32_t id : ids) {
    const Values& table = w("model.embed_tokens.weight");
    x.insert(x.end(), table.begin() + id * width, table.begin() + (id + 1) * width);
  }
  for (int i = 0; i < layers; ++i) {
    const std::string attn = Layer(i) + "self_attn.", mlp = Layer(i) + "mlp.";
    const Values h = Normalize(x, w(Layer(i) + "input_layernorm.weight"));
    Values q = Multiply(h, w(attn + "q_proj.weight"), heads * head, width);
    Values k = Multiply(h, w(attn + "k_proj.weight"), kv_heads * head, width);
    Values v = Multiply(h, w(attn + "v_proj.weight"), kv_heads * head, width);
    if (biases) {
      AddRow(q, w(attn + "q_proj.bias"));
      AddRow(k, w(attn + "k_proj.bias"));
      AddRow(v, w(attn + "v_proj.bias"));
    }
    if (head_norms) {
      q = Normalize(q, w(attn + "q_norm.weight"));
      k = Normalize(k, w(attn + "k_norm.weight"));
    }
    Turn(q, heads, head, base);
    Turn(k, kv_heads, head, base);
    AddRow(x, Multiply(Attend(*this, q, k, v), w(attn + "o_proj.weight"), width, heads * head));
    const Values m = Normalize(x, w(Layer(i) + "post_attention_layernorm.weight"));
    Values gate = Multiply(m, w(mlp + "gate_proj.weight"), inner, width);
    const Values up = Multiply(m, w(mlp + "up_proj.weight"), inner, width);
    for (size_t j = 0; j < gate.size(); ++j) gate[j] *= up[j] / (1.0 + std::exp(-gate[j]));
    AddRow(x, Multiply(gate, w(mlp + "down_proj.weight"), width, inner));
  }
  x = Normalize(x, w("model.norm.weight"));
  return Multiply(x, w(tied ? "model.embed_tokens.weight" : "lm_head.weight"), vocabulary, width);
}

double Largest(const std::vector<double>& x) {
  double most = 0.0;
  for (const double v : x) most = std::max(most, std::abs(v));
  return most;
}

double Difference(const std::vector<double>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  double most = 0.0;
  for (size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
  return most;
}

std::vector<DecoderCase> DecoderCases() {
  std::vector<DecoderCase> cases(5);
  cases[0].what = "grouped queries";
  cases[1].what = "a value head for each head, a head of its own";
  cases[1].decoder.kv_heads = 4;
  cases[1].decoder.tied = false;
  cases[2].what = "bf16";
  cases[2].decoder.bf16 = true;
  cases[3].what = "biases, bf16";
  cases[3].decoder.type = "qwen2";
  cases[3].decoder.biases = true;
  cases[3].decoder.bf16 = true;
  cases[4].what = "norms of heads";
  cases[4].decoder.type = "qwen3";
  cases[4].decoder.head_norms = true;
  return cases;
}

std::vector<int32_t> Text(size_t count) {
  std::vector<int32_t> ids;
  for (size_t i = 0; i < count; ++i) ids.push_back(static_cast<int32_t>((i * i + i / 7) % 37));
  return ids;
}

std::unique_ptr<Context> MakeContext(int threads, const std::string& target) {
  ContextOptions options;
  options.threads = threads;
  options.target = target;
  return *Context::Create(options);
}

}  // namespace pawl::testing
