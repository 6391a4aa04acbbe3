// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/model_rotation.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "kernels/float_env.h"
#include "lib/core/context_internal.h"
#include "lib/core/status_macros.h"
#include "lib/formats/file_io.h"
#include "lib/formats/staged_folder.h"
#include "lib/models/companions.h"
#include "lib/models/model_config.h"
#include "lib/models/rotation_plan.h"
#include "lib/pipeline/strict_json.h"
#include "pawl/context.h"
#include "pawl/job_files.h"
#include "pawl/safetensors.h"

namespace pawl {
namespace {

using nlohmann::ordered_json;

class Rotator {
 public:
  Rotator(const RotateOptions& options, Context& context) : options_(options), context_(context) {}

  absl::Status Open(const std::string& input);
  absl::Status Plan();
  absl::Status Write(StagedFolder& output);
  absl::Status WriteSettings(StagedFolder& output) const;
  absl::Span<const std::string> files() const { return reader_->files(); }
  RotateReport report;

 private:
  absl::StatusOr<Tensor> Load(const SafetensorsEntry& entry) const;
  absl::StatusOr<Tensor> Make(const RotatedTensor& action);
  absl::Status TurnColumns(const Turn& turn, Tensor& x);
  absl::Status TurnRows(const Turn& turn, Tensor& x);
  bool Unties() const { return options_.stream && reader_->Find(kHeadName) == nullptr; }

