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
#include "lib/pipeline/gguf_choice.h"
#include "lib/pipeline/gguf_source.h"
#include "lib/pipeline/job_inputs.h"
#include "lib/pipeline/job_method.h"
#include "lib/pipeline/job_paths.h"
#include "lib/pipeline/job_plan.h"
#include "lib/pipeline/recipe_words.h"
#include "pawl/context.h"

namespace pawl {
namespace {

struct GgufTensor {
  const GgufSourceTensor* source = nullptr;
  PlannedTensor planned;
  const BlockFormat* format = nullptr;  // null: written plain, or as it is
  DType plain = DType::kF32;            // of one that is written plain
  bool as_is = false;                   // its bytes are copied
};

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
  absl::Status Choose(GgufTensor* tensor);
  absl::Status ChooseBlocks(const RecipeRule& rule, GgufTensor* tensor);
  void ChoosePlain(GgufTensor* tensor);
  absl::Status KeepNotFinite();
  absl::StatusOr<Tensor> Load(const GgufSourceTensor& source);
  void Describe();
  absl::Status Write();
  absl::Status WriteTensor(const GgufTensor& tensor, TensorReport* out);
  absl::Status WriteBlocks(const GgufTensor& tensor, TensorReport* out);
  absl::Status WritePlain(const GgufTensor& tensor);
  uint64_t BytesAfter(const GgufTensor& tensor) const;
  QuantizeOptions Options(const GgufTensor& tensor) const;

