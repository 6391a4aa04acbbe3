// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/formats/journal_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/formats/file_io.h"
#include "lib/formats/hash.h"

namespace pawl {
namespace {

constexpr absl::string_view kMagic = "PAWLJRNL";
constexpr uint32_t kEntryMark = 0x4A575041;
constexpr uint64_t kMaxJournal = uint64_t{1} << 32;

struct EntryHead {
  uint32_t mark = kEntryMark;
  uint32_t kind = 0;
  uint64_t size = 0;
  uint64_t hash = 0;
};
static_assert(sizeof(EntryHead) == 24);

absl::Span<const uint8_t> Bytes(absl::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

uint64_t HashOf(uint32_t kind, absl::string_view payload) {
  const uint64_t size = payload.size();
  uint8_t head[12];
  std::memcpy(head, &kind, 4);
  std::memcpy(head + 4, &size, 8);
  Hasher hasher;
  hasher.Update(head);
  hasher.Update(Bytes(payload));
  return hasher.Digest();
}

}  // namespace

absl::StatusOr<JournalContent> JournalFile::Read(const std::string& path) {
  PAWL_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path, kMaxJournal));
  JournalContent content;
  const absl::string_view text = bytes;
  if (!absl::StartsWith(kMagic, text.substr(0, kMagic.size()))) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " is in the way of a job's journal and is none; move it away"));
  }
  if (text.size() < kMagic.size()) return content;
  content.bytes = kMagic.size();
  while (text.size() - content.bytes >= sizeof(EntryHead)) {
    EntryHead head;
    std::memcpy(&head, text.data() + content.bytes, sizeof head);
    const absl::string_view rest = text.substr(content.bytes + sizeof head);
    if (head.mark != kEntryMark || head.size > rest.size()) break;
    const absl::string_view payload = rest.substr(0, head.size);
    if (head.hash != HashOf(head.kind, payload)) break;
    content.entries.push_back({head.kind, std::string(payload)});
    content.bytes += sizeof head + head.size;
  }
  return content;
}

uint64_t JournalFile::SizeOf(const JournalContent& content, size_t entries) {
  uint64_t size = kMagic.size();
  for (size_t i = 0; i < entries; ++i) {
    size += sizeof(EntryHead) + content.entries[i].payload.size();
  }
  return size;
}

absl::StatusOr<std::unique_ptr<JournalFile>> JournalFile::Open(const std::string& path,
                                                               uint64_t keep) {
  std::unique_ptr<JournalFile> file(new JournalFile);
  file->path_ = path;
  const int flags = O_WRONLY | O_CLOEXEC | O_NOFOLLOW | (keep == 0 ? O_CREAT | O_EXCL : 0);
  do {
    file->fd_ = open(path.c_str(), flags, 0666);
  } while (file->fd_ < 0 && errno == EINTR);
  if (file->fd_ < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot create ", path));
  file->end_ = keep;
  if (keep == 0) {
    if (const absl::Status begun = file->Write(kMagic); !begun.ok()) {
      unlink(path.c_str());
      return begun;
    }
    SyncFolder(FolderOf(path));
  } else if (ftruncate(file->fd_, static_cast<off_t>(keep)) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot cut ", path));
  }
  return file;
}

JournalFile::~JournalFile() {
  if (fd_ >= 0) close(fd_);
}

absl::Status JournalFile::Write(absl::string_view bytes) {
  int error = WriteAll(fd_, end_, Bytes(bytes));
  while (error == 0 && fdatasync(fd_) != 0) {
    if (errno != EINTR) error = errno;
  }
  if (error != 0) return absl::ErrnoToStatus(error, absl::StrCat("cannot write ", path_));
  end_ += bytes.size();
  return absl::OkStatus();
}

absl::Status JournalFile::Append(uint32_t kind, absl::string_view payload) {
  EntryHead head;
  head.kind = kind;
  head.size = payload.size();
  head.hash = HashOf(kind, payload);
  return Write(
      absl::StrCat(absl::string_view(reinterpret_cast<const char*>(&head), sizeof head), payload));
}

}  // namespace pawl
