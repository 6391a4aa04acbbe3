// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// XXH3 of sections and of whole files: finds accidents, not forgery.

#ifndef PAWL_LIB_FORMATS_HASH_H_
#define PAWL_LIB_FORMATS_HASH_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lib/formats/mapped_file.h"

namespace pawl {

// XXH3-64 of all bytes given, in pieces of any size.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;

  void Reset();
  void Update(absl::Span<const uint8_t> bytes);
  uint64_t Digest() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

uint64_t HashBytes(absl::Span<const uint8_t> bytes);

// XXH3-64 of a range of a file. Reads, so that a file that shrinks is an error.
absl::StatusOr<uint64_t> HashRange(const MappedFile& file, uint64_t offset, uint64_t size);

// Hands the bytes to `function` in order. A file that shrinks meanwhile is an error.
absl::Status ReadInChunks(const MappedFile& file, uint64_t offset, uint64_t size,
                          absl::FunctionRef<void(absl::Span<const uint8_t>)> function);

// What identifies a file's content: "xxh3-128:" and 32 hexadecimal digits.
absl::StatusOr<std::string> ContentHash(const MappedFile& file);

}  // namespace pawl

#endif  // PAWL_LIB_FORMATS_HASH_H_
