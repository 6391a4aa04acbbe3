// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// pawl quantize: safetensors or GGUF and a recipe in, a .pawl or GGUF file and a report out; or an
// ONNX model in, another out.

#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "examples/pawl/command.h"
#include "examples/pawl/model_folder.h"
#include "examples/pawl/quantize_onnx.h"
#include "pawl/file_format.h"
#include "pawl/job.h"

namespace pawl::tool {
namespace {

struct Options {
  std::string input;
  std::string output;
  std::string scheme;
  std::string recipe;
  std::string method = "rtn";
  std::string range = "max";
  double percentile = 99.99;
  std::string fallback;
  std::vector<std::string> exclude;
  std::string calibration;
  std::string max_memory;
  std::string checkpoint;
  std::string report;
  bool dry_run = false;
  bool resume = false;
  bool quiet = false;
  OnnxOptions onnx;
};

bool SameFile(const std::string& a, const std::string& b) {
  std::error_code error;
  if (std::filesystem::equivalent(a, b, error)) return true;
  return std::filesystem::absolute(a, error).lexically_normal() ==
         std::filesystem::absolute(b, error).lexically_normal();
}

absl::StatusOr<Recipe> MakeRecipe(const Options& options) {
  Recipe recipe;
  if (!options.recipe.empty()) {
    absl::StatusOr<Recipe> loaded = Recipe::Load(options.recipe);
    if (!loaded.ok()) return loaded;
    recipe = *std::move(loaded);
  } else {
    recipe = Recipe::ForScheme(options.scheme);
    RecipeRule& rule = recipe.rules[0];
    const absl::StatusOr<RangeMethod> range = ParseRangeMethod(options.range);
    if (!range.ok()) return UsageError(std::string(range.status().message()));
    rule.method.name = options.method;
    rule.method.range = *range;
    rule.method.percentile = options.percentile;
    rule.fallback = options.fallback;
  }
  recipe.exclude.insert(recipe.exclude.end(), options.exclude.begin(), options.exclude.end());
  if (const absl::Status status = recipe.Validate(); !status.ok()) {
    return UsageError(std::string(status.message()));
  }
  return recipe;
}

absl::Status CheckPaths(const Options& options) {
  if (options.output.empty() && !options.dry_run) {
    return UsageError("no output file: add -o FILE.pawl (or FILE.gguf), or --dry-run");
  }
  for (const std::string* other :
       {&options.input, &options.output, &options.recipe, &options.calibration}) {
    if (!options.report.empty() && !other->empty() && SameFile(options.report, *other)) {
      return UsageError(absl::StrCat("--report '", options.report,
                                     "' would overwrite another file of this command"));
    }
  }
  const absl::StatusOr<FileFormatId> format = DetectFileFormat(options.input);
  if (!format.ok()) return format.status();
  if (*format == FileFormatId::kPawl) {
    return absl::InvalidArgumentError(absl::StrCat(
        "'", options.input, "' is quantized already; `pawl dequantize` makes safetensors of it"));
  }
  if (*format == FileFormatId::kGguf && !absl::EndsWith(options.output, ".gguf")) {
    return absl::UnimplementedError(
        absl::StrCat("'", options.input,
                     "' is GGUF, which `pawl quantize` writes as GGUF alone: "
                     "add -o FILE.gguf, or make safetensors of it (`pawl dequantize`)"));
  }
  return absl::OkStatus();
}

absl::StatusOr<int> RunOnnx(const Options& options, const CommonOptions& common) {
  OnnxFiles files{options.input,       options.output, options.scheme, options.recipe,
                  options.calibration, options.report, options.exclude};
  files.dry_run = options.dry_run;
  files.quiet = options.quiet;
  if (options.method != "rtn" || options.range != "max") {
    return UsageError(
        "--method and --range are not for ONNX models: layers are rounded to nearest, and a "
        "recipe's "
        "rules give ranges of weights (see --clip-search)");
  }
  if (!options.max_memory.empty()) {
    const absl::StatusOr<uint64_t> bytes = ParseSize(options.max_memory);
    if (!bytes.ok()) return bytes.status();
    files.max_memory = *bytes;
  }
  if (options.resume || !options.checkpoint.empty() || !options.fallback.empty()) {
    return UsageError("--resume, --checkpoint and --fallback are not for ONNX models");
  }
  for (const std::string* other : {&options.input, &options.output, &options.recipe}) {
    if (!options.report.empty() && !other->empty() && SameFile(options.report, *other)) {
      return UsageError(absl::StrCat("--report '", options.report,
                                     "' would overwrite another file of this command"));
    }
  }
  return QuantizeOnnx(options.onnx, files, common);
}

absl::StatusOr<int> Run(const Options& options, const CommonOptions& common) {
  if (absl::EndsWith(options.input, ".onnx")) return RunOnnx(options, common);
  if (options.scheme.empty() && options.recipe.empty()) {
    return UsageError("--scheme (such as int8 or int4:g128) or --recipe is required");
  }
  Job job;
  absl::StatusOr<Recipe> recipe = MakeRecipe(options);
  if (!recipe.ok()) return recipe.status();
  if (const absl::Status status = CheckPaths(options); !status.ok()) return status;
  job.recipe = *std::move(recipe);
  job.input = options.input;
  job.output = options.output;
  const bool folder = IsFolderJob(options.input, options.output);
  if (folder) {
    job.output = absl::StrCat(options.output, "/model.pawl");
    if (!options.dry_run) {
      const absl::Status made = MakeModelFolder(options.input, options.output);
      if (!made.ok()) return made;
    }
  }
  job.calibration = options.calibration;
  job.dry_run = options.dry_run;
  if (!options.max_memory.empty()) {
    const absl::StatusOr<uint64_t> bytes = ParseSize(options.max_memory);
    if (!bytes.ok()) return bytes.status();
    job.max_memory = *bytes;
  }
  job.resume = options.resume;
  if (!options.checkpoint.empty()) {
    const absl::StatusOr<uint64_t> bytes = ParseSize(options.checkpoint);
    if (!bytes.ok()) return bytes.status();
    job.checkpoint_bytes = *bytes;
  }
  absl::StatusOr<Report> report = absl::UnknownError("");
  {
    const auto session = Session::Create(common);
    if (!session.ok()) return session.status();
    report = RunJob(job, (*session)->context());
  }
  if (!report.ok()) return report.status();
  if (folder && !options.dry_run) {
    const auto copied = CopyCompanions(options.input, options.output);
    if (!copied.ok()) return copied.status();
    report->notes.push_back(absl::StrCat("copied beside it: ", absl::StrJoin(*copied, ", ")));
  }
  if (!options.report.empty()) {
    const absl::Status status = WriteTextFile(options.report, report->ToJson());
    if (!status.ok()) return status;
  }
  if (common.json) {
    Print(report->ToJson());
  } else if (!options.quiet) {
    Print(report->ToText());
  }
  return kSuccess;
}

}  // namespace

void AddQuantize(CLI::App& root, Command& command) {
  CLI::App* app = AddSubcommand(
      root, "quantize",
      "Quantizes safetensors into a .pawl or GGUF file, GGUF into GGUF, or an ONNX model");
  auto o = std::make_shared<Options>();
  app->add_option("IN", o->input,
                  "A safetensors file, an index of shards, a folder, a GGUF file, or an ONNX model")
      ->required();
  app->add_option("-o,--output", o->output,
                  "The .pawl file to write; ONNX for ONNX models; GGUF where it ends in .gguf; for "
                  "the folder of a language model "
                  "also a folder, into which its settings and tokenizer are copied");
  CLI::Option* scheme = app->add_option(
      "--scheme", o->scheme, "What the weights become: int8, int4:g128, nf4 ... (`pawl list`)");
  CLI::Option* recipe =
      app->add_option("--recipe", o->recipe, "A JSON file with rules for groups of tensors");
  scheme->excludes(recipe);
  app->add_option("--method", o->method,
                  "How codes are found: rtn, gptq, awq, hqq, blocks (`pawl list methods`)")
      ->excludes(recipe)
      ->capture_default_str();
  app->add_option("--range", o->range, "How ranges are found: max, percentile, mse or search")
      ->excludes(recipe)
      ->capture_default_str();
  app->add_option("--percentile", o->percentile, "For --range percentile")
      ->excludes(recipe)
      ->capture_default_str();
  app->add_option("--fallback", o->fallback,
                  "For shapes that do not fit the scheme: another scheme, or keep")
      ->excludes(recipe);
  app->add_option("--exclude", o->exclude, "Tensors whose names match stay as they are (RE2)")
      ->allow_extra_args(false);
  app->add_option(
      "--calibration", o->calibration,
      "Safetensors with NAME.input, recorded activations [samples, cols] of the weight NAME, "
      "or NAME.importance, f32 [cols]; for ONNX models an .npz with an array for each input, or a "
      "folder of such files");
  o->onnx.Add(*app);
  app->add_flag("--dry-run", o->dry_run, "Tell what would happen, with sizes and memory");
  app->add_option("--max-memory", o->max_memory, "Refuse jobs that need more, such as 2G");
  app->add_flag("--resume", o->resume,
                "Go on with what an interrupted run of the same job left, if there is any, and "
                "leave what is done if this one is interrupted");
  app->add_option("--checkpoint", o->checkpoint,
                  "Note what is done after this much of the input, such as 64M (default 256M)");
  app->add_option("--report", o->report, "Write the report to this file, as JSON");
  app->add_flag("-q,--quiet", o->quiet, "Print no table");
  AddThreads(*app, command.common);
  AddProgress(*app, command.common);
  AddJson(*app, command.common);
  app->callback(
      [o, &command] { command.action = [o, &command] { return Run(*o, command.common); }; });
}

}  // namespace pawl::tool