  RotateOptions options_;
  Context& context_;
  std::string config_file_, config_text_;
  ModelConfig config_;
  std::unique_ptr<SafetensorsReader> reader_;
  std::unique_ptr<RotationPlan> plan_;
  std::vector<RotatedTensor> actions_;
};

absl::Status Rotator::Open(const std::string& input) {
  if (!options_.stream && !options_.heads) {
    return absl::InvalidArgumentError("nothing would be rotated: neither the stream nor the heads");
  }
  config_file_ = absl::StrCat(input, "/config.json");
  PAWL_ASSIGN_OR_RETURN(config_text_, ReadFile(config_file_, kMaxJsonBytes));
  PAWL_ASSIGN_OR_RETURN(const nlohmann::json json, ParseStrictJson(config_text_, config_file_));
  PAWL_ASSIGN_OR_RETURN(config_, ConfigFromJson(config_text_, config_file_));
  if (const auto found = json.find("quantization_config");
      found != json.end() && !found->is_null()) {
    return absl::InvalidArgumentError(
        absl::StrCat(config_file_, ": the model is quantized already; rotate the float model"));
  }
  if (config_.encoder()) {
    return absl::UnimplementedError(absl::StrCat(
        config_file_, ": an encoder's norms take means off, which rotations do not keep"));
  }
  if (config_.architecture == "gemma") {
    return absl::UnimplementedError(
        absl::StrCat(config_file_,
                     ": engines take gemma's embedding for its head, so that the last norm has "
                     "nowhere to go"));
  }
  PAWL_ASSIGN_OR_RETURN(reader_, SafetensorsReader::Open(input));
  // The plan has a sign for each row of v_proj and column of o_proj of each layer: not for more
  // than there are.
  uint64_t bytes = 0;
  for (const SafetensorsEntry& entry : reader_->entries()) bytes += entry.size;
  const auto heads = static_cast<uint64_t>(config_.heads + config_.kv_heads);
  if (static_cast<uint64_t>(config_.head_size) * heads >
      bytes / static_cast<uint64_t>(std::max<int64_t>(config_.layers, 1))) {
    return absl::InvalidArgumentError(
        absl::StrCat(config_file_, ": the model's files are too small for ", config_.layers,
                     " layers of ", config_.heads, " heads of ", config_.head_size));
  }
  PAWL_ASSIGN_OR_RETURN(plan_, RotationPlan::Create(config_, config_file_, options_));
  return absl::OkStatus();
}

absl::Status Rotator::Plan() {
  const SafetensorsEntry* embedding = nullptr;
  for (const SafetensorsEntry& entry : reader_->entries()) {
    PAWL_ASSIGN_OR_RETURN(RotatedTensor action, plan_->Choose(entry));
    if (entry.name == kEmbeddingName) embedding = &entry;
    actions_.push_back(std::move(action));
  }
  if (embedding == nullptr) {
    return absl::NotFoundError(absl::StrCat("there is no tensor '", kEmbeddingName, "'"));
  }
  if (options_.stream) {
    report.notes.push_back(absl::StrCat(
        "the residual stream is rotated (", plan_->stream()->Size(), ", random signs of seed ",
        options_.seed,
        "): the norms' weights and the rotation are in the embedding, queries, keys, values, gate, "
        "up and the head, its inverse in the attention's output and down"));
  }
  if (options_.heads) {
    report.notes.push_back(absl::StrCat("the values of each head are rotated (",
                                        plan_->head()->Size(),
                                        "): in v_proj's rows and o_proj's columns"));
  }
  if (Unties()) {
    RotatedTensor head;
    head.name = kHeadName;
    head.from = embedding;
    head.columns = plan_->stream_turn();
    head.gains = kLastNormName;
    actions_.push_back(std::move(head));
    report.notes.push_back(
        "the embedding was the head as well; lm_head.weight is a tensor of its own now "
        "(tie_word_embeddings is false)");
  }
  report.notes.push_back("what changed is f32");
  return absl::OkStatus();
}

// f32 and finite.
absl::StatusOr<Tensor> Rotator::Load(const SafetensorsEntry& entry) const {
  PAWL_ASSIGN_OR_RETURN(const Tensor read, reader_->Read(entry));
  if (!IsFloat(read.dtype())) {
    return absl::InvalidArgumentError(
        absl::StrCat("tensor '", entry.name, "' is ", DTypeName(read.dtype()), ", not a float"));
  }
  PAWL_ASSIGN_OR_RETURN(Tensor values, read.ToF32());
  for (const float value : values.as<float>()) {
    if (std::isfinite(value)) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("tensor '", entry.name, "' holds ", value, "; repair it first"));
  }
  return values;
}

absl::Status Rotator::TurnColumns(const Turn& turn, Tensor& x) {
  const int64_t n = turn.size();
  double* const values = x.mutable_as<double>().data();
  return ForRanges(&context_, x.num_elements() / n, 4, turn.scratch() * sizeof(double),
                   [&](int64_t begin, int64_t end, void* scratch) {
                     for (int64_t i = begin; i < end; ++i) {
                       turn.Apply(values + i * n, static_cast<double*>(scratch));
                     }
                   });
}

absl::Status Rotator::TurnRows(const Turn& turn, Tensor& x) {
  const int64_t n = turn.size(), columns = x.dim(1);
  double* const values = x.mutable_as<double>().data();
  const size_t bytes = (static_cast<size_t>(n) + turn.scratch()) * sizeof(double);
  return ForRanges(&context_, columns, 8, bytes, [&](int64_t begin, int64_t end, void* scratch) {
    auto* const column = static_cast<double*>(scratch);
    for (int64_t j = begin; j < end; ++j) {
      for (int64_t i = 0; i < n; ++i) column[i] = values[i * columns + j];
      turn.Apply(column, column + n);
      for (int64_t i = 0; i < n; ++i) values[i * columns + j] = column[i];
    }
  });
}

absl::StatusOr<Tensor> Rotator::Make(const RotatedTensor& action) {
  PAWL_ASSIGN_OR_RETURN(const Tensor from, Load(*action.from));
  const std::vector<int64_t>& shape = from.shape();
  const int64_t columns = shape.empty() ? 1 : shape.back();
  const auto needs = [&](int64_t size, int64_t found, const char* what) {
    if (size == found) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat("tensor '", action.from->name, "' is ",
                                                   ShapeString(shape), "; the settings ask for ",
                                                   size, " ", what));
  };
  PAWL_ASSIGN_OR_RETURN(Tensor wide, Tensor::Create(DType::kF64, shape));
  const absl::Span<double> x = wide.mutable_as<double>();
  std::copy(from.as<float>().begin(), from.as<float>().end(), x.begin());
  if (!action.gains.empty()) {
    const SafetensorsEntry* const norm = reader_->Find(action.gains);
    if (norm == nullptr) {
      return absl::NotFoundError(absl::StrCat("there is no tensor '", action.gains, "'"));
    }
    PAWL_ASSIGN_OR_RETURN(const Tensor gains, Load(*norm));
    PAWL_RETURN_IF_ERROR(needs(gains.num_elements(), columns, "columns"));
    const absl::Span<const float> g = gains.as<float>();
    for (size_t i = 0; i < x.size(); ++i) x[i] *= g[i % g.size()];
  }
  if (action.columns != nullptr) {
    PAWL_RETURN_IF_ERROR(needs(action.columns->size(), columns, "columns"));
    PAWL_RETURN_IF_ERROR(TurnColumns(*action.columns, wide));
  }
  if (action.rows != nullptr) {
    PAWL_RETURN_IF_ERROR(needs(action.rows->size(), shape.size() == 2 ? shape[0] : 0, "rows"));
    PAWL_RETURN_IF_ERROR(TurnRows(*action.rows, wide));
  }
  PAWL_ASSIGN_OR_RETURN(Tensor out, Tensor::Create(DType::kF32, shape));
  const absl::Span<float> narrow = out.mutable_as<float>();
  for (size_t i = 0; i < x.size(); ++i) {
    narrow[i] = action.one ? 1.0f : static_cast<float>(x[i]);
  }
  return out;
}

