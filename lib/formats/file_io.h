// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Whole files in, and files out that appear complete or not at all; or bytes out to a sink.

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
#include "pawl/byte_sink.h"

namespace pawl {

// The whole file at `path`. Errors: NotFound and its like, ResourceExhausted where it has more than
// `max_bytes`.
absl::StatusOr<std::string> ReadFile(const std::string& path, uint64_t max_bytes);

// The file that a link leads to, or the path itself where it leads nowhere (yet).
std::string FollowLinks(const std::string& path);
// "." for a bare name.
std::string FolderOf(const std::string& path);
// Makes the names in the folder durable, where its file system can.
void SyncFolder(const std::string& folder);
// Writes all of `bytes` at `offset`; 0 or an errno. A file-size limit is EFBIG, not a signal.
int WriteAll(int fd, uint64_t offset, absl::Span<const uint8_t> bytes);

// What a writer of files writes to. Serves one thread at a time.
class OutputFile {
 public:
  virtual ~OutputFile() = default;
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  // Writes at the end of what Append() wrote before.
  absl::Status Append(absl::Span<const uint8_t> bytes);
  // Writes anywhere, without moving that end.
  virtual absl::Status WriteAt(uint64_t offset, absl::Span<const uint8_t> bytes) = 0;
  // Moves the end; new bytes are zero until they are written.
  virtual absl::Status Resize(uint64_t size) = 0;
  // The file will have this size.
  virtual absl::Status ExpectSize(uint64_t) { return absl::OkStatus(); }
  // Once, and nothing can be written afterwards.
  virtual absl::Status Commit() = 0;

  // Where the next Append goes.
  uint64_t position() const { return position_; }
  // The path, or what stands for it in messages.
  const std::string& target() const { return target_; }

  // What was written so far, for checks before Commit(): a path, or the memory that it is in, or
  // neither, where a host took the bytes.
  virtual const std::string* written_path() const { return nullptr; }
  virtual const MemoryBuffer* written_memory() const { return nullptr; }
  bool readable() const { return written_path() != nullptr || written_memory() != nullptr; }

  // Opens that with a reader; null where it is not readable.
  template <typename Reader>
  absl::StatusOr<std::unique_ptr<Reader>> Reopen() const {
    if (written_path() != nullptr) return Reader::Open(*written_path());
    if (written_memory() == nullptr) return std::unique_ptr<Reader>();
    return Reader::OpenMemory(written_memory()->bytes(), nullptr, target());
  }

 protected:
  OutputFile() = default;

  std::string target_;
  uint64_t position_ = 0;
};

// A sink under `name` as an output.
absl::StatusOr<std::unique_ptr<OutputFile>> OutputToSink(std::shared_ptr<ByteSink> sink,
                                                         const std::string& name);

// A file that is written beside its target and takes the target's place in Commit(). Until then,
// and after any error, the target is what it was; the destructor removes what was not committed.
// Only a kill leaves a stray ".pawl-tmp-..." file (".part" of OpenPartial()) beside the target. A
// full disk or a file-size limit (RLIMIT_FSIZE) is an error; the limit's signal, SIGXFSZ, is held
// back while writing. A target that is a symbolic link is written through the link. Serves one
// thread at a time.
class AtomicFile final : public OutputFile {
 public:
  // `inputs` are files that must not be overwritten: InvalidArgument when `target` is one of them,
  // by whatever path or link. Inputs that do not exist are ignored.
  static absl::StatusOr<std::unique_ptr<AtomicFile>> Create(
      const std::string& target, absl::Span<const std::string> inputs = {});
  ~AtomicFile() override;
  // Create()'s errors about `target` and `inputs`, without a file.
  static absl::Status CheckTarget(const std::string& target,
                                  absl::Span<const std::string> inputs = {});

  // The same with a name of its own for the file beside the target, BesideTarget(target, ".part"),
  // so that a later process finds what an interrupted one left: its bytes are still there. While it
  // is open it is locked. Errors: FailedPrecondition where another process has the lock, or where
  // a file of that name is not Pawl's: one that begins neither with kPartialMark or a .pawl file's
  // mark, nor with `finished`, what the caller's own would begin with (empty: nothing).
  static absl::StatusOr<std::unique_ptr<AtomicFile>> OpenPartial(
      const std::string& target, absl::Span<const std::string> inputs = {},
      absl::string_view finished = "");
  // The bytes so far become durable.
  absl::Status Sync();
  // Whether the destructor leaves the file.
  void Keep(bool keep) { keep_ = keep; }
  // What an earlier process left in it.
  uint64_t found_bytes() const { return found_bytes_; }

  // The same for a file that is open already.
  absl::Status ForbidTarget(const MappedFile& input);

  absl::Status WriteAt(uint64_t offset, absl::Span<const uint8_t> bytes) override;
  // Disk space is not reserved.
  absl::Status Resize(uint64_t size) override;
  // Makes the bytes durable and renames.
  absl::Status Commit() override;
  const std::string* written_path() const override { return &temporary_; }

  // The file as it is being written.
  const std::string& temporary_path() const { return temporary_; }

 private:
  AtomicFile() = default;
  static absl::StatusOr<std::unique_ptr<AtomicFile>> Prepare(const std::string& target,
                                                             absl::Span<const std::string> inputs);
  absl::Status OpenTemporary();
  absl::Status LockPartial(const std::string& name, bool* again);
  absl::Status CheckPartial(absl::string_view finished);
  absl::Status KeepMode();
  absl::Status CheckForbidden() const;
  absl::Status Failure(int error, absl::string_view doing) const;

  std::string temporary_;
  int fd_ = -1;
  bool partial_ = false;
  bool keep_ = false;
  uint64_t found_bytes_ = 0;
  struct Forbidden {
    FileId id;
    std::string path;
  };
  std::vector<Forbidden> forbidden_;
};

// The first bytes of a ".part" file until its own take their place.
inline constexpr absl::string_view kPartialMark = "PAWLPART";

// The path of a file that belongs to `target` and lies beside it: its name with the suffix, cut
// where names have no more room, with a hash in place of what was cut.
std::string BesideTarget(const std::string& target, absl::string_view suffix);

// Create, Append, Commit.
absl::Status WriteFileAtomically(const std::string& target, absl::string_view bytes,
                                 absl::Span<const std::string> inputs = {});

}  // namespace pawl

#endif  // PAWL_LIB_FORMATS_FILE_IO_H_
