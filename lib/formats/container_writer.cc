// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/formats/container_writer.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/formats/container_format.h"
#include "lib/formats/file_io.h"
#include "lib/formats/hash.h"

namespace pawl {

absl::Status PawlWriter::Impl::Ready(bool want_open) const {
  PAWL_RETURN_IF_ERROR(broken);
  if (open == want_open) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      file->target(), open ? ": end the tensor at hand first" : ": begin a tensor first"));
}

absl::Status PawlWriter::Impl::Begin(absl::string_view name, absl::Span<const int64_t> shape,
                                     PawlTensorKind kind) {
  PAWL_RETURN_IF_ERROR(Ready(false));
  if (name.empty() || name.size() > kMaxPawlName) {
    return Error(name.substr(0, 64), absl::StrCat("a name has 1 to ", kMaxPawlName, " bytes"));
  }
  if (shape.size() > kMaxPawlRank) return Error(name, "too many dimensions");
  if (!names.emplace(name).second) {
    return absl::AlreadyExistsError(
        absl::StrCat(file->target(), ": the tensor '", name, "' was added before"));
  }
  PawlTensorRecord record;
  record.name = std::string(name);
  record.shape.assign(shape.begin(), shape.end());
  record.kind = kind;
  tensors.push_back(std::move(record));
  open = true;
  return absl::OkStatus();
}

absl::Status PawlWriter::Impl::BeginSection(PawlPart part, DType dtype,
                                            absl::Span<const int64_t> shape) {
  PAWL_ASSIGN_OR_RETURN(const int64_t count, CheckedNumElements(shape, DTypeSize(dtype)));
  expected = static_cast<uint64_t>(count) * DTypeSize(dtype);
  tensors.back().parts.push_back(
      {part, dtype, {shape.begin(), shape.end()}, static_cast<uint32_t>(sections.size())});
  sections.push_back({file->position(), 0, 0});
  hasher.Reset();
  return absl::OkStatus();
}

absl::Status PawlWriter::Impl::Append(absl::Span<const uint8_t> bytes) {
  PawlSection& section = sections.back();
  if (bytes.size() > expected - section.size) {
    return Error(tensors.back().name,
                 absl::StrCat("has ", expected, " bytes, of which ", section.size, " are written; ",
                              bytes.size(), " more do not fit"));
  }
  PAWL_RETURN_IF_ERROR(file->Append(bytes));
  hasher.Update(bytes);
  section.size += bytes.size();
  return absl::OkStatus();
}

absl::Status PawlWriter::Impl::EndSection() {
  PawlSection& section = sections.back();
  if (section.size != expected) {
    return Error(tensors.back().name,
                 absl::StrCat("has only ", section.size, " of its ", expected, " bytes"));
  }
  const uint8_t zeros[kAlignment] = {};
  const auto padding = absl::MakeConstSpan(zeros).first(
      static_cast<size_t>(PawlAlign(file->position()) - file->position()));
  PAWL_RETURN_IF_ERROR(file->Append(padding));
  hasher.Update(padding);
  section.hash = hasher.Digest();
  return absl::OkStatus();
}

absl::Status PawlWriter::Impl::WritePart(PawlPart part, const Tensor& tensor) {
  PAWL_RETURN_IF_ERROR(BeginSection(part, tensor.dtype(), tensor.shape()));
  PAWL_RETURN_IF_ERROR(
      Append(absl::MakeConstSpan(static_cast<const uint8_t*>(tensor.data()), tensor.size_bytes())));
  return EndSection();
}

// What Finish() finds out by reading back, where that cannot be done.
absl::Status PawlWriter::Impl::CheckOtherParts(const QuantizedTensor& parts) const {
  QuantizedTensor whole = parts;
  // The codes are written and gone; Validate() looks at their size alone.
  const PawlTensorRecord& record = tensors.back();
  const uint8_t nothing = 0;
  PAWL_ASSIGN_OR_RETURN(whole.codes,
                        Tensor::View(DType::kU8, record.parts.front().shape, &nothing, expected));
  if (const absl::Status valid = whole.Validate(); !valid.ok()) {
    return Error(record.name, valid.message());
  }
  return absl::OkStatus();
}

