// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "tests/models/tiny_encoder.h"

#include <cmath>
#include <random>

#include "tests/formats/file_io_test_util.h"

namespace pawl::testing {
namespace {

using Values = PlainValues;

constexpr double kEpsilon = 1e-12;

std::string Layer(int i) { return "encoder.layer." + std::to_string(i) + "."; }

void Normalize(Values& x, const Values& weight, const Values& bias) {
  const size_t n = weight.size();
  for (size_t r = 0; r < x.size(); r += n) {
    double mean = 0.0, square = 0.0;
    for (size_t i = 0; i < n; ++i) mean += x[r + i] / static_cast<double>(n);
    for (size_t i = 0; i < n; ++i) square += (x[r + i] - mean) * (x[r + i] - mean);
    const double root = std::sqrt(square / static_cast<double>(n) + kEpsilon);
    for (size_t i = 0; i < n; ++i) x[r + i] = (x[r + i] - mean) / root * weight[i] + bias[i];
  }
}

double Activate(const std::string& name, double x) {
  if (name == "relu") return std::max(x, 0.0);
  if (name == "gelu") return 0.5 * x * (1.0 + std::erf(x / std::sqrt(2.0)));
  return 0.5 * x * (1.0 + std::tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)));
}

Values Attend(const TinyEncoder& e, const Values& q, const Values& k, const Values& v) {
  const int n = static_cast<int>(q.size()) / e.width, size = e.width / e.heads;
  Values out(q.size());
  for (int i = 0; i < n; ++i) {
    for (int h = 0; h < e.heads; ++h) {
      Values p(n);
      double sum = 0.0;
      for (int j = 0; j < n; ++j) {
        double dot = 0.0;
        for (int c = 0; c < size; ++c) {
          dot += q[i * e.width + h * size + c] * k[j * e.width + h * size + c];
        }
        sum += p[j] = std::exp(dot / std::sqrt(static_cast<double>(size)));
      }
      for (int j = 0; j < n; ++j) {
        for (int c = 0; c < size; ++c) {
          out[i * e.width + h * size + c] += p[j] / sum * v[j * e.width + h * size + c];
        }
      }
    }
  }
  return out;
}

}  // namespace

std::vector<int64_t> TinyEncoder::Shape(const std::string& name) const {
  const auto has = [&](const char* part) { return name.find(part) != std::string::npos; };
  const bool first = has("intermediate");
  if (has("LayerNorm") || has("bias")) return {first ? inner : width};
  if (has("word_")) return {vocabulary, width};
  if (has("position_")) return {context, width};
  if (has("token_type_")) return {types, width};
  if (first) return {inner, width};
  return {width, has("attention") || has("pooler") ? width : inner};
}

void TinyEncoder::Fill() {
  const std::string weight = old_names ? ".gamma" : ".weight", bias = old_names ? ".beta" : ".bias";
  std::vector<std::string> names, norms = {"embeddings.LayerNorm"}, linears;
  for (const char* part : {"word", "position", "token_type"}) {
    names.push_back(std::string("embeddings.") + part + "_embeddings.weight");
  }
  for (int i = 0; i < layers; ++i) {
    for (const char* part : {"attention.self.query", "attention.self.key", "attention.self.value",
                             "attention.output.dense", "intermediate.dense", "output.dense"}) {
      linears.push_back(Layer(i) + part);
    }
    norms.push_back(Layer(i) + "attention.output.LayerNorm");
    norms.push_back(Layer(i) + "output.LayerNorm");
  }
  if (pooler) linears.push_back("pooler.dense");
  for (const std::string& name : linears) {
    names.push_back(name + ".weight");
    names.push_back(name + ".bias");
  }
  for (const std::string& name : norms) {
    names.push_back(name + weight);
    names.push_back(name + bias);
  }
  std::mt19937 random(11);
  for (const std::string& name : names) {
    const bool norm = name.ends_with("LayerNorm" + weight);
    weights[name] = Draw(random, Shape(name), norm, bf16);
  }
}

void TinyEncoder::Write(const std::string& folder) const {
  std::string config = "{\"model_type\":\"bert\",\"hidden_act\":\"" + activation + "\"";
  const auto set = [&](const char* key, int value) {
    config += ",\"" + std::string(key) + "\":" + std::to_string(value);
  };
  set("vocab_size", vocabulary);
  set("hidden_size", width);
  set("intermediate_size", inner);
  set("num_hidden_layers", layers);
  set("num_attention_heads", heads);
  set("max_position_embeddings", context);
  set("type_vocab_size", types);
  Spill(folder + "/config.json", config + ",\"layer_norm_eps\":1e-12" + more + "}");
  if (begin_id >= 0) {
    std::string vocabulary_file;
    for (int i = 0; i < vocabulary; ++i) {
      vocabulary_file += i == begin_id ? "[CLS]\n" : "word" + std::to_string(i) + "\n";
    }
    Spill(folder + "/vocab.txt", vocabulary_file);
  }
  const auto shape = [this](const std::string& name) { return Shape(name); };
  WriteWeights(folder, weights, shape, bf16, prefix);
}

std::vector<double> TinyEncoder::Hidden(const std::vector<int32_t>& ids) const {
  const auto w = [&](const std::string& name) -> const Values& { return weights.at(name); };
  const auto linear = [&](const std::string& name, const Values& x, int out, int in) {
    Values y = Multiply(x, w(name + ".weight"), out, in);
    AddRow(y, w(name + ".bias"));
    return y;
  };
  const auto normalize = [&](Values& x, const std::string& name) {
    Normalize(x, w(name + (old_names ? ".gamma" : ".weight")),
              w(name + (old_names ? ".beta" : ".bias")));
  };
  Values x;
  for (size_t p = 0; p < ids.size(); ++p) {
    for (int c = 0; c < width; ++c) {
      x.push_back(w("embeddings.word_embeddings.weight")[ids[p] * width + c] +
                  w("embeddings.position_embeddings.weight")[p * width + c] +
                  w("embeddings.token_type_embeddings.weight")[c]);
    }
  }
  normalize(x, "embeddings.LayerNorm");
  for (int i = 0; i < layers; ++i) {
    const std::string self = Layer(i) + "attention.self.";
    const Values mix =
        Attend(*this, linear(self + "query", x, width, width),
               linear(self + "key", x, width, width), linear(self + "value", x, width, width));
    AddRow(x, linear(Layer(i) + "attention.output.dense", mix, width, width));
    normalize(x, Layer(i) + "attention.output.LayerNorm");
    Values h = linear(Layer(i) + "intermediate.dense", x, inner, width);
    for (double& value : h) value = Activate(activation, value);
    AddRow(x, linear(Layer(i) + "output.dense", h, width, inner));
    normalize(x, Layer(i) + "output.LayerNorm");
  }
  return x;
}

}  // namespace pawl::testing
