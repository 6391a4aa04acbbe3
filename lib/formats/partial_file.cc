// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Files that an interrupted process leaves for the next one.

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/formats/file_io.h"
#include "lib/formats/hash.h"

namespace pawl {

std::string BesideTarget(const std::string& target, absl::string_view suffix) {
  const size_t slash = target.rfind('/');
  const size_t start = slash == std::string::npos ? 0 : slash + 1;
  const std::string name = target.substr(start);
  if (name.size() + suffix.size() <= NAME_MAX) return absl::StrCat(target, suffix);
  const uint64_t hash = HashBytes({reinterpret_cast<const uint8_t*>(name.data()), name.size()});
  const std::string tail = absl::StrCat("-", absl::Hex(hash, absl::kZeroPad16), suffix);
  return absl::StrCat(target.substr(0, start), name.substr(0, NAME_MAX - tail.size()), tail);
}

// Opens and locks the file of that name. *again where another process renamed it in between: what
// was locked then is the other one's finished file.
absl::Status AtomicFile::LockPartial(const std::string& name, bool* again) {
  // O_NONBLOCK: a pipe of that name must be refused below, not waited for.
  do {
    fd_ = open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
  } while (fd_ < 0 && errno == EINTR);
  if (fd_ < 0) return Failure(errno, absl::StrCat("create ", name, " to write"));
  // Where the file system knows no locks, the user must see to it.
  if (flock(fd_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    return absl::FailedPreconditionError(
        absl::StrCat("another job is writing ", target_, " (it has ", name,
                     " open); wait for its end, or name another output"));
  }
  struct stat locked;
  struct stat named;
  *again = fstat(fd_, &locked) != 0 || lstat(name.c_str(), &named) != 0 ||
           locked.st_ino != named.st_ino || locked.st_dev != named.st_dev;
  if (*again) close(std::exchange(fd_, -1));
  return absl::OkStatus();
}

// That the open file may be written over: ours, or empty. Zeros are where a .pawl file's mark comes
// last; a caller with a mark of its own writes that first.
absl::Status AtomicFile::CheckPartial(absl::string_view finished) {
  const std::string name = BesideTarget(target_, ".part");
  struct stat info;
  if (fstat(fd_, &info) != 0) return Failure(errno, "stat a file to write");
  const FileId id{static_cast<uint64_t>(info.st_dev), static_cast<uint64_t>(info.st_ino)};
  bool ours = S_ISREG(info.st_mode) && info.st_nlink == 1 &&
              std::none_of(forbidden_.begin(), forbidden_.end(),
                           [&](const Forbidden& input) { return input.id == id; });
  if (ours && info.st_size > 0) {
    char start[8] = {};
    const absl::string_view mark(start, sizeof start);
    ours = pread(fd_, start, sizeof start, 0) == static_cast<ssize_t>(sizeof start) &&
           (mark == kPartialMark || mark == "PAWLFILE" ||
            mark == (finished.empty() ? absl::string_view("\0\0\0\0\0\0\0\0", 8) : finished));
  }
  found_bytes_ = static_cast<uint64_t>(info.st_size);
  if (ours) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("cannot write ", target_, ": ", name,
                   ", where the work goes until it is done, is something else's; move it away"));
}

absl::StatusOr<std::unique_ptr<AtomicFile>> AtomicFile::OpenPartial(
    const std::string& target, absl::Span<const std::string> inputs, absl::string_view finished) {
  PAWL_ASSIGN_OR_RETURN(std::unique_ptr<AtomicFile> file, Prepare(target, inputs));
  file->partial_ = true;
  const std::string name = BesideTarget(file->target_, ".part");
  bool again = true;
  for (int attempt = 0; again && attempt < 100; ++attempt) {
    PAWL_RETURN_IF_ERROR(file->LockPartial(name, &again));
  }
  if (again) return file->Failure(EBUSY, "lock a file to write");
  PAWL_RETURN_IF_ERROR(file->CheckPartial(finished));
  file->temporary_ = name;  // from here on it is ours to remove
  PAWL_RETURN_IF_ERROR(file->KeepMode());
  return file;
}

absl::Status AtomicFile::Sync() {
  if (fd_ < 0) return absl::FailedPreconditionError(absl::StrCat(target_, " is closed"));
  int result;
  do {
    result = fdatasync(fd_);
  } while (result != 0 && errno == EINTR);
  return result == 0 ? absl::OkStatus() : Failure(errno, "flush");
}

}  // namespace pawl
