// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Reading and writing GGUF files: typed keys, a directory of tensors, and their bytes at aligned
// offsets (ggml-org/ggml, docs/gguf.md). Versions 2 and 3, little-endian.

#ifndef PAWL_INCLUDE_PAWL_GGUF_H_
#define PAWL_INCLUDE_PAWL_GGUF_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "pawl/block_formats.h"
#include "pawl/byte_sink.h"
#include "pawl/dtype.h"
#include "pawl/quantized_tensor.h"
#include "pawl/tensor.h"

namespace pawl {

class OutputFile;

// Types of values, with the file's numbers.
enum class GgufKind : uint32_t {
  kU8 = 0,
  kI8 = 1,
  kU16 = 2,
  kI16 = 3,
  kU32 = 4,
  kI32 = 5,
  kF32 = 6,
  kBool = 7,
  kString = 8,
  kArray = 9,
  kU64 = 10,
  kI64 = 11,
  kF64 = 12,
};
absl::string_view GgufKindName(GgufKind kind);

// The value of a key. It holds the file's own bytes, so that what Pawl does not know is written
// again as it was. Readers check them before anybody sees one.
struct GgufValue {
  GgufKind kind = GgufKind::kU32;
  // As in the file, after the kind. Of an array: its elements' kind, their number, the elements.
  std::string bytes;

  static GgufValue U32(uint32_t value);
  static GgufValue I32(int32_t value);
  static GgufValue F32(float value);
  static GgufValue Bool(bool value);
  static GgufValue String(absl::string_view text);
  static GgufValue Strings(absl::Span<const std::string> texts);
  static GgufValue I32s(absl::Span<const int32_t> values);
  static GgufValue F32s(absl::Span<const float> values);

  // None where the value is of another kind (or, for Unsigned, negative). Unsigned and Float take
  // every width.
  std::optional<uint64_t> Unsigned() const;
  std::optional<double> Float() const;
  std::optional<bool> AsBool() const;
  std::optional<absl::string_view> Text() const;
  // Of an array: its elements' kind and their number.
  std::optional<std::pair<GgufKind, uint64_t>> Array() const;
  // An array of strings, or of integers (every width) or floats.
  std::optional<std::vector<std::string>> Texts() const;
  std::optional<std::vector<int64_t>> Integers() const;
  // For a person: "3", "true", a text itself, "[1, 2, 3, ... 32000 of i32]".
  std::string ToString() const;

  friend bool operator==(const GgufValue&, const GgufValue&) = default;
};

// Keys in the file's order. Unique.
using GgufMetadata = std::vector<std::pair<std::string, GgufValue>>;
// Null when there is no such key.
const GgufValue* FindGgufValue(const GgufMetadata& metadata, absl::string_view key);
// Replaces the value of the key, or adds one.
void SetGgufValue(GgufMetadata& metadata, absl::string_view key, GgufValue value);

struct GgufEntry {
  std::string name;
  uint32_t type = 0;                    // ggml's number
  std::string type_name;                // "F16", "Q4_K", "type 77" where Pawl does not know it
  std::optional<DType> dtype;           // of a plain tensor that Pawl has a type for
  const BlockFormat* blocks = nullptr;  // of a quantized one that Pawl decodes
  std::vector<int64_t> shape;           // W[out, in]: the file's dimensions reversed
  uint64_t offset = 0;                  // from the start of the file
  // In bytes. Of a type that Pawl does not know: up to the next tensor or the end, padding
  // included.
  uint64_t size = 0;
};

// The bytes that a tensor of this ggml type takes; none for a type that Pawl does not know (there
// are some that it knows the size of but cannot decode). Errors: InvalidArgument where its blocks
// do not fill the rows.
absl::StatusOr<std::optional<uint64_t>> GgufTensorBytes(uint32_t type,
                                                        absl::Span<const int64_t> shape);
// ggml's number of a plain type; none for those that ggml lacks.
std::optional<uint32_t> GgufTypeOf(DType dtype);

// An opened file. A const reader is thread-safe. Every byte is treated as hostile: counts and
// lengths against the file's size, shapes, alignment, tensors beyond the end or over one another,
// names and keys that come twice. The bytes of tensors are not looked at.
class GgufReader {
 public:
  // Errors name file, key or tensor: NotFound; InvalidArgument (not a GGUF file, or one that
  // contradicts itself); Unimplemented for other versions and big-endian files; DataLoss (the file
  // ends early or shrank meanwhile).
  static absl::StatusOr<std::unique_ptr<GgufReader>> Open(const std::string& path);
  // The same for a file in memory. `owner` (may be null: then the caller keeps the bytes alive)
  // lives as long as the reader and its tensors; `name` stands for the path in messages.
  static absl::StatusOr<std::unique_ptr<GgufReader>> OpenMemory(
      absl::Span<const uint8_t> bytes, std::shared_ptr<const void> owner = nullptr,
      const std::string& name = "memory");
  ~GgufReader();
  GgufReader(const GgufReader&) = delete;
  GgufReader& operator=(const GgufReader&) = delete;

