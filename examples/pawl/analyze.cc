// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// pawl analyze: what quantizing a model would cost, layer by layer.

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "examples/pawl/command.h"
#include "examples/pawl/option_rules.h"
#include "examples/pawl/quantize_onnx.h"
#include "pawl/graph_analysis.h"

namespace pawl::tool {
namespace {

struct AnalyzeOptions {
  OnnxFiles files;
  OnnxOptions onnx;
  std::string recipe_out, max_memory;
  const Arguments* app = nullptr;  // knows what was typed
};

absl::StatusOr<int> Run(AnalyzeOptions options, CommonOptions common) {
  if (!options.max_memory.empty()) {
    const auto bytes = ParseSize(options.max_memory);
    if (!bytes.ok()) return bytes.status();
    options.files.max_memory = *bytes;
  }
  if (!options.onnx.mode.empty() && options.onnx.mode != "static") {
    return UsageError(absl::StrCat("--mode ", options.onnx.mode,
                                   " has no effect: only static jobs are analysed"));
  }
  options.onnx.mode = "static";
  options.onnx.analysis = true;
  absl::Status fit =
      CheckOptions(*options.app, {{"--format", false, "an analysis writes no model"}});
  if (fit.ok()) fit = options.onnx.Check(*options.app, true);
  if (!fit.ok()) return fit;
  auto job = MakeGraphJob(options.onnx, options.files, common.target);
  if (!job.ok()) return job.status();
  job->files.outputs.push_back({"--write-recipe", options.recipe_out});
  if (IsEngineTarget(common.target)) common.target.clear();
  absl::StatusOr<GraphAnalysis> analysis = absl::UnknownError("");
  {
    const auto session = Session::Create(common);
    if (!session.ok()) return session.status();
    analysis = AnalyzeGraph(*job, (*session)->context());
  }
  if (!analysis.ok()) return analysis.status();
  if (!options.recipe_out.empty()) {
    const absl::Status status = WriteTextFile(options.recipe_out, analysis->recipe.ToJson());
    if (!status.ok()) return status;
  }
  Print(common.json ? analysis->ToJson() : analysis->ToText());
  return kSuccess;
}

}  // namespace

void AddAnalyze(Arguments& root, Command& command) {
  Arguments* app =
      root.AddSubcommand("analyze", "Tells what quantizing each layer of an ONNX model costs");
  auto o = std::make_shared<AnalyzeOptions>();
  o->app = app;
  app->Add("MODEL", o->files.input, "An ONNX file").Required();
  app->Add("--calibration", o->files.calibration,
           "An .npz with an array for each input, or a folder of such files")
      .Required();
  const Argument scheme = app->Add("--scheme", o->files.scheme, "int8, int8:tensor, int7 ...");
  const Argument recipe = app->Add("--recipe", o->files.recipe, "A JSON file with rules");
  scheme.Excludes(recipe);
  app->Add("--exclude", o->files.exclude, "Layers that stay in float (RE2)").OneEach();
  app->Add("--write-recipe", o->recipe_out, "Write the recipe that meets --max-drop here");
  app->Add("--max-memory", o->max_memory, "Bound on memory for values: 512M, 2G ...");
  o->onnx.Add(*app);
  AddThreads(*app, command.common);
  AddProgress(*app, command.common);
  AddJson(*app, command.common);
  app->OnUse([o, &command] { command.action = [o, &command] { return Run(*o, command.common); }; });
}

}  // namespace pawl::tool
