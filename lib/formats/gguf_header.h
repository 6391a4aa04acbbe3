// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// GGUF's header: keys and the directory of tensors, read out of a file that may be hostile.

#ifndef PAWL_LIB_FORMATS_GGUF_HEADER_H_
#define PAWL_LIB_FORMATS_GGUF_HEADER_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/formats/mapped_file.h"
#include "pawl/gguf.h"

namespace pawl {

struct GgufHeader {
  uint32_t version = 0;
  uint64_t alignment = 0;
  GgufMetadata metadata;
  std::vector<GgufEntry> entries;  // in the directory's order
};

// Errors: those of GgufReader::Open.
absl::StatusOr<GgufHeader> ReadGgufHeader(const MappedFile& file);

}  // namespace pawl

#endif  // PAWL_LIB_FORMATS_GGUF_HEADER_H_
