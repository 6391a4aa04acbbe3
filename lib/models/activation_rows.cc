// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/models/activation_rows.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/formats/file_io.h"

namespace pawl {
namespace {

absl::Status Failure(int error, absl::string_view doing, const std::string& folder) {
  return absl::ErrnoToStatus(error, absl::StrCat("cannot ", doing, " a temporary file in '", folder,
                                                 "' for the activations of the calibration"));
}

// A file without a name. Where the file system wants one, it has it for a moment.
int OpenNameless(const std::string& folder) {
#ifdef O_TMPFILE
  const int nameless = open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (nameless >= 0 || (errno != EOPNOTSUPP && errno != EISDIR)) return nameless;
#endif
  std::string path = absl::StrCat(folder, "/.pawl-tmp-XXXXXX");
  const int fd = mkostemp(path.data(), O_CLOEXEC);
  if (fd >= 0) unlink(path.c_str());
  return fd;
}

}  // namespace

absl::StatusOr<ActivationRows> ActivationRows::Create(int64_t rows, int64_t columns,
                                                      const std::string& folder) {
  ActivationRows result;
  result.columns_ = columns;
  if (folder.empty()) {
    PAWL_ASSIGN_OR_RETURN(result.values_, Tensor::Create(DType::kF32, {rows, columns}));
    return result;
  }
  PAWL_RETURN_IF_ERROR(CheckedNumElements({rows, columns}, sizeof(float)).status());
  result.folder_ = folder;
  result.fd_ = OpenNameless(folder);
  if (result.fd_ < 0) return Failure(errno, "create", folder);
  return result;
}

ActivationRows::~ActivationRows() {
  if (fd_ >= 0) close(fd_);
}

ActivationRows::ActivationRows(ActivationRows&& other) noexcept { *this = std::move(other); }

ActivationRows& ActivationRows::operator=(ActivationRows&& other) noexcept {
  std::swap(columns_, other.columns_);
  std::swap(values_, other.values_);
  std::swap(fd_, other.fd_);
  std::swap(folder_, other.folder_);
  return *this;
}

absl::StatusOr<Tensor> ActivationRows::Get(int64_t first, int64_t count) {
  const auto size = static_cast<size_t>(count * columns_) * sizeof(float);
  if (fd_ < 0) {
    return Tensor::View(DType::kF32, {count, columns_},
                        values_.as<float>().data() + first * columns_, size);
  }
  if (values_.size_bytes() < size) {
    PAWL_ASSIGN_OR_RETURN(values_, Tensor::Create(DType::kF32, {count, columns_}));
  }
  auto* const out = static_cast<char*>(values_.mutable_data());
  auto at = static_cast<off_t>(first * columns_) * off_t{sizeof(float)};
  for (size_t done = 0; done < size;) {
    const ssize_t got = pread(fd_, out + done, size - done, at + static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Failure(got < 0 ? errno : EIO, "read", folder_);
    done += static_cast<size_t>(got);
  }
  return Tensor::View(DType::kF32, {count, columns_}, values_.data(), size);
}

absl::Status ActivationRows::Put(int64_t first, const Tensor& rows) {
  if (fd_ < 0) {
    std::memcpy(values_.mutable_as<float>().data() + first * columns_, rows.data(),
                rows.size_bytes());
    return absl::OkStatus();
  }
  const auto* const bytes = static_cast<const uint8_t*>(rows.data());
  const auto at = static_cast<uint64_t>(first * columns_) * sizeof(float);
  const int error = WriteAll(fd_, at, {bytes, rows.size_bytes()});
  return error == 0 ? absl::OkStatus() : Failure(error, "write", folder_);
}

}  // namespace pawl
