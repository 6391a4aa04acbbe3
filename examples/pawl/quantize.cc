// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// pawl quantize: safetensors or GGUF and a recipe in, a .pawl or GGUF file and a report out; or an
// ONNX model in, another out.

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "examples/pawl/command.h"
#include "examples/pawl/model_folder.h"
#include "examples/pawl/quantize_onnx.h"
#include "examples/pawl/quantize_options.h"
#include "examples/pawl/token_ids.h"
#include "pawl/file_format.h"
#include "pawl/job.h"
#include "pawl/language_model.h"
#include "pawl/model_export.h"

namespace pawl::tool {
namespace {

using Options = QuantizeArguments;

// GPTQ rounds within ranges that are found once, so that they are worth a search.
std::string RangeWord(const Options& options) {
  if (!options.range.empty()) return options.range;
  return options.method == "gptq" ? "search" : "max";
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
    const absl::StatusOr<RangeMethod> range = ParseRangeMethod(RangeWord(options));
    if (!range.ok()) return UsageError(std::string(range.status().message()));
    rule.method.name = options.method;
    rule.method.range = *range;
    rule.method.percentile = options.percentile;
    rule.method.correction = options.correction;
    rule.method.alpha = options.alpha;
    rule.fallback = options.fallback;
  }
  recipe.exclude.insert(recipe.exclude.end(), options.exclude.begin(), options.exclude.end());
  if (const absl::Status status = recipe.Validate(); !status.ok()) {
    return UsageError(std::string(status.message()));
  }
  return recipe;
}

// The folder of a language model, where the weights' file alone is given.
std::string ModelOf(const std::string& input) {
  std::error_code error;
  if (std::filesystem::is_directory(input, error) || absl::EndsWith(input, ".gguf")) return input;
  const std::string folder = std::filesystem::path(input).parent_path().string();
  return folder.empty() ? "." : folder;
}

absl::Status CheckPaths(const Options& options) {
  if (options.output.empty() && !options.dry_run) {
    return UsageError("no output file: add -o FILE.pawl (or FILE.gguf), or --dry-run");
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

// Recordings are safetensors; any other file is a text to run the model on.
absl::Status SetCalibration(const Options& options, Job* job) {
  job->imatrix = options.imatrix;
  job->imatrix_output = options.imatrix_output;
  job->calibration_context = options.calibration_context;
  absl::StatusOr<std::vector<int32_t>> ids = std::vector<int32_t>();
  if (!options.calibration_tokens.empty()) {
    if (!options.calibration.empty()) {
      return UsageError("--calibration and --calibration-tokens are two sources; give one");
    }
    ids = IdsOfNumbers(options.calibration_tokens);
  } else if (options.calibration.empty() || absl::EndsWith(options.calibration, ".json")) {
    job->calibration = options.calibration;
  } else {
    const auto format = DetectFileFormat(options.calibration);
    const bool recorded = format.ok() || absl::IsNotFound(format.status());
    if (recorded) {
      job->calibration = options.calibration;
      return absl::OkStatus();
    }
    const absl::StatusOr<LanguageModelInfo> info = LanguageModel::ReadInfo(ModelOf(options.input));
    if (!info.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("'", options.calibration,
                       "' is no safetensors file with recorded inputs, "
                       "and as a text it needs a language model: ",
                       info.status().message()));
    }
    ids = IdsOfText(options.calibration, options.input, info->byte_level, "--calibration-tokens");
  }
  if (!ids.ok()) return ids.status();
  job->calibration_ids = *std::move(ids);
  return absl::OkStatus();
}

absl::StatusOr<int> RunOnnx(const Options& options, const CommonOptions& common) {
  OnnxFiles files{options.input,       options.output, options.scheme, options.recipe,
                  options.calibration, options.report, options.exclude};
  files.dry_run = options.dry_run;
  files.quiet = options.quiet;
  if (const absl::Status status = CheckOnnxOptions(options); !status.ok()) return status;
  if (!options.max_memory.empty()) {
    const absl::StatusOr<uint64_t> bytes = ParseSize(options.max_memory);
    if (!bytes.ok()) return bytes.status();
    files.max_memory = *bytes;
  }
  return QuantizeOnnx(options.onnx, files, common);
}

// What the command reads and writes around the job.
absl::Status SetFiles(const Options& options, bool folder, bool on_text, Job* job) {
  job->files.inputs.push_back({"--recipe", options.recipe});
  job->files.inputs.push_back({"--calibration-tokens", options.calibration_tokens});
  if (on_text) job->files.inputs.push_back({"--calibration", options.calibration});
  job->files.outputs.push_back({"--report", options.report});
  if (!folder) return absl::OkStatus();
  std::vector<JobFile>& written = options.dry_run ? job->files.possible : job->files.outputs;
  const auto companions = ModelFolder::Companions(options.input);
  if (!companions.ok()) return companions.status();
  std::set<std::string> names(companions->begin(), companions->end());
  for (const std::string& name : names) {
    job->files.inputs.push_back({"the model's file", absl::StrCat(options.input, "/", name)});
  }
  if (!options.onnx.format.empty()) {
    names.insert("model.safetensors");
    if (absl::StartsWith(options.onnx.format, "gptq")) names.insert("quantize_config.json");
  }
  for (const std::string& name : names) {
    written.push_back({"the output folder's file", absl::StrCat(options.output, "/", name)});
  }
  return absl::OkStatus();
}

// The .pawl file that a folder's job writes: the result, or what another format is made of.
absl::StatusOr<std::string> FileOfFolder(const Options& options, Recipe* recipe) {
  const std::string result = absl::StrCat(options.output, "/model.pawl");
  if (options.onnx.format.empty()) return result;
  const auto format = ParseCheckpointFormat(options.onnx.format);
  if (!format.ok()) return UsageError(std::string(format.status().message()));
  std::error_code error;
  if (std::filesystem::exists(result, error)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "'", result, "' is there, and would be read instead of what this job writes; remove it"));
  }
  // Engines of these formats keep the ends of a model in float.
  recipe->exclude.push_back("(^|\\.)(embed_tokens|lm_head)\\.weight$");
  return absl::StrCat(options.output, "/quantized.pawl");
}