absl::Status PawlWriter::Impl::WriteOtherParts(const QuantizedTensor& parts) {
  PawlTensorRecord& record = tensors.back();
  if (parts.scheme != record.scheme || parts.shape != record.shape) {
    return Error(record.name, "the parts are of another scheme or shape than it was begun with");
  }
  if (!file->readable()) PAWL_RETURN_IF_ERROR(CheckOtherParts(parts));
  record.scale_offset = parts.scale_offset;
  for (const PawlPartInfo& info : QuantizedParts()) {
    const Tensor& part = parts.*info.member;
    if (info.part == PawlPart::kCodes || IsAbsent(part)) continue;
    PAWL_RETURN_IF_ERROR(WritePart(info.part, part));
  }
  return absl::OkStatus();
}

PawlWriter::PawlWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PawlWriter::~PawlWriter() = default;

absl::StatusOr<std::unique_ptr<PawlWriter>> PawlWriter::Create(
    const std::string& path, absl::Span<const std::string> inputs) {
  PAWL_ASSIGN_OR_RETURN(std::unique_ptr<OutputFile> file, AtomicFile::Create(path, inputs));
  return Create(std::move(file));
}

absl::StatusOr<std::unique_ptr<PawlWriter>> PawlWriter::CreateInSink(std::shared_ptr<ByteSink> sink,
                                                                     const std::string& name) {
  PAWL_ASSIGN_OR_RETURN(std::unique_ptr<OutputFile> file, OutputToSink(std::move(sink), name));
  return Create(std::move(file));
}

absl::StatusOr<std::unique_ptr<PawlWriter>> PawlWriter::Create(std::unique_ptr<OutputFile> file) {
  auto impl = std::make_unique<Impl>();
  impl->file = std::move(file);
  // The preamble's place: until Finish() this is not a .pawl file.
  PAWL_RETURN_IF_ERROR(impl->file->Resize(kPreambleSize));
  return std::unique_ptr<PawlWriter>(new PawlWriter(std::move(impl)));
}

uint64_t PawlWriter::file_size() const { return impl_->file_size; }

absl::Status PawlWriter::Add(absl::string_view name, const QuantizedTensor& tensor) {
  PAWL_RETURN_IF_ERROR(impl_->Ready(false));
  if (const absl::Status valid = tensor.Validate(); !valid.ok()) {
    return impl_->Error(name, valid.message());
  }
  PAWL_RETURN_IF_ERROR(BeginQuantized(name, tensor.scheme, tensor.shape));
  PAWL_RETURN_IF_ERROR(Append(absl::MakeConstSpan(static_cast<const uint8_t*>(tensor.codes.data()),
                                                  tensor.codes.size_bytes())));
  return EndQuantized(tensor);
}

absl::Status PawlWriter::AddPlain(absl::string_view name, const Tensor& tensor) {
  PAWL_RETURN_IF_ERROR(BeginPlain(name, tensor.dtype(), tensor.shape()));
  PAWL_RETURN_IF_ERROR(
      Append(absl::MakeConstSpan(static_cast<const uint8_t*>(tensor.data()), tensor.size_bytes())));
  return EndPlain();
}

absl::Status PawlWriter::BeginQuantized(absl::string_view name, const Scheme& scheme,
                                        absl::Span<const int64_t> shape) {
  PAWL_RETURN_IF_ERROR(impl_->Ready(false));
  absl::Status valid = scheme.Validate();
  // Also keeps the arithmetic of rows and row bytes within bounds.
  if (valid.ok()) valid = CheckedNumElements(shape, 16).status();
  if (!valid.ok()) return impl_->Error(name, valid.message());
  PAWL_RETURN_IF_ERROR(impl_->Begin(name, shape, PawlTensorKind::kQuantized));
  impl_->tensors.back().scheme = scheme;
  QuantizedTensor sizes;
  sizes.shape.assign(shape.begin(), shape.end());
  const int64_t codes_shape[] = {sizes.rows(), RowBytes(scheme.element, sizes.cols())};
  return impl_->Keep(impl_->BeginSection(PawlPart::kCodes, DType::kU8, codes_shape));
}

absl::Status PawlWriter::BeginPlain(absl::string_view name, DType dtype,
                                    absl::Span<const int64_t> shape) {
  PAWL_RETURN_IF_ERROR(impl_->Ready(false));
  absl::Status valid = CheckedNumElements(shape, DTypeSize(dtype)).status();
  if (static_cast<int>(dtype) >= kNumDTypes) valid = absl::InvalidArgumentError("no such type");
  if (!valid.ok()) return impl_->Error(name, valid.message());
  PAWL_RETURN_IF_ERROR(impl_->Begin(name, shape, PawlTensorKind::kPlain));
  return impl_->Keep(impl_->BeginSection(PawlPart::kData, dtype, shape));
}

