// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/pipeline/job_output.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "lib/core/status_macros.h"
#include "lib/formats/mapped_file.h"

namespace pawl {
namespace {

// Kinds of entries.
constexpr uint32_t kIdentity = 1;
constexpr uint32_t kTensors = 2;
constexpr uint32_t kNotes = 3;  // of the tensors in the entry that follows, a line each

// However slow the work is, no more than this is lost.
constexpr std::chrono::seconds kCheckpointInterval{10};

// What a run finds out about a tensor, as numbers of 8 bytes.
constexpr size_t kFindings = 12;
using Findings = std::array<uint64_t, kFindings>;

Findings FindingsOf(const TensorReport& report) {
  const QuantizationError error = report.error.value_or(QuantizationError{});
  const auto count = [](int64_t value) { return static_cast<uint64_t>(value); };
  return {report.quantized,
          report.bytes_after,
          std::bit_cast<uint64_t>(report.bits_per_weight),
          std::bit_cast<uint64_t>(error.sqnr_db),
          std::bit_cast<uint64_t>(error.cosine),
          std::bit_cast<uint64_t>(error.max_error),
          std::bit_cast<uint64_t>(error.mse),
          count(report.stats.nan_count),
          count(report.stats.inf_count),
          count(report.stats.zero_groups),
          count(report.stats.saturated_scales),
          count(report.stats.underflowed_scales)};
}

void TakeFindings(const Findings& in, TensorReport* report) {
  const auto number = [](uint64_t bits) { return std::bit_cast<double>(bits); };
  const auto count = [](uint64_t value) { return static_cast<int64_t>(value); };
  report->bytes_after = in[1];
  report->bits_per_weight = number(in[2]);
  report->stats = {count(in[7]), count(in[8]), count(in[9]), count(in[10]), count(in[11])};
  if (in[0] != 0) {
    report->error = QuantizationError{number(in[3]), number(in[4]), number(in[5]), number(in[6])};
  } else if (report->quantized) {
    KeepNotFinite(report);
  }
}

// Whether a job began the journal: it does so before its file gets the start of a finished one.
bool BeginsJournal(const std::string& path) {
  const absl::StatusOr<JournalContent> found = JournalFile::Read(path);
  if (!found.ok() || found->entries.empty()) return false;
  const JournalEntry& first = found->entries.front();
  return first.kind == kIdentity && JobIdentity::FromJson(first.payload, path).ok();
}

}  // namespace

void KeepNotFinite(TensorReport* report) {
  report->quantized = false;
  report->scheme.clear();
  report->method.clear();
  report->reason = absl::StrCat("it holds ", report->stats.nan_count, " NaN and ",
                                report->stats.inf_count, " infinite values");
}

absl::Status NamedTensorError(absl::string_view tensor, const absl::Status& status) {
  if (status.ok() || absl::IsCancelled(status)) return status;
  return absl::Status(status.code(), absl::StrCat("tensor '", tensor, "': ", status.message()));
}

absl::StatusOr<std::unique_ptr<JobOutput>> JobOutput::Open(const Job& job,
                                                           absl::Span<const std::string> inputs,
                                                           absl::string_view finished) {
  std::unique_ptr<JobOutput> output(new JobOutput(job, finished));
  if (job.output_sink != nullptr) {
    PAWL_ASSIGN_OR_RETURN(output->opened_, OutputToSink(job.output_sink, "the output"));
    return output;
  }
  PAWL_RETURN_IF_ERROR(output->OpenFile(inputs));
  PAWL_RETURN_IF_ERROR(output->ReadJournal());
  return output;
}

absl::Status JobOutput::OpenFile(absl::Span<const std::string> inputs) {
  const std::string journal = BesideTarget(FollowLinks(job_.output), ".journal");
  // Where others make such files, too, the file is ours by its mark or by a journal beside it.
  absl::string_view start = finished_start_;
  if (!start.empty() && !BeginsJournal(journal)) start = kPartialMark;
  PAWL_ASSIGN_OR_RETURN(std::unique_ptr<AtomicFile> file,
                        AtomicFile::OpenPartial(job_.output, inputs, start));
  file_ = file.get();
  file_->Keep(true);  // the destructor below decides
  journal_path_ = BesideTarget(file_->target(), ".journal");
  opened_ = std::move(file);
  return absl::OkStatus();
}

absl::Status JobOutput::ReadJournal() {
  absl::StatusOr<JournalContent> found = JournalFile::Read(journal_path_);
  if (absl::IsNotFound(found.status())) return absl::OkStatus();
  if (!found.ok()) return found.status();
  found_ = *std::move(found);
  found_journal_ = true;
  if (found_.entries.size() < 2 || job_.resume) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "an interrupted job left work for ", file_->target(), " in ", file_->temporary_path(),
      " and ", journal_path_, "; resume it (--resume), or delete both files to start again"));
}

