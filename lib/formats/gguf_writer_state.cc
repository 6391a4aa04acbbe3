// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/formats/gguf_writer.h"
#include "lib/formats/hash.h"
#include "lib/formats/mapped_file.h"
#include "pawl/block_formats.h"

namespace pawl {
namespace {

// A tensor as it was saved.
struct Saved {
  uint64_t begin = 0;
  uint64_t size = 0;
  uint64_t hash = 0;
};
static_assert(sizeof(Saved) == 24);

absl::StatusOr<std::shared_ptr<const MappedFile>> Written(const OutputFile& file) {
  const std::string* const path = file.written_path();
  if (path != nullptr) return MappedFile::Open(*path);
  return absl::FailedPreconditionError(absl::StrCat(file.target(), " cannot be read back"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<GgufWriter>> GgufWriterState::Create(
    const GgufMetadata& metadata, absl::Span<const GgufDeclaration> declarations) {
  PAWL_ASSIGN_OR_RETURN(std::unique_ptr<GgufWriter::Impl> impl,
                        GgufWriter::Impl::Declare(metadata, declarations));
  impl->partial = true;
  return std::unique_ptr<GgufWriter>(new GgufWriter(std::move(impl)));
}

size_t GgufWriterState::NumTensors(const GgufWriter& writer) {
  const auto& slots = writer.impl_->slots;
  const auto open =
      std::find_if(slots.begin(), slots.end(), [](const auto& slot) { return !slot.complete(); });
  return static_cast<size_t>(open - slots.begin());
}

absl::StatusOr<std::string> GgufWriterState::Save(const GgufWriter& writer, size_t first,
                                                  size_t end) {
  const GgufWriter::Impl& impl = *writer.impl_;
  PAWL_ASSIGN_OR_RETURN(const auto file, Written(*impl.file));
  std::string bytes;
  for (size_t i = first; i < end; ++i) {
    Saved saved{impl.slots[i].begin, impl.slots[i].declaration.size, 0};
    PAWL_ASSIGN_OR_RETURN(saved.hash, HashRange(*file, saved.begin, saved.size));
    bytes.append(reinterpret_cast<const char*>(&saved), sizeof saved);
  }
  return bytes;
}

absl::Status GgufWriterState::Restore(GgufWriter& writer, absl::string_view saved,
                                      const MappedFile& written) {
  GgufWriter::Impl& impl = *writer.impl_;
  const size_t first = NumTensors(writer), count = saved.size() / sizeof(Saved);
  if (saved.size() % sizeof(Saved) != 0 || count > impl.slots.size() - first) {
    return absl::InvalidArgumentError("the saved tensors are not those of this file");
  }
  for (size_t i = 0; i < count; ++i) {
    const GgufWriter::Impl::Slot& slot = impl.slots[first + i];
    Saved one;
    std::memcpy(&one, saved.data() + i * sizeof one, sizeof one);
    if (one.begin != slot.begin || one.size != slot.declaration.size) {
      return absl::InvalidArgumentError("the saved tensors do not follow");
    }
    if (one.begin > written.size() || one.size > written.size() - one.begin) {
      return absl::DataLossError(absl::StrCat(written.path(), " ends early"));
    }
    PAWL_ASSIGN_OR_RETURN(const uint64_t hash, HashRange(written, one.begin, one.size));
    if (hash == one.hash) continue;
    return absl::DataLossError(absl::StrCat(written.path(), ": tensor '", slot.declaration.name,
                                            "' is not what was written"));
  }
  for (size_t i = 0; i < count; ++i) {
    impl.slots[first + i].begun = true;
    impl.slots[first + i].written = impl.slots[first + i].declaration.size;
  }
  return absl::OkStatus();
}

absl::StatusOr<QuantizedTensor> GgufWriterState::ReadBack(const GgufWriter& writer, size_t index) {
  const GgufWriter::Impl& impl = *writer.impl_;
  const GgufWriter::Impl::Slot& slot = impl.slots[index];
  const BlockFormat* const format = FindBlockFormatOfGgufType(slot.declaration.type);
  if (format == nullptr) {
    return absl::FailedPreconditionError(
        absl::StrCat(impl.file->target(), ": tensor '", slot.declaration.name, "' has no blocks"));
  }
  PAWL_ASSIGN_OR_RETURN(const auto file, Written(*impl.file));
  std::vector<uint8_t> bytes(static_cast<size_t>(slot.declaration.size));
  PAWL_RETURN_IF_ERROR(file->Read(slot.begin, absl::MakeSpan(bytes)));
  return DecodeBlocks(*format, bytes, slot.declaration.shape);
}

}  // namespace pawl
