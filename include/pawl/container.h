// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// .pawl files: quantized and plain tensors in 64-byte-aligned sections that are used straight from
// the map, with a hash over every byte. The layout is written down in lib/formats/pawl.fbs.

#ifndef PAWL_INCLUDE_PAWL_CONTAINER_H_
#define PAWL_INCLUDE_PAWL_CONTAINER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "pawl/byte_sink.h"
#include "pawl/embedding.h"
#include "pawl/linear.h"
#include "pawl/quantized_tensor.h"
#include "pawl/tensor.h"

namespace pawl {

class OutputFile;

// What a .pawl file says about itself beside its tensors. Texts are UTF-8 by convention.
struct PawlMetadata {
  // Whatever the model's source said: name, licence ...
  std::map<std::string, std::string> values = {};
  std::string recipe = {};       // the recipe's JSON, empty for none
  std::string source_hash = {};  // of the model that was quantized, empty for none

  friend bool operator==(const PawlMetadata&, const PawlMetadata&) = default;
};

// What a packed layer becomes again. Values stand in files and in the C ABI: never renumber.
enum class PackedKind : uint8_t { kLinear = 0, kEmbedding = 1 };

struct PawlEntry {
  std::string name;
  std::vector<int64_t> shape;
  bool quantized = false;
  DType dtype = DType::kF32;  // of a plain tensor
  Scheme scheme;              // of a quantized one, or of what a packed layer was made from
  uint64_t size = 0;          // bytes of all parts
  // Neither plain nor quantized: a layer as it runs (packed.h).
  bool packed = false;
  PackedKind packed_kind = PackedKind::kLinear;
  LinearMode packed_mode = LinearMode::kWeightOnly;  // of kLinear
};

// Writes a file tensor after tensor; the file appears under its name in Finish() or not at all.
// Memory does not grow with the tensors' sizes. The same calls give the same bytes, whatever the
// sizes of the pieces. After an error while a tensor is being written the writer cannot go on:
// every further call gives that error. Serves one thread at a time.
class PawlWriter {
 public:
  // `inputs` are files that must not be overwritten. Errors: InvalidArgument where `path` is one
  // of them or no place for a file; NotFound and PermissionDenied as the system says.
  static absl::StatusOr<std::unique_ptr<PawlWriter>> Create(
      const std::string& path, absl::Span<const std::string> inputs = {});
  // The same file without a path. `name` stands for it in messages. A MemoryBuffer, which must be
  // empty, is read back like a file; of what another sink took, tensors' parts are checked before
  // they are written.
  static absl::StatusOr<std::unique_ptr<PawlWriter>> CreateInSink(
      std::shared_ptr<ByteSink> sink, const std::string& name = "memory");
  ~PawlWriter();
  PawlWriter(const PawlWriter&) = delete;
  PawlWriter& operator=(const PawlWriter&) = delete;

  // Errors: InvalidArgument for an invalid tensor, AlreadyExists for a name that the file has.
  absl::Status Add(absl::string_view name, const QuantizedTensor& tensor);
  absl::Status AddPlain(absl::string_view name, const Tensor& tensor);

  // A layer in the form that it runs in, so that PawlReader makes it again without packing. Parts
  // are written as they lie in memory. What runs on canonical weights (mode weight_only,
  // embeddings) is written as those. Errors: as Add.
  absl::Status AddLinear(absl::string_view name, const QuantizedLinear& linear);
  absl::Status AddEmbedding(absl::string_view name, const QuantizedEmbedding& embedding);

  // The same in pieces: Begin, Append until all codes (or the plain tensor's bytes) are there, End.
  // A quantized tensor's other parts come with EndQuantized, whose argument has the same scheme
  // and shape; its codes are ignored.
  absl::Status BeginQuantized(absl::string_view name, const Scheme& scheme,
                              absl::Span<const int64_t> shape);
  absl::Status BeginPlain(absl::string_view name, DType dtype, absl::Span<const int64_t> shape);
  absl::Status Append(absl::Span<const uint8_t> bytes);
  absl::Status EndQuantized(const QuantizedTensor& other_parts);
  absl::Status EndPlain();

