// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/formats/onnx_source.h"

#include <stdlib.h>

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/core/status_macros.h"
#include "pawl/text.h"

namespace pawl::onnx {
namespace {

std::string RealPath(const std::string& path) {
  char* resolved = realpath(path.c_str(), nullptr);
  if (resolved == nullptr) return "";
  std::string result = resolved;
  free(resolved);
  return result;
}

}  // namespace

absl::Status Source::Error(absl::string_view what) const {
  return absl::InvalidArgumentError(absl::StrCat(file_->path(), ": byte ", position_, ": ", what));
}

absl::StatusOr<Tensor> Source::Map(DType dtype, absl::Span<const int64_t> dims,
                                   protozero::data_view raw) const {
  return MapTensor(file_, dtype, dims, OffsetOf(raw.data()));
}

absl::StatusOr<std::shared_ptr<const MappedFile>> Source::External(const std::string& location) {
  const auto found = external_.find(location);
  if (found != external_.end()) return found->second;
  if (folder_.empty()) {
    return Error(absl::StrCat("external data '", Printable(location),
                              "' of a model in memory, without a folder to look in"));
  }
  const std::vector<std::string> parts = absl::StrSplit(location, '/');
  const bool escapes = std::find(parts.begin(), parts.end(), "..") != parts.end();
  if (location.empty() || location[0] == '/' || escapes ||
      location.find('\0') != std::string::npos) {
    return Error(absl::StrCat("external data '", Printable(location),
                              "' must be a path below the model's folder"));
  }
  const std::string path = absl::StrCat(folder_, "/", location);
  const std::string real = RealPath(path), root = RealPath(folder_);
  if (!absl::StartsWith(real, root == "/" ? root : absl::StrCat(root, "/"))) {
    return Error(absl::StrCat("external data '", Printable(location), "' is a link to ", real,
                              ", outside the model's folder; put the file itself there"));
  }
  PAWL_ASSIGN_OR_RETURN(std::shared_ptr<const MappedFile> file,
                        copy_ ? MappedFile::OpenCopy(path) : MappedFile::Open(path));
  external_[location] = file;
  return file;
}

void Source::UseExternal(const std::string& location, uint64_t offset, uint64_t size,
                         absl::string_view tensor) {
  pieces_[location].push_back({offset, size, std::string(tensor)});
}

absl::Status Source::CheckExternal() const {
  for (const auto& [location, pieces] : pieces_) {
    std::vector<Piece> sorted = pieces;
    std::sort(sorted.begin(), sorted.end(), [](const Piece& a, const Piece& b) {
      return std::pair(a.offset, a.size) < std::pair(b.offset, b.size);
    });
    for (size_t i = 1; i < sorted.size(); ++i) {
      const Piece &a = sorted[i - 1], &b = sorted[i];
      const bool same = a.offset == b.offset && a.size == b.size;
      if (!same && b.offset < a.offset + a.size) {
        return absl::InvalidArgumentError(absl::StrCat(
            file_->path(), ": the tensors '", a.tensor, "' and '", b.tensor,
            "' overlap in external data '", Printable(location), "' at byte ", b.offset));
      }
    }
  }
  return absl::OkStatus();
}

std::vector<std::string> Source::Files() const {
  std::vector<std::string> files;
  if (file_->is_file()) files.push_back(file_->path());
  for (const auto& [location, file] : external_) files.push_back(file->path());
  return files;
}

}  // namespace pawl::onnx
