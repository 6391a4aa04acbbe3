// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/formats/staged_folder.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "lib/core/status_macros.h"
#include "lib/formats/file_io.h"

namespace pawl {

absl::StatusOr<std::unique_ptr<StagedFolder>> StagedFolder::Create(const std::string& folder) {
  const std::string stem = absl::StrCat(folder, "/.pawl-tmp-", getpid(), "-");
  for (int attempt = 0; attempt < 10000; ++attempt) {
    std::string path = absl::StrCat(stem, attempt);
    if (mkdir(path.c_str(), 0777) == 0) {
      return std::unique_ptr<StagedFolder>(new StagedFolder(folder, std::move(path)));
    }
    if (errno != EEXIST) {
      return absl::ErrnoToStatus(errno, absl::StrCat("cannot write to the folder ", folder));
    }
  }
  return absl::UnavailableError(absl::StrCat("cannot find a free temporary name in ", folder));
}

StagedFolder::~StagedFolder() {
  MoveBack();
  for (const std::string& name : names_) unlink(absl::StrCat(path_, "/", name).c_str());
  rmdir(path_.c_str());
}

std::string StagedFolder::Path(const std::string& name) {
  names_.push_back(name);
  return absl::StrCat(path_, "/", name);
}

absl::Status StagedFolder::Named(const absl::Status& status) const {
  if (status.ok()) return status;
  return absl::Status(
      status.code(),
      absl::StrReplaceAll(status.message(), {{FollowLinks(path_), folder_}, {path_, folder_}}));
}

absl::Status StagedFolder::Move(const std::string& name) {
  const std::string from = absl::StrCat(path_, "/", name);
  Moved move{FollowLinks(absl::StrCat(folder_, "/", name)), ""};
  const auto failed = [&] {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot replace ", move.target));
  };
  struct stat old;
  if (stat(move.target.c_str(), &old) == 0) {
    if (!S_ISREG(old.st_mode)) {
      return absl::InvalidArgumentError(
          absl::StrCat("cannot write ", move.target, ": it exists and is no regular file"));
    }
    if (chmod(from.c_str(), old.st_mode & 07777) != 0) return failed();
    move.old = absl::StrCat(from, ".old");
    // Another name for it, so that one of the two is in place at any time; where the file system
    // has no such thing, the one name.
    if (link(move.target.c_str(), move.old.c_str()) != 0 &&
        rename(move.target.c_str(), move.old.c_str()) != 0) {
      return failed();
    }
  }
  moved_.push_back(move);
  return rename(from.c_str(), move.target.c_str()) == 0 ? absl::OkStatus() : failed();
}

std::string StagedFolder::MoveBack() {
  std::string stuck;
  for (; !moved_.empty(); moved_.pop_back()) {
    const Moved& move = moved_.back();
    if (move.old.empty()) {
      unlink(move.target.c_str());
    } else if (rename(move.old.c_str(), move.target.c_str()) == 0) {
      unlink(move.old.c_str());  // renaming one name of a file to another leaves both
    } else {
      absl::StrAppend(&stuck, "; the old ", move.target, " is ", move.old);
    }
  }
  return stuck;
}

absl::Status StagedFolder::Commit() {
  for (const std::string& name : names_) {
    const absl::Status moved = Move(name);
    if (moved.ok()) continue;
    return absl::Status(moved.code(), absl::StrCat(moved.message(), MoveBack()));
  }
  for (const Moved& move : moved_) {
    if (!move.old.empty()) unlink(move.old.c_str());
  }
  moved_.clear();
  names_.clear();
  SyncFolder(folder_);
  return absl::OkStatus();
}

}  // namespace pawl
