// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Several files that belong together, written to a folder all or none.

#ifndef PAWL_LIB_FORMATS_STAGED_FOLDER_H_
#define PAWL_LIB_FORMATS_STAGED_FOLDER_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace pawl {

// A folder within the one that the files are for. They are written there, whole and durable, and
// then only renamed. Without Commit(), and after one that failed, the outer folder is what it was;
// only a kill leaves a stray ".pawl-tmp-..." folder in it, or between two renames some of the new
// files. Where the file system does not let a file be moved back, the old one stays in the stray
// folder, and the error says so.
class StagedFolder {
 public:
  // `folder` must exist.
  static absl::StatusOr<std::unique_ptr<StagedFolder>> Create(const std::string& folder);
  ~StagedFolder();
  StagedFolder(const StagedFolder&) = delete;
  StagedFolder& operator=(const StagedFolder&) = delete;

  // Where to write a file of this name.
  std::string Path(const std::string& name);
  // Errors of writing there name the file as it will be called.
  absl::Status Named(const absl::Status& status) const;

  // Moves the files to their places in the order of Path(). What they replace keeps its mode, and a
  // link is followed. On error everything is moved back.
  absl::Status Commit();

 private:
  StagedFolder(std::string folder, std::string path)
      : folder_(std::move(folder)), path_(std::move(path)) {}
  absl::Status Move(const std::string& name);
  // What could not be moved back, for an error.
  std::string MoveBack();

  struct Moved {
    std::string target;
    std::string old;  // where the replaced file is; empty: there was none
  };

  std::string folder_;
  std::string path_;
  std::vector<std::string> names_;
  std::vector<Moved> moved_;
};

}  // namespace pawl

#endif  // PAWL_LIB_FORMATS_STAGED_FOLDER_H_
