// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/model_export.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "lib/core/status_macros.h"
#include "lib/formats/file_io.h"
#include "lib/formats/staged_folder.h"
#include "lib/models/checkpoint_parts.h"
#include "lib/models/companions.h"
#include "lib/models/rotation_plan.h"
#include "lib/pipeline/strict_json.h"
#include "pawl/container.h"
#include "pawl/job_files.h"
#include "pawl/recipe.h"
#include "pawl/safetensors.h"

namespace pawl {
namespace {

using nlohmann::ordered_json;

absl::Status Named(const std::string& name, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat("tensor '", name, "': ", status.message()));
}

class Exporter {
 public:
  Exporter(CheckpointFormat format, std::unique_ptr<PawlReader> reader)
      : format_(format), reader_(std::move(reader)) {}

  absl::Status Plan();
  absl::Status Write(StagedFolder& output);
  absl::Status WriteSettings(const std::string& config_file, StagedFolder& output);
  ExportReport report;

 private:
  absl::StatusOr<NamedParts> Parts(const std::string& name);
  absl::Status CheckSame(const std::string& name, const CheckpointSettings& found);

  CheckpointFormat format_;
  std::unique_ptr<PawlReader> reader_;
  std::optional<CheckpointSettings> settings_;
  std::string first_;  // the weight that the settings are of
  std::vector<std::string> ignore_;
  std::vector<SafetensorsDeclaration> declarations_;
};

// What stands for the tensor in the file.
absl::StatusOr<NamedParts> Exporter::Parts(const std::string& name) {
  PAWL_ASSIGN_OR_RETURN(const PawlEntry entry, reader_->Entry(name));
  NamedParts parts;
  if (!entry.quantized) {
    PAWL_ASSIGN_OR_RETURN(Tensor tensor, reader_->ReadPlain(name));
    parts.emplace_back(name, std::move(tensor));
    return parts;
  }
  if (ClassifyTensor(name, entry.shape) != OperatorType::kLinear ||
      !absl::EndsWith(name, ".weight")) {
    return absl::InvalidArgumentError(
        "is quantized and no linear layer's; such engines want it in float, so exclude it from the "
        "job");
  }
  PAWL_ASSIGN_OR_RETURN(const QuantizedTensor weight, reader_->Read(name));
  CheckpointSettings settings;
  PAWL_ASSIGN_OR_RETURN(
      parts, PartsOf(format_, std::string(absl::StripSuffix(name, ".weight")), weight, &settings));
  PAWL_RETURN_IF_ERROR(CheckSame(name, settings));
  return parts;
}

absl::Status Exporter::CheckSame(const std::string& name, const CheckpointSettings& found) {
  if (!settings_.has_value()) {
    settings_ = found;
    first_ = name;
  }
  CheckpointSettings same = found;
  same.by_index = settings_->by_index;  // weights whose order is their own need no map
  if (same == *settings_) {
    settings_->by_index |= found.by_index;
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat("its bits, groups or scales are not those of '",
                                                 first_,
                                                 "', and the format has one setting for all"));
}

absl::Status Exporter::Plan() {
  for (const std::string& name : reader_->names()) {
    absl::StatusOr<NamedParts> parts = Parts(name);
    if (!parts.ok()) return Named(name, parts.status());
    PAWL_ASSIGN_OR_RETURN(const PawlEntry entry, reader_->Entry(name));
    ++(entry.quantized ? report.quantized : report.plain);
    const bool linear = ClassifyTensor(name, entry.shape) == OperatorType::kLinear;
    if (!entry.quantized && linear && absl::EndsWith(name, ".weight")) {
      ignore_.push_back(std::string(absl::StripSuffix(name, ".weight")));
    }
    for (const auto& [part, tensor] : *parts) {
      declarations_.push_back({part, tensor.dtype(), tensor.shape()});
      report.bytes += tensor.size_bytes();
    }
  }
  if (!settings_.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", reader_->path(), "' has no quantized tensor"));
  }
  const bool one_for_all =
      format_ == CheckpointFormat::kGptq || format_ == CheckpointFormat::kGptqV2;
  for (const std::string& module : ignore_) {
    if (!one_for_all || absl::EndsWith(module, "lm_head")) continue;
    return Named(module + ".weight", absl::InvalidArgumentError(
                                         "is not quantized; GPTQ's settings say that each linear "
                                         "layer but the head is"));
  }
  // In this way engines know the head; a tied one is no tensor of the file.
  if (ignore_.empty()) ignore_.push_back("lm_head");
  return absl::OkStatus();
}

absl::Status Exporter::Write(StagedFolder& output) {
  std::map<std::string, std::string> metadata = {{"format", "pt"}};
  const auto& values = reader_->metadata().values;
  if (const auto rotation = values.find(std::string(kRotationKey)); rotation != values.end()) {
    metadata.insert(*rotation);
  }
  PAWL_ASSIGN_OR_RETURN(
      const std::unique_ptr<SafetensorsWriter> writer,
      SafetensorsWriter::Create(output.Path("model.safetensors"), declarations_, metadata));
  for (const std::string& name : reader_->names()) {
    PAWL_ASSIGN_OR_RETURN(const NamedParts parts, Parts(name));
    for (const auto& [part, tensor] : parts) PAWL_RETURN_IF_ERROR(writer->Add(part, tensor));
  }
  return writer->Finish();
}

absl::Status Exporter::WriteSettings(const std::string& config_file, StagedFolder& output) {
  PAWL_ASSIGN_OR_RETURN(const std::string text, ReadFile(config_file, kMaxJsonBytes));
  PAWL_RETURN_IF_ERROR(ParseStrictJson(text, config_file).status());
  ordered_json config = ordered_json::parse(text, nullptr, false);
  if (!config.is_object()) {
    return absl::InvalidArgumentError(absl::StrCat(config_file, " is no object"));
  }
  const ordered_json settings = SettingsToJson(*settings_, ignore_);
  config["quantization_config"] = settings;
  if (format_ == CheckpointFormat::kGptq || format_ == CheckpointFormat::kGptqV2) {
    PAWL_RETURN_IF_ERROR(
        WriteFileAtomically(output.Path("quantize_config.json"), DumpJson(settings)));
  }
  if (!settings_->scale_type.empty()) {
    report.notes.push_back(absl::StrCat("engines round decoded weights to ", settings_->scale_type,
                                        ", the scales' type; Pawl reads the folder as they do"));
  }
  return WriteFileAtomically(output.Path("config.json"), DumpJson(config));
}

}  // namespace

