// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <memory>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/formats/gguf_header.h"
#include "lib/formats/mapped_file.h"
#include "pawl/gguf.h"

namespace pawl {

struct GgufReader::Impl {
  std::shared_ptr<const MappedFile> file;
  GgufHeader header;
  absl::flat_hash_map<absl::string_view, size_t> by_name;  // views of entries' names

  static absl::StatusOr<std::unique_ptr<Impl>> Read(std::shared_ptr<const MappedFile> file);
  absl::StatusOr<Tensor> Plain(const GgufEntry& entry, bool copy) const;
};

namespace {

absl::Status WithTensor(const GgufEntry& entry, const absl::Status& status) {
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat("tensor '", entry.name, "': ", status.message()));
}

absl::Status NoType(const std::string& path, const GgufEntry& entry) {
  return absl::UnimplementedError(absl::StrCat(path, ": tensor '", entry.name, "' is of ",
                                               entry.type_name, ", which Pawl does not decode"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<GgufReader::Impl>> GgufReader::Impl::Read(
    std::shared_ptr<const MappedFile> file) {
  auto impl = std::make_unique<Impl>();
  impl->file = std::move(file);
  PAWL_ASSIGN_OR_RETURN(impl->header, ReadGgufHeader(*impl->file));
  const auto& entries = impl->header.entries;
  impl->by_name.reserve(entries.size());
  for (size_t i = 0; i < entries.size(); ++i) impl->by_name.emplace(entries[i].name, i);
  return impl;
}

GgufReader::GgufReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
GgufReader::~GgufReader() = default;

absl::StatusOr<std::unique_ptr<GgufReader>> GgufReader::Open(const std::string& path) {
  PAWL_ASSIGN_OR_RETURN(std::shared_ptr<const MappedFile> file, MappedFile::Open(path));
  PAWL_ASSIGN_OR_RETURN(std::unique_ptr<Impl> impl, Impl::Read(std::move(file)));
  return std::unique_ptr<GgufReader>(new GgufReader(std::move(impl)));
}

absl::StatusOr<std::unique_ptr<GgufReader>> GgufReader::OpenMemory(
    absl::Span<const uint8_t> bytes, std::shared_ptr<const void> owner, const std::string& name) {
  PAWL_ASSIGN_OR_RETURN(std::unique_ptr<Impl> impl,
                        Impl::Read(MappedFile::FromMemory(bytes, std::move(owner), name)));
  return std::unique_ptr<GgufReader>(new GgufReader(std::move(impl)));
}

const std::string& GgufReader::path() const { return impl_->file->path(); }
uint32_t GgufReader::version() const { return impl_->header.version; }
uint64_t GgufReader::alignment() const { return impl_->header.alignment; }
uint64_t GgufReader::file_size() const { return impl_->file->size(); }
const GgufMetadata& GgufReader::metadata() const { return impl_->header.metadata; }
const GgufValue* GgufReader::Value(absl::string_view key) const {
  return FindGgufValue(impl_->header.metadata, key);
}
absl::Span<const GgufEntry> GgufReader::entries() const { return impl_->header.entries; }

const GgufEntry* GgufReader::Find(absl::string_view name) const {
  const auto found = impl_->by_name.find(name);
  return found == impl_->by_name.end() ? nullptr : &impl_->header.entries[found->second];
}

absl::StatusOr<Tensor> GgufReader::Impl::Plain(const GgufEntry& entry, bool copy) const {
  if (entry.blocks != nullptr) {
    return absl::FailedPreconditionError(absl::StrCat(
        file->path(), ": tensor '", entry.name, "' is of ", entry.type_name, " blocks, not plain"));
  }
  if (!entry.dtype.has_value()) return NoType(file->path(), entry);
  absl::StatusOr<Tensor> tensor = copy ? ReadTensor(*file, *entry.dtype, entry.shape, entry.offset)
                                       : MapTensor(file, *entry.dtype, entry.shape, entry.offset);
  if (!tensor.ok()) return WithTensor(entry, tensor.status());
  return tensor;
}

absl::StatusOr<Tensor> GgufReader::Get(const GgufEntry& entry) const {
  return impl_->Plain(entry, /*copy=*/false);
}

absl::StatusOr<Tensor> GgufReader::Read(const GgufEntry& entry) const {
  return impl_->Plain(entry, /*copy=*/true);
}

absl::StatusOr<QuantizedTensor> GgufReader::GetQuantized(const GgufEntry& entry) const {
  if (entry.blocks == nullptr && entry.dtype.has_value()) {
    return absl::FailedPreconditionError(absl::StrCat(
        path(), ": tensor '", entry.name, "' is plain (", entry.type_name, "), not of blocks"));
  }
  if (entry.blocks == nullptr) return NoType(path(), entry);
  const absl::Status unchanged = impl_->file->CheckUnchanged();
  if (!unchanged.ok()) return WithTensor(entry, unchanged);
  const auto size = static_cast<int64_t>(entry.size);
  const absl::StatusOr<Tensor> bytes =
      ReadTensor(*impl_->file, DType::kU8, {&size, 1}, entry.offset);
  if (!bytes.ok()) return WithTensor(entry, bytes.status());
  absl::StatusOr<QuantizedTensor> tensor =
      DecodeBlocks(*entry.blocks, bytes->as<uint8_t>(), entry.shape);
  if (!tensor.ok()) return WithTensor(entry, tensor.status());
  return tensor;
}

absl::Status GgufReader::ReadBytes(const GgufEntry& entry, uint64_t begin,
                                   absl::Span<uint8_t> out) const {
  if (begin > entry.size || out.size() > entry.size - begin) {
    return absl::OutOfRangeError(absl::StrCat("tensor '", entry.name, "' has ", entry.size,
                                              " bytes; asked for ", out.size(), " from ", begin));
  }
  return WithTensor(entry, impl_->file->Read(entry.offset + begin, out));
}

void GgufReader::Release(const GgufEntry& entry) const {
  impl_->file->Release(entry.offset, entry.size);
}

absl::Status GgufReader::CheckUnchanged() const { return impl_->file->CheckUnchanged(); }

}  // namespace pawl
