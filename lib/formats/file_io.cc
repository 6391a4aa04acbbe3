// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/formats/file_io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"

namespace pawl {
namespace {

// Holds SIGXFSZ back on this thread, so that a write beyond RLIMIT_FSIZE returns EFBIG instead of
// ending the process. The kernel directs the signal to the writing thread; what our writes raised
// is taken off before the mask is put back, what was pending before stays.
class HoldFileSizeSignal {
 public:
  HoldFileSizeSignal() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGXFSZ);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGXFSZ) == 1;
    held_ = pthread_sigmask(SIG_BLOCK, &set_, &before_) == 0;
  }
  ~HoldFileSizeSignal() {
    if (!held_) return;
    const int error = errno;
    sigset_t pending;
    sigpending(&pending);
    if (!was_pending_ && sigismember(&pending, SIGXFSZ) == 1) {
      const timespec now{0, 0};
      sigtimedwait(&set_, nullptr, &now);
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    errno = error;
  }
  HoldFileSizeSignal(const HoldFileSizeSignal&) = delete;
  HoldFileSizeSignal& operator=(const HoldFileSizeSignal&) = delete;

 private:
  sigset_t set_;
  sigset_t before_;
  bool was_pending_ = false;
  bool held_ = false;
};

}  // namespace

std::string FollowLinks(const std::string& path) {
  char* resolved = realpath(path.c_str(), nullptr);
  if (resolved == nullptr) return path;
  std::string result = resolved;
  std::free(resolved);
  return result;
}

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

int WriteAll(int fd, uint64_t offset, absl::Span<const uint8_t> bytes) {
  const HoldFileSizeSignal hold;
  while (!bytes.empty()) {
    const ssize_t done = pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return errno;
    if (done == 0) return ENOSPC;
    offset += static_cast<uint64_t>(done);
    bytes.remove_prefix(static_cast<size_t>(done));
  }
  return 0;
}

void SyncFolder(const std::string& folder) {
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  fsync(fd);
  close(fd);
}

absl::StatusOr<std::string> ReadFile(const std::string& path, uint64_t max_bytes) {
  PAWL_ASSIGN_OR_RETURN(const std::shared_ptr<const MappedFile> file, MappedFile::Open(path));
  if (file->size() > max_bytes) {
    return absl::ResourceExhaustedError(absl::StrCat(path, " has ", file->size(),
                                                     " bytes, more than the ", max_bytes,
                                                     " that such a file may have"));
  }
  std::string bytes(file->size(), '\0');
  PAWL_RETURN_IF_ERROR(
      file->Read(0, absl::Span<uint8_t>(reinterpret_cast<uint8_t*>(bytes.data()), bytes.size())));
  return bytes;
}

absl::Status AtomicFile::Failure(int error, absl::string_view doing) const {
  absl::string_view advice;
  if (error == ENOSPC || error == EDQUOT) advice = " (free some space; the old file is untouched)";
  if (error == EFBIG) advice = " (raise the file-size limit, ulimit -f; the old file is untouched)";
  return absl::ErrnoToStatus(error, absl::StrCat("cannot ", doing, " ", target_, advice));
}

absl::StatusOr<std::unique_ptr<AtomicFile>> AtomicFile::Prepare(
    const std::string& target, absl::Span<const std::string> inputs) {
  if (target.empty()) return absl::InvalidArgumentError("the output path is empty");
  std::unique_ptr<AtomicFile> file(new AtomicFile);
  file->target_ = FollowLinks(target);
  for (const std::string& input : inputs) {
    struct stat info;
    if (stat(input.c_str(), &info) == 0) {
      file->forbidden_.push_back(
          {{static_cast<uint64_t>(info.st_dev), static_cast<uint64_t>(info.st_ino)}, input});
    }
  }
  PAWL_RETURN_IF_ERROR(file->CheckForbidden());
  struct stat old;
  if (stat(file->target_.c_str(), &old) == 0 && !S_ISREG(old.st_mode)) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot write ", file->target_, ": it exists and is ",
                     S_ISDIR(old.st_mode) ? "a folder; name a file in it" : "not a regular file"));
  }
  return file;
}

absl::Status AtomicFile::CheckTarget(const std::string& target,
                                     absl::Span<const std::string> inputs) {
  return Prepare(target, inputs).status();
}

absl::StatusOr<std::unique_ptr<AtomicFile>> AtomicFile::Create(
    const std::string& target, absl::Span<const std::string> inputs) {
  PAWL_ASSIGN_OR_RETURN(std::unique_ptr<AtomicFile> file, Prepare(target, inputs));
  PAWL_RETURN_IF_ERROR(file->OpenTemporary());
  return file;
}

