// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/formats/container_reader.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/core/status_macros.h"
#include "lib/formats/hash.h"

namespace pawl {

namespace {

// Bits of `needs` that this version knows: none yet.
constexpr uint64_t kKnownNeeds = 0;

absl::string_view View(const flatbuffers::String* text) {
  return text == nullptr ? absl::string_view() : absl::string_view(text->data(), text->size());
}

absl::Status CheckNeeds(uint64_t needs) {
  if ((needs & ~kKnownNeeds) == 0) return absl::OkStatus();
  return absl::UnimplementedError(
      absl::StrCat("needs a feature of a newer minor version of the format (bits ",
                   absl::Hex(needs & ~kKnownNeeds), "); read it with a newer library"));
}

}  // namespace

absl::Status PawlReader::Impl::ReadHeader() {
  uint8_t start[kPreambleSize];
  if (file->size() < kPreambleSize) return Error("too short to be a .pawl file");
  PAWL_RETURN_IF_ERROR(file->Read(0, absl::MakeSpan(start)));
  PAWL_ASSIGN_OR_RETURN(preamble, DecodePreamble(start, file->size(), file->path()));
  const int64_t shape[] = {static_cast<int64_t>(preamble.header_size)};
  PAWL_ASSIGN_OR_RETURN(header_bytes, ReadTensor(*file, DType::kU8, shape, preamble.header_offset));
  const absl::Span<const uint8_t> bytes = header_bytes.as<uint8_t>();
  if (HashBytes(bytes) != preamble.header_hash) {
    return absl::DataLossError(absl::StrCat(file->path(), ": the header (bytes ",
                                            preamble.header_offset, " to ", file->size() - 1,
                                            ") is damaged"));
  }
  flatbuffers::Verifier::Options limits;
  limits.max_depth = 8;
  // No table takes less than 8 bytes, so an honest header stays below; one that points to the same
  // table again and again must not cost more than its size.
  limits.max_tables = static_cast<flatbuffers::uoffset_t>(bytes.size() / 8 + 1);
  flatbuffers::Verifier verifier(bytes.data(), bytes.size(), limits);
  if (!fb::VerifyHeaderBuffer(verifier)) return Error("the header is not valid");
  header = fb::GetHeader(bytes.data());
  if (const absl::Status known = CheckNeeds(header->needs()); !known.ok()) {
    return absl::UnimplementedError(absl::StrCat(file->path(), ": ", known.message()));
  }
  PAWL_RETURN_IF_ERROR(CheckSections());
  PAWL_RETURN_IF_ERROR(IndexTensors());
  return TakeMetadata();
}

// Sections and their padding must fill the file between preamble and header, so that no byte
// escapes the hashes.
absl::Status PawlReader::Impl::CheckSections() const {
  uint64_t position = kPreambleSize;
  if (header->sections() != nullptr) {
    // FlatBuffers' verifier does not look at the alignment of a vector's elements.
    if (header->sections()->size() != 0 &&
        reinterpret_cast<uintptr_t>(header->sections()->Data()) % alignof(fb::Section) != 0) {
      return Error("the header's list of sections is not aligned");
    }
    for (const fb::Section* section : *header->sections()) {
      // header_offset bounds both numbers, so that rounding up cannot overflow.
      if (section->offset() != position || section->size() > preamble.header_offset - position) {
        return Error(absl::StrCat("the section at byte ", section->offset(), " with ",
                                  section->size(), " bytes does not follow the one that ends at ",
                                  position, " or reaches into the header"));
      }
      position = PawlAlign(position + section->size());
      if (position > preamble.header_offset) return Error("a section reaches into the header");
    }
  }
  if (position == preamble.header_offset) return absl::OkStatus();
  return Error(
      absl::StrCat("bytes ", position, " to ", preamble.header_offset, " belong to no section"));
}

absl::Status PawlReader::Impl::IndexTensors() {
  if (header->tensors() == nullptr) return absl::OkStatus();
  const uint32_t num_sections = header->sections() == nullptr ? 0 : header->sections()->size();
  const uint32_t count = header->tensors()->size();
  by_name.reserve(count);
  names.reserve(count);
  for (uint32_t i = 0; i < count; ++i) {
    const fb::Tensor& tensor = *header->tensors()->Get(i);
    const absl::string_view name = View(tensor.name());
    if (name.empty() || name.size() > kMaxPawlName) {
      return Error(absl::StrCat("tensor ", i, " has a name of ", name.size(), " bytes"));
    }
    if (!by_name.emplace(name, i).second) {
      return Error(absl::StrCat("two tensors are named '", name, "'"));
    }
    names.emplace_back(name);
    if (tensor.parts() == nullptr) continue;
    for (const fb::Part* part : *tensor.parts()) {
      if (part->section() >= num_sections) {
        return Error(absl::StrCat("tensor '", name, "' names section ", part->section(), " of ",
                                  num_sections));
      }
    }
  }
  return absl::OkStatus();
}

absl::Status PawlReader::Impl::TakeMetadata() {
  metadata.recipe = std::string(View(header->recipe()));
  metadata.source_hash = std::string(View(header->source_hash()));
  if (header->metadata() == nullptr) return absl::OkStatus();
  uint64_t taken = 0;
  for (const fb::KeyValue* pair : *header->metadata()) {
    // Pairs may share their texts; what is copied must not exceed what was read.
    taken += pair->key()->size() + pair->value()->size();
    if (taken > preamble.header_size) return Error("the metadata is larger than the header");
    if (!metadata.values.emplace(View(pair->key()), View(pair->value())).second) {
      return Error(
          absl::StrCat("two metadata values have the key '", View(pair->key()).substr(0, 64), "'"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<const fb::Tensor*> PawlReader::Impl::Find(absl::string_view name) const {
  const auto found = by_name.find(name);
  if (found == by_name.end()) {
    return absl::NotFoundError(absl::StrCat(
        file->path(), ": no tensor '", name, "' among ", names.size(),
        names.empty() ? "" : absl::StrCat(", the first of which is '", names.front(), "'")));
  }
  const fb::Tensor* tensor = header->tensors()->Get(found->second);
  absl::Status known = CheckNeeds(tensor->needs());
  if (known.ok() && tensor->kind() > static_cast<uint8_t>(PawlTensorKind::kPacked)) {
    known = absl::UnimplementedError(
        absl::StrCat("is of kind ", tensor->kind(), ", which this library does not know"));
  }
  if (!known.ok()) return TensorError(*tensor, known);
  return tensor;
}

absl::StatusOr<const fb::Tensor*> PawlReader::Impl::Find(absl::string_view name,
                                                         PawlTensorKind kind) const {
  PAWL_ASSIGN_OR_RETURN(const fb::Tensor* tensor, Find(name));
  if (tensor->kind() == static_cast<uint8_t>(kind)) return tensor;
  constexpr absl::string_view kIs[] = {"is plain; call GetPlain", "is quantized; call Get",
                                       "is a packed layer; call GetLinear or GetEmbedding"};
  return TensorError(*tensor, absl::FailedPreconditionError(kIs[tensor->kind()]));
}

absl::StatusOr<Tensor> PawlReader::Impl::MapPart(const fb::Part& part, bool copy) const {
  const std::string what = PartName(part.role());
  if (part.dtype() >= kNumDTypes) {
    return absl::InvalidArgumentError(absl::StrCat(what, " has the unknown type ", part.dtype()));
  }
  const DType dtype = static_cast<DType>(part.dtype());
  PAWL_ASSIGN_OR_RETURN(const std::vector<int64_t> shape,
                        DecodeShape(part.shape(), DTypeSize(dtype)));
  const uint64_t size = static_cast<uint64_t>(*CheckedNumElements(shape)) * DTypeSize(dtype);
  const fb::Section& section = Section(part);
  if (size != section.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat(what, ", ", DTypeName(dtype), " ", ShapeString(shape), ", needs ", size,
                     " bytes; its section at byte ", section.offset(), " has ", section.size()));
  }
  return copy ? ReadTensor(*file, dtype, shape, section.offset())
              : MapTensor(file, dtype, shape, section.offset());
}

absl::StatusOr<QuantizedTensor> PawlReader::Impl::MapQuantized(const fb::Tensor& tensor,
                                                               bool copy) const {
  if (tensor.scheme() == nullptr) return absl::InvalidArgumentError("has no scheme");
  QuantizedTensor result;
  PAWL_ASSIGN_OR_RETURN(result.scheme, DecodeScheme(*tensor.scheme()));
  PAWL_RETURN_IF_ERROR(result.scheme.Validate());
  PAWL_ASSIGN_OR_RETURN(result.shape, DecodeShape(tensor.shape(), 16));
  result.scale_offset = tensor.scale_offset();
  uint64_t seen = 0;
  if (tensor.parts() != nullptr) {
    for (const fb::Part* part : *tensor.parts()) {
      for (const PawlPartInfo& info : QuantizedParts()) {
        if (static_cast<uint8_t>(info.part) != part->role()) continue;
        if ((seen >> part->role() & 1) != 0) {
          return absl::InvalidArgumentError(absl::StrCat("has two parts of ", info.name));
        }
        seen |= uint64_t{1} << part->role();
        PAWL_ASSIGN_OR_RETURN(result.*info.member, MapPart(*part, copy));
      }
    }
  }
  PAWL_RETURN_IF_ERROR(result.Validate());
  return result;
}

absl::StatusOr<Tensor> PawlReader::Impl::MapPlain(const fb::Tensor& tensor, bool copy) const {
  if (tensor.parts() == nullptr || tensor.parts()->size() == 0 ||
      tensor.parts()->Get(0)->role() != static_cast<uint8_t>(PawlPart::kData)) {
    return absl::InvalidArgumentError("has no data");
  }
  PAWL_ASSIGN_OR_RETURN(Tensor data, MapPart(*tensor.parts()->Get(0), copy));
  PAWL_ASSIGN_OR_RETURN(const std::vector<int64_t> shape, DecodeShape(tensor.shape(), 1));
  if (data.shape() != shape) {
    return absl::InvalidArgumentError(absl::StrCat("has the shape ", ShapeString(shape),
                                                   ", but its data ", ShapeString(data.shape())));
  }
  return data;
}

absl::StatusOr<PawlEntry> PawlReader::Impl::MakeEntry(const fb::Tensor& tensor) const {
  PawlEntry entry;
  entry.name = std::string(View(tensor.name()));
  entry.quantized = tensor.kind() == static_cast<uint8_t>(PawlTensorKind::kQuantized);
  PAWL_ASSIGN_OR_RETURN(entry.shape, DecodeShape(tensor.shape(), 1));
  entry.packed = tensor.kind() == static_cast<uint8_t>(PawlTensorKind::kPacked);
  if (entry.packed) {
    if (tensor.packed() == nullptr) return absl::InvalidArgumentError("has no packed layer");
    entry.packed_kind = static_cast<PackedKind>(tensor.packed()->kind());
    entry.packed_mode = static_cast<LinearMode>(tensor.packed()->mode());
  }
  if (entry.quantized || entry.packed) {
    if (tensor.scheme() == nullptr) return absl::InvalidArgumentError("has no scheme");
    PAWL_ASSIGN_OR_RETURN(entry.scheme, DecodeScheme(*tensor.scheme()));
  }
  if (tensor.parts() == nullptr) return entry;
  for (const fb::Part* part : *tensor.parts()) {
    entry.size += Section(*part).size();
    if (!entry.quantized && !entry.packed && part->dtype() < kNumDTypes) {
      entry.dtype = static_cast<DType>(part->dtype());
    }
  }
  return entry;
}

std::string PawlReader::Impl::DescribeSection(uint32_t index) const {
  std::vector<std::string> users;
  for (size_t i = 0; i < names.size(); ++i) {
    const fb::Tensor& tensor = *header->tensors()->Get(static_cast<uint32_t>(i));
    if (tensor.parts() == nullptr) continue;
    for (const fb::Part* part : *tensor.parts()) {
      if (part->section() == index) {
        users.push_back(absl::StrCat("tensor '", names[i], "' ", PartName(part->role())));
      }
    }
  }
  if (users.empty()) users.push_back(absl::StrCat("section ", index));
  return absl::StrCat(absl::StrJoin(users, " and "), " (bytes ",
                      header->sections()->Get(index)->offset(), " to ", SectionEnd(index) - 1, ")");
}

PawlReader::PawlReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PawlReader::~PawlReader() = default;

absl::StatusOr<std::unique_ptr<PawlReader>> PawlReader::Open(const std::string& path) {
  auto impl = std::make_unique<Impl>();
  PAWL_ASSIGN_OR_RETURN(impl->file, MappedFile::Open(path));
  PAWL_RETURN_IF_ERROR(impl->ReadHeader());
  return std::unique_ptr<PawlReader>(new PawlReader(std::move(impl)));
}

absl::StatusOr<std::unique_ptr<PawlReader>> PawlReader::OpenMemory(
    absl::Span<const uint8_t> bytes, std::shared_ptr<const void> owner, const std::string& name) {
  auto impl = std::make_unique<Impl>();
  impl->file = MappedFile::FromMemory(bytes, std::move(owner), name);
  PAWL_RETURN_IF_ERROR(impl->ReadHeader());
  return std::unique_ptr<PawlReader>(new PawlReader(std::move(impl)));
}

absl::Span<const std::string> PawlReader::names() const { return impl_->names; }
bool PawlReader::Contains(absl::string_view name) const { return impl_->by_name.contains(name); }
const PawlMetadata& PawlReader::metadata() const { return impl_->metadata; }
const std::string& PawlReader::path() const { return impl_->file->path(); }
uint64_t PawlReader::file_size() const { return impl_->file->size(); }
int PawlReader::major_version() const { return impl_->preamble.major; }
int PawlReader::minor_version() const { return impl_->preamble.minor; }

std::string PawlReader::content_id() const {
  return absl::StrCat("xxh3-64:", absl::Hex(impl_->preamble.header_hash, absl::kZeroPad16));
}

absl::StatusOr<PawlEntry> PawlReader::Entry(absl::string_view name) const {
  PAWL_ASSIGN_OR_RETURN(const fb::Tensor* tensor, impl_->Find(name));
  absl::StatusOr<PawlEntry> entry = impl_->MakeEntry(*tensor);
  if (!entry.ok()) return impl_->TensorError(*tensor, entry.status());
  return entry;
}

absl::StatusOr<QuantizedTensor> PawlReader::Impl::Quantized(absl::string_view name,
                                                            bool copy) const {
  PAWL_ASSIGN_OR_RETURN(const fb::Tensor* tensor, Find(name, PawlTensorKind::kQuantized));
  absl::StatusOr<QuantizedTensor> result = MapQuantized(*tensor, copy);
  if (!result.ok()) return TensorError(*tensor, result.status());
  return result;
}

absl::StatusOr<Tensor> PawlReader::Impl::Plain(absl::string_view name, bool copy) const {
  PAWL_ASSIGN_OR_RETURN(const fb::Tensor* tensor, Find(name, PawlTensorKind::kPlain));
  absl::StatusOr<Tensor> result = MapPlain(*tensor, copy);
  if (!result.ok()) return TensorError(*tensor, result.status());
  return result;
}

absl::StatusOr<QuantizedTensor> PawlReader::Get(absl::string_view name) const {
  return impl_->Quantized(name, /*copy=*/false);
}

absl::StatusOr<Tensor> PawlReader::GetPlain(absl::string_view name) const {
  return impl_->Plain(name, /*copy=*/false);
}

absl::StatusOr<QuantizedTensor> PawlReader::Read(absl::string_view name) const {
  return impl_->Quantized(name, /*copy=*/true);
}

absl::StatusOr<Tensor> PawlReader::ReadPlain(absl::string_view name) const {
  return impl_->Plain(name, /*copy=*/true);
}

void PawlReader::Release(absl::string_view name) const {
  const auto found = impl_->by_name.find(name);
  if (found == impl_->by_name.end()) return;
  const fb::Tensor& tensor = *impl_->header->tensors()->Get(found->second);
  if (tensor.parts() == nullptr) return;
  for (const fb::Part* part : *tensor.parts()) {
    const fb::Section& section = impl_->Section(*part);
    impl_->file->Release(section.offset(), section.size());
  }
}

absl::Status PawlReader::Verify() const {
  // What was checked in Open() may have changed on the disk since.
  PAWL_RETURN_IF_ERROR(impl_->file->CheckUnchanged());
  uint8_t start[kPreambleSize];
  PAWL_RETURN_IF_ERROR(impl_->file->Read(0, absl::MakeSpan(start)));
  PAWL_RETURN_IF_ERROR(DecodePreamble(start, file_size(), path()).status());
  PAWL_ASSIGN_OR_RETURN(
      const uint64_t header_hash,
      HashRange(*impl_->file, impl_->preamble.header_offset, impl_->preamble.header_size));
  std::vector<std::string> damaged;
  if (header_hash != impl_->preamble.header_hash) damaged.push_back("the header");
  const auto* sections = impl_->header->sections();
  constexpr size_t kMostNamed = 20;
  size_t count = damaged.size();
  for (uint32_t i = 0; sections != nullptr && i < sections->size(); ++i) {
    const fb::Section& section = *sections->Get(i);
    PAWL_ASSIGN_OR_RETURN(const uint64_t hash, HashRange(*impl_->file, section.offset(),
                                                         impl_->SectionEnd(i) - section.offset()));
    if (hash == section.hash()) continue;
    if (++count <= kMostNamed) damaged.push_back(impl_->DescribeSection(i));
  }
  if (count == 0) return absl::OkStatus();
  if (count > kMostNamed) damaged.push_back(absl::StrCat(count - kMostNamed, " more"));
  return absl::DataLossError(absl::StrCat(path(), ": damaged: ", absl::StrJoin(damaged, ", ")));
}

}  // namespace pawl
