// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Where a writer's bytes go when they do not become a file: memory, or whatever a host makes of
// them. The rules about crashes and full disks are for paths alone: what an interrupted writer gave
// to a sink stays there.

#ifndef PAWL_INCLUDE_PAWL_BYTE_SINK_H_
#define PAWL_INCLUDE_PAWL_BYTE_SINK_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/types/span.h"

namespace pawl {

// Serves one writer, and so one thread, at a time. Writers write every byte of their file once:
// SafetensorsWriter the header and then the tensors as they come, PawlWriter from byte 64 on in
// order and the first 64 at the end.
class ByteSink {
 public:
  ByteSink() = default;
  virtual ~ByteSink() = default;
  ByteSink(const ByteSink&) = delete;
  ByteSink& operator=(const ByteSink&) = delete;

  // Takes bytes for [offset, offset + bytes.size()), which may lie beyond what came before. An
  // error ends the writer's work and is what its caller gets.
  virtual absl::Status WriteAt(uint64_t offset, absl::Span<const uint8_t> bytes) = 0;

  // Called where the size is known before the bytes come.
  virtual absl::Status ExpectSize(uint64_t size);
};

// A file in memory that grows with what is written, 64-byte aligned so that readers need not copy;
// gaps are zeros.
class MemoryBuffer final : public ByteSink {
 public:
  MemoryBuffer() = default;
  ~MemoryBuffer() override;

  // Errors: ResourceExhausted; the buffer is then unchanged.
  absl::Status WriteAt(uint64_t offset, absl::Span<const uint8_t> bytes) override;
  absl::Status ExpectSize(uint64_t size) override;

  // Valid until the next write, Clear or the end of the buffer.
  absl::Span<const uint8_t> bytes() const { return {data_, size_}; }

  // Empties it and gives its memory back.
  void Clear();

 private:
  absl::Status Reserve(uint64_t size);

  uint8_t* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_BYTE_SINK_H_
