// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Where a job's tensors go, and the journal that lets a later run go on after a kill.
//
// A job with a path writes TARGET.part (lib/formats/file_io.h) and, once there is work worth
// keeping, TARGET.journal. An entry of the journal lists the tensors that are complete since the
// entry before. The order on the disk: bytes of the tensors, then the entry, so that an entry that
// is there speaks of tensors that are there; reading checks their hashes nevertheless, and leaves
// out what does not have them. At the end: the file's bytes, the rename, then the journal goes.

#ifndef PAWL_LIB_PIPELINE_JOB_OUTPUT_H_
#define PAWL_LIB_PIPELINE_JOB_OUTPUT_H_

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "lib/formats/file_io.h"
#include "lib/formats/journal_file.h"
#include "lib/pipeline/job_identity.h"
#include "lib/pipeline/job_writer.h"
#include "pawl/job.h"
#include "pawl/report.h"

namespace pawl {

// Notes that a tensor stays as it is, since its stats tell of values that are not finite.
void KeepNotFinite(TensorReport* report);

// The error of a tensor's turn, with its name.
absl::Status NamedTensorError(absl::string_view tensor, const absl::Status& status);

class JobOutput {
 public:
  // `inputs` may not be overwritten. FailedPrecondition where an interrupted run left work that
  // the job does not ask to resume. `job` must outlive this. `finished`: how a finished file of the
  // job's format begins, where others make such files, too.
  static absl::StatusOr<std::unique_ptr<JobOutput>> Open(const Job& job,
                                                         absl::Span<const std::string> inputs,
                                                         absl::string_view finished = "");
  // Without Finish(): a job that resumes notes what is done and leaves the files for the next run;
  // any other removes them.
  ~JobOutput();
  JobOutput(const JobOutput&) = delete;
  JobOutput& operator=(const JobOutput&) = delete;

  // Once: what the job's writer writes to. Start() takes the writer.
  std::unique_ptr<OutputFile> TakeFile() { return std::move(opened_); }

  // Once, before anything is written: takes over the tensors of an interrupted run, `reports` with
  // them, which has one for each tensor of the job in order. FailedPrecondition, and everything
  // stays as it is, where that was another job, saying what changed.
  absl::Status Start(const JobIdentity& identity, absl::Span<TensorReport> reports,
                     std::unique_ptr<JobWriter> writer);
  // How many tensors are done already.
  size_t resumed() const { return resumed_; }
  // What a report says of that.
  std::vector<std::string> ResumedNotes() const;
  // One of them that is quantized.
  absl::StatusOr<QuantizedTensor> ReadBack(size_t index) const { return writer_->ReadBack(index); }

  // What the report says of the tensor at hand beside its findings.
  void Note(const std::string& note) { notes_.push_back(note); }

  // After each tensor of the job, with its bytes in the input.
  absl::Status TensorDone(uint64_t bytes);
  // Runs `finish`, which finishes the writer's file.
  absl::Status Finish(absl::FunctionRef<absl::Status()> finish);

 private:
  JobOutput(const Job& job, absl::string_view finished) : job_(job), finished_start_(finished) {}
  absl::Status OpenFile(absl::Span<const std::string> inputs);
  absl::Status ReadJournal();
  absl::Status CheckSame(const JobIdentity& identity) const;
  bool TakeTensors(const JournalEntry& entry, const MappedFile& written,
                   absl::Span<TensorReport> reports);
  void TakeOver(absl::Span<TensorReport> reports);
  absl::Status OpenJournal();
  absl::Status Mark();
  absl::Status Checkpoint();

  using Clock = std::chrono::steady_clock;

  const Job& job_;
  std::string finished_start_;
  AtomicFile* file_ = nullptr;          // the next one's, then the writer's; null for a sink
  std::unique_ptr<OutputFile> opened_;  // until the writer has it
  std::string journal_path_;
  std::unique_ptr<JobWriter> writer_;
  JournalContent found_;
  uint64_t keep_bytes_ = 0;  // of the journal that was found
  std::unique_ptr<JournalFile> journal_;
  std::string identity_;
  absl::Span<TensorReport> reports_;
  std::vector<std::string> notes_;  // not in the journal yet
  std::vector<std::string> resumed_notes_;
  size_t resumed_ = 0;
  size_t noted_ = 0;  // tensors in the journal
  uint64_t bytes_since_ = 0;
  Clock::time_point last_ = Clock::now();
  bool found_journal_ = false;
  bool started_ = false;
  bool finished_ = false;
};

}  // namespace pawl

#endif  // PAWL_LIB_PIPELINE_JOB_OUTPUT_H_
