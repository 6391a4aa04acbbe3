// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/byte_sink.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "pawl/tensor.h"

namespace pawl {
namespace {

constexpr std::align_val_t kAlign{kAlignment};
constexpr size_t kMaxSize = static_cast<size_t>(std::numeric_limits<std::ptrdiff_t>::max());

}  // namespace

absl::Status ByteSink::ExpectSize(uint64_t) { return absl::OkStatus(); }

MemoryBuffer::~MemoryBuffer() { Clear(); }

void MemoryBuffer::Clear() {
  ::operator delete(data_, kAlign);
  data_ = nullptr;
  size_ = 0;
  capacity_ = 0;
}

absl::Status MemoryBuffer::Reserve(uint64_t size) {
  if (size <= capacity_) return absl::OkStatus();
  void* memory =
      size <= kMaxSize ? ::operator new(static_cast<size_t>(size), kAlign, std::nothrow) : nullptr;
  if (memory == nullptr) {
    return absl::ResourceExhaustedError(
        absl::StrCat("a file in memory needs ", size, " bytes, which cannot be had"));
  }
  if (size_ != 0) std::memcpy(memory, data_, size_);
  ::operator delete(data_, kAlign);
  data_ = static_cast<uint8_t*>(memory);
  capacity_ = static_cast<size_t>(size);
  return absl::OkStatus();
}

absl::Status MemoryBuffer::ExpectSize(uint64_t size) { return Reserve(size); }

absl::Status MemoryBuffer::WriteAt(uint64_t offset, absl::Span<const uint8_t> bytes) {
  if (bytes.empty()) return absl::OkStatus();
  uint64_t end = 0;
  if (__builtin_add_overflow(offset, uint64_t{bytes.size()}, &end)) {
    return absl::ResourceExhaustedError("a file in memory ends beyond 2^64 bytes");
  }
  if (end > capacity_) {
    // Half as much again, so that all copies together stay within three times the result; where
    // that cannot be had, what is needed.
    const uint64_t roomy = std::max<uint64_t>(end, uint64_t{capacity_} + capacity_ / 2);
    if (!Reserve(roomy).ok()) PAWL_RETURN_IF_ERROR(Reserve(end));
  }
  if (offset > size_) std::memset(data_ + size_, 0, static_cast<size_t>(offset) - size_);
  std::memcpy(data_ + offset, bytes.data(), bytes.size());
  size_ = std::max(size_, static_cast<size_t>(end));
  return absl::OkStatus();
}

}  // namespace pawl
