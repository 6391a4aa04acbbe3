// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/formats/container_schema.h"
#include "lib/formats/container_writer.h"
#include "lib/formats/hash.h"
#include "lib/formats/mapped_file.h"

namespace pawl {
namespace {

absl::Status Bad(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("the saved tensors ", what));
}

// A copy of `saved`, which FlatBuffers wants aligned, that holds a header.
absl::StatusOr<Tensor> CheckedHeader(absl::string_view saved) {
  if (saved.size() > kMaxPawlHeader) return Bad("are not valid");
  PAWL_ASSIGN_OR_RETURN(Tensor bytes,
                        Tensor::Create(DType::kU8, {static_cast<int64_t>(saved.size())}));
  std::copy(saved.begin(), saved.end(), bytes.mutable_as<uint8_t>().begin());
  flatbuffers::Verifier::Options limits;
  limits.max_depth = 8;
  limits.max_tables = static_cast<flatbuffers::uoffset_t>(saved.size() / 8 + 1);
  flatbuffers::Verifier verifier(bytes.as<uint8_t>().data(), saved.size(), limits);
  if (!fb::VerifyHeaderBuffer(verifier)) return Bad("are not valid");
  const fb::Header& header = *fb::GetHeader(bytes.as<uint8_t>().data());
  if (header.tensors() == nullptr || header.sections() == nullptr ||
      reinterpret_cast<uintptr_t>(header.sections()->Data()) % alignof(fb::Section) != 0) {
    return Bad("have no directory");
  }
  return bytes;
}

// Sections that begin at `position`, each of them as it was written.
absl::StatusOr<std::vector<PawlSection>> TakeSections(const fb::Header& header, uint64_t position,
                                                      const MappedFile& written) {
  std::vector<PawlSection> sections;
  for (const fb::Section* in : *header.sections()) {
    if (in->offset() != position || in->size() > uint64_t{1} << 62) return Bad("do not follow");
    sections.push_back({in->offset(), in->size(), in->hash()});
    position = PawlAlign(position + in->size());
    if (position > written.size()) {
      return absl::DataLossError(absl::StrCat(written.path(), " ends before byte ", position));
    }
    PAWL_ASSIGN_OR_RETURN(const uint64_t hash,
                          HashRange(written, in->offset(), position - in->offset()));
    if (hash == in->hash()) continue;
    return absl::DataLossError(absl::StrCat(written.path(), ": bytes ", in->offset(), " to ",
                                            position - 1, " are not what was written"));
  }
  return sections;
}

absl::StatusOr<PawlPartRecord> TakePart(const fb::Part& part, const PawlSection& section) {
  PawlPartRecord record;
  record.part = static_cast<PawlPart>(part.role());
  if (part.role() > static_cast<uint8_t>(PawlPart::kRotationSigns) || part.dtype() >= kNumDTypes) {
    return Bad("have parts that this version does not know");
  }
  record.dtype = static_cast<DType>(part.dtype());
  PAWL_ASSIGN_OR_RETURN(record.shape, DecodeShape(part.shape(), DTypeSize(record.dtype)));
  record.section = part.section();
  const uint64_t size =
      static_cast<uint64_t>(*CheckedNumElements(record.shape)) * DTypeSize(record.dtype);
  if (size != section.size) return Bad("have a part that does not fill its section");
  return record;
}

// `*next` of `sections` is the tensor's first, and the file's number `first + *next`.
absl::StatusOr<PawlTensorRecord> TakeTensor(const fb::Tensor& in,
                                            absl::Span<const PawlSection> sections, size_t first,
                                            size_t* next) {
  PawlTensorRecord record;
  record.name = in.name()->str();
  record.kind = static_cast<PawlTensorKind>(in.kind());
  record.scale_offset = in.scale_offset();
  PAWL_ASSIGN_OR_RETURN(record.shape, DecodeShape(in.shape(), 1));
  const bool quantized = record.kind == PawlTensorKind::kQuantized;
  if (in.kind() > static_cast<uint8_t>(PawlTensorKind::kQuantized) || in.parts() == nullptr ||
      in.parts()->size() == 0 || quantized != (in.scheme() != nullptr)) {
    return Bad("contradict themselves");
  }
  if (quantized) {
    PAWL_ASSIGN_OR_RETURN(record.scheme, DecodeScheme(*in.scheme()));
  }
  for (const fb::Part* part : *in.parts()) {
    if (*next >= sections.size() || part->section() != first + *next) {
      return Bad("have parts without sections");
    }
    PAWL_ASSIGN_OR_RETURN(PawlPartRecord taken, TakePart(*part, sections[(*next)++]));
    record.parts.push_back(std::move(taken));
  }
  return record;
}

uint64_t EndOf(absl::Span<const PawlSection> sections) {
  return sections.empty() ? kPreambleSize
                          : PawlAlign(sections.back().offset + sections.back().size);
}

}  // namespace