// The mode of a file that will be replaced.
absl::Status AtomicFile::KeepMode() {
  struct stat old;
  if (stat(target_.c_str(), &old) != 0 || fchmod(fd_, old.st_mode & 07777) == 0) {
    return absl::OkStatus();
  }
  return Failure(errno, "set the mode of");
}

absl::Status AtomicFile::OpenTemporary() {
  // Short, so that it fits wherever the target's name fits.
  const std::string stem = absl::StrCat(FolderOf(target_), "/.pawl-tmp-", getpid(), "-");
  for (int attempt = 0; attempt < 10000; ++attempt) {
    const std::string name = absl::StrCat(stem, attempt);
    fd_ = open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd_ >= 0) {
      temporary_ = name;
      return KeepMode();
    }
    if (errno != EEXIST && errno != EINTR) return Failure(errno, "create a file to write");
  }
  return Failure(EEXIST, "find a free temporary name beside");
}

AtomicFile::~AtomicFile() {
  // In this order: nobody else can have locked it meanwhile.
  if (!temporary_.empty() && !keep_) unlink(temporary_.c_str());
  if (fd_ >= 0) close(fd_);
}

absl::Status AtomicFile::CheckForbidden() const {
  struct stat info;
  if (stat(target_.c_str(), &info) != 0) return absl::OkStatus();
  const FileId id{static_cast<uint64_t>(info.st_dev), static_cast<uint64_t>(info.st_ino)};
  for (const Forbidden& input : forbidden_) {
    if (input.id != id) continue;
    return absl::InvalidArgumentError(absl::StrCat("the output ", target_, " is '", input.path,
                                                   "', an input of this job; name another"));
  }
  return absl::OkStatus();
}

absl::Status AtomicFile::ForbidTarget(const MappedFile& input) {
  if (!input.is_file()) return absl::OkStatus();
  forbidden_.push_back({input.id(), input.path()});
  return CheckForbidden();
}

absl::Status OutputFile::Append(absl::Span<const uint8_t> bytes) {
  PAWL_RETURN_IF_ERROR(WriteAt(position_, bytes));
  position_ += bytes.size();
  return absl::OkStatus();
}

absl::Status AtomicFile::WriteAt(uint64_t offset, absl::Span<const uint8_t> bytes) {
  if (fd_ < 0) return absl::FailedPreconditionError(absl::StrCat(target_, " is closed"));
  const int error = WriteAll(fd_, offset, bytes);
  return error == 0 ? absl::OkStatus() : Failure(error, "write");
}

absl::Status AtomicFile::Resize(uint64_t size) {
  if (fd_ < 0) return absl::FailedPreconditionError(absl::StrCat(target_, " is closed"));
  const HoldFileSizeSignal hold;
  int result;
  do {
    result = ftruncate(fd_, static_cast<off_t>(size));
  } while (result != 0 && errno == EINTR);
  if (result != 0) return Failure(errno, "set the size of");
  position_ = size;
  return absl::OkStatus();
}

absl::Status AtomicFile::Commit() {
  if (fd_ < 0) return absl::FailedPreconditionError(absl::StrCat(target_, " is closed"));
  PAWL_RETURN_IF_ERROR(CheckForbidden());
  int result;
  do {
    result = fsync(fd_);
  } while (result != 0 && errno == EINTR);
  if (result != 0) return Failure(errno, "flush");
  // Delayed write errors (network file systems, quotas) show up here at the latest. A partial file
  // stays open, and so locked, until it has its name.
  if (!partial_ && close(std::exchange(fd_, -1)) != 0 && errno != EINTR) {
    return Failure(errno, "close");
  }
  if (rename(temporary_.c_str(), target_.c_str()) != 0) return Failure(errno, "rename to");
  temporary_.clear();
  // The name itself becomes durable with its folder. Some file systems cannot sync a folder; the
  // file is complete and in place either way.
  SyncFolder(FolderOf(target_));
  if (fd_ >= 0) close(std::exchange(fd_, -1));
  return absl::OkStatus();
}

absl::Status WriteFileAtomically(const std::string& target, absl::string_view bytes,
                                 absl::Span<const std::string> inputs) {
  PAWL_ASSIGN_OR_RETURN(const std::unique_ptr<AtomicFile> file, AtomicFile::Create(target, inputs));
  PAWL_RETURN_IF_ERROR(file->Append(
      absl::Span<const uint8_t>(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size())));
  return file->Commit();
}

}  // namespace pawl
