// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The header of a .npy file: magic, version, length, and a Python dictionary.

#ifndef PAWL_LIB_FORMATS_NPY_H_
#define PAWL_LIB_FORMATS_NPY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pawl/dtype.h"
#include "pawl/tensor.h"

namespace pawl {

struct NpyHeader {
  DType dtype = DType::kF32;
  bool column_major = false;
  std::vector<int64_t> shape;
  uint64_t data_offset = 0;  // from the start of the .npy
  uint64_t data_bytes = 0;
};

// Bytes of the file that hold any header that is read: beyond them it is an error.
inline constexpr size_t kNpyHeaderBytes = 65536;

// `start` is the beginning of the file, up to kNpyHeaderBytes of it.
// Errors: InvalidArgument, Unimplemented (a type that Pawl lacks).
absl::StatusOr<NpyHeader> ReadNpyHeader(absl::Span<const uint8_t> start);

// Everything before the data.
absl::StatusOr<std::string> MakeNpyHeader(DType dtype, absl::Span<const int64_t> shape);

}  // namespace pawl

#endif  // PAWL_LIB_FORMATS_NPY_H_