  // Writes the header, reads the file back (every hash, every tensor's parts) and renames.
  absl::Status Finish(const PawlMetadata& metadata = {});

  // Bytes of the file; 0 before Finish().
  uint64_t file_size() const;

  struct Impl;

 private:
  friend class PawlWriterState;  // of jobs that resume
  explicit PawlWriter(std::unique_ptr<Impl> impl);
  static absl::StatusOr<std::unique_ptr<PawlWriter>> Create(std::unique_ptr<OutputFile> file);
  std::unique_ptr<Impl> impl_;
};

// An opened file. A const reader is thread-safe. Every byte is treated as hostile: opening checks
// the hashes of preamble and header and the header's structure, Get() the tensor's parts; the
// sections' hashes are checked by Verify() alone, since that reads the whole file.
class PawlReader {
 public:
  // Errors: NotFound; InvalidArgument (not a .pawl file, or a header that contradicts itself);
  // DataLoss (damaged, cut short); Unimplemented for a newer major version, naming both.
  static absl::StatusOr<std::unique_ptr<PawlReader>> Open(const std::string& path);
  // The same for a file in memory. `owner` (may be null: then the caller keeps the bytes alive)
  // lives as long as the reader and its tensors; `name` stands for the path in messages. Parts are
  // views where their address suits their type: 64-byte-aligned memory is never copied.
  static absl::StatusOr<std::unique_ptr<PawlReader>> OpenMemory(
      absl::Span<const uint8_t> bytes, std::shared_ptr<const void> owner = nullptr,
      const std::string& name = "memory");
  ~PawlReader();
  PawlReader(const PawlReader&) = delete;
  PawlReader& operator=(const PawlReader&) = delete;

  // In the order of writing.
  absl::Span<const std::string> names() const;
  bool Contains(absl::string_view name) const;
  const PawlMetadata& metadata() const;
  const std::string& path() const;
  uint64_t file_size() const;
  int major_version() const;
  int minor_version() const;

  // What the header says of a tensor; reads nothing else. Errors: as Get().
  absl::StatusOr<PawlEntry> Entry(absl::string_view name) const;

  // The tensor with its parts viewing the map, validated. The views keep the map alive; if somebody
  // truncates the file while one is being read, the process gets SIGBUS, as with any map (Pawl's
  // own writers replace files and never truncate them).
  // Errors: NotFound; FailedPrecondition for a tensor of the other kind; InvalidArgument for parts
  // that do not fit the scheme; Unimplemented where a newer minor version added something that the
  // tensor needs; DataLoss where the file changed since Open(). All name file and tensor.
  absl::StatusOr<QuantizedTensor> Get(absl::string_view name) const;
  absl::StatusOr<Tensor> GetPlain(absl::string_view name) const;

  // The same in memory of its own: a file that shrinks meanwhile is an error, never SIGBUS.
  absl::StatusOr<QuantizedTensor> Read(absl::string_view name) const;
  absl::StatusOr<Tensor> ReadPlain(absl::string_view name) const;

  // A packed layer, looking at the map: nothing is packed, nothing that grows with rows times
  // columns is copied or read (but where groups are no runs of columns, and where memory is not
  // 64-byte aligned), and it has no canonical weights. The map lives as long as the layer.
  // `wanted`, where given, must be what the layer was made with, but for name, bias, multipliers
  // and release_canonical. Errors: as Get(); FailedPrecondition for a layer that this library
  // cannot use: made in another layout (both are named) or with other options. Pack it again, see
  // packed.h.
  absl::StatusOr<QuantizedLinear> GetLinear(absl::string_view name,
                                            const LinearOptions* wanted = nullptr) const;
  absl::StatusOr<QuantizedEmbedding> GetEmbedding(absl::string_view name) const;

  // What identifies the content: a hash of the header, which has a hash of every section.
  std::string content_id() const;

  // Tells the system that the tensor's pages are not needed for now. Views stay valid.
  void Release(absl::string_view name) const;

  // Reads every byte and compares every hash. DataLoss lists what is damaged: preamble, header, or
  // tensor, part and byte range. A file that shrinks meanwhile is an error, not a signal.
  absl::Status Verify() const;

  struct Impl;

 private:
  explicit PawlReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_CONTAINER_H_
