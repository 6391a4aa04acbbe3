// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Whole files in, and files out that appear complete or not at all.

#ifndef PAWL_LIB_FORMATS_FILE_IO_H_
#define PAWL_LIB_FORMATS_FILE_IO_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "lib/formats/mapped_file.h"

namespace pawl {

// The whole file at `path`. Errors: NotFound and its like, ResourceExhausted where it has more than
// `max_bytes`.
absl::StatusOr<std::string> ReadFile(const std::string& path, uint64_t max_bytes);

// A file that is written beside its target and takes the target's place in Commit(). Until then,
// and after any error, the target is what it was; the destructor removes what was not committed.
// Only a kill leaves a stray ".pawl-tmp-..." file beside the target. A full disk or a file-size
// limit (RLIMIT_FSIZE) is an error; the limit's signal, SIGXFSZ, is held back while writing.
// A target that is a symbolic link is written through the link. Serves one thread at a time.
class AtomicFile {
 public:
  // `inputs` are files that must not be overwritten: InvalidArgument when `target` is one of them,
  // by whatever path or link. Inputs that do not exist are ignored.
  static absl::StatusOr<std::unique_ptr<AtomicFile>> Create(
      const std::string& target, absl::Span<const std::string> inputs = {});
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  // The same for a file that is open already.
  absl::Status ForbidTarget(const MappedFile& input);

  // Writes at the end of what Append() wrote before.
  absl::Status Append(absl::Span<const uint8_t> bytes);
  // Writes anywhere, without moving that end.
  absl::Status WriteAt(uint64_t offset, absl::Span<const uint8_t> bytes);
  // Moves the end; new bytes are zero. Disk space is not reserved.
  absl::Status Resize(uint64_t size);

  // Where the next Append goes.
  uint64_t position() const { return position_; }
  const std::string& target() const { return target_; }
  // The file as it is being written, for checks before Commit().
  const std::string& temporary_path() const { return temporary_; }

  // Makes the bytes durable and renames. Once, and nothing can be written afterwards.
  absl::Status Commit();

 private:
  AtomicFile() = default;
  absl::Status OpenTemporary();
  absl::Status CheckForbidden() const;
  absl::Status Failure(int error, absl::string_view doing) const;

  std::string target_;
  std::string temporary_;
  int fd_ = -1;
  uint64_t position_ = 0;
  std::vector<FileId> forbidden_;
};

// Create, Append, Commit.
absl::Status WriteFileAtomically(const std::string& target, absl::string_view bytes,
                                 absl::Span<const std::string> inputs = {});

}  // namespace pawl

#endif  // PAWL_LIB_FORMATS_FILE_IO_H_
