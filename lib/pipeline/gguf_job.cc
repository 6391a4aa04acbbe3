// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/pipeline/gguf_job.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/core/progress.h"
#include "lib/core/status_macros.h"
#include "lib/formats/gguf_writer.h"
#include "lib/pipeline/gguf_choice.h"
#include "lib/pipeline/gguf_source.h"
#include "lib/pipeline/job_identity.h"
#include "lib/pipeline/job_inputs.h"
#include "lib/pipeline/job_method.h"
#include "lib/pipeline/job_output.h"
#include "lib/pipeline/job_paths.h"
#include "lib/pipeline/job_plan.h"
#include "lib/pipeline/job_writer.h"
#include "lib/pipeline/recipe_words.h"
#include "pawl/context.h"

namespace pawl {
namespace {

class GgufRunner {
 public:
  GgufRunner(const Job& job, Context& context) : job_(job), context_(context) {}
  absl::StatusOr<Report> Run();

 private:
  absl::Status CheckJob() const;
  absl::Status Plan();
  absl::Status OpenInputs();
  absl::Status FoldScales(ModelCalibration* model);
  RecipeMethod MethodOf(const GgufTensor& tensor) const;
  absl::Status KeepNotFinite();
  absl::StatusOr<Tensor> Load(const GgufSourceTensor& source);
  void Describe();
  absl::Status OpenOutput();
  absl::Status StartOutput();
  absl::Status Retrace();
  absl::Status PassTensor(size_t i);
  absl::Status Write();
  absl::Status WriteTensor(const GgufTensor& tensor, TensorReport* out);
  absl::Status WriteBlocks(const GgufTensor& tensor, TensorReport* out);
  absl::Status WritePlain(const GgufTensor& tensor);
  void Note(const std::string& note) {
    report_.notes.push_back(note);
    output_->Note(note);
  }
  void Progressed(absl::string_view stage, absl::string_view item) {
    context_.Report(Progress{stage, item, done_, plan_.bytes_before, "bytes"});
  }
  uint64_t BytesAfter(const GgufTensor& tensor) const;
  QuantizeOptions Options(const GgufTensor& tensor) const;

