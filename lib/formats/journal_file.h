// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// A file of entries that is only ever appended to, and read by whoever comes after a crash: an
// entry is whole or it is not there.

#ifndef PAWL_LIB_FORMATS_JOURNAL_FILE_H_
#define PAWL_LIB_FORMATS_JOURNAL_FILE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace pawl {

struct JournalEntry {
  uint32_t kind = 0;
  std::string payload;
};

struct JournalContent {
  std::vector<JournalEntry> entries;
  uint64_t bytes = 0;  // up to the end of the last whole entry
};

// Bytes, little-endian: "PAWLJRNL"; then entries of 4 bytes 0x4A575041 ("APWJ"), 4 kind, 8 size of
// the payload, 8 XXH3-64 of kind, size and payload together, payload. Serves one thread at a time.
class JournalFile {
 public:
  // The entries at `path` up to the first that is torn; none where only the beginning of the file
  // is there. Errors: NotFound; FailedPrecondition for a file that is no journal.
  static absl::StatusOr<JournalContent> Read(const std::string& path);

  // Bytes up to the end of the first `entries` of them.
  static uint64_t SizeOf(const JournalContent& content, size_t entries);

  // Opens it to go on after its first `keep` bytes (JournalContent::bytes), or makes a new one for
  // 0, which must not exist.
  static absl::StatusOr<std::unique_ptr<JournalFile>> Open(const std::string& path, uint64_t keep);
  ~JournalFile();
  JournalFile(const JournalFile&) = delete;
  JournalFile& operator=(const JournalFile&) = delete;

  // Durable when it returns.
  absl::Status Append(uint32_t kind, absl::string_view payload);

 private:
  JournalFile() = default;
  absl::Status Write(absl::string_view bytes);

  std::string path_;
  int fd_ = -1;
  uint64_t end_ = 0;
};

}  // namespace pawl

#endif  // PAWL_LIB_FORMATS_JOURNAL_FILE_H_
