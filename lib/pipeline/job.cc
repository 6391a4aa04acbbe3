// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/job.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/core/progress.h"
#include "lib/core/status_macros.h"
#include "lib/formats/container_writer.h"
#include "lib/models/rotation_plan.h"
#include "lib/pipeline/gguf_job.h"
#include "lib/pipeline/job_identity.h"
#include "lib/pipeline/job_inputs.h"
#include "lib/pipeline/job_method.h"
#include "lib/pipeline/job_output.h"
#include "lib/pipeline/job_paths.h"
#include "lib/pipeline/job_plan.h"
#include "lib/pipeline/job_writer.h"
#include "lib/pipeline/recipe_words.h"
#include "pawl/container.h"
#include "pawl/context.h"
#include "pawl/safetensors.h"

namespace pawl {
namespace {

constexpr uint64_t kCopyPiece = uint64_t{1} << 20;

// One run of a job. The weights are read, not mapped: a file that shrinks meanwhile is an error.
class Runner {
 public:
  Runner(const Job& job, Context& context) : job_(job), context_(context) {}

  absl::StatusOr<Report> Run();

 private:
  absl::Status Open();
  absl::Status CheckMemory() const;
  absl::Status Write();
  absl::Status WriteTensor(const PlannedTensor& planned, TensorReport* out);
  absl::Status QuantizeTensor(const PlannedTensor& planned, TensorReport* out);
  absl::Status CopyTensor(const PlannedTensor& planned, TensorReport* out);
  absl::Status WritePlain(const PlannedTensor& planned, TensorReport* out);
  void Note(const std::string& note);
  absl::Status InPieces(uint64_t size, double share,
                        absl::FunctionRef<absl::Status(uint64_t, size_t)> piece);
  absl::StatusOr<Tensor> Load(const SafetensorsEntry& entry, double share);
  absl::Status Identify();
  absl::Status StartOutput();
  absl::Status Retrace();
  absl::Status PassTensor(size_t index);
  bool IsOpen(size_t index) const;
  QuantizeOptions Options(const PlannedTensor& planned) const;
  void DescribeTensors();
  absl::Status Calibrate();
  RecipeMethod MethodOf(const PlannedTensor& planned) const;
  absl::Status CheckMethods();
  void NoteUnusedImportance();
  absl::Status WriteActivationScales();
  void Progressed(absl::string_view stage, absl::string_view item);

