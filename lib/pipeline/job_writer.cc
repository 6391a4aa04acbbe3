// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/pipeline/job_writer.h"

#include <utility>

#include "lib/formats/container_writer.h"
#include "lib/formats/gguf_writer.h"

namespace pawl {
namespace {

absl::Status Begin(PawlWriter& writer) { return PawlWriterState::Cut(writer); }
absl::Status Begin(GgufWriter& writer) { return GgufWriterState::Begin(writer); }

template <typename Writer, typename State>
class WriterOf final : public JobWriter {
 public:
  explicit WriterOf(std::unique_ptr<Writer> writer) : writer_(std::move(writer)) {}

  absl::Status Restore(absl::string_view saved, const MappedFile& written) override {
    return State::Restore(*writer_, saved, written);
  }
  absl::Status Begin() override { return pawl::Begin(*writer_); }
  size_t NumTensors() const override { return State::NumTensors(*writer_); }
  absl::StatusOr<std::string> Save(size_t first, size_t end) const override {
    return State::Save(*writer_, first, end);
  }
  absl::StatusOr<QuantizedTensor> ReadBack(size_t index) const override {
    return State::ReadBack(*writer_, index);
  }

 private:
  std::unique_ptr<Writer> writer_;
};

}  // namespace

std::unique_ptr<JobWriter> MakeJobWriter(std::unique_ptr<PawlWriter> writer) {
  return std::make_unique<WriterOf<PawlWriter, PawlWriterState>>(std::move(writer));
}

std::unique_ptr<JobWriter> MakeJobWriter(std::unique_ptr<GgufWriter> writer) {
  return std::make_unique<WriterOf<GgufWriter, GgufWriterState>>(std::move(writer));
}

}  // namespace pawl