  const Job& job_;
  Context& context_;
  Recipe recipe_;
  std::unique_ptr<GgufSource> source_;
  std::unique_ptr<JobInputs> inputs_;
  JobPlan plan_;
  std::vector<GgufTensor> tensors_;
  Tensor buffer_;
  uint64_t done_ = 0;  // bytes of the input
  Report report_;
  std::unique_ptr<JobOutput> output_;  // goes before the report that it looks at
  GgufWriter* writer_ = nullptr;       // the output's
};

absl::Status GgufRunner::CheckJob() const {
  if (!job_.input_bytes.empty() || job_.output_sink != nullptr) {
    return absl::UnimplementedError("jobs that write GGUF go from a path to a path");
  }
  return absl::OkStatus();
}

// The recipe decides about what is float; blocks stay as they are.
absl::Status GgufRunner::Plan() {
  recipe_ = job_.recipe;
  for (RecipeRule& rule : recipe_.rules) {
    if (rule.fallback.empty()) rule.fallback = "keep";  // then the format's own, in Choose()
  }
  std::vector<SafetensorsEntry> entries;
  for (const GgufSourceTensor& tensor : source_->tensors()) {
    if (tensor.entry.dtype.has_value()) entries.push_back(tensor.entry);
  }
  PAWL_ASSIGN_OR_RETURN(plan_, PlanJob(entries, recipe_, context_.threads()));
  const GgufChoice choice{job_.recipe, recipe_, source_->head()};
  size_t at = 0;
  for (const GgufSourceTensor& source : source_->tensors()) {
    GgufTensor tensor;
    tensor.source = &source;
    if (source.entry.dtype.has_value()) {
      tensor.planned = plan_.tensors[at++];
    } else {
      tensor.planned.reason = absl::StrCat("it is ", source.entry.dtype_name, " already");
    }
    tensor.planned.entry = &source.entry;
    if (source.stays && tensor.planned.quantize && !tensor.planned.by_name) {
      tensor.planned.quantize = false;
      tensor.planned.reason = "llama.cpp's own quantizer leaves it in float";
    }
    PAWL_RETURN_IF_ERROR(ChooseType(choice, &tensor));
    tensors_.push_back(std::move(tensor));
  }
  PAWL_RETURN_IF_ERROR(OpenInputs());
  plan_.tensors.clear();  // they look at the entries above
  const bool any = std::any_of(tensors_.begin(), tensors_.end(),
                               [](const GgufTensor& t) { return t.format != nullptr; });
  if (!any) return absl::InvalidArgumentError("no tensor would be quantized");
  return absl::OkStatus();
}

absl::Status GgufRunner::FoldScales(ModelCalibration* model) {
  std::map<std::string, FoldedWeight> folded;
  for (const GgufTensor& tensor : tensors_) {
    if (tensor.format == nullptr) continue;
    const RecipeMethod method = MethodOf(tensor);
    AddFolded(method, tensor.format->scheme, tensor.source->entry.name, *model, &folded);
  }
  PAWL_ASSIGN_OR_RETURN(const std::vector<std::string> notes, model->FoldScales(folded));
  plan_.notes.insert(plan_.notes.end(), notes.begin(), notes.end());
  return absl::OkStatus();
}

// Then the tensors stand in the order in which they must be done.
absl::Status GgufRunner::OpenInputs() {
  PAWL_ASSIGN_OR_RETURN(inputs_, JobInputs::Open(job_, true, context_));
  PAWL_RETURN_IF_ERROR(inputs_->CheckAgainst(plan_));
  ModelCalibration* const model = inputs_->model();
  if (model == nullptr) return absl::OkStatus();
  PAWL_RETURN_IF_ERROR(FoldScales(model));
  plan_.peak_bytes += model->memory_bytes();
  std::string spilled = inputs_->Spill(&plan_.peak_bytes);
  if (!spilled.empty()) plan_.notes.push_back(std::move(spilled));
  std::stable_sort(tensors_.begin(), tensors_.end(), [&](const GgufTensor& a, const GgufTensor& b) {
    return model->OrderOf(a.planned.entry->name) < model->OrderOf(b.planned.entry->name);
  });
  return absl::OkStatus();
}

// The rule's method, or a search that needs no inputs where there are none.
RecipeMethod GgufRunner::MethodOf(const GgufTensor& tensor) const {
  RecipeMethod method = recipe_.rules[static_cast<size_t>(tensor.planned.rule)].method;
  if (NeedsInputs(method) && !inputs_->Has(tensor.source->entry.name)) method.name = "blocks";
  return method;
}

absl::StatusOr<Tensor> GgufRunner::Load(const GgufSourceTensor& source) {
  const SafetensorsEntry& entry = source.entry;
  if (buffer_.size_bytes() < entry.size) {
    buffer_ = Tensor();  // the old one goes first
    PAWL_ASSIGN_OR_RETURN(buffer_, Tensor::Create(DType::kU8, {static_cast<int64_t>(entry.size)}));
  }
  const auto bytes = buffer_.mutable_as<uint8_t>().subspan(0, static_cast<size_t>(entry.size));
  PAWL_RETURN_IF_ERROR(source_->Read(source, bytes));
  return Tensor::View(*entry.dtype, entry.shape, buffer_.data(), buffer_.size_bytes());
}

// A file of blocks is laid out before anything is quantized, so NaN and infinity are looked for
// first.
absl::Status GgufRunner::KeepNotFinite() {
  for (GgufTensor& tensor : tensors_) {
    if (tensor.format == nullptr) continue;
    PAWL_ASSIGN_OR_RETURN(const Tensor weights, Load(*tensor.source));
    PAWL_ASSIGN_OR_RETURN(const Tensor wide, weights.ToF32());
    int64_t nan = 0, infinite = 0;
    for (const float value : wide.as<float>()) {
      nan += std::isnan(value) ? 1 : 0;
      infinite += std::isinf(value) ? 1 : 0;
    }
    if (nan + infinite == 0) continue;
    tensor.format = nullptr;
    ChoosePlain(&tensor);
    tensor.planned.reason =
        absl::StrCat("it holds ", nan, " NaN and ", infinite, " infinite values");
    context_.Log(LogLevel::kWarning, absl::StrCat("tensor '", tensor.source->entry.name,
                                                  "' stays as it is: ", tensor.planned.reason));
  }
  return absl::OkStatus();
}

uint64_t GgufRunner::BytesAfter(const GgufTensor& tensor) const {
  const SafetensorsEntry& entry = tensor.source->entry;
  if (tensor.format != nullptr) {
    return static_cast<uint64_t>(BlockBytes(*tensor.format, entry.shape).value_or(0));
  }
  if (tensor.as_is) return entry.size;
  return entry.size / DTypeSize(*entry.dtype) * DTypeSize(tensor.plain);
}

QuantizeOptions GgufRunner::Options(const GgufTensor& tensor) const {
  const RecipeMethod& method = recipe_.rules[static_cast<size_t>(tensor.planned.rule)].method;
  QuantizeOptions options;
  options.range = method.range;
  options.percentile = method.percentile;
  options.importance = inputs_->importance();
  return options;
}

void GgufRunner::Describe() {
  plan_.bytes_before = 0;
  for (const GgufTensor& tensor : tensors_) {
    const SafetensorsEntry& entry = tensor.source->entry;
    TensorReport out;
    out.name = entry.name;
    out.dtype = entry.dtype.has_value() ? std::string(DTypeName(*entry.dtype)) : entry.dtype_name;
    out.shape = entry.shape;
    out.op = std::string(OperatorTypeName(tensor.planned.op));
    out.quantized = tensor.format != nullptr;
    out.rule = tensor.planned.rule;
    out.reason = tensor.planned.reason;
    out.bytes_before = entry.size;
    plan_.bytes_before += entry.size;
    out.bytes_after = BytesAfter(tensor);
    const auto elements = static_cast<double>(CheckedNumElements(entry.shape).value_or(0));
    if (elements > 0) out.bits_per_weight = 8.0 * static_cast<double>(out.bytes_after) / elements;
    if (tensor.format != nullptr) {
      const RecipeMethod method = MethodOf(tensor);
      out.scheme = LowerName(*tensor.format);
      out.method = absl::StrCat(method.name, "(",
                                WeightRangeWords()[static_cast<size_t>(method.range)], ")");
    } else if (!tensor.as_is) {
      absl::StrAppend(&out.reason, out.reason.empty() ? "" : "; ", "written as ",
                      DTypeName(tensor.plain));
    }
    report_.tensors.push_back(std::move(out));
  }
}

absl::Status GgufRunner::WriteBlocks(const GgufTensor& tensor, TensorReport* out) {
  Tensor weights;
  const RecipeMethod method = MethodOf(tensor);
  const StepShares shares = SharesOf(method);
  {
    ProgressPart part(&context_, shares.load);
    PAWL_ASSIGN_OR_RETURN(weights, Load(*tensor.source));
    part.Advance(1.0);
  }
  PAWL_RETURN_IF_ERROR(inputs_->Prepare(out->name));
  if (inputs_->model() != nullptr) {
    PAWL_ASSIGN_OR_RETURN(weights, inputs_->model()->Fold(out->name, weights));
  }
  PAWL_ASSIGN_OR_RETURN(const MethodResult result,
                        RunMethod(method, weights, tensor.format->scheme, Options(tensor),
                                  inputs_->inputs(), context_));
  out->stats = result.stats;
  PAWL_RETURN_IF_ERROR(inputs_->Done(out->name, result.tensor));
  {
    const ProgressPart part(&context_, shares.compare);
    PAWL_ASSIGN_OR_RETURN(out->error, CompareTensors(weights, result.tensor, &context_));
  }
  PAWL_RETURN_IF_ERROR(writer_->Add(tensor.source->name, result.tensor));
  for (const std::string& note : result.notes) {
    Note(absl::StrCat("tensor '", out->name, "': ", note));
  }
  return absl::OkStatus();
}

absl::Status GgufRunner::WritePlain(const GgufTensor& tensor) {
  const SafetensorsEntry& entry = tensor.source->entry;
  const bool folds = inputs_->model() != nullptr && inputs_->model()->Folds(entry.name);
  if (tensor.as_is && !folds) {
    std::vector<uint8_t> bytes(static_cast<size_t>(entry.size));
    PAWL_RETURN_IF_ERROR(source_->Read(*tensor.source, absl::MakeSpan(bytes)));
    return writer_->Append(tensor.source->name, bytes);
  }
  Tensor weights;
  if (folds) {
    PAWL_ASSIGN_OR_RETURN(weights, inputs_->model()->FoldedPlain(entry.name));
  } else {
    PAWL_ASSIGN_OR_RETURN(weights, Load(*tensor.source));
  }
  PAWL_ASSIGN_OR_RETURN(Tensor wide, weights.ToF32());
  if (tensor.source->add_one) {
    for (float& value : wide.mutable_as<float>()) value += 1.0f;
  }
  return writer_->Add(tensor.source->name, wide);
}

absl::Status GgufRunner::WriteTensor(const GgufTensor& tensor, TensorReport* out) {
  if (context_.cancelled()) return absl::CancelledError("cancelled by the caller");
  absl::StatusOr<std::string> found = inputs_->Enter(out->name);
  if (!found.ok()) return NamedTensorError(out->name, found.status());
  const absl::Status status =
      tensor.format != nullptr ? WriteBlocks(tensor, out) : WritePlain(tensor);
  if (!status.ok()) return NamedTensorError(out->name, status);
  if (!found->empty()) Note(*found);  // once the tensor is done, so that a resumed run has it once
  return absl::OkStatus();
}

absl::Status GgufRunner::OpenOutput() {
  std::vector<std::string> inputs = source_->files();
  inputs.push_back(job_.input);
  if (!job_.imatrix.empty()) inputs.push_back(job_.imatrix);
  PAWL_ASSIGN_OR_RETURN(output_, JobOutput::Open(job_, inputs, kGgufStart));
  return absl::OkStatus();
}

absl::Status GgufRunner::StartOutput() {
  std::vector<GgufDeclaration> declarations;
  for (const GgufTensor& tensor : tensors_) {
    const SafetensorsEntry& entry = tensor.source->entry;
    const uint32_t type = tensor.format != nullptr  ? tensor.format->gguf_type
                          : entry.dtype.has_value() ? *GgufTypeOf(tensor.plain)
                                                    : tensor.source->gguf->type;
    declarations.push_back({tensor.source->name, type, entry.shape, BytesAfter(tensor)});
  }
  PAWL_ASSIGN_OR_RETURN(std::unique_ptr<GgufWriter> writer,
                        GgufWriterState::Create(source_->metadata(), declarations));
  PAWL_ASSIGN_OR_RETURN(
      const JobIdentity identity,
      IdentityOf(job_, source_->files(), report_.recipe, source_->settings(), inputs_->model()));
  PAWL_ASSIGN_OR_RETURN(report_.input_hash, InputHashOf(identity));
  GgufWriterState::Attach(*writer, output_->TakeFile());
  writer_ = writer.get();
  PAWL_RETURN_IF_ERROR(
      output_->Start(identity, absl::MakeSpan(report_.tensors), MakeJobWriter(std::move(writer))));
  for (size_t i = 0; i < output_->resumed(); ++i) done_ += report_.tensors[i].bytes_before;
  const std::vector<std::string> notes = output_->ResumedNotes();
  report_.notes.insert(report_.notes.end(), notes.begin(), notes.end());
  return Retrace();
}

// A model that runs must be where the interrupted run was, on the weights that this left. Scales
// that are folded are found again: those that were found then.
absl::Status GgufRunner::Retrace() {
  if (inputs_->model() == nullptr) return absl::OkStatus();
  for (size_t i = 0; i < output_->resumed(); ++i) {
    const std::string& name = report_.tensors[i].name;
    if (tensors_[i].format == nullptr && !inputs_->model()->Folds(name)) {
      // Its turn may have been its block's first, and noted the scales.
      const absl::Status entered = inputs_->Enter(name).status();
      if (!entered.ok()) return NamedTensorError(name, entered);
      continue;
    }
    Progressed("resume", name);
    const absl::Status status = PassTensor(i);
    if (!status.ok()) return NamedTensorError(name, status);
  }
  return absl::OkStatus();
}

absl::Status GgufRunner::PassTensor(size_t i) {
  const std::string& name = report_.tensors[i].name;
  PAWL_RETURN_IF_ERROR(inputs_->Enter(name).status());
  if (tensors_[i].format == nullptr) return absl::OkStatus();
  PAWL_RETURN_IF_ERROR(inputs_->Pass(name));
  PAWL_ASSIGN_OR_RETURN(const QuantizedTensor tensor, output_->ReadBack(i));
  return inputs_->Done(name, tensor);
}

absl::Status GgufRunner::Write() {
  PAWL_RETURN_IF_ERROR(StartOutput());
  for (size_t i = output_->resumed(); i < tensors_.size(); ++i) {
    const uint64_t size = report_.tensors[i].bytes_before;
    const ProgressItem item(
        context_, Progress{"quantize", report_.tensors[i].name, done_, plan_.bytes_before, "bytes"},
        size);
    PAWL_RETURN_IF_ERROR(WriteTensor(tensors_[i], &report_.tensors[i]));
    PAWL_RETURN_IF_ERROR(output_->TensorDone(size));
    done_ += size;
  }
  Progressed("check", job_.output);
  PAWL_RETURN_IF_ERROR(source_->CheckUnchanged());
  PAWL_RETURN_IF_ERROR(output_->Finish([&] { return writer_->Finish(); }));
  report_.file_bytes = writer_->file_size();
  return inputs_->Finish();
}

absl::StatusOr<Report> GgufRunner::Run() {
  const auto start = std::chrono::steady_clock::now();
  PAWL_RETURN_IF_ERROR(job_.recipe.Validate());
  PAWL_RETURN_IF_ERROR(CheckJob());
  PAWL_ASSIGN_OR_RETURN(source_, GgufSource::Open(job_.input));
  PAWL_RETURN_IF_ERROR(CheckFiles(job_, source_->files()));
  PAWL_RETURN_IF_ERROR(Plan());
  if (job_.max_memory != 0 && plan_.peak_bytes > job_.max_memory) {
    return absl::ResourceExhaustedError(absl::StrCat("the job needs about ", plan_.peak_bytes,
                                                     " bytes beyond the mapped input, "
                                                     "more than the limit of ",
                                                     job_.max_memory));
  }
  report_.input = job_.input;
  report_.output = job_.dry_run ? "" : job_.output;
  report_.dry_run = job_.dry_run;
  report_.recipe = job_.recipe.ToJson();
  report_.notes = plan_.notes;
  report_.notes.insert(report_.notes.end(), source_->notes().begin(), source_->notes().end());
  report_.threads = context_.threads();
  report_.target = std::string(context_.target());
  report_.peak_memory_bytes = plan_.peak_bytes;
  if (!job_.dry_run) PAWL_RETURN_IF_ERROR(OpenOutput());
  if (!job_.dry_run) PAWL_RETURN_IF_ERROR(KeepNotFinite());
  Describe();
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

absl::StatusOr<Report> RunGgufJob(const Job& job, Context& context) {
  return GgufRunner(job, context).Run();
}

}  // namespace pawl
