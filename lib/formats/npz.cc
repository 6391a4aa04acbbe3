// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/npz.h"

#include <cstring>
#include <new>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/formats/file_io.h"
#include "lib/formats/mapped_file.h"
#include "lib/formats/npy.h"
#include "lib/formats/zip.h"
#include "pawl/text.h"

namespace pawl {

struct NpzReader::Impl {
  std::shared_ptr<const MappedFile> file;
  std::vector<NpzEntry> entries;
  std::vector<NpyHeader> headers;
  std::vector<ZipMember> members;  // one that is the whole file for a .npy
  bool archive = false;
};

namespace {

using Impl = NpzReader::Impl;

absl::Status AtMember(const Impl& impl, absl::string_view name, const absl::Status& status) {
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat(impl.file->path(), ": '", Printable(name), "' ",
                                                  status.message()));
}

absl::Status AddMember(Impl& impl, ZipMember member) {
  std::string name = member.name;
  if (absl::EndsWith(name, ".npy")) name.resize(name.size() - 4);
  std::vector<uint8_t> start(std::min<uint64_t>(kNpyHeaderBytes, member.bytes));
  PAWL_ASSIGN_OR_RETURN(const size_t got, ReadZipStart(*impl.file, member, absl::MakeSpan(start)));
  auto header = ReadNpyHeader(absl::MakeConstSpan(start).subspan(0, got));
  if (!header.ok()) return AtMember(impl, name, header.status());
  if (header->data_bytes != member.bytes - header->data_offset) {
    return AtMember(impl, name,
                    absl::InvalidArgumentError(absl::StrCat(
                        "needs ", header->data_bytes, " bytes for ", ShapeString(header->shape),
                        ", it has ", member.bytes - header->data_offset)));
  }
  for (const NpzEntry& entry : impl.entries) {
    if (entry.name == name)
      return AtMember(impl, name, absl::InvalidArgumentError("is there twice"));
  }
  const bool rows = !header->shape.empty() && (!header->column_major || header->shape.size() == 1);
  impl.entries.push_back({name, header->dtype, header->shape, rows && !member.deflated});
  impl.headers.push_back(*std::move(header));
  impl.members.push_back(std::move(member));
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const Impl>> ReadMembers(std::shared_ptr<const MappedFile> file) {
  auto impl = std::make_shared<Impl>();
  impl->file = std::move(file);
  uint8_t magic[2] = {0, 0};
  if (impl->file->size() >= 2) PAWL_RETURN_IF_ERROR(impl->file->Read(0, magic));
  impl->archive = magic[0] == 'P' && magic[1] == 'K';
  if (impl->archive) {
    PAWL_ASSIGN_OR_RETURN(std::vector<ZipMember> members, ReadZipDirectory(*impl->file));
    for (ZipMember& member : members) PAWL_RETURN_IF_ERROR(AddMember(*impl, std::move(member)));
    return impl;
  }
  const std::string& path = impl->file->path();
  ZipMember whole;
  whole.name = path.substr(path.rfind('/') + 1);
  whole.bytes = whole.packed_bytes = impl->file->size();
  PAWL_RETURN_IF_ERROR(AddMember(*impl, std::move(whole)));
  return impl;
}

// From column-major order, element by element.
absl::StatusOr<Tensor> ToRowMajor(const Tensor& columns) {
  PAWL_ASSIGN_OR_RETURN(Tensor rows, Tensor::Create(columns.dtype(), columns.shape()));
  const size_t size = DTypeSize(columns.dtype()), rank = columns.shape().size();
  std::vector<int64_t> index(rank, 0), strides(rank, 1);
  for (size_t d = 1; d < rank; ++d) strides[d] = strides[d - 1] * columns.shape()[d - 1];
  const auto* in = static_cast<const char*>(columns.data());
  auto* out = static_cast<char*>(rows.mutable_data());
  int64_t at = 0;
  for (int64_t i = 0; i < rows.num_elements(); ++i) {
    std::memcpy(out + static_cast<size_t>(i) * size, in + static_cast<size_t>(at) * size, size);
    for (size_t d = rank; d-- > 0;) {
      at += strides[d];
      if (++index[d] < rows.shape()[d]) break;
      at -= strides[d] * rows.shape()[d];
      index[d] = 0;
    }
  }
  return rows;
}

}  // namespace

absl::StatusOr<NpzReader> NpzReader::Open(const std::string& path) {
  PAWL_ASSIGN_OR_RETURN(std::shared_ptr<const MappedFile> file, MappedFile::Open(path));
  PAWL_ASSIGN_OR_RETURN(std::shared_ptr<const Impl> impl, ReadMembers(std::move(file)));
  return NpzReader(std::move(impl));
}

absl::StatusOr<NpzReader> NpzReader::OpenMemory(absl::Span<const uint8_t> bytes,
                                                std::shared_ptr<const void> owner,
                                                const std::string& name) {
  PAWL_ASSIGN_OR_RETURN(std::shared_ptr<const Impl> impl,
                        ReadMembers(MappedFile::FromMemory(bytes, std::move(owner), name)));
  return NpzReader(std::move(impl));
}

absl::Span<const NpzEntry> NpzReader::entries() const { return impl_->entries; }

absl::StatusOr<size_t> NpzReader::Find(absl::string_view name) const {
  size_t i = 0;
  std::vector<std::string> names;
  for (; i < impl_->entries.size() && impl_->entries[i].name != name; ++i) {
    names.push_back(impl_->entries[i].name);
  }
  if (i == impl_->entries.size()) {
    return absl::NotFoundError(absl::StrCat(impl_->file->path(), ": there is no array '", name, "'",
                                            DidYouMean(name, names)));
  }
  return i;
}

absl::Status NpzReader::Verify(absl::string_view name) const {
  PAWL_ASSIGN_OR_RETURN(const size_t i, Find(name));
  if (!impl_->archive) return absl::OkStatus();  // a .npy has none
  const ZipMember& member = impl_->members[i];
  return ReadZipMember(*impl_->file, member, member.bytes, {});
}

absl::StatusOr<Tensor> NpzReader::GetRows(absl::string_view name, int64_t begin,
                                          int64_t count) const {
  return Rows(name, begin, count, /*copy=*/false);
}

absl::StatusOr<Tensor> NpzReader::ReadRows(absl::string_view name, int64_t begin,
                                           int64_t count) const {
  return Rows(name, begin, count, /*copy=*/true);
}

absl::StatusOr<Tensor> NpzReader::Rows(absl::string_view name, int64_t begin, int64_t count,
                                       bool copy) const {
  PAWL_ASSIGN_OR_RETURN(const size_t i, Find(name));
  const NpyHeader& header = impl_->headers[i];
  if (!impl_->entries[i].in_place) {
    return AtMember(*impl_, name,
                    absl::FailedPreconditionError("is compressed or column-major: read it whole"));
  }
  std::vector<int64_t> shape = header.shape;
  if (begin < 0 || count < 0 || begin > shape[0] || count > shape[0] - begin) {
    return AtMember(*impl_, name,
                    absl::OutOfRangeError(absl::StrCat("has ", shape[0], " entries; asked for ",
                                                       count, " from ", begin, " on")));
  }
  const uint64_t row = shape[0] == 0 ? 0 : header.data_bytes / static_cast<uint64_t>(shape[0]);
  shape[0] = count;
  const uint64_t offset =
      impl_->members[i].offset + header.data_offset + static_cast<uint64_t>(begin) * row;
  return copy ? ReadTensor(*impl_->file, header.dtype, shape, offset)
              : MapTensor(impl_->file, header.dtype, shape, offset);
}

absl::StatusOr<Tensor> NpzReader::Get(absl::string_view name, uint64_t max_bytes) const {
  return Whole(name, max_bytes, /*copy=*/false);
}

absl::StatusOr<Tensor> NpzReader::Read(absl::string_view name, uint64_t max_bytes) const {
  return Whole(name, max_bytes, /*copy=*/true);
}

absl::StatusOr<Tensor> NpzReader::Whole(absl::string_view name, uint64_t max_bytes,
                                        bool copy) const {
  PAWL_ASSIGN_OR_RETURN(const size_t i, Find(name));
  const NpyHeader& header = impl_->headers[i];
  const ZipMember& member = impl_->members[i];
  if (max_bytes != 0 && header.data_bytes > max_bytes) {
    return AtMember(*impl_, name,
                    absl::ResourceExhaustedError(absl::StrCat(
                        "takes ", header.data_bytes, " bytes, more than the allowed ", max_bytes)));
  }
  Tensor tensor;
  if (!member.deflated) {
    if (impl_->archive) PAWL_RETURN_IF_ERROR(ReadZipMember(*impl_->file, member, member.bytes, {}));
    const uint64_t offset = member.offset + header.data_offset;
    PAWL_ASSIGN_OR_RETURN(tensor, copy
                                      ? ReadTensor(*impl_->file, header.dtype, header.shape, offset)
                                      : MapTensor(impl_->file, header.dtype, header.shape, offset));
  } else {
    PAWL_ASSIGN_OR_RETURN(tensor, Tensor::Create(header.dtype, header.shape));
    PAWL_RETURN_IF_ERROR(
        ReadZipMember(*impl_->file, member, header.data_offset,
                      {static_cast<uint8_t*>(tensor.mutable_data()), tensor.size_bytes()}));
  }
  return header.column_major && tensor.rank() > 1 ? ToRowMajor(tensor) : tensor;
}

absl::StatusOr<std::map<std::string, Tensor>> ReadNpz(const std::string& path, uint64_t max_bytes) {
  PAWL_ASSIGN_OR_RETURN(const NpzReader reader, NpzReader::Open(path));
  std::map<std::string, Tensor> tensors;
  for (const NpzEntry& entry : reader.entries()) {
    PAWL_ASSIGN_OR_RETURN(tensors[entry.name], reader.Get(entry.name, max_bytes));
  }
  return tensors;
}

absl::Status WriteNpz(const std::string& path, const std::map<std::string, Tensor>& tensors,
                      absl::Span<const std::string> inputs) {
  PAWL_ASSIGN_OR_RETURN(const std::unique_ptr<AtomicFile> file, AtomicFile::Create(path, inputs));
  ZipWriter zip(*file);
  for (const auto& [name, tensor] : tensors) {
    const auto header = MakeNpyHeader(tensor.dtype(), tensor.shape());
    if (!header.ok()) {
      return absl::Status(header.status().code(),
                          absl::StrCat(path, ": '", name, "': ", header.status().message()));
    }
    PAWL_RETURN_IF_ERROR(
        zip.Add(absl::StrCat(name, ".npy"),
                {{reinterpret_cast<const uint8_t*>(header->data()), header->size()},
                 {static_cast<const uint8_t*>(tensor.data()), tensor.size_bytes()}}));
  }
  PAWL_RETURN_IF_ERROR(zip.Finish());
  return file->Commit();
}

}  // namespace pawl
