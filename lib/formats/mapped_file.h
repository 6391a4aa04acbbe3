// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// MappedFile: the bytes of an input file, by map and by read.
//
// A map is only as long as its file: if somebody truncates the file, touching the lost pages raises
// SIGBUS, and no check made beforehand can rule that out. A library must not install a process-wide
// handler, so the ways to the bytes promise different things:
// - Read() and ReadTensor() copy through pread: a file that shrank is an error, never a signal.
//   Everything that parses or hashes (headers, indices, Verify) and every job that must survive a
//   file changing under it goes this way.
// - A file of OpenCopy() is read once and whole; nothing that happens to it later matters.
// - bytes() and MapTensor() give the map itself, without a copy. MapTensor checks the file's size
//   and time first and CheckUnchanged() does it again after use, so a file that changed earlier is
//   an error; one that is truncated while a view is being read may raise SIGBUS. Pawl's own writers
//   replace files by renaming, which never shrinks a map.

#ifndef PAWL_LIB_FORMATS_MAPPED_FILE_H_
#define PAWL_LIB_FORMATS_MAPPED_FILE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pawl/tensor.h"

namespace pawl {

// What tells two files apart, whatever path or link leads to them.
struct FileId {
  uint64_t device = 0;
  uint64_t inode = 0;

  friend bool operator==(const FileId&, const FileId&) = default;
};

// Thread-safe. Tensors that view the map keep it alive.
class MappedFile {
 public:
  // Maps the regular file at `path` read-only.
  static absl::StatusOr<std::shared_ptr<const MappedFile>> Open(const std::string& path);

  // The same with the bytes in memory of its own. Errors: likewise; DataLoss where the file changed
  // while it was read; ResourceExhausted.
  static absl::StatusOr<std::shared_ptr<const MappedFile>> OpenCopy(const std::string& path);

  // The same interface over memory; `name` stands for the path in messages. `owner` (may be null)
  // lives as long as the result.
  static std::shared_ptr<const MappedFile> FromMemory(absl::Span<const uint8_t> bytes,
                                                      std::shared_ptr<const void> owner,
                                                      std::string name);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  const std::string& path() const { return path_; }
  uint64_t size() const { return bytes_.size(); }
  absl::Span<const uint8_t> bytes() const { return bytes_; }

  // False for memory that was given, which has no id.
  bool is_file() const { return is_file_; }
  FileId id() const { return id_; }

  // Copies out.size() bytes from `offset`. Errors: OutOfRange beyond the end, DataLoss where the
  // file ends earlier than it did when it was opened.
  absl::Status Read(uint64_t offset, absl::Span<uint8_t> out) const;

  // DataLoss where the file's size or modification time is no longer that of Open().
  absl::Status CheckUnchanged() const;

  // Lets the system take back the pages of this range, so that resident memory follows the tensor
  // at hand. The bytes stay readable and are fetched again when touched.
  void Release(uint64_t offset, uint64_t size) const;

 private:
  MappedFile() = default;

  std::string path_;
  absl::Span<const uint8_t> bytes_;
  int fd_ = -1;  // of a map
  bool is_file_ = false;
  FileId id_;
  int64_t mtime_seconds_ = 0;
  int64_t mtime_nanoseconds_ = 0;
  std::shared_ptr<const void> owner_;
};

// A tensor over the map; copied instead where the address does not suit the element type.
absl::StatusOr<Tensor> MapTensor(const std::shared_ptr<const MappedFile>& file, DType dtype,
                                 absl::Span<const int64_t> shape, uint64_t offset);

// A tensor in memory of its own.
absl::StatusOr<Tensor> ReadTensor(const MappedFile& file, DType dtype,
                                  absl::Span<const int64_t> shape, uint64_t offset);

}  // namespace pawl

#endif  // PAWL_LIB_FORMATS_MAPPED_FILE_H_