std::unique_ptr<PawlWriter> PawlWriterState::Create(std::unique_ptr<OutputFile> file) {
  auto impl = std::make_unique<PawlWriter::Impl>();
  impl->file = std::move(file);
  return std::unique_ptr<PawlWriter>(new PawlWriter(std::move(impl)));
}

absl::Status PawlWriterState::Cut(PawlWriter& writer) {
  return writer.impl_->file->Resize(EndOf(writer.impl_->sections));
}

size_t PawlWriterState::NumTensors(const PawlWriter& writer) {
  return writer.impl_->tensors.size() - (writer.impl_->open ? 1 : 0);
}

absl::StatusOr<std::string> PawlWriterState::Save(const PawlWriter& writer, size_t first,
                                                  size_t end) {
  const PawlWriter::Impl& impl = *writer.impl_;
  const absl::Span<const PawlTensorRecord> tensors =
      absl::MakeConstSpan(impl.tensors).subspan(first, end - first);
  const size_t begin = tensors.front().parts.front().section;
  const size_t count = tensors.back().parts.back().section + size_t{1} - begin;
  return EncodePawlHeader(tensors, absl::MakeConstSpan(impl.sections).subspan(begin, count), {});
}

absl::Status PawlWriterState::Restore(PawlWriter& writer, absl::string_view saved,
                                      const MappedFile& written) {
  PawlWriter::Impl& impl = *writer.impl_;
  PAWL_RETURN_IF_ERROR(impl.Ready(false));
  PAWL_ASSIGN_OR_RETURN(const Tensor bytes, CheckedHeader(saved));
  const fb::Header& header = *fb::GetHeader(bytes.as<uint8_t>().data());
  PAWL_ASSIGN_OR_RETURN(const std::vector<PawlSection> sections,
                        TakeSections(header, EndOf(impl.sections), written));
  std::vector<PawlTensorRecord> tensors;
  size_t next = 0;
  for (const fb::Tensor* in : *header.tensors()) {
    PAWL_ASSIGN_OR_RETURN(PawlTensorRecord record,
                          TakeTensor(*in, sections, impl.sections.size(), &next));
    if (impl.names.contains(record.name)) return Bad("are there already");
    tensors.push_back(std::move(record));
  }
  if (next != sections.size()) return Bad("have sections without parts");
  for (PawlTensorRecord& record : tensors) {
    impl.names.insert(record.name);
    impl.tensors.push_back(std::move(record));
  }
  impl.sections.insert(impl.sections.end(), sections.begin(), sections.end());
  return absl::OkStatus();
}

absl::StatusOr<Tensor> PawlWriterState::ReadPlainBack(const PawlWriter& writer, size_t index) {
  const PawlWriter::Impl& impl = *writer.impl_;
  const PawlTensorRecord& record = impl.tensors[index];
  const std::string* const path = impl.file->written_path();
  if (path == nullptr || record.kind != PawlTensorKind::kPlain || record.parts.size() != 1) {
    return absl::FailedPreconditionError(
        absl::StrCat(impl.file->target(), ": tensor '", record.name, "' cannot be read back"));
  }
  PAWL_ASSIGN_OR_RETURN(const std::shared_ptr<const MappedFile> file, MappedFile::Open(*path));
  const PawlPartRecord& part = record.parts[0];
  return ReadTensor(*file, part.dtype, part.shape, impl.sections[part.section].offset);
}

absl::StatusOr<QuantizedTensor> PawlWriterState::ReadBack(const PawlWriter& writer, size_t index) {
  const PawlWriter::Impl& impl = *writer.impl_;
  const PawlTensorRecord& record = impl.tensors[index];
  const std::string* const path = impl.file->written_path();
  if (path == nullptr || record.kind != PawlTensorKind::kQuantized) {
    return absl::FailedPreconditionError(
        absl::StrCat(impl.file->target(), ": tensor '", record.name, "' cannot be read back"));
  }
  PAWL_ASSIGN_OR_RETURN(const std::shared_ptr<const MappedFile> file, MappedFile::Open(*path));
  QuantizedTensor result;
  result.scheme = record.scheme;
  result.shape = record.shape;
  result.scale_offset = record.scale_offset;
  for (const PawlPartRecord& part : record.parts) {
    for (const PawlPartInfo& info : QuantizedParts()) {
      if (info.part != part.part) continue;
      PAWL_ASSIGN_OR_RETURN(result.*info.member, ReadTensor(*file, part.dtype, part.shape,
                                                            impl.sections[part.section].offset));
    }
  }
  PAWL_RETURN_IF_ERROR(result.Validate());
  return result;
}

}  // namespace pawl