absl::Status JobOutput::CheckSame(const JobIdentity& identity) const {
  const JournalEntry& first = found_.entries.front();
  if (first.kind != kIdentity) {
    return absl::FailedPreconditionError(absl::StrCat(journal_path_, " does not begin with a job"));
  }
  PAWL_ASSIGN_OR_RETURN(const JobIdentity then,
                        JobIdentity::FromJson(first.payload, journal_path_));
  const std::vector<std::string> changes = Differences(then, identity);
  if (changes.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("cannot resume ", file_->target(), ": ", absl::StrJoin(changes, "; "),
                   ". Undo that, or delete ", file_->temporary_path(), " and ", journal_path_,
                   " to start again"));
}

// Whether the entry holds; if so, its tensors are done.
bool JobOutput::TakeTensors(const JournalEntry& entry, const MappedFile& written,
                            absl::Span<TensorReport> reports) {
  uint64_t count = 0;
  if (entry.kind != kTensors || entry.payload.size() < sizeof count) return false;
  std::memcpy(&count, entry.payload.data(), sizeof count);
  const size_t size = sizeof(Findings);
  if (count > reports.size() - resumed_ || count > entry.payload.size() / size ||
      8 + count * size > entry.payload.size()) {
    return false;
  }
  const absl::string_view saved = absl::string_view(entry.payload).substr(8 + count * size);
  const size_t before = writer_->NumTensors();
  if (!writer_->Restore(saved, written).ok()) return false;
  if (writer_->NumTensors() - before != count) return false;
  for (size_t t = 0; t < count; ++t) {
    Findings findings;
    std::memcpy(findings.data(), entry.payload.data() + 8 + t * size, size);
    TakeFindings(findings, &reports[resumed_ + t]);
  }
  resumed_ += count;
  return true;
}

// As many of the entries as hold; the rest is done again.
void JobOutput::TakeOver(absl::Span<TensorReport> reports) {
  const auto written = MappedFile::Open(file_->temporary_path());
  if (!written.ok()) return;
  keep_bytes_ = JournalFile::SizeOf(found_, 1);
  std::vector<std::string> notes;
  for (size_t i = 1; i < found_.entries.size(); ++i) {
    const JournalEntry& entry = found_.entries[i];
    if (entry.kind == kNotes) {
      notes = absl::StrSplit(entry.payload, '\n');
      continue;
    }
    if (!TakeTensors(entry, **written, reports)) return;
    resumed_notes_.insert(resumed_notes_.end(), notes.begin(), notes.end());
    notes.clear();
    keep_bytes_ = JournalFile::SizeOf(found_, i + 1);
  }
}

absl::Status JobOutput::Start(const JobIdentity& identity, absl::Span<TensorReport> reports,
                              std::unique_ptr<JobWriter> writer) {
  writer_ = std::move(writer);
  started_ = file_ == nullptr;
  if (started_) return writer_->Begin();
  identity_ = identity.ToJson();
  reports_ = reports;
  if (found_.entries.size() >= 2) {
    PAWL_RETURN_IF_ERROR(CheckSame(identity));
    TakeOver(reports);
  }
  started_ = true;
  noted_ = resumed_;
  // The mark comes before the journal goes, without which the file may have to bear it.
  PAWL_RETURN_IF_ERROR(writer_->Begin());
  PAWL_RETURN_IF_ERROR(Mark());
  if (noted_ > 0) {
    PAWL_ASSIGN_OR_RETURN(journal_, JournalFile::Open(journal_path_, keep_bytes_));
  } else if (found_journal_) {
    unlink(journal_path_.c_str());
  }
  last_ = Clock::now();
  return absl::OkStatus();
}

