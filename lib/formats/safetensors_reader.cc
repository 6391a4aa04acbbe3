// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/core/status_macros.h"
#include "lib/formats/file_io.h"
#include "lib/formats/mapped_file.h"
#include "lib/formats/safetensors_header.h"
#include "pawl/safetensors.h"

namespace pawl {

struct SafetensorsReader::Impl {
  std::vector<std::shared_ptr<const MappedFile>> maps;
  std::vector<std::string> files;
  std::vector<SafetensorsEntry> entries;
  std::map<std::string, std::string> metadata;
  absl::flat_hash_map<absl::string_view, size_t> by_name;  // views of entries' names

  absl::Status AddFile(std::shared_ptr<const MappedFile> map);
  absl::Status IndexNames();
  absl::StatusOr<const SafetensorsEntry*> FindOrError(absl::string_view name) const;
};

namespace {

constexpr char kIndexName[] = "model.safetensors.index.json";
constexpr char kFileName[] = "model.safetensors";

bool Exists(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0;
}

bool IsFolder(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

// What to open for a folder.
absl::StatusOr<std::string> FindInFolder(const std::string& folder) {
  for (const char* name : {kIndexName, kFileName}) {
    const std::string path = absl::StrCat(folder, "/", name);
    if (Exists(path)) return path;
  }
  std::vector<std::string> found;
  DIR* dir = opendir(folder.c_str());
  if (dir == nullptr) return absl::ErrnoToStatus(errno, absl::StrCat("cannot list ", folder));
  while (const dirent* item = readdir(dir)) {
    if (absl::EndsWith(item->d_name, ".safetensors")) found.push_back(item->d_name);
  }
  closedir(dir);
  std::sort(found.begin(), found.end());
  if (found.size() == 1) return absl::StrCat(folder, "/", found[0]);
  if (found.empty()) {
    return absl::NotFoundError(absl::StrCat("the folder ", folder, " has no .safetensors file"));
  }
  return absl::InvalidArgumentError(
      absl::StrCat("the folder ", folder, " has ", found.size(), " .safetensors files and no ",
                   kIndexName, "; name one of them: ", absl::StrJoin(found, ", ")));
}

absl::StatusOr<SafetensorsHeader> ReadHeader(const MappedFile& file) {
  uint8_t length_bytes[8];
  if (file.size() < sizeof(length_bytes)) {
    return absl::InvalidArgumentError(
        absl::StrCat(file.path(), ": ", file.size(), " bytes are too few for a safetensors file"));
  }
  PAWL_RETURN_IF_ERROR(file.Read(0, absl::MakeSpan(length_bytes)));
  uint64_t length = 0;
  for (int i = 7; i >= 0; --i) length = length << 8 | length_bytes[i];
  if (length > kMaxSafetensorsHeader || length > file.size() - 8) {
    return absl::InvalidArgumentError(absl::StrCat(
        file.path(), ": byte 0: a header of ", length, " bytes in a file of ", file.size(),
        " bytes (at most ", kMaxSafetensorsHeader, "); this is not a whole safetensors file"));
  }
  // Copied, so that nobody can change it between checking and using.
  std::string json(length, '\0');
  PAWL_RETURN_IF_ERROR(
      file.Read(8, absl::MakeSpan(reinterpret_cast<uint8_t*>(json.data()), json.size())));
  return ParseSafetensorsHeader(json, file.size() - 8 - length, file.path());
}

// Every tensor that the index names must be in the shard that it names.
absl::Status CheckIndex(const std::map<std::string, std::string>& weight_map,
                        const std::string& index_path, const std::string& folder,
                        const SafetensorsReader& reader) {
  for (const auto& [name, shard] : weight_map) {
    const SafetensorsEntry* entry = reader.Find(name);
    if (entry == nullptr || reader.files()[entry->file] != absl::StrCat(folder, shard)) {
      return absl::InvalidArgumentError(absl::StrCat(index_path, ": tensor '", name, "' is not in ",
                                                     shard, " where the index places it"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status SafetensorsReader::Impl::AddFile(std::shared_ptr<const MappedFile> map) {
  PAWL_ASSIGN_OR_RETURN(SafetensorsHeader header, ReadHeader(*map));
  for (SafetensorsEntry& entry : header.entries) {
    entry.file = files.size();
    entries.push_back(std::move(entry));
  }
  metadata.merge(header.metadata);
  files.push_back(map->path());
  maps.push_back(std::move(map));
  return absl::OkStatus();
}

absl::Status SafetensorsReader::Impl::IndexNames() {
  by_name.reserve(entries.size());
  for (size_t i = 0; i < entries.size(); ++i) {
    const auto [where, fresh] = by_name.emplace(entries[i].name, i);
    if (!fresh) {
      return absl::InvalidArgumentError(absl::StrCat("tensor '", entries[i].name, "' is both in ",
                                                     files[entries[where->second].file], " and in ",
                                                     files[entries[i].file]));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<const SafetensorsEntry*> SafetensorsReader::Impl::FindOrError(
    absl::string_view name) const {
  const auto found = by_name.find(name);
  if (found != by_name.end()) return &entries[found->second];
  return absl::NotFoundError(
      absl::StrCat(files.empty() ? "" : files.front(), ": no tensor '", name, "' among ",
                   entries.size(), entries.empty() ? "" : ", the first of which is '",
                   entries.empty() ? "" : entries.front().name, entries.empty() ? "" : "'"));
}

SafetensorsReader::SafetensorsReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SafetensorsReader::~SafetensorsReader() = default;

absl::StatusOr<std::unique_ptr<SafetensorsReader>> SafetensorsReader::Open(
    const std::string& path) {
  std::string file = path;
  if (IsFolder(path)) {
    PAWL_ASSIGN_OR_RETURN(file, FindInFolder(path));
  }
  auto impl = std::make_unique<Impl>();
  if (!absl::EndsWith(file, ".json")) {
    PAWL_ASSIGN_OR_RETURN(std::shared_ptr<const MappedFile> map, MappedFile::Open(file));
    PAWL_RETURN_IF_ERROR(impl->AddFile(std::move(map)));
    PAWL_RETURN_IF_ERROR(impl->IndexNames());
    return std::unique_ptr<SafetensorsReader>(new SafetensorsReader(std::move(impl)));
  }
  PAWL_ASSIGN_OR_RETURN(const std::string json, ReadFile(file, kMaxSafetensorsHeader));
  PAWL_ASSIGN_OR_RETURN(const auto weight_map, ParseSafetensorsIndex(json, file));
  const std::string folder = file.substr(0, file.rfind('/') + 1);  // empty for a bare name
  std::vector<std::string> shards;
  shards.reserve(weight_map.size());
  for (const auto& [name, shard] : weight_map) shards.push_back(shard);
  std::sort(shards.begin(), shards.end());
  shards.erase(std::unique(shards.begin(), shards.end()), shards.end());
  for (const std::string& shard : shards) {
    PAWL_ASSIGN_OR_RETURN(std::shared_ptr<const MappedFile> map,
                          MappedFile::Open(absl::StrCat(folder, shard)));
    PAWL_RETURN_IF_ERROR(impl->AddFile(std::move(map)));
  }
  PAWL_RETURN_IF_ERROR(impl->IndexNames());
  std::unique_ptr<SafetensorsReader> reader(new SafetensorsReader(std::move(impl)));
  PAWL_RETURN_IF_ERROR(CheckIndex(weight_map, file, folder, *reader));
  return reader;
}

absl::StatusOr<std::unique_ptr<SafetensorsReader>> SafetensorsReader::OpenMemory(
    absl::Span<const uint8_t> bytes, std::shared_ptr<const void> owner, const std::string& name) {
  auto impl = std::make_unique<Impl>();
  PAWL_RETURN_IF_ERROR(impl->AddFile(MappedFile::FromMemory(bytes, std::move(owner), name)));
  PAWL_RETURN_IF_ERROR(impl->IndexNames());
  return std::unique_ptr<SafetensorsReader>(new SafetensorsReader(std::move(impl)));
}

absl::Span<const SafetensorsEntry> SafetensorsReader::entries() const { return impl_->entries; }
const std::map<std::string, std::string>& SafetensorsReader::metadata() const {
  return impl_->metadata;
}
absl::Span<const std::string> SafetensorsReader::files() const { return impl_->files; }

const SafetensorsEntry* SafetensorsReader::Find(absl::string_view name) const {
  const auto found = impl_->by_name.find(name);
  return found == impl_->by_name.end() ? nullptr : &impl_->entries[found->second];
}

namespace {

absl::StatusOr<DType> TypeOf(const SafetensorsEntry& entry, const std::string& file) {
  if (entry.dtype.has_value()) return *entry.dtype;
  return absl::UnimplementedError(absl::StrCat(file, ": tensor '", entry.name, "' has the type ",
                                               entry.dtype_name, ", which Pawl does not read"));
}

absl::Status WithTensor(const absl::Status& status, const SafetensorsEntry& entry) {
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat("tensor '", entry.name, "': ", status.message()));
}

}  // namespace

absl::StatusOr<Tensor> SafetensorsReader::Get(absl::string_view name) const {
  PAWL_ASSIGN_OR_RETURN(const SafetensorsEntry* entry, impl_->FindOrError(name));
  return Get(*entry);
}

absl::StatusOr<Tensor> SafetensorsReader::Get(const SafetensorsEntry& entry) const {
  PAWL_ASSIGN_OR_RETURN(const DType dtype, TypeOf(entry, impl_->files[entry.file]));
  absl::StatusOr<Tensor> tensor =
      MapTensor(impl_->maps[entry.file], dtype, entry.shape, entry.offset);
  if (!tensor.ok()) return WithTensor(tensor.status(), entry);
  return tensor;
}

absl::StatusOr<Tensor> SafetensorsReader::Read(absl::string_view name) const {
  PAWL_ASSIGN_OR_RETURN(const SafetensorsEntry* entry, impl_->FindOrError(name));
  return Read(*entry);
}

absl::StatusOr<Tensor> SafetensorsReader::Read(const SafetensorsEntry& entry) const {
  PAWL_ASSIGN_OR_RETURN(const DType dtype, TypeOf(entry, impl_->files[entry.file]));
  absl::StatusOr<Tensor> tensor =
      ReadTensor(*impl_->maps[entry.file], dtype, entry.shape, entry.offset);
  if (!tensor.ok()) return WithTensor(tensor.status(), entry);
  return tensor;
}

absl::Status SafetensorsReader::ReadBytes(const SafetensorsEntry& entry, uint64_t begin,
                                          absl::Span<uint8_t> out) const {
  if (begin > entry.size || out.size() > entry.size - begin) {
    return absl::OutOfRangeError(absl::StrCat("tensor '", entry.name, "' has ", entry.size,
                                              " bytes; asked for ", out.size(), " from ", begin));
  }
  return WithTensor(impl_->maps[entry.file]->Read(entry.offset + begin, out), entry);
}

void SafetensorsReader::Release(const SafetensorsEntry& entry) const {
  impl_->maps[entry.file]->Release(entry.offset, entry.size);
}

absl::Status SafetensorsReader::CheckUnchanged() const {
  for (const auto& map : impl_->maps) PAWL_RETURN_IF_ERROR(map->CheckUnchanged());
  return absl::OkStatus();
}

}  // namespace pawl
