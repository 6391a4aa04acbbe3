// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Inside a PawlWriter, and what lets another process go on with one.

#ifndef PAWL_LIB_FORMATS_CONTAINER_WRITER_H_
#define PAWL_LIB_FORMATS_CONTAINER_WRITER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "lib/formats/container_format.h"
#include "lib/formats/file_io.h"
#include "lib/formats/hash.h"
#include "pawl/container.h"

namespace pawl {

struct PawlWriter::Impl {
  std::unique_ptr<OutputFile> file;
  std::vector<PawlSection> sections;
  std::vector<PawlTensorRecord> tensors;  // the last one is being written while `open`
  absl::flat_hash_set<std::string> names;
  bool open = false;
  uint64_t expected = 0;   // bytes of the section being written
  uint64_t file_size = 0;  // once finished
  Hasher hasher;
  // Reads a packed layer back. Comes with the first one, so that who writes none links none.
  absl::Status (*check_packed)(const PawlReader& reader, const PawlEntry& entry) = nullptr;
  absl::Status broken;  // the first error that left a section half-written

  absl::Status Begin(absl::string_view name, absl::Span<const int64_t> shape, PawlTensorKind kind);
  absl::Status BeginSection(PawlPart part, DType dtype, absl::Span<const int64_t> shape);
  absl::Status Append(absl::Span<const uint8_t> bytes);
  absl::Status EndSection();
  absl::Status WritePart(PawlPart part, const Tensor& tensor);
  absl::Status CheckOtherParts(const QuantizedTensor& parts) const;
  absl::Status WriteOtherParts(const QuantizedTensor& parts);
  absl::Status WriteCanonical(const QuantizedTensor& tensor);
  absl::Status WritePacked(const PackedForm& form);
  absl::Status Ready(bool want_open) const;
  absl::Status Keep(absl::Status status) {
    if (!status.ok() && broken.ok()) broken = status;
    return status;
  }
  absl::Status Error(absl::string_view name, absl::string_view what) const {
    return absl::InvalidArgumentError(
        absl::StrCat(file->target(), ": tensor '", name, "': ", what));
  }
};

// The directory of what a writer has written so far, as bytes, and back: for a process that goes on
// where another one was interrupted.
class PawlWriterState {
 public:
  // A writer to a file that may have bytes already. After any Restore()s, Cut() comes first.
  static std::unique_ptr<PawlWriter> Create(std::unique_ptr<OutputFile> file);
  // The file ends behind the writer's last tensor.
  static absl::Status Cut(PawlWriter& writer);

  // Tensors that are complete; one that is being written is not.
  static size_t NumTensors(const PawlWriter& writer);
  // Of tensors [first, end), all of them complete and at least one.
  static absl::StatusOr<std::string> Save(const PawlWriter& writer, size_t first, size_t end);

  // Appends tensors that Save() gave to those that the writer has. `written` is the file as it is:
  // each section must have its hash. After an error the writer is what it was: InvalidArgument for
  // bytes that do not follow, DataLoss for sections that are not there as they were written.
  static absl::Status Restore(PawlWriter& writer, absl::string_view saved,
                              const MappedFile& written);

  // A complete tensor of a writer to a path, read from what it wrote. Errors: FailedPrecondition
  // for one that is not quantized; what reading gives.
  static absl::StatusOr<QuantizedTensor> ReadBack(const PawlWriter& writer, size_t index);
  // One that is plain.
  static absl::StatusOr<Tensor> ReadPlainBack(const PawlWriter& writer, size_t index);
};

}  // namespace pawl

#endif  // PAWL_LIB_FORMATS_CONTAINER_WRITER_H_
