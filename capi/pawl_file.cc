// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// .pawl files, read.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "capi/files.h"
#include "capi/pawl_file_handles.h"

using pawl::Context;
using pawl::PawlEntry;
using pawl::PawlReader;
using pawl::capi::Call;
using pawl::capi::Make;

namespace pawl::capi {

std::unique_ptr<pawl_file_reader> WrapReader(std::unique_ptr<PawlReader> reader) {
  auto handle = std::make_unique<pawl_file_reader>();
  for (const std::string& name : reader->names()) {
    absl::StatusOr<PawlEntry> entry = reader->Entry(name);
    handle->entries.push_back(entry.ok() ? std::optional<PawlEntry>(*std::move(entry))
                                         : std::nullopt);
  }
  handle->reader = std::move(reader);
  return handle;
}

const PawlEntry* EntryAt(const pawl_file_reader* reader, size_t index) {
  if (reader == nullptr || index >= reader->entries.size()) return nullptr;
  return reader->entries[index].has_value() ? &*reader->entries[index] : nullptr;
}

absl::StatusOr<std::string> NameAt(const pawl_file_reader* reader, size_t index) {
  PAWL_NEED(reader);
  PAWL_RETURN_IF_ERROR(CheckIndex(index, reader->reader->names().size()));
  return reader->reader->names()[index];
}

}  // namespace pawl::capi

using pawl::capi::EntryAt;
using pawl::capi::NameAt;
using pawl::capi::WrapReader;

extern "C" {

int32_t pawl_file_reader_open(pawl_context* context, const char* path,
                              pawl_file_reader** reader) noexcept {
  if (reader != nullptr) *reader = nullptr;
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(path);
    PAWL_NEED(reader);
    PAWL_ASSIGN_OR_RETURN(std::unique_ptr<PawlReader> opened, PawlReader::Open(path));
    *reader = WrapReader(std::move(opened)).release();
    return absl::OkStatus();
  });
}

int32_t pawl_file_reader_open_memory(pawl_context* context, const void* bytes, size_t size,
                                     pawl_release_fn release, void* user, const char* name,
                                     pawl_file_reader** reader) noexcept {
  return pawl::capi::OpenMemory<PawlReader>(context, bytes, size, release, user, name, reader,
                                            WrapReader);
}

void pawl_file_reader_destroy(pawl_file_reader* reader) noexcept { delete reader; }

size_t pawl_file_reader_count(const pawl_file_reader* reader) noexcept {
  return reader == nullptr ? 0 : reader->entries.size();
}
const char* pawl_file_reader_name(const pawl_file_reader* reader, size_t index) noexcept {
  if (reader == nullptr || index >= reader->entries.size()) return nullptr;
  return reader->reader->names()[index].c_str();
}
int32_t pawl_file_reader_is_quantized(const pawl_file_reader* reader, size_t index) noexcept {
  const PawlEntry* entry = EntryAt(reader, index);
  return entry != nullptr && entry->quantized ? 1 : 0;
}
int32_t pawl_file_reader_packed_kind(const pawl_file_reader* reader, size_t index) noexcept {
  const PawlEntry* entry = EntryAt(reader, index);
  return entry == nullptr || !entry->packed ? -1 : static_cast<int32_t>(entry->packed_kind);
}
int32_t pawl_file_reader_scheme(pawl_context* context, const pawl_file_reader* reader, size_t index,
                                pawl_scheme** scheme) noexcept {
  return pawl::capi::MakeScheme(context, scheme, [&]() -> absl::StatusOr<pawl::Scheme> {
    PAWL_ASSIGN_OR_RETURN(const std::string name, NameAt(reader, index));
    PAWL_ASSIGN_OR_RETURN(const PawlEntry entry, reader->reader->Entry(name));
    if (entry.quantized || entry.packed) return entry.scheme;
    return absl::FailedPreconditionError(
        absl::StrCat(reader->reader->path(), ": tensor '", name, "' is plain"));
  });
}
int32_t pawl_file_reader_dtype(const pawl_file_reader* reader, size_t index) noexcept {
  const PawlEntry* entry = EntryAt(reader, index);
  const bool plain = entry != nullptr && !entry->quantized && !entry->packed;
  return plain ? static_cast<int32_t>(entry->dtype) : -1;
}
size_t pawl_file_reader_rank(const pawl_file_reader* reader, size_t index) noexcept {
  const PawlEntry* entry = EntryAt(reader, index);
  return entry == nullptr ? 0 : entry->shape.size();
}
const int64_t* pawl_file_reader_shape(const pawl_file_reader* reader, size_t index) noexcept {
  const PawlEntry* entry = EntryAt(reader, index);
  return entry == nullptr ? nullptr : entry->shape.data();
}
uint64_t pawl_file_reader_size_bytes(const pawl_file_reader* reader, size_t index) noexcept {
  const PawlEntry* entry = EntryAt(reader, index);
  return entry == nullptr ? 0 : entry->size;
}

