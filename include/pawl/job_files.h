// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The files that a job reads and those that it writes: none may be lost to another.

#ifndef PAWL_INCLUDE_PAWL_JOB_FILES_H_
#define PAWL_INCLUDE_PAWL_JOB_FILES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace pawl {

struct JobFile {
  std::string role;  // what it is to the job, for messages: "the model", "--report"
  std::string path;  // empty: none
};

struct JobFiles {
  // Those that do not exist are left out: whoever reads them says so.
  std::vector<JobFile> inputs;
  std::vector<JobFile> outputs;
  // Outputs that this run may not write (a dry run's; data beside the output that only a large
  // model has): they must not be inputs either, but nothing is asked of their folder.
  std::vector<JobFile> possible;

  void Add(const JobFiles& more);
};

// Looks at names and folders only, and changes nothing. Files are told apart by device and inode,
// so that no symbolic or hard link hides one; a file that is not there yet by its real folder and
// its name.
//
// Errors, each naming role and path: InvalidArgument where an output is an input or another output
// (both are named), is a folder, or is no regular file; NotFound where its folder is missing;
// PermissionDenied and its like where the folder cannot be written.
absl::Status CheckJobFiles(const JobFiles& files);

// The files that make up the model at `path`, beside those that a reader of its weights lists:
// `path` itself where it is a file, and the settings and tokenizer of the folder where it is a
// language model's (one with a config.json).
std::vector<std::string> FilesOfModel(const std::string& path);

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_JOB_FILES_H_
