// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/formats/mapped_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"

namespace pawl {
namespace {

absl::Status CheckRange(const MappedFile& file, uint64_t offset, uint64_t size) {
  if (offset <= file.size() && size <= file.size() - offset) return absl::OkStatus();
  return absl::OutOfRangeError(absl::StrCat(file.path(), ": bytes ", offset, " to ", offset, "+",
                                            size, " lie beyond the file's end at ", file.size()));
}

}  // namespace

absl::StatusOr<std::shared_ptr<const MappedFile>> MappedFile::Open(const std::string& path) {
  // O_NONBLOCK: opening a pipe by mistake must fail below, not wait for a writer.
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path));
  std::shared_ptr<MappedFile> file(new MappedFile);
  file->fd_ = fd;
  file->path_ = path;
  struct stat info;
  if (fstat(fd, &info) != 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot stat ", path));
  if (!S_ISREG(info.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, S_ISDIR(info.st_mode) ? " is a folder" : " is not a regular file",
        "; Pawl reads files that it can map (for a stream, read it into memory first)"));
  }
  file->is_file_ = true;
  file->id_ = {static_cast<uint64_t>(info.st_dev), static_cast<uint64_t>(info.st_ino)};
  file->mtime_seconds_ = info.st_mtim.tv_sec;
  file->mtime_nanoseconds_ = info.st_mtim.tv_nsec;
  const size_t size = static_cast<size_t>(info.st_size);
  if (size == 0) return std::shared_ptr<const MappedFile>(std::move(file));
  void* map = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (map == MAP_FAILED) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot map ", path, " of ", size, " bytes"));
  }
  file->bytes_ = absl::Span<const uint8_t>(static_cast<const uint8_t*>(map), size);
  return std::shared_ptr<const MappedFile>(std::move(file));
}

absl::StatusOr<std::shared_ptr<const MappedFile>> MappedFile::OpenCopy(const std::string& path) {
  PAWL_ASSIGN_OR_RETURN(const std::shared_ptr<const MappedFile> map, Open(path));
  const auto size = static_cast<int64_t>(map->size());
  PAWL_ASSIGN_OR_RETURN(Tensor bytes, ReadTensor(*map, DType::kU8, {&size, 1}, 0));
  PAWL_RETURN_IF_ERROR(map->CheckUnchanged());
  std::shared_ptr<MappedFile> file(new MappedFile);
  file->path_ = path;
  file->is_file_ = true;
  file->id_ = map->id_;
  file->bytes_ = bytes.as<uint8_t>();
  file->owner_ = std::make_shared<const Tensor>(std::move(bytes));
  return std::shared_ptr<const MappedFile>(std::move(file));
}

std::shared_ptr<const MappedFile> MappedFile::FromMemory(absl::Span<const uint8_t> bytes,
                                                         std::shared_ptr<const void> owner,
                                                         std::string name) {
  std::shared_ptr<MappedFile> file(new MappedFile);
  file->path_ = std::move(name);
  file->bytes_ = bytes;
  file->owner_ = std::move(owner);
  return file;
}

MappedFile::~MappedFile() {
  if (fd_ < 0) return;
  if (!bytes_.empty()) munmap(const_cast<uint8_t*>(bytes_.data()), bytes_.size());
  close(fd_);
}

absl::Status MappedFile::Read(uint64_t offset, absl::Span<uint8_t> out) const {
  PAWL_RETURN_IF_ERROR(CheckRange(*this, offset, out.size()));
  if (fd_ < 0) {
    if (!out.empty()) std::memcpy(out.data(), bytes_.data() + offset, out.size());
    return absl::OkStatus();
  }
  while (!out.empty()) {
    const ssize_t got = pread(fd_, out.data(), out.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      return absl::ErrnoToStatus(errno, absl::StrCat("cannot read ", path_, " at byte ", offset));
    }
    if (got == 0) {
      return absl::DataLossError(absl::StrCat(path_, " shrank while it was read: it had ", size(),
                                              " bytes when it was opened and now ends at byte ",
                                              offset));
    }
    offset += static_cast<uint64_t>(got);
    out.remove_prefix(static_cast<size_t>(got));
  }
  return absl::OkStatus();
}

absl::Status MappedFile::CheckUnchanged() const {
  if (fd_ < 0) return absl::OkStatus();
  struct stat info;
  if (fstat(fd_, &info) != 0) return absl::ErrnoToStatus(errno, absl::StrCat("stat of ", path_));
  if (static_cast<uint64_t>(info.st_size) != size()) {
    return absl::DataLossError(absl::StrCat(path_, " changed while it was read: it had ", size(),
                                            " bytes when it was opened and has ", info.st_size,
                                            " now; run again when nothing writes to it"));
  }
  if (info.st_mtim.tv_sec != mtime_seconds_ || info.st_mtim.tv_nsec != mtime_nanoseconds_) {
    return absl::DataLossError(absl::StrCat(
        path_, " was written to while it was read; run again when nothing writes to it"));
  }
  return absl::OkStatus();
}

void MappedFile::Release(uint64_t offset, uint64_t size) const {
  if (fd_ < 0 || offset >= bytes_.size()) return;
  const uint64_t page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  const uint64_t end = std::min<uint64_t>(bytes_.size(), offset + std::min(size, this->size()));
  const uint64_t begin = offset / page * page;
  // A hint: when the system declines, only memory use differs.
  madvise(const_cast<uint8_t*>(bytes_.data()) + begin, end - begin, MADV_DONTNEED);
}

absl::StatusOr<Tensor> MapTensor(const std::shared_ptr<const MappedFile>& file, DType dtype,
                                 absl::Span<const int64_t> shape, uint64_t offset) {
  PAWL_ASSIGN_OR_RETURN(const int64_t count, CheckedNumElements(shape, DTypeSize(dtype)));
  const uint64_t size = static_cast<uint64_t>(count) * DTypeSize(dtype);
  PAWL_RETURN_IF_ERROR(CheckRange(*file, offset, size));
  PAWL_RETURN_IF_ERROR(file->CheckUnchanged());
  const uint8_t* data = file->bytes().data() + offset;
  if (reinterpret_cast<uintptr_t>(data) % DTypeSize(dtype) != 0) {
    return ReadTensor(*file, dtype, shape, offset);
  }
  return Tensor::View(dtype, shape, data, size, file);
}

absl::StatusOr<Tensor> ReadTensor(const MappedFile& file, DType dtype,
                                  absl::Span<const int64_t> shape, uint64_t offset) {
  PAWL_ASSIGN_OR_RETURN(const int64_t count, CheckedNumElements(shape, DTypeSize(dtype)));
  // Before the allocation: a shape that the file cannot hold must not cost memory.
  PAWL_RETURN_IF_ERROR(CheckRange(file, offset, static_cast<uint64_t>(count) * DTypeSize(dtype)));
  PAWL_ASSIGN_OR_RETURN(Tensor tensor, Tensor::Create(dtype, shape));
  PAWL_RETURN_IF_ERROR(file.Read(
      offset,
      absl::Span<uint8_t>(static_cast<uint8_t*>(tensor.mutable_data()), tensor.size_bytes())));
  return tensor;
}

}  // namespace pawl
