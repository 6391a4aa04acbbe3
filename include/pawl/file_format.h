// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Which files Pawl knows, and telling them apart by their content.

#ifndef PAWL_INCLUDE_PAWL_FILE_FORMAT_H_
#define PAWL_INCLUDE_PAWL_FILE_FORMAT_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace pawl {

enum class FileFormatId { kSafetensors, kPawl, kGguf };

struct FileFormat {
  FileFormatId id = FileFormatId::kSafetensors;
  absl::string_view name;
  absl::string_view extension;
  absl::string_view description;
  bool reads = false;
  bool writes = false;
};

// The list behind `pawl list formats`.
absl::Span<const FileFormat> FileFormats();

// What is at `path`: by its first bytes for a file; a folder is taken for a sharded safetensors
// model. Errors: NotFound and its like; InvalidArgument for a file of no known format.
absl::StatusOr<FileFormatId> DetectFileFormat(const std::string& path);
// The same for a file's bytes, of which the first few suffice; `name` stands for the path.
absl::StatusOr<FileFormatId> DetectFileFormat(absl::Span<const uint8_t> bytes,
                                              const std::string& name = "memory");

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_FILE_FORMAT_H_