absl::Status Rotator::Write(StagedFolder& output) {
  std::vector<SafetensorsDeclaration> declarations;
  uint64_t total = 0, done = 0;
  for (const RotatedTensor& action : actions_) {
    const bool changes = action.one || action.turned();
    if (!changes && !action.from->dtype.has_value()) {
      return absl::UnimplementedError(
          absl::StrCat("tensor '", action.name, "' is ", action.from->dtype_name));
    }
    declarations.push_back(
        {action.name, changes ? DType::kF32 : *action.from->dtype, action.from->shape});
    total += action.from->size;
  }
  std::string description = plan_->Description();
  if (const auto old = reader_->metadata().find(std::string(kRotationKey));
      old != reader_->metadata().end()) {
    description = absl::StrCat(old->second, "; ", description);
  }
  PAWL_ASSIGN_OR_RETURN(
      const std::unique_ptr<SafetensorsWriter> writer,
      SafetensorsWriter::Create(output.Path("model.safetensors"), declarations,
                                {{"format", "pt"}, {std::string(kRotationKey), description}}));
  for (const RotatedTensor& action : actions_) {
    if (context_.cancelled()) return absl::CancelledError("cancelled by the caller");
    context_.Report(Progress{"rotate", action.name, done, total, "bytes"});
    Tensor tensor;
    if (action.one || action.turned()) {
      PAWL_ASSIGN_OR_RETURN(tensor, Make(action));
      ++(action.one ? report.norms : report.rotated);
    } else {
      PAWL_ASSIGN_OR_RETURN(tensor, reader_->Read(*action.from));
      ++report.plain;
    }
    PAWL_RETURN_IF_ERROR(writer->Add(action.name, tensor));
    report.bytes += tensor.size_bytes();
    done += action.from->size;
  }
  PAWL_RETURN_IF_ERROR(reader_->CheckUnchanged());
  return writer->Finish();
}

absl::Status Rotator::WriteSettings(StagedFolder& output) const {
  ordered_json config = ordered_json::parse(config_text_, nullptr, false);
  if (options_.stream) config["tie_word_embeddings"] = false;
  const bool newer = config.contains("dtype");
  if (newer) config["dtype"] = "float32";
  if (!newer || config.contains("torch_dtype")) config["torch_dtype"] = "float32";
  return WriteFileAtomically(output.Path("config.json"), DumpJson(config));
}

absl::Status CheckFiles(const std::string& input, const std::string& output,
                        absl::Span<const std::string> weights,
                        absl::Span<const std::string> beside) {
  JobFiles files;
  for (const std::string& path : weights) files.inputs.push_back({"the model's file", path});
  AddCompanions(input, beside, output, &files);
  files.inputs.push_back({"the model's settings", absl::StrCat(input, "/config.json")});
  for (const char* name : {"config.json", "model.safetensors"}) {
    files.outputs.push_back({"the output folder's file", absl::StrCat(output, "/", name)});
  }
  for (const char* name : {"model.pawl", "model.safetensors.index.json"}) {
    std::error_code error;
    const std::string path = absl::StrCat(output, "/", name);
    if (!std::filesystem::exists(path, error)) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        "'", path, "' is there, and would be read instead of what is written; remove it"));
  }
  return CheckJobFiles(files);
}

}  // namespace

absl::StatusOr<RotateReport> RotateModel(const std::string& input, const std::string& output,
                                         const RotateOptions& options, Context& context,
                                         absl::Span<const std::string> beside) {
  const kernels::FloatEnvironment environment;
  Rotator rotator(options, context);
  PAWL_RETURN_IF_ERROR(rotator.Open(input));
  PAWL_RETURN_IF_ERROR(rotator.Plan());
  PAWL_RETURN_IF_ERROR(CheckFiles(input, output, rotator.files(), beside));
  PAWL_ASSIGN_OR_RETURN(const std::unique_ptr<StagedFolder> staged, StagedFolder::Create(output));
  PAWL_RETURN_IF_ERROR(staged->Named(rotator.Write(*staged)));
  PAWL_RETURN_IF_ERROR(staged->Named(CopyCompanions(input, beside, *staged)));
  // The settings come last: with them the folder is a model.
  PAWL_RETURN_IF_ERROR(staged->Named(rotator.WriteSettings(*staged)));
  PAWL_RETURN_IF_ERROR(staged->Commit());
  return std::move(rotator.report);
}

std::string RotateReport::ToJson() const {
  ordered_json out;
  out["rotated"] = rotated;
  out["norms"] = norms;
  out["plain"] = plain;
  out["bytes"] = bytes;
  out["notes"] = notes;
  return DumpJson(out);
}

std::string RotateReport::ToText() const {
  std::string text = absl::StrCat(rotated, " tensors rotated, ", norms, " norms made ones, ", plain,
                                  " tensors as they were, ", bytes, " bytes\n");
  for (const std::string& note : notes) absl::StrAppend(&text, "note: ", note, "\n");
  return text;
}

}  // namespace pawl
