// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/pipeline/job_inputs.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/models/gguf_names.h"

namespace pawl {
namespace {

bool AnyCorrection(const Recipe& recipe) {
  return std::any_of(recipe.rules.begin(), recipe.rules.end(), [](const RecipeRule& rule) {
    return !rule.skip && rule.method.name == "gptq" && rule.method.correction > 0.0;
  });
}

absl::Status CheckSources(const Job& job, bool gguf) {
  const bool recorded = !job.calibration.empty() || !job.calibration_bytes.empty();
  if (!job.calibration.empty() && !job.calibration_bytes.empty()) {
    return absl::InvalidArgumentError("a job has a path or bytes as its calibration, not both");
  }
  if (recorded && gguf) {
    return absl::UnimplementedError(
        "jobs that write GGUF take no recorded calibration; give a text (calibration_ids)");
  }
  if (job.calibration_ids.empty()) {
    if (AnyCorrection(job.recipe)) {
      return absl::InvalidArgumentError(
          "a correction needs the float model's inputs beside the quantized model's: give a "
          "calibration text instead of recorded inputs");
    }
    if (job.imatrix_output.empty()) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat("nothing would be in '", job.imatrix_output,
                                                   "': an imatrix needs a calibration text"));
  }
  if (recorded) {
    return absl::InvalidArgumentError("a job has recorded inputs or a text to run, not both");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<JobInputs>> JobInputs::Open(const Job& job, bool gguf,
                                                           Context& context) {
  PAWL_RETURN_IF_ERROR(CheckSources(job, gguf));
  std::unique_ptr<JobInputs> inputs(new JobInputs(job, context));
  PAWL_RETURN_IF_ERROR(inputs->OpenRecordings());
  if (!job.imatrix.empty()) {
    PAWL_ASSIGN_OR_RETURN(inputs->imatrix_, ReadImatrix(job.imatrix));
  }
  if (!job.calibration_ids.empty()) {
    PAWL_ASSIGN_OR_RETURN(inputs->model_, ModelCalibration::Open(job, gguf, context));
  }
  return inputs;
}

absl::Status JobInputs::OpenRecordings() {
  if (job_.calibration.empty() && job_.calibration_bytes.empty()) return absl::OkStatus();
  const bool memory = !job_.calibration_bytes.empty();
  PAWL_ASSIGN_OR_RETURN(recordings_, memory ? SafetensorsReader::OpenMemory(job_.calibration_bytes)
                                            : SafetensorsReader::Open(job_.calibration));
  return absl::OkStatus();
}

const ImatrixEntry* JobInputs::ImatrixOf(const std::string& name) const {
  if (!imatrix_.has_value()) return nullptr;
  const ImatrixEntry* entry = imatrix_->Find(name);
  if (entry != nullptr) return entry;
  const std::optional<std::string> gguf = GgufNameOf(name);
  return gguf.has_value() ? imatrix_->Find(*gguf) : nullptr;
}

absl::Status JobInputs::CheckAgainst(const JobPlan& plan) {
  if (recordings_ != nullptr) {
    const std::string path = job_.calibration.empty() ? "memory" : job_.calibration;
    PAWL_ASSIGN_OR_RETURN(recorded_,
                          LoadJobCalibration(*recordings_, path, plan, job_.recipe.calibration));
  }
  if (!imatrix_.has_value()) return absl::OkStatus();
  bool any = false;
  for (const PlannedTensor& planned : plan.tensors) {
    const SafetensorsEntry& entry = *planned.entry;
    const ImatrixEntry* const found = ImatrixOf(entry.name);
    if (found == nullptr) continue;
    any = true;
    const int64_t columns = entry.shape.empty() ? 1 : entry.shape.back();
    if (static_cast<int64_t>(found->sums.size()) == columns) continue;
    return absl::InvalidArgumentError(
        absl::StrCat(job_.imatrix, ": '", found->name, "' has ", found->sums.size(),
                     " columns, tensor '", entry.name, "' ", columns, "; it is another model's"));
  }
  if (any) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      job_.imatrix, ": of its ", imatrix_->entries.size(), " entries none has a tensor's name"));
}

std::string JobInputs::Spill(uint64_t* peak_bytes) {
  const bool fits = job_.max_memory == 0 || *peak_bytes <= job_.max_memory;
  if (fits || model_ == nullptr || job_.output.empty()) return "";
  const uint64_t saved = model_->Spill(job_.output);
  *peak_bytes -= saved;
  return absl::StrCat(
      "activations of the calibration text (", saved,
      " bytes) go into a temporary file beside the output, for the limit of memory");
}

bool JobInputs::HasImportance(const std::string& name) const {
  return ImatrixOf(name) != nullptr ||
         (recorded_.importance.count(name) > 0 && recorded_.inputs.count(name) == 0);
}

bool JobInputs::Has(const std::string& name) const {
  if (model_ != nullptr) return model_->RankOf(name) >= 0;
  return recorded_.inputs.count(name) > 0;
}

uint64_t JobInputs::BytesOf(const RecipeMethod& method, const SafetensorsEntry& entry) const {
  const auto input = recorded_.inputs.find(entry.name);
  if (input == recorded_.inputs.end()) return 0;
  return InputBytes(method, static_cast<uint64_t>(input->second.report.samples),
                    static_cast<uint64_t>(entry.shape.back()));
}

// At most the recipe's number of samples.
absl::StatusOr<Tensor> JobInputs::ReadRows() const {
  const SafetensorsEntry* entry = recordings_->Find(absl::StrCat(name_, ".input"));
  if (entry == nullptr) return absl::InternalError("recorded inputs are gone");
  const int64_t cols = entry->shape.back();
  const int64_t row_bytes = cols * static_cast<int64_t>(DTypeSize(*entry->dtype));
  int64_t samples = static_cast<int64_t>(entry->size) / row_bytes;
  const int64_t most = job_.recipe.calibration.max_samples;
  if (most > 0) samples = std::min(samples, most);
  PAWL_ASSIGN_OR_RETURN(Tensor inputs, Tensor::Create(*entry->dtype, {samples, cols}));
  const absl::Span<uint8_t> bytes(static_cast<uint8_t*>(inputs.mutable_data()),
                                  inputs.size_bytes());
  PAWL_RETURN_IF_ERROR(recordings_->ReadBytes(*entry, 0, bytes));
  return inputs;
}

absl::Status JobInputs::Prepare(const std::string& name) {
  name_ = name;
  rows_.reset();
  importance_ = {};
  walked_ = model_ != nullptr && model_->RankOf(name) >= 0;
  const auto recorded = recorded_.importance.find(name);
  if (recorded != recorded_.importance.end()) importance_ = recorded->second.as<float>();
  if (recorded_.inputs.count(name) > 0) rows_.emplace([this] { return ReadRows(); }, context_);
  if (walked_) {
    PAWL_RETURN_IF_ERROR(model_->WalkTo(name));
    importance_ = model_->importance();
  }
  if (const ImatrixEntry* entry = ImatrixOf(name)) {
    own_importance_ = entry->Importance();
    // It speaks of inputs without scales.
    const absl::Span<const float> scales =
        model_ != nullptr ? model_->ScalesOf(name) : absl::Span<const float>();
    for (size_t i = 0; i < scales.size(); ++i) own_importance_[i] /= scales[i] * scales[i];
    importance_ = own_importance_;
  }
  return absl::OkStatus();
}

MethodInputs* JobInputs::inputs() {
  if (walked_) return model_.get();
  return rows_.has_value() ? &*rows_ : nullptr;
}

absl::Status JobInputs::Done(const std::string& name, const QuantizedTensor& tensor) {
  return model_ != nullptr ? model_->Done(name, tensor) : absl::OkStatus();
}

absl::Status JobInputs::Pass(const std::string& name) {
  return model_ != nullptr ? model_->Pass(name, gathers()) : absl::OkStatus();
}

absl::Status JobInputs::Finish() const {
  if (job_.imatrix_output.empty()) return absl::OkStatus();
  return WriteImatrix(job_.imatrix_output, model_->imatrix());
}

void AddFolded(const RecipeMethod& method, const Scheme& scheme, const std::string& name,
               const ModelCalibration& model, std::map<std::string, FoldedWeight>* folded) {
  const bool smooth = method.name == "smoothquant";
  if ((!smooth && method.name != "awq") || model.RankOf(name) < 0) return;
  FoldedWeight& weight = (*folded)[name];
  weight = FoldedWeight{scheme, method.range};
  if (smooth) weight.alpha = method.alpha;
}

absl::StatusOr<std::vector<std::string>> ArrangeForModel(const Recipe& recipe,
                                                         ModelCalibration* model, JobPlan* plan) {
  std::map<std::string, FoldedWeight> folded;
  for (PlannedTensor& planned : plan->tensors) {
    if (!planned.quantize) continue;
    const std::string& name = planned.entry->name;
    const RecipeRule& rule = recipe.rules[static_cast<size_t>(planned.rule)];
    if (!model->IsEnd(name) || planned.by_name || rule.op != OperatorType::kAny) {
      AddFolded(rule.method, planned.scheme, name, *model, &folded);
      continue;
    }
    planned.quantize = false;
    planned.reason =
        "it is an embedding, makes the logits, or pools, which stays unless a rule names it or its "
        "operator";
    plan->bytes_after += planned.entry->size - planned.bytes_after;
    planned.bytes_after = planned.entry->size;
  }
  PAWL_ASSIGN_OR_RETURN(std::vector<std::string> notes, model->FoldScales(folded));
  for (PlannedTensor& planned : plan->tensors) {
    if (!planned.quantize && model->Folds(planned.entry->name)) {
      planned.reason = model->TakenBy(planned.entry->name);
    }
  }
  std::stable_sort(plan->tensors.begin(), plan->tensors.end(),
                   [&](const PlannedTensor& a, const PlannedTensor& b) {
                     return model->OrderOf(a.entry->name) < model->OrderOf(b.entry->name);
                   });
  plan->peak_bytes += model->memory_bytes();
  return notes;
}

}  // namespace pawl
