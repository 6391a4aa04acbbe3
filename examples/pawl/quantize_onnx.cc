// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// pawl quantize of an ONNX model.

#include "examples/pawl/quantize_onnx.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "examples/pawl/option_rules.h"
#include "pawl/text.h"

namespace pawl::tool {
namespace {

absl::StatusOr<size_t> WordIndex(absl::string_view option, const std::string& word,
                                 absl::Span<const absl::string_view> words) {
  const auto found = std::find(words.begin(), words.end(), word);
  if (found != words.end()) return static_cast<size_t>(found - words.begin());
  return UsageError(absl::StrCat(option, " '", word, "' is none of ", absl::StrJoin(words, ", ")));
}

absl::Status SetChoice(absl::string_view option, const std::string& word, PassChoice* choice) {
  const auto index = WordIndex(option, word, PassChoiceWords());
  if (!index.ok()) return index.status();
  *choice = static_cast<PassChoice>(*index);
  return absl::OkStatus();
}

absl::Status SetPasses(const OnnxOptions& options, GraphJob* job) {
  GraphPasses& passes = job->passes;
  passes.smooth_alpha = options.smooth_alpha;
  for (const absl::Status& status :
       {SetChoice("--equalize", options.equalize, &passes.equalize),
        SetChoice("--smooth-quant", options.smooth_quant, &passes.smooth_quant),
        SetChoice("--bias-correction", options.bias_correction, &passes.bias_correction),
        SetChoice("--clip-search", options.clip_search, &passes.clip_search),
        SetChoice("--rounding", options.rounding, &passes.rounding)}) {
    if (!status.ok()) return status;
  }
  if (options.activation_range != "auto") {
    passes.range_search = PassChoice::kOff;
    job->recipe.calibration.range = options.activation_range;
  }
  return absl::OkStatus();
}

}  // namespace

bool IsEngineTarget(const std::string& target) {
  const auto words = GraphTargetWords();
  return std::find(words.begin(), words.end(), target) != words.end();
}

void OnnxOptions::Add(Arguments& app) {
  const char* kGroup = "ONNX models";
  app.Add("--mode", mode, "static, dynamic, weight-only or float16").Group(kGroup);
  app.Add("--format", format,
          "How a static ONNX model is written: qdq (default) or qoperator; a language model's "
          "folder: gptq, gptq_v2, awq, compressed-tensors, bitsandbytes")
      .ShowDefault()
      .Group(kGroup);
  app.Add("--activation-range", activation_range,
          "minmax, percentile, entropy, mse, or auto: what fits the outputs best")
      .ShowDefault()
      .Group(kGroup);
  const auto choice = [&](const char* name, std::string& value, const char* what) {
    app.Add(name, value, absl::StrCat(what, ": off, on, or auto (where outputs gain)"))
        .ShowDefault()
        .Group(kGroup);
  };
  choice("--equalize", equalize, "Cross-layer equalization and bias absorption");
  choice("--smooth-quant", smooth_quant, "SmoothQuant between norms and linear layers");
  choice("--bias-correction", bias_correction, "The mean error of weights goes into biases");
  choice("--clip-search", clip_search, "Weight ranges of least squared error");
  choice("--rounding", rounding, "Weights rounded for the inputs they meet (GPTQ)");
  app.Add("--smooth-alpha", smooth_alpha, "SmoothQuant's exponent")
      .ShowDefault()
      .Between(0.0, 1.0)
      .Group(kGroup);
  app.Add("--max-drop", max_drop,
          "Keep the layers that cost most in float until the drop is at most this")
      .Between(0.0, 1.0)
      .Group(kGroup);
  app.Add("--metric", metric,
          "What drops: sqnr (noise over signal, 0.01 is 20 dB) or top1 (share of decisions)")
      .ShowDefault()
      .OneOf({"sqnr", "top1"})
      .Group(kGroup);
  app.Add("--samples", samples, "Calibrate with so many samples; 0: all")
      .NotNegative()
      .Group(kGroup);
  app.Add("--check-samples", check_samples, "Compare outputs on so many samples")
      .ShowDefault()
      .Positive()
      .Group(kGroup);
}

absl::Span<const char* const> OnnxOptions::Names() {
  static constexpr const char* kNames[] = {"--mode",         "--format",       "--activation-range",
                                           "--equalize",     "--smooth-quant", "--bias-correction",
                                           "--clip-search",  "--rounding",     "--smooth-alpha",
                                           "--max-drop",     "--metric",       "--samples",
                                           "--check-samples"};
  return kNames;
}

absl::Status OnnxOptions::Check(const Arguments& app, bool has_samples) const {
  const bool fixed = mode == "static", dynamic = mode == "dynamic", f16 = mode == "float16";
  const char* const only_static = "it is for --mode static";
  const char* const no_samples = "it needs samples of the model's inputs (--calibration)";
  const auto modes = GraphModeWords();
  if (std::find(modes.begin(), modes.end(), mode) == modes.end()) return absl::OkStatus();  // later
  // What is turned off is off in every mode.
  const auto on = [](const std::string& choice) { return choice != "off"; };
  return CheckOptions(
      app,
      {{"--activation-range", fixed, only_static},
       {"--format", fixed, only_static},
       {"--max-drop", fixed, only_static},
       {"--clip-search", fixed || !on(clip_search), only_static},
       {"--bias-correction", fixed || !on(bias_correction), only_static},
       {"--equalize", fixed || dynamic || !on(equalize), "it is for --mode static and dynamic"},
       {"--smooth-quant", fixed || dynamic || !on(smooth_quant),
        "it is for --mode static and dynamic"},
       {"--smooth-alpha", (fixed || dynamic) && on(smooth_quant),
        "SmoothQuant is off, or not of this mode"},
       {"--rounding", !f16 || !on(rounding), "--mode float16 has no codes to round to"},
       {"--samples", !f16, "--mode float16 finds no ranges"},
       {"--equalize", has_samples || !on(equalize), no_samples},
       {"--smooth-quant", has_samples || !on(smooth_quant), no_samples},
       {"--smooth-alpha", has_samples, no_samples},
       {"--rounding", has_samples || !on(rounding), no_samples},
       {"--samples", has_samples, no_samples},
       {"--check-samples", has_samples, no_samples},
       {"--metric", analysis || max_drop >= 0.0, "it says what --max-drop bounds"}});
}

absl::StatusOr<GraphJob> MakeGraphJob(const OnnxOptions& options, const OnnxFiles& files,
                                      const std::string& target) {
  GraphJob job;
  job.input = files.input;
  job.output = files.output;
  job.calibration = files.calibration;
  job.dry_run = files.dry_run;
  job.max_memory = files.max_memory;
  job.check_samples = options.check_samples;
  job.max_drop = options.max_drop;
  job.files.inputs.push_back({"--recipe", files.recipe});
  job.files.outputs.push_back({"--report", files.report});
  job.metric = options.metric;
  if (!files.recipe.empty()) {
    auto recipe = Recipe::Load(files.recipe);
    if (!recipe.ok()) return recipe.status();
    job.recipe = *std::move(recipe);
  } else if (!files.scheme.empty()) {
    job.recipe = Recipe::ForScheme(files.scheme);
  }
  job.recipe.exclude.insert(job.recipe.exclude.end(), files.exclude.begin(), files.exclude.end());
  if (options.samples > 0) job.recipe.calibration.max_samples = options.samples;
  if (options.mode.empty()) {
    return UsageError(
        absl::StrCat("an ONNX model wants --mode ", absl::StrJoin(GraphModeWords(), ", --mode ")));
  }
  const auto mode = WordIndex("--mode", options.mode, GraphModeWords());
  if (!mode.ok()) return mode.status();
  job.mode = static_cast<GraphMode>(*mode);
  const auto format =
      WordIndex("--format", options.format.empty() ? "qdq" : options.format, GraphFormatWords());
  if (!format.ok()) return format.status();
  job.format = static_cast<GraphFormat>(*format);
  if (IsEngineTarget(target)) {
    const auto index = WordIndex("--target", target, GraphTargetWords());
    if (!index.ok()) return index.status();
    job.target = static_cast<GraphTarget>(*index);
    if (job.target == GraphTarget::kTensorRt && job.mode != GraphMode::kStatic) {
      return UsageError("--target tensorrt has no effect: it is for --mode static");
    }
  }
  if (const absl::Status status = SetPasses(options, &job); !status.ok()) return status;
  if (job.recipe.rules.empty()) return job;
  if (const absl::Status status = job.recipe.Validate(); !status.ok()) {
    return UsageError(std::string(status.message()));
  }
  return job;
}

absl::StatusOr<int> QuantizeOnnx(const OnnxOptions& options, const OnnxFiles& files,
                                 CommonOptions common) {
  auto job = MakeGraphJob(options, files, common.target);
  if (!job.ok()) return job.status();
  if (IsEngineTarget(common.target)) common.target.clear();
  if (job->output.empty() && !job->dry_run) {
    return UsageError("no output file: add -o FILE.onnx, or --dry-run");
  }
  absl::StatusOr<GraphReport> report = absl::UnknownError("");
  {
    const auto session = Session::Create(common);
    if (!session.ok()) return session.status();
    report = RunGraphJob(*job, (*session)->context());
  }
  if (!report.ok()) return report.status();
  if (!files.report.empty()) {
    const absl::Status status = WriteTextFile(files.report, report->ToJson());
    if (!status.ok()) return status;
  }
  if (common.json) {
    Print(report->ToJson());
  } else if (!files.quiet) {
    Print(report->ToText());
  }
  return kSuccess;
}

}  // namespace pawl::tool
