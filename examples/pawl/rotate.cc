// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// pawl rotate: a language model in, the same with rotations multiplied into its weights out.

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "examples/pawl/command.h"
#include "examples/pawl/model_folder.h"
#include "pawl/model_rotation.h"

namespace pawl::tool {
namespace {

struct Options {
  std::string model;
  std::string output;
  std::string only;
  int64_t seed = 0;
};

absl::StatusOr<int> Run(const Options& options, const CommonOptions& common) {
  if (!IsFolderJob(options.model, options.output)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "'", options.model, "' and '", options.output,
        "' must be folders, the first with config.json and safetensors of a float model"));
  }
  auto names = ModelFolder::Companions(options.model);
  if (!names.ok()) return names.status();
  std::erase(*names, "config.json");
  const auto folder = ModelFolder::Make(options.model, options.output);
  if (!folder.ok()) return folder.status();
  RotateOptions rotate;
  rotate.seed = static_cast<uint64_t>(options.seed);
  rotate.stream = options.only != "heads";
  rotate.heads = options.only != "stream";
  absl::StatusOr<RotateReport> report = absl::UnknownError("");
  {
    const auto session = Session::Create(common);
    if (!session.ok()) return session.status();
    report = RotateModel(options.model, options.output, rotate, (*session)->context(), *names);
  }
  if (!report.ok()) return report.status();
  Print(common.json ? report->ToJson() : report->ToText());
  return kSuccess;
}

}  // namespace

void AddRotate(Arguments& root, Command& command) {
  Arguments* app = root.AddSubcommand(
      "rotate",
      "Multiplies rotations into a language model's weights (QuaRot), so that it computes what it "
      "did and loses less when it is quantized");
  auto o = std::make_shared<Options>();
  app->Add("MODEL", o->model, "A folder with config.json and safetensors, not quantized")
      .Required();
  app->Add("-o,--output", o->output,
           "The folder to write: weights in f32, settings, tokenizer and licence")
      .Required();
  app->Add("--only", o->only, "The residual stream alone (stream), or the heads' values (heads)")
      .OneOf({"stream", "heads"});
  app->Add("--seed", o->seed, "Of the random signs").Between(0, 2147483647).ShowDefault();
  AddThreads(*app, command.common);
  AddProgress(*app, command.common);
  AddJson(*app, command.common);
  app->OnUse([o, &command] { command.action = [o, &command] { return Run(*o, command.common); }; });
}

}  // namespace pawl::tool
