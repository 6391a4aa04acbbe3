// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// QuantizedEmbedding: looks up rows of a QuantizedTensor.

#ifndef PAWL_INCLUDE_PAWL_EMBEDDING_H_
#define PAWL_INCLUDE_PAWL_EMBEDDING_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "pawl/matrix_view.h"
#include "pawl/quantized_tensor.h"

namespace pawl {

class Context;

// Immutable: threads may share one, each with a context of its own.
class QuantizedEmbedding {
 public:
  // Takes the table [rows, cols] (a shallow copy), of any scheme. `name` is for error messages.
  static absl::StatusOr<QuantizedEmbedding> Create(QuantizedTensor table,
                                                   absl::string_view name = "");

  // Row i of y becomes row indices[i] of the table, decoded as DequantizeRows does and rounded half
  // to even to y's type: f32, f16 or bf16. After the first call nothing is allocated.
  // Errors, before anything is written: OutOfRange naming the index, its position and the number of
  // rows; InvalidArgument for a y that does not fit; ResourceExhausted; Cancelled.
  absl::Status Lookup(absl::Span<const int32_t> indices, const OutputView& y,
                      Context& context) const;
  absl::Status Lookup(absl::Span<const int64_t> indices, const OutputView& y,
                      Context& context) const;

  int64_t rows() const;
  int64_t cols() const;
  const QuantizedTensor& table() const;
  // Scratch that Lookup takes from a context of `threads` threads, in bytes.
  size_t WorkspaceBytes(int threads) const;

  struct Impl;

 private:
  explicit QuantizedEmbedding(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_EMBEDDING_H_
