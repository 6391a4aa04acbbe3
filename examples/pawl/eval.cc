// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// pawl eval: how well a language model predicts a text, alone or against another.

#include "pawl/eval.h"

#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "examples/pawl/command.h"
#include "pawl/language_model.h"

namespace pawl::tool {
namespace {

struct Options {
  std::string model;
  std::string reference;
  std::string text;
  std::string tokens;
  EvalOptions eval;
};

absl::StatusOr<std::string> Slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read '", path, "'"));
  return std::string(std::istreambuf_iterator<char>(file), {});
}

absl::StatusOr<std::vector<int32_t>> Ids(const Options& options, const LanguageModel& model) {
  const bool text = !options.text.empty();
  const absl::StatusOr<std::string> content = Slurp(text ? options.text : options.tokens);
  if (!content.ok()) return content.status();
  if (!text) {
    auto ids = ParseIds(*content);
    if (ids.ok()) return ids;
    return absl::InvalidArgumentError(
        absl::StrCat("'", options.tokens, "': ", ids.status().message()));
  }
  if (!model.info().byte_level) {
    return absl::UnimplementedError(
        absl::StrCat("'", options.model,
                     "' has a tokenizer, which Pawl does not run yet; give the "
                     "ids that it makes of the text (--tokens FILE, numbers between spaces)"));
  }
  std::vector<int32_t> ids;
  for (const char c : *content) ids.push_back(static_cast<uint8_t>(c));
  return ids;
}

absl::StatusOr<std::unique_ptr<LanguageModel>> Open(const std::string& path,
                                                    const EvalOptions& eval) {
  LanguageModelOptions options;
  options.positions = eval.context;
  return LanguageModel::Open(path, options);
}

absl::StatusOr<int> Run(const Options& options, const CommonOptions& common) {
  if (options.text.empty() == options.tokens.empty()) {
    return UsageError("give a text (--text FILE) or ids (--tokens FILE)");
  }
  const auto model = Open(options.model, options.eval);
  if (!model.ok()) return model.status();
  std::unique_ptr<LanguageModel> reference;
  if (!options.reference.empty()) {
    auto opened = Open(options.reference, options.eval);
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

void AddEval(CLI::App& root, Command& command) {
  CLI::App* app = AddSubcommand(
      root, "eval",
      "Measures how well a language model predicts a text, and how far it is from another");
  auto o = std::make_shared<Options>();
  app->add_option(
         "MODEL", o->model,
         "A folder with config.json and weights (model.pawl or safetensors), or a GGUF file")
      ->required();
  app->add_option("--reference", o->reference, "The float model to compare each prediction with");
  app->add_option("--text", o->text, "A text, for models whose ids are bytes");
  app->add_option("--tokens", o->tokens, "Ids as numbers between spaces, commas or brackets");
  app->add_option("--context", o->eval.context,
                  "Ids of a window (default: the model's context, 2048 at most)")
      ->check(CLI::Range(2, 1 << 24));
  app->add_option("--stride", o->eval.stride,
                  "Ids from one window's beginning to the next (default: the window); ids that a "
                  "window before has counted do not count again, nor does a window's first")
      ->check(CLI::Range(1, 1 << 24));
  app->add_option("--max-tokens", o->eval.max_ids, "Ids of the beginning to take (default: all)");
  AddThreads(*app, command.common);
  AddProgress(*app, command.common);
  AddJson(*app, command.common);
  app->callback(
      [o, &command] { command.action = [o, &command] { return Run(*o, command.common); }; });
}

}  // namespace pawl::tool
