// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Reading and writing NumPy's .npy and .npz files (NumPy Enhancement Proposal 1; PKZIP's
// APPNOTE.TXT for the archive around them).

#ifndef PAWL_INCLUDE_PAWL_NPZ_H_
#define PAWL_INCLUDE_PAWL_NPZ_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "pawl/dtype.h"
#include "pawl/tensor.h"

namespace pawl {

struct NpzEntry {
  std::string name;  // without ".npy"; that of the file where it is a single .npy
  DType dtype = DType::kF32;
  std::vector<int64_t> shape;
  bool in_place = false;  // stored, row-major, of rank 1 or more: GetRows reads parts of it
};

// A const reader is thread-safe. Every byte is treated as hostile: what is allocated while parsing
// follows from the file's size, an array's memory from what its member can hold.
class NpzReader {
 public:
  // An .npz (stored or deflated members, up to zip64) or a single .npy.
  // Errors name file and member: NotFound and its like; InvalidArgument; Unimplemented for types
  // that Pawl lacks (objects, strings, big-endian numbers, complex ones).
  static absl::StatusOr<NpzReader> Open(const std::string& path);
  static absl::StatusOr<NpzReader> OpenMemory(absl::Span<const uint8_t> bytes,
                                              std::shared_ptr<const void> owner = nullptr,
                                              const std::string& name = "memory");

  // In the archive's order.
  absl::Span<const NpzEntry> entries() const;

  // The array: a view of the mapped file where it is stored, aligned and row-major, else a copy.
  // Errors: NotFound; DataLoss where the checksum is wrong; ResourceExhausted for more than
  // `max_bytes` (0: no bound).
  absl::StatusOr<Tensor> Get(absl::string_view name, uint64_t max_bytes = 0) const;
  // The same, always a copy: a file that shrinks meanwhile is an error, never SIGBUS.
  absl::StatusOr<Tensor> Read(absl::string_view name, uint64_t max_bytes = 0) const;

  // Entries [begin, begin + count) along the first dimension of an array that is `in_place`: a view
  // of the mapped file where they are aligned, else a copy of them alone. The checksum is for
  // Verify to look at. Errors: NotFound; FailedPrecondition; OutOfRange; those of the file.
  absl::StatusOr<Tensor> GetRows(absl::string_view name, int64_t begin, int64_t count) const;
  // The same, always a copy.
  absl::StatusOr<Tensor> ReadRows(absl::string_view name, int64_t begin, int64_t count) const;

  // Reads an array's bytes, keeping none. Errors: NotFound; DataLoss where the checksum is wrong.
  absl::Status Verify(absl::string_view name) const;

  struct Impl;

 private:
  explicit NpzReader(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  absl::StatusOr<size_t> Find(absl::string_view name) const;
  absl::StatusOr<Tensor> Whole(absl::string_view name, uint64_t max_bytes, bool copy) const;
  absl::StatusOr<Tensor> Rows(absl::string_view name, int64_t begin, int64_t count,
                              bool copy) const;

  std::shared_ptr<const Impl> impl_;
};

// All arrays of a file.
absl::StatusOr<std::map<std::string, Tensor>> ReadNpz(const std::string& path,
                                                      uint64_t max_bytes = 0);

// Stored members in the order of names; the same tensors give the same bytes. bf16 and the 8-bit
// float types, which NumPy lacks, are an error. The file appears whole under its name or not at
// all.
absl::Status WriteNpz(const std::string& path, const std::map<std::string, Tensor>& tensors,
                      absl::Span<const std::string> inputs = {});

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_NPZ_H_
