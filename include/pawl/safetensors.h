// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Reading and writing safetensors files: an 8-byte little-endian header length, a JSON header, and
// the tensors' bytes without gaps (huggingface/safetensors, README, "Format").

#ifndef PAWL_INCLUDE_PAWL_SAFETENSORS_H_
#define PAWL_INCLUDE_PAWL_SAFETENSORS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "pawl/byte_sink.h"
#include "pawl/dtype.h"
#include "pawl/tensor.h"

namespace pawl {

class OutputFile;

struct SafetensorsEntry {
  std::string name;
  std::string dtype_name;      // as the file writes it: "F32", "F8_E4M3", "F4" ...
  std::optional<DType> dtype;  // none where Pawl has no such type: then only Get() fails
  std::vector<int64_t> shape;
  size_t file = 0;      // index into SafetensorsReader::files()
  uint64_t offset = 0;  // from the start of that file
  uint64_t size = 0;    // in bytes
};

// A safetensors file, or several that an index joins. A const reader is thread-safe. Every byte of
// the files is treated as hostile: headers up to 100 MB, strict JSON without duplicate keys,
// tensors that tile the data exactly, as the reference implementation demands.
class SafetensorsReader {
 public:
  // `path` is a file, an index ("model.safetensors.index.json"), or a folder with either. Shards
  // must lie in the index's own folder.
  // Errors name file, tensor and byte: NotFound, InvalidArgument (not valid safetensors), DataLoss
  // (the file changed or shrank meanwhile).
  static absl::StatusOr<std::unique_ptr<SafetensorsReader>> Open(const std::string& path);

  // The same for one file's bytes in memory. `owner` (may be null: then the caller keeps the bytes
  // alive) lives as long as the reader and its tensors; `name` stands for the path in messages.
  static absl::StatusOr<std::unique_ptr<SafetensorsReader>> OpenMemory(
      absl::Span<const uint8_t> bytes, std::shared_ptr<const void> owner = nullptr,
      const std::string& name = "memory");

  ~SafetensorsReader();
  SafetensorsReader(const SafetensorsReader&) = delete;
  SafetensorsReader& operator=(const SafetensorsReader&) = delete;

  // All tensors in the order of their bytes, shard after shard in the order of their names.
  absl::Span<const SafetensorsEntry> entries() const;
  // Null when there is no such tensor.
  const SafetensorsEntry* Find(absl::string_view name) const;
  // The "__metadata__" of all files; of equal keys the first shard's counts.
  const std::map<std::string, std::string>& metadata() const;
  // Paths of what was opened, an index not among them.
  absl::Span<const std::string> files() const;

  // The tensor as a view of the mapped file, without a copy (with one where its address does not
  // suit its type). The view keeps the map alive. If somebody truncates the file while a view is
  // being read, the process gets SIGBUS, as with any map; use Read() for files that others may
  // write to. CheckUnchanged() afterwards tells whether the values can be trusted.
  // Errors: NotFound; Unimplemented for a type that Pawl lacks, naming tensor and type; DataLoss
  // where the file is no longer what it was at Open().
  absl::StatusOr<Tensor> Get(absl::string_view name) const;
  absl::StatusOr<Tensor> Get(const SafetensorsEntry& entry) const;

  // The tensor in memory of its own. A file that shrinks meanwhile is an error.
  absl::StatusOr<Tensor> Read(absl::string_view name) const;
  absl::StatusOr<Tensor> Read(const SafetensorsEntry& entry) const;

  // Copies out.size() bytes of the tensor from byte `begin` of its data: what Read() is for tensors
  // taken in pieces.
  absl::Status ReadBytes(const SafetensorsEntry& entry, uint64_t begin,
                         absl::Span<uint8_t> out) const;

  // Tells the system that the tensor's pages are not needed for now, so that resident memory
  // follows the tensor at hand. Views stay valid.
  void Release(const SafetensorsEntry& entry) const;

  // DataLoss where any of the files no longer has the size and time that it had at Open().
  absl::Status CheckUnchanged() const;

  struct Impl;

 private:
  explicit SafetensorsReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

struct SafetensorsDeclaration {
  std::string name;
  DType dtype = DType::kF32;
  std::vector<int64_t> shape;
};

// Writes one file. All tensors are declared first, which settles where each will lie; then their
// bytes arrive in any order of tensors and in pieces of any size. The layout is the reference
// implementation's: wider types first, then names in byte order, so that every tensor is aligned to
// its type. The same declarations and values give the same bytes. The file appears under
// its name in Finish() or not at all. Serves one thread at a time.
class SafetensorsWriter {
 public:
  // `inputs` are files that must not be overwritten (a reader's files()).
  // Errors: InvalidArgument for a duplicate or reserved name, a bad shape, text that is not UTF-8,
  // or an output that is an input; and what creating the file gives.
  static absl::StatusOr<std::unique_ptr<SafetensorsWriter>> Create(
      const std::string& path, absl::Span<const SafetensorsDeclaration> declarations,
      const std::map<std::string, std::string>& metadata = {},
      absl::Span<const std::string> inputs = {});
  // The same file without a path. `name` stands for it in messages. A MemoryBuffer must be empty.
  static absl::StatusOr<std::unique_ptr<SafetensorsWriter>> CreateInSink(
      std::shared_ptr<ByteSink> sink, absl::Span<const SafetensorsDeclaration> declarations,
      const std::map<std::string, std::string>& metadata = {}, const std::string& name = "memory");
  ~SafetensorsWriter();
  SafetensorsWriter(const SafetensorsWriter&) = delete;
  SafetensorsWriter& operator=(const SafetensorsWriter&) = delete;

  // The next bytes of tensor `name`, little-endian. Errors: NotFound for a name that was not
  // declared, OutOfRange for more bytes than its shape has, ResourceExhausted for a full disk.
  absl::Status Append(absl::string_view name, absl::Span<const uint8_t> bytes);

  // A whole tensor; type and shape must be the declared ones.
  absl::Status Add(absl::string_view name, const Tensor& tensor);

  // Checks that every tensor is complete, reads the header back and renames.
  absl::Status Finish();

  struct Impl;

 private:
  explicit SafetensorsWriter(std::unique_ptr<Impl> impl);
  static absl::StatusOr<std::unique_ptr<SafetensorsWriter>> Create(
      absl::FunctionRef<absl::StatusOr<std::unique_ptr<OutputFile>>()> open,
      absl::Span<const SafetensorsDeclaration> declarations,
      const std::map<std::string, std::string>& metadata);
  std::unique_ptr<Impl> impl_;
};

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_SAFETENSORS_H_