absl::Status CopyModelFiles(const std::string& input, absl::Span<const std::string> names,
                            const std::string& output) {
  JobFiles files;
  AddCompanions(input, names, output, &files);
  PAWL_RETURN_IF_ERROR(CheckJobFiles(files));
  PAWL_ASSIGN_OR_RETURN(const std::unique_ptr<StagedFolder> staged, StagedFolder::Create(output));
  PAWL_RETURN_IF_ERROR(staged->Named(CopyCompanions(input, names, *staged)));
  return staged->Commit();
}

absl::StatusOr<ExportReport> ExportModel(const std::string& model_file,
                                         const std::string& config_file, const std::string& output,
                                         CheckpointFormat format,
                                         absl::Span<const std::string> beside) {
  JobFiles files;
  files.inputs = {{"the quantized model", model_file}, {"the model's settings", config_file}};
  for (const char* name : {"model.safetensors", "config.json"}) {
    files.outputs.push_back({"the output folder's file", absl::StrCat(output, "/", name)});
  }
  const bool gptq = format == CheckpointFormat::kGptq || format == CheckpointFormat::kGptqV2;
  (gptq ? files.outputs : files.possible)
      .push_back({"the output folder's file", absl::StrCat(output, "/quantize_config.json")});
  const std::string folder = FolderOf(config_file);
  AddCompanions(folder, beside, output, &files);
  PAWL_RETURN_IF_ERROR(CheckJobFiles(files));
  PAWL_ASSIGN_OR_RETURN(std::unique_ptr<PawlReader> reader, PawlReader::Open(model_file));
  Exporter exporter(format, std::move(reader));
  PAWL_RETURN_IF_ERROR(exporter.Plan());
  PAWL_ASSIGN_OR_RETURN(const std::unique_ptr<StagedFolder> staged, StagedFolder::Create(output));
  PAWL_RETURN_IF_ERROR(staged->Named(exporter.Write(*staged)));
  PAWL_RETURN_IF_ERROR(staged->Named(CopyCompanions(folder, beside, *staged)));
  // The settings come last: with them the folder is a model.
  PAWL_RETURN_IF_ERROR(staged->Named(exporter.WriteSettings(config_file, *staged)));
  PAWL_RETURN_IF_ERROR(staged->Commit());
  return std::move(exporter.report);
}

}  // namespace pawl