absl::Status JobOutput::Mark() {
  return file_->WriteAt(
      0, {reinterpret_cast<const uint8_t*>(kPartialMark.data()), kPartialMark.size()});
}

std::vector<std::string> JobOutput::ResumedNotes() const {
  std::vector<std::string> notes;
  if (resumed_ > 0) {
    notes.push_back(absl::StrCat("resumed: ", resumed_, " of ", reports_.size(),
                                 " tensors are of the run that was interrupted"));
  } else if (job_.resume) {
    notes.push_back("there was nothing to resume, so the job began at its beginning");
  }
  notes.insert(notes.end(), resumed_notes_.begin(), resumed_notes_.end());
  return notes;
}

absl::Status JobOutput::OpenJournal() {
  if (journal_ != nullptr) return absl::OkStatus();
  PAWL_ASSIGN_OR_RETURN(std::unique_ptr<JournalFile> journal, JournalFile::Open(journal_path_, 0));
  if (const absl::Status begun = journal->Append(kIdentity, identity_); !begun.ok()) {
    unlink(journal_path_.c_str());  // without its beginning it is of no use
    return begun;
  }
  journal_ = std::move(journal);
  return absl::OkStatus();
}

absl::Status JobOutput::Checkpoint() {
  const size_t done = writer_->NumTensors();
  const size_t end = std::min(done, reports_.size());
  if (end <= noted_) return absl::OkStatus();
  const uint64_t count = end - noted_;
  std::string payload(reinterpret_cast<const char*>(&count), sizeof count);
  for (size_t i = noted_; i < end; ++i) {
    const Findings findings = FindingsOf(reports_[i]);
    payload.append(reinterpret_cast<const char*>(findings.data()), sizeof findings);
  }
  PAWL_ASSIGN_OR_RETURN(const std::string saved, writer_->Save(noted_, end));
  payload += saved;
  PAWL_RETURN_IF_ERROR(file_->Sync());
  PAWL_RETURN_IF_ERROR(OpenJournal());
  if (!notes_.empty()) {
    PAWL_RETURN_IF_ERROR(journal_->Append(kNotes, absl::StrJoin(notes_, "\n")));
    notes_.clear();
  }
  PAWL_RETURN_IF_ERROR(journal_->Append(kTensors, payload));
  noted_ = end;
  bytes_since_ = 0;
  last_ = Clock::now();
  return absl::OkStatus();
}

absl::Status JobOutput::TensorDone(uint64_t bytes) {
  if (file_ == nullptr) return absl::OkStatus();
  bytes_since_ += bytes;
  if (bytes_since_ < job_.checkpoint_bytes && Clock::now() - last_ < kCheckpointInterval) {
    return absl::OkStatus();
  }
  return Checkpoint();
}

absl::Status JobOutput::Finish(absl::FunctionRef<absl::Status()> finish) {
  if (file_ != nullptr && !finished_start_.empty()) PAWL_RETURN_IF_ERROR(OpenJournal());
  PAWL_RETURN_IF_ERROR(finish());
  finished_ = true;  // and the writer's file is closed
  if (journal_ != nullptr) unlink(journal_path_.c_str());
  return absl::OkStatus();
}

JobOutput::~JobOutput() {
  if (finished_ || file_ == nullptr) return;
  if (!started_ && file_->found_bytes() > 0) return;  // an interrupted run's, and refused
  if (started_ && job_.resume) {
    Checkpoint().IgnoreError();  // what the journal has already stays good without it
    if (noted_ > 0) return;
  }
  if (journal_ != nullptr) {
    Mark().IgnoreError();  // as in Start()
    unlink(journal_path_.c_str());
  }
  file_->Keep(false);
}

}  // namespace pawl
