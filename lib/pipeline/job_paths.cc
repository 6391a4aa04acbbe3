// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/pipeline/job_paths.h"

#include "absl/strings/str_cat.h"
#include "lib/formats/file_io.h"

namespace pawl {
namespace {

void AddInputs(const std::string& role, absl::Span<const std::string> paths, JobFiles* files) {
  for (const std::string& path : paths) files->inputs.push_back({role, path});
}

// A dry run writes what its caller does with the report, and nothing of its own.
void AddOutput(const std::string& role, const std::string& path, bool dry_run, JobFiles* files) {
  (dry_run ? files->possible : files->outputs).push_back({role, path});
}

}  // namespace

absl::Status CheckFiles(const Job& job, absl::Span<const std::string> weights) {
  JobFiles files;
  AddInputs("the model's file", weights, &files);
  if (!job.input.empty()) AddInputs("the model's file", FilesOfModel(job.input), &files);
  files.inputs.push_back({"the calibration", job.calibration});
  files.inputs.push_back({"the imatrix", job.imatrix});
  AddOutput("the output", job.output, job.dry_run, &files);
  AddOutput("the imatrix output", job.imatrix_output, job.dry_run, &files);
  if (!job.output.empty()) {
    const std::string target = FollowLinks(job.output);
    for (const char* suffix : {".part", ".journal"}) {
      files.possible.push_back({"the job's own file", BesideTarget(target, suffix)});
    }
  }
  files.Add(job.files);
  return CheckJobFiles(files);
}

absl::Status CheckFiles(const GraphJob& job, const Graph& model,
                        absl::Span<const std::string> samples) {
  JobFiles files;
  AddInputs("the model's file", model.files, &files);
  AddInputs("the calibration", samples, &files);
  AddOutput("the output", job.output, job.dry_run, &files);
  if (!job.output.empty()) {
    files.possible.push_back({"the output's external data", absl::StrCat(job.output, ".data")});
  }
  files.Add(job.files);
  return CheckJobFiles(files);
}

}  // namespace pawl
