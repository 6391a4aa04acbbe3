// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Handles of readers and writers of .pawl files.

#ifndef PAWL_CAPI_PAWL_FILE_HANDLES_H_
#define PAWL_CAPI_PAWL_FILE_HANDLES_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "capi/shim.h"
#include "pawl/container.h"

struct pawl_file_reader {
  std::unique_ptr<pawl::PawlReader> reader;
  std::vector<std::optional<pawl::PawlEntry>> entries;  // none where the entry cannot be read
};

struct pawl_file_writer {
  std::string path;
  std::unique_ptr<pawl::PawlWriter> writer;
  pawl::PawlMetadata metadata;
  bool finished = false;
};

namespace pawl::capi {

// In pawl_file.cc.
std::unique_ptr<pawl_file_reader> WrapReader(std::unique_ptr<PawlReader> reader);
const PawlEntry* EntryAt(const pawl_file_reader* reader, size_t index);
absl::StatusOr<std::string> NameAt(const pawl_file_reader* reader, size_t index);

// The frame of a call that writes: `body` takes the C++ writer.
template <typename Body>
int32_t Write(pawl_context* context, pawl_file_writer* writer, Body&& body) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(writer);
    if (writer->finished) {
      return absl::FailedPreconditionError(absl::StrCat(writer->path, ": already finished"));
    }
    return body(*writer->writer);
  });
}

}  // namespace pawl::capi

#endif  // PAWL_CAPI_PAWL_FILE_HANDLES_H_
