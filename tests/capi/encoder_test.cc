// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// A BERT encoder through the C ABI: opened, run, quantized, compared with itself.

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "capi_test_util.h"

namespace pawl_test {
namespace {

PAWL_TEST_HANDLE(LanguageModel, language_model);
PAWL_TEST_HANDLE(Eval, eval);

constexpr size_t kWidth = 32;
constexpr const char* kConfig =
    R"({"model_type":"bert","vocab_size":16,"hidden_size":32,"intermediate_size":64,)"
    R"("num_hidden_layers":1,"num_attention_heads":2,"max_position_embeddings":16,)"
    R"("type_vocab_size":2,"hidden_act":"gelu"})";

// safetensors: the length of a JSON header, the header, the values.
class SafetensorsText {
 public:
  void Add(const std::string& name, std::vector<size_t> shape) {
    size_t count = 1;
    std::string dims;
    for (const size_t dim : shape) {
      count *= dim;
      dims += (dims.empty() ? "" : ",") + std::to_string(dim);
    }
    const size_t begin = values_.size() * sizeof(float);
    const bool norm = name.find("LayerNorm.weight") != std::string::npos;
    for (size_t i = 0; i < count; ++i) {
      state_ = state_ * 1664525u + 1013904223u;
      const float unit = static_cast<float>(state_ >> 8) / 16777216.0f - 0.5f;
      values_.push_back(norm ? 1.0f + unit : 0.5f * unit);
    }
    header_ += (header_.empty() ? "{\"" : ",\"") + name + R"(":{"dtype":"F32","shape":[)" + dims +
               R"(],"data_offsets":[)" + std::to_string(begin) + "," +
               std::to_string(values_.size() * sizeof(float)) + "]}";
  }
  void Write(const std::string& path) const {
    const std::string header = header_ + "}";
    const uint64_t size = header.size();
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(&size), sizeof size);
    file << header;
    file.write(reinterpret_cast<const char*>(values_.data()),
               static_cast<std::streamsize>(values_.size() * sizeof(float)));
  }