int32_t pawl_file_reader_find(pawl_context* context, const pawl_file_reader* reader,
                              const char* name, size_t* index) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(reader);
    PAWL_NEED(name);
    PAWL_NEED(index);
    const absl::Span<const std::string> names = reader->reader->names();
    for (size_t i = 0; i < names.size(); ++i) {
      if (names[i] != name) continue;
      *index = i;
      return absl::OkStatus();
    }
    return pawl::capi::NoSuchTensor(reader->reader->path(), name, names);
  });
}

int32_t pawl_file_reader_get(pawl_context* context, const pawl_file_reader* reader, size_t index,
                             pawl_quantized_tensor** quantized) noexcept {
  return Make(context, quantized, [&](Context&) -> absl::StatusOr<pawl::QuantizedTensor> {
    PAWL_ASSIGN_OR_RETURN(const std::string name, NameAt(reader, index));
    return reader->reader->Get(name);
  });
}

int32_t pawl_file_reader_get_plain(pawl_context* context, const pawl_file_reader* reader,
                                   size_t index, pawl_tensor** tensor) noexcept {
  return Make(context, tensor, [&](Context&) -> absl::StatusOr<pawl::Tensor> {
    PAWL_ASSIGN_OR_RETURN(const std::string name, NameAt(reader, index));
    return reader->reader->GetPlain(name);
  });
}

void pawl_file_reader_release_pages(const pawl_file_reader* reader, size_t index) noexcept {
  if (reader != nullptr && index < reader->entries.size()) {
    reader->reader->Release(reader->reader->names()[index]);
  }
}

int32_t pawl_file_reader_verify(pawl_context* context, const pawl_file_reader* reader) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(reader);
    return reader->reader->Verify();
  });
}

const char* pawl_file_reader_metadata(const pawl_file_reader* reader, const char* key) noexcept {
  return reader == nullptr ? nullptr : pawl::capi::TextAt(reader->reader->metadata().values, key);
}
size_t pawl_file_reader_metadata_count(const pawl_file_reader* reader) noexcept {
  return reader == nullptr ? 0 : reader->reader->metadata().values.size();
}
const char* pawl_file_reader_metadata_key(const pawl_file_reader* reader, size_t index) noexcept {
  if (reader == nullptr) return nullptr;
  const auto* pair = pawl::capi::Nth(reader->reader->metadata().values, index);
  return pair == nullptr ? nullptr : pair->first.c_str();
}
const char* pawl_file_reader_recipe(const pawl_file_reader* reader) noexcept {
  return reader == nullptr ? nullptr : reader->reader->metadata().recipe.c_str();
}
const char* pawl_file_reader_source_hash(const pawl_file_reader* reader) noexcept {
  return reader == nullptr ? nullptr : reader->reader->metadata().source_hash.c_str();
}
uint64_t pawl_file_reader_file_size(const pawl_file_reader* reader) noexcept {
  return reader == nullptr ? 0 : reader->reader->file_size();
}
int32_t pawl_file_reader_major_version(const pawl_file_reader* reader) noexcept {
  return reader == nullptr ? 0 : reader->reader->major_version();
}
int32_t pawl_file_reader_minor_version(const pawl_file_reader* reader) noexcept {
  return reader == nullptr ? 0 : reader->reader->minor_version();
}

}  // extern "C"
