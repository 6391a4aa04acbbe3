// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/job_files.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/formats/file_io.h"
#include "lib/formats/mapped_file.h"

namespace pawl {
namespace {

// What a path leads to: a file's id, or the place of one that is not there yet.
struct Place {
  const JobFile* file = nullptr;
  std::optional<FileId> id;
  FileId folder;  // without an id
  std::string name;

  bool Same(const Place& other) const {
    if (id.has_value() || other.id.has_value()) return id == other.id;
    return folder == other.folder && name == other.name;
  }
};

FileId IdOf(const struct stat& info) {
  return {static_cast<uint64_t>(info.st_dev), static_cast<uint64_t>(info.st_ino)};
}

std::string NameOf(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::optional<Place> PlaceOf(const JobFile& file) {
  Place place;
  place.file = &file;
  struct stat info;
  if (stat(file.path.c_str(), &info) == 0) {
    place.id = IdOf(info);
    return place;
  }
  if (stat(FolderOf(file.path).c_str(), &info) != 0) return std::nullopt;
  place.folder = IdOf(info);
  place.name = NameOf(file.path);
  return place;
}

std::string Called(const JobFile& file) { return absl::StrCat(file.role, " '", file.path, "'"); }

absl::Status CheckWritable(const JobFile& file) {
  struct stat info;
  if (stat(file.path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot write ", Called(file), ": it exists and is ",
                     S_ISDIR(info.st_mode) ? "a folder; name a file in it" : "not a regular file"));
  }
  // A link is written through.
  const std::string folder = FolderOf(FollowLinks(file.path));
  if (stat(folder.c_str(), &info) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot write ", Called(file), ": its folder '",
                                                   folder, "' cannot be reached; make it first"));
  }
  if (!S_ISDIR(info.st_mode)) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot write ", Called(file), ": '", folder, "' is no folder"));
  }
  if (access(folder.c_str(), W_OK | X_OK) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot write ", Called(file), ": its folder '",
                                                   folder, "' cannot be written"));
  }
  return absl::OkStatus();
}

// Each of `files` against what came before, which it joins.
absl::Status CheckApart(const std::vector<JobFile>& files, const std::vector<Place>& inputs,
                        std::vector<Place>* outputs) {
  for (const JobFile& file : files) {
    if (file.path.empty()) continue;
    const std::optional<Place> place = PlaceOf(file);
    if (!place.has_value()) continue;
    for (const Place& input : inputs) {
      if (!place->Same(input)) continue;
      return absl::InvalidArgumentError(absl::StrCat(Called(file), " would overwrite ",
                                                     Called(*input.file),
                                                     ", an input of this job; name another file"));
    }
    for (const Place& other : *outputs) {
      if (!place->Same(other)) continue;
      return absl::InvalidArgumentError(absl::StrCat(Called(*other.file), " and ", Called(file),
                                                     " are one file; name another for either"));
    }
    outputs->push_back(*place);
  }
  return absl::OkStatus();
}

}  // namespace

void JobFiles::Add(const JobFiles& more) {
  inputs.insert(inputs.end(), more.inputs.begin(), more.inputs.end());
  outputs.insert(outputs.end(), more.outputs.begin(), more.outputs.end());
  possible.insert(possible.end(), more.possible.begin(), more.possible.end());
}

absl::Status CheckJobFiles(const JobFiles& files) {
  std::vector<Place> inputs;
  for (const JobFile& file : files.inputs) {
    if (file.path.empty()) continue;
    std::optional<Place> place = PlaceOf(file);
    if (place.has_value() && place->id.has_value()) inputs.push_back(*std::move(place));
  }
  std::vector<Place> outputs;
  PAWL_RETURN_IF_ERROR(CheckApart(files.outputs, inputs, &outputs));
  PAWL_RETURN_IF_ERROR(CheckApart(files.possible, inputs, &outputs));
  for (const JobFile& file : files.outputs) {
    if (!file.path.empty()) PAWL_RETURN_IF_ERROR(CheckWritable(file));
  }
  return absl::OkStatus();
}

std::vector<std::string> FilesOfModel(const std::string& path) {
  std::vector<std::string> files;
  struct stat info;
  if (stat(path.c_str(), &info) != 0) return files;
  const bool folder = S_ISDIR(info.st_mode);
  if (!folder) files.push_back(path);
  const std::string place = folder ? path : FolderOf(path);
  if (access(absl::StrCat(place, "/config.json").c_str(), F_OK) != 0) return files;
  for (const char* name :
       {"config.json", "generation_config.json", "model.safetensors.index.json", "tokenizer.json",
        "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json",
        "vocab.txt", "merges.txt", "tokenizer.model", "chat_template.jinja", "quantize_config.json",
        "LICENSE"}) {
    std::string file = absl::StrCat(place, "/", name);
    if (access(file.c_str(), F_OK) == 0) files.push_back(std::move(file));
  }
  return files;
}

}  // namespace pawl
