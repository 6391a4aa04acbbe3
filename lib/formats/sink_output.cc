// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/formats/file_io.h"
#include "pawl/byte_sink.h"

namespace pawl {
namespace {

class SinkOutput final : public OutputFile {
 public:
  SinkOutput(std::shared_ptr<ByteSink> sink, const std::string& name) : sink_(std::move(sink)) {
    target_ = name;
    memory_ = dynamic_cast<const MemoryBuffer*>(sink_.get());
  }

  absl::Status WriteAt(uint64_t offset, absl::Span<const uint8_t> bytes) override {
    if (committed_) return absl::FailedPreconditionError(absl::StrCat(target_, " is closed"));
    if (bytes.empty()) return absl::OkStatus();
    return Named(sink_->WriteAt(offset, bytes));
  }

  // Whatever the writers leave out here they write later.
  absl::Status Resize(uint64_t size) override {
    position_ = size;
    return absl::OkStatus();
  }

  absl::Status ExpectSize(uint64_t size) override { return Named(sink_->ExpectSize(size)); }

  absl::Status Commit() override {
    committed_ = true;
    return absl::OkStatus();
  }

  const MemoryBuffer* written_memory() const override { return memory_; }

 private:
  absl::Status Named(const absl::Status& status) const {
    if (status.ok()) return status;
    return absl::Status(status.code(),
                        absl::StrCat("cannot write ", target_, ": ", status.message()));
  }

  std::shared_ptr<ByteSink> sink_;
  const MemoryBuffer* memory_ = nullptr;
  bool committed_ = false;
};

}  // namespace

absl::StatusOr<std::unique_ptr<OutputFile>> OutputToSink(std::shared_ptr<ByteSink> sink,
                                                         const std::string& name) {
  if (sink == nullptr) return absl::InvalidArgumentError("the sink to write to is null");
  if (const auto* memory = dynamic_cast<const MemoryBuffer*>(sink.get());
      memory != nullptr && !memory->bytes().empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, ": the buffer to write to is not empty; clear it first"));
  }
  return std::unique_ptr<OutputFile>(new SinkOutput(std::move(sink), name));
}

}  // namespace pawl
