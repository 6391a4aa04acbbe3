// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// pawl imatrix: how much each column of a language model's layers matters on a text.

#include "pawl/imatrix.h"

#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "examples/pawl/command.h"
#include "examples/pawl/token_ids.h"
#include "pawl/job_files.h"
#include "pawl/language_model.h"

namespace pawl::tool {
namespace {

struct Options {
  std::string model;
  std::string text;
  std::string tokens;
  std::string output;
  int64_t context = 0;
};

absl::StatusOr<std::vector<int32_t>> Ids(const Options& options) {
  if (options.text.empty()) return IdsOfNumbers(options.tokens);
  const absl::StatusOr<LanguageModelInfo> info = LanguageModel::ReadInfo(options.model);
  if (!info.ok()) return info.status();
  return IdsOfText(options.text, options.model, info->byte_level, "--tokens");
}

JobFiles Files(const Options& options) {
  JobFiles files;
  std::vector<std::string> model = FilesOfModel(options.model);
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(options.model, error)) {
    const std::string path = entry.path().string();
    if (absl::EndsWith(path, ".safetensors") || absl::EndsWith(path, "/model.pawl")) {
      model.push_back(path);
    }
  }
  for (const std::string& path : model) files.inputs.push_back({"the model's file", path});
  files.inputs.push_back({"--text", options.text});
  files.inputs.push_back({"--tokens", options.tokens});
  files.outputs.push_back({"the output", options.output});
  return files;
}

absl::StatusOr<int> Run(const Options& options, const CommonOptions& common) {
  if (options.text.empty() == options.tokens.empty()) {
    return UsageError("give a text (--text FILE) or ids (--tokens FILE)");
  }
  const absl::StatusOr<std::vector<int32_t>> ids = Ids(options);
  if (!ids.ok()) return ids.status();
  if (const absl::Status apart = CheckJobFiles(Files(options)); !apart.ok()) return apart;
  absl::StatusOr<Imatrix> imatrix = absl::UnknownError("");
  {
    const auto session = Session::Create(common);
    if (!session.ok()) return session.status();
    imatrix = CollectImatrix(options.model, *ids, options.context, (*session)->context());
  }
  if (!imatrix.ok()) return imatrix.status();
  imatrix->has_dataset = true;
  const std::string source = options.text.empty() ? options.tokens : options.text;
  imatrix->dataset = std::filesystem::path(source).filename().string();
  const absl::Status written = WriteImatrix(options.output, *imatrix);
  if (!written.ok()) return written;
  if (common.json) {
    Json json;
    json["output"] = options.output;
    json["weights"] = imatrix->entries.size();
    json["ids"] = ids->size();
    json["windows"] = imatrix->chunks;
    json["context"] = imatrix->chunk_size;
    PrintJson(json);
  } else {
    Print(absl::StrCat(options.output, ": importance of the columns of ", imatrix->entries.size(),
                       " weights, from ", ids->size(), " ids in windows of ", imatrix->chunk_size,
                       "\n"));
  }
  return kSuccess;
}

}  // namespace

void AddImatrix(Arguments& root, Command& command) {
  Arguments* app = root.AddSubcommand(
      "imatrix",
      "Runs a language model on a text and writes how much each column of its layers "
      "matters, as llama.cpp's imatrix does");
  auto o = std::make_shared<Options>();
  app->Add("MODEL", o->model,
           "A folder with config.json and weights (model.pawl or safetensors), or a GGUF file")
      .Required();
  app->Add("-o,--output", o->output,
           "The file to write: imatrix.dat's form, or GGUF where it ends in .gguf")
      .Required();
  app->Add("--text", o->text, "A text, for models whose ids are bytes");
  app->Add("--tokens", o->tokens, "Ids as numbers between spaces, commas or brackets");
  app->Add("--context", o->context, "Ids of a window (default: the model's context, 2048 at most)")
      .Between(1, 1 << 24);
  AddThreads(*app, command.common);
  AddProgress(*app, command.common);
  AddJson(*app, command.common);
  app->OnUse([o, &command] { command.action = [o, &command] { return Run(*o, command.common); }; });
}

}  // namespace pawl::tool
