// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "examples/pawl/quantize_options.h"

#include "examples/pawl/command.h"
#include "examples/pawl/option_rules.h"
#include "pawl/scheme.h"

namespace pawl::tool {
namespace {

bool IsCodebook(const std::string& scheme) {
  const auto parsed = ParseScheme(scheme);
  return parsed.ok() && parsed->table == TableKind::kCodebook;
}

}  // namespace

absl::Status CheckTensorOptions(const QuantizeArguments& arguments, bool on_text) {
  std::vector<OptionRule> rules;
  for (const char* option : OnnxOptions::Names()) {
    if (std::string(option) == "--format") continue;  // of folders, too
    rules.push_back({option, false, "it is for ONNX models, and the input is none"});
  }
  const bool searches = arguments.method == "hqq" || arguments.method == "blocks";
  rules.push_back({"--range", !searches, "the methods hqq and blocks find their own ranges"});
  rules.push_back({"--range", arguments.method != "rtn" || !IsCodebook(arguments.scheme),
                   "k-means places the levels of a codebook itself"});
  rules.push_back(
      {"--percentile", arguments.range == "percentile", "it is for --range percentile"});
  rules.push_back(
      {"--percentile", arguments.method != "awq", "awq takes the percentile's default"});
  rules.push_back({"--correction", arguments.method == "gptq", "it is for --method gptq"});
  rules.push_back({"--alpha", arguments.method == "smoothquant", "it is for --method smoothquant"});
  rules.push_back({"--calibration-context", on_text,
                   "it is for a text (--calibration) or ids (--calibration-tokens) to run on"});
  rules.push_back({"--checkpoint", !arguments.dry_run, "a dry run writes nothing"});
  return CheckOptions(*arguments.app, rules);
}

absl::Status CheckOnnxOptions(const QuantizeArguments& arguments) {
  const Arguments& app = *arguments.app;
  const char* const rounding =
      "it is not for ONNX models: --rounding says how weights are rounded, and a recipe's rules "
      "give ranges of weights (see --clip-search)";
  const char* const language = "it is for language models, not for ONNX models";
  const char* const tensors = "it is not for ONNX models";
  const absl::Status status = CheckOptions(app, {{"--method", false, rounding},
                                                 {"--range", false, rounding},
                                                 {"--percentile", false, rounding},
                                                 {"--fallback", false, tensors},
                                                 {"--resume", false, tensors},
                                                 {"--checkpoint", false, tensors},
                                                 {"--correction", false, language},
                                                 {"--alpha", false, rounding},
                                                 {"--calibration-tokens", false, language},
                                                 {"--calibration-context", false, language},
                                                 {"--imatrix", false, language},
                                                 {"--imatrix-output", false, language}});
  if (!status.ok()) return status;
  return arguments.onnx.Check(app, !arguments.calibration.empty());
}

}  // namespace pawl::tool