absl::Status Export(const Options& options, const std::string& file,
                    std::vector<std::string> beside, Report* report) {
  const auto format = ParseCheckpointFormat(options.onnx.format);
  if (!format.ok()) return format.status();
  const bool gptq = absl::StartsWith(options.onnx.format, "gptq");
  std::erase_if(beside, [&](const std::string& name) {
    return name == "config.json" || (gptq && name == "quantize_config.json");
  });
  const auto done = ExportModel(file, absl::StrCat(options.input, "/config.json"), options.output,
                                *format, beside);
  if (!done.ok()) return done.status();
  std::error_code error;
  report->output = absl::StrCat(options.output, "/model.safetensors");
  report->file_bytes = std::filesystem::file_size(report->output, error);
  report->notes.push_back(absl::StrCat("written as ", options.onnx.format, ": ", done->quantized,
                                       " weights in it, ", done->plain, " tensors as they were"));
  report->notes.insert(report->notes.end(), done->notes.begin(), done->notes.end());
  return absl::OkStatus();
}

// What belongs to the weights in `file` once they are there: on error nothing of this job stays.
absl::Status Complete(const Options& options, const std::string& file, bool replaced,
                      ModelFolder* folder, Report* report) {
  const bool exports = !options.onnx.format.empty();
  if (exports || !replaced) folder->Discard(file);
  const auto names = ModelFolder::Companions(options.input);
  if (!names.ok()) return names.status();
  report->notes.push_back(absl::StrCat("copied beside it: ", absl::StrJoin(*names, ", ")));
  if (exports) return Export(options, file, *names, report);
  const absl::Status copied = CopyModelFiles(options.input, *names, options.output);
  if (copied.ok()) folder->Keep();
  return copied;
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
  if (!options.onnx.format.empty() && !folder) {
    return UsageError("--format is for ONNX models and for folders of language models");
  }
  if (const absl::Status status = SetCalibration(options, &job); !status.ok()) return status;
  const bool on_text = !job.calibration_ids.empty();
  if (const absl::Status fit = CheckTensorOptions(options, on_text); !fit.ok()) return fit;
  if (const absl::Status set = SetFiles(options, folder, on_text, &job); !set.ok()) return set;
  std::unique_ptr<ModelFolder> made;  // goes again where the job fails
  if (folder) {
    const absl::StatusOr<std::string> file = FileOfFolder(options, &job.recipe);
    if (!file.ok()) return file.status();
    job.output = *file;
    if (!options.dry_run) {
      auto opened = ModelFolder::Make(options.input, options.output);
      if (!opened.ok()) return opened.status();
      made = *std::move(opened);
    }
  }
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
  std::error_code none;
  const bool replaced = folder && std::filesystem::exists(job.output, none);
  absl::StatusOr<Report> report = absl::UnknownError("");
  {
    const auto session = Session::Create(common);
    if (!session.ok()) return session.status();
    report = RunJob(job, (*session)->context());
  }
  if (!report.ok()) return report.status();
  if (made != nullptr) {
    const absl::Status status = Complete(options, job.output, replaced, made.get(), &*report);
    if (!status.ok()) return status;
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

void AddQuantize(Arguments& root, Command& command) {
  Arguments* app = root.AddSubcommand(
      "quantize",
      "Quantizes safetensors into a .pawl or GGUF file, GGUF into GGUF, or an ONNX model");
  auto o = std::make_shared<Options>();
  o->app = app;
  app->Add("IN", o->input,
           "A safetensors file, an index of shards, a folder, a GGUF file, or an ONNX model")
      .Required();
  app->Add("-o,--output", o->output,
           "The .pawl file to write; ONNX for ONNX models; GGUF where it ends in .gguf; for "
           "the folder of a language model "
           "also a folder, into which its settings and tokenizer are copied");
  const Argument scheme = app->Add(
      "--scheme", o->scheme, "What the weights become: int8, int4:g128, nf4 ... (`pawl list`)");
  const Argument recipe =
      app->Add("--recipe", o->recipe, "A JSON file with rules for groups of tensors");
  scheme.Excludes(recipe);
  app->Add("--method", o->method,
           "How codes are found: rtn, gptq, awq, smoothquant, hqq, blocks (`pawl list methods`)")
      .Excludes(recipe)
      .ShowDefault();
  app->Add("--range", o->range,
           "How ranges are found: max, percentile, mse or search (default: search for gptq, "
           "else max)")
      .Excludes(recipe);
  app->Add("--correction", o->correction,
           "For gptq on a text: how far weights move towards what the float model's inputs "
           "would give, from 0 to 1")
      .Excludes(recipe)
      .Between(0.0, 1.0);
  app->Add("--alpha", o->alpha,
           "For smoothquant: how much of the inputs' range goes into the weights, from 0 to 1")
      .Excludes(recipe)
      .Between(0.0, 1.0)
      .ShowDefault();
  app->Add("--percentile", o->percentile, "For --range percentile").Excludes(recipe).ShowDefault();
  app->Add("--fallback", o->fallback,
           "For shapes that do not fit the scheme: another scheme, or keep")
      .Excludes(recipe);
  app->Add("--exclude", o->exclude, "Tensors whose names match stay as they are (RE2)").OneEach();
  app->Add(
      "--calibration", o->calibration,
      "Safetensors with NAME.input, recorded activations [samples, cols] of the weight NAME, "
      "or NAME.importance, f32 [cols]; for language models whose ids are bytes a text, on which "
      "the "
      "model is run layer by layer; for ONNX models an .npz with an array for each input, or a "
      "folder of such files");
  app->Add("--calibration-tokens", o->calibration_tokens,
           "For language models: ids to run on, numbers between spaces, commas or brackets");
  app->Add("--calibration-context", o->calibration_context,
           "Ids of a window of those (default: the model's context, 2048 at most)")
      .Between(1, 1 << 24);
  app->Add("--imatrix", o->imatrix,
           "llama.cpp's importance matrix, imatrix.dat or GGUF, for methods and ranges that "
           "weight columns");
  app->Add("--imatrix-output", o->imatrix_output,
           "Write the importances that the calibration text gave (GGUF where it ends in "
           ".gguf)");
  o->onnx.Add(*app);
  app->AddFlag("--dry-run", o->dry_run, "Tell what would happen, with sizes and memory");
  app->Add("--max-memory", o->max_memory,
           "Refuse jobs that need more, such as 2G; activations of a calibration text go to "
           "the disk first");
  app->AddFlag("--resume", o->resume,
               "Go on with what an interrupted run of the same job left, if there is any, and "
               "leave what is done if this one is interrupted");
  app->Add("--checkpoint", o->checkpoint,
           "Note what is done after this much of the input, such as 64M (default 256M)");
  app->Add("--report", o->report, "Write the report to this file, as JSON");
  app->AddFlag("-q,--quiet", o->quiet, "Print no table");
  AddThreads(*app, command.common);
  AddProgress(*app, command.common);
  AddJson(*app, command.common);
  app->OnUse([o, &command] { command.action = [o, &command] { return Run(*o, command.common); }; });
}

}  // namespace pawl::tool