absl::Status PawlWriter::Append(absl::Span<const uint8_t> bytes) {
  PAWL_RETURN_IF_ERROR(impl_->Ready(true));
  return impl_->Keep(impl_->Append(bytes));
}

absl::Status PawlWriter::EndQuantized(const QuantizedTensor& other_parts) {
  PAWL_RETURN_IF_ERROR(impl_->Ready(true));
  if (impl_->tensors.back().kind != PawlTensorKind::kQuantized) {
    return absl::FailedPreconditionError(
        absl::StrCat(impl_->file->target(), ": the tensor at hand is plain; call EndPlain"));
  }
  PAWL_RETURN_IF_ERROR(impl_->Keep(impl_->EndSection()));
  PAWL_RETURN_IF_ERROR(impl_->Keep(impl_->WriteOtherParts(other_parts)));
  impl_->open = false;
  return absl::OkStatus();
}

absl::Status PawlWriter::EndPlain() {
  PAWL_RETURN_IF_ERROR(impl_->Ready(true));
  if (impl_->tensors.back().kind != PawlTensorKind::kPlain) {
    return absl::FailedPreconditionError(absl::StrCat(
        impl_->file->target(), ": the tensor at hand is quantized; call EndQuantized"));
  }
  PAWL_RETURN_IF_ERROR(impl_->Keep(impl_->EndSection()));
  impl_->open = false;
  return absl::OkStatus();
}

namespace {

// What was written, as a reader finds it. Catches a disk that lost bytes and parts that came in
// pieces and do not fit together.
absl::Status CheckWritten(const PawlWriter::Impl& impl) {
  PAWL_ASSIGN_OR_RETURN(const auto reader, impl.file->Reopen<PawlReader>());
  if (reader == nullptr) return absl::OkStatus();  // parts were checked as they came
  PAWL_RETURN_IF_ERROR(reader->Verify());
  for (const std::string& name : reader->names()) {
    PAWL_ASSIGN_OR_RETURN(const PawlEntry entry, reader->Entry(name));
    if (entry.packed) {
      PAWL_RETURN_IF_ERROR(impl.check_packed(*reader, entry));
    } else {
      PAWL_RETURN_IF_ERROR(entry.quantized ? reader->Get(name).status()
                                           : reader->GetPlain(name).status());
    }
    reader->Release(name);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status PawlWriter::Finish(const PawlMetadata& metadata) {
  PAWL_RETURN_IF_ERROR(impl_->Ready(false));
  OutputFile& file = *impl_->file;
  PAWL_ASSIGN_OR_RETURN(const std::string header,
                        EncodePawlHeader(impl_->tensors, impl_->sections, metadata));
  const auto header_bytes =
      absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(header.data()), header.size());
  PawlPreamble preamble;
  preamble.header_offset = file.position();
  preamble.header_size = header.size();
  preamble.file_size = file.position() + header.size();
  preamble.header_hash = HashBytes(header_bytes);
  const bool packed =
      std::any_of(impl_->tensors.begin(), impl_->tensors.end(),
                  [](const PawlTensorRecord& t) { return t.kind == PawlTensorKind::kPacked; });
  preamble.minor = packed ? kPawlMinor : 0;
  PAWL_RETURN_IF_ERROR(impl_->Keep(file.Append(header_bytes)));
  PAWL_RETURN_IF_ERROR(impl_->Keep(file.WriteAt(0, EncodePreamble(preamble))));
  if (const absl::Status check = CheckWritten(*impl_); !check.ok()) {
    return impl_->Keep(
        absl::Status(check.code(), absl::StrCat(file.target(),
                                                ": what was written does not read back; nothing "
                                                "was replaced: ",
                                                check.message())));
  }
  PAWL_RETURN_IF_ERROR(impl_->Keep(file.Commit()));
  impl_->file_size = preamble.file_size;
  impl_->broken = absl::FailedPreconditionError(absl::StrCat(file.target(), " is finished"));
  return absl::OkStatus();
}

}  // namespace pawl
