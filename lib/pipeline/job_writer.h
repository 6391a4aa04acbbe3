// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What a job's output asks of the writer of a format, so that a later run can go on with its file.

#ifndef PAWL_LIB_PIPELINE_JOB_WRITER_H_
#define PAWL_LIB_PIPELINE_JOB_WRITER_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/formats/mapped_file.h"
#include "pawl/container.h"
#include "pawl/gguf.h"
#include "pawl/quantized_tensor.h"

namespace pawl {

// PawlWriterState and GgufWriterState say what each function does.
class JobWriter {
 public:
  virtual ~JobWriter() = default;
  JobWriter(const JobWriter&) = delete;
  JobWriter& operator=(const JobWriter&) = delete;

  virtual absl::Status Restore(absl::string_view saved, const MappedFile& written) = 0;
  // After Restore(), before anything is written.
  virtual absl::Status Begin() = 0;
  virtual size_t NumTensors() const = 0;
  virtual absl::StatusOr<std::string> Save(size_t first, size_t end) const = 0;
  virtual absl::StatusOr<QuantizedTensor> ReadBack(size_t index) const = 0;

 protected:
  JobWriter() = default;
};

std::unique_ptr<JobWriter> MakeJobWriter(std::unique_ptr<PawlWriter> writer);
std::unique_ptr<JobWriter> MakeJobWriter(std::unique_ptr<GgufWriter> writer);

}  // namespace pawl

#endif  // PAWL_LIB_PIPELINE_JOB_WRITER_H_
