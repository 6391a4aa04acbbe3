// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Importance matrices as newer llama.cpp writes them, GGUF: for each weight NAME the tensors
// NAME.in_sum2 f32 [1, columns], sums of x^2, and NAME.counts f32 [1, 1], how many. Keys:
// general.type "imatrix", imatrix.datasets, imatrix.chunk_count, imatrix.chunk_size. Source:
// llama.cpp's tools/imatrix and tools/quantize (load_imatrix).

#ifndef PAWL_LIB_FORMATS_IMATRIX_GGUF_H_
#define PAWL_LIB_FORMATS_IMATRIX_GGUF_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pawl/imatrix.h"

namespace pawl {

// Counts become calls; no chunk size is read. Memory is bounded by the bytes. Errors: those of
// GgufReader; InvalidArgument naming the tensor; Unimplemented for experts.
absl::StatusOr<Imatrix> ParseGgufImatrix(absl::Span<const uint8_t> bytes,
                                         const std::string& source);
absl::Status WriteGgufImatrix(const std::string& path, const Imatrix& imatrix);

}  // namespace pawl

#endif  // PAWL_LIB_FORMATS_IMATRIX_GGUF_H_