 private:
  uint32_t state_ = 1;
  std::string header_;
  std::vector<float> values_;
};

struct Encoder {
  Encoder() {
    std::filesystem::create_directories(path);
    std::ofstream(path + "/config.json") << kConfig;
    std::ofstream(path + "/vocab.txt") << "[PAD]\n[UNK]\n[CLS]\n[SEP]\n";
    SafetensorsText file;
    const auto linear = [&](const std::string& name, size_t out, size_t in) {
      file.Add(name + ".weight", {out, in});
      file.Add(name + ".bias", {out});
    };
    const auto norm = [&](const std::string& name) {
      file.Add(name + ".LayerNorm.weight", {kWidth});
      file.Add(name + ".LayerNorm.bias", {kWidth});
    };
    file.Add("embeddings.word_embeddings.weight", {16, kWidth});
    file.Add("embeddings.position_embeddings.weight", {16, kWidth});
    file.Add("embeddings.token_type_embeddings.weight", {2, kWidth});
    norm("embeddings");
    const std::string layer = "encoder.layer.0.";
    for (const char* name : {"query", "key", "value"}) {
      linear(layer + "attention.self." + name, kWidth, kWidth);
    }
    linear(layer + "attention.output.dense", kWidth, kWidth);
    norm(layer + "attention.output");
    linear(layer + "intermediate.dense", 64, kWidth);
    linear(layer + "output.dense", kWidth, 64);
    norm(layer + "output");
    file.Write(path + "/model.safetensors");
  }
  ~Encoder() { std::filesystem::remove_all(path); }
  std::string path = (std::filesystem::temp_directory_path() / "pawl_capi_encoder").string();
};

TEST_CASE("an encoder opens and gives hidden states") {
  Context c;
  const Encoder encoder;
  LanguageModel model;
  const int32_t opened = pawl_language_model_open(c, encoder.path.c_str(), nullptr, model.out());
  INFO(c.error());
  REQUIRE(opened == PAWL_OK);
  CHECK(std::string(pawl_language_model_architecture(model)) == "bert");
  CHECK(pawl_language_model_get(model, PAWL_LANGUAGE_MODEL_ENCODER) == 1);
  CHECK(pawl_language_model_get(model, PAWL_LANGUAGE_MODEL_WIDTH) == 32);
  CHECK(pawl_language_model_get(model, PAWL_LANGUAGE_MODEL_BEGIN_ID) == 2);
  const int32_t ids[] = {2, 5, 9, 3, 2, 7, 3};
  const int64_t lengths[] = {4, 3};
  Tensor together, first, none;
  REQUIRE(pawl_language_model_hidden(c, model, ids, 7, lengths, 2, together.out()) == PAWL_OK);
  CHECK(pawl_tensor_num_elements(together) == 7 * 32);
  REQUIRE(pawl_language_model_hidden(c, model, ids, 4, nullptr, 0, first.out()) == PAWL_OK);
  const auto* all = static_cast<const float*>(pawl_tensor_data(together));
  const auto* alone = static_cast<const float*>(pawl_tensor_data(first));
  for (size_t i = 0; i < 4 * kWidth; ++i) CHECK(std::abs(all[i] - alone[i]) < 1e-5f);
  CHECK(pawl_language_model_hidden(c, model, ids, 7, lengths, 1, none.out()) ==
        PAWL_INVALID_ARGUMENT);
  CHECK(pawl_language_model_hidden(c, model, ids, 7, nullptr, 1, none.out()) ==
        PAWL_INVALID_ARGUMENT);
  CHECK(pawl_language_model_logits(c, model, ids, 7, none.out()) == PAWL_FAILED_PRECONDITION);
  CHECK(Contains(c.error(), "no logits"));
}

TEST_CASE("an encoder's quantized weights are compared with its own") {
  Context c;
  const Encoder encoder;
  LanguageModel floats, codes;
  REQUIRE(pawl_language_model_open(c, encoder.path.c_str(), nullptr, floats.out()) == PAWL_OK);
  std::vector<int32_t> ids;
  for (int32_t i = 0; i < 200; ++i) ids.push_back(i % 5 == 0 ? 2 : 3 + (i * i + i) % 13);
  Options options;
  REQUIRE(pawl_options_create(PAWL_OPTIONS_JOB, options.out()) == PAWL_OK);
  const std::string output = encoder.path + "/model.pawl";
  REQUIRE(pawl_options_set_string(options, PAWL_OPT_INPUT, encoder.path.c_str()) == PAWL_OK);
  REQUIRE(pawl_options_set_string(options, PAWL_OPT_OUTPUT, output.c_str()) == PAWL_OK);
  REQUIRE(pawl_options_set_ints(options, PAWL_OPT_CALIBRATION_IDS, ids.data(), ids.size()) ==
          PAWL_OK);
  const std::string text =
      R"({"pawl_recipe": "1.0", "rules": [{"scheme": "int4:g32", "method": {"name": "gptq"}}]})";
  Recipe recipe;
  Job job;
  Report report;
  REQUIRE(pawl_recipe_from_json(c, text.data(), text.size(), "recipe", recipe.out()) == PAWL_OK);
  REQUIRE(pawl_job_create(c, options, recipe, job.out()) == PAWL_OK);
  const int32_t ran = pawl_job_run(c, job, report.out());
  INFO(c.error());
  REQUIRE(ran == PAWL_OK);
  REQUIRE(pawl_language_model_open(c, encoder.path.c_str(), nullptr, codes.out()) == PAWL_OK);
  Eval eval;
  REQUIRE(pawl_eval_run(c, codes, floats, ids.data(), ids.size(), nullptr, eval.out()) == PAWL_OK);
  CHECK(pawl_eval_get(eval, PAWL_EVAL_HIDDEN_SQNR_DB) > 10.0);
  CHECK(pawl_eval_get(eval, PAWL_EVAL_EMBEDDING_SQNR_DB) > 10.0);
  CHECK(pawl_eval_get(eval, PAWL_EVAL_HIDDEN_COSINE) > 0.95);
  CHECK(pawl_eval_get(eval, PAWL_EVAL_EMBEDDING_COSINE) > 0.95);
  CHECK(pawl_eval_get(eval, PAWL_EVAL_EMBEDDING_COSINE_MIN) <=
        pawl_eval_get(eval, PAWL_EVAL_EMBEDDING_COSINE));
  CHECK(pawl_eval_get(eval, PAWL_EVAL_BITS_PER_WEIGHT) < 20.0);
  for (const int32_t figure : {PAWL_EVAL_COUNTED, PAWL_EVAL_NATS, PAWL_EVAL_PERPLEXITY,
                               PAWL_EVAL_MEAN_KL, PAWL_EVAL_SAME_TOP}) {
    CHECK(std::isnan(pawl_eval_get(eval, figure)));
  }
  CHECK(Contains(pawl_eval_json(eval), "\"embedding_cosine\""));
  CHECK(!Contains(pawl_eval_text(eval), "perplexity"));
  REQUIRE(pawl_eval_run(c, codes, nullptr, ids.data(), ids.size(), nullptr, eval.out()) == PAWL_OK);
  CHECK(std::isnan(pawl_eval_get(eval, PAWL_EVAL_HIDDEN_COSINE)));
}

}  // namespace
}  // namespace pawl_test