  const Job& job_;
  Context& context_;
  Recipe recipe_;
  std::unique_ptr<GgufSource> source_;
  std::unique_ptr<JobInputs> inputs_;
  JobPlan plan_;
  std::vector<GgufTensor> tensors_;
  std::unique_ptr<GgufWriter> writer_;
  Tensor buffer_;
  Report report_;
};

absl::Status GgufRunner::CheckJob() const {
  if (!job_.input_bytes.empty() || job_.output_sink != nullptr) {
    return absl::UnimplementedError("jobs that write GGUF go from a path to a path");
  }
  if (job_.resume) {
    return absl::UnimplementedError("jobs that write GGUF do not resume; run it again whole");
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
    PAWL_RETURN_IF_ERROR(Choose(&tensor));
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

absl::Status GgufRunner::Choose(GgufTensor* tensor) {
  const SafetensorsEntry& entry = tensor->source->entry;
  tensor->as_is = !entry.dtype.has_value();
  if (tensor->as_is) return absl::OkStatus();
  const int rule = tensor->planned.rule;
  const bool refused = !tensor->planned.quantize && rule >= 0 && entry.shape.size() >= 2 &&
                       absl::StrContains(tensor->planned.reason, "does not fit");
  if (tensor->planned.quantize || refused) {
    PAWL_RETURN_IF_ERROR(ChooseBlocks(recipe_.rules[static_cast<size_t>(rule)], tensor));
  }
  if (tensor->format == nullptr) ChoosePlain(tensor);
  return absl::OkStatus();
}

absl::Status GgufRunner::ChooseBlocks(const RecipeRule& rule, GgufTensor* tensor) {
  const SafetensorsEntry& entry = tensor->source->entry;
  std::string& reason = tensor->planned.reason;
  Scheme scheme = tensor->planned.scheme;
  if (!tensor->planned.quantize) {
    PAWL_ASSIGN_OR_RETURN(scheme, ParseScheme(rule.scheme));
  }
  const BlockFormat* format = FormatOf(scheme);
  if (format == nullptr) return NoFormat(SchemeString(scheme));
  if (!Fits(*format, entry.shape)) {  // a scheme's last group may be short, a block may not
    const bool own = job_.recipe.rules[static_cast<size_t>(tensor->planned.rule)].fallback.empty();
    const BlockFormat* fallback = own ? FallbackOf(*format) : nullptr;
    reason = absl::StrCat("its rows are not whole blocks of ", format->elements);
    if (fallback == nullptr || !Fits(*fallback, entry.shape)) return absl::OkStatus();
    format = fallback;
    absl::StrAppend(&reason, ", so it became ", LowerName(*format));
  }
  // Without a rule that names it the layer that makes logits gets more bits, as llama.cpp does it.
  if (!tensor->planned.by_name && entry.name == source_->head() && format->name != "Q8_0") {
    const BlockFormat* better = FindBlockFormat("Q6_K");
    if (!Fits(*better, entry.shape)) better = FindBlockFormat("Q8_0");
    if (better->scheme.element.bits > format->scheme.element.bits && Fits(*better, entry.shape)) {
      format = better;
      reason = absl::StrCat("it makes the logits, so it became ", LowerName(*format));
    }
  }
  tensor->format = format;
  tensor->planned.scheme = format->scheme;
  return absl::OkStatus();
}

// Engines want vectors (norms, biases) in f32; matrices keep their type where GGUF has it.
void GgufRunner::ChoosePlain(GgufTensor* tensor) {
  const SafetensorsEntry& entry = tensor->source->entry;
  const DType dtype = *entry.dtype;
  const bool narrow = dtype == DType::kF16 || dtype == DType::kBF16 || dtype == DType::kF64;
  const bool vector = entry.shape.size() < 2 && narrow;
  tensor->plain = vector || !GgufTypeOf(dtype).has_value() ? DType::kF32 : dtype;
  tensor->as_is = tensor->plain == dtype && !tensor->source->add_one;
  if (tensor->source->add_one) tensor->plain = DType::kF32;
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
  for (const std::string& note : result.notes) {
    report_.notes.push_back(absl::StrCat("tensor '", out->name, "': ", note));
  }
  PAWL_RETURN_IF_ERROR(inputs_->Done(out->name, result.tensor));
  {
    const ProgressPart part(&context_, shares.compare);
    PAWL_ASSIGN_OR_RETURN(out->error, CompareTensors(weights, result.tensor, &context_));
  }
  return writer_->Add(tensor.source->name, result.tensor);
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
  const absl::StatusOr<std::string> found = inputs_->Enter(out->name);
  if (found.ok() && !found->empty()) report_.notes.push_back(*found);
  const absl::Status status = !found.ok()                ? found.status()
                              : tensor.format != nullptr ? WriteBlocks(tensor, out)
                                                         : WritePlain(tensor);
  if (status.ok() || absl::IsCancelled(status)) return status;
  return absl::Status(status.code(), absl::StrCat("tensor '", out->name, "': ", status.message()));
}

absl::Status GgufRunner::Write() {
  std::vector<GgufDeclaration> declarations;
  for (const GgufTensor& tensor : tensors_) {
    const SafetensorsEntry& entry = tensor.source->entry;
    const uint32_t type = tensor.format != nullptr  ? tensor.format->gguf_type
                          : entry.dtype.has_value() ? *GgufTypeOf(tensor.plain)
                                                    : tensor.source->gguf->type;
    declarations.push_back({tensor.source->name, type, entry.shape, BytesAfter(tensor)});
  }
  std::vector<std::string> inputs = source_->files();
  inputs.push_back(job_.input);
  if (!job_.imatrix.empty()) inputs.push_back(job_.imatrix);
  PAWL_ASSIGN_OR_RETURN(writer_,
                        GgufWriter::Create(job_.output, source_->metadata(), declarations, inputs));
  uint64_t done = 0;
  for (size_t i = 0; i < tensors_.size(); ++i) {
    const uint64_t size = report_.tensors[i].bytes_before;
    const ProgressItem item(
        context_, Progress{"quantize", report_.tensors[i].name, done, plan_.bytes_before, "bytes"},
        size);
    PAWL_RETURN_IF_ERROR(WriteTensor(tensors_[i], &report_.tensors[i]));
    done += size;
  }
  context_.Report(Progress{"check", job_.output, done, plan_.bytes_before, "bytes"});
  PAWL_RETURN_IF_ERROR(source_->CheckUnchanged());
  PAWL_RETURN_IF_ERROR(writer_->Finish());
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
  if (!job_.dry_run) PAWL_RETURN_IF_ERROR(KeepNotFinite());
  Describe();
  if (!job_.dry_run) PAWL_RETURN_IF_ERROR(Write());
  for (const TensorReport& tensor : report_.tensors) {
    report_.bytes_before += tensor.bytes_before;
    report_.bytes_after += tensor.bytes_after;
  }
  report_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (!job_.dry_run) {
    context_.Report(Progress{"done", job_.output, plan_.bytes_before, plan_.bytes_before, "bytes"});
  }
  return std::move(report_);
}

}  // namespace

absl::StatusOr<Report> RunGgufJob(const Job& job, Context& context) {
  return GgufRunner(job, context).Run();
}

}  // namespace pawl
