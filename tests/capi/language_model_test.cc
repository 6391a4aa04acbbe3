// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The embedded language model through the C ABI: opened, run, quantized by a job on a text,
// measured against itself, and exported.

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "capi_test_util.h"

namespace pawl_test {
namespace {

PAWL_TEST_HANDLE(LanguageModel, language_model);
PAWL_TEST_HANDLE(Eval, eval);

const std::string kModel = PAWL_TEST_DATA "/../examples/models/kjv";

// Ids are bytes.
std::vector<int32_t> Text(const char* name, size_t count) {
  std::ifstream file(kModel + "/" + name, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  REQUIRE(text.size() > count);
  std::vector<int32_t> ids;
  for (size_t i = 0; i < count; ++i) ids.push_back(static_cast<unsigned char>(text[i]));
  return ids;
}

struct Folder {
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string path = (std::filesystem::temp_directory_path() / "pawl_capi_language_model").string();
};

TEST_CASE("a language model opens and runs") {
  Context c;
  LanguageModel model;
  REQUIRE(pawl_language_model_open(c, kModel.c_str(), nullptr, model.out()) == PAWL_OK);
  CHECK(std::string(pawl_language_model_architecture(model)) == "llama");
  CHECK(pawl_language_model_get(model, PAWL_LANGUAGE_MODEL_VOCABULARY) == 256);
  CHECK(pawl_language_model_get(model, PAWL_LANGUAGE_MODEL_BYTE_LEVEL) == 1);
  CHECK(pawl_language_model_get(model, PAWL_LANGUAGE_MODEL_LAYERS) > 0);
  CHECK(pawl_language_model_get(model, PAWL_LANGUAGE_MODEL_BYTES) > 0);
  CHECK(pawl_language_model_get(model, PAWL_LANGUAGE_MODEL_ENCODER) == 0);
  CHECK(pawl_language_model_get(model, PAWL_LANGUAGE_MODEL_BEGIN_ID) == -1);
  CHECK(pawl_language_model_get(model, 99) == -1);
  CHECK(pawl_language_model_get(nullptr, 0) == -1);

  const std::vector<int32_t> ids = Text("held_out.txt", 24);
  Tensor whole, first, rest;
  REQUIRE(pawl_language_model_logits(c, model, ids.data(), ids.size(), whole.out()) == PAWL_OK);
  REQUIRE(pawl_tensor_rank(whole) == 2);
  CHECK(pawl_tensor_num_elements(whole) == 24 * 256);
  pawl_language_model_restart(model);
  REQUIRE(pawl_language_model_continue(c, model, ids.data(), 16, first.out()) == PAWL_OK);
  REQUIRE(pawl_language_model_continue(c, model, ids.data() + 16, 8, rest.out()) == PAWL_OK);
  const auto* all = static_cast<const float*>(pawl_tensor_data(whole));
  const auto* end = static_cast<const float*>(pawl_tensor_data(rest));
  const auto* begin = static_cast<const float*>(pawl_tensor_data(first));
  for (size_t v = 0; v < 256; ++v) {
    CHECK(std::abs(all[23 * 256 + v] - end[7 * 256 + v]) < 1e-3f);
    CHECK(std::abs(all[15 * 256 + v] - begin[15 * 256 + v]) < 1e-3f);
  }
  CHECK(pawl_language_model_hidden(c, model, ids.data(), 24, nullptr, 0, rest.out()) ==
        PAWL_FAILED_PRECONDITION);
  const int32_t beyond = 256;
  CHECK(pawl_language_model_logits(c, model, &beyond, 1, rest.out()) == PAWL_INVALID_ARGUMENT);
  CHECK(pawl_language_model_open(c, "/no/such/model", nullptr, model.out()) == PAWL_NOT_FOUND);
  CHECK(static_cast<pawl_language_model*>(model) == nullptr);
}

TEST_CASE("a job quantizes it on a text; eval says what that cost; the result is exported") {
  Context c;
  Folder folder;
  const std::string output = folder.path + "/model.pawl";
  const std::vector<int32_t> calibration = Text("calibration.txt", 1024);
  Options options;
  REQUIRE(pawl_options_create(PAWL_OPTIONS_JOB, options.out()) == PAWL_OK);
  REQUIRE(pawl_options_set_string(options, PAWL_OPT_INPUT, kModel.c_str()) == PAWL_OK);
  REQUIRE(pawl_options_set_string(options, PAWL_OPT_OUTPUT, output.c_str()) == PAWL_OK);
  REQUIRE(pawl_options_set_ints(options, PAWL_OPT_CALIBRATION_IDS, calibration.data(),
                                calibration.size()) == PAWL_OK);
  REQUIRE(pawl_options_set_int(options, PAWL_OPT_CALIBRATION_CONTEXT, 256) == PAWL_OK);
  const std::string imatrix = folder.path + "/imatrix.gguf";
  REQUIRE(pawl_options_set_string(options, PAWL_OPT_IMATRIX_OUTPUT, imatrix.c_str()) == PAWL_OK);
  const std::string text =
      R"({"pawl_recipe": "1.0", "rules": [{"scheme": "int4:g32:asym", "method": {"name": "gptq"}}]})";
  Recipe recipe;
  REQUIRE(pawl_recipe_from_json(c, text.data(), text.size(), "recipe", recipe.out()) == PAWL_OK);
  Job job;
  Report report;
  REQUIRE(pawl_job_create(c, options, recipe, job.out()) == PAWL_OK);
  const int32_t status = pawl_job_run(c, job, report.out());
  INFO(c.error());
  REQUIRE(status == PAWL_OK);
  CHECK(std::filesystem::file_size(imatrix) > 0);

  // The folder of the quantized model: its weights, and the settings of the float one.
  std::filesystem::copy_file(kModel + "/config.json", folder.path + "/config.json");
  LanguageModel model, reference;
  REQUIRE(pawl_language_model_open(c, folder.path.c_str(), nullptr, model.out()) == PAWL_OK);
  REQUIRE(pawl_language_model_open(c, kModel.c_str(), nullptr, reference.out()) == PAWL_OK);
  const std::vector<int32_t> ids = Text("held_out.txt", 1024);
  Options wanted;
  Eval eval;
  REQUIRE(pawl_options_create(PAWL_OPTIONS_EVAL, wanted.out()) == PAWL_OK);
  REQUIRE(pawl_options_set_int(wanted, PAWL_OPT_EVAL_CONTEXT, 256) == PAWL_OK);
  REQUIRE(pawl_options_set_int(wanted, PAWL_OPT_EVAL_MAX_IDS, 512) == PAWL_OK);
  REQUIRE(pawl_eval_run(c, model, reference, ids.data(), ids.size(), wanted, eval.out()) ==
          PAWL_OK);
  CHECK(pawl_eval_get(eval, PAWL_EVAL_COUNTED) == 510.0);
  CHECK(pawl_eval_get(eval, PAWL_EVAL_BITS_PER_BYTE) < 2.0);
  CHECK(pawl_eval_get(eval, PAWL_EVAL_MEAN_KL) > 0.0);
  CHECK(pawl_eval_get(eval, PAWL_EVAL_MEAN_KL) < 0.02);
  CHECK(pawl_eval_get(eval, PAWL_EVAL_KL_999) <= pawl_eval_get(eval, PAWL_EVAL_MAX_KL));
  CHECK(pawl_eval_get(eval, PAWL_EVAL_SAME_TOP) > 0.9);
  CHECK(pawl_eval_get(eval, PAWL_EVAL_BITS_PER_WEIGHT) < 8.0);
  CHECK(std::isnan(pawl_eval_get(eval, PAWL_EVAL_HIDDEN_SQNR_DB)));
  CHECK(std::isnan(pawl_eval_get(eval, 99)));
  CHECK(Contains(pawl_eval_json(eval), "\"mean_kl\""));
  CHECK(Contains(pawl_eval_text(eval), "perplexity"));
  REQUIRE(pawl_eval_run(c, reference, nullptr, ids.data(), 300, wanted, eval.out()) == PAWL_OK);
  CHECK(std::isnan(pawl_eval_get(eval, PAWL_EVAL_MEAN_KL)));
  CHECK(pawl_eval_run(c, model, nullptr, ids.data(), 1, wanted, eval.out()) ==
        PAWL_INVALID_ARGUMENT);

  const std::string exported = folder.path + "/gptq", config = kModel + "/config.json";
  std::filesystem::create_directory(exported);
  CHECK(pawl_language_model_export(c, output.c_str(), config.c_str(), exported.c_str(), 99) ==
        PAWL_INVALID_ARGUMENT);
  REQUIRE(pawl_language_model_export(c, output.c_str(), config.c_str(), exported.c_str(),
                                     PAWL_EXPORT_GPTQ_V2) == PAWL_OK);
  REQUIRE(pawl_language_model_open(c, exported.c_str(), nullptr, model.out()) == PAWL_OK);
  Eval again;
  REQUIRE(pawl_eval_run(c, model, reference, ids.data(), ids.size(), wanted, again.out()) ==
          PAWL_OK);
  CHECK(pawl_eval_get(again, PAWL_EVAL_MEAN_KL) < 0.02);
}

// One rule, on 1024 bytes of the calibration text.
void RunJobOnText(Context& c, const std::string& model, const std::string& output,
                  const std::string& rule, Report& report) {
  const std::vector<int32_t> calibration = Text("calibration.txt", 1024);
  Options options;
  REQUIRE(pawl_options_create(PAWL_OPTIONS_JOB, options.out()) == PAWL_OK);
  REQUIRE(pawl_options_set_string(options, PAWL_OPT_INPUT, model.c_str()) == PAWL_OK);
  REQUIRE(pawl_options_set_string(options, PAWL_OPT_OUTPUT, output.c_str()) == PAWL_OK);
  REQUIRE(pawl_options_set_ints(options, PAWL_OPT_CALIBRATION_IDS, calibration.data(),
                                calibration.size()) == PAWL_OK);
  const std::string text = R"({"pawl_recipe": "1.0", "rules": [)" + rule + "]}";
  Recipe recipe;
  REQUIRE(pawl_recipe_from_json(c, text.data(), text.size(), "recipe", recipe.out()) == PAWL_OK);
  Job job;
  REQUIRE(pawl_job_create(c, options, recipe, job.out()) == PAWL_OK);
  const int32_t status = pawl_job_run(c, job, report.out());
  INFO(c.error());
  REQUIRE(status == PAWL_OK);
}

TEST_CASE("a job with awq folds its scales, so that the folder for engines holds the model") {
  Context c;
  Folder folder;
  const std::string output = folder.path + "/model.pawl", out = folder.path + "/awq";
  Report report;
  RunJobOnText(c, kModel, output, R"({"scheme": "uint4:g64", "method": "awq"})", report);
  CHECK(Contains(pawl_report_json(report), "are folded into input_layernorm"));
  const std::string config = kModel + "/config.json";
  std::filesystem::create_directory(out);
  REQUIRE(pawl_language_model_export(c, output.c_str(), config.c_str(), out.c_str(),
                                     PAWL_EXPORT_AWQ) == PAWL_OK);
  LanguageModel model, reference;
  REQUIRE(pawl_language_model_open(c, out.c_str(), nullptr, model.out()) == PAWL_OK);
  REQUIRE(pawl_language_model_open(c, kModel.c_str(), nullptr, reference.out()) == PAWL_OK);
  const std::vector<int32_t> ids = Text("held_out.txt", 512);
  Options wanted;
  Eval eval;
  REQUIRE(pawl_options_create(PAWL_OPTIONS_EVAL, wanted.out()) == PAWL_OK);
  REQUIRE(pawl_eval_run(c, model, reference, ids.data(), ids.size(), wanted, eval.out()) ==
          PAWL_OK);
  CHECK(pawl_eval_get(eval, PAWL_EVAL_MEAN_KL) > 0.0);
  CHECK(pawl_eval_get(eval, PAWL_EVAL_MEAN_KL) < 0.02);
}

TEST_CASE("a rotated model computes what it did; a job with smoothquant folds its scales") {
  Context c;
  Folder folder;
  const std::string rotated = folder.path + "/rotated", output = rotated + "/model.pawl";
  const auto rotate = [&](const char* to, int32_t parts) {
    return pawl_language_model_rotate(c, kModel.c_str(), to, parts, 3);
  };
  CHECK(rotate(rotated.c_str(), PAWL_ROTATED_ALL) != PAWL_OK);  // there is no such folder
  std::filesystem::create_directory(rotated);
  CHECK(rotate(rotated.c_str(), 3) == PAWL_INVALID_ARGUMENT);
  CHECK(Contains(c.error(), "pawl_rotated"));
  CHECK(rotate(nullptr, PAWL_ROTATED_ALL) == PAWL_INVALID_ARGUMENT);
  REQUIRE(rotate(rotated.c_str(), PAWL_ROTATED_ALL) == PAWL_OK);
  const std::vector<int32_t> ids = Text("held_out.txt", 512);
  const auto kl = [&](bool int8) {
    LanguageModel model, reference;
    Options how, wanted;
    Eval eval;
    REQUIRE(pawl_options_create(PAWL_OPTIONS_LANGUAGE_MODEL, how.out()) == PAWL_OK);
    REQUIRE(pawl_options_set_int(how, PAWL_OPT_DYNAMIC_INT8, int8 ? 1 : 0) == PAWL_OK);
    REQUIRE(pawl_options_create(PAWL_OPTIONS_EVAL, wanted.out()) == PAWL_OK);
    REQUIRE(pawl_language_model_open(c, rotated.c_str(), how, model.out()) == PAWL_OK);
    REQUIRE(pawl_language_model_open(c, kModel.c_str(), nullptr, reference.out()) == PAWL_OK);
    REQUIRE(pawl_eval_run(c, model, reference, ids.data(), ids.size(), wanted, eval.out()) ==
            PAWL_OK);
    return pawl_eval_get(eval, PAWL_EVAL_MEAN_KL);
  };
  CHECK(kl(false) < 1e-8);
  Report report;
  RunJobOnText(c, rotated, output,
               R"({"scheme": "int8", "method": {"name": "smoothquant", "alpha": 0.6}})", report);
  CHECK(Contains(pawl_report_json(report), "smoothquant's scales for the inputs of q_proj"));
  CHECK(Contains(pawl_report_json(report), "the model was rotated (stream 256, heads 64, seed 3)"));
  CHECK(kl(true) < 0.01);
}

}  // namespace
}  // namespace pawl_test
