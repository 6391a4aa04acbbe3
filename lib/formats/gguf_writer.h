// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Inside a GgufWriter, and what lets another process go on with one.

#ifndef PAWL_LIB_FORMATS_GGUF_WRITER_H_
#define PAWL_LIB_FORMATS_GGUF_WRITER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "lib/formats/file_io.h"
#include "pawl/gguf.h"
#include "pawl/quantized_tensor.h"

namespace pawl {

struct GgufWriter::Impl {
  struct Slot {
    GgufDeclaration declaration;
    uint64_t begin = 0;  // from the start of the data, then of the file
    uint64_t written = 0;
    bool begun = false;  // also where it has no bytes

    bool complete() const { return begun && written == declaration.size; }
  };
  std::unique_ptr<OutputFile> file;
  std::string header;  // up to the first tensor
  std::vector<Slot> slots;
  absl::flat_hash_map<std::string, size_t> by_name;
  uint64_t alignment = 0;
  uint64_t end = 0;
  bool partial = false;  // the file begins with kPartialMark until it is finished

  // All but the file.
  static absl::StatusOr<std::unique_ptr<Impl>> Declare(
      const GgufMetadata& metadata, absl::Span<const GgufDeclaration> declarations);
  // Writes everything but the tensors.
  absl::Status Begin();
  absl::StatusOr<Slot*> Find(absl::string_view name);
  absl::Status CheckDeclared(absl::string_view name, const Slot& slot, uint32_t type,
                             absl::Span<const int64_t> shape) const;
  absl::Status WritePadding();
};

// What a finished file begins with, and so the ".part" file once its writer finishes it.
inline constexpr absl::string_view kGgufStart{"GGUF\3\0\0\0", 8};

// Which tensors a writer has written so far, as bytes, and back: for a process that goes on where
// another one was interrupted. Tensors come in the order of their declarations.
class GgufWriterState {
 public:
  // A writer without a file; errors: those of GgufWriter::Create about what is declared.
  static absl::StatusOr<std::unique_ptr<GgufWriter>> Create(
      const GgufMetadata& metadata, absl::Span<const GgufDeclaration> declarations);
  // Its file, which may have bytes already (AtomicFile::OpenPartial). After any Restore()s, Begin()
  // comes first.
  static void Attach(GgufWriter& writer, std::unique_ptr<OutputFile> file) {
    writer.impl_->file = std::move(file);
  }
  // Everything but the tensors is as it should be; those that were restored stay.
  static absl::Status Begin(GgufWriter& writer) { return writer.impl_->Begin(); }

  // Tensors that are complete before the first that is not.
  static size_t NumTensors(const GgufWriter& writer);
  // Of tensors [first, end), all of them complete.
  static absl::StatusOr<std::string> Save(const GgufWriter& writer, size_t first, size_t end);

  // The tensors that Save() gave are complete, too. `written` is the file as it is: each must lie
  // where this writer would write it, and have its hash. After an error the writer is what it was:
  // InvalidArgument for tensors that do not follow, DataLoss for those that are not there as they
  // were written.
  static absl::Status Restore(GgufWriter& writer, absl::string_view saved,
                              const MappedFile& written);

  // A complete tensor of blocks, read from what was written. Errors: FailedPrecondition for one
  // that is not of blocks; what reading gives.
  static absl::StatusOr<QuantizedTensor> ReadBack(const GgufWriter& writer, size_t index);
};

}  // namespace pawl

#endif  // PAWL_LIB_FORMATS_GGUF_WRITER_H_