  const Job& job_;
  Context& context_;
  std::unique_ptr<SafetensorsReader> reader_;
  JobPlan plan_;
  std::unique_ptr<JobInputs> inputs_;
  Tensor buffer_;  // one tensor at a time
  uint64_t done_ = 0;
  Report report_;
  JobIdentity identity_;
  std::unique_ptr<JobOutput> output_;  // goes before the report that it looks at
  PawlWriter* writer_ = nullptr;       // the output's
};

absl::Status Runner::Open() {
  if (!job_.input.empty() && !job_.input_bytes.empty()) {
    return absl::InvalidArgumentError("a job has a path or bytes as its input, not both");
  }
  if (!job_.output.empty() && job_.output_sink != nullptr) {
    return absl::InvalidArgumentError("a job has a path or a sink as its output, not both");
  }
  if (job_.resume && job_.output_sink != nullptr) {
    return absl::InvalidArgumentError("a job whose output is a sink cannot resume");
  }
  if (!job_.dry_run && job_.output.empty() && job_.output_sink == nullptr) {
    return absl::InvalidArgumentError("the job has no output path");
  }
  if (job_.input_bytes.empty()) {
    PAWL_ASSIGN_OR_RETURN(reader_, SafetensorsReader::Open(job_.input));
  } else {
    PAWL_ASSIGN_OR_RETURN(reader_, SafetensorsReader::OpenMemory(job_.input_bytes));
  }
  const bool memory = !job_.input_bytes.empty();
  return CheckFiles(job_, memory ? absl::Span<const std::string>() : reader_->files());
}

absl::Status Runner::CheckMemory() const {
  if (job_.max_memory == 0 || plan_.peak_bytes <= job_.max_memory) return absl::OkStatus();
  const auto largest = std::max_element(
      plan_.tensors.begin(), plan_.tensors.end(),
      [](const PlannedTensor& a, const PlannedTensor& b) { return a.work_bytes < b.work_bytes; });
  return absl::ResourceExhaustedError(absl::StrCat(
      "the job needs about ", plan_.peak_bytes, " bytes beyond the mapped input (tensor '",
      largest->entry->name, "' most), more than the limit of ", job_.max_memory));
}

QuantizeOptions Runner::Options(const PlannedTensor& planned) const {
  const RecipeMethod& method = job_.recipe.rules[static_cast<size_t>(planned.rule)].method;
  QuantizeOptions options;
  options.range = method.range;
  options.percentile = method.percentile;
  options.kmeans_iterations = static_cast<int>(method.kmeans_iterations);
  options.importance = inputs_->importance();
  return options;
}

absl::Status Runner::Calibrate() {
  PAWL_ASSIGN_OR_RETURN(inputs_, JobInputs::Open(job_, false, context_));
  if (inputs_->model() != nullptr) {
    PAWL_ASSIGN_OR_RETURN(const std::vector<std::string> notes,
                          ArrangeForModel(job_.recipe, inputs_->model(), &plan_));
    report_.notes.insert(report_.notes.end(), notes.begin(), notes.end());
  }
  PAWL_RETURN_IF_ERROR(inputs_->CheckAgainst(plan_));
  NoteUnusedImportance();
  return absl::OkStatus();
}

// The rule's method, or rounding to nearest where that is for products with inputs and this is
// none.
RecipeMethod Runner::MethodOf(const PlannedTensor& planned) const {
  RecipeMethod method = job_.recipe.rules[static_cast<size_t>(planned.rule)].method;
  if (NeedsInputs(method) && planned.op != OperatorType::kLinear) method.name = "rtn";
  return method;
}

// Recorded inputs are missed before anything is done, not after hours; and their memory.
absl::Status Runner::CheckMethods() {
  uint64_t others = 0;
  for (PlannedTensor& planned : plan_.tensors) {
    if (!planned.quantize) continue;
    const RecipeMethod method = MethodOf(planned);
    const std::string& name = planned.entry->name;
    const RecipeRule& rule = job_.recipe.rules[static_cast<size_t>(planned.rule)];
    others += method.name != rule.method.name ? 1 : 0;
    if (!NeedsInputs(method)) continue;
    if (inputs_->Has(name)) {
      const uint64_t bytes = inputs_->BytesOf(method, *planned.entry);
      plan_.peak_bytes = std::max(plan_.peak_bytes, planned.work_bytes + bytes);
      planned.work_bytes += bytes;
      continue;
    }
    return absl::InvalidArgumentError(
        absl::StrCat("tensor '", name, "': method '", method.name, "' needs recorded inputs, '",
                     name, ".input' [samples, ", planned.entry->shape.back(),
                     "] in the calibration file (--calibration), or for a language model a text "
                     "to run it on; or give the tensor a rule with the method rtn, or exclude it"));
  }
  if (others > 0) {
    report_.notes.push_back(absl::StrCat(others,
                                         " tensors are no linear layers, so they are rounded to "
                                         "nearest instead of by the rule's method"));
  }
  std::string spilled = inputs_->Spill(&plan_.peak_bytes);
  if (!spilled.empty()) report_.notes.push_back(std::move(spilled));
  report_.peak_memory_bytes = plan_.peak_bytes;
  return CheckMemory();
}

// Importance weights squared errors; ranges by maximum or percentile have none. Recorded
// activations give scales in any case.
void Runner::NoteUnusedImportance() {
  uint64_t unused = 0;
  for (const PlannedTensor& planned : plan_.tensors) {
    const std::string& name = planned.entry->name;
    if (!inputs_->HasImportance(name)) continue;
    if (planned.quantize && planned.scheme.table == TableKind::kCodebook) continue;
    const bool blocks =
        planned.quantize &&
        job_.recipe.rules[static_cast<size_t>(planned.rule)].method.name == "blocks";
    const bool used =
        blocks || (planned.quantize && (Options(planned).range == RangeMethod::kMse ||
                                        Options(planned).range == RangeMethod::kScaleSearch));
    if (!used) ++unused;
  }
  if (unused > 0) {
    report_.notes.push_back(absl::StrCat(
        "calibration is not used for ", unused,
        " tensors: they are kept, or their method (range max or percentile) minimises no error"));
  }
}

void Runner::DescribeTensors() {
  for (const PlannedTensor& planned : plan_.tensors) {
    const SafetensorsEntry& entry = *planned.entry;
    TensorReport out;
    out.name = entry.name;
    out.dtype = std::string(DTypeName(*entry.dtype));
    out.shape = entry.shape;
    out.op = std::string(OperatorTypeName(planned.op));
    out.quantized = planned.quantize;
    out.rule = planned.rule;
    out.reason = planned.reason;
    out.bytes_before = entry.size;
    out.bytes_after = planned.bytes_after;
    const double elements = static_cast<double>(entry.size) / DTypeSize(*entry.dtype);
    if (elements > 0) out.bits_per_weight = 8.0 * static_cast<double>(out.bytes_after) / elements;
    if (planned.quantize) {
      const RecipeMethod method = MethodOf(planned);
      out.scheme = SchemeString(planned.scheme);
      out.method = planned.scheme.table == TableKind::kCodebook && method.name == "rtn"
                       ? "k-means"
                       : absl::StrCat(method.name, "(",
                                      WeightRangeWords()[static_cast<size_t>(method.range)], ")");
    }
    const auto input = inputs_->recorded().inputs.find(entry.name);
    if (input != inputs_->recorded().inputs.end()) out.activation = input->second.report;
    report_.tensors.push_back(std::move(out));
  }
}

void Runner::Progressed(absl::string_view stage, absl::string_view item) {
  context_.Report(Progress{stage, item, done_, plan_.bytes_before, "bytes"});
}

// The tensor at hand, from piece to piece; it moves by that `share`.
absl::Status Runner::InPieces(uint64_t size, double share,
                              absl::FunctionRef<absl::Status(uint64_t, size_t)> piece) {
  ProgressPart part(&context_, share);
  for (uint64_t at = 0; at < size; at += kCopyPiece) {
    if (context_.cancelled()) return absl::CancelledError("cancelled by the caller");
    const uint64_t count = std::min(kCopyPiece, size - at);
    PAWL_RETURN_IF_ERROR(piece(at, static_cast<size_t>(count)));
    part.Advance(static_cast<double>(at + count) / static_cast<double>(size));
  }
  return absl::OkStatus();
}

absl::StatusOr<Tensor> Runner::Load(const SafetensorsEntry& entry, double share) {
  if (buffer_.size_bytes() < entry.size) {
    buffer_ = Tensor();  // the old one goes first
    PAWL_ASSIGN_OR_RETURN(buffer_, Tensor::Create(DType::kU8, {static_cast<int64_t>(entry.size)}));
  }
  const absl::Span<uint8_t> bytes = buffer_.mutable_as<uint8_t>();
  PAWL_RETURN_IF_ERROR(InPieces(entry.size, share, [&](uint64_t at, size_t count) {
    return reader_->ReadBytes(entry, at, bytes.subspan(static_cast<size_t>(at), count));
  }));
  return Tensor::View(*entry.dtype, entry.shape, buffer_.data(), buffer_.size_bytes());
}

absl::Status Runner::QuantizeTensor(const PlannedTensor& planned, TensorReport* out) {
  const SafetensorsEntry& entry = *planned.entry;
  const RecipeMethod method = MethodOf(planned);
  const StepShares shares = SharesOf(method);
  PAWL_ASSIGN_OR_RETURN(Tensor weights, Load(entry, shares.load));
  PAWL_RETURN_IF_ERROR(inputs_->Prepare(entry.name));
  if (inputs_->model() != nullptr) {
    PAWL_ASSIGN_OR_RETURN(weights, inputs_->model()->Fold(entry.name, weights));
  }
  PAWL_ASSIGN_OR_RETURN(
      const MethodResult result,
      RunMethod(method, weights, planned.scheme, Options(planned), inputs_->inputs(), context_));
  const QuantizedTensor& quantized = result.tensor;
  out->stats = result.stats;
  const int64_t not_finite = out->stats.nan_count + out->stats.inf_count;
  if (not_finite > 0) {
    KeepNotFinite(out);
    context_.Log(LogLevel::kWarning,
                 absl::StrCat("tensor '", entry.name, "' stays as it is: ", out->reason));
    return CopyTensor(planned, out);
  }
  {
    const ProgressPart part(&context_, shares.compare);
    PAWL_ASSIGN_OR_RETURN(out->error, CompareTensors(weights, quantized, &context_));
  }
  out->bytes_after = quantized.size_bytes();
  out->bits_per_weight = quantized.bits_per_weight();
  PAWL_RETURN_IF_ERROR(inputs_->Done(entry.name, quantized));
  PAWL_RETURN_IF_ERROR(writer_->Add(entry.name, quantized));
  for (const std::string& note : result.notes) {
    Note(absl::StrCat("tensor '", entry.name, "': ", note));
  }
  return absl::OkStatus();
}

void Runner::Note(const std::string& note) {
  report_.notes.push_back(note);
  output_->Note(note);
}

absl::Status Runner::CopyTensor(const PlannedTensor& planned, TensorReport* out) {
  const SafetensorsEntry& entry = *planned.entry;
  out->bytes_after = entry.size;
  out->bits_per_weight = 8.0 * static_cast<double>(DTypeSize(*entry.dtype));
  PAWL_RETURN_IF_ERROR(writer_->BeginPlain(entry.name, *entry.dtype, entry.shape));
  std::vector<uint8_t> piece(static_cast<size_t>(std::min(kCopyPiece, entry.size)));
  PAWL_RETURN_IF_ERROR(InPieces(entry.size, 1.0, [&](uint64_t at, size_t count) -> absl::Status {
    const absl::Span<uint8_t> bytes = absl::MakeSpan(piece).subspan(0, count);
    PAWL_RETURN_IF_ERROR(reader_->ReadBytes(entry, at, bytes));
    return writer_->Append(bytes);
  }));
  return writer_->EndPlain();
}

// As it is, or with scales that were folded into it.
absl::Status Runner::WritePlain(const PlannedTensor& planned, TensorReport* out) {
  const std::string& name = planned.entry->name;
  const ModelCalibration* const model = inputs_->model();
  if (model == nullptr || !model->Folds(name)) return CopyTensor(planned, out);
  PAWL_ASSIGN_OR_RETURN(const Tensor tensor, model->FoldedPlain(name));
  out->bytes_after = tensor.size_bytes();
  out->bits_per_weight = 8.0 * static_cast<double>(DTypeSize(tensor.dtype()));
  return writer_->AddPlain(name, tensor);
}

absl::Status Runner::WriteTensor(const PlannedTensor& planned, TensorReport* out) {
  if (context_.cancelled()) return absl::CancelledError("cancelled by the caller");
  const ProgressItem item(
      context_, Progress{"quantize", planned.entry->name, done_, plan_.bytes_before, "bytes"},
      planned.entry->size);
  absl::StatusOr<std::string> found = inputs_->Enter(planned.entry->name);
  if (!found.ok()) return NamedTensorError(planned.entry->name, found.status());
  const absl::Status status =
      planned.quantize ? QuantizeTensor(planned, out) : WritePlain(planned, out);
  if (!status.ok()) return NamedTensorError(planned.entry->name, status);
  if (!found->empty()) Note(*found);  // once the tensor is done, so that a resumed run has it once
  done_ += planned.entry->size;
  return absl::OkStatus();
}

// Scales of recorded activations, for layers whose inputs are quantized with a given one.
absl::Status Runner::WriteActivationScales() {
  for (const auto& [name, input] : inputs_->recorded().inputs) {
    const auto count = static_cast<int64_t>(input.scales.size());
    PAWL_ASSIGN_OR_RETURN(const Tensor scales, Tensor::FromValues<float>({count}, input.scales));
    PAWL_RETURN_IF_ERROR(writer_->AddPlain(absl::StrCat(name, ".activation_scale"), scales));
  }
  if (!inputs_->recorded().inputs.empty()) {
    report_.notes.push_back(absl::StrCat("the scales of ", inputs_->recorded().inputs.size(),
                                         " recorded activations are in the file, each as its "
                                         "weight's name with '.activation_scale'"));
  }
  return absl::OkStatus();
}

absl::Status Runner::Identify() {
  const bool memory = !job_.input_bytes.empty();
  PAWL_ASSIGN_OR_RETURN(
      identity_, IdentityOf(job_, memory ? absl::Span<const std::string>() : reader_->files(),
                            report_.recipe, {}, inputs_->model()));
  PAWL_ASSIGN_OR_RETURN(report_.input_hash, InputHashOf(identity_));
  return absl::OkStatus();
}

// A model that runs must be where the interrupted run was, on the weights that this left.
absl::Status Runner::Retrace() {
  if (inputs_->model() == nullptr) return absl::OkStatus();
  const size_t done = output_->resumed();
  for (size_t i = 0; i < done; ++i) {
    const std::string& name = plan_.tensors[i].entry->name;
    if (plan_.tensors[i].quantize || inputs_->model()->Folds(name)) {
      Progressed("resume", name);
      const absl::Status status = PassTensor(i);
      if (!status.ok()) return NamedTensorError(name, status);
    } else if (IsOpen(i)) {  // its turn may have been its block's first, and noted the scales
      const absl::Status entered = inputs_->Enter(name).status();
      if (!entered.ok()) return NamedTensorError(name, entered);
    }
  }
  return absl::OkStatus();
}

// Whether tensors of its block are still to do.
bool Runner::IsOpen(size_t i) const {
  const size_t next = output_->resumed();
  return next < plan_.tensors.size() &&
         inputs_->model()->SameBlock(plan_.tensors[i].entry->name, plan_.tensors[next].entry->name);
}

absl::Status Runner::PassTensor(size_t i) {
  const std::string& name = plan_.tensors[i].entry->name;
  // Scales that are found again are those that were found then.
  const bool scales = inputs_->gathers() || IsOpen(i);
  if (scales) PAWL_RETURN_IF_ERROR(inputs_->Enter(name).status());
  if (!plan_.tensors[i].quantize) {
    PAWL_ASSIGN_OR_RETURN(const Tensor tensor, PawlWriterState::ReadPlainBack(*writer_, i));
    return inputs_->model()->DonePlain(name, tensor);
  }
  PAWL_RETURN_IF_ERROR(inputs_->Pass(name));
  if (!report_.tensors[i].quantized) return absl::OkStatus();
  PAWL_ASSIGN_OR_RETURN(const QuantizedTensor tensor, output_->ReadBack(i));
  return inputs_->Done(name, tensor);
}

absl::Status Runner::StartOutput() {
  std::vector<std::string> inputs(reader_->files().begin(), reader_->files().end());
  if (!job_.input.empty()) inputs.push_back(job_.input);
  if (!job_.calibration.empty()) inputs.push_back(job_.calibration);
  if (!job_.imatrix.empty()) inputs.push_back(job_.imatrix);
  PAWL_ASSIGN_OR_RETURN(output_, JobOutput::Open(job_, inputs));
  PAWL_RETURN_IF_ERROR(Identify());
  std::unique_ptr<PawlWriter> writer = PawlWriterState::Create(output_->TakeFile());
  writer_ = writer.get();
  PAWL_RETURN_IF_ERROR(
      output_->Start(identity_, absl::MakeSpan(report_.tensors), MakeJobWriter(std::move(writer))));
  for (size_t i = 0; i < output_->resumed(); ++i) done_ += plan_.tensors[i].entry->size;
  const std::vector<std::string> notes = output_->ResumedNotes();
  report_.notes.insert(report_.notes.end(), notes.begin(), notes.end());
  return Retrace();
}

absl::Status Runner::Write() {
  PAWL_RETURN_IF_ERROR(StartOutput());
  for (size_t i = output_->resumed(); i < plan_.tensors.size(); ++i) {
    PAWL_RETURN_IF_ERROR(WriteTensor(plan_.tensors[i], &report_.tensors[i]));
    PAWL_RETURN_IF_ERROR(output_->TensorDone(plan_.tensors[i].entry->size));
  }
  PAWL_RETURN_IF_ERROR(WriteActivationScales());
  Progressed("check", job_.output);
  PAWL_RETURN_IF_ERROR(reader_->CheckUnchanged());
  if (context_.cancelled()) return absl::CancelledError("cancelled by the caller");
  PawlMetadata metadata;
  metadata.values = reader_->metadata();
  metadata.recipe = report_.recipe;
  metadata.source_hash = report_.input_hash;
  PAWL_RETURN_IF_ERROR(output_->Finish([&] { return writer_->Finish(metadata); }));
  report_.file_bytes = writer_->file_size();
  return inputs_->Finish();
}

absl::StatusOr<Report> Runner::Run() {
  const auto start = std::chrono::steady_clock::now();
  PAWL_RETURN_IF_ERROR(job_.recipe.Validate());
  PAWL_RETURN_IF_ERROR(Open());
  PAWL_ASSIGN_OR_RETURN(plan_, PlanJob(reader_->entries(), job_.recipe, context_.threads()));
  PAWL_RETURN_IF_ERROR(CheckMemory());
  report_.input = job_.input;
  report_.output = job_.dry_run ? "" : job_.output;
  report_.dry_run = job_.dry_run;
  report_.recipe = job_.recipe.ToJson();
  report_.notes = plan_.notes;
  report_.threads = context_.threads();
  report_.target = std::string(context_.target());
  report_.peak_memory_bytes = plan_.peak_bytes;
  PAWL_RETURN_IF_ERROR(Calibrate());
  PAWL_RETURN_IF_ERROR(CheckMethods());
  if (const auto rotation = reader_->metadata().find(std::string(kRotationKey));
      rotation != reader_->metadata().end()) {
    report_.notes.push_back(RotationNote(rotation->second));
  }
  DescribeTensors();
  if (!job_.dry_run) PAWL_RETURN_IF_ERROR(Write());
  for (const TensorReport& tensor : report_.tensors) {
    report_.bytes_before += tensor.bytes_before;
    report_.bytes_after += tensor.bytes_after;
  }
  report_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (!job_.dry_run) Progressed("done", job_.output);
  return std::move(report_);
}

}  // namespace

absl::StatusOr<Report> RunJob(const Job& job, Context& context) {
  if (absl::EndsWith(job.output, ".gguf")) {
    for (const RecipeRule& rule : job.recipe.rules) {
      if (rule.skip || !NeedsInputs(rule.method) || !job.calibration_ids.empty()) continue;
      return absl::InvalidArgumentError(
          absl::StrCat("method '", rule.method.name,
                       "' needs a text to run the model on (--calibration); or use "
                       "the method blocks or rtn"));
    }
    return RunGgufJob(job, context);
  }
  return Runner(job, context).Run();
}

}  // namespace pawl
