// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What makes two runs of a job the same one.

#ifndef PAWL_LIB_PIPELINE_JOB_IDENTITY_H_
#define PAWL_LIB_PIPELINE_JOB_IDENTITY_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "pawl/job.h"

namespace pawl {

class ModelCalibration;

struct JobIdentity {
  struct File {
    std::string name;  // for messages: a file may move
    std::string hash;  // of its content

    friend bool operator==(const File& a, const File& b) { return a.hash == b.hash; }
  };
  std::string version;            // of Pawl: another one may find other codes
  std::vector<File> inputs;       // shards in their order
  std::string recipe;             // its JSON
  std::vector<File> calibration;  // recordings; or a text and its windows
  std::vector<File> settings;     // of a model that runs on it, and what else the output is made of
  std::vector<File> imatrix;      // one or none

  std::string ToJson() const;
  // Errors: InvalidArgument; Unimplemented for a newer major version of the journal.
  static absl::StatusOr<JobIdentity> FromJson(absl::string_view text, absl::string_view name);
};

// Of a job that reads `files` (none where its input is memory) by `recipe`. `settings`: files whose
// content goes into the output, too. `model` is null without calibration_ids. Errors: those of
// reading the files.
absl::StatusOr<JobIdentity> IdentityOf(const Job& job, absl::Span<const std::string> files,
                                       const std::string& recipe,
                                       absl::Span<const std::string> settings,
                                       const ModelCalibration* model);

// The hash of its input: of the file, or of the hashes of its shards.
absl::StatusOr<std::string> InputHashOf(const JobIdentity& identity);

// What changed between the run that was interrupted and this one; empty where nothing did.
std::vector<std::string> Differences(const JobIdentity& then, const JobIdentity& now);

}  // namespace pawl

#endif  // PAWL_LIB_PIPELINE_JOB_IDENTITY_H_
