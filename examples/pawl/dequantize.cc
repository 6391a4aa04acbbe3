// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// pawl dequantize: a .pawl or GGUF file back to plain safetensors.

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "examples/pawl/command.h"
#include "examples/pawl/model_file.h"
#include "pawl/float_types.h"
#include "pawl/job_files.h"
#include "pawl/safetensors.h"
#include "pawl/text.h"

namespace pawl::tool {
namespace {

struct Options {
  std::string input;
  std::string output;
  std::string dtype = "f32";
};

// Values at a time: bounds the memory by one row or this many.
constexpr int64_t kPiece = 1 << 20;

class Dequantizer {
 public:
  Dequantizer(const ModelFile& file, DType dtype, Context& context)
      : file_(file), dtype_(dtype), context_(context) {}

  absl::Status Run(const std::string& output);
  int64_t overflowed() const { return overflowed_; }

 private:
  absl::Status WriteTensor(const std::string& name, const QuantizedTensor& tensor);
  absl::Status AppendValues(const std::string& name, absl::Span<const float> values);
  void Progressed(absl::string_view item) {
    context_.Report(Progress{"decode", item, done_, total_, "bytes"});
  }

  const ModelFile& file_;
  const DType dtype_;
  Context& context_;
  std::unique_ptr<SafetensorsWriter> writer_;
  std::vector<uint16_t> narrow_;
  uint64_t done_ = 0;
  uint64_t total_ = 0;
  int64_t overflowed_ = 0;  // finite values that the output type makes infinite
};

absl::Status Dequantizer::AppendValues(const std::string& name, absl::Span<const float> values) {
  if (dtype_ == DType::kF32) {
    return writer_->Append(
        name, absl::Span<const uint8_t>(reinterpret_cast<const uint8_t*>(values.data()),
                                        values.size() * sizeof(float)));
  }
  const bool f16 = dtype_ == DType::kF16;
  const uint16_t infinity = f16 ? 0x7C00 : 0x7F80;
  narrow_.resize(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    narrow_[i] = f16 ? F32ToF16(values[i]) : F32ToBF16(values[i]);
    if ((narrow_[i] & 0x7FFF) == infinity && std::isfinite(values[i])) ++overflowed_;
  }
  return writer_->Append(name,
                         absl::Span<const uint8_t>(reinterpret_cast<const uint8_t*>(narrow_.data()),
                                                   narrow_.size() * sizeof(uint16_t)));
}

absl::Status Dequantizer::WriteTensor(const std::string& name, const QuantizedTensor& tensor) {
  const int64_t cols = tensor.cols();
  const int64_t step = std::max<int64_t>(1, kPiece / std::max<int64_t>(1, cols));
  std::vector<float> values;
  for (int64_t row = 0; row < tensor.rows(); row += step) {
    const int64_t count = std::min(step, tensor.rows() - row);
    values.resize(static_cast<size_t>(count * cols));
    const absl::Status decoded = DequantizeRows(tensor, row, absl::MakeSpan(values), &context_);
    if (!decoded.ok()) return decoded;
    if (const absl::Status status = AppendValues(name, values); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Dequantizer::Run(const std::string& output) {
  std::vector<SafetensorsDeclaration> declarations;
  for (const ModelItem& item : file_.items()) {
    const std::optional<DType> plain = ParseDType(item.type);
    if (!item.quantized && !plain.has_value()) {
      return absl::UnimplementedError(absl::StrCat("tensor '", item.name, "' is of ", item.type,
                                                   ", which Pawl does not decode"));
    }
    const DType dtype = item.quantized ? dtype_ : *plain;
    declarations.push_back({item.name, dtype, item.shape});
    total_ += item.bytes;
  }
  auto writer = SafetensorsWriter::Create(output, declarations, file_.metadata(), file_.files());
  if (!writer.ok()) return writer.status();
  writer_ = *std::move(writer);
  for (const ModelItem& item : file_.items()) {
    if (context_.cancelled()) return absl::CancelledError("cancelled");
    Progressed(item.name);
    const absl::StatusOr<ModelTensor> tensor = file_.Get(item.name);
    if (!tensor.ok()) return tensor.status();
    const absl::Status status = item.quantized ? WriteTensor(item.name, tensor->coded)
                                               : writer_->Add(item.name, tensor->plain);
    if (!status.ok()) return status;
    file_.Release(item.name);
    done_ += item.bytes;
  }
  Progressed(output);
  return writer_->Finish();
}

absl::StatusOr<int> Run(const Options& options, const CommonOptions& common) {
  const auto file = ModelFile::Open(options.input);
  if (!file.ok()) return file.status();
  if ((*file)->format() == FileFormatId::kSafetensors) {
    return absl::InvalidArgumentError(absl::StrCat(
        "'", options.input, "' is neither .pawl nor GGUF, so there is nothing to decode"));
  }
  if (const absl::Status plain = (*file)->CheckNothingPacked(); !plain.ok()) return plain;
  JobFiles files;
  for (const std::string& path : (*file)->files()) files.inputs.push_back({"the model", path});
  files.outputs.push_back({"the output", options.output});
  if (const absl::Status apart = CheckJobFiles(files); !apart.ok()) return apart;
  int64_t overflowed = 0;
  {
    const auto session = Session::Create(common);
    if (!session.ok()) return session.status();
    Dequantizer dequantizer(**file, *ParseDType(options.dtype), (*session)->context());
    const absl::Status status = dequantizer.Run(options.output);
    if (!status.ok()) return status;
    overflowed = dequantizer.overflowed();
  }
  if (overflowed > 0) {
    Warn(absl::StrCat(overflowed, " values are beyond ", options.dtype,
                      " and became infinite; f32 or bf16 would hold them"));
  }
  if (!common.json) {
    Print(absl::StrCat("wrote ", Printable(options.output), ": ", (*file)->items().size(),
                       " tensors\n"));
    return kSuccess;
  }
  Json out;
  out["input"] = options.input;
  out["output"] = options.output;
  out["dtype"] = options.dtype;
  out["tensors"] = (*file)->items().size();
  out["overflowed_values"] = overflowed;
  PrintJson(out);
  return kSuccess;
}

}  // namespace

void AddDequantize(Arguments& root, Command& command) {
  Arguments* app = root.AddSubcommand("dequantize", "Decodes a .pawl or GGUF file to safetensors");
  auto o = std::make_shared<Options>();
  app->Add("IN", o->input, "A .pawl or GGUF file").Required();
  app->Add("-o,--output", o->output, "The safetensors file to write").Required();
  app->Add("--dtype", o->dtype, "Type of the decoded tensors; plain ones keep theirs")
      .OneOf({"f32", "f16", "bf16"})
      .ShowDefault();
  AddThreads(*app, command.common);
  AddProgress(*app, command.common);
  AddJson(*app, command.common);
  app->OnUse([o, &command] { command.action = [o, &command] { return Run(*o, command.common); }; });
}

}  // namespace pawl::tool