  const std::string& path() const;
  uint32_t version() const;
  uint64_t alignment() const;
  uint64_t file_size() const;
  const GgufMetadata& metadata() const;
  const GgufValue* Value(absl::string_view key) const;
  // In the order of the directory.
  absl::Span<const GgufEntry> entries() const;
  // Null when there is no such tensor.
  const GgufEntry* Find(absl::string_view name) const;

  // A plain tensor as a view of the map, which it keeps alive (a copy where its address does not
  // suit its type); see SafetensorsReader::Get about files that shrink while a view is read.
  // Errors: FailedPrecondition for a tensor of blocks, Unimplemented for a type that Pawl lacks,
  // DataLoss where the file changed since Open().
  absl::StatusOr<Tensor> Get(const GgufEntry& entry) const;
  // The same in memory of its own: a file that shrinks meanwhile is an error, never SIGBUS.
  absl::StatusOr<Tensor> Read(const GgufEntry& entry) const;
  // A tensor of blocks in canonical packing, in memory of its own; read as by Read(). Errors:
  // likewise.
  absl::StatusOr<QuantizedTensor> GetQuantized(const GgufEntry& entry) const;
  // Copies out.size() bytes of the tensor from byte `begin` of its data. A file that shrinks
  // meanwhile is an error.
  absl::Status ReadBytes(const GgufEntry& entry, uint64_t begin, absl::Span<uint8_t> out) const;

  // Tells the system that the tensor's pages are not needed for now. Views stay valid.
  void Release(const GgufEntry& entry) const;
  // DataLoss where the file no longer has the size and time that it had at Open().
  absl::Status CheckUnchanged() const;

  struct Impl;

 private:
  explicit GgufReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

struct GgufDeclaration {
  std::string name;
  uint32_t type = 0;
  std::vector<int64_t> shape;  // W[out, in]
  uint64_t size = 0;           // needed only for a type that Pawl does not know
};

// Writes a file of version 3. Tensors are declared first and lie in that order; their bytes arrive
// in any order of tensors and in pieces of any size. The same declarations and values give the same
// bytes. The file appears under its name in Finish() or not at all. Serves one thread at a time.
class GgufWriter {
 public:
  // The alignment is the metadata's general.alignment, else 32. general.quantization_version is
  // added where there are blocks and the metadata lacks it. `inputs` are files that must not be
  // overwritten. Errors: InvalidArgument for a key or name that comes twice or is too long (names
  // up to 63 bytes, as llama.cpp reads), a value or a shape that is none (more than 4 dimensions),
  // or an output that is an input; and what creating the file gives.
  static absl::StatusOr<std::unique_ptr<GgufWriter>> Create(
      const std::string& path, const GgufMetadata& metadata,
      absl::Span<const GgufDeclaration> declarations, absl::Span<const std::string> inputs = {});
  // The same file without a path. A MemoryBuffer must be empty.
  static absl::StatusOr<std::unique_ptr<GgufWriter>> CreateInSink(
      std::shared_ptr<ByteSink> sink, const GgufMetadata& metadata,
      absl::Span<const GgufDeclaration> declarations, const std::string& name = "memory");
  ~GgufWriter();
  GgufWriter(const GgufWriter&) = delete;
  GgufWriter& operator=(const GgufWriter&) = delete;

  // The next bytes of tensor `name`. Errors: NotFound for a name that was not declared, OutOfRange
  // for more bytes than it has, ResourceExhausted for a full disk.
  absl::Status Append(absl::string_view name, absl::Span<const uint8_t> bytes);
  // A whole tensor; type and shape must be the declared ones.
  absl::Status Add(absl::string_view name, const Tensor& tensor);
  // The same in blocks. Errors: also those of EncodeBlocks.
  absl::Status Add(absl::string_view name, const QuantizedTensor& tensor);
  // Checks that every tensor is complete, reads the header back and renames.
  absl::Status Finish();

  // Bytes of the whole file.
  uint64_t file_size() const;

  struct Impl;

 private:
  friend class GgufWriterState;  // of jobs that resume
  explicit GgufWriter(std::unique_ptr<Impl> impl);
  static absl::StatusOr<std::unique_ptr<GgufWriter>> Create(
      absl::FunctionRef<absl::StatusOr<std::unique_ptr<OutputFile>>()> open,
      const GgufMetadata& metadata, absl::Span<const GgufDeclaration> declarations);
  std::unique_ptr<Impl> impl_;
};

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_GGUF_H_
