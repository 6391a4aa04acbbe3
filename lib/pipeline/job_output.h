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
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lib/formats/file_io.h"
#include "lib/formats/journal_file.h"
#include "lib/pipeline/job_identity.h"
#include "pawl/container.h"
#include "pawl/job.h"
#include "pawl/quantized_tensor.h"
#include "pawl/report.h"

namespace pawl {

// Notes that a tensor stays as it is, since its stats tell of values that are not finite.
void KeepNotFinite(TensorReport* report);

class JobOutput {
 public:
  // `inputs` may not be overwritten. FailedPrecondition where an interrupted run left work that
  // the job does not ask to resume. `job` must outlive this.
  static absl::StatusOr<std::unique_ptr<JobOutput>> Open(const Job& job,
                                                         absl::Span<const std::string> inputs);
  // Without Finish(): a job that resumes notes what is done and leaves the files for the next run;
  // any other removes them.
  ~JobOutput();
  JobOutput(const JobOutput&) = delete;
  JobOutput& operator=(const JobOutput&) = delete;

  // Once, before anything is written: takes over the tensors of an interrupted run, `reports` with
  // them, which has one for each tensor of the job in order. FailedPrecondition, and everything
  // stays as it is, where that was another job, saying what changed.
  absl::Status Start(const JobIdentity& identity, absl::Span<TensorReport> reports);
  // How many tensors are done already.
  size_t resumed() const { return resumed_; }
  // One of them that is quantized.
  absl::StatusOr<QuantizedTensor> ReadBack(size_t index) const;
  // One that is not.
  absl::StatusOr<Tensor> ReadPlainBack(size_t index) const;
  // Whether there was anything of an interrupted run.
  bool found_journal() const { return found_journal_; }

  PawlWriter& writer() { return *writer_; }

  // What the report says of the tensor at hand beside its findings; and what it said of those that
  // were done already.
  void Note(const std::string& note) { notes_.push_back(note); }
  const std::vector<std::string>& resumed_notes() const { return resumed_notes_; }

  // After each tensor of the job, with its bytes in the input.
  absl::Status TensorDone(uint64_t bytes);
  absl::Status Finish(const PawlMetadata& metadata);

 private:
  explicit JobOutput(const Job& job) : job_(job) {}
  absl::Status OpenFile(absl::Span<const std::string> inputs);
  absl::Status ReadJournal();
  absl::Status CheckSame(const JobIdentity& identity) const;
  bool TakeTensors(const JournalEntry& entry, const MappedFile& written,
                   absl::Span<TensorReport> reports);
  void TakeOver(absl::Span<TensorReport> reports);
  absl::Status Checkpoint();

  using Clock = std::chrono::steady_clock;

  const Job& job_;
  AtomicFile* file_ = nullptr;  // the writer's; null for a sink
  std::string journal_path_;
  std::unique_ptr<PawlWriter> writer_;
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
