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

namespace pawl {

struct JobIdentity {
  struct File {
    std::string name;  // for messages: a file may move
    std::string hash;  // of its content

    friend bool operator==(const File& a, const File& b) { return a.hash == b.hash; }
  };
  std::string version;            // of Pawl: another one may find other codes
  std::vector<File> inputs;       // shards in their order
  std::string recipe;             // its JSON
  std::vector<File> calibration;  // one or none

  std::string ToJson() const;
  // Errors: InvalidArgument; Unimplemented for a newer major version of the journal.
  static absl::StatusOr<JobIdentity> FromJson(absl::string_view text, absl::string_view name);
};

// What changed between the run that was interrupted and this one; empty where nothing did.
std::vector<std::string> Differences(const JobIdentity& then, const JobIdentity& now);

}  // namespace pawl

#endif  // PAWL_LIB_PIPELINE_JOB_IDENTITY_H_
