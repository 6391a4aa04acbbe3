// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// pawl eval: how well a language model predicts a text, alone or against another; how far an
// encoder's hidden states are from another's.

#include "pawl/eval.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "examples/pawl/command.h"
#include "examples/pawl/token_ids.h"
#include "pawl/language_model.h"

namespace pawl::tool {
namespace {

struct Options {
  std::string model;
  std::string reference;
  std::string text;
  std::string tokens;
  std::string mode = "weight_only";
  EvalOptions eval;
};

absl::StatusOr<std::vector<int32_t>> Ids(const Options& options, const LanguageModel& model) {
  if (options.text.empty()) return IdsOfNumbers(options.tokens);
  return IdsOfText(options.text, options.model, model.info().byte_level, "--tokens");
}

absl::StatusOr<std::unique_ptr<LanguageModel>> Open(const std::string& path,
                                                    const EvalOptions& eval, bool int8) {
  LanguageModelOptions options;
  options.executor.dynamic_int8 = int8;
  options.positions = eval.context;
  return LanguageModel::Open(path, options);
}

absl::StatusOr<int> Run(const Options& options, const CommonOptions& common) {
  if (options.text.empty() == options.tokens.empty()) {
    return UsageError("give a text (--text FILE) or ids (--tokens FILE)");
  }
  const auto model = Open(options.model, options.eval, options.mode == "int8_where_possible");
  if (!model.ok()) return model.status();
  std::unique_ptr<LanguageModel> reference;
  if (!options.reference.empty()) {
    auto opened = Open(options.reference, options.eval, false);
    if (!opened.ok()) return opened.status();
    reference = *std::move(opened);
  }
  const absl::StatusOr<std::vector<int32_t>> ids = Ids(options, **model);
  if (!ids.ok()) return ids.status();
  absl::StatusOr<EvalResult> result = absl::UnknownError("");
  {
    const auto session = Session::Create(common);
    if (!session.ok()) return session.status();
    result = Evaluate(**model, reference.get(), *ids, options.eval, (*session)->context());
  }
  if (!result.ok()) return result.status();
  Print(common.json ? result->ToJson() : result->ToText());
  return kSuccess;
}

}  // namespace

void AddEval(Arguments& root, Command& command) {
  Arguments* app = root.AddSubcommand(
      "eval",
      "Measures how well a language model predicts a text, and how far it is from another; of an "
      "encoder how far its hidden states and their means over sequences are from another's");
  auto o = std::make_shared<Options>();
  app->Add("MODEL", o->model,
           "A folder with config.json and weights (model.pawl or safetensors), or a GGUF file")
      .Required();
  app->Add("--reference", o->reference,
           "The float model to compare each prediction (hidden state) with");
  app->Add("--text", o->text, "A text, for models whose ids are bytes");
  app->Add("--tokens", o->tokens, "Ids as numbers between spaces, commas or brackets");
  app->Add("--mode", o->mode,
           "How layers with quantized weights run: weight_only, on floats, or "
           "int8_where_possible, their inputs quantized row by row where weights have integer "
           "codes")
      .OneOf({"weight_only", "int8_where_possible"})
      .ShowDefault();
  app->Add(
         "--context", o->eval.context,
         "Ids of a window (default: the model's context, 2048 at most); an encoder's windows, its "
         "sequences, also begin at the id that vocab.txt calls [CLS]")
      .Between(2, 1 << 24);
  app->Add("--stride", o->eval.stride,
           "Ids from one window's beginning to the next (default: the window); ids that a "
           "window before has counted do not count again, nor does a window's first")
      .Between(1, 1 << 24);
  app->Add("--max-tokens", o->eval.max_ids, "Ids of the beginning to take (default: all)");
  AddThreads(*app, command.common);
  AddProgress(*app, command.common);
  AddJson(*app, command.common);
  app->OnUse([o, &command] { command.action = [o, &command] { return Run(*o, command.common); }; });
}

}  // namespace pawl::tool
